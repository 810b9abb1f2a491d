"""Products of slopes: the script draws and says what the package does, in every state."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import product

import pytest

from underhood.live import SaturationProduct

from .test_keyboard import has_focus
from .test_live_plots import go_to, open_figure, status

FIGURE = "fig-activations-saturation"
EVERY_STATE = [*product(("sigmoid", "tanh", "ReLU"), (n / 2 for n in range(-20, 21)), range(1, 51))]

# Sets choice and sliders to each state in turn; returns what the figure says and draws.
WALK = """(figure, states) => {
  const choice = figure.querySelector("select");
  const [x, depth] = figure.querySelectorAll("input");
  return states.map(state => {
    [choice.value, x.value, depth.value] = state;
    choice.dispatchEvent(new Event("change"));
    const parts = [...figure.querySelectorAll("svg path[class]")];
    return [
      figure.querySelector(".live-status").textContent,
      figure.querySelector(".note").textContent,
      Object.fromEntries(parts.map(path => [
        path.className.baseVal,
        [path.getAttribute("d"), path.getAttribute("stroke-width")],
      ])),
    ];
  });
}"""


@pytest.fixture(scope="module")
def package() -> SaturationProduct:
    """Return what the page shows, computed here."""
    return SaturationProduct()


def points(path: str) -> list[tuple[float, float]]:
    """Return the two ends of a line, or the only point of a dot, or nothing."""
    if "V" in path:  # the package's line at a depth is upright
        x, low, high = map(float, re.findall(r"[\d.]+", path))
        return [(x, low), (x, high)]
    numbers = [*map(float, re.findall(r"[\d.]+", path.removesuffix("h0")))]
    return [*zip(numbers[::2], numbers[1::2], strict=True)]


def drawn(svg: str) -> tuple[str, dict[str, tuple[str, str | None]]]:
    """Return the note and the paths of a drawing by the package."""
    tree = ET.fromstring(svg)
    (note,) = (text.text or "" for text in tree.iter("text") if text.get("class") == "note")
    return note, {
        path.get("class"): (path.get("d"), path.get("stroke-width"))
        for path in tree.iter("path")
        if path.get("class")
    }


def test_in_every_state_the_script_says_and_draws_what_the_package_does(visit, package):
    figure = open_figure(visit, FIGURE)

    walked = figure.evaluate(WALK, EVERY_STATE)

    assert len(walked) == 6150
    for state, (sentence, note, parts) in zip(EVERY_STATE, walked, strict=True):
        assert sentence == package.sentence(*state)
        expected_note, expected_parts = drawn(package.drawing(*state))
        assert note == expected_note
        assert parts.keys() == expected_parts.keys()
        for name, (shape, width) in parts.items():
            expected_shape, expected_width = expected_parts[name]
            assert width == expected_width
            found, expected = points(shape), points(expected_shape)
            assert len(found) == len(expected), (state, name)
            for place, other in zip(found, expected, strict=True):
                assert max(abs(place[0] - other[0]), abs(place[1] - other[1])) < 0.11, state
    assert visit.complaints == []


def test_at_first_the_script_says_what_the_still_shows(visit, package):
    figure = open_figure(visit, FIGURE)

    assert status(figure) == package.sentence("sigmoid", 2.0, 10)


@pytest.mark.parametrize(
    ("presses", "state"),
    [
        ((0, 0, 9), ("sigmoid", -10.0, 10)),
        ((1, 24, 38), ("tanh", 2.0, 39)),
        ((2, 20, 0), ("ReLU", 0.0, 1)),
        ((2, 40, 49), ("ReLU", 10.0, 50)),
    ],
    ids=lambda part: "-".join(map(str, part)),
)
def test_the_keyboard_alone_leads_to_what_the_package_computed(visit, package, presses, state):
    figure = open_figure(visit, FIGURE)
    page = visit.page
    figure.get_by_role("combobox", name="Activation").focus()

    choose, right, deeper = presses
    for _ in range(choose):
        page.keyboard.press("ArrowDown")
    for name, times in (("Pre-activation x", right), ("Layers", deeper)):
        page.keyboard.press("Tab")
        assert has_focus(figure.get_by_role("slider", name=name))
        page.keyboard.press("Home")
        for _ in range(times):
            page.keyboard.press("ArrowRight")

    assert status(figure) == package.sentence(*state)
    assert visit.complaints == []
    assert visit.foreign == []


def test_a_slider_tells_its_value_with_a_true_minus_sign(visit):
    slider = open_figure(visit, FIGURE).get_by_role("slider", name="Pre-activation x")
    slider.press("Home")

    assert slider.get_attribute("aria-valuetext") == "−10.0"


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_everything_is_there(visit, package):
    go_to(visit, FIGURE)
    figure = visit.page.locator(f"#{FIGURE} saturation-product")

    assert figure.get_by_role("slider").count() == 0
    assert len(figure.locator("path.sigmoid").get_attribute("d")) > 10
    figure.locator("summary").click()
    assert figure.locator("li").all_inner_texts() == package.words()
