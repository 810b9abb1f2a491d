"""A die with signs on some of its sides: probabilities of data, likelihoods of dice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from underhood.arguments import whole_number
from underhood.canvas import INK
from underhood.likelihood import binomial_nll
from underhood.live.figure import LiveFigure, Plot, fixed, px, stills, svg_text
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = 6

MOST = 20
"""The largest number of throws."""

START = 2, 2, 10
"""Signs on the die, signs thrown, and throws, of the drawing."""

HEIGHT = 200
"""Pixels: of each of the two plots."""

ROUNDING = 1e-9
"""Added before rounding, so that a tie goes up whatever the last bit of a probability is."""


class DieLikelihood(LiveFigure):
    """The two ways to read the probability of k signs in n throws of a die with m signs.

    Above, the die is fixed, and the bars are the probabilities of all k; below, k is fixed, and
    the bars are the likelihoods of the seven dice. One bar, with a bold outline, is in both. On
    the site, the reader sets m, n and k.

    Examples
    --------
    >>> print(DieLikelihood().sentence(2, 2, 10))
    If 2 of the 6 sides carry a sign, the probability of 2 signs in 10 throws is 0.1951. The die
    with 1 sign makes it largest, 0.2907. The seven likelihoods add up to 0.533.
    """

    element = "die-likelihood"

    def sentence(self, signs: int, k: int, n: int) -> str:
        """Return what the figure says about `k` signs in `n` throws of a die with `signs` signs.

        Raises
        ------
        ValueError
            If there are more than 6 signs, more than 20 throws, none, or `k` is more than `n`.
        TypeError
            If a number is not an integer.
        """
        signs, k, n = _checked(signs, k, n)
        likelihood = _likelihood(k, n)
        best = int(np.argmax(likelihood))
        carry = f"{signs} of the 6 sides {'carries' if signs == 1 else 'carry'} a sign"
        throws = f"{_count(k, 'sign')} in {_count(n, 'throw')}"
        largest = f"The die with {_count(best, 'sign')} makes it largest"
        if best == signs:
            largest = "No other die makes it as large"
        else:
            largest += f", {_spell(likelihood[best])}"
        return (
            f"If {carry}, the probability of {throws} is {_spell(likelihood[signs])}. {largest}. "
            f"The seven likelihoods add up to {_sum(likelihood)}."
        )

    def words(self) -> list[str]:
        """Return the sentences about two signs in ten throws, and about one in 13."""
        states = [*((signs, 2, 10) for signs in range(4)), (0, 1, 13), (1, 1, 13)]
        return [self.sentence(*state) for state in states]

    def drawing(self, signs: int = START[0], k: int = START[1], n: int = START[2]) -> str:
        """Return both plots as SVG, one above the other, at the start or in any state.

        Raises
        ------
        ValueError
            If there are more than 6 signs, more than 20 throws, none, or `k` is more than `n`.
        TypeError
            If a number is not an integer.
        """
        signs, k, n = _checked(signs, k, n)
        # Both have their vertical axis at the same place, and so one scale does for the script.
        upper = Plot(x=(-0.6, MOST + 0.6), y=(0, 1), height=HEIGHT, top=46)
        lower = replace(upper, x=(-0.6, SIDES + 0.6))
        heights = {0.0: "0", 0.5: "0.5", 1.0: "1"}
        distribution, likelihood = _distribution(signs, n), _likelihood(k, n)
        best = int(np.argmax(likelihood))
        numbers = {float(x): f"{x}" for x in range(0, MOST + 1, 2)}
        parts = [
            svg_text("One die: a distribution, which adds up to 1", 8, 14),
            upper.axes(numbers, heights, "signs thrown, k", "probability"),
            '<g class="distribution">',
            *_bars(upper, distribution, COLORS["second"], k),
            _label(upper, k, distribution[k], _highest_near(distribution, k)),
            f'</g><g class="likelihood" transform="translate(0 {HEIGHT})">',
            svg_text(
                f"One result: a likelihood, which adds up to {_sum(likelihood)}",
                *(8, 14),
                attributes='class="sum"',
            ),
            lower.axes(
                {float(m): f"{m}" for m in range(SIDES + 1)},
                heights,
                "signs on the die",
                "likelihood",
            ),
            *_bars(lower, likelihood, COLORS["highlight"], signs),
            *(_label(lower, m, value, value) for m, value in enumerate(likelihood)),
            svg_text(
                "max",
                lower.across(best),
                lower.up(likelihood[best]) - 19,
                "middle",
                'class="max" font-weight="700"',
            ),
            "</g>",
        ]
        frame = replace(upper, height=2 * HEIGHT, bottom=upper.bottom + HEIGHT)
        return frame.svg("".join(parts), "Probabilities of a die's throws, told in words below")

    def strip(self) -> Figure:
        """Return three distributions and three likelihoods."""
        _, k, n = START
        figure, panels = stills(2, 3, height=3.8)
        for axes, signs in zip(panels[0], (1, 2, 3), strict=True):
            _draw_bars(axes, _distribution(signs, n)[: n + 1], "second", k)
            axes.set(title=f"{_count(signs, 'sign')} on the die", xlabel=f"signs in {n} throws")
        for axes, thrown in zip(panels[1], (0, 2, 5), strict=True):
            likelihood = _likelihood(thrown, n)
            _draw_bars(axes, likelihood, "highlight", int(np.argmax(likelihood)))
            axes.set(title=f"{thrown} signs in {n} throws", xlabel="signs on the die")
        panels[0, 0].set(ylabel="probability", ylim=(0, 1.18))
        panels[1, 0].set(ylabel="likelihood")
        return figure


def _checked(signs: int, k: int, n: int) -> tuple[int, int, int]:
    """Return what was given, if the reader can set it."""
    signs, k = whole_number(signs, "signs", 0, SIDES), whole_number(k, "k", 0)
    n = whole_number(n, "n", most=MOST)
    if k > n:
        raise ValueError(f"k must be n or less; got {k} for n = {n}")
    return signs, k, n


@cache
def _table(n: int) -> np.ndarray:
    """Return the probabilities of 0 to 20 signs in n throws, a row for each die."""
    return np.array(
        [
            [np.exp(-binomial_nll(k, n, m / SIDES)) if k <= n else 0.0 for k in range(MOST + 1)]
            for m in range(SIDES + 1)
        ]
    )


def _distribution(signs: int, n: int) -> np.ndarray:
    return _table(n)[signs]


def _likelihood(k: int, n: int) -> np.ndarray:
    return _table(n)[:, k]


def _bars(plot: Plot, values: np.ndarray, color: str, chosen: int) -> list[str]:
    low, _ = plot.y_places
    half = 0.36 * (plot.across(1) - plot.across(0))
    return [
        f'<rect x="{px(plot.across(x) - half)}" y="{plot.up(value):.1f}" width="{px(2 * half)}" '
        f'height="{low - plot.up(value):.1f}" fill="{color}" stroke="{INK}" '
        f'stroke-width="{3 if x == chosen else 1}"/>'
        for x, value in enumerate(values)
    ]


def _label(plot: Plot, x: int, value: float, above: float) -> str:
    """Return the text of a value, above a bar of this height."""
    return svg_text(_short(value), plot.across(x), plot.up(above) - 5, "middle", 'class="value"')


def _highest_near(values: np.ndarray, place: int) -> float:
    """Return how high a bar and its neighbors are: the text above is wider than one bar."""
    return float(max(values[max(0, place - 1) : place + 2]))


def _draw_bars(axes: Axes, values: np.ndarray, color: str, chosen: int) -> None:
    widths = [2.2 if x == chosen else 0.6 for x in range(len(values))]
    axes.bar(range(len(values)), values, 0.72, color=COLORS[color], ec=INK, lw=widths)
    axes.annotate(
        _short(values[chosen]),
        (chosen, _highest_near(values, chosen)),
        (0, 3),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )
    axes.set_xticks(range(0, len(values), 2))


def _spell(probability: float) -> str:
    return "less than 0.0001" if _is_tiny(probability) else _short(probability)


def _short(probability: float) -> str:
    """Write a probability; only what is exactly 0 is called so."""
    if _is_tiny(probability):
        return "≈ 0"
    if probability in (0, 1):
        return f"{probability:.0f}"
    return fixed(probability + ROUNDING, 4)


def _is_tiny(probability: float) -> bool:
    return 0 < probability < 0.00005


def _sum(likelihood: np.ndarray) -> str:
    return fixed(likelihood.sum() + ROUNDING, 3)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
