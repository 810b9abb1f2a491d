"""book/_ext/print_layout.py: chapters in print as on the site."""

from __future__ import annotations

import pytest
from docutils import nodes
from sphinx import addnodes

from print_layout import end_numbers, flatten_preface, lift_chapters


def chapter(name: str) -> addnodes.start_of_file:
    """Return a page as the assembled book holds it."""
    section = nodes.section("", nodes.title(text=name), ids=[name])
    return addnodes.start_of_file("", section, docname=name)


@pytest.fixture
def book() -> nodes.document:
    """Return a landing page whose last section holds two chapters."""
    chapters = nodes.compound("", chapter("graphs"), chapter("notation"))
    chapters["classes"] = ["toctree-wrapper"]
    taste = nodes.section("", nodes.title(text="A taste"), nodes.paragraph(text="Sweet."))
    taste["ids"] = ["taste"]
    last = nodes.section("", nodes.title(text="The chapters"), chapters, ids=["chapters"])
    landing = nodes.section("", nodes.title(text="The book"), taste, last, ids=["book"])
    document = nodes.document(None, None)
    document += landing
    return document


def test_chapters_stand_beside_the_preface(book):
    lift_chapters(book)
    flatten_preface(book)

    landing = book[0]
    assert [type(child).__name__ for child in landing] == [
        *("title", "target", "rubric", "paragraph", "target", "rubric", "compound")
    ]
    assert [page["docname"] for page in landing[-1]] == ["graphs", "notation"]


def test_headings_of_the_preface_remain_targets(book):
    lift_chapters(book)
    flatten_preface(book)

    assert [target["ids"] for target in book.findall(nodes.target)] == [["taste"], ["chapters"]]


def test_numbers_end_before_the_back_matter(book):
    end_numbers(book, lambda page: page == "graphs")

    (switch,) = book.findall(nodes.raw)
    assert switch.parent["docname"] == "notation"


def test_numbers_stay_without_back_matter(book):
    end_numbers(book, lambda page: True)

    assert not list(book.findall(nodes.raw))
