"""Drawings of networks as columns of blocks, with the shortcuts around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from underhood.canvas import INK, blank_figure, pill, text_width, write
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TEXT, TITLE = 8.5, 10.0  # points
BOX, GAP, SUM, MARGIN, DETOUR = 0.26, 0.17, 0.1, 0.1, 0.2  # inches
"""Height of a box, space between two, radius of a sum, space around, reach of a shortcut."""


class Block(NamedTuple):
    """Layers one after the other, and what leads around them."""

    layers: tuple[str, ...]
    """What is written on each of them, the first one first."""

    shortcut: bool = True
    """Whether what enters the block is added to what leaves its last layer."""


def draw_columns(columns: Mapping[str, Sequence[Block]]) -> Figure:
    """Draw networks side by side, each a column through which the signal runs downward.

    Parameters
    ----------
    columns : mapping of sequence of Block
        The heading of each column, and its blocks, the first one at the top.

    Returns
    -------
    matplotlib.figure.Figure
        As wide as the columns need, three of them of usual texts about 4.8 inches. Elements
        carry ids (``gid``): ``box-…``, ``sum-…`` and ``shortcut-…`` with column, block and layer
        counted from 0.

    Raises
    ------
    ValueError
        If there is no column, or one has no block, or a block no layer.

    Examples
    --------
    >>> two = ("3×3 conv", "3×3 conv")
    >>> figure = draw_columns({"plain": [Block(two, shortcut=False)], "residual": [Block(two)]})
    >>> len([artist for artist in figure.axes[0].patches if "sum" in (artist.get_gid() or "")])
    1
    """
    _require_blocks(columns)
    widths = [_width(title, blocks) for title, blocks in columns.items()]
    height = max(map(_height, columns.values())) + TITLE / 72 + 2 * MARGIN + GAP
    figure, axes = blank_figure(sum(widths), height)
    left = 0.0
    for number, (width, (title, blocks)) in enumerate(zip(widths, columns.items(), strict=True)):
        center = left + (width - _detour(blocks)) / 2
        top = height - MARGIN - TITLE / 144
        write(axes, center, top, title, TITLE, ha="center", color=INK, weight="bold")
        _draw_column(axes, number, blocks, center, top - TITLE / 144 - GAP / 2)
        left += width
    return figure


def _require_blocks(columns: Mapping[str, Sequence[Block]]) -> None:
    if not columns:
        raise ValueError("columns must hold at least one column; got none")
    for title, blocks in columns.items():
        if not blocks or not all(block.layers for block in blocks):
            raise ValueError(
                f"columns must hold blocks of at least one layer each; got {blocks!r:.80} for "
                f"{title!r}"
            )


def _reach(blocks: Sequence[Block]) -> float:
    """Return half the width of a column's boxes."""
    return max(text_width(layer, TEXT) for block in blocks for layer in block.layers) / 2 + 0.08


def _detour(blocks: Sequence[Block]) -> float:
    return DETOUR if any(block.shortcut for block in blocks) else 0.0


def _width(title: str, blocks: Sequence[Block]) -> float:
    boxes = 2 * _reach(blocks)
    return max(boxes, 1.1 * text_width(title, TITLE)) + _detour(blocks) + 2.5 * MARGIN


def _height(blocks: Sequence[Block]) -> float:
    layers = sum(len(block.layers) for block in blocks)
    sums = sum(block.shortcut for block in blocks)
    return layers * (BOX + GAP) + sums * (2 * SUM + GAP) + GAP


def _draw_column(
    axes: Axes, number: int, blocks: Sequence[Block], center: float, top: float
) -> None:
    """Draw boxes and sums below each other, and connect them."""
    from matplotlib.patches import PathPatch, Rectangle

    reach, y = _reach(blocks), top
    for place, block in enumerate(blocks):
        entry = y - GAP * 0.35  # where the shortcut leaves the line
        for layer, text in enumerate(block.layers):
            _draw_arrow(axes, center, y, y - GAP)
            y -= GAP + BOX
            box = Rectangle((center - reach, y), 2 * reach, BOX, fc="none", ec=INK, lw=1)
            box.set_gid(f"box-{number}-{place}-{layer}")
            axes.add_patch(box)
            write(axes, center, y + BOX / 2, text, TEXT, ha="center", color=INK)
        if block.shortcut:
            _draw_arrow(axes, center, y, y - GAP)
            y -= GAP + 2 * SUM
            circle = PathPatch(pill(center, y + SUM, SUM, SUM), fc="none", ec=INK, lw=1)
            circle.set_gid(f"sum-{number}-{place}")
            axes.add_patch(circle)
            write(axes, center, y + SUM, "+", TITLE, ha="center", color=INK)
            side = center + reach + DETOUR * 0.6
            _draw_shortcut(axes, f"shortcut-{number}-{place}", center, side, entry, y + SUM)
    _draw_arrow(axes, center, y, y - GAP)


def _draw_arrow(axes: Axes, x: float, start: float, end: float) -> None:
    arrow = {"arrowstyle": "-|>,head_width=0.14,head_length=0.24", "color": INK, "lw": 1}
    axes.annotate("", (x, end), (x, start), arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})


def _draw_shortcut(
    axes: Axes, gid: str, center: float, side: float, entry: float, goal: float
) -> None:
    """Lead from the line to the side, down, and back into the sum."""
    look: Any = {"color": COLORS["model"], "lw": 2.2, "ls": "-", "solid_joinstyle": "round"}
    end = center + SUM
    axes.plot([center, side, side, end + 0.06], [entry, entry, goal, goal], gid=gid, **look)
    arrow = {"arrowstyle": "-|>,head_width=0.2,head_length=0.3", "color": COLORS["model"], "lw": 2}
    arrow |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, goal), (end + 0.09, goal), arrowprops=arrow)
