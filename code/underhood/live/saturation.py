"""Slopes multiply over depth: what is left of a gradient behind many equal gates."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from underhood import ops
from underhood.arguments import whole_number
from underhood.autodiff import value_and_grad
from underhood.canvas import INK
from underhood.live.figure import LiveFigure, Plot, chosen, fixed, px, stills, svg_text
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACTIVATIONS = {"sigmoid": ops.sigmoid, "tanh": ops.tanh, "ReLU": ops.relu}

LINES = {
    "sigmoid": (COLORS["data"], "none", "-"),
    "tanh": (COLORS["model"], "8 3", "--"),
    "ReLU": (COLORS["baseline"], "8 3 2 3", "-."),
}
"""Colors and patterns, on the site and on paper, as in the other figures of the page."""

THIN, THICK = 1.6, 3.6
"""Widths of lines; that of the chosen activation is thick."""

POINTS = tuple(step / 2 for step in range(-20, 21))
"""What the pre-activation can be."""

MOST = 50
"""The largest depth."""

LOWEST = -60
"""The decimal logarithm at the end of the axis."""

FREE = -9.3
"""A height at which a text at the right end is in no line's way."""

FLOAT32 = math.log10(np.finfo(np.float32).smallest_subnormal)

START = "sigmoid", 2.0, 10
"""Activation, pre-activation and depth of the drawing."""


class SaturationProduct(LiveFigure):
    """The product of as many equal slopes as a chain of units has layers.

    The weights are 1 and all pre-activations are equal, so the product is a power of one
    slope. On the site, the reader chooses the activation, the pre-activation and the depth.
    A product of zero has no place on a logarithmic axis; the figure says so.

    Examples
    --------
    >>> figure = SaturationProduct()
    >>> print(figure.sentence("sigmoid", 2.0, 10))
    sigmoid at x = 2.0: the slope is 0.105. After 10 layers, the product is 1.6e−10.
    >>> print(figure.sentence("ReLU", -2.0, 1))
    ReLU at x = −2.0: the slope is 0. After 1 layer, the product is 0, which has no place on a
    logarithmic axis.
    """

    element = "saturation-product"

    def sentence(self, activation: str, x: float, depth: int) -> str:
        """Return what the figure says about `depth` gates with the pre-activation `x`.

        Raises
        ------
        ValueError
            If the figure does not have this activation, pre-activation or depth.
        TypeError
            If `depth` is not an integer.
        """
        slope = _slope(*_checked(activation, x, depth))
        said = (
            f"{activation} at x = {fixed(x, 1)}: the slope is {_spell(Decimal(slope))}. After "
            f"{depth} {'layer' if depth == 1 else 'layers'}, the product is "
            f"{_spell(Decimal(slope) ** depth)}"
        )
        if slope == 0:
            return f"{said}, which has no place on a logarithmic axis."
        products = np.cumprod(np.full(depth, slope, np.float32))
        if products[-1] > 0:
            return f"{said}."
        return f"{said}. In float32 it is 0 from layer {np.flatnonzero(products == 0)[0] + 1} on."

    def words(self) -> list[str]:
        """Return the sentences about each activation at some points and depths."""
        states = [
            ("sigmoid", 0.0, 10),
            ("sigmoid", 2.0, 10),
            ("sigmoid", 10.0, 10),
            ("sigmoid", 10.0, 50),
            ("tanh", 0.0, 50),
            ("tanh", 2.0, 10),
            ("ReLU", 2.0, 50),
            ("ReLU", -2.0, 1),
        ]
        return [self.sentence(*state) for state in states]

    def drawing(
        self, activation: str = START[0], x: float = START[1], depth: int = START[2]
    ) -> str:
        """Return the products as SVG, at the start or in any state.

        Raises
        ------
        ValueError
            If the figure does not have this activation, pre-activation or depth.
        TypeError
            If `depth` is not an integer.
        """
        slope = _slope(*_checked(activation, x, depth))
        plot = Plot((0, MOST), (LOWEST, 0), left=76)
        (left, right), (low, high) = plot.x_places, plot.y_places
        place, limit = px(plot.across(depth)), px(plot.up(FLOAT32))
        y_ticks = {0.0: "1"} | {float(-n): f"1e−{n}" for n in range(10, 1 - LOWEST, 10)}
        parts = [
            plot.axes(
                {float(n): str(n) for n in range(0, MOST + 1, 10)}, y_ticks, "layers", "product"
            ),
            f'<path stroke="{INK}" stroke-dasharray="1 3" d="M{left} {limit}H{right}"/>',
            svg_text("float32", left - 7, plot.up(FLOAT32) + 4, "end"),
            f'<path class="at" stroke="{INK}" stroke-dasharray="3 3" d="M{place} {low}V{high}"/>',
        ]
        for name, (color, dashes, _) in LINES.items():
            points = _line(name, x)
            path = plot.points(*zip(*points, strict=True)) if points else ""
            width = THICK if name == activation else THIN
            parts.append(
                f'<path class="{name}" stroke="{color}" stroke-width="{width}" '
                f'stroke-dasharray="{dashes}" d="{path}"/>'
            )
        parts.append(
            f'<path class="product" stroke="{INK}" stroke-width="11" stroke-linecap="round" '
            f'd="{_mark(plot, slope, depth)}"/>'
        )
        note = "ReLU: 0, not on this axis" if x <= 0 else ""
        parts.append(svg_text(note, right, plot.up(FREE), "end", 'class="note"'))
        samples = {name: (color, 2.5, dashes) for name, (color, dashes, _) in LINES.items()}
        parts.append(plot.legend(samples))
        return plot.svg("".join(parts), "Products of slopes, told in words below")

    def strip(self) -> Figure:
        """Return the products at three points side by side."""
        figure, (panels,) = stills(1, 3, height=2.4)
        for axes, x in zip(panels, (-2.0, 0.0, 2.0), strict=True):
            for name, (color, _, style) in LINES.items():
                points = _line(name, x)
                across, up = zip(*points, strict=True) if points else ((), ())
                axes.plot(across, up, style, color=color, label=name)
            axes.axhline(FLOAT32, color=INK, lw=0.8, ls=":")
            if x <= 0:
                axes.text(
                    MOST, FREE, "ReLU: 0, not\non this axis", ha="right", va="top", fontsize=8
                )
            axes.set_title(f"x = {fixed(x, 1)}", fontsize=10)
            axes.set(xlabel="layers", ylim=(LOWEST, 3))
        panels[0].set(ylabel="log₁₀ of the product")
        panels[1].text(0, FLOAT32 + 1.5, "smallest float32", fontsize=8)
        panels[2].legend(loc="lower left", fontsize=8)
        return figure


def _checked(activation: str, x: float, depth: int) -> tuple[str, float]:
    """Return activation and point if the figure has them and the depth."""
    whole_number(depth, "depth", most=MOST)
    return chosen(activation, "activation", [*ACTIVATIONS]), chosen(x, "x", POINTS)


@cache
def _slope(activation: str, x: float) -> float:
    _, (slope,) = value_and_grad(ACTIVATIONS[activation])(float(x))
    return float(slope)


def _line(activation: str, x: float) -> list[tuple[float, float]]:
    """Return the ends of a line of products, as far as the axes reach; none for products of 0."""
    slope = _slope(activation, x)
    if slope == 0:
        return []
    log = math.log10(slope)
    last = min(MOST, LOWEST / log) if log else MOST
    return [(0, 0), (last, last * log)]


def _mark(plot: Plot, slope: float, depth: int) -> str:
    """Return a dot at the product, or nothing where the axis does not reach."""
    if slope == 0 or depth * math.log10(slope) < LOWEST:
        return ""
    return plot.points((depth,), (depth * math.log10(slope),)) + "h0"


def _spell(number: Decimal) -> str:
    """Write three digits, or two and a power of ten below a thousandth.

    >>> _spell(Decimal("0.25")), _spell(Decimal("1e-7"))
    ('0.25', '1.0e−7')
    """
    if number == 0 or number >= Decimal("0.001"):
        return f"{float(number):.3g}"
    return f"{number:.1e}".replace("-", "−")
