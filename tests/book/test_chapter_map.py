"""book/_ext/chapter_map.py: the first page shows all chapters, each with its question."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ..built_site import SITE

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(scope="module")
def landing() -> BeautifulSoup:
    """Return the first page, parsed."""
    return BeautifulSoup((SITE / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_the_map_has_the_chapters_and_pages_of_the_navigation(landing):
    navigation = landing.select_one("nav.bd-links ul.bd-sidenav:has(ul)")
    chapters = landing.select_one(".chapter-map")

    assert [link["href"] for link in chapters.select("a")] == [
        link["href"] for link in navigation.select("a")
    ]


def test_each_chapter_asks_the_question_that_it_opens_with(landing):
    for chapter in landing.select(".chapter-map > li"):
        question = chapter.select_one(".question").get_text()
        opener = (SITE / chapter.a["href"]).read_text(encoding="utf-8")
        in_italics = [em.get_text() for em in BeautifulSoup(opener, "html.parser").select("em")]

        assert question.lower() in [text.lower() for text in in_italics]


def test_chapter_openers_are_marked(landing):
    for chapter in landing.select(".chapter-map > li"):
        opener = BeautifulSoup((SITE / chapter.a["href"]).read_text(), "html.parser")

        assert opener.select_one("section.chapter-opener > h1")
