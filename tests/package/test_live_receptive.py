"""A stack of causal layers that the reader sets, against the engine and what is measured."""

import base64
import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

from underhood.autodiff import Tensor
from underhood.convolution import causal_conv1d
from underhood.grids import ancestors
from underhood.live import ReceptiveField
from underhood.probes import measure_receptive_field

FIGURE = ReceptiveField()
STACKS = [*product(range(1, 5), range(2, 5), range(1, 5))]  # layers, kernel size, factor
every_stack = pytest.mark.parametrize("stack", STACKS, ids=str)


def stack_of_ones(x, layers, size, factor):
    """Return what layers with weights of 1 make of a series: each path adds the input once."""
    for layer in range(layers):
        x = causal_conv1d(x, np.ones((size, 1, 1)), dilation=factor**layer)
    return x


def parse(*state):
    """Return the drawing, which is XML."""
    return ET.fromstring(FIGURE.drawing(*state))


def path(svg, name):
    return next(path.get("d") for path in svg.iter("path") if path.get("class") == name)


def steps(texts):
    return {step for step, text in enumerate(texts) if text}


def places(svg, name):
    """Return the rows and the steps of the dots of a kind."""
    return dots(svg, path(svg, name), "h0")


def dots(svg, shape, end):
    """Return the rows and the steps of a path's pieces that are a point and an end."""
    x0, x1, left, right = map(float, svg.get("data-x").split())
    y0, y1, low, high = map(float, svg.get("data-y").split())
    found = set()
    for across, up in re.findall(rf"M([\d.]+) ([\d.]+){end}", shape):
        step = x0 + (float(across) - left) / (right - left) * (x1 - x0)
        row = y0 + (float(up) - low) / (high - low) * (y1 - y0)
        assert abs(step - round(step)) < 0.01 > abs(row - round(row))
        found.add((round(row), round(step)))
    return found


# ---- in words ----


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            (4, 2, 1, 15),
            "Kernel size 2, dilations 1, 1, 1, 1: a receptive field of 1 + 1 · 4 = 5 steps. "
            "Output 15 depends on all 5 inputs from 11 to 15, along 1 to 6 paths each.",
        ),
        (
            (2, 2, 4, 12),
            "Kernel size 2, dilations 1, 4: a receptive field of 1 + 1 · 5 = 6 steps. "
            "Output 12 depends on 4 of the 6 inputs from 7 to 12, each along one path.",
        ),
        (
            (1, 3, 1, 1),
            "Kernel size 3, dilation 1: a receptive field of 1 + 2 · 1 = 3 steps. Output 1 "
            "depends on all 2 inputs from 0 to 1, each along one path. 1 step of the field lies "
            "before step 0: a zero.",
        ),
        (
            (4, 4, 4, 0),
            "Kernel size 4, dilations 1, 4, 16, 64: a receptive field of 1 + 3 · 85 = 256 steps. "
            "Output 0 depends on input 0 alone along one path. 255 steps of the field lie before "
            "step 0: zeros.",
        ),
    ],
)
def test_a_state_in_words(state, sentence):
    assert FIGURE.sentence(*state) == sentence


@pytest.mark.parametrize("stack", [s for s in STACKS if s[0] < 4 or s[2] < 3], ids=str)
def test_the_field_is_as_large_as_measured(stack):
    found = measure_receptive_field(
        lambda x: stack_of_ones(x, *stack), steps=128, method="gradient"
    )

    (size,) = re.findall(r"= (\d+) steps", FIGURE.sentence(*stack, 15))
    assert int(size) == found.look_back + 1


@every_stack
def test_sentence_and_drawing_agree(stack):
    for output in range(16):
        svg = parse(*stack, output)
        sentence = FIGURE.sentence(*stack, output)
        counts = [int(t.text) for t in svg.iter("text") if "data-paths" in t.attrib and t.text]

        share = re.search(r"(?:all|on) (\d+) (?:of the \d+ )?inputs", sentence)
        assert len(counts) == (int(share[1]) if share else 1)
        most = re.search(r"1 to (\d+) paths", sentence)
        assert max(counts) == (int(most[1]) if most else 1)


@every_stack
def test_gaps_are_where_the_factor_exceeds_the_kernel_size(stack):
    layers, size, factor = stack
    sentence = FIGURE.sentence(*stack, 15)

    assert (" of the " in sentence.partition("Output")[2].partition(" inputs")[0]) == (
        layers > 1 and factor > size
    )
    assert ("paths each" in sentence) == (layers > 1 and factor < size)


# ---- drawn ----


@every_stack
def test_the_numbers_count_the_paths_as_the_engine_does(stack):
    for output in range(16):
        x = Tensor(np.zeros((1, 16, 1)))
        stack_of_ones(x, *stack)[0, output, 0].backward()

        texts = [t.text for t in parse(*stack, output).iter("text") if "data-paths" in t.attrib]
        assert [int(text or 0) for text in texts] == [*x.grad.ravel()]


@every_stack
def test_large_dots_are_the_ancestors(stack):
    layers, size, factor = stack
    for output in range(16):
        rows = ancestors([size] * layers, [factor**i for i in range(layers)], output=output)

        svg = parse(*stack, output)
        assert places(svg, "seen") == {(row, s) for row, steps in enumerate(rows) for s in steps}
        assert places(svg, "dots") == {*product(range(layers + 1), range(16))}


@every_stack
def test_every_ancestor_has_its_taps_in_the_series_or_among_the_zeros(stack):
    _, size, _ = stack
    for output in (0, 7, 15):
        svg = parse(*stack, output)

        dashed = re.findall(r"M[^ML]+L", path(svg, "zeros"))
        before = path(svg, "field").count("L") == 2  # the bracket goes on, dashed
        lines = path(svg, "reads").count("L") + len(dashed) - before
        assert lines == size * sum(row > 0 for row, _ in places(svg, "seen"))


@every_stack
def test_zeros_in_sight_are_rings_where_dashed_lines_end(stack):
    layers, size, factor = stack
    for output in range(16):
        rows = ancestors([size] * layers, [factor**i for i in range(layers)], output=output)
        read = {
            (row - 1, step - tap * factor ** (row - 1))
            for row in range(1, layers + 1)
            for step in rows[row]
            for tap in range(size)
        }

        svg = parse(*stack, output)
        shape = path(svg, "zeros")
        rings = dots(svg, shape, "m-5 0a")
        assert rings == {(row, step) for row, step in read if -4 <= step < 0}
        ends = {*re.findall(r"L([\d.]+ [\d.]+)", shape)}
        assert {*re.findall(r"M([\d.]+ [\d.]+)m", shape)} <= ends


def test_nothing_is_drawn_outside_the_drawing():
    svg = parse(4, 4, 4, 3)

    points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path(svg, "zeros"))
    assert points
    assert all(62 < float(x) < 420 and 0 < float(y) < 240 for x, y in points)


def test_a_layer_more_leaves_those_below_in_their_places():
    lower = [path(parse(layers, 2, 2, 15), "links") for layers in (2, 3)]
    assert set(re.findall(r"M[^M]+", lower[0])) < set(re.findall(r"M[^M]+", lower[1]))


# ---- on the site, on paper, in a notebook ----


def test_the_html_is_complete_without_a_script():
    figure = ET.fromstring(FIGURE.html())

    assert figure.tag == "receptive-field"
    texts = [text.text or "" for text in figure.iter("text") if "data-paths" in text.attrib]
    assert steps(texts) == {2, 3, 5, 6, 11, 12, 14, 15}
    assert FIGURE.sentence(3, 2, 3, 15) in [item.text for item in figure.iter("li")]


def test_the_strip_has_three_stills_with_their_paths():
    strip = FIGURE.strip()

    assert strip.get_size_inches()[0] <= 6
    assert [axes.get_title() for axes in strip.axes] == [
        "dilations 1, 1, 1",
        "dilations 1, 2, 4",
        "dilations 1, 3, 9",
    ]
    counts = [[text.get_text() for text in axes.texts] for axes in strip.axes]
    assert counts == [["1", "3", "3", "1"], ["1"] * 8, ["1"] * 8]


def test_a_notebook_gets_html_pdf_and_text_the_same_each_time():
    bundles = [ReceptiveField()._repr_mimebundle_() for _ in range(2)]
    assert bundles[0] == bundles[1]
    assert base64.b64decode(bundles[0]["application/pdf"]).startswith(b"%PDF")
    assert bundles[0]["text/plain"].startswith("Kernel size 2, dilations 1, 1, 1, 1: ")


# ---- what is refused ----


@pytest.mark.parametrize("call", [FIGURE.sentence, FIGURE.drawing], ids=["sentence", "drawing"])
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((5, 2, 1, 15), "layers must be 4 or less; got 5"),
        ((0, 2, 1, 15), "layers must be 1 or more; got 0"),
        ((4, 1, 1, 15), "kernel_size must be 2 or more; got 1"),
        ((4, 2, 5, 15), "factor must be 4 or less; got 5"),
        ((4, 2, 1, 16), "output must be 15 or less; got 16"),
        ((4, 2, 1, -1), "output must be 0 or more; got -1"),
    ],
)
def test_a_number_out_of_range_is_refused(call, state, message):
    with pytest.raises(ValueError, match=message):
        call(*state)


def test_what_is_no_whole_number_is_refused():
    with pytest.raises(TypeError, match="kernel_size must be an integer"):
        FIGURE.sentence(4, 2.5, 1, 15)
