"""book/_ext/progress: what the built site knows of what there is to do."""

from __future__ import annotations

from functools import cache

import pytest
from bs4 import BeautifulSoup

from ..built_site import PAGES, SITE

pytestmark = pytest.mark.usefixtures("site")

# The pages of the chapters; a chapter's opening is none of them.
LESSONS = [page for page in PAGES if "/" in page and not page.endswith("/index.html")]


@cache
def read(page: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


def rows() -> dict[str, BeautifulSoup]:
    """Return page to row of the page of progress."""
    return {row["data-page"]: row for row in read("progress.html").select("tbody tr")}


@pytest.mark.parametrize("page", PAGES)
def test_the_box_stands_on_the_pages_of_the_chapters_alone(page):
    boxes = read(page).select("article page-read input[type=checkbox]")

    assert len(boxes) == (page in LESSONS)


def test_there_is_a_table_for_each_chapter_and_a_row_for_each_page():
    captions = [caption.get_text() for caption in read("progress.html").select("caption")]

    assert [caption[:3] for caption in captions] == ["1. ", "2. ", "3. ", "4. "]
    assert sorted(f"{page}.html" for page in rows()) == sorted(LESSONS)


@pytest.mark.parametrize("page", LESSONS)
def test_a_row_knows_the_exercises_and_the_right_choices_of_its_page(page):
    row = rows()[page.removesuffix(".html")]

    exercises = [box["id"] for box in read(page).select("div.exercise")]
    right = [question["data-right"] for question in read(page).select("quiz-question")]
    assert row["data-exercises"].split() == exercises
    assert row["data-right"] == "".join(right)
    cells = [cell.get_text() for cell in row.select("td")]
    assert cells == ["–", f"– of {len(exercises)}", f"– of {len(right)}"]
    assert row.a["href"] == page


def test_without_a_script_the_page_says_what_it_needs():
    element = read("progress.html").select_one("reader-progress")

    assert "Switch JavaScript on" in element.select_one(".needs-script").get_text()
    assert (SITE / "_static" / "live" / "reader-progress.js").exists()


def test_the_style_sheet_keeps_what_the_scripts_switch():
    sheet = (SITE / "_static" / "book.css").read_text(encoding="utf-8")

    for name in (".read", ".chosen-right", ".chosen-wrong", ".visually-hidden"):
        assert name in sheet
