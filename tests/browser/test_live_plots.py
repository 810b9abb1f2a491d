"""Live figures with sliders: what holds for each, and by keyboard to what the package computes."""

from __future__ import annotations

import itertools
import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from underhood.live import LineLikelihood, ProductUnderflow
from underhood.live.underflow import FACTORS

from ..built_site import PAGES, SITE
from .test_accessibility import AXE, colors, structure
from .test_keyboard import has_focus
from .test_pages import PHONE

DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}

# All states in one go: what the figure says about each, as an "input" by hand would have it.
SAY = """([figure, states]) => states.map((values) => {
  const inputs = [...figure.querySelectorAll(".live-controls :is(input, select)")];
  inputs.forEach((input, place) => {
    if (input.type === "checkbox") input.checked = values[place];
    else input.value = values[place];
    input.dispatchEvent(new Event(input.type === "range" ? "input" : "change"));
  });
  return figure.querySelector(".live-status").textContent;
})"""

LETTERS = """texts => texts.map(text => {
  const { a, b } = text.getScreenCTM();
  return Math.hypot(a, b) * parseFloat(getComputedStyle(text).fontSize);
})"""


@cache
def plots() -> dict[str, str]:
    """Return the page of each live figure that is a plot, by the label of the figure."""
    found = {}
    for page in PAGES:
        text = (SITE / page).read_text(encoding="utf-8") if (SITE / page).exists() else ""
        if 'class="plot"' in text:
            document = BeautifulSoup(text, "html.parser")
            for drawing in document.select("article .live svg.plot"):
                found[drawing.find_parent("figure")["id"]] = page
    return found


@cache
def alone(label: str) -> str:
    """Return the page of a figure with nothing else in its article: the rest takes seconds."""
    text = (SITE / plots()[label]).read_text(encoding="utf-8")
    (figure,) = re.findall(rf'<figure\b[^>]* id="{label}".*?</figure>', text, re.DOTALL)
    head, _, rest = text.partition('<article class="bd-article">')
    section = f'<section><h1>Figure</h1><div class="cell">{figure}</div></section>'
    rest = re.sub(r'href="#[^"]+"', 'href="#"', rest.partition("</article>")[2])  # to no sections
    return f'{head}<article class="bd-article">{section}</article>{rest}'


def go_to(visit, label: str, wait_until: str = "load") -> None:
    """Go to the figure, alone on its page."""
    address = f"{visit.server}/{plots()[label]}"
    visit.page.route(
        address, lambda route: route.fulfill(body=alone(label), content_type="text/html")
    )
    visit.page.goto(address, wait_until=wait_until)


def open_figure(visit, label: str):
    """Go to the figure of that label and wait for its script."""
    go_to(visit, label)
    figure = visit.page.locator(f"#{label} .live")
    figure.scroll_into_view_if_needed()
    figure.locator(".live-controls").wait_for(timeout=5000)
    return figure


def status(figure) -> str:
    """Return what a screen reader announces."""
    return figure.get_by_role("status").inner_text()


def say(visit, figure, states) -> list[str]:
    """Return what the figure says in each of the states: the values of its controls, in order."""
    return visit.page.evaluate(SAY, [figure.element_handle(), [list(state) for state in states]])


def move(slider, key: str, times: int = 1) -> None:
    """Press a key on a slider."""
    slider.focus()
    for _ in range(times):
        slider.page.keyboard.press(key)


# ---- every plot ----


def test_the_figures_of_the_book_are_there():
    assert set(plots()) == {
        "fig-activations-saturation",
        "fig-likelihood-principle-two-ways",
        "fig-numerical-stability-walls",
        "fig-receptive-field-live",
        "fig-regression-likelihood-line",
        "fig-residual-highway",
    }


@pytest.fixture(params=sorted(plots()) or [None])
def label(request) -> str:
    """Return the label of one plot after the other."""
    return request.param


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing(visit, label):
    figure = open_figure(visit, label)
    visit.page.evaluate(f"{AXE};0")
    figure.locator("summary").click()

    assert structure(visit.page) == []
    assert colors(visit.page, include=[f"#{label}"]) == []
    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_controls_are_as_large_as_a_finger_and_letters_legible_on_a_phone(visit, label):
    figure = open_figure(visit, label)

    for control in figure.locator("input, select").all():
        box = control.bounding_box()
        if control.get_attribute("type") == "checkbox":  # its name is part of it
            box = control.locator("xpath=ancestor::label").bounding_box()
        assert box["height"] >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    assert min(figure.locator("svg text").evaluate_all(LETTERS)) >= 9.5
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_control_has_a_name_and_can_be_reached_by_tab(visit, label):
    figure = open_figure(visit, label)
    controls = figure.locator("input, select").all()
    controls[0].focus()

    for control in controls:
        assert has_focus(control)
        assert control.evaluate("control => control.labels[0].textContent.trim()")
        visit.page.keyboard.press("Tab")


def test_moving_a_slider_does_not_move_what_is_below(visit, label):
    figure = open_figure(visit, label)
    below = figure.locator("summary")
    place = below.bounding_box()["y"]

    for slider in figure.get_by_role("slider").all():
        for key in ("Home", "PageUp", "PageUp", "End"):
            move(slider, key)
            assert below.bounding_box()["y"] == place


def test_nothing_moves_when_the_script_comes(visit, label):
    requests = []
    visit.page.route("**/_static/live/**", lambda route: requests.append(route))
    go_to(visit, label, wait_until="domcontentloaded")  # what is held may hold up the load
    figure = visit.page.locator(f"#{label} .live")
    visit.page.keyboard.press("Shift")  # lays out all sections
    figure.scroll_into_view_if_needed()
    visit.page.wait_for_timeout(300)
    before = figure.bounding_box()["height"]
    assert requests

    for route in requests:
        route.continue_()
    visit.page.unroute_all()
    figure.locator(".live-controls").wait_for(timeout=5000)
    assert figure.bounding_box()["height"] == pytest.approx(before, abs=24)


def test_paper_shows_the_figure_without_its_controls(visit, label):
    figure = open_figure(visit, label)
    visit.page.emulate_media(media="print")

    assert figure.locator("svg").is_visible()
    assert not figure.locator(".live-controls").is_visible()
    assert figure.locator("li").first.is_visible()


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_there_is_a_picture_and_its_words(visit, label):
    go_to(visit, label)
    figure = visit.page.locator(f"#{label} .live")

    assert figure.locator("svg.plot").first.is_visible()
    assert figure.locator("input, select, button").count() == 0
    figure.locator("summary").click()
    assert figure.locator("li").last.is_visible()


# ---- products of equal factors ----

WALLS = "fig-numerical-stability-walls"


def test_the_keyboard_alone_finds_both_walls_of_tenths(visit):
    figure = open_figure(visit, WALLS)
    factor, count = figure.get_by_role("slider").all()

    move(factor, "Home")
    move(factor, "ArrowRight")
    move(count, "Home")
    move(count, "ArrowRight", 45)
    assert status(figure) == ProductUnderflow().sentence(0.1, 46)
    assert count.get_attribute("aria-valuetext") == "46"
    move(count, "End")
    assert status(figure) == ProductUnderflow().sentence(0.1, 1000)
    move(factor, "ArrowRight", 10)
    assert status(figure) == ProductUnderflow().sentence(0.6, 1000)


def test_products_are_those_of_numpy_for_all_factors(visit):
    figure = open_figure(visit, WALLS)
    counts = [1, 2, 17, 34, 35, 45, 46, 64, 100, 149, 150, 202, 323, 324, 640, 999, 1000]
    states = list(itertools.product(FACTORS, counts))

    assert say(visit, figure, states) == [ProductUnderflow().sentence(*state) for state in states]


def test_lines_stay_inside_the_axes(visit):
    figure = open_figure(visit, WALLS)
    bottom = "svg => Number(svg.dataset.y.split(' ')[2])"
    lowest = """lines => Math.max(...lines.flatMap(line =>
      line.getAttribute("d").split("L").map(point => Number(point.split(" ")[1]))))"""

    for factor in FACTORS:
        say(visit, figure, [(factor, 500)])
        drawing = figure.locator("svg")
        found = drawing.locator(".float32, .float64, .logs").evaluate_all(lowest)
        assert found <= drawing.evaluate(bottom) + 0.1


# ---- the line through the blood pressures ----

LINE = "fig-regression-likelihood-line"


def test_the_keyboard_alone_leads_to_the_best_line(visit):
    figure = open_figure(visit, LINE)
    level, slope, spread = figure.get_by_role("slider").all()

    assert status(figure) == LineLikelihood().sentence(139, 0.0, 26)
    move(slope, "ArrowRight", 11)
    move(spread, "ArrowLeft", 7)
    assert status(figure) == LineLikelihood().sentence(139, 1.1, 19)
    move(level, "Home")
    assert status(figure) == LineLikelihood().sentence(90, 1.1, 19)


def test_the_line_s_nll_is_the_package_s_everywhere(visit):
    figure = open_figure(visit, LINE)
    slopes = [-2.0, -0.4, 0.0, 0.3, 1.1, 3.0]
    states = list(itertools.product([90, 120, 138, 139, 190], slopes, [4, 8, 19, 26, 60]))

    assert say(visit, figure, states) == [LineLikelihood().sentence(*state) for state in states]
