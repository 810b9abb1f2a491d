"""The live figure of a die: by keyboard alone to probabilities that the package knows."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from underhood.live import DieLikelihood
from underhood.live.die import MOST, SIDES, START

from .test_keyboard import has_focus
from .test_live_plots import compare, draw, limits, move, open_figure, say, status

DIE = "fig-likelihood-principle-two-ways"
HEIGHTS = """(figure, name) => [...figure.querySelectorAll(`.${name} rect`)].map(
  bar => Number(bar.getAttribute("height")))"""


def bars(figure) -> tuple[list[float], list[float]]:
    """Return the heights of the bars above and below."""
    upper, lower = (figure.evaluate(HEIGHTS, name) for name in ("distribution", "likelihood"))
    return upper, lower


def test_at_first_it_shows_what_the_page_computes(visit):
    figure = open_figure(visit, DIE)

    assert status(figure) == DieLikelihood().sentence(2, 2, 10)
    assert figure.locator(".likelihood .value").all_text_contents() == [
        *("0", "0.2907", "0.1951", "0.0439", "0.0030", "≈ 0", "0")
    ]


@pytest.mark.parametrize("state", [(0, 2, 10), (1, 1, 13), (6, 20, 20), (3, 0, 1)])
def test_the_keyboard_alone_leads_to_what_the_package_computed(visit, state):
    figure = open_figure(visit, DIE)
    keyboard = visit.page.keyboard
    signs, k, n = state
    figure.get_by_role("slider", name="Signs on the die").focus()

    for presses, name in ((signs, "Throws, n"), (n - 1, "Signs thrown, k"), (k, None)):
        keyboard.press("Home")
        for _ in range(presses):
            keyboard.press("ArrowRight")
        if name:
            keyboard.press("Tab")
            assert has_focus(figure.get_by_role("slider", name=name))

    assert status(figure) == DieLikelihood().sentence(signs, k, n)


def test_the_script_computes_what_the_package_computes(visit):
    figure = open_figure(visit, DIE)
    states = [(m, n, k) for n in range(1, 21) for k in range(n + 1) for m in range(7)]

    assert say(visit, figure, states) == [DieLikelihood().sentence(m, k, n) for m, n, k in states]


def test_the_script_draws_what_the_package_draws(visit):
    figure = open_figure(visit, DIE)
    states = [
        *[(2, 2, 10), (0, 0, 1), (6, 1, 1), (3, 1, 5), (0, 2, 10), (5, 10, 10), (1, 1, 13)],
        *[(3, 0, 20), (6, 20, 20), (4, 3, 20), (3, 10, 20), (1, 19, 20), (5, 7, 9)],
    ]

    drawings = draw(visit, figure, [(signs, n, k) for signs, k, n in states])
    for state, found in zip(states, drawings, strict=True):
        compare(found, ET.fromstring(DieLikelihood().drawing(*state)))


def test_the_reader_can_set_what_the_die_is_computed_for(visit):
    figure = open_figure(visit, DIE)

    assert limits(figure) == [[0, SIDES, 1], [1, MOST, 1], [0, START[2], 1]]


def test_another_die_changes_the_distribution_and_another_result_the_likelihood(visit):
    figure = open_figure(visit, DIE)
    signs, _, k = figure.get_by_role("slider").all()
    upper, lower = bars(figure)

    move(signs, "ArrowLeft")
    assert bars(figure)[0] != upper
    assert sum(bars(figure)[0]) == pytest.approx(sum(upper), abs=1)  # rounded pixels
    assert bars(figure)[1] == lower
    upper = bars(figure)[0]
    move(k, "End")
    assert bars(figure)[0] == upper
    assert bars(figure)[1] != lower


def test_one_bar_in_each_plot_is_outlined_and_a_word_stands_over_the_highest(visit):
    figure = open_figure(visit, DIE)
    say(visit, figure, [(4, 20, 3)])

    upper, lower = bars(figure)
    bold = "rects => rects.map(rect => rect.getAttribute('stroke-width')).indexOf('3')"
    assert figure.locator(".distribution rect").evaluate_all(bold) == 3
    assert figure.locator(".likelihood rect").evaluate_all(bold) == 4
    assert upper[3] == lower[4]
    places = figure.locator(".likelihood .value").evaluate_all(
        "all => all.map(t => t.getAttribute('x'))"
    )
    assert places[lower.index(max(lower))] == figure.locator(".max").get_attribute("x")


def test_there_are_no_more_signs_than_throws(visit):
    figure = open_figure(visit, DIE)
    _, n, k = figure.get_by_role("slider").all()
    move(k, "End")
    assert " of 10 signs in 10 throws " in status(figure)

    move(n, "ArrowLeft")

    assert " of 9 signs in 9 throws " in status(figure)
    assert k.get_attribute("aria-valuetext") == "9"
