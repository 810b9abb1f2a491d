"""book/_ext/definitions: the definition of a term on every page that uses it."""

from __future__ import annotations

from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from ..built_site import PAGES, SITE

pytestmark = pytest.mark.usefixtures("site")


@cache
def read(name: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


def used_terms(page: str) -> set[str]:
    """Return the ids of the glossary's terms that a page links to from its text."""
    addresses = [urlsplit(link["href"]) for link in read(page).select("article a[href]")]
    terms = (unquote(address.fragment) for address in addresses if address.path)
    return {term for term in terms if term.startswith("term-")}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_carries_the_definitions_that_it_uses_and_no_others(page):
    boxes = [box["id"].removeprefix("definition-") for box in read(page).select(".definition")]

    assert sorted(boxes) == sorted(used_terms(page))


@pytest.mark.parametrize("page", PAGES)
def test_definitions_are_those_of_the_glossary(page):
    glossary = read("glossary.html")
    for box in read(page).select(".definition"):
        term = glossary.find(id=box["id"].removeprefix("definition-"))
        name = term.find(string=True).strip()
        definition = term.find_next_sibling("dd")

        assert box.strong.get_text() == name
        assert box.p.get_text() == definition.p.get_text()
        assert not box.select("a"), "addresses of the glossary do not lead anywhere from here"


def test_a_new_definition_reaches_the_pages_that_use_it(scratch_book):
    glossary = scratch_book.root / "book/index.md"
    entry = "# A book\n\nIts beginning.\n\n:::{glossary}\nNode\n  One op.\n:::\n"
    glossary.write_text(entry)
    page = (scratch_book.root / "book/page.md").read_text()
    scratch_book.write(page.replace("A sentence", "A {term}`node`"))
    first = scratch_book.build()
    before = scratch_book.html()
    glossary.write_text(entry.replace("One op.", "One operation."))

    scratch_book.build()

    assert first.returncode == 0, first.stderr
    assert "One op.</p></div>" in before.replace("\n", "")
    assert "One operation.</p></div>" in scratch_book.html().replace("\n", "")
