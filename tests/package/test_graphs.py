"""The graph behind a Tensor as data, as Graphviz text and as a picture."""

import json
import re
import subprocess
import sys
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path

from underhood import ops
from underhood.autodiff import Tensor
from underhood.graphs import draw_graph, to_dot, trace
from underhood.style import COLORS


def junction():
    x, y, z = Tensor(-2.0, name="x"), Tensor(5.0, name="y"), Tensor(-4.0, name="z")
    return (x + y) * z


def spider():
    m1, m2 = Tensor([[3, 3]], name="m1"), Tensor([[2], [2]], name="m2")
    return 10 * ops.matmul(m1, m2)


def regression():
    x, y = Tensor(58.0, name="x"), Tensor(153.0, name="y")
    a, b = Tensor(0.0, name="a"), Tensor(139.0, name="b")
    return ops.mean((a * x + b - y) ** 2)


def residual():
    x, w = Tensor([1.0, -2.0], name="x"), Tensor([0.5, 0.25], name="w")
    return ops.sum(x + ops.relu(ops.tanh(w * x)))


def diamond():
    x = Tensor(1.5, name="x")
    for _ in range(3):
        x = ops.exp(x * 0.1) + ops.tanh(x)
    return x


def network():
    rng = np.random.default_rng(0)
    w1, b1 = Tensor(rng.normal(size=(4, 5)), name="W1"), Tensor(np.zeros(5), name="b1")
    w2, b2 = Tensor(rng.normal(size=(5, 3)), name="W2"), Tensor(np.zeros(3), name="b2")
    hidden = ops.relu(Tensor(rng.normal(size=(8, 4)), name="X") @ w1 + b1)
    return -ops.mean(np.eye(3)[np.zeros(8, int)] * ops.log_softmax(hidden @ w2 + b2))


GRAPHS = [junction, spider, regression, residual, diamond, network]


def after_backward(make):
    f = make()
    f.backward()
    return f


def along_edges(graph):
    """Return source, target, value and gradient of every edge; a constant is called "2"."""
    label = {node["id"]: node["name"] or node["symbol"] or "2" for node in graph["nodes"]}
    return [
        (label[e["source"]], label[e["target"]], e["value"], e["gradient"]) for e in graph["edges"]
    ]


# ---- trace: the lecture's numbers ----


def test_trace_of_the_junction_has_the_value_and_the_gradient_of_every_edge():
    graph = trace(after_backward(junction))
    assert along_edges(graph) == [
        ("x", "+", -2, -4),
        ("y", "+", 5, -4),
        ("+", "×", 3, -4),
        ("z", "×", -4, 3),
    ]


def test_trace_of_the_regression_reproduces_the_worked_figure():
    graph = trace(after_backward(regression))
    assert along_edges(graph) == [
        ("a", "×", 0, -1624),
        ("x", "×", 58, 0),
        ("×", "+", 0, -28),
        ("b", "+", 139, -28),
        ("+", "−", 139, -28),
        ("y", "−", 153, 28),
        ("−", "^", -14, -28),
        ("2", "^", 2, None),
        ("^", "mean", 196, 1),
    ]


def test_result_has_its_value_and_the_gradient_one():
    graph = trace(after_backward(spider))
    result = graph["nodes"][-1]
    assert (result["id"], result["value"], result["gradient"]) == (
        graph["result"],
        [[120.0]],
        [[1.0]],
    )


# ---- trace: what stands in it ----


def test_a_value_used_twice_has_two_edges_each_with_its_own_gradient():
    x = Tensor(3.0, name="x")
    f = x * (x + 1)
    f.backward()
    gradients = [e["gradient"] for e in trace(f)["edges"] if e["source"] == "n0"]
    assert (sorted(gradients), trace(f)["nodes"][0]["gradient"]) == ([3.0, 4.0], 7.0)


def test_positions_tell_the_edges_of_x_times_x_apart():
    x = Tensor(3.0)
    assert [(e["source"], e["position"]) for e in trace(x * x)["edges"]] == [("n0", 0), ("n0", 1)]


def test_a_constant_is_a_node_without_gradient():
    graph = trace(after_backward(spider))
    (constant,) = [node for node in graph["nodes"] if node["kind"] == "constant"]
    assert (constant["value"], constant["gradient"], constant["op"]) == (10.0, None, None)


def test_an_axis_is_a_parameter_not_a_node():
    f = ops.sum(Tensor([[1.0, 2.0]]), axis=1)
    graph = trace(f)
    assert [node["kind"] for node in graph["nodes"]] == ["leaf", "op"]
    assert graph["nodes"][1]["params"] == {"axis": "1", "keepdims": "False"}


def test_ids_follow_the_reading_order_leaves_first():
    names = {node["id"]: node["name"] or node["symbol"] for node in trace(junction())["nodes"]}
    assert names == {"n0": "x", "n1": "y", "n2": "z", "n3": "+", "n4": "×"}


def test_operations_are_read_from_left_to_right():
    x, y = Tensor(1.0), Tensor(2.0)
    symbols = [node["symbol"] for node in trace((x + y) * (x - y))["nodes"]]
    assert symbols == [None, None, "+", "−", "×"]


def test_a_leaf_alone_is_a_graph():
    graph = trace(Tensor(1.5, name="x"))
    assert (graph["result"], len(graph["nodes"]), graph["edges"]) == ("n0", 1, [])


def test_values_that_json_lacks_become_text():
    f = Tensor([np.nan, np.inf, -np.inf, -1.5])
    text = json.dumps(trace(f), allow_nan=False)
    assert json.loads(text)["nodes"][0]["value"] == ["NaN", "Infinity", "-Infinity", -1.5]


@pytest.mark.parametrize("make", GRAPHS)
def test_trace_is_json_ready(make):
    graph = trace(after_backward(make))
    assert json.loads(json.dumps(graph, allow_nan=False)) == graph


def test_float32_is_json_ready():
    f = Tensor(np.float32(0.5)) * 2
    f.backward()
    assert json.loads(json.dumps(trace(f)))["nodes"][-1]["value"] == 1.0


def test_sixteen_numbers_are_spelled_out_and_seventeen_are_not():
    nodes = [trace(Tensor(np.ones(size)))["nodes"][0] for size in (16, 17)]
    assert nodes[0]["value"] == [1.0] * 16
    assert (nodes[1]["value"], nodes[1]["shape"]) == (None, [17])


def test_an_edge_keeps_the_value_that_flowed():
    x = Tensor(2.0, name="x")
    f = x * 3
    x.data = np.array(5.0)
    graph = trace(f)
    assert (graph["edges"][0]["value"], graph["nodes"][0]["value"]) == (2.0, 5.0)


# ---- trace: gradients ----


def test_before_backward_there_are_no_gradients_and_none_are_computed():
    f = junction()
    graph = trace(f)
    assert not graph["has_gradients"]
    assert {item["gradient"] for item in graph["nodes"] + graph["edges"]} == {None}
    assert f.grad is None


def test_trace_leaves_gradients_as_they_were():
    x = Tensor(3.0)
    f = x * x
    f.backward()
    x.grad = np.array(99.0)
    trace(f)
    assert (x.grad, f.grad) == (99.0, 1.0)


def test_another_backward_over_the_same_tensors_does_not_disturb_the_trace():
    x = Tensor(3.0)
    q = x * 2
    f = q + 1
    f.backward()
    (q * 100).backward()
    assert [node["gradient"] for node in trace(f)["nodes"] if node["kind"] != "constant"] == [
        2,
        1,
        1,
    ]


@pytest.mark.parametrize("make", GRAPHS)
def test_gradients_are_those_of_backward(make):
    f = after_backward(make)
    grads, stack = {}, [f]
    while stack:
        tensor = stack.pop()
        grads[tensor.name] = tensor.grad
        stack += [parent for parent, _ in tensor.parents]
    leaves = [node for node in trace(f)["nodes"] if node["kind"] == "leaf" and node["gradient"]]
    assert leaves
    for leaf in leaves:
        np.testing.assert_allclose(leaf["gradient"], grads[leaf["name"]], rtol=1e-14)


def test_gradients_start_from_the_seed():
    f = Tensor([1.0, 2.0]) * 3
    f.backward(seed=[10.0, 20.0])
    assert trace(f)["edges"][0]["gradient"] == [30.0, 60.0]


def test_a_singular_gradient_is_traced_without_a_warning(recwarn):
    with np.errstate(all="ignore"):
        f = ops.log(Tensor(0.0))
        f.backward()
    assert trace(f)["edges"][0]["gradient"] == "Infinity"
    assert len(recwarn) == 0


# ---- trace: steps ----


@pytest.mark.parametrize("make", GRAPHS)
def test_forward_steps_come_after_the_steps_of_their_inputs(make):
    graph = trace(make())
    edges = {edge["id"]: edge for edge in graph["edges"]}
    done = set()
    for step in graph["steps"]:
        assert {edges[e]["source"] for e in step["edges"]} <= done
        done.add(step["node"])
    assert len(done) == len(graph["nodes"])


@pytest.mark.parametrize("make", GRAPHS)
def test_backward_steps_come_after_all_gradients_that_a_node_sums(make):
    graph = trace(after_backward(make))
    steps = [step for step in graph["steps"] if step["pass"] == "backward"]
    arrived = set()
    for step in steps:
        assert {e["id"] for e in graph["edges"] if e["source"] == step["node"]} <= arrived
        arrived |= set(step["edges"])
    assert len(arrived) == len(graph["edges"])


def test_the_forward_pass_comes_first_and_the_backward_pass_starts_at_the_result():
    graph = trace(after_backward(junction))
    assert [step["pass"] for step in graph["steps"]] == ["forward"] * 5 + ["backward"] * 5
    assert graph["steps"][5]["node"] == graph["result"]


def test_without_gradients_there_is_no_backward_pass():
    assert {step["pass"] for step in trace(junction())["steps"]} == {"forward"}


def test_a_constant_has_no_backward_step():
    graph = trace(after_backward(spider))
    constant = next(node["id"] for node in graph["nodes"] if node["kind"] == "constant")
    assert [step["pass"] for step in graph["steps"] if step["node"] == constant] == ["forward"]


# ---- size and bad input ----


def test_a_chain_of_twenty_thousand_nodes_is_traced():
    f = Tensor(1.0)
    for _ in range(20_000):
        f = -f
    f.backward()
    graph = trace(f)
    assert (len(graph["nodes"]), graph["nodes"][0]["gradient"]) == (20_001, 1.0)


def test_a_deep_diamond_is_traced_once_a_node():
    f = Tensor(1.0)
    for _ in range(60):
        f = f + f
    f.backward()
    graph = trace(f)
    assert (len(graph["nodes"]), graph["nodes"][0]["gradient"]) == (61, 2.0**60)


@pytest.mark.parametrize("show", [trace, to_dot, draw_graph])
def test_something_else_than_a_tensor_is_refused_by_name(show):
    with pytest.raises(TypeError, match=r"f must be a Tensor.*got ndarray: array\(\[1\., 2\.\]\)"):
        show(np.array([1.0, 2.0]))


def test_a_graph_too_large_to_read_is_not_drawn():
    f = Tensor(1.0)
    for _ in range(200):
        f = -f
    with pytest.raises(ValueError, match=r"201 nodes; a drawing is legible up to 200.*to_dot"):
        draw_graph(f)


def test_the_core_imports_without_matplotlib_and_networkx():
    code = (
        "import sys, underhood.graphs, underhood.style\n"
        "print(sorted({'matplotlib', 'networkx', 'scipy', 'IPython'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


# ---- to_dot ----


def test_dot_has_value_and_gradient_on_every_edge_and_out_of_the_result():
    text = to_dot(after_backward(junction))
    labels = re.findall(r"(\w+) -> (\w+) .*↓ (\S+)</font>.*↑ (\S+)</font>", text)
    assert labels == [
        ("n0", "n3", "−2", "−4"),
        ("n1", "n3", "5", "−4"),
        ("n3", "n4", "3", "−4"),
        ("n2", "n4", "−4", "3"),
        ("n4", "end", "−12", "1"),
    ]


def test_dot_escapes_quotes_and_backslashes_and_folds_line_breaks():
    text = to_dot(Tensor(1.0, name='a "b"\n\\c'))
    assert r'n0 [label="a \"b\" \\c", shape=box];' in text


def test_dot_escapes_the_name_of_an_operation_in_its_markup():
    q = Tensor(1.0) + 2
    q.name = "<q & r>"
    assert "↓ &lt;q &amp; r&gt; = 3</font>" in to_dot(q)


def test_dot_without_gradients_shows_values_alone():
    text = to_dot(junction())
    assert "↓" in text
    assert "↑" not in text


# ---- draw_graph ----


def texts_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def boxes_of(artists, figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [artist.get_window_extent(renderer) for artist in artists]


def patches_of(figure):
    return {patch.get_gid(): patch for patch in figure.axes[0].patches}


def runs_through(edge, box):
    path = edge.get_transform().transform_path(edge.get_path())
    pieces = path.to_polygons(closed_only=False)  # matplotlib would join them by lines
    return any(Path(piece).intersects_bbox(box, filled=False) for piece in pieces)


def test_drawing_shows_the_numbers_of_every_edge():
    texts = texts_of(draw_graph(after_backward(regression)))
    numbers = " ".join(text for text in texts if re.match(r"[↓↑] \S+$", text))
    assert numbers == (
        "↓ 0 ↑ −1624 ↓ 58 ↑ 0 ↓ 0 ↑ −28 ↓ 139 ↑ −28 ↓ 139 ↑ −28 ↓ 153 ↑ 28 "
        "↓ −14 ↑ −28 ↓ 2 ↓ 196 ↑ 1 ↓ 196 ↑ 1"
    )


def test_small_arrays_are_spelled_out_and_larger_ones_given_by_shape():
    f = ops.sum(Tensor(np.ones(33), name="x")) * Tensor([[3, 3]], name="m1")
    texts = texts_of(draw_graph(f))
    assert {"↓ (33,)", "↓ [[3 3]]", "↓ [[99 99]]"} <= set(texts)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-28.0, "↓ −28"),
        (1 / 3, "↓ 0.333333"),
        (1.5e-7, "↓ 1.5e−7"),
        (1234567.0, "↓ 1.23457e6"),
        (-0.0, "↓ 0"),
        (-np.inf, "↓ −∞"),
        (np.nan, "↓ nan"),
    ],
)
def test_numbers_are_written_short_with_a_true_minus_sign(number, text):
    assert text in texts_of(draw_graph(Tensor(number, name="x")))


def test_the_name_of_an_operation_stands_beside_its_value():
    q = Tensor(1.0) + 2
    q.name = "q"
    assert "↓ q = 3" in texts_of(draw_graph(-q))


def test_values_and_gradients_have_their_colors_and_their_arrows():
    figure = draw_graph(after_backward(diamond))
    colors = {(t.get_text()[0], t.get_color()) for t in figure.axes[0].texts}
    assert {pair for pair in colors if pair[0] in "↓↑"} == {
        ("↓", COLORS["forward"]),
        ("↑", COLORS["backward"]),
    }


@pytest.mark.parametrize("make", GRAPHS)
def test_no_text_overlaps_another(make):
    figure = draw_graph(after_backward(make))
    boxes = boxes_of(figure.axes[0].texts, figure)
    assert not [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)]


@pytest.mark.parametrize("make", GRAPHS)
def test_no_edge_runs_through_a_text(make):
    figure = draw_graph(after_backward(make))
    edges = [patch for gid, patch in patches_of(figure).items() if gid[0] in "eo"]
    boxes = boxes_of(figure.axes[0].texts, figure)
    assert not [box for edge in edges for box in boxes if runs_through(edge, box)]


@pytest.mark.parametrize("make", GRAPHS)
def test_no_edge_runs_through_a_node_that_it_does_not_touch(make):
    f = after_backward(make)
    figure, graph = draw_graph(f), trace(f)
    patches = patches_of(figure)
    ids = [node["id"] for node in graph["nodes"]]
    boxes = boxes_of([patches[key] for key in ids], figure)
    hits = [
        (edge["id"], key)
        for edge in graph["edges"]
        for key, box in zip(ids, boxes, strict=True)
        if key not in (edge["source"], edge["target"]) and runs_through(patches[edge["id"]], box)
    ]
    assert hits == []


@pytest.mark.parametrize("make", GRAPHS)
def test_everything_lies_within_the_figure(make):
    figure = draw_graph(after_backward(make))
    axes = figure.axes[0]
    boxes = boxes_of([*axes.texts, *axes.patches], figure)
    assert min(box.x0 for box in boxes) >= 0
    assert min(box.y0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.width
    assert max(box.y1 for box in boxes) <= figure.bbox.height


@pytest.mark.parametrize("make", [junction, spider, regression])
def test_the_lectures_graphs_fit_a_phone(make):
    assert draw_graph(after_backward(make)).get_figwidth() < 4.2


def test_the_two_edges_of_x_times_x_are_apart():
    x = Tensor(3.0, name="x")
    figure = draw_graph(x * x)
    first, second = (t.get_position()[0] for t in figure.axes[0].texts if t.get_text() == "↓ 3")
    assert abs(first - second) > 0.4


def x_of(figure):
    """Return the horizontal position of every text."""
    return {text.get_text(): text.get_position()[0] for text in figure.axes[0].texts}


def test_inputs_stand_in_the_order_in_which_they_are_read():
    x = x_of(draw_graph(spider()))
    assert x["10"] < x["@"]
    assert x["m1"] < x["m2"]


def test_inputs_change_places_where_that_avoids_a_crossing():
    x, w = Tensor(1.0, name="x"), Tensor(2.0, name="w")
    figure = draw_graph(x + ops.relu(w * x))  # read in order, both edges of x would cross
    edges = [(t.get_text(), t.get_position()[0]) for t in figure.axes[0].texts]
    assert max(at for text, at in edges if text == "↓ 1") < dict(edges)["↓ 2"]


def test_a_name_with_dollar_signs_is_not_taken_for_mathematics():
    (name, *_) = draw_graph(Tensor(1.0, name="5 $ or 6 $")).axes[0].texts
    assert (name.get_text(), name.get_parse_math()) == ("5 $ or 6 $", False)


def test_an_svg_file_carries_the_ids_of_the_trace(tmp_path):
    f = after_backward(junction)
    draw_graph(f).savefig(tmp_path / "graph.svg")
    ids = set(re.findall(r'<g id="([^"]+)">', (tmp_path / "graph.svg").read_text("utf-8")))
    graph = trace(f)
    edges = [*(edge["id"] for edge in graph["edges"]), "out"]
    texts = [f"{edge}-{way}" for edge in edges for way in ("forward", "backward")]
    assert {*(node["id"] for node in graph["nodes"]), *edges, *texts} <= ids


def test_pyplot_does_not_hold_the_figure():
    draw_graph(junction())
    assert plt.get_fignums() == []


def test_the_background_is_transparent():
    figure = draw_graph(junction())
    assert (figure.get_facecolor()[3], figure.axes[0].axison) == (0.0, False)
