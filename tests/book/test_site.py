"""The built site: its numbers, its words for pictures, its links, and what must not be in it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from text_alternatives import problem

from ..built_site import PAGES, SITE, base_path

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.usefixtures("site")


@cache
def read(name: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


@cache
def text_of(chapter: str) -> str:
    """Return the text of a chapter's pages as a reader sees it, with plain minus signs."""
    articles = [read(page).select_one("article") for page in PAGES if page.startswith(chapter)]
    text = " ".join(article.get_text(" ") for article in articles)
    return text.replace("−", "-").replace("\u202f", "").replace("{,}", "")


NUMBERS = {
    "sequences": ("10", "20", "30", "50", "80", "4", "15", "16"),
    "backprop": (
        *("120", "-12", "-4", "3"),
        *("196", "-28", "-1624", "0.03248", "139.00056"),
        *("1.105", "87.67", "349.20"),
    ),
    "depth": (
        *("4.54e-05", "0.25", "0.5", "0.99995"),
        *("-0.006", "1.144", "152"),
    ),
    "likelihood": (
        *("0.3230", "0.2907", "0.1951", "0.0439", "0.0030"),
        *("2.302585", "18.69"),
    ),
}


@pytest.mark.parametrize(
    ("chapter", "number"),
    [(chapter, number) for chapter, numbers in NUMBERS.items() for number in numbers],
)
def test_the_numbers_of_the_lecture_come_out(chapter, number):
    assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", text_of(chapter))


@pytest.mark.parametrize("page", PAGES)
def test_cells_neither_fail_nor_complain(page):
    assert not read(page).select(".output.stderr, .output.traceback, .nbexec-error")


@pytest.mark.parametrize("page", PAGES)
def test_solutions_pass_their_own_check(page):
    answers = [solution.get_text() for solution in read(page).select(".solution")]

    assert not [text[:80] for text in answers if "✓ Right." not in text]
    assert not [text[:80] for text in answers if "✗" in text or "○" in text]


@pytest.mark.parametrize("page", PAGES)
def test_pictures_have_words(page):
    for picture in read(page).select("article img"):
        caption = picture.find_next_sibling("figcaption")
        words = caption.select_one(".caption-text").get_text() if caption else ""

        assert problem(picture.get("alt", ""), picture["src"], words) is None


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_set(page):
    article = read(page).select_one("article") or read(page).body
    for tag in article.select("script, style, code, pre, .katex"):
        assert "katex-error" not in tag.get("class", [])

    assert not [tag for tag in article.select(".math") if tag.select_one(".katex") is None]


def local_references(page: str) -> list[str]:
    """Return the addresses within the site that a page names."""
    tags = read(page).select("[href], [src]")
    addresses = [tag.get("href") or tag.get("src") for tag in tags]
    return [address for address in addresses if not urlsplit(address).scheme]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    broken = []
    for address in local_references(page):
        parts = urlsplit(address)
        folder = SITE if parts.path.startswith("/") else (SITE / page).parent
        path = unquote(parts.path).removeprefix(base_path())
        target = folder / path if parts.path else SITE / page
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            broken.append(address)
        elif parts.fragment and target.suffix == ".html":
            name = target.resolve().relative_to(SITE.resolve()).as_posix()
            if read(name).find(id=unquote(parts.fragment)) is None:
                broken.append(address)

    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_nothing_from_another_host(page):
    loading = "script[src], link[href]:not([rel=canonical]), img[src], iframe[src], source[src]"
    loaded = read(page).select(loading)
    addresses = [tag.get("src") or tag.get("href") for tag in loaded]

    assert not [address for address in addresses if urlsplit(address).netloc]


@pytest.mark.parametrize("style", sorted(SITE.rglob("*.css")), ids=lambda path: path.name)
def test_styles_load_nothing_from_another_host(style):
    text = style.read_text(encoding="utf-8")

    assert not re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)]*", text)


def test_nothing_names_the_machine_that_built_it():
    names = (str(ROOT).encode(), str(Path.home()).encode() + b"/")
    files = [path for path in SITE.rglob("*") if path.is_file()]

    assert not [path for path in files if any(name in path.read_bytes() for name in names)]


def test_the_icon_library_stays_out():
    assert not [page for page in PAGES if "fontawesome.js" in str(read(page))]
