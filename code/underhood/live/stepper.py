"""One step at a time through a graph: values forward, then gradients backward."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from underhood.autodiff import Tensor
from underhood.canvas import INK, write
from underhood.graphs import (
    BESIDE,
    DRAW_LIMIT,
    ELEMENTWISE,
    LABEL_HEIGHT,
    MARGIN,
    NODE_HEIGHT,
    TEXT_SIZE,
    WAYS,
    Line,
    Picture,
    draw_line,
    draw_node,
    node_text,
    one_line,
    spell,
    trace,
)
from underhood.live.figure import LiveFigure, px
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS = 96
"""Pixels of CSS to an inch."""

PAPER = 6.0, 7.8
"""Inches: width and height of a figure that, with its caption, fits on a page of the book."""

SMALLEST_SCALE = 0.65
"""Text that shrinks more than this on paper is hard to read."""

TITLE_WIDTH = 1.8
"""Inches for the words above a still."""

MOST_FRAMES = 6
"""A strip of more stills than this takes more than its page."""


@dataclass(frozen=True)
class Step:
    """What happens at one step of the walk, and in words."""

    way: str
    node: str
    lines: tuple[str, ...]
    sentence: str


class BackpropStepper(LiveFigure):
    """A walk through the graph that ends in `f`, forward and backward, one node at a time.

    As the last expression of a cell it is shown as the graph of `draw_graph`, with all steps
    in words below. On the site, the reader goes through the steps by buttons, a slider or the
    arrow keys, and each number appears when it is known. On paper it is a strip of stills.

    Parameters
    ----------
    f : Tensor
        Where the graph ends. Call ``f.backward()`` first to have the way back.

    Attributes
    ----------
    graph : dict
        The `underhood.graphs.trace` of `f`, from when the stepper was made.
    steps : list of Step
        The steps of that trace, each with its sentence.

    Raises
    ------
    TypeError
        If `f` is not a Tensor.
    ValueError
        If the graph has more than 200 nodes.

    Examples
    --------
    >>> x, y = Tensor(3.0, name="x"), Tensor(-4.0, name="y")
    >>> f = x * y
    >>> f.backward()
    >>> BackpropStepper(f)
    1. Forward: x = 3 is given.
    2. Forward: y = −4 is given.
    3. Forward: × takes x = 3 and y = −4 and gives −12.
    4. Backward: × is the result and starts with the gradient 1. Times its local derivatives, it
       passes on 1 · (−4) = −4 to x and 1 · 3 = 3 to y.
    5. Backward: y has the gradient 3.
    6. Backward: x has the gradient −4.
    """

    element = "backprop-stepper"

    def __init__(self, f: Tensor) -> None:
        self.graph = trace(f)
        self._picture = Picture(self.graph)
        self.steps = _steps(self.graph)

    def __repr__(self) -> str:
        return "\n".join(
            textwrap.fill(f"{number}. {sentence}", width=98, subsequent_indent="   ")
            for number, sentence in enumerate(self.words(), 1)
        )

    def words(self) -> list[str]:
        """Return the sentence of each step."""
        return [step.sentence for step in self.steps]

    def _appears(self, line: str, way: str) -> int:
        """Return the number of the step at which a text beside an edge appears.

        A value leaves its node as soon as it is known; a gradient arrives from the node that
        the edge leads to. The edge out of the result is "out".
        """
        edges = {edge["id"]: edge for edge in self.graph["edges"]}
        result = self.graph["result"]
        ends = edges.get(line, {"source": result, "target": result})
        node = ends["source" if way == "forward" else "target"]
        return _numbers(step.way == way and step.node == node for step in self.steps)[0]

    # ---- on the site ----

    def html(self) -> str:
        """Return the graph and its steps as HTML: complete without a script.

        The script finds in ``data-from`` the step at which a text appears, in ``data-at`` the
        steps at which a node or an edge is at work.
        """
        steps = "".join(
            f'<li data-way="{step.way}">{_unbroken(escape(step.sentence))}</li>'
            for step in self.steps
        )
        return (
            f'<{self.element} class="live">{self.drawing()}'
            f"<details><summary>All {len(self.steps)} steps in words</summary>"
            f"<ol>{steps}</ol></details></{self.element}>"
        )

    def drawing(self) -> str:
        """Return the graph with all its numbers, as SVG."""
        picture = self._picture
        width, height = (round(PIXELS * side) for side in picture.size)
        label = f"The graph with its values{' and gradients' * self.graph['has_gradients']}, "
        parts = [self._svg_line(line) for line in picture.lines]
        parts += [self._svg_node(node) for node in self.graph["nodes"]]
        parts += [
            f'<text class="{way}" fill="{COLORS[way]}" x="{_px(x)}" y="{self._baseline(y)}">'
            f"{escape(text)}</text>"
            for way, text, x, y in picture.legend_texts()
        ]
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'aria-label="{label}told step by step below" font-family="sans-serif" '
            f'font-size="{_px(TEXT_SIZE / 72)}" fill="none" stroke="none">{"".join(parts)}</svg>'
        )

    def _svg_node(self, node: dict[str, Any]) -> str:
        picture, key = self._picture, node["id"]
        half, reach = NODE_HEIGHT / 2, picture.reach[key][0]
        x, y = picture.x[key], picture.y[key]
        round_ends = f' rx="{_px(half)}"' if node["kind"] == "op" else ""
        dashes = ' stroke-dasharray="5 3"' if node["kind"] == "constant" else ""
        at = _numbers(step.node == key for step in self.steps)
        return (
            f'<g class="node" data-at="{_join(at)}">'
            f'<rect x="{_px(x - reach)}" y="{self._down(y + half)}" width="{_px(2 * reach)}" '
            f'height="{_px(2 * half)}"{round_ends}{dashes} stroke="{INK}"/>'
            f'<text fill="{INK}" text-anchor="middle" x="{_px(x)}" y="{self._baseline(y)}">'
            f"{escape(node_text(node))}</text></g>"
        )

    def _svg_line(self, line: Line) -> str:
        picture = self._picture
        start, *pieces = picture.route(line)
        path = f"M{self._points(start)}"
        for points in pieces:
            path += ("L" if len(points) == 1 else "C") + self._points(points)
        tip_x, tip_y = pieces[-1][-1]
        wings = [(tip_x - 0.04, tip_y + 0.1), (tip_x, tip_y), (tip_x + 0.04, tip_y + 0.1)]
        at = _numbers(line.id in step.lines for step in self.steps)
        x, y = picture.label_position(line)
        parts = f'<g class="edge" data-at="{_join(at)}"><path d="{path}" stroke="{INK}"/>'
        parts += f'<path d="M{self._points(wings)}z" fill="{INK}"/></g>'
        for way, text, anchor, offset in (
            ("forward", line.forward, "end", -BESIDE),
            ("backward", line.backward, "start", BESIDE),
        ):
            if text:
                parts += (
                    f'<text class="{way}" data-from="{self._appears(line.id, way)}" '
                    f'fill="{COLORS[way]}" text-anchor="{anchor}" x="{_px(x + offset)}" '
                    f'y="{self._baseline(y)}">{escape(text)}</text>'
                )
        return parts

    def _points(self, points: list[tuple[float, float]]) -> str:
        return " ".join(f"{_px(x)} {self._down(y)}" for x, y in points)

    def _down(self, y: float) -> str:
        return _px(self._picture.size[1] - y)

    def _baseline(self, y: float) -> str:
        return self._down(y - 0.36 * TEXT_SIZE / 72)

    # ---- on paper ----

    def strip(self) -> Figure:
        """Return stills of the walk as one figure, read from left to right, line by line."""
        from underhood.canvas import blank_figure

        numbers, columns = self._arrangement()
        rows = math.ceil(len(numbers) / columns)
        width, height = self._frame_size()
        figure, everything = blank_figure(columns * width, rows * height)
        everything.remove()
        left = self._picture.extent()[0] - MARGIN
        for place, number in enumerate(numbers):
            row, column = divmod(place, columns)
            axes = figure.add_axes((column / columns, 1 - (row + 1) / rows, 1 / columns, 1 / rows))
            axes.set(xlim=(left, left + width), ylim=(0, height))
            axes.set_axis_off()
            self._draw_frame(axes, number)
        return figure

    def _frame_size(self) -> tuple[float, float]:
        left, right = self._picture.extent()
        return max(right - left + 2 * MARGIN, TITLE_WIDTH), self._picture.size[1]

    def _arrangement(self) -> tuple[list[int], int]:
        """Return the steps in the strip and its columns: few enough to be legible on a page."""
        width, height = self._frame_size()
        for most in range(MOST_FRAMES, 0, -1):
            numbers = self._frames(most)
            scales = [
                min(
                    1.0,
                    PAPER[0] / columns / width,
                    PAPER[1] / math.ceil(len(numbers) / columns) / height,
                )
                for columns in range(1, len(numbers) + 1)
            ]
            legible = [n for n, scale in enumerate(scales, 1) if scale >= SMALLEST_SCALE]
            if legible:
                return numbers, legible[-1]  # the lowest one
        return numbers, 1  # the end alone, of a graph too large for more

    def _frames(self, most: int = MOST_FRAMES) -> list[int]:
        """Return the numbers of the steps that a strip of so many stills shows.

        These are the last leaf and every operation, on both ways, and the end; of many, some
        in equal distances.
        """
        kinds = {node["id"]: node["kind"] == "op" for node in self.graph["nodes"]}
        shown = {len(self.steps)}
        numbered = enumerate(self.steps, 1)
        for is_op, group in groupby(numbered, key=lambda pair: kinds[pair[1].node]):
            members = [number for number, _ in group]
            shown.update(members if is_op else members[-1:])
        numbers = sorted(shown)
        if len(numbers) <= most:
            return numbers
        apart = len(numbers) / most
        return [numbers[math.ceil(apart * place) - 1] for place in range(1, most + 1)]

    def _draw_frame(self, axes: Axes, number: int) -> None:
        step, picture = self.steps[number - 1], self._picture
        for node in self.graph["nodes"]:
            draw_node(axes, picture, node)
            if node["id"] == step.node:
                axes.patches[-1].set(linewidth=2.2, edgecolor=COLORS[step.way])
        for line in picture.lines:
            ways = [way for way in WAYS if getattr(line, way)]
            draw_line(axes, picture, line, [w for w in ways if self._appears(line.id, w) <= number])
        x, y = sum(axes.get_xlim()) / 2, picture.size[1] - MARGIN - LABEL_HEIGHT / 2
        title = f"{number} of {len(self.steps)}, {step.way}"
        write(axes, x, y, title, TEXT_SIZE, ha="center", color=COLORS[step.way])


def _numbers(hits: Iterable[bool]) -> list[int]:
    """Return the numbers of the hits, counted from one."""
    return [number for number, hit in enumerate(hits, 1) if hit]


def _unbroken(text: str) -> str:
    """Return a text whose products and equations stay in one line."""
    return text.replace(" · ", "\u00a0·\u00a0").replace(" = ", "\u00a0=\u00a0")


def _px(inches: float) -> str:
    return px(PIXELS * inches)


def _join(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))


# ---- the steps in words ----


def _steps(graph: dict[str, Any]) -> list[Step]:
    nodes = {node["id"]: node for node in graph["nodes"]}
    edges = {edge["id"]: edge for edge in graph["edges"]}
    steps = []
    for step in graph["steps"]:
        node = nodes[step["node"]]
        into = [edges[edge] for edge in step["edges"]]
        is_result = node["id"] == graph["result"]
        if step["pass"] == "forward":
            text = "Forward: " + _forward(node, into, nodes)
        else:
            out = [edge for edge in graph["edges"] if edge["source"] == node["id"]]
            text = "Backward: " + _backward(node, into, out, nodes, is_result)
        lines = (*step["edges"], *(["out"] if is_result else []))
        steps.append(Step(step["pass"], node["id"], lines, text))
    return steps


def _forward(node: dict[str, Any], into: list[dict[str, Any]], nodes: dict[str, Any]) -> str:
    if node["kind"] == "constant":
        return f"{_say(node)} is a constant."
    if node["kind"] == "leaf":
        return f"{_named_value(node, node)} is given."
    inputs = _listed([_named_value(nodes[edge["source"]], edge) for edge in into])
    return f"{node['symbol']} takes {inputs} and gives {_named_value(node, node)}."


def _backward(
    node: dict[str, Any],
    into: list[dict[str, Any]],
    out: list[dict[str, Any]],
    nodes: dict[str, Any],
    is_result: bool,
) -> str:
    label = node_text(node)
    if _is_large(node):
        gradient = f"a gradient of shape {_shape(node)}"
    else:
        gradient = f"the gradient {_say(node, 'gradient')}"
    if is_result:
        text = f"{label} is the result and starts with {gradient}."
    elif len(out) > 1:
        terms = _sum(node, out)
        text = f"{label} is used {len(out)} times; its gradients add up{terms}."
    elif node["kind"] == "op":
        text = f"{label} receives {gradient}."
    else:
        text = f"{label} has {gradient}."
    into = [edge for edge in into if nodes[edge["source"]]["kind"] != "constant"]
    if not into:
        return text
    passed = _listed([_product(node, edge) + _to(nodes[edge["source"]]) for edge in into])
    if not all(_has_product(edge) for edge in into):
        return f"{text} Through its derivative, it passes on {passed}."
    which = "derivative" if len(into) == 1 else "derivatives"
    how = ", element by element" if node["shape"] else ""
    return f"{text} Times its local {which}{how}, it passes on {passed}."


def _sum(node: dict[str, Any], out: list[dict[str, Any]]) -> str:
    if _is_large(node):
        return ""
    first, *others = (_say(edge, "gradient") for edge in out)
    terms = " + ".join([first, *map(_bracketed, others)])
    return f": {terms} = {_say(node, 'gradient')}"


def _product(node: dict[str, Any], edge: dict[str, Any]) -> str:
    passed = _say(edge, "gradient")
    if node["op"] in ELEMENTWISE and edge["shape"] != node["shape"]:
        return f"{passed}, summed over its copies,"
    if not _has_product(edge):
        return passed
    return f"{_say(node, 'gradient')} · {_bracketed(_say(edge, 'local'))} = {passed}"


def _has_product(edge: dict[str, Any]) -> bool:
    return edge["local"] is not None and not _is_large(edge)


def _to(source: dict[str, Any]) -> str:
    return f" to {one_line(source['name']) or node_text(source)}"


def _named_value(node: dict[str, Any], carrier: dict[str, Any]) -> str:
    name = one_line(node["name"])
    if not name:
        return _say(carrier)
    return (
        f"{name} of shape {_shape(carrier)}" if _is_large(carrier) else f"{name} = {_say(carrier)}"
    )


def _say(carrier: dict[str, Any], what: str = "value") -> str:
    """Spell a value out as the picture does; of a large array, say its shape."""
    if _is_large(carrier):
        return f"an array of shape {_shape(carrier)}"
    return spell(carrier[what], carrier["shape"])


def _is_large(carrier: dict[str, Any]) -> bool:
    return math.prod(carrier["shape"]) > DRAW_LIMIT


def _shape(carrier: dict[str, Any]) -> str:
    return str(tuple(carrier["shape"]))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _listed(texts: list[str]) -> str:
    """Join texts as a sentence does.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
