"""book/_ext/quiz: what a question must have, and the quizzes of the built site."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from bs4 import BeautifulSoup

from ..built_site import PAGES, SITE

QUESTION = """\
# A page

:::{question}
What is $1 + 1$?

- [ ] $1$, as always.

  Not quite. That is *one* of them.

- [x] Two.

  Right.

  One and one.
:::
"""


@pytest.fixture
def set_question(run_sphinx):
    """Return a function that sets a page with questions."""

    def run(text: str):
        return run_sphinx(
            text, "quiz", myst_enable_extensions=["colon_fence", "dollarmath", "tasklist"]
        )

    return run


def test_a_question_is_a_group_of_choices_that_open_without_a_script(set_question):
    run = set_question(QUESTION)

    question = BeautifulSoup(run.html, "html.parser").select_one("quiz-question")
    assert run.warnings == ""
    assert (question["role"], question["aria-label"]) == ("group", "Question 1")
    assert question["data-right"] == "B"
    assert [title.get_text() for title in question.select("details > summary")] == [
        "A. \\(1\\), as always.",
        "B. Two.",
    ]
    answers = [box.get_text(" ", strip=True) for box in question.select("details")]
    assert answers[1] == "B. Two. Right. One and one."
    assert not question.select("input, [hidden], ul")


def test_questions_are_numbered_and_the_result_follows_the_last_one(set_question):
    more = QUESTION.removeprefix("# A page\n")
    page = BeautifulSoup(set_question(QUESTION + more).html, "html.parser")

    questions = page.select("quiz-question")
    assert [question["id"] for question in questions] == ["question-1", "question-2"]
    (result,) = page.select(".quiz-result")
    assert result.find_previous_sibling("quiz-question") is questions[1]
    assert result.select_one("[role=status]") is not None


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("- [x]", "- [ ]", "one choice of a question is right and marked `[x]`; here it is none"),
        ("- [ ]", "- [x]", "is right and marked `[x]`; here it is A and B"),
        ("- [ ]", "-", "choice A begins with neither `[ ]` nor `[x]`"),
        ("  Not quite. That is *one* of them.\n", "", "choice A has no answer"),
        ("What is $1 + 1$?\n", "", "a question begins with a paragraph that asks it"),
        ("  One and one.\n", "One and one.\n", "this one ends in a paragraph"),
        (QUESTION[QUESTION.index("- [ ]") : QUESTION.index("- [x]")], "", "this one has 1"),
    ],
)
def test_a_question_that_lacks_something_is_refused(set_question, good, bad, complaint):
    assert good in QUESTION

    run = set_question(QUESTION.replace(good, bad))

    assert complaint in run.warnings
    assert "index.md:3" in run.warnings
    assert "quiz-question" not in run.html


def test_a_bad_question_fails_the_build(scratch_book):
    scratch_book.write(QUESTION.replace("- [x]", "- [ ]"))

    run = scratch_book.build()

    assert run.returncode != 0
    assert "page.md:3" in run.stdout + run.stderr
    assert "here it is none" in run.stdout + run.stderr


@cache
def read(page: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


# The pages of the chapters; a chapter's opening asks nothing.
LESSONS = [page for page in PAGES if "/" in page and not page.endswith("/index.html")]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("page", LESSONS)
def test_a_page_asks_three_to_five_questions_and_answers_each_choice(page):
    questions = read(page).select("quiz-question")

    assert 3 <= len(questions) <= 5
    for question in questions:
        boxes = question.select(":scope > details")
        assert len(boxes) >= 2
        assert question["data-right"] in "ABCDE"[: len(boxes)]
        for box in boxes:
            choice, *answer = box.find_all(recursive=False)
            assert len(choice.get_text(strip=True)) > len("A. ")
            assert "".join(part.get_text(strip=True) for part in answer), choice


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("page", LESSONS)
def test_the_answer_to_a_choice_does_not_contradict_its_mark(page):
    for question in read(page).select("quiz-question"):
        for box, letter in zip(question.select(":scope > details"), "ABCDE", strict=False):
            text = box.p.get_text()
            is_right = letter == question["data-right"]
            assert not text.startswith("Not quite" if is_right else ("Right.", "Right:"))


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("page", LESSONS)
def test_the_right_choices_of_a_page_are_not_all_in_the_same_place(page):
    assert len({question["data-right"] for question in read(page).select("quiz-question")}) > 1


@pytest.mark.usefixtures("site")
def test_the_place_of_a_choice_does_not_give_it_away():
    questions = [question for page in LESSONS for question in read(page).select("quiz-question")]
    of_three = [q["data-right"] for q in questions if len(q.select(":scope > details")) == 3]

    assert max(Counter(of_three).values()) < 0.5 * len(of_three)


@pytest.mark.usefixtures("site")
def test_the_length_of_a_choice_does_not_give_it_away():
    longest = []
    for question in (q for page in LESSONS for q in read(page).select("quiz-question")):
        lengths = [len(choice.get_text()) for choice in question.select("summary")]
        right = lengths.pop("ABCDE".index(question["data-right"]))
        longest.append(right > max(lengths))

    assert sum(longest) < 0.5 * len(longest)
