"""The graph behind a `Tensor`: as data for a live figure, as Graphviz text, as a picture.

`trace` walks the graph once; `to_dot` and `draw_graph` show what it returns, with the value
that flowed forward and the gradient that flowed back on every edge.
"""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from underhood.autodiff import Array, Tensor, edge_gradients, topological_order
from underhood.canvas import INK, blank_figure, pill, spell_out, text_width, write
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRACE_LIMIT = 16
"""Arrays of more numbers than this are not spelled out in a trace."""

ELEMENTWISE = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "divide",
        "negative",
        "power",
        "maximum",
        "exp",
        "log",
        "tanh",
        "sigmoid",
        "softplus",
        "relu",
        "leaky_relu",
        "silu",
        "gelu",
    ]
)
"""The primitives that make each element of the result from one element of each input."""

DRAW_LIMIT = 4
"""Arrays of more numbers than this appear in a drawing by their shape."""

MOST_NODES = 200
"""A drawing of more nodes than this would not be legible."""


# ---- The graph as data ----


def trace(f: Tensor) -> dict[str, Any]:
    """Return the graph that ends in `f` as a dictionary that JSON can hold.

    Nothing is computed anew and no tensor is changed. The gradients are those that
    ``f.backward()`` finds: they start from ``f.grad`` and flow back through this graph alone,
    so a later ``backward`` of another result that shares a leaf does not disturb them.

    Parameters
    ----------
    f : Tensor
        Where the graph ends. Call ``f.backward()`` first to have gradients in the trace.

    Returns
    -------
    dict
        ``result``
            The id of `f`.
        ``has_gradients``
            Whether ``f.grad`` is set. If so, gradients flow along all edges but those that
            leave a constant.
        ``nodes``
            A list in forward order: leaves and constants as they are read from left to right,
            then the operations. Each node has ``id`` ("n0", "n1", ...), ``kind`` ("leaf",
            "constant" or "op"), ``op`` and ``symbol`` (None unless an op), ``params`` (what
            else the op was given, such as ``axis``, as text), ``name`` ("" if the reader gave
            none), ``shape``, ``value`` and ``gradient`` (the sum over all edges out of it).
        ``edges``
            One for each use of a value: ``x * x`` has two. Each has ``id`` ("e0", ...),
            ``source`` and ``target`` (ids of nodes), ``position`` (among the inputs of the
            target), ``shape``, ``value``, the ``gradient`` that flows back along this edge, and
            ``local``, the derivative of the target with respect to this value. Where the
            target is an array, that derivative is a matrix and ``local`` None, unless the
            operation works element by element (`ELEMENTWISE`) on values of the target's shape.
        ``steps``
            The order in which things happen. Each step has ``pass`` ("forward" or
            "backward"), ``node``, and ``edges``, the ids of the edges into that node. In a
            forward step values arrive along the edges and the node's value is known; in a
            backward step the node's gradient is complete and gradients leave along the same
            edges. Steps at leaves and constants have no edges. Constants have no backward
            step, and before ``f.backward()`` no node has one.

        Values and gradients are numbers (shape ``[]``) or nested lists, in float64. Numbers
        that JSON lacks are the texts "NaN", "Infinity" and "-Infinity", which ``float`` in
        Python and ``Number`` in JavaScript understand. Arrays of more than 16 numbers
        (`TRACE_LIMIT`) are None. So is the gradient of a constant and, where ``f.grad`` is
        None, every gradient and local derivative.

    Raises
    ------
    TypeError
        If `f` is not a Tensor.

    Examples
    --------
    >>> x, y = Tensor(3.0, name="x"), Tensor(4.0, name="y")
    >>> f = x * y
    >>> f.backward()
    >>> graph = trace(f)
    >>> [(node["id"], node["name"] or node["symbol"], node["value"]) for node in graph["nodes"]]
    [('n0', 'x', 3.0), ('n1', 'y', 4.0), ('n2', '×', 12.0)]
    >>> [(e["source"], e["target"], e["value"], e["gradient"]) for e in graph["edges"]]
    [('n0', 'n2', 3.0, 4.0), ('n1', 'n2', 4.0, 3.0)]
    >>> [(step["pass"], step["node"]) for step in graph["steps"]][2:4]
    [('forward', 'n2'), ('backward', 'n2')]
    """
    if not isinstance(f, Tensor):
        raise TypeError(
            f"f must be a Tensor, the result of a computation with Tensors; "
            f"got {type(f).__name__}: {f!r:.80}"
        )
    nodes = _nodes(f)
    edges = [{"id": "", **edge} for node in nodes for edge in _edges_into(node)]
    for number, edge in enumerate(edges):
        edge["id"] = f"e{number}"
    return {
        "result": nodes[-1].id,
        "has_gradients": f.grad is not None,
        "nodes": [_describe(node) for node in nodes],
        "edges": edges,
        "steps": _steps(nodes, edges, backward=f.grad is not None),
    }


@dataclass(eq=False)
class _Node:
    """A tensor, or a constant that an operation used, on its way into a trace."""

    data: Any
    tensor: Tensor | None = None
    inputs: list[_Node] = field(default_factory=list)
    gradient: Array | None = None
    flows: dict[int, Array] = field(default_factory=dict)  # gradients to the inputs by position
    locals: dict[int, Array] = field(default_factory=dict)  # derivatives by the inputs' positions
    id: str = ""

    @property
    def kind(self) -> str:
        if self.tensor is None:
            return "constant"
        return "leaf" if self.tensor.primitive is None else "op"


def _nodes(f: Tensor) -> list[_Node]:
    """List leaves and constants, then operations, both in reading order, with ids."""
    tensors = topological_order(f)
    known = {id(tensor): _Node(tensor.data, tensor) for tensor in tensors}
    for tensor in tensors:
        parents = {position: known[id(parent)] for parent, position in tensor.parents}
        known[id(tensor)].inputs = [
            parents.get(position) or _Node(value) for position, value in enumerate(tensor.values)
        ]
    _flow_back(f, tensors, known)
    ops = [node for node in known.values() if node.kind == "op"]
    sources = [source for op in ops for source in op.inputs if source.kind != "op"]
    nodes = [*dict.fromkeys(sources), *ops] or [known[id(f)]]
    for number, node in enumerate(nodes):
        node.id = f"n{number}"
    return nodes


def _flow_back(f: Tensor, tensors: list[Tensor], known: dict[int, _Node]) -> None:
    """Store the gradients of nodes and edges, starting from ``f.grad``; leave tensors alone."""
    if f.grad is None:
        return
    known[id(f)].gradient = f.grad
    for tensor in reversed(tensors):
        node, stand_in = known[id(tensor)], copy(tensor)
        positions = [position for _, position in tensor.parents]
        with np.errstate(all="ignore"):  # `backward` has warned already
            stand_in.grad = node.gradient
            flows = edge_gradients(stand_in)
            # With a gradient of one, what flows back is the derivative.
            stand_in.grad = np.ones_like(tensor.data)
            derivatives = edge_gradients(stand_in)
        elementwise = tensor.primitive is not None and tensor.primitive.name in ELEMENTWISE
        for (parent, derivative), position in zip(derivatives, positions, strict=True):
            if not tensor.shape or (elementwise and parent.shape == tensor.shape):
                node.locals[position] = derivative
        for (parent, gradient), position in zip(flows, positions, strict=True):
            node.flows[position] = gradient
            source = known[id(parent)]
            source.gradient = gradient if source.gradient is None else source.gradient + gradient


def _describe(node: _Node) -> dict[str, Any]:
    tensor = node.tensor
    primitive = tensor.primitive if tensor else None
    return {
        "id": node.id,
        "kind": node.kind,
        "op": primitive.name if primitive else None,
        "symbol": primitive.symbol if primitive else None,
        "params": {key: f"{value!r:.80}" for key, value in tensor.params.items()} if tensor else {},
        "name": tensor.name if tensor else "",
        "shape": list(np.shape(node.data)),
        "value": _json_ready(node.data),
        "gradient": _json_ready(node.gradient),
    }


def _edges_into(node: _Node) -> list[dict[str, Any]]:
    values = node.tensor.values if node.tensor else []
    return [
        {
            "source": source.id,
            "target": node.id,
            "position": position,
            "shape": list(np.shape(value)),
            "value": _json_ready(value),
            "gradient": _json_ready(node.flows.get(position)),
            "local": _json_ready(node.locals.get(position)),
        }
        for position, (source, value) in enumerate(zip(node.inputs, values, strict=True))
    ]


def _steps(nodes: list[_Node], edges: list[dict[str, Any]], backward: bool) -> list[dict[str, Any]]:
    arriving: dict[str, list[str]] = {node.id: [] for node in nodes}
    for edge in edges:
        arriving[edge["target"]].append(edge["id"])
    order = [("forward", node) for node in nodes]
    if backward:
        order += [("backward", node) for node in reversed(nodes) if node.kind != "constant"]
    return [{"pass": way, "node": node.id, "edges": [*arriving[node.id]]} for way, node in order]


def _json_ready(array: Any) -> Any:
    """Return an array as nested lists of what JSON can hold; None if it is large or None."""
    if array is None or np.size(array) > TRACE_LIMIT:
        return None
    return _finite_or_text(np.asarray(array, np.float64).tolist())


def _finite_or_text(numbers: Any) -> Any:
    if isinstance(numbers, list):
        return [_finite_or_text(number) for number in numbers]
    if math.isnan(numbers):
        return "NaN"
    if math.isinf(numbers):
        return "Infinity" if numbers > 0 else "-Infinity"
    return numbers


# ---- What text and picture say ----


def spell(value: Any, shape: list[int]) -> str:
    """Spell out up to four numbers, as in ``[[3 3]]``; of larger arrays give the shape."""
    size = math.prod(shape)
    if value is None or size > DRAW_LIMIT:
        return str(tuple(shape))
    return spell_out(value, digits=6 if size == 1 else 4)


def node_text(node: dict[str, Any]) -> str:
    """Return an operation's symbol, or a leaf's name; without a name, its value."""
    if node["kind"] == "op":
        return str(node["symbol"])
    return one_line(node["name"]) or spell(node["value"], node["shape"])


def one_line(name: str) -> str:
    """Return a name without line breaks."""
    return " ".join(name.split())


@dataclass(frozen=True)
class Line:
    """An edge as text and picture show it; the last one leads out of the result, to "end"."""

    id: str
    source: str
    target: str
    forward: str
    backward: str  # empty where no gradient flows


def _lines(graph: dict[str, Any]) -> list[Line]:
    nodes = {node["id"]: node for node in graph["nodes"]}
    result = graph["result"]
    out = {**nodes[result], "id": "out", "source": result, "target": "end"}
    lines = []
    for edge in [*graph["edges"], out]:
        source = nodes[edge["source"]]
        name = one_line(source["name"]) if source["kind"] == "op" else ""
        forward = "↓ " + (f"{name} = " if name else "") + spell(edge["value"], edge["shape"])
        flows_back = graph["has_gradients"] and source["kind"] != "constant"
        backward = "↑ " + spell(edge["gradient"], edge["shape"]) if flows_back else ""
        lines.append(Line(edge["id"], edge["source"], edge["target"], forward, backward))
    return lines


# ---- The graph as Graphviz text ----


def to_dot(f: Tensor) -> str:
    """Return the graph that ends in `f` in Graphviz's DOT language.

    Every edge carries its value (↓) and its gradient (↑), as in `draw_graph`; the graph may
    be of any size.

    Parameters
    ----------
    f : Tensor
        Where the graph ends. Call ``f.backward()`` first to have gradients in the text.

    Raises
    ------
    TypeError
        If `f` is not a Tensor.

    Examples
    --------
    >>> x = Tensor(3.0, name="x")
    >>> print(to_dot(x * 2))
    digraph {
      n0 [label="x", shape=box];
      n1 [label="2", shape=box, style=dashed];
      n2 [label="×", shape=ellipse];
      end [label="", shape=none];
      n0 -> n2 [label=<<font color="#0072B2">↓ 3</font>>];
      n1 -> n2 [label=<<font color="#0072B2">↓ 2</font>>];
      n2 -> end [label=<<font color="#0072B2">↓ 6</font>>];
    }
    """
    graph = trace(f)
    shapes = {"op": "ellipse", "leaf": "box", "constant": "box, style=dashed"}
    nodes = [
        f"  {node['id']} [label={_quoted(node_text(node))}, shape={shapes[node['kind']]}];"
        for node in graph["nodes"]
    ]
    edges = [
        f"  {line.source} -> {line.target} [label=<{_colored(line.forward, line.backward)}>];"
        for line in _lines(graph)
    ]
    return "\n".join(["digraph {", *nodes, '  end [label="", shape=none];', *edges, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _colored(forward: str, backward: str) -> str:
    parts = [(COLORS["forward"], forward), (COLORS["backward"], backward)]
    return " &#160; ".join(
        f'<font color="{color}">{html.escape(text)}</font>' for color, text in parts if text
    )


# ---- The graph as a picture. All lengths are inches. ----

TEXT_SIZE = 11  # points
NODE_HEIGHT = 0.34
LABEL_HEIGHT = 0.2
APART = 0.2  # neighbors in a row
BESIDE = 0.05  # an edge and its texts
MARGIN = 0.06

WAYS = "forward", "backward"

Place = str | tuple[str, int]
"""A node by its id, or an edge where it passes a row."""


def draw_graph(f: Tensor) -> Figure:
    """Draw the graph that ends in `f`, with value and gradient on every edge.

    Values flow down: leaves are boxes with their names, constants are dashed boxes,
    operations are round. Left of an edge stands the value that goes forward (↓), right of it
    the gradient that flows back along this very edge (↑). A number has up to six significant
    digits; arrays of up to four numbers are spelled out with four, as in ``[[3 3]]``, and
    larger ones appear by their shape. Before ``f.backward()`` there
    are values only. An operation's ``name``, if it has one, is written beside its value.

    In an SVG file, nodes and edges carry their ids from `trace`, texts theirs with
    "-forward" or "-backward" ("e0-forward"); the edge out of the result is "out".

    Parameters
    ----------
    f : Tensor
        Where the graph ends.

    Returns
    -------
    matplotlib.figure.Figure
        As large as its content. As the last expression of a notebook cell, it is shown once.

    Raises
    ------
    TypeError
        If `f` is not a Tensor.
    ValueError
        If the graph has more than 200 nodes (`MOST_NODES`).

    Examples
    --------
    >>> x, y = Tensor(3.0, name="x"), Tensor(4.0, name="y")
    >>> f = x * y
    >>> f.backward()
    >>> figure = draw_graph(f)
    >>> [text.get_text() for text in figure.axes[0].texts][:5]
    ['x', 'y', '×', '↓ 3', '↑ 4']
    """
    graph = trace(f)
    picture = Picture(graph)
    figure, axes = blank_figure(*picture.size)
    for node in graph["nodes"]:
        draw_node(axes, picture, node)
    for line in picture.lines:
        draw_line(axes, picture, line)
    _draw_legend(axes, picture)
    return figure


class Picture:
    """Where everything goes.

    Rows of nodes alternate with rows of texts. An edge is a path through every row between
    its ends: the row above its target has room for its texts, and in other rows it takes a
    place of its own. So neither texts nor nodes nor long edges overlap.
    """

    def __init__(self, graph: dict[str, Any]) -> None:
        if len(graph["nodes"]) > MOST_NODES:
            raise ValueError(
                f"f ends a graph of {len(graph['nodes'])} nodes; a drawing is legible up to "
                f"{MOST_NODES}. Draw a smaller graph of the same form, or give to_dot(f) to "
                f"Graphviz."
            )
        self.nodes = {node["id"]: node for node in graph["nodes"]}
        self.lines = _lines(graph)
        self.legend = {"forward": "↓ value, forward"}
        if graph["has_gradients"]:
            self.legend["backward"] = "↑ gradient, backward"
        self.paths, row_of = _paths(self.lines)
        self.reach = self._reaches(row_of)
        rows = _ordered_rows(self.paths, row_of)
        self.x = _spread(rows, self.paths, self.reach)
        self.y, self.half_height, height = self._heights(rows)
        self.size = (self._fit_width(), height)
        self.ports = self._ports()

    def _reaches(self, places: Iterable[Place]) -> dict[Place, tuple[float, float]]:
        """Return how far everything extends to the left and to the right of its x."""
        reach = dict.fromkeys(places, (0.0, 0.0))
        for key, node in self.nodes.items():
            half = max(NODE_HEIGHT, text_width(node_text(node), TEXT_SIZE) + 0.18) / 2
            reach[key] = half, half
        for line in self.lines:
            texts = line.forward, line.backward
            left, right = (text_width(text, TEXT_SIZE) + BESIDE if text else 0.0 for text in texts)
            reach[self.paths[line.id][-2]] = left, right
        return reach

    def _heights(
        self, rows: list[list[Place]]
    ) -> tuple[dict[Place, float], dict[Place, float], float]:
        """Return the height of every place above the ground, half its own height, and the sum.

        Where an edge has a long way to go sideways, the gap between two rows is wider.
        """
        row_of = {place: row for row, places in enumerate(rows) for place in places}
        sideways = [0.0] * len(rows)  # the longest way from a row to the one above
        for path in self.paths.values():
            for above, below in pairwise(path):
                way = abs(self.x[above] - self.x[below])
                sideways[row_of[below]] = max(sideways[row_of[below]], way)
        y: dict[Place, float] = {}
        half: dict[Place, float] = {}
        top = MARGIN
        for row, places in enumerate(rows):
            height = (NODE_HEIGHT if row else 0.0) if row % 2 == 0 else LABEL_HEIGHT
            y |= dict.fromkeys(places, top + height / 2)
            half |= dict.fromkeys(places, height / 2)
            top += height + 0.13 + 0.16 * min(sideways[row], 2.0)
        return y, half, top + LABEL_HEIGHT

    def extent(self) -> tuple[float, float]:
        """Return how far the graph reaches to the left and to the right, the legend aside."""
        left = min(x - self.reach[place][0] for place, x in self.x.items())
        right = max(x + self.reach[place][1] for place, x in self.x.items())
        return left, right

    def _fit_width(self) -> float:
        """Move the picture to the margin and return its width; the legend must fit too."""
        left, right = self.extent()
        legend = sum(text_width(text, TEXT_SIZE) + APART for text in self.legend.values())
        width = max(right - left, legend) + 2 * MARGIN
        move = (width - (right - left)) / 2 - left
        self.x = {place: x + move for place, x in self.x.items()}
        return width

    def _ports(self) -> dict[tuple[str, str], float]:
        """Return where edges touch their nodes, relative to the node's x.

        Into a node they are ordered as its inputs are, out of it by where they go.
        """
        ports: dict[tuple[str, str], float] = {}
        for key in self.nodes:
            into = [line.id for line in self.lines if line.target == key]
            out = [line.id for line in self.lines if line.source == key]
            out.sort(key=lambda line: self.x[self.paths[line][1]])
            for way, ids in (("in", into), ("out", out)):
                step = min(0.13, (2 * self.reach[key][0] - 0.1) / len(ids or "1"))
                for number, line in enumerate(ids):
                    ports[way, line] = (number - (len(ids) - 1) / 2) * step
        return ports

    def touch(self, node: str, offset: float, side: int) -> tuple[float, float]:
        """Return the point on the outline of `node`, above (side 1) or below (-1)."""
        half = self.half_height[node]
        if node in self.nodes and self.nodes[node]["kind"] == "op":
            beyond_flat = max(0.0, abs(offset) - (self.reach[node][0] - half))
            half = math.sqrt(half**2 - beyond_flat**2)
        return self.x[node] + offset, self.y[node] + side * half

    def route(self, line: Line) -> list[list[tuple[float, float]]]:
        """Return where an edge begins, then its pieces; the last one points straight down.

        A piece is the end of a straight line, or two control points and the end of a curve.
        """
        points = [self.touch(line.source, self.ports["out", line.id], side=-1)]
        for place in self.paths[line.id][1:-1]:
            x, y, half = self.x[place], self.y[place], self.half_height[place]
            points += [(x, y + half), (x, y - half)]
        points.append(self.touch(line.target, self.ports.get(("in", line.id), 0.0), side=1))
        moves = [[points[0]]]
        for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
            straight = number % 2 == 1
            middle = (y0 + y1) / 2
            moves.append([(x1, y1)] if straight else [(x0, middle), (x1, middle), (x1, y1)])
        return moves

    def legend_texts(self) -> Iterator[tuple[str, str, float, float]]:
        """Yield way, text and place of what explains the arrows."""
        x = MARGIN
        for way, text in self.legend.items():
            yield way, text, x, self.size[1] - MARGIN - LABEL_HEIGHT / 2
            x += text_width(text, TEXT_SIZE) + APART

    def label_position(self, line: Line) -> tuple[float, float]:
        """Return the point between the two texts of an edge."""
        place = self.paths[line.id][-2]
        return self.x[place], self.y[place]


def _paths(lines: list[Line]) -> tuple[dict[str, list[Place]], dict[Place, int]]:
    """Return the places each edge visits, its nodes included, and the row of every place.

    Row 0 is the lowest, the end of the edge out of the result. A node stands in the lowest
    row above all the nodes that use it.
    """
    row_of: dict[Place, int] = {"end": 0}
    for line in reversed(lines):  # the edges out of a node come before those into it
        row_of[line.source] = max(row_of.get(line.source, 0), row_of[line.target] + 2)
    paths: dict[str, list[Place]] = {}
    for line in lines:
        between = range(row_of[line.source] - 1, row_of[line.target], -1)
        way = {(line.id, row): row for row in between}
        paths[line.id] = [line.source, *way, line.target]
        row_of |= way
    return paths, row_of


def _ordered_rows(paths: dict[str, list[Place]], row_of: dict[Place, int]) -> list[list[Place]]:
    """Return the places of each row, from left to right.

    Inputs stand in the order in which they are read, unless another order has fewer
    crossings: then every place goes to the mean position of its neighbors in the next row.
    """
    links = [link for path in paths.values() for link in pairwise(path)]
    above, below = _neighbors(links)
    rows: list[list[Place]] = [[] for _ in range(max(row_of.values()) + 1)]
    stack: list[Place] = ["end"]
    while stack:
        place = stack.pop()
        if place not in rows[row_of[place]]:
            rows[row_of[place]].append(place)
            stack.extend(reversed(above.get(place, [])))
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(12):
        upward = sweep % 2 == 0
        rows = _by_mean_position(rows, below if upward else above, upward)
        crossings = _crossings(rows, links)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _neighbors(
    links: list[tuple[Place, Place]],
) -> tuple[dict[Place, list[Place]], dict[Place, list[Place]]]:
    above: dict[Place, list[Place]] = {}
    below: dict[Place, list[Place]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _by_mean_position(
    rows: list[list[Place]], neighbors: dict[Place, list[Place]], upward: bool
) -> list[list[Place]]:
    rows = [*rows]
    position: dict[Place, int] = {}
    for row in range(len(rows)) if upward else reversed(range(len(rows))):
        here = {place: number for number, place in enumerate(rows[row])}
        mean = {
            place: np.mean([position[n] for n in neighbors.get(place, [])] or [number])
            for place, number in here.items()
        }
        rows[row] = sorted(rows[row], key=mean.__getitem__)
        position |= {place: number for number, place in enumerate(rows[row])}
    return rows


def _crossings(rows: list[list[Place]], links: list[tuple[Place, Place]]) -> int:
    where = {place: (row, n) for row, places in enumerate(rows) for n, place in enumerate(places)}
    ends = np.array([(*where[upper], where[lower][1]) for upper, lower in links])
    row, top, bottom = (column[:, np.newaxis] - column for column in ends.T)
    return int(np.sum((row == 0) & (top * bottom < 0))) // 2


def _spread(
    rows: list[list[Place]],
    paths: dict[str, list[Place]],
    reach: dict[Place, tuple[float, float]],
) -> dict[Place, float]:
    """Return the x of every place: edges as straight as possible, nothing closer than `APART`.

    Row by row, the sum of squared sideways ways to the neighbors above and below is
    minimized, until nothing moves any more.
    """
    pull = _pulls(paths)
    x: dict[Place, float] = {}
    distances = []  # the least that a place is away from the first one of its row
    for row in rows:
        steps = [reach[a][1] + APART + reach[b][0] for a, b in pairwise(row)]
        distance = [*accumulate(steps, initial=0.0)]
        distances.append(distance)
        x |= {place: d - distance[-1] / 2 for place, d in zip(row, distance, strict=True)}
    order = [*zip(rows, distances, strict=True)]
    moved = math.inf
    while moved > 0.0002:  # the sum can only decrease, so this ends
        before = dict(x)
        for row, distance in [*order, *reversed(order)]:
            weights = [sum(weight for _, weight in pull[place]) for place in row]
            wanted = [sum(weight * x[n] for n, weight in pull[place]) for place in row]
            slack = [m / w - d for m, w, d in zip(wanted, weights, distance, strict=True)]
            fitted = _nondecreasing(slack, weights)
            x |= {place: s + d for place, s, d in zip(row, fitted, distance, strict=True)}
        moved = max(abs(x[place] - before[place]) for place in x)
    return x


def _nondecreasing(values: list[float], weights: list[float]) -> list[float]:
    """Return the nondecreasing numbers that are closest to `values` in weighted least squares.

    Pool adjacent violators: numbers in the wrong order share their mean.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, count
    for value, weight in zip(values, weights, strict=True):
        pool = value, weight, 1
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, count = pools.pop()
            total = heavy + pool[1]
            pool = (mean * heavy + pool[0] * pool[1]) / total, total, count + pool[2]
        pools.append(pool)
    return [mean for mean, _, count in pools for _ in range(count)]


def _pulls(paths: dict[str, list[Place]]) -> dict[Place, list[tuple[Place, float]]]:
    """Return the neighbors of every place, with the strength of their pull.

    Within an edge it is strong, so that long edges are straight; between operations it is
    stronger than to leaves, so that a chain of operations is straight.
    """
    ops = {path[-1] for path in paths.values()}
    pull: dict[Place, list[tuple[Place, float]]] = {}
    for path in paths.values():
        to_ends = 5.0 if path[0] in ops else 1.0
        for a, b in pairwise(path):
            strength = 50.0 if isinstance(a, tuple) and isinstance(b, tuple) else to_ends
            pull.setdefault(a, []).append((b, strength))
            pull.setdefault(b, []).append((a, strength))
    return pull


def draw_node(axes: Axes, picture: Picture, node: dict[str, Any]) -> None:
    """Draw a node with what is written in it."""
    from matplotlib.patches import PathPatch, Rectangle

    key, half = node["id"], NODE_HEIGHT / 2
    x, y, reach = picture.x[key], picture.y[key], picture.reach[key][0]
    dashed = "--" if node["kind"] == "constant" else "-"
    look = {"facecolor": "none", "edgecolor": INK, "linestyle": dashed, "gid": key}
    if node["kind"] == "op":
        axes.add_patch(PathPatch(pill(x, y, reach, half), **look))
    else:
        axes.add_patch(Rectangle((x - reach, y - half), 2 * reach, 2 * half, **look))
    write(axes, x, y, node_text(node), TEXT_SIZE, ha="center", color=INK)


def draw_line(axes: Axes, picture: Picture, line: Line, texts: Collection[str] = WAYS) -> None:
    """Draw an edge with its texts, or with those of them that are asked for."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    start, *moves = picture.route(line)
    vertices, codes = [*start], [Path.MOVETO]
    for points in moves:
        vertices += points
        codes += [Path.LINETO] if len(points) == 1 else [Path.CURVE4] * 3
    arrow = FancyArrowPatch(
        path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=9, color=INK, gid=line.id
    )
    axes.add_patch(arrow)
    x, y = picture.label_position(line)
    forward = {"ha": "right", "color": COLORS["forward"], "gid": f"{line.id}-forward"}
    backward = {"ha": "left", "color": COLORS["backward"], "gid": f"{line.id}-backward"}
    if "forward" in texts:
        write(axes, x - BESIDE, y, line.forward, TEXT_SIZE, **forward)
    if "backward" in texts and line.backward:
        write(axes, x + BESIDE, y, line.backward, TEXT_SIZE, **backward)


def _draw_legend(axes: Axes, picture: Picture) -> None:
    for way, text, x, y in picture.legend_texts():
        write(axes, x, y, text, TEXT_SIZE, color=COLORS[way])
