"""book/_ext/print_layout.py: chapters in print as on the site."""

from __future__ import annotations

import pytest
from docutils import nodes
from sphinx import addnodes

from print_layout import (
    appendix,
    end_numbers,
    flatten_preface,
    lift_chapters,
    mend_tables,
    remove_pages,
)
from print_layout.index import place
from quiz import Choice, ChoiceTitle, Question


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
        *("title", "raw", "target", "rubric", "paragraph", "target", "rubric", "compound")
    ]
    assert [page["docname"] for page in landing[-1]] == ["graphs", "notation"]


def test_pages_for_the_site_alone_are_not_printed(book):
    remove_pages(book, lambda page: page == "notation")

    assert [page["docname"] for page in book.findall(addnodes.start_of_file)] == ["graphs"]


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


def test_the_end_of_the_chapters_comes_before_the_back_matter(book):
    hints = nodes.section("", nodes.title(text="Hints"))

    end_numbers(book, lambda page: page == "graphs", [hints])

    notation = next(page for page in book.findall(addnodes.start_of_file) if hints in page.children)
    assert [type(child).__name__ for child in notation] == ["raw", "section", "section"]


@pytest.fixture
def quiz() -> nodes.section:
    """Return a quiz of one question with two answers."""
    answers = [
        Choice(
            "",
            ChoiceTitle(text=title),
            nodes.paragraph(text=comment),
            letter=letter,
            right=letter == "A",
        )
        for letter, title, comment in (("A", "Yes.", "Right."), ("B", "No.", "Not quite."))
    ]
    question = Question("", nodes.paragraph(text="Is it so?"), *answers, number=1)
    section = nodes.section("", nodes.title(text="Quiz"), question, ids=["quiz"])
    section["docname"] = "graphs"
    return section


def test_a_quiz_keeps_its_choices_and_loses_its_answers(quiz):
    page = appendix.PageAppendix()

    appendix.take_answers(quiz, page)

    texts = [node.astext() for node in quiz.findall(nodes.paragraph)]
    assert texts == ["1. Is it so?", "Yes.", "No."]
    assert [n.astext() for n in page.solutions if isinstance(n, nodes.paragraph)] == [
        *("Right.", "Not quite."),
    ]
    assert r"\begin{choice}{1B.}" in [node.astext() for node in page.solutions]


def test_a_head_without_words_is_not_printed():
    head = nodes.thead("", nodes.row("", nodes.entry(), nodes.entry()))
    body = nodes.tbody("", nodes.row("", nodes.entry("", nodes.paragraph(text="x")), nodes.entry()))
    document = nodes.document(None, None)
    document += nodes.table("", nodes.tgroup("", head, body))

    mend_tables(document)

    assert not list(document.findall(nodes.thead))
    assert [cell.astext() for cell in document.findall(nodes.entry)] == ["x", r"\strut"]


def test_names_in_code_are_sorted_without_their_underscores():
    entry = place("_taps", "function in underhood.convolution").astext()

    assert entry == r"\index{taps@\texttt{\_taps} (function in underhood.convolution)}"
    assert place("Seed", main=True).astext() == r"\index{Seed@Seed|spxpagem}"
