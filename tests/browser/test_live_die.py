"""The live figure of a die: by keyboard alone to probabilities that the package knows."""

from __future__ import annotations

import pytest

from underhood.live import DieLikelihood

from .test_accessibility import AXE, colors, structure
from .test_keyboard import has_focus, page_with
from .test_pages import PHONE

FIGURE = "fig-likelihood-principle-two-ways"
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}
SLIDERS = ("Signs on the die", "Signs thrown, k", "Throws, n")

# Sets the sliders to each state and returns what the figure then says.
SAY = """(figure, states) => states.map(state => {
  const sliders = figure.querySelectorAll("input");
  for (const place of [2, 1, 0]) { // the number of throws first: it limits k
    sliders[place].value = state[place];
    sliders[place].dispatchEvent(new Event("input"));
  }
  return figure.querySelector("[role=status]").textContent;
})"""
HEIGHTS = "(figure, name) => [...figure.querySelectorAll(`.${name} rect`)].map(b => +b.height.baseVal.value)"
LABELS = "figure => [...figure.querySelectorAll('.likelihood .value')].map(t => t.textContent)"


def open_figure(visit):
    """Go to the figure and wait for its script."""
    visit.page.goto(f"{visit.server}/{page_with(FIGURE)}", wait_until="networkidle")
    figure = visit.page.locator(f"#{FIGURE} die-likelihood")
    figure.scroll_into_view_if_needed()
    figure.get_by_role("slider").first.wait_for(timeout=5000)
    return figure


def status(figure) -> str:
    """Return what a screen reader announces."""
    return figure.get_by_role("status").inner_text()


def test_at_first_it_shows_what_the_page_computes(visit):
    figure = open_figure(visit)

    assert status(figure) == DieLikelihood().sentence(2, 2, 10)
    assert figure.evaluate(LABELS) == [
        *("0", "0.2907", "0.1951", "0.0439", "0.0030", "≈ 0", "0")
    ]
    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.parametrize("state", [(0, 2, 10), (1, 1, 13), (6, 20, 20), (3, 0, 1)])
def test_the_keyboard_alone_leads_to_what_the_package_computed(visit, state):
    figure = open_figure(visit)
    page = visit.page
    signs, k, n = state
    figure.get_by_role("slider", name="Signs on the die").focus()

    page.keyboard.press("Home")
    for _ in range(signs):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert has_focus(figure.get_by_role("slider", name="Throws, n"))
    page.keyboard.press("Home")
    for _ in range(n - 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    for _ in range(k):
        page.keyboard.press("ArrowRight")

    assert status(figure) == DieLikelihood().sentence(signs, k, n)


def test_the_script_computes_what_the_package_computes(visit):
    figure = open_figure(visit)
    states = [[m, k, n] for n in (1, 2, 5, 10, 13, 20) for k in range(n + 1) for m in range(7)]

    assert figure.evaluate(SAY, states) == [DieLikelihood().sentence(*state) for state in states]


def test_the_bars_follow(visit):
    figure = open_figure(visit)
    upper, lower = (figure.evaluate(HEIGHTS, name) for name in ("distribution", "likelihood"))
    figure.get_by_role("slider", name="Signs on the die").press("ArrowLeft")

    after = figure.evaluate(HEIGHTS, "distribution")
    assert after != upper
    assert sum(after) == pytest.approx(sum(upper), abs=0.5)
    assert figure.evaluate(HEIGHTS, "likelihood") == lower
    figure.get_by_role("slider", name="Signs thrown").press("End")
    assert figure.evaluate(HEIGHTS, "distribution") == after
    assert figure.evaluate(HEIGHTS, "likelihood") != lower
    assert figure.locator(".likelihood rect[stroke-width='3']").count() == 1


def test_no_more_signs_than_throws(visit):
    figure = open_figure(visit)
    figure.get_by_role("slider", name="Signs thrown").press("End")
    assert " of 10 signs in 10 throws " in status(figure)

    figure.get_by_role("slider", name="Throws, n").press("ArrowLeft")

    assert " of 9 signs in 9 throws " in status(figure)
    assert figure.get_by_role("slider", name="Signs thrown").get_attribute("aria-valuetext") == "9"


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing(visit):
    figure = open_figure(visit)
    visit.page.evaluate(f"{AXE};0")
    for key in ("ArrowRight", "End"):
        figure.get_by_role("slider", name="Signs thrown").press(key)
        assert structure(visit.page) == []
        assert colors(visit.page, include=[f"#{FIGURE}"]) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_a_finger_can_hit_every_slider_on_a_phone(visit):
    figure = open_figure(visit)

    for name in SLIDERS:
        box = figure.get_by_role("slider", name=name).bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    figure.get_by_role("slider", name="Signs on the die").tap(position={"x": 2, "y": 20})
    assert status(figure) == DieLikelihood().sentence(0, 2, 10)


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "phone"])
def test_sentences_do_not_move_what_is_below(visit):
    figure = open_figure(visit)
    below = figure.locator("summary")
    place = below.bounding_box()["y"]

    for state in ([1, 9, 20], [5, 10, 20], [6, 20, 20], [0, 0, 1]):
        figure.evaluate(SAY, [state])
        assert below.bounding_box()["y"] == place


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_everything_is_there(visit):
    visit.page.goto(f"{visit.server}/{page_with(FIGURE)}")
    figure = visit.page.locator(f"#{FIGURE} die-likelihood")

    assert figure.locator("svg").is_visible()
    assert figure.get_by_role("slider").count() == 0
    figure.locator("summary").click()
    assert figure.locator("li").all_inner_texts() == DieLikelihood().words()
