"""The stack of causal layers: the script draws and says what the package does, in every state."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

from underhood.live import ReceptiveField

from .test_keyboard import has_focus
from .test_live_plots import go_to, open_figure, status
from .test_pages import PHONE

FIGURE = "fig-receptive-field-live"
NAMES = ("Layers", "Kernel size", "Dilation grows by", "Output")
LEAST = (1, 2, 1, 0)
EVERY_STATE = [*product(range(1, 5), range(2, 5), range(1, 5), range(16))]

# Sets the sliders to each state in turn; returns what the figure says and draws.
WALK = """(figure, states) => {
  const sliders = [...figure.querySelectorAll("input")];
  return states.map(state => {
    sliders.forEach((slider, place) => { slider.value = state[place]; });
    sliders[0].dispatchEvent(new Event("input"));
    const all = name => [...figure.querySelectorAll(`svg ${name}`)];
    return [
      figure.querySelector(".live-status").textContent,
      Object.fromEntries(all("path").map(path => [path.className.baseVal, path.getAttribute("d")])),
      all("text").map(text => [text.textContent, text.classList.contains("now")]),
    ];
  });
}"""


@pytest.fixture(scope="module")
def package() -> ReceptiveField:
    """Return what the page shows, computed here."""
    return ReceptiveField()


def pieces(path: str) -> list[tuple[float, ...]]:
    """Return the numbers of each piece of a path, sorted: the order does not show."""
    return sorted(
        tuple(map(float, re.findall(r"-?\d+(?:\.\d+)?", piece))) for piece in path.split("M")[1:]
    )


def drawn(svg: str) -> tuple[dict[str, str], list[list]]:
    """Return the paths and the texts of a drawing by the package."""
    tree = ET.fromstring(svg)
    paths = {path.get("class"): path.get("d") for path in tree.iter("path")}
    texts = [[text.text or "", text.get("class") == "now"] for text in tree.iter("text")]
    return paths, texts


def test_in_every_state_the_script_says_and_draws_what_the_package_does(visit, package):
    figure = open_figure(visit, FIGURE)

    walked = figure.evaluate(WALK, EVERY_STATE)

    assert len(walked) == 768
    for state, (sentence, shapes, texts) in zip(EVERY_STATE, walked, strict=True):
        assert sentence == package.sentence(*state)
        expected_shapes, expected_texts = drawn(package.drawing(*state))
        assert texts == expected_texts, state
        assert shapes.keys() == expected_shapes.keys()
        for name, shape in shapes.items():
            numbers, expected = pieces(shape), pieces(expected_shapes[name])
            assert [*map(len, numbers)] == [*map(len, expected)], (state, name)
            if numbers:
                np.testing.assert_allclose(
                    np.concatenate(numbers), np.concatenate(expected), atol=0.11, err_msg=name
                )
    assert visit.complaints == []


def test_at_first_the_script_says_what_the_still_shows(visit, package):
    figure = open_figure(visit, FIGURE)

    assert status(figure) == package.sentence(3, 2, 3, 15)


@pytest.mark.parametrize("state", [(4, 2, 2, 12), (2, 3, 4, 15), (4, 4, 1, 3), (1, 2, 1, 0)])
def test_the_keyboard_alone_leads_to_what_the_package_computed(visit, package, state):
    figure = open_figure(visit, FIGURE)
    page = visit.page
    figure.get_by_role("slider", name="Layers").focus()

    for name, value, least in zip(NAMES, state, LEAST, strict=True):
        assert has_focus(figure.get_by_role("slider", name=name))
        page.keyboard.press("Home")
        for _ in range(value - least):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")

    assert status(figure) == package.sentence(*state)
    assert visit.complaints == []
    assert visit.foreign == []


def test_the_factor_is_told_as_one(visit):
    slider = open_figure(visit, FIGURE).get_by_role("slider", name="Dilation grows by")
    slider.press("End")

    assert slider.get_attribute("aria-valuetext") == "× 4"


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
@pytest.mark.parametrize("step", [0, 6, 15])
def test_a_click_on_a_dot_picks_the_output(visit, package, step):
    figure = open_figure(visit, FIGURE)
    drawing = figure.locator("svg")
    box = drawing.bounding_box()
    _, _, width, _ = map(float, drawing.get_attribute("viewBox").split())
    label = figure.locator("[data-step]").nth(step)
    across = float(label.get_attribute("x")) * box["width"] / width

    drawing.click(position={"x": across, "y": 5})

    assert status(figure) == package.sentence(3, 2, 3, step)
    assert figure.get_by_role("slider", name="Output").input_value() == str(step)
    assert figure.locator("label span").last.inner_text() == str(step)


def test_a_click_beside_the_series_picks_nothing(visit):
    figure = open_figure(visit, FIGURE)
    before = status(figure)
    figure.locator("svg").click(position={"x": 20, "y": 20})

    assert status(figure) == before


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_everything_is_there(visit, package):
    go_to(visit, FIGURE)
    figure = visit.page.locator(f"#{FIGURE} receptive-field")

    counts = figure.locator("[data-paths]").all_text_contents()
    assert [step for step, count in enumerate(counts) if count] == [2, 3, 5, 6, 11, 12, 14, 15]
    assert figure.get_by_role("slider").count() == 0
    figure.locator("summary").click()
    assert figure.locator("li").all_inner_texts() == package.words()
