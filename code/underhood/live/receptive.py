"""What an output of a stack of causal layers depends on, and along how many paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from underhood.arguments import whole_number
from underhood.canvas import INK
from underhood.convolution import receptive_field
from underhood.grids import ancestors
from underhood.live.figure import LiveFigure, Plot, stills, svg_text
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[float, float]

STEPS = 16
LAYERS = 4
RANGES = {
    "layers": (1, LAYERS),
    "kernel_size": (2, 4),
    "factor": (1, 4),
    "output": (0, STEPS - 1),
}
"""What the reader can choose from: first and last."""

START = 3, 2, 3, 15
"""The state of the drawing: one that skips steps."""

BEFORE = 4
"""So many columns have room for the zeros in front of the series."""

RING = 5
"""The radius of a zero, in pixels."""


class ReceptiveField(LiveFigure):
    """Up to four causal layers as a grid of dots, and what one output depends on.

    All layers have the same kernel size, and the dilation is multiplied by a factor from one
    layer to the next. On the site, the reader sets these and picks an output. The numbers
    below the input count the paths from each step to the output. With a factor below the
    kernel size several paths meet, with one above it steps are skipped.

    Examples
    --------
    >>> print(ReceptiveField().sentence(layers=4, kernel_size=2, factor=2, output=12))
    Kernel size 2, dilations 1, 2, 4, 8: a receptive field of 1 + 1 · 15 = 16 steps. Output 12
    depends on all 13 inputs from 0 to 12, each along one path. 3 steps of the field lie before
    step 0: zeros.
    """

    element = "receptive-field"

    def sentence(self, layers: int, kernel_size: int, factor: int, output: int) -> str:
        """Return what the figure says about an output.

        Raises
        ------
        ValueError
            If a number is out of the range that the figure has.
        TypeError
            If a number is not an integer.
        """
        stack = _Stack(layers, kernel_size, factor, output)
        dilations, first = stack.dilations, max(stack.first, 0)
        rates = ", ".join(map(str, dilations))
        seen, inside = len(stack.rows[0]), output - first + 1
        if inside == 1:
            which = f"input {output} alone"
        else:
            share = f"all {inside}" if seen == inside else f"{seen} of the {inside}"
            which = f"{share} inputs from {first} to {output}"
        most, before = max(stack.paths.values()), first - stack.first
        each = "" if inside == 1 else ", each"
        along = f"{each} along one path" if most == 1 else f", along 1 to {most} paths each"
        zeros = f" {before} {'step' if before == 1 else 'steps'} of the field "
        zeros += f"{'lies before step 0: a zero' if before == 1 else 'lie before step 0: zeros'}."
        return (
            f"Kernel size {kernel_size}, dilation{'' if layers == 1 else 's'} {rates}: "
            f"a receptive field of 1 + {kernel_size - 1} · {sum(dilations)} = {stack.size} steps. "
            f"Output {output} depends on {which}{along}.{zeros if before else ''}"
        )

    def words(self) -> list[str]:
        """Return the sentences about some stacks and outputs."""
        states = [(4, 2, 1, 15), (4, 2, 2, 15), (4, 2, 2, 12), START, (3, 3, 3, 15), (3, 4, 3, 15)]
        return [self.sentence(*state) for state in states]

    def drawing(
        self,
        layers: int = START[0],
        kernel_size: int = START[1],
        factor: int = START[2],
        output: int = START[3],
    ) -> str:
        """Return the grid as SVG, at the start or in any state.

        Raises
        ------
        ValueError
            If a number is out of the range that the figure has.
        TypeError
            If a number is not an integer.
        """
        stack = _Stack(layers, kernel_size, factor, output)
        plot = Plot((-BEFORE, STEPS - 1), (0, LAYERS), 420, 240, left=78, bottom=58, top=14)
        floor, beside = plot.y_places[0], plot.left - 16
        looks = {
            "links": f'stroke="{INK}" stroke-opacity="0.25"',
            "dots": f'stroke="{INK}" stroke-opacity="0.6" stroke-width="4" stroke-linecap="round"',
            "zeros": f'stroke="{INK}" stroke-dasharray="2 2"',
            "reads": f'stroke="{COLORS["forward"]}" stroke-width="1.8"',
            "seen": f'stroke="{COLORS["forward"]}" stroke-width="11" stroke-linecap="round"',
            "at": f'stroke="{INK}" stroke-width="1.5"',
            "field": f'stroke="{INK}" stroke-width="1.2"',
        }
        shapes = _shapes(plot, stack)
        parts = [
            f'<path class="{name}" {look} d="{shapes[name]}"/>' for name, look in looks.items()
        ]
        parts.append(svg_text("input", beside, floor + 4, "end"))
        parts.append(svg_text("step", beside, floor + 20, "end"))
        parts.append(svg_text("paths", beside, floor + 38, "end"))
        for row in range(1, LAYERS + 1):
            name = "output" if row == layers else f"layer {row}"
            texts = (name, f"dilation {factor ** (row - 1)}") if row <= layers else ("", "")
            for text, below in zip(texts, (-3, 11), strict=True):
                y = plot.up(row) + below
                parts.append(svg_text(text, beside, y, "end", f'class="row-{row}"'))
        for step in range(STEPS):
            x, count = plot.across(step), stack.paths.get(step)
            now = ' class="now"' if step == output else ""
            parts.append(svg_text(str(step), x, floor + 20, "middle", f'data-step=""{now}'))
            text = "" if count is None else str(count)
            parts.append(svg_text(text, x, floor + 38, "middle", 'data-paths=""'))
        return plot.svg("".join(parts), "Stack of causal layers, told in words below")

    def strip(self) -> Figure:
        """Return three stacks side by side: paths that meet, one path each, and gaps."""
        figure, (panels,) = stills(1, 3, height=2)
        for axes, factor in zip(panels, (1, 2, 3), strict=True):
            stack = _Stack(3, 2, factor, STEPS - 1)
            for links, color, width in (
                (stack.links(), "0.85", 0.6),
                (stack.reads(), COLORS["forward"], 1.2),
            ):
                for (x0, y0), (x1, y1) in links:
                    axes.plot((x0, x1), (y0, y1), "-", color=color, lw=width, zorder=1)
            axes.plot(*zip(*stack.dots(), strict=True), "o", color="0.55", ms=1.5, zorder=2)
            axes.plot(*zip(*stack.seen(), strict=True), "o", color=COLORS["forward"], ms=4.5)
            for step, count in stack.paths.items():
                axes.text(step, -0.75, str(count), ha="center", fontsize=8)
            rates = ", ".join(map(str, stack.dilations))
            axes.set_title(f"dilations {rates}", fontsize=9)
            axes.set(xlim=(-0.8, STEPS - 0.2), ylim=(-1, 3.3), frame_on=False)
            axes.tick_params(length=0, labelsize=8)
            axes.set(xticks=[], yticks=[-0.65, 0, 1, 2, 3])
        panels[0].set_yticklabels(["paths", "input", "layer 1", "layer 2", "output"])
        return figure


@dataclass
class _Stack:
    layers: int
    kernel_size: int
    factor: int
    output: int
    dilations: list[int] = field(init=False)
    rows: list[set[int]] = field(init=False)  # what the output depends on, the input first
    paths: dict[int, int] = field(init=False)  # to each input that it depends on
    size: int = field(init=False)

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            whole_number(getattr(self, name), name, least, most)
        self.dilations = [self.factor**layer for layer in range(self.layers)]
        sizes = [self.kernel_size] * self.layers
        self.rows = ancestors(sizes, self.dilations, output=self.output)
        self.size = receptive_field(sizes, self.dilations)
        counts = np.ones(1, int)
        for dilation in self.dilations:
            taps = np.zeros((self.kernel_size - 1) * dilation + 1, int)
            taps[::dilation] = 1
            counts = np.convolve(counts, taps)
        self.paths = {step: int(counts[self.output - step]) for step in sorted(self.rows[0])}

    @property
    def first(self) -> int:
        """The oldest step of the receptive field, which may lie before the series."""
        return self.output - self.size + 1

    def dots(self) -> list[Point]:
        """Return all places of the grid."""
        return [(step, row) for row in range(self.layers + 1) for step in range(STEPS)]

    def seen(self) -> list[Point]:
        """Return the places that the output depends on."""
        return [(step, row) for row, steps in enumerate(self.rows) for step in sorted(steps)]

    def links(self) -> list[tuple[Point, Point]]:
        """Return all connections within the series."""
        return [link for link in self._into(self.dots()) if link[1][0] >= 0]

    def reads(self) -> list[tuple[Point, Point]]:
        """Return the connections on paths from the series to the output."""
        return [link for link in self._into(self.seen()) if link[1][0] >= 0]

    def zeros(self) -> list[tuple[Point, Point]]:
        """Return the connections from zeros in front of the series."""
        return [link for link in self._into(self.seen()) if link[1][0] < 0]

    def _into(self, places: list[Point]) -> list[tuple[Point, Point]]:
        return [
            ((step, row), (step - tap * self.dilations[int(row) - 1], row - 1))
            for step, row in places
            for tap in range(self.kernel_size)
            if row > 0
        ]


def _shapes(plot: Plot, stack: _Stack) -> dict[str, str]:
    """Return the paths of the drawing by their classes."""

    def lines(links: list[tuple[Point, Point]]) -> str:
        return "".join(plot.points(*zip(*link, strict=True)) for link in links)

    def dots(places: list[Point]) -> str:
        return "".join(plot.points(*zip(place, strict=True)) + "h0" for place in places)

    def ring(place: Point, radius: int) -> str:
        turn = f"a{radius} {radius} 0 0 0 "
        middle = plot.points(*zip(place, strict=True))
        return f"{middle}m{-radius} 0{turn}{2 * radius} 0{turn}{-2 * radius} 0"

    edge, low, high = -BEFORE - 0.5, -1.13, -1.0  # the bracket's height is in rows
    zeros = stack.zeros()
    # A dashed line ends at the edge of the drawing, or else at a ring, which stands for the zero.
    ends = []
    for (step, row), (back, below) in zeros:
        share = min(1.0, (step - edge) / (step - back))
        ends.append(((step, row), (step + share * (back - step), row + share * (below - row))))
    rings = sorted({end for _, end in zeros if end[0] >= -BEFORE}, key=lambda end: (end[1], end[0]))
    start, end = max(stack.first, 0) - 0.35, stack.output + 0.35
    bracket = [(start, low), (end, low), (end, high)]
    dashed = lines(ends) + "".join(ring(place, RING) for place in rings)
    if stack.first >= 0:
        bracket.insert(0, (start, high))
    else:
        before = max(stack.first - 0.35, edge)
        dashed += plot.points((before, start), (low, low))
    return {
        "links": lines(stack.links()),
        "dots": dots(stack.dots()),
        "zeros": dashed,
        "reads": lines(stack.reads()),
        "seen": dots(stack.seen()),
        "at": ring((stack.output, stack.layers), 8),
        "field": plot.points(*zip(*bracket, strict=True)),
    }
