"""The live figure of gradients: by keyboard alone to what was measured when the page was built."""

from __future__ import annotations

from itertools import product

import pytest

from .test_accessibility import AXE, colors, structure
from .test_keyboard import has_focus, page_with
from .test_pages import PHONE

FIGURE = "fig-residual-highway"
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}
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


def open_figure(visit):
    """Go to the figure and wait for its script."""
    visit.page.goto(f"{visit.server}/{page_with(FIGURE)}", wait_until="networkidle")
    figure = visit.page.locator(f"#{FIGURE} gradient-highway")
    figure.scroll_into_view_if_needed()
    figure.get_by_role("slider").wait_for(timeout=5000)
    return figure


def status(figure) -> str:
    """Return what a screen reader announces."""
    return figure.get_by_role("status").inner_text()


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
    figure = open_figure(visit)

    assert status(figure) == words(figure)[0]
    assert figure.evaluate(DRAWN) == pytest.approx(
        measured(figure, "sigmoid", False, False, 56), abs=2
    )
    assert not figure.locator(".before").is_visible()


@pytest.mark.parametrize("place", range(len(NETWORKS)))
def test_the_keyboard_alone_leads_to_what_the_package_measured(visit, place):
    figure = open_figure(visit)
    choose(visit, figure, *NETWORKS[place])

    assert status(figure) == words(figure)[place]
    assert figure.evaluate(DRAWN) == pytest.approx(
        measured(figure, *NETWORKS[place], 56), abs=2
    )
    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.parametrize("place", range(len(DEPTHS)))
def test_the_slider_leads_to_networks_of_other_depths(visit, place):
    figure = open_figure(visit)
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
    figure = open_figure(visit)
    line = figure.locator(".norms").get_attribute("d")
    figure.get_by_role("checkbox", name="Shortcuts").press("Space")

    before = figure.locator(".before path").first
    assert figure.locator(".before").is_visible()
    assert before.get_attribute("d") == line != figure.locator(".norms").get_attribute("d")
    assert before.get_attribute("stroke-dasharray")


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing(visit):
    figure = open_figure(visit)
    visit.page.evaluate(f"{AXE};0")
    for name in ("Shortcuts", "Batch norm"):
        figure.get_by_role("checkbox", name=name).press("Space")
        assert structure(visit.page) == []
        assert colors(visit.page, include=[f"#{FIGURE}"]) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_a_finger_can_hit_every_control_on_a_phone(visit):
    figure = open_figure(visit)

    for row in figure.locator(".live-controls label").all():  # all of it switches a checkbox
        box = row.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    for role in ("slider", "combobox"):
        assert figure.get_by_role(role).bounding_box()["height"] >= 44
    figure.locator("label", has_text="Shortcuts").tap(position={"x": 5, "y": 5})
    assert status(figure) == words(figure)[2]


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "phone"])
def test_sentences_do_not_move_what_is_below(visit):
    figure = open_figure(visit)
    below = figure.locator("summary")
    place = below.bounding_box()["y"]

    for name in ("Shortcuts", "Batch norm"):
        figure.get_by_role("checkbox", name=name).press("Space")
        assert below.bounding_box()["y"] == place


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_everything_is_there(visit):
    visit.page.goto(f"{visit.server}/{page_with(FIGURE)}")
    figure = visit.page.locator(f"#{FIGURE} gradient-highway")

    assert figure.locator("path.norms").is_visible()
    assert not figure.locator(".before").is_visible()
    assert figure.get_by_role("slider").count() == 0
    figure.locator("summary").click()
    assert figure.locator("li").count() == 12
    assert figure.locator("li").last.is_visible()
