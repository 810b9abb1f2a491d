"""A walk through a graph: its steps in words, as SVG for the site, as a strip for print."""

import base64
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from underhood import ops
from underhood.autodiff import PRIMITIVES, Tensor
from underhood.graphs import ELEMENTWISE, draw_graph, trace
from underhood.live import BackpropStepper

from .test_graphs import GRAPHS, after_backward, junction, network, regression, spider

every_graph = pytest.mark.parametrize("make", GRAPHS)


def stepper(make):
    return BackpropStepper(after_backward(make))


def sentences(walk):
    return [step.sentence for step in walk.steps]


def parse(walk):
    """Return the figure's HTML, which is XML, too."""
    return ET.fromstring(walk.html())


# ---- the steps in words ----


def test_the_three_knobs_in_words():
    assert sentences(stepper(junction)) == [
        "Forward: x = −2 is given.",
        "Forward: y = 5 is given.",
        "Forward: z = −4 is given.",
        "Forward: + takes x = −2 and y = 5 and gives 3.",
        "Forward: × takes 3 and z = −4 and gives −12.",
        "Backward: × is the result and starts with the gradient 1. "
        "Times its local derivatives, it passes on 1 · (−4) = −4 to + and 1 · 3 = 3 to z.",
        "Backward: + receives the gradient −4. "
        "Times its local derivatives, it passes on −4 · 1 = −4 to x and −4 · 1 = −4 to y.",
        "Backward: z has the gradient 3.",
        "Backward: y has the gradient −4.",
        "Backward: x has the gradient −4.",
    ]


def test_the_worked_figure_multiplies_by_the_age():
    assert sentences(stepper(regression))[14].endswith(
        "it passes on −28 · 58 = −1624 to a and −28 · 0 = 0 to x."
    )


def test_a_matrix_product_passes_its_gradient_on_in_one():
    assert sentences(stepper(spider))[6] == (
        "Backward: @ receives the gradient [[10]]. "
        "Through its derivative, it passes on [[20 20]] to m1 and [[30] [30]] to m2."
    )


def test_a_value_that_was_copied_gets_the_sum_over_its_copies():
    x, b = Tensor([1.0, 2.0], name="x"), Tensor(3.0, name="b")
    f = ops.sum((x + b) * x)
    f.backward()
    assert sentences(BackpropStepper(f))[7] == (
        "Backward: + receives the gradient [1 2]. Through its derivative, it passes on "
        "[1 2] · [1 1] = [1 2] to x and 3, summed over its copies, to b."
    )


def test_a_large_array_is_told_by_its_shape():
    words = sentences(stepper(network))
    assert words[0] == "Forward: X of shape (8, 4) is given."
    assert words[-1] == "Backward: X has a gradient of shape (8, 4)."


def test_gradients_of_a_value_used_twice_add_up():
    x = Tensor(3.0, name="x")
    f = x * (1 - x)
    f.backward()
    assert sentences(BackpropStepper(f))[-1] == (
        "Backward: x is used 2 times; its gradients add up: −3 + (−2) = −5."
    )


def test_a_named_operation_is_called_by_its_name():
    x = Tensor(2.0, name="x")
    q = x * x
    q.name = "q"
    f = -q
    f.backward()
    words = sentences(BackpropStepper(f))
    assert words[1].endswith("and gives q = 4.")
    assert words[3].endswith("to q.")


def test_before_backward_there_is_the_way_forward_alone():
    assert {step.way for step in BackpropStepper(junction()).steps} == {"forward"}


def test_a_leaf_alone_is_a_walk_of_one_step():
    assert sentences(BackpropStepper(Tensor(2.0, name="x"))) == ["Forward: x = 2 is given."]


@every_graph
def test_the_walk_is_the_trace(make):
    f = after_backward(make)
    walked = [(step.way, step.node) for step in BackpropStepper(f).steps]
    assert walked == [(step["pass"], step["node"]) for step in trace(f)["steps"]]


@every_graph
def test_what_is_passed_on_is_the_gradient_times_the_local_derivative(make):
    graph = trace(after_backward(make))
    nodes = {node["id"]: node for node in graph["nodes"]}
    known = [edge for edge in graph["edges"] if edge["local"] is not None]
    np.testing.assert_allclose(
        [np.sum(edge["gradient"]) for edge in known],
        [np.sum(np.multiply(nodes[e["target"]]["gradient"], e["local"])) for e in known],
        rtol=1e-14,
    )


def test_a_local_derivative_is_the_one_of_calculus():
    x = Tensor(0.3, name="x")
    f = 5 * ops.exp(x * 2)
    f.backward()
    local = {edge["target"]: edge["local"] for edge in trace(f)["edges"] if edge["gradient"]}
    assert [*local.values()] == pytest.approx([2.0, math.exp(0.6), 5.0], rel=1e-15)


def test_a_derivative_that_is_a_matrix_is_left_out():
    local = {edge["target"]: edge["local"] for edge in trace(after_backward(spider))["edges"]}
    assert local == {"n3": None, "n4": [[10.0]]}


def works_element_by_element(name):
    """Tell whether the second gradient out of a primitive depends on the second one in alone."""
    primitive = PRIMITIVES[name]
    inputs = [Tensor([0.3, 2.2]), Tensor([1.7, 0.9]), Tensor([1.0, 1.0])][: len(primitive.vjps)]
    params = {"leaky_relu": {"negative_slope": 0.1}}.get(name, {})
    try:
        f = primitive(*inputs, **params)
        f.backward(seed=[3.0, 7.0])
        before = inputs[0].grad
        f.backward(seed=[3.0, -5.0])
    except (TypeError, ValueError):
        return False  # it takes or gives other shapes
    return [*(before == inputs[0].grad)] == [True, False]


def test_all_primitives_that_work_element_by_element_are_known():
    assert set(filter(works_element_by_element, PRIMITIVES)) == ELEMENTWISE


def test_a_gate_multiplies_element_by_element():
    x = Tensor([-10.0, 0.0, 10.0], name="x")
    gate = ops.sigmoid(x)
    gate.backward(seed=[1.0, 1.0, 1.0])
    assert sentences(BackpropStepper(gate))[2].endswith(
        "Times its local derivative, element by element, it passes on "
        "[1 1 1] · [4.54e−5 0.25 4.54e−5] = [4.54e−5 0.25 4.54e−5] to x."
    )


# ---- on the site ----


@every_graph
def test_the_still_says_what_the_drawing_says_in_the_same_places(make):
    f = after_backward(make)
    figure = draw_graph(f)
    height = figure.get_size_inches()[1]
    drawn = [(t.get_text(), *t.get_position()) for t in figure.axes[0].texts]
    svg = parse(BackpropStepper(f)).find("svg")
    shown = [
        (text.text, float(text.get("x")) / 96, height - float(text.get("y")) / 96)
        for text in svg.iter("text")
    ]
    words, *places = zip(*sorted(shown), strict=True)
    expected_words, *expected_places = zip(*sorted(drawn), strict=True)
    assert words == expected_words
    np.testing.assert_allclose(places, expected_places, atol=0.002)


@every_graph
def test_a_text_appears_when_its_number_is_known(make):
    walk = stepper(make)
    steps = [(step["pass"], step["node"]) for step in walk.graph["steps"]]
    for edge in walk.graph["edges"]:
        forward = walk._appears(edge["id"], "forward")
        assert steps[forward - 1] == ("forward", edge["source"])
        if edge["gradient"] is not None:
            backward = walk._appears(edge["id"], "backward")
            assert steps[backward - 1] == ("backward", edge["target"])


@every_graph
def test_nothing_is_hidden_after_the_last_step(make):
    walk = stepper(make)
    starts = [int(text.get("data-from", 0)) for text in parse(walk).iter("text")]
    assert 0 < max(starts) <= len(walk.steps) == len([*parse(walk).iter("li")])


def test_every_step_has_its_node_at_work():
    svg = parse(stepper(regression)).find("svg")
    at_work = [
        int(n) for g in svg.iter("g") if g.get("class") == "node" for n in g.get("data-at").split()
    ]
    assert sorted(at_work) == list(range(1, 20))


def test_names_are_escaped():
    f = -Tensor(1.0, name="<b> & c")
    assert "<b> & c" in [text.text for text in parse(BackpropStepper(f)).iter("text")]


def test_products_and_equations_do_not_break():
    assert not re.search(r" [·=] ", stepper(junction).html())


# ---- on paper ----


def test_a_strip_shows_every_operation_of_a_small_graph_and_ends_with_the_walk():
    titles = [axes.texts[-1].get_text() for axes in stepper(junction).strip().axes]

    assert [int(title.split()[0]) for title in titles] == [3, 4, 5, 6, 7, 10]


@every_graph
def test_a_strip_has_six_stills_at_most_and_fits_a_page(make):
    walk = stepper(make)
    figure = walk.strip()
    width, height = figure.get_size_inches()
    assert 1 <= len(figure.axes) <= 6
    assert min(6.0 / width, 8.6 / height) > 0.6
    assert (
        figure.axes[-1].texts[-1].get_text() == f"{len(walk.steps)} of {len(walk.steps)}, backward"
    )


@every_graph
def test_a_still_has_the_numbers_that_are_known_by_then(make):
    walk = stepper(make)
    texts = [text for text in parse(walk).iter("text") if text.get("data-from")]
    for axes in walk.strip().axes:
        number = int(axes.texts[-1].get_text().split()[0])
        shown = sorted(t.get_text() for t in axes.texts if t.get_text()[0] in "↓↑")
        assert shown == sorted(t.text for t in texts if int(t.get("data-from")) <= number)


def test_a_notebook_gets_html_pdf_and_text_the_same_each_time():
    bundles = [stepper(junction)._repr_mimebundle_() for _ in range(2)]
    assert bundles[0] == bundles[1]
    assert base64.b64decode(bundles[0]["application/pdf"]).startswith(b"%PDF")
    assert bundles[0]["text/html"].startswith("<backprop-stepper")
    assert bundles[0]["text/plain"].startswith("1. Forward: x = −2 is given.\n")


# ---- what is refused ----


def test_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="f must be a Tensor"):
        BackpropStepper(3.0)


def test_a_graph_that_nobody_could_read_is_refused():
    f = Tensor(1.0)
    for _ in range(200):
        f = -f
    with pytest.raises(ValueError, match="201 nodes"):
        BackpropStepper(f)
