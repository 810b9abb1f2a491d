"""A quiz: answered by keyboard alone, kept, forgotten, and of use to every reader."""

from __future__ import annotations

import pytest

from .test_accessibility import AXE, colors, structure
from .test_keyboard import has_focus, page_with
from .test_light import SHIFTS
from .test_pages import PHONE

SIGN = "quiz-question"
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}
WORDS = {True: "right", False: "not quite"}
KEPT = "JSON.parse(localStorage.getItem('underhood-progress')).quizzes"


def open_quiz(visit):
    """Go to the first quiz of the book and wait for its script."""
    page = visit.open(page_with(SIGN))
    page.locator(SIGN).first.scroll_into_view_if_needed()
    page.locator(f"{SIGN}:defined").first.wait_for(timeout=5000)
    return page


def right(question) -> int:
    """Return the place of a question's right choice."""
    return "ABCDE".index(question.get_attribute("data-right"))


def status(page) -> str:
    """Return what a screen reader announces."""
    return page.locator(".quiz-result").get_by_role("status").inner_text()


def score(page) -> str:
    """Return what stands below the quiz."""
    return page.locator(".quiz-result > span").first.inner_text()


def verdict(question) -> str:
    """Return what stands beside a question's number."""
    return question.locator(".question-title").inner_text()


def test_the_script_waits_until_the_quiz_is_near(visit):
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.open(page_with(SIGN))

    assert not [url for url in asked if "quiz" in url]


def test_the_keyboard_alone_answers_a_quiz_and_a_reload_shows_it(visit):
    page = open_quiz(visit)
    questions = page.locator(SIGN).all()
    name = page_with(SIGN).removesuffix(".html")
    questions[0].locator("summary").first.focus()

    expected = {}
    for number, question in enumerate(questions, start=1):
        choices = question.locator("summary").all()
        # The first question gets a wrong answer, all others the right one.
        chosen = right(question) if number > 1 else (right(question) + 1) % len(choices)
        expected[f"{name}#{number}"] = "ABCDE"[chosen]
        while not has_focus(choices[chosen]):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter" if number % 2 else "Space")
        word = "right" if number > 1 else "not quite"
        assert status(page).startswith(f"Question {number}: {word}. ")
        assert f"your first answer, {'ABCDE'[chosen]}, is {word}" in verdict(question)
        assert question.locator("details").nth(chosen).get_attribute("open") is not None

    result = f"{len(questions) - 1} of {len(questions)} right at the first try."
    assert status(page).endswith(result)
    assert page.evaluate(KEPT) == expected
    page = open_quiz(visit)
    assert score(page) == result
    assert "is not quite it" in verdict(page.locator(SIGN).first)
    assert page.locator(".chosen-wrong").count() == 1
    assert page.locator(".chosen-right").count() == len(questions) - 1
    assert page.locator(f"{SIGN} details[open]").count() == 0
    assert visit.complaints == []
    assert visit.foreign == []


def test_the_first_choice_counts_and_no_later_one(visit):
    page = open_quiz(visit)
    question = page.locator(SIGN).first
    place = right(question)
    wrong = (place + 1) % question.locator("summary").count()

    question.locator("summary").nth(wrong).press("Enter")
    question.locator("summary").nth(place).press("Enter")

    assert "is not quite it" in verdict(question)
    assert list(page.evaluate(KEPT).values()) == ["ABCDE"[wrong]]
    assert question.locator("details[open]").count() == 2


def test_a_choice_that_opened_by_itself_was_not_chosen(visit):
    page = open_quiz(visit)
    question = page.locator(SIGN).first

    question.locator("details").first.evaluate("box => { box.open = true; }")
    question.locator("summary").first.press("Enter")  # which closes it

    assert verdict(question) == "Question 1"


def test_answer_again_forgets_this_page_alone(visit):
    page = open_quiz(visit)
    page.evaluate("progress.set('quizzes', 'another/page#1', 'A')")
    page.locator(f"{SIGN} summary").first.press("Enter")
    again = page.get_by_role("button", name="Answer again")

    again.press("Enter")

    assert page.evaluate(KEPT) == {"another/page#1": "A"}
    assert score(page).startswith("0 of ")
    assert page.locator(f"{SIGN} details[open], .chosen-right, .chosen-wrong").count() == 0
    assert has_focus(page.locator(f"{SIGN} summary").first)
    assert not again.is_visible()


def test_an_answer_that_is_no_choice_is_none(visit):
    page = open_quiz(visit)
    name = page_with(SIGN).removesuffix(".html")

    page.evaluate(f"progress.set('quizzes', '{name}#1', 'Z')")
    page = open_quiz(visit)

    assert score(page).startswith("0 of ")
    assert visit.complaints == []


def test_nothing_is_announced_but_the_reader_s_own_answers(visit):
    page = open_quiz(visit)
    page.evaluate("progress.set('pages', 'another/page', '2026-01-31')")
    assert status(page) == ""

    page.locator(f"{SIGN} summary").first.press("Enter")
    assert (
        status(page) == f"Question 1: {WORDS[right(page.locator(SIGN).first) == 0]}. {score(page)}"
    )
    page.get_by_role("button", name="Answer again").press("Enter")
    assert status(page) == ""


def test_a_choice_before_the_script_is_there_counts(visit):
    page, waiting = visit.page, []
    page.route("**/quiz-question.js", lambda route: waiting.append(route))
    page.goto(f"{visit.server}/{page_with(SIGN)}", wait_until="domcontentloaded")
    first, second = page.locator(SIGN).all()[:2]
    first.locator("summary").nth(1).press("Enter")
    first.locator("summary").nth(0).press("Enter")
    second.locator("details").first.evaluate("box => { box.open = true; }")  # as a search does
    second.locator("summary").first.press("Enter")
    page.wait_for_timeout(300)
    (route,) = waiting

    route.continue_()
    page.locator(f"{SIGN}:defined").first.wait_for(timeout=5000)

    assert "your first answer, B" in verdict(first)
    assert list(page.evaluate(KEPT).values()) == ["B"]


@pytest.mark.parametrize("visit", [{"forced_colors": "active"}], indirect=True, ids=["forced"])
def test_signs_are_seen_where_the_system_sets_the_colors(visit):
    page = open_quiz(visit)
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    boxes = [box.element_handle() for box in page.locator(f"{SIGN} details").all()]

    boxes[0].evaluate("box => { box.open = true; }")
    triangle = page.evaluate(
        "box => getComputedStyle(box.firstElementChild, '::before').backgroundColor", boxes[1]
    )
    borders = [
        box.evaluate("box => getComputedStyle(box).borderInlineStartColor") for box in boxes[:2]
    ]
    assert triangle != back
    assert borders[0] != back
    assert borders[1] == back


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing_in_an_answered_quiz(visit):
    page = open_quiz(visit)
    page.emulate_media(reduced_motion="reduce")
    for question in page.locator(SIGN).all():
        question.locator("summary").first.press("Enter")
        question.locator("summary").first.evaluate("title => title.blur()")
    page.mouse.move(0, 0)
    page.evaluate(f"{AXE};0")

    assert structure(page) == []
    assert colors(page, include=[SIGN, ".quiz-result"]) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_a_finger_can_hit_the_button(visit):
    page = open_quiz(visit)
    page.locator(f"{SIGN} summary").first.tap()

    box = page.get_by_role("button", name="Answer again").bounding_box()
    assert min(box["width"], box["height"]) >= 44


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
def test_earlier_answers_move_nothing_when_a_page_opens_at_its_quiz(visit):
    page = open_quiz(visit)
    for question in page.locator(SIGN).all():
        question.locator("summary").first.press("Enter")
    page.goto(f"{visit.server}/404.html")

    page.goto(f"{visit.server}/{page_with(SIGN)}#quiz", wait_until="networkidle")
    page.locator(".chosen-right, .chosen-wrong").first.wait_for(timeout=5000)

    assert "your first answer" in verdict(page.locator(SIGN).first)
    assert page.evaluate(SHIFTS) == 0


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_a_choice_still_opens(visit):
    visit.page.goto(f"{visit.server}/{page_with(SIGN)}")
    question = visit.page.locator(SIGN).first

    question.locator("summary").first.click()

    assert question.locator("details > p").first.is_visible()
    assert not visit.page.locator(".quiz-result").is_visible()
    assert not visit.page.locator("page-read").is_visible()
