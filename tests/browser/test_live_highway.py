"""The live figure of gradients: by keyboard alone to what was measured when the page was built."""

from __future__ import annotations

from itertools import product

import pytest

from .test_keyboard import has_focus
from .test_live_plots import open_figure, say, status

HIGHWAY = "fig-residual-highway"
ACTIVATIONS = ("sigmoid", "tanh", "ReLU")
WAYS = (False, True)
DEPTHS = (4, 8, 20, 56)
NETWORKS = [*product(ACTIVATIONS, WAYS, WAYS)]

# What the line in the drawing stands for: hundredths of the decimal logarithm, layer by layer.
DRAWN = """figure => {
  const [from, to, start, end] = figure.drawing.dataset.y.split(" ").map(Number);
  return figure.drawing.querySelector(".norms").getAttribute("d").slice(1).split("L").map(point =>
    100 * (from + (point.split(" ")[1] - start) / (end - start) * (to - from)));
}"""


def words(figure) -> list[str]:
    """Return the package's sentences about the deepest networks."""
    return figure.locator("li").all_text_contents()


def measured(figure, *network) -> list[int]:
    """Return the values of a network that the package put into the page."""
    states = [*product(ACTIVATIONS, WAYS, WAYS, DEPTHS)]
    values = figure.get_attribute("data-norms").split("|")
    return [int(value) for value in values[states.index(network)].split()]


def choose(visit, figure, activation, shortcuts, normalized) -> None:
    """Choose a network by keyboard, from the activation on, one control after the other."""
    page = visit.page
    choice = figure.get_by_role("combobox", name="Activation")
    choice.focus()
    page.keyboard.press("Home")
    for _ in range(ACTIVATIONS.index(activation)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert has_focus(figure.get_by_role("slider", name="Layers"))
    for name, wanted in (("Shortcuts", shortcuts), ("Batch norm", normalized)):
        page.keyboard.press("Tab")
        box = figure.get_by_role("checkbox", name=name)
        assert has_focus(box)
        if box.is_checked() != wanted:
            page.keyboard.press("Space")


def test_at_first_the_gradient_vanishes(visit):
    figure = open_figure(visit, HIGHWAY)

    assert status(figure) == words(figure)[0]
    assert figure.evaluate(DRAWN) == pytest.approx(
        measured(figure, "sigmoid", False, False, 56), abs=2
    )
    assert not figure.locator(".before").is_visible()


@pytest.mark.parametrize("place", [1, 2, 5, 11])
def test_the_keyboard_alone_leads_to_what_the_package_measured(visit, place):
    figure = open_figure(visit, HIGHWAY)
    choose(visit, figure, *NETWORKS[place])

    assert status(figure) == words(figure)[place]
    assert figure.evaluate(DRAWN) == pytest.approx(measured(figure, *NETWORKS[place], 56), abs=2)


@pytest.mark.parametrize("place", range(len(DEPTHS)))
def test_the_slider_leads_to_networks_of_other_depths(visit, place):
    figure = open_figure(visit, HIGHWAY)
    slider = figure.get_by_role("slider", name="Layers")
    slider.press("Home")
    for _ in range(place):
        slider.press("ArrowRight")

    layers = DEPTHS[place]
    assert slider.get_attribute("aria-valuetext") == str(layers)
    assert status(figure).startswith(f"sigmoid, {layers} layers, no shortcuts, no batch norm: ")
    assert f" times that of layer {layers - 1} (" in status(figure)
    assert figure.evaluate(DRAWN) == pytest.approx(
        measured(figure, "sigmoid", False, False, layers), abs=2
    )


def test_a_dashed_line_keeps_the_network_before(visit):
    figure = open_figure(visit, HIGHWAY)
    line = figure.locator(".norms").get_attribute("d")
    figure.get_by_role("checkbox", name="Shortcuts").press("Space")

    before = figure.locator(".before path").first
    assert figure.locator(".before").is_visible()
    assert before.get_attribute("d") == line != figure.locator(".norms").get_attribute("d")
    assert before.get_attribute("stroke-dasharray")


def test_the_name_of_a_checkbox_switches_it(visit):
    figure = open_figure(visit, HIGHWAY)
    figure.locator("label", has_text="Shortcuts").click(position={"x": 5, "y": 5})

    assert status(figure) == words(figure)[2]


def test_the_script_says_of_all_networks_what_the_package_says(visit):
    figure = open_figure(visit, HIGHWAY)
    states = [
        (place, len(DEPTHS) - 1, *ways)
        for place in range(len(ACTIVATIONS))
        for ways in product(WAYS, WAYS)
    ]

    assert say(visit, figure, states) == words(figure)
