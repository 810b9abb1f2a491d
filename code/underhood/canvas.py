"""What the package's drawings share: a blank figure, text that is measured, outlines.

Drawings are laid out in inches, without axes, on a transparent ground.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

INK = "#333333"
"""The color of lines and of text that is no value."""


def blank_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of this size in inches, and axes over all of it, in inches, too."""
    import matplotlib.pyplot as plt

    with plt.ioff():
        figure = plt.figure(figsize=(width, height), facecolor="none")
    figure.set_layout_engine("none")
    plt.close(figure)  # the caller has it; pyplot would show it a second time
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


@lru_cache(maxsize=1024)
def text_width(text: str, size: float) -> float:
    """Return the width in inches of a text of `size` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)
    width: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
    return 1.04 * width / 72  # in bitmaps, letters move apart to whole pixels


def write(axes: Axes, x: float, y: float, text: str, size: float, **options: Any) -> None:
    """Write a text of `size` points with the middle of its capitals at height `y`."""
    look = {"va": "baseline", "parse_math": False, **options}
    axes.text(x, y - 0.36 * size / 72, text, fontsize=size, **look)


def spell_out(value: Any, digits: int) -> str:
    """Write numbers with so many significant digits at most and with a true minus sign.

    Examples
    --------
    >>> spell_out([[0.5, -2.0]], digits=3)
    '[[0.5 −2]]'
    """
    if isinstance(value, list):
        return "[" + " ".join(spell_out(part, digits) for part in value) + "]"
    number = float(value) or 0.0  # no negative zero
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    mantissa, exponent, power = f"{number:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(power)}" if exponent else mantissa
    return text.replace("-", "−")


def pill(x: float, y: float, reach: float, radius: float) -> Path:
    """Return two half circles with straight lines between; a circle if `reach` is `radius`."""
    from matplotlib.path import Path

    arc = Path.arc(-90, 90)
    right = radius * np.asarray(arc.vertices) + [reach - radius, 0]
    bend = np.asarray(arc.codes)[1:]
    vertices = np.add(np.concatenate([right, -right, right[:1]]), [x, y])
    return Path(vertices, [Path.MOVETO, *bend, Path.LINETO, *bend, Path.CLOSEPOLY])
