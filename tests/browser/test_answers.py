"""Exercises answered on their page: by keyboard alone, without a server, remembered."""

from __future__ import annotations

import json

import pytest

from underhood.check import check_answer
from underhood.exercises import find

from ..built_site import SITE
from .test_accessibility import ADD_STYLE, AXE, SPACING, colors, layout, structure
from .test_keyboard import has_focus, page_with
from .test_pages import PHONE

NUMBERS = "ex-graphs-spider"
CHOICE = "ex-backpropagation-difference"
LISTS = "ex-normalization-by-hand"
FUNCTION = "ex-graphs-evaluate"
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}

VERDICTS = {"right": "✓ Right.", "known": "✗ Not yet.", "other": "✗ Not yet."}
SHIFTS = """() => {
  globalThis.shifts = 0;
  new PerformanceObserver(list => {
    for (const { value } of list.getEntries()) globalThis.shifts += value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
KEPT = "() => JSON.parse(localStorage.getItem('underhood-progress'))?.exercises ?? {}"


def page_of(label: str) -> str:
    """Return the page of an exercise."""
    return page_with(f'class="exercise admonition" id="{label}"')


def open_exercise(visit, label: str):
    """Go to an exercise; return its form, or its button."""
    visit.page.goto(f"{visit.server}/{page_of(label)}#{label}", wait_until="networkidle")
    return answer(visit.page, label)


def answer(page, label: str):
    """Return an exercise's form, or what stands in its place."""
    number = page.locator(f"#{label} .caption-number").inner_text().strip()
    found = page.locator(".answer", has_text=number).first
    found.wait_for(timeout=5000)
    return found


def status(form) -> str:
    """Return what a screen reader announces, without what keeps signs from being pictures."""
    return form.get_by_role("status").inner_text().replace("\ufe0e", "")


def said(label: str, reply) -> str:
    """Return what a page has to say where a notebook says this."""
    feedback = check_answer(label, reply)
    return f"{VERDICTS[feedback.kind]} {feedback.message}"


def test_nothing_of_the_answers_loads_until_an_exercise_is_near(visit):
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.set_viewport_size({"width": 1280, "height": 300})
    visit.open(page_of(LISTS))

    assert not [url for url in asked if "/answers/" in url]
    visit.page.locator(f"#{LISTS}").scroll_into_view_if_needed()
    answer(visit.page, LISTS)
    loaded = sorted(url.rpartition("/answers/")[2] for url in asked if "/answers/" in url)
    page = page_of(LISTS).replace(".html", ".js")
    assert loaded == ["answers.css", "check.js", "forms.js", f"pages/{page}"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((12, 120), said(NUMBERS, (12, 120))),
        ((120, 12), said(NUMBERS, (120, 12))),
        (("[6, 6]", 60), said(NUMBERS, ([6, 6], 60))),
        ((13, 120), said(NUMBERS, (13, 120))),
        (("", ""), "○ Not answered yet. Fill in: matmul, multiply."),
        ((12, ""), "○ Not answered yet. Fill in: multiply."),
        ((12, "x"), "○ Not checked. multiply holds “x”, which is not a number."),
    ],
)
def test_numbers_are_answered_by_keyboard_alone(visit, reply, expected):
    form = open_exercise(visit, NUMBERS)
    page = visit.page
    form.get_by_label("matmul").focus()
    page.keyboard.type(str(reply[0]))
    page.keyboard.press("Tab")
    page.keyboard.type(str(reply[1]))
    page.keyboard.press("Enter")

    assert status(form) == expected
    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.parametrize("choice", ["rounding", "truncation", "kink", None])
def test_a_choice_is_made_by_keyboard_alone(visit, choice):
    form = open_exercise(visit, CHOICE)
    page = visit.page
    page.locator(f"#{CHOICE} ~ details summary").first.focus()
    page.keyboard.press("Tab")
    choices = find(CHOICE).choices
    assert has_focus(form.get_by_label(choices[0]))
    if choice:
        page.keyboard.press("Space")
        for _ in range(choices.index(choice)):
            page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert has_focus(form.get_by_role("button", name="Check"))
    page.keyboard.press("Enter")

    expected = said(CHOICE, choice) if choice else "○ Not answered yet. Choose one."
    assert status(form) == expected
    assert visit.complaints == []
    assert visit.foreign == []


def test_what_was_typed_stays_to_be_corrected(visit):
    form = open_exercise(visit, LISTS)
    field = form.get_by_label("Answer", exact=True)
    field.fill("-9 3 7 x")
    form.get_by_role("button", name="Check").press("Enter")

    assert has_focus(field)
    assert field.get_attribute("aria-invalid") == "true"
    field.press("Backspace")
    assert field.get_attribute("aria-invalid") is None
    visit.page.keyboard.type("19")
    field.press("Enter")
    assert field.input_value() == "-9 3 7 19"
    assert status(form).startswith("✓ Right.")


@pytest.mark.parametrize(
    ("label", "solve"),
    [
        (NUMBERS, ["12", "Tab", "120", "Enter"]),
        (FUNCTION, ["Space"]),
    ],
)
def test_what_is_solved_is_remembered_until_it_is_erased(visit, label, solve):
    open_exercise(visit, label).locator("input, button").first.focus()
    page = visit.page
    for key in solve:
        page.keyboard.type(key) if key.isdigit() else page.keyboard.press(key)
    today = page.evaluate("progress.today()")

    assert page.evaluate(KEPT) == {label: today}
    assert "✓ Solved on" in answer(page, label).inner_text().replace("\ufe0e", "")
    page.reload(wait_until="networkidle")
    form = answer(page, label)
    assert "Solved on" in form.inner_text()
    assert [field.input_value() for field in form.locator("input").all()] == [""] * (
        form.locator("input").count()
    )
    page.evaluate(f"progress.set('exercises', '{label}')")
    assert "Solved on" not in form.inner_text()


def test_a_wrong_answer_takes_nothing_back_and_gives_nothing(visit):
    form = open_exercise(visit, NUMBERS)
    fields = form.get_by_role("textbox").all()
    for values, kept in [(("12", "12"), []), (("12", "120"), [NUMBERS]), (("1", "2"), [NUMBERS])]:
        for field, value in zip(fields, values, strict=True):
            field.fill(value)
        form.get_by_role("button").click()
        assert list(visit.page.evaluate(KEPT)) == kept


def test_a_function_is_marked_as_solved_and_unmarked(visit):
    button = open_exercise(visit, FUNCTION).get_by_role("button")
    assert button.get_attribute("aria-pressed") == "false"

    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert visit.page.evaluate(KEPT) == {}


def test_every_exercise_of_a_page_gets_its_form_or_button(visit):
    open_exercise(visit, NUMBERS)
    keys = (SITE / "_static/answers/pages/backprop/graphs.js").read_text(encoding="utf-8")
    labels = json.loads(keys.removeprefix("answers(").removesuffix(");\n"))

    assert visit.page.locator(".exercise").count() == len(labels)
    for label in labels:
        kind = "button" if find(label).inputs else "group"
        assert answer(visit.page, label).get_by_role(kind).count() == 1


# --- for every reader -------------------------------------------------------------------------


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
@pytest.mark.parametrize(
    ("label", "typed"), [(NUMBERS, ["12", "x"]), (NUMBERS, ["1", "2"]), (CHOICE, None)]
)
def test_axe_finds_nothing_in_an_answered_form(visit, label, typed):
    form = open_exercise(visit, label)
    visit.page.emulate_media(reduced_motion="reduce")
    for field, text in zip(form.get_by_role("textbox").all(), typed or [], strict=True):
        field.fill(text)
    form.get_by_role("button").click()
    assert status(form)
    visit.page.evaluate(f"{AXE};0")

    assert structure(visit.page) == []
    assert colors(visit.page, include=[".answer"]) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
@pytest.mark.parametrize("label", [NUMBERS, CHOICE, FUNCTION, LISTS])
def test_a_finger_can_hit_everything_on_a_phone(visit, label):
    form = open_exercise(visit, label)

    targets = form.locator("button, input[type=text], .answer-choice").all()
    assert targets
    for target in targets:
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390


@pytest.mark.parametrize(
    ("visit", "sheet"),
    [
        ({"viewport": {"width": 320, "height": 900}}, SPACING),
        ({}, "html { font-size: 200%; }"),
    ],
    indirect=["visit"],
    ids=["narrow and spaced", "twice the size"],
)
@pytest.mark.parametrize(
    "label", [NUMBERS, "ex-regression-likelihood-pull", "ex-forecasting-august"]
)
def test_forms_bear_narrow_screens_wide_spacing_and_large_letters(visit, label, sheet):
    form = open_exercise(visit, label)
    form.get_by_role("button").click()
    visit.page.evaluate(ADD_STYLE, sheet)

    # Letters that are set by a sheet are no news to the header, which asks for the browser's size.
    assert [problem for problem in layout(visit.page) if "header-" not in problem] == []


def test_fields_say_what_may_be_typed(visit):
    form = open_exercise(visit, NUMBERS)

    note = form.get_by_label("matmul").get_attribute("aria-describedby")
    assert "lists like [1, 2]" in visit.page.locator(f"#{note}").inner_text()
    assert form.get_by_role("group", name="Your answer to Exercise 2.1").count() == 1


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "phone"])
@pytest.mark.parametrize("back", [False, True], ids=["down", "up"])
def test_forms_move_nothing_that_is_in_sight(visit, back):
    page = visit.open(page_of(LISTS))
    page.evaluate(SHIFTS)
    height = page.evaluate("document.documentElement.scrollHeight")
    if back:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(300)
        page.evaluate("globalThis.shifts = 0")
    for _ in range(0, height, 400):
        page.mouse.wheel(0, -400 if back else 400)
        page.wait_for_timeout(20)

    assert page.locator(".answer").count() == page.locator(".exercise").count()
    assert page.evaluate("shifts") < 0.01


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_place_below_forms_stays_where_a_link_led(visit):
    page = visit.page
    page.goto(f"{visit.server}/{page_of(LISTS)}#quiz", wait_until="networkidle")
    page.locator(".answer").first.wait_for(state="attached", timeout=5000)
    page.wait_for_timeout(300)

    assert 0 <= page.evaluate("document.getElementById('quiz').getBoundingClientRect().top") < 90


@pytest.mark.parametrize(("name", "forms"), [("check.js", 0), ("answers.css", 1)])
def test_a_file_that_does_not_come_leaves_what_works_without_it(visit, name, forms):
    visit.page.route(f"**/{name}", lambda route: route.abort())
    visit.page.goto(f"{visit.server}/{page_of(NUMBERS)}#{NUMBERS}", wait_until="networkidle")

    visit.page.locator("p.answer").first.wait_for(state="attached", timeout=5000)
    assert min(visit.page.locator("form.answer").count(), 1) == forms


def test_paper_has_no_forms(visit):
    form = open_exercise(visit, NUMBERS)
    visit.page.emulate_media(media="print")

    assert not form.is_visible()


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_the_stub_is_there_and_no_form(visit):
    page = visit.page
    page.goto(f"{visit.server}/{page_of(NUMBERS)}#{NUMBERS}")

    assert page.get_by_text(f'check_answer("{NUMBERS}"').first.is_visible()
    assert page.locator(".answer").count() == 0


def test_a_copy_of_the_site_works_without_a_server(browser):
    tab = browser.new_page()
    tab.goto((SITE / page_of(NUMBERS)).as_uri() + f"#{NUMBERS}")
    form = answer(tab, NUMBERS)
    for field, text in zip(form.get_by_role("textbox").all(), ["12", "120"], strict=True):
        field.fill(text)
    form.get_by_role("button").click()

    assert status(form) == said(NUMBERS, (12, 120))
    tab.close()
