"""A product of many equal factors in two formats, and the sum of their logarithms."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from underhood.arguments import whole_number
from underhood.autodiff import Array
from underhood.canvas import INK
from underhood.live.figure import LiveFigure, Plot, chosen, fixed, scientific, stills
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("float32", "float64")

LINES = {
    "float32": (COLORS["highlight"], 7),
    "float64": (COLORS["model"], 3.5),
    "logs": (COLORS["data"], 1),
}
"""Colors and widths: each line leaves something to see of those below."""

LEGEND = {"float32": "float32", "float64": "float64", "logs": "sum of logs"}

LOWEST = -400
"""The decimal logarithm at the end of the axis."""

MOST = 1000
"""The largest number of factors."""

FACTORS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""What each factor can be."""

START = 0.1, 100
"""The factor and the number of factors of the drawing."""


class ProductUnderflow(LiveFigure):
    """Up to a thousand equal factors, multiplied in float32 and in float64, and added as logs.

    On the site, the reader sets the factor and how many there are, and sees where each product
    ends: in 0, or, with factors above one half, stuck at the smallest positive number.

    Examples
    --------
    >>> print(ProductUnderflow().sentence(0.1, 46))
    46 factors of 0.10. In float32, the product is 0 from factor 46 on. In float64, the product is
    1.00e−46. The sum of the logarithms is −105.92.
    """

    element = "product-underflow"

    def sentence(self, factor: float, count: int) -> str:
        """Return what the figure says about `count` factors.

        Raises
        ------
        ValueError
            If the figure does not have this factor or so many of them.
        TypeError
            If `count` is not an integer.
        """
        factor, count = _checked(factor, count)
        parts = [f"{count} {'factor' if count == 1 else 'factors'} of {factor:.2f}."]
        for name in FORMATS:
            product, end = _products(factor, name)[count - 1], _end(factor, name)
            value = f"is {scientific(product, 2)}"
            if end is not None and count >= end:
                value = f"is stuck at {scientific(product, 2)}" if product else "is 0"
                value += f" from factor {end} on"
            parts.append(f"In {name}, the product {value}.")
        logs = fixed(count * np.log(factor), 2)
        return " ".join([*parts, f"The sum of the logarithms is {logs}."])

    def words(self) -> list[str]:
        """Return the sentences about the ends of two series of products."""
        states = [(0.1, 45), (0.1, 46), (0.1, 323), (0.1, 324), (0.6, 1000)]
        return [self.sentence(*state) for state in states]

    def drawing(self, factor: float = START[0], count: int = START[1]) -> str:
        """Return the products as SVG, for the factor and the number at the start or for others.

        Raises
        ------
        ValueError
            If the figure does not have this factor or so many of them.
        TypeError
            If `count` is not an integer.
        """
        factor, count = _checked(factor, count)
        plot = Plot(x=(0, MOST), y=(LOWEST, 0))
        place = plot.points((count, count), (LOWEST, 0))
        parts = [
            plot.axes(
                {float(n): str(n) for n in range(0, MOST + 1, 200)},
                {0.0: "1"} | {float(-n): f"1e−{n}" for n in range(100, 401, 100)},
                "factors",
                "product",
            ),
            f'<path class="at" stroke="{INK}" stroke-dasharray="3 3" d="{place}"/>',
        ]
        for name, (color, width) in LINES.items():
            path = plot.points(*_line(factor, name))
            parts.append(
                f'<path class="{name}" stroke="{color}" stroke-width="{width}" d="{path}"/>'
            )
        parts.append(plot.legend({text: (*LINES[name], "none") for name, text in LEGEND.items()}))
        return plot.svg("".join(parts), "Products of equal factors, told in words below")

    def strip(self) -> Figure:
        """Return the products of three factors side by side, with their ends."""
        figure, (panels,) = stills(1, 3, height=2.4)
        for axes, factor in zip(panels, (0.1, 0.5, 0.6), strict=True):
            for name, (color, width) in LINES.items():
                line = _line(factor, name)
                axes.plot(*line, "-", color=color, lw=0.6 * width, label=LEGEND[name])
            axes.set(title=f"factors of {factor}", xlabel="factors")
            axes.set(xlim=(-0.05 * MOST, 1.05 * MOST), ylim=(LOWEST, 10))
        panels[0].set(ylabel="log₁₀ of the product")
        panels[-1].legend(loc="lower left", fontsize=8)
        return figure


def _checked(factor: float, count: int) -> tuple[float, int]:
    """Return what was given, if the reader can set it."""
    return chosen(factor, "factor", FACTORS), whole_number(count, "count", most=MOST)


def _line(factor: float, name: str) -> tuple[Array, Array]:
    """Return the corners of a line: numbers of factors, and logarithms of their product.

    A line of products is straight as far as they are normal numbers; the subnormal ones, with
    ever fewer digits, have a corner each. It ends in front of a product of 0.
    """
    if name not in FORMATS:
        last = min(MOST, LOWEST / np.log10(factor))
        return np.array([0, last]), np.array([0, last * np.log10(factor)])
    products = _products(factor, name)
    normal = np.count_nonzero(products >= np.finfo(name).smallest_normal)
    counts = np.arange(normal, np.count_nonzero(products) + 1)
    logs = np.log10(products[counts - 1].astype(float))
    return np.append(0, counts), np.append(0, logs)


@cache
def _products(factor: float, name: str) -> Array:
    """Return the products of 1 to 1000 factors in a format."""
    return np.cumprod(np.full(MOST, factor, name))


def _end(factor: float, name: str) -> int | None:
    """Return the number of factors from which on the product no longer changes."""
    products = _products(factor, name)
    same = np.flatnonzero(products[1:] == products[:-1])
    return int(same[0]) + 1 if same.size else None
