"""Pictures of causal convolution: which steps of a series an output depends on.

Time goes from left to right and values go up, from the inputs to the outputs. `ancestors`
computes what `draw_causal_stack` shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from underhood.arguments import whole_number
from underhood.autodiff import Array, as_floats
from underhood.canvas import INK, blank_figure, pill, spell_out, text_width, write
from underhood.convolution import _positive_ints, causal_conv1d, look_back
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = tuple[int, int]
"""A row and a step."""

MOST_LAYERS = 12
"""A drawing of more layers than this would not be legible."""

MOST_COLUMNS = 96
"""Nor would one of more steps than this, the zeros in front of the series included."""

MOST_INPUTS = 8
"""`draw_causal_conv` spells out so many inputs and"""

MOST_TAPS = 4
"""so many taps, each by an arrow with its weight, and"""

MOST_NUMBERS = 10
"""so many columns, the zeros in front included."""


def ancestors(
    kernel_sizes: Sequence[int], dilations: Sequence[int] | None = None, *, output: int
) -> list[set[int]]:
    """Return the steps that one output of a stack of causal layers depends on, row by row.

    Layer i reads step t of its own input and ``kernel_sizes[i] - 1`` earlier ones,
    ``dilations[i]`` steps apart. What lies before step 0 is zero and depends on nothing.

    Parameters
    ----------
    kernel_sizes : sequence of int
        One for each layer, the first layer first.
    dilations : sequence of int, optional
        As many; 1 everywhere by default.
    output : int
        A step of the last layer's output.

    Returns
    -------
    list of set of int
        Row 0 is the input, row i the output of layer i: one row more than layers.

    Raises
    ------
    ValueError
        If a kernel size or a dilation is less than 1, the sequences differ in length, or
        `output` is negative.
    TypeError
        If a number is not an integer.

    Examples
    --------
    >>> [sorted(row) for row in ancestors([2, 2], [1, 4], output=9)]
    [[4, 5, 8, 9], [5, 9], [9]]
    >>> [sorted(row) for row in ancestors([2, 2], [1, 4], output=3)]
    [[2, 3], [3], [3]]
    """
    sizes = _positive_ints(kernel_sizes, "kernel_sizes", None)
    gaps = _positive_ints(dilations, "dilations", len(sizes))
    rows = [{whole_number(output, "output", least=0)}]
    for size, gap in zip(reversed(sizes), reversed(gaps), strict=True):
        rows.insert(0, {step for t in rows[0] for step in _reads(t, min(size, t // gap + 1), gap)})
    return rows


def _reads(step: int, size: int, dilation: int) -> range:
    """Return the steps of its input that a layer reads for `step`, the present first."""
    return range(step, step - size * dilation, -dilation)


# ---- The grid. All lengths are inches. ----

WIDTH = 4.8  # as the style's figures
MARGIN = 0.06
LABEL_SIZE = 10  # points, as are all sizes of text
TICK_SIZE = 9
ZERO_SIZE = 8
LINE = 0.175  # from one line of text to the next
GAP = 0.1  # labels and columns
HALF = 0.175  # half the height of a number's outline
WIDEST = 5.5  # a drawing whose text is still legible on a phone
TIME = "time step"
DASHED = (0, (3, 2))
DOTTED = (0, (2, 1.4))
FAINT_DOT = "#858585"
FAINT_LINK = "#cccccc"


def draw_causal_stack(
    kernel_sizes: Sequence[int],
    dilations: Sequence[int] | None = None,
    steps: int = 16,
    output: int | None = None,
) -> Figure:
    """Draw a stack of causal layers as a grid of dots, and what one output depends on.

    A row of dots is the input or the output of a layer, a column is a step. Large filled
    dots and strong lines are the steps that the chosen output depends on and the connections
    among them; small hollow dots and faint lines are the rest. Where a layer reads before
    the first step, a dashed dot stands for the zero that it assumes. The bracket below spans
    the receptive field.

    In an SVG file, the dot of a step has the id "dot-<row>-<step>", row 0 being the input, and
    the connections into it "links-<row>-<step>"; a zero has a negative step.

    Parameters
    ----------
    kernel_sizes : sequence of int
        One for each layer, the first layer first.
    dilations : sequence of int, optional
        As many; 1 everywhere by default.
    steps : int, optional
        The length of the series.
    output : int, optional
        A step from 0 to ``steps - 1``, the last one by default.

    Returns
    -------
    matplotlib.figure.Figure
        As the last expression of a notebook cell, it is shown once.

    Raises
    ------
    ValueError
        If a number is out of its range, the sequences differ in length or are empty, or the
        drawing would have more than 12 layers (`MOST_LAYERS`) or 96 columns (`MOST_COLUMNS`).
    TypeError
        If a number is not an integer.

    Examples
    --------
    >>> figure = draw_causal_stack([2, 2, 2, 2], [1, 2, 4, 8])
    >>> figure.axes[0].texts[-1].get_text()
    'receptive field of 16 steps: 15 back and the present'
    """
    stack = _stack(kernel_sizes, dilations, steps, output)
    sheet = _stack_sheet(stack)
    figure, axes = blank_figure(*sheet.size)
    for row in range(1, len(stack.depends)):
        for step in range(stack.steps):
            _draw_links(axes, sheet, stack, row, step)
    for row, step in stack.places():
        _draw_dot(axes, sheet, stack, row, step)
    _draw_row_labels(axes, sheet)
    _draw_time(axes, sheet, stack.output)
    _draw_receptive_field(axes, sheet, stack)
    return figure


@dataclass(frozen=True)
class _Stack:
    sizes: list[int]
    dilations: list[int]
    steps: int
    output: int
    depends: list[set[int]]  # row by row, the steps that the output depends on
    zeros: list[set[int]]  # and the steps before the first one that they read
    padding: int  # how far before the first one that is

    def reads(self, row: int, step: int) -> list[int]:
        """Return the steps of the row below that a dot is drawn with a connection to."""
        steps = _reads(step, self.sizes[row - 1], self.dilations[row - 1])
        return [s for s in steps if s >= 0 or step in self.depends[row]]

    def places(self) -> Iterable[Place]:
        for row, zeros in enumerate(self.zeros):
            yield from ((row, step) for step in sorted(zeros))
            yield from ((row, step) for step in range(self.steps))


def _stack(
    kernel_sizes: Sequence[int], dilations: Sequence[int] | None, steps: int, output: int | None
) -> _Stack:
    sizes = _positive_ints(kernel_sizes, "kernel_sizes", None)
    gaps = _positive_ints(dilations, "dilations", len(sizes))
    steps = whole_number(steps, "steps")
    output = steps - 1 if output is None else whole_number(output, "output", least=0)
    if output >= steps:
        raise ValueError(f"output must be a step from 0 to {steps - 1}; got {output}")
    if not 1 <= len(sizes) <= MOST_LAYERS:
        raise ValueError(
            f"kernel_sizes must have 1 to {MOST_LAYERS} numbers, one for each layer that is "
            f"drawn; got {len(sizes)}"
        )
    if steps > MOST_COLUMNS:
        raise ValueError(f"steps must be {MOST_COLUMNS} or less to be legible; got {steps}")
    depends = ancestors(sizes, gaps, output=output)
    layers = [*zip(depends[1:], sizes, gaps, strict=True)]
    padding = max(0, *((size - 1) * gap - min(above) for above, size, gap in layers))
    if steps + padding > MOST_COLUMNS:
        raise ValueError(
            f"kernel_sizes, dilations and steps must leave the drawing legible, which it is up "
            f"to {MOST_COLUMNS} columns; got {steps} steps and {padding} zeros before them"
        )
    zeros = [
        {step for t in above for step in _reads(t, size, gap) if step < 0}
        for above, size, gap in layers
    ]
    return _Stack(sizes, gaps, steps, output, depends, [*zeros, set()], padding)


def _row_labels(stack: _Stack) -> list[list[str]]:
    """Return the lines beside every row; what all layers share by default is not repeated."""
    last = len(stack.sizes)
    labels = [["input"]]
    for number, (size, dilation) in enumerate(zip(stack.sizes, stack.dilations, strict=True), 1):
        lines = ["output" if number == last else f"layer {number}"]
        if len(set(stack.sizes)) > 1:
            lines.append(f"kernel {size}")
        if max(stack.dilations) > 1:
            lines.append(f"dilation {dilation}")
        labels.append(lines)
    return labels


def _notes(stack: _Stack) -> list[str]:
    """Return what the drawing says about the receptive field, a line each."""
    back = look_back(stack.sizes, stack.dilations)
    before = max(0, back - stack.output)
    read = len(ancestors(stack.sizes, stack.dilations, output=back)[0])
    field = f"receptive field of {_count(back + 1, 'step')}:"
    notes = _joined(field, f"{back} back and the present" if back else "the present alone")
    if read <= back:
        notes.append(f"only {read} of the {back + 1} are read")
    if before:
        notes.append(f"{before} of the {back + 1} {'lies' if before == 1 else 'lie'} before step 0")
    if stack.padding:
        notes.append("dashed: zeros that the layers assume")
    return notes


def _joined(*parts: str) -> list[str]:
    line = " ".join(parts)
    return [line] if text_width(line, LABEL_SIZE) <= WIDTH - 2 * MARGIN else [*parts]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class _Sheet:
    """Where rows and columns lie."""

    labels: list[list[str]]  # the lines beside every row
    notes: list[str]  # the lines below
    steps: int
    padding: int  # columns in front of step 0
    pitch: float  # from one column to the next
    level: float  # from one row to the next
    reach: float  # half the width of the largest dot
    half: float  # half its height

    @cached_property
    def left(self) -> float:
        """Return where the columns begin."""
        return _beside(self.labels)

    @property
    def floor(self) -> float:
        """Return the height of row 0 above the ground."""
        bracket = 0.13 if self.notes else 0.0
        return MARGIN + LINE * len(self.notes) + bracket + 0.08 + self.below

    @property
    def below(self) -> float:
        """Return how far below row 0 the steps are numbered."""
        return max(self.half, 0.1) + 0.15

    @property
    def size(self) -> tuple[float, float]:
        number = text_width(str(self.steps - 1), TICK_SIZE) / 2 + 0.03  # it may be bold
        right = self.at(0, self.steps - 1)[0] + max(self.pitch / 2, number)
        width = (
            max(right, *(text_width(note, LABEL_SIZE) + MARGIN for note in ["", *self.notes]))
            + MARGIN
        )
        top = self.floor + (len(self.labels) - 1) * self.level + max(self.half, 0.1)
        return width, top + MARGIN

    def at(self, row: int, step: int) -> tuple[float, float]:
        x = self.left + (step + self.padding + 0.5) * self.pitch
        return x, self.floor + row * self.level


def _beside(labels: list[list[str]]) -> float:
    """Return the width of the column of labels."""
    return (
        MARGIN
        + max(text_width(line, LABEL_SIZE) for lines in [*labels, [TIME]] for line in lines)
        + GAP
    )


def _stack_sheet(stack: _Stack) -> _Sheet:
    labels, notes = _row_labels(stack), _notes(stack)
    columns = stack.padding + stack.steps
    room = WIDTH - 2 * MARGIN - _beside(labels) - 0.1
    enough = max(text_width(note, LABEL_SIZE) for note in notes) - _beside(
        labels
    )  # room for the notes
    pitch = min(room / columns, max(0.44, min(0.8, enough / columns)))
    reach = min(0.1, 0.38 * pitch)
    return _Sheet(
        labels=labels,
        notes=notes,
        steps=stack.steps,
        padding=stack.padding,
        pitch=pitch,
        level=0.62 if len(labels) <= 6 else 0.56,
        reach=reach,
        half=reach,
    )


def _draw_links(axes: Axes, sheet: _Sheet, stack: _Stack, row: int, step: int) -> None:
    """Draw the connections into a dot; those from zeros are dashed."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    chosen = step in stack.depends[row]
    strong = max(0.7, min(1.4, 7 * sheet.pitch))
    look = {
        "facecolor": "none",
        "edgecolor": COLORS["forward"] if chosen else FAINT_LINK,
        "linewidth": strong if chosen else 0.5 * strong,
        "zorder": 2 if chosen else 1,
        "clip_on": False,
    }
    reads = stack.reads(row, step)
    for name, dashes, steps in (
        ("links", "-", [s for s in reads if s >= 0]),
        ("zero-links", DASHED, [s for s in reads if s < 0]),
    ):
        lines = [_between(sheet, stack, (row - 1, s), (row, step)) for s in steps]
        if lines:
            path = Path(np.concatenate(lines), [Path.MOVETO, Path.LINETO] * len(lines))
            gid = f"{name}-{row}-{step}"
            axes.add_patch(PathPatch(path, gid=gid, linestyle=dashes, **look))


def _between(sheet: _Sheet, stack: _Stack, tail: Place, head: Place) -> Array:
    """Return the ends of a line from dot to dot that touches their outlines."""
    start, end = np.array(sheet.at(*tail)), np.array(sheet.at(*head))
    way = (end - start) / np.hypot(*(end - start))
    first, last = (_radius(sheet, stack, *place) for place in (tail, head))
    return np.array([start + first * way, end - last * way])


def _radius(sheet: _Sheet, stack: _Stack, row: int, step: int) -> float:
    return sheet.reach if step < 0 or step in stack.depends[row] else 0.6 * sheet.reach


def _draw_dot(axes: Axes, sheet: _Sheet, stack: _Stack, row: int, step: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    x, y = sheet.at(row, step)
    radius, edge = _radius(sheet, stack, row, step), max(0.5, min(1.2, 6 * sheet.pitch))
    look: dict[str, Any] = {"gid": f"dot-{row}-{step}", "clip_on": False, "zorder": 3}
    if step < 0:  # a marker's edge cannot be dashed
        look |= {"facecolor": "none", "edgecolor": INK, "linewidth": edge, "linestyle": DOTTED}
        axes.add_patch(Circle((x, y), radius, **look))
        if sheet.reach > 0.07:
            _write(axes, x, y, "0", ZERO_SIZE, ha="center")
        return
    chosen = step in stack.depends[row]
    look |= {
        "marker": "o",
        "markersize": 2 * 72 * radius,
        "markerfacecolor": COLORS["forward"] if chosen else "none",
        "markeredgecolor": COLORS["forward"] if chosen else FAINT_DOT,
        "markeredgewidth": 0.8 * edge,
    }
    axes.add_line(Line2D([x], [y], **look))  # a marker takes a tenth of a circle's text in an SVG


def _draw_row_labels(axes: Axes, sheet: _Sheet) -> None:
    for row, lines in enumerate(sheet.labels):
        for number, line in enumerate(lines):
            color = INK if number else "black"
            height = sheet.floor + row * sheet.level - number * LINE
            _write(axes, sheet.left - GAP, height, line, ha="right", color=color)


def _draw_time(axes: Axes, sheet: _Sheet, output: int | None = None) -> None:
    """Write the numbers of steps below the input where there is room, the output's always."""
    room = 0.08 + text_width(str(sheet.steps - 1), TICK_SIZE)
    every = next(2**n for n in range(8) if 2**n * sheet.pitch >= room)
    ticks = [*range(0, sheet.steps, every)]
    if output is not None:
        ticks = [step for step in ticks if abs(step - output) >= every] + [output]
    y = sheet.floor - sheet.below
    for step in ticks:
        x, _ = sheet.at(0, step)
        weight = "bold" if step == output else "normal"
        _write(axes, x, y, str(step), TICK_SIZE, ha="center", weight=weight)
    _write(axes, sheet.left - GAP, y, TIME, ha="right")


def _draw_receptive_field(axes: Axes, sheet: _Sheet, stack: _Stack) -> None:
    """Draw the bracket and the notes below it; it is dashed where it leaves the series."""
    first = stack.output - look_back(stack.sizes, stack.dilations)
    half = min(0.5 * sheet.pitch, 0.12)
    y = sheet.floor - sheet.below - 0.17
    start, end = sheet.at(0, max(first, 0))[0] - half, sheet.at(0, stack.output)[0] + half
    whole = [(start, y), (end, y), (end, y + 0.06)]
    if first >= 0:
        whole.insert(0, (start, y + 0.06))
    else:
        reach = max(sheet.at(0, first)[0] - half, MARGIN)
        outside = [(reach, y), (start, y)]
        if reach > MARGIN:
            outside.insert(0, (reach, y + 0.06))
        _draw_line(axes, outside, "field-before", DASHED)
    _draw_line(axes, whole, "field", "-")
    width = max(text_width(note, LABEL_SIZE) for note in sheet.notes)
    x = (start + end) / 2
    x = max(MARGIN + width / 2, min(x, sheet.size[0] - MARGIN - width / 2))
    for number, note in enumerate(sheet.notes):
        _write(axes, x, y - 0.14 - number * LINE, note, ha="center")


# ---- One layer with its numbers ----


def draw_causal_conv(inputs: Any, kernel: Any, padding: bool = True, dilation: int = 1) -> Figure:
    """Draw the causal convolution of a short series with a kernel, all numbers spelled out.

    Inputs stand below, the outputs above; every arrow carries the weight that it multiplies
    by. Where that would not be legible, the last output alone has its arrows. Dashed circles
    are the zeros in front of the series.

    In an SVG file, inputs have the ids "input-<step>", outputs "output-<step>" and the arrow
    to an output "tap-<k>-<step>", where k counts the weights of the kernel.

    Parameters
    ----------
    inputs : array_like, (steps,)
        Up to 8 numbers (`MOST_INPUTS`), one channel.
    kernel : array_like, (kernel_size,)
        Up to 4 weights (`MOST_TAPS`); the last one meets the present.
    padding : bool, optional
        Whether zeros stand in front of the series, so that there are as many outputs as
        inputs. Otherwise only the outputs that need no zeros are drawn.
    dilation : int, optional
        Steps from one tap of the kernel to the next.

    Returns
    -------
    matplotlib.figure.Figure
        As the last expression of a notebook cell, it is shown once.

    Raises
    ------
    ValueError
        If there are too few or too many numbers to draw, or `dilation` is less than 1.
    TypeError
        If `dilation` is not an integer or the numbers are none.

    Examples
    --------
    >>> figure = draw_causal_conv([10, 20, 30], [1, 2])
    >>> gids = ("output-0-text", "output-1-text", "output-2-text")
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_gid() in gids]
    ['20', '50', '80']
    """
    layer = _layer(inputs, kernel, padding, dilation)
    sheet, arrows, complete = _layer_sheet(layer)
    figure, axes = blank_figure(*sheet.size)
    for step in range(-sheet.padding, sheet.steps):
        _draw_number(axes, sheet, (0, step), layer.inputs[step] if step >= 0 else 0.0)
    for step in layer.output_steps:
        _draw_number(axes, sheet, (1, step), layer.outputs[step])
        for tap, arrow in enumerate(arrows if complete or step == sheet.steps - 1 else []):
            zero = step < layer.lag(tap)
            _draw_tap(axes, arrow, sheet.at(0, step), zero, gid=f"tap-{tap}-{step}")
    _draw_row_labels(axes, sheet)
    _draw_time(axes, sheet)
    return figure


@dataclass(frozen=True)
class _Layer:
    inputs: Array
    kernel: Array
    dilation: int
    outputs: Array
    output_steps: range  # those that are drawn

    @property
    def padding(self) -> int:
        return self.lag(0) - self.output_steps[0]

    def lag(self, tap: int) -> int:
        return (len(self.kernel) - 1 - tap) * self.dilation


def _layer(inputs: Any, kernel: Any, padding: bool, dilation: int) -> _Layer:
    x, w = (
        _row(numbers, name, most)
        for numbers, name, most in ((inputs, "inputs", MOST_INPUTS), (kernel, "kernel", MOST_TAPS))
    )
    y = causal_conv1d(x[np.newaxis, :, np.newaxis], w[:, np.newaxis, np.newaxis], None, dilation)
    back = look_back([len(w)], [dilation])
    if padding and len(x) + back > MOST_NUMBERS:
        raise ValueError(
            f"dilation must leave the drawing legible, which it is up to {MOST_NUMBERS} inputs "
            f"and zeros; got {dilation}, for {len(x)} inputs and {back} zeros"
        )
    if not padding and len(x) <= back:
        raise ValueError(
            f"inputs must have more than {back} steps for an output without padding; got {len(x)}"
        )
    return _Layer(x, w, dilation, y[0, :, 0], range(0 if padding else back, len(x)))


def _row(numbers: Any, name: str, most: int) -> Array:
    array = as_floats(numbers, name)
    if array.ndim != 1 or not 1 <= len(array) <= most:
        raise ValueError(
            f"{name} must have one axis and 1 to {most} numbers; got shape {array.shape}"
        )
    return array


def _short(number: float) -> str:
    return spell_out(number, digits=3)


def _layer_sheet(layer: _Layer) -> tuple[_Sheet, list[_Arrow], bool]:
    """Return the lowest layout in which no weight touches another arrow or weight.

    The last value says whether the arrows into all outputs are drawn.
    """
    labels = [["input"], ["output"]]
    texts = [_short(number) for number in (*layer.inputs, *layer.outputs[layer.output_steps])]
    reach = max(HALF, max(text_width(text, LABEL_SIZE) for text in texts) / 2 + 0.06)
    columns = layer.padding + len(layer.inputs)
    pitch = max(2 * reach + 0.07, min(0.75, (WIDTH - MARGIN - _beside(labels)) / columns))
    steepness = (HALF + 0.03) / (pitch - reach + HALF)  # so that arrows pass by the neighbors
    lowest = max(0.9, layer.lag(0) * pitch * math.tan(math.asin(steepness)))
    levels = lowest + np.arange(0, 1.3, 0.1)
    for complete, sign, level in product((True, False), ("×", ""), levels):
        sheet = _Sheet(
            labels=labels,
            notes=[],
            steps=len(layer.inputs),
            padding=layer.padding,
            pitch=pitch,
            level=float(level),
            reach=reach,
            half=HALF,
        )
        arrows = _arrows(layer, sheet, sign, complete)
        if arrows and sheet.size[0] <= WIDEST:
            return sheet, arrows, complete
    raise ValueError(
        f"inputs and kernel must leave the drawing legible; {len(layer.inputs)} inputs and "
        f"{layer.padding} zeros with the weights {', '.join(map(_short, layer.kernel))} and "
        f"dilation {layer.dilation} are too many, or have too many digits"
    )


def _draw_number(axes: Axes, sheet: _Sheet, place: Place, number: float) -> None:
    from matplotlib.patches import PathPatch

    row, step = place
    x, y = sheet.at(row, step)
    gid = f"{'output' if row else 'input'}-{step}"
    color = COLORS["forward"] if row else "black"
    outline = PathPatch(
        pill(x, y, sheet.reach, HALF),
        facecolor="none",
        edgecolor=color,
        linewidth=1.3,
        linestyle=DASHED if step < 0 else "-",
        gid=gid,
        clip_on=False,
    )
    axes.add_patch(outline)
    _write(axes, x, y, _short(number), ha="center", color=color, gid=f"{gid}-text")


@dataclass(frozen=True)
class _Arrow:
    """An arrow from an input, and its weight; x counts from the column that it leads to."""

    start: Array
    end: Array
    text: str
    label: Array  # the middle of the text

    @property
    def box(self) -> Array:
        """Return half the width and half the height of the text and the space around it."""
        return np.array([text_width(self.text, LABEL_SIZE) / 2 + 0.04, 0.1])

    def gap(self) -> tuple[Array, Array]:
        """Return where the line ends before the text and where it goes on."""
        way = (self.end - self.start) / np.hypot(*(self.end - self.start))
        with np.errstate(divide="ignore"):
            half = np.min(self.box / np.abs(way))
        return self.label - half * way, self.label + half * way


def _arrows(layer: _Layer, sheet: _Sheet, sign: str, complete: bool) -> list[_Arrow]:
    """Return one arrow for each tap, or none if the weights touch arrows of others.

    A weight stands as close to the middle of its arrow as keeps it clear of all others.
    """
    lines = [_line(sheet, layer.lag(tap)) for tap in range(len(layer.kernel))]
    away = min(len(layer.output_steps) - 1, layer.lag(0) + 1) if complete else 0
    columns = np.arange(-away, away + 1)  # of the outputs whose arrows might be in the way
    shifts = np.stack([sheet.pitch * columns, 0 * columns], axis=1)[:, np.newaxis]
    parts = np.array(sorted(np.linspace(0.18, 0.75, 58), key=lambda part: abs(part - 0.47)))
    arrows: list[_Arrow] = []
    for tap, (start, end) in enumerate(lines):
        places = start + parts[:, np.newaxis] * (end - start)
        text = sign + _short(layer.kernel[tap])
        choices = [_Arrow(start, end, text.replace("×−", "× −"), place) for place in places]
        box = choices[0].box
        free = np.full(len(parts), True)
        for number, line in enumerate(lines):
            others = shifts[columns != 0] if number == tap else shifts
            points = (np.linspace(*line, num=40) + others).reshape(-1, 2)
            free &= _apart(places, points, box)
        for arrow in arrows:
            free &= _apart(places, (arrow.label + shifts).reshape(-1, 2), box + arrow.box)
        if not free.any():
            return []
        arrows.append(choices[int(np.argmax(free))])  # the first one: closest to the middle
    return arrows


def _apart(places: Array, points: Array, box: Array) -> Array:
    """Return for each place whether no point lies in a box around it."""
    apart = np.abs(points - places[:, np.newaxis]) - box
    clear: Array = apart.max(axis=2).min(axis=1, initial=math.inf) > 0
    return clear


def _line(sheet: _Sheet, lag: int) -> tuple[Array, Array]:
    """Return where an arrow leaves the outline of an input and where it meets an output's."""
    start, end = np.array([-lag * sheet.pitch, 0.0]), np.array([0.0, sheet.level])
    x, y = way = (end - start) / np.hypot(*(end - start))
    flat = sheet.reach - HALF
    out = HALF / y
    if out * x > flat:
        out = flat * x + math.sqrt(HALF**2 - (flat * y) ** 2)
    return start + out * way, end - (out + 0.02) * way


def _draw_tap(axes: Axes, arrow: _Arrow, origin: tuple[float, float], zero: bool, gid: str) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    before, after = arrow.gap()
    vertices = np.array([arrow.start, before, after, arrow.end]) + origin
    line = FancyArrowPatch(
        path=Path(vertices, [Path.MOVETO, Path.LINETO] * 2),
        arrowstyle="-|>",
        mutation_scale=10,
        color=COLORS["forward"],
        linewidth=1.3,
        linestyle=DASHED if zero else "-",
        gid=gid,
        clip_on=False,
    )
    axes.add_patch(line)
    x, y = arrow.label + origin
    _write(axes, x, y, arrow.text, ha="center", gid=f"{gid}-text")


# ---- Lines and texts ----


def _draw_line(axes: Axes, points: list[tuple[float, float]], gid: str, style: Any) -> None:
    x, y = zip(*points, strict=True)
    axes.plot(x, y, color=INK, linewidth=1.2, linestyle=style, marker="", gid=gid, clip_on=False)


def _write(
    axes: Axes, x: float, y: float, text: str, size: float = LABEL_SIZE, **options: Any
) -> None:
    write(axes, x, y, text, size, **({"color": INK} | options))
