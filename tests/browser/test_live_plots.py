"""Live figures with sliders: what holds for each, and by keyboard to what the package computes."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pytest
from bs4 import BeautifulSoup

from underhood.live import LineLikelihood, ProductUnderflow
from underhood.live.line import LEVELS, SLOPES, SPREADS
from underhood.live.underflow import FACTORS, LINES, MOST

from ..built_site import PAGES, SITE
from .test_accessibility import ADD_STYLE, AXE, colors, structure
from .test_keyboard import has_focus
from .test_pages import PHONE

DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}

# All states in one go: what the figure says or draws, as an "input" by hand would have it.
SHOW = """([figure, states, draws]) => states.map((values) => {
  const inputs = [...figure.querySelectorAll(".live-controls :is(input, select)")];
  inputs.forEach((input, place) => {
    if (input.type === "checkbox") input.checked = values[place];
    else input.value = values[place];
    input.dispatchEvent(new Event(input.type === "range" ? "input" : "change"));
  });
  return draws ? figure.querySelector("svg").outerHTML
    : figure.querySelector(".live-status").textContent;
})"""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
ROUNDING = 0.11
"""Pixels: two numbers with one decimal place each, rounded from the same one."""

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
    return _show(visit, figure, states, draws=False)


def draw(visit, figure, states) -> list[ET.Element]:
    """Return what the figure draws in each of the states."""
    return [ET.fromstring(svg) for svg in _show(visit, figure, states, draws=True)]


def _show(visit, figure, states, draws: bool) -> list[str]:
    states = [list(state) for state in states]
    return visit.page.evaluate(SHOW, [figure.element_handle(), states, draws])


def compare(found: ET.Element, expected: ET.Element) -> None:
    """Assert that drawings have the same elements, words and attributes, but for rounding."""
    for one, other in zip(found.iter(), expected.iter(), strict=True):
        assert (one.tag, one.text or "") == (other.tag, other.text or "")
        assert one.keys() == other.keys()
        for name, value in one.items():
            wanted = other.get(name)
            assert NUMBER.sub("0", value) == NUMBER.sub("0", wanted), (one.attrib, wanted)
            numbers, others = ([*map(float, NUMBER.findall(text))] for text in (value, wanted))
            assert numbers == pytest.approx(others, rel=0, abs=ROUNDING), (one.attrib, wanted)


def limits(figure) -> list[list[float]]:
    """Return the least and the largest value and the step of each slider."""
    return figure.get_by_role("slider").evaluate_all(
        "sliders => sliders.map(({ min, max, step }) => [min, max, step].map(Number))"
    )


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


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_a_slider_can_be_drawn_with_large_letters_on_a_phone(visit, label):
    figure = open_figure(visit, label)
    visit.page.evaluate(ADD_STYLE, "html { font-size: 200%; }")

    for slider in figure.get_by_role("slider").all():
        assert slider.bounding_box()["width"] >= 150
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
    assert figure.bounding_box()["height"] == pytest.approx(before, abs=1)


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


def take_lines(drawing: ET.Element) -> dict[str, np.ndarray]:
    """Take the shapes of the three lines out of a drawing; return their points."""
    paths = {path.get("class"): path for path in drawing.iter("path")}
    return {
        name: np.reshape([*map(float, NUMBER.findall(paths[name].attrib.pop("d")))], (-1, 2))
        for name in LINES
    }


def farthest(points: np.ndarray, line: np.ndarray) -> float:
    """Return how far from a line through corners the farthest of some points is."""
    start, along = line[:-1], np.diff(line, axis=0)
    length = np.maximum((along**2).sum(1), 1e-9)  # a corner may be there twice
    share = np.clip(((points[:, None] - start) * along).sum(2) / length, 0, 1)
    nearest = start + share[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(1).max()


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


def test_products_are_drawn_as_the_package_draws_them(visit):
    figure = open_figure(visit, WALLS)
    states = [
        *[(0.05, 1), (0.1, 100), (0.1, 999), (0.15, 17), (0.25, 250), (0.4, 640), (0.5, 1000)],
        *[(0.55, 333), (0.6, 1000), (0.75, 700), (0.9, 20), (0.95, 850)],
    ]

    for state, found in zip(states, draw(visit, figure, states), strict=True):
        expected = ET.fromstring(ProductUnderflow().drawing(*state))
        lines, others = take_lines(found), take_lines(expected)
        for name in LINES:  # the script gives every product a corner
            assert farthest(lines[name], others[name]) < np.sqrt(2) * ROUNDING, (state, name)
            assert farthest(others[name], lines[name]) < np.sqrt(2) * ROUNDING, (state, name)
        compare(found, expected)


def test_the_reader_can_set_what_the_products_are_computed_for(visit):
    figure = open_figure(visit, WALLS)

    assert limits(figure) == [[FACTORS[0], FACTORS[-1], FACTORS[1] - FACTORS[0]], [1, MOST, 1]]


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


def test_the_line_and_its_densities_are_drawn_as_the_package_draws_them(visit):
    figure = open_figure(visit, LINE)
    states = [
        *[(139, 0.0, 26), (139, 1.1, 19), (139, 1.1, 8), (90, -2.0, 4), (190, 3.0, 60)],
        *[(90, 3.0, 60), (190, -2.0, 4), (91, 0.3, 5), (138, -0.4, 33), (150, 2.9, 12)],
        *[(172, -1.7, 47), (120, 0.1, 59)],
    ]

    for state, found in zip(states, draw(visit, figure, states), strict=True):
        compare(found, ET.fromstring(LineLikelihood().drawing(*state)))


def test_the_reader_can_set_what_the_line_is_computed_for(visit):
    figure = open_figure(visit, LINE)

    levels, slopes, spreads = limits(figure)
    assert levels == [LEVELS[0], LEVELS[-1], LEVELS.step]
    assert slopes == [SLOPES[0], SLOPES[-1], pytest.approx(SLOPES[1] - SLOPES[0])]
    assert spreads == [SPREADS[0], SPREADS[-1], SPREADS.step]
