"""Products of slopes that the reader sets, against the engine and exact arithmetic."""

import base64
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from underhood import ops
from underhood.autodiff import Tensor
from underhood.live import SaturationProduct

FIGURE = SaturationProduct()
GATES = {"sigmoid": ops.sigmoid, "tanh": ops.tanh, "ReLU": ops.relu}
POINTS = np.arange(-10, 10.5, 0.5)
every_gate = pytest.mark.parametrize("name", GATES)


def number(text):
    """Read a number as the figure writes it."""
    return float(text.replace("−", "-"))


def said(name, x, depth):
    """Return the slope and the product that the figure tells."""
    sentence = FIGURE.sentence(name, x, depth)
    return [number(text) for text in re.findall(r"(?:slope|product) is ([\d.e−]*\d)", sentence)]


def parse(*state):
    """Return the drawing, which is XML."""
    return ET.fromstring(FIGURE.drawing(*state))


def path(svg, name):
    return next(path for path in svg.iter("path") if path.get("class") == name)


def ends(svg, name):
    """Return the ends of a line as layers and decimal logarithms."""
    x0, x1, left, right = map(float, svg.get("data-x").split())
    y0, y1, low, high = map(float, svg.get("data-y").split())
    return [
        (
            x0 + (float(across) - left) / (right - left) * (x1 - x0),
            y0 + (float(up) - low) / (high - low) * (y1 - y0),
        )
        for across, up in re.findall(r"([\d.]+) ([\d.]+)", path(svg, name).get("d"))
    ]


# ---- in words ----


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            ("sigmoid", 0.0, 10),
            "sigmoid at x = 0.0: the slope is 0.25. After 10 layers, the product is 9.5e−7.",
        ),
        (
            ("tanh", -2.0, 1),
            "tanh at x = −2.0: the slope is 0.0707. After 1 layer, the product is 0.0707.",
        ),
        (
            ("sigmoid", 10.0, 11),
            "sigmoid at x = 10.0: the slope is 4.5e−5. After 11 layers, the product is 1.7e−48. "
            "In float32 it is 0 from layer 11 on.",
        ),
        (
            ("ReLU", 0.5, 50),
            "ReLU at x = 0.5: the slope is 1. After 50 layers, the product is 1.",
        ),
        (
            ("ReLU", 0.0, 2),
            "ReLU at x = 0.0: the slope is 0. After 2 layers, the product is 0, which has no "
            "place on a logarithmic axis.",
        ),
    ],
)
def test_a_state_in_words(state, sentence):
    assert FIGURE.sentence(*state) == sentence


def test_a_product_below_the_range_of_float64_is_told():
    assert "the product is 6.4e−405." in FIGURE.sentence("tanh", -10.0, 50)


@every_gate
@pytest.mark.parametrize("depth", [1, 2, 7, 30])
def test_the_product_is_the_gradient_of_a_chain(name, depth):
    for x in POINTS:
        h = start = Tensor(0.3)
        for _ in range(depth):
            h = GATES[name](h + (x - h.data))  # a bias puts the pre-activation at x
        h.backward()

        assert said(name, float(x), depth)[1] == pytest.approx(float(start.grad), rel=0.051)


def test_slopes_are_those_of_calculus_to_the_digits_that_are_told():
    for x in POINTS:
        slopes = {
            "sigmoid": 1 / (4 * math.cosh(x / 2) ** 2),
            "tanh": 1 / math.cosh(x) ** 2,
            "ReLU": float(x > 0),
        }
        for name, slope in slopes.items():
            assert said(name, float(x), 1)[0] == number(
                f"{slope:.3g}" if slope >= 0.001 else f"{slope:.1e}"
            )


@every_gate
def test_float32_ends_where_the_sentence_says(name):
    for x in POINTS:
        sentence = FIGURE.sentence(name, float(x), 50)
        gate = Tensor(float(x))
        GATES[name](gate).backward()
        product, depth = np.float32(1), 0
        while product > 0 and depth < 50:
            product, depth = product * np.float32(gate.grad), depth + 1

        if product > 0 or gate.grad == 0:
            assert "float32" not in sentence
        else:
            assert f"In float32 it is 0 from layer {depth} on." in sentence
            if depth > 1:
                assert "float32" not in FIGURE.sentence(name, float(x), depth - 1)


# ---- drawn ----


@every_gate
def test_a_line_ends_at_the_product_or_at_the_end_of_the_axis(name):
    for x in POINTS:
        line = ends(parse("sigmoid", float(x), 10), name)
        gate = Tensor(float(x))
        GATES[name](gate).backward()
        if gate.grad == 0:
            assert line == []
            continue
        (start_depth, start), (depth, log) = line
        assert (start_depth, start) == pytest.approx((0, 0), abs=0.01)
        assert depth == pytest.approx(50, abs=0.01) or log == pytest.approx(-60, abs=0.02)
        assert log > -60.02
        assert log == pytest.approx(depth * math.log10(gate.grad), abs=0.1)


def test_the_chosen_line_is_the_thickest():
    for name in GATES:
        svg = parse(name, 2.0, 10)
        widths = {gate: float(path(svg, gate).get("stroke-width")) for gate in GATES}
        assert max(widths, key=widths.get) == name
        assert sorted(widths.values())[1] < widths[name]


def test_a_dot_stands_at_the_product_where_the_axis_reaches():
    ((depth, log),) = ends(parse("sigmoid", 2.0, 10), "product")
    assert (depth, log) == pytest.approx((10, 10 * math.log10(0.104994)), abs=0.05)
    assert ends(parse("sigmoid", 10.0, 50), "product") == []
    assert ends(parse("ReLU", -2.0, 10), "product") == []


def test_a_product_of_zero_is_told_in_the_drawing():
    notes = [
        [text.text for text in parse("sigmoid", x, 10).iter("text") if text.get("class") == "note"]
        for x in (-0.5, 0.0, 0.5)
    ]
    assert notes == [["ReLU: 0, not on this axis"], ["ReLU: 0, not on this axis"], [None]]


def test_lines_differ_in_more_than_color():
    svg = parse()
    assert len({path(svg, name).get("stroke-dasharray") for name in GATES}) == 3


# ---- on the site, on paper, in a notebook ----


def test_the_html_is_complete_without_a_script():
    figure = ET.fromstring(FIGURE.html())

    assert figure.tag == "saturation-product"
    words = [item.text for item in figure.iter("li")]
    assert FIGURE.sentence("sigmoid", 2.0, 10) in words
    assert FIGURE.sentence("ReLU", -2.0, 1) in words


def test_the_strip_has_three_stills():
    strip = FIGURE.strip()

    assert strip.get_size_inches()[0] <= 6
    assert [axes.get_title() for axes in strip.axes] == ["x = −2.0", "x = 0.0", "x = 2.0"]
    relu = [axes.lines[2].get_ydata() for axes in strip.axes]
    assert [len(line) for line in relu] == [0, 0, 2]
    notes = ["not\non this axis" in "".join(t.get_text() for t in a.texts) for a in strip.axes]
    assert notes == [True, True, False]


def test_a_notebook_gets_html_pdf_and_text_the_same_each_time():
    bundles = [SaturationProduct()._repr_mimebundle_() for _ in range(2)]
    assert bundles[0] == bundles[1]
    assert base64.b64decode(bundles[0]["application/pdf"]).startswith(b"%PDF")
    assert bundles[0]["text/plain"].startswith("sigmoid at x = 0.0: ")


# ---- what is refused ----


@pytest.mark.parametrize("call", [FIGURE.sentence, FIGURE.drawing], ids=["sentence", "drawing"])
@pytest.mark.parametrize(
    ("state", "message"),
    [
        (("softmax", 2.0, 10), "activation must be one of sigmoid, tanh, ReLU; got 'softmax'"),
        (("tanh", 10.5, 10), r"x must be one of -10.0, -9.5, \.\.\., 10.0; got 10.5"),
        (("tanh", 0.3, 10), r"x must be one of -10.0, -9.5, \.\.\., 10.0; got 0.3"),
        (("tanh", np.ones(2), 1), r"x must be one of .*; got array\(\[1., 1.\]\)"),
        ((["tanh"], 2.0, 10), r"activation must be one of .*; got \['tanh'\]"),
        (("tanh", 2.0, 51), "depth must be 50 or less; got 51"),
        (("tanh", 2.0, 0), "depth must be 1 or more; got 0"),
    ],
)
def test_a_state_that_the_figure_does_not_have_is_refused(call, state, message):
    with pytest.raises(ValueError, match=message):
        call(*state)


def test_a_depth_that_is_no_whole_number_is_refused():
    with pytest.raises(TypeError, match="depth must be an integer"):
        FIGURE.sentence("tanh", 2.0, 2.5)
