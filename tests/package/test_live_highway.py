"""The gradient in each layer: the figure says and draws what was measured."""

import base64
import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

from underhood import ops
from underhood.claims import Runs, repeat, table
from underhood.layers import Activation, BatchNorm, Dense, Residual, Sequential
from underhood.likelihood import categorical_nll
from underhood.live import GradientHighway
from underhood.probes import gradient_norms

ACTIVATIONS = {"sigmoid": ops.sigmoid, "ReLU": ops.relu}
DEPTHS = (4, 12)
WAYS = (False, True)
PLAIN = ("sigmoid", False, False, 12)


def measured(seed, activation, shortcuts, normalized, layers):
    """Return the gradient norms of the layers in blocks, as on the page, in small."""
    rng = np.random.default_rng(seed)

    def half(units):
        parts = [Activation(ACTIVATIONS[activation]), Dense.initialized(8, units, "glorot", rng)]
        return [BatchNorm(8), *parts] if normalized else parts

    container = Residual if shortcuts else Sequential
    blocks = [container(*half(8), *half(8)) for _ in range(layers // 2 - 1)]
    network = Sequential(Dense.initialized(5, 8, "glorot", rng), *blocks, *half(3))
    x, y = rng.normal(size=(20, 5)), rng.integers(3, size=20)
    found = gradient_norms(network, x, y, categorical_nll)
    dense = [norm for name, norm in found.items() if name.startswith("dense")]
    return dict(enumerate(dense[1:-1], start=2))


@pytest.fixture(scope="module")
def norms():
    """Return the norms of all networks, five runs each."""
    return {
        key: list(repeat(lambda seed, key=key: measured(seed, *key)).values())
        for key in product(ACTIVATIONS, WAYS, WAYS, DEPTHS)
    }


@pytest.fixture(scope="module")
def figure(norms):
    """Return the figure."""
    return GradientHighway(norms)


def parse(figure):
    """Return the figure's HTML, which is XML, too."""
    return ET.fromstring(figure.html())


def constant(layers=4, value=1.0):
    """Return norms that are the same in all layers."""
    return [Runs([value] * 5, range(5)) for _ in range(layers - 2)]


def grid(**changes):
    """Return norms of all networks of one activation and one depth."""
    return {("tanh", *ways, 4): constant(**changes) for ways in product(WAYS, WAYS)}


# ---- in words ----


def test_a_sentence_has_the_ratio_that_a_table_on_the_page_has(figure, norms):
    for key, runs in norms.items():
        _, row = table({"ratio": runs[0] / runs[-1]}, name="network").rows
        said = figure.sentence(*key)
        assert f" is {row[1]} times that of layer {key[3] - 1} (median of 5 runs)." in said


def test_a_sentence_names_the_network(figure):
    said = figure.sentence("sigmoid", True, False, 12)
    assert said.startswith(
        "sigmoid, 12 layers, with shortcuts, no batch norm: the gradient of layer 2 is "
    )


def test_the_words_are_those_of_the_deepest_networks(figure):
    assert figure.words() == [
        figure.sentence(name, *ways, 12) for name in ACTIVATIONS for ways in product(WAYS, WAYS)
    ]


def test_one_run_is_singular():
    one = {key: [Runs([2.0], [0])] * 2 for key in grid()}
    said = GradientHighway(one).sentence("tanh", False, False, 4)
    assert said.endswith("is 1 times that of layer 3 (median of 1 run).")


def test_the_gradient_vanishes_without_a_highway_and_not_with_one(norms):
    plain, residual = (norms["sigmoid", shortcuts, False, 12] for shortcuts in WAYS)
    assert max((plain[0] / plain[-1]).values) < 1e-3
    assert min((residual[0] / residual[-1]).values) > 0.05


# ---- on the site ----


def test_the_script_gets_all_medians_in_the_order_of_the_controls(figure, norms):
    element = parse(figure)
    states = element.get("data-norms").split("|")

    assert element.get("data-activations").split("|") == list(ACTIVATIONS)
    assert element.get("data-depths") == "4 12"
    assert len(states) == len(element.get("data-ratios").split()) == 16
    for key, state in zip(product(ACTIVATIONS, WAYS, WAYS, DEPTHS), states, strict=True):
        logs = [int(text) / 100 for text in state.split()]
        medians = [np.log10(run.median) for run in norms[key]]
        np.testing.assert_allclose(logs, medians, atol=0.0051)


def test_the_order_of_the_measurements_does_not_matter(figure, norms):
    assert GradientHighway(dict(reversed(norms.items()))).data()["depths"] == "4 12"
    assert GradientHighway(norms).html() == figure.html()


def test_the_drawing_is_the_deepest_plain_network(figure, norms):
    svg = parse(figure).find("svg")
    low, high, bottom, top = map(float, svg.get("data-y").split())
    path = svg.find("path[@class='norms']").get("d")
    places = [float(pair.split()[1]) for pair in re.split("[ML]", path)[1:]]
    logs = [low + (bottom - y) / (bottom - top) * (high - low) for y in places]

    assert svg.get("role") == "img"
    np.testing.assert_allclose(logs, [np.log10(run.median) for run in norms[PLAIN]], atol=0.02)


def test_all_lines_lie_within_the_axes(figure, norms):
    low, high, *_ = map(float, parse(figure).find("svg").get("data-y").split())
    logs = [np.log10(run.median) for runs in norms.values() for run in runs]

    assert low <= min(logs) <= max(logs) <= high


def test_there_is_no_line_before_the_first_change(figure):
    assert parse(figure).find(".//g[@class='before']").get("display") == "none"


def test_equal_norms_have_a_drawing_too():
    assert parse(GradientHighway(grid())).find(".//path[@class='norms']") is not None


# ---- on paper ----


def test_a_strip_has_a_panel_for_each_activation_and_a_line_for_each_way(figure, norms):
    strip = figure.strip()
    assert strip.get_size_inches()[0] <= 6
    assert [axes.get_title() for axes in strip.axes] == list(ACTIVATIONS)
    for axes in strip.axes:
        assert len({line.get_linestyle() for line in axes.lines}) == 4
    line = strip.axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), [run.median for run in norms[PLAIN]], rtol=0.012)


def test_a_notebook_gets_html_pdf_and_text_the_same_each_time(figure):
    first, second = (figure._repr_mimebundle_() for _ in range(2))

    assert first == second
    assert base64.b64decode(first["application/pdf"]).startswith(b"%PDF")
    assert first["text/plain"].startswith("sigmoid, 12 layers, no shortcuts, no batch norm")


# ---- what is refused ----


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (("sigmoid", False, False, 5), "layers must be one of 4, 12; got 5"),
        (("sigmoid", False, False, True), "layers must be one of 4, 12; got True"),
        (("tanh", False, False, 4), "activation must be one of sigmoid, ReLU; got 'tanh'"),
        ((["tanh"], False, False, 4), "activation must be one of sigmoid, ReLU; got ['tanh']"),
        (("ReLU", 1, False, 4), "shortcuts must be one of False, True; got 1"),
        (("ReLU", True, "no", 4), "normalized must be one of False, True; got 'no'"),
    ],
)
def test_a_network_that_was_not_measured_is_refused(figure, network, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        figure.sentence(*network)


def test_truth_values_and_numbers_may_be_those_of_numpy(figure):
    said = figure.sentence("ReLU", np.True_, np.False_, np.int64(4))

    assert said == figure.sentence("ReLU", True, False, 4)


def test_a_list_that_changes_later_changes_no_figure():
    some = grid()
    figure = GradientHighway(some)
    before = figure.html()
    for runs in some.values():
        runs.reverse()
        runs[0] = Runs([7.0] * 5, range(5))

    assert figure.html() == before


def test_a_combination_may_not_be_missing():
    some = grid()
    del some["tanh", True, False, 4]
    with pytest.raises(ValueError, match=r"missing: \[\('tanh', True, False, 4\)\]"):
        GradientHighway(some)


def test_no_networks_are_refused():
    with pytest.raises(ValueError, match="^norms must have one network or more; got none$"):
        GradientHighway({})


@pytest.mark.parametrize("norms", [[], None, constant()])
def test_what_is_no_dict_is_refused(norms):
    with pytest.raises(TypeError, match="^norms must be a dict of lists of Runs; got "):
        GradientHighway(norms)


@pytest.mark.parametrize("value", [constant()[0], 5])
def test_a_value_that_is_no_list_is_refused(value):
    some = grid()
    some["tanh", True, False, 4] = value
    message = f"norms must be a list of Runs for ('tanh', True, False, 4); got {value!r}"
    with pytest.raises(TypeError, match=re.escape(message)):
        GradientHighway(some)


def test_a_network_without_inner_layers_is_refused():
    some = {(name, *ways, 2): [] for name, *ways, _ in grid()}
    with pytest.raises(ValueError, match="the layers of .*, 2.* must be 3 or more; got 2"):
        GradientHighway(some)


def test_the_number_of_layers_must_be_that_of_the_key():
    with pytest.raises(ValueError, match="layers 2 to 3 .* got 3 instead of 2"):
        GradientHighway(grid(layers=5))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_what_has_no_logarithm_is_refused(value):
    with pytest.raises(ValueError, match="norms must be positive numbers"):
        GradientHighway(grid(value=value))


def test_runs_must_be_equally_many():
    some = grid()
    some["tanh", True, True, 4] = [Runs([1.0], [0])] * 2
    with pytest.raises(ValueError, match=r"equally many; got \[1, 5\]"):
        GradientHighway(some)


@pytest.mark.parametrize(
    "key", ["tanh", ("tanh", 1, 0, 4), ("tanh", True, False), ("tanh", True, False, True)]
)
def test_a_key_that_names_no_network_is_refused(key):
    with pytest.raises(TypeError, match="a key of norms must be"):
        GradientHighway({key: constant()})


def test_numbers_are_no_runs():
    some = {key: [1.0, 1.0] for key in grid()}
    with pytest.raises(TypeError, match="must be Runs; got 1.0"):
        GradientHighway(some)
