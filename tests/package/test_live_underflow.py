"""Products of equal factors: the numbers of the figure, its walls, its sentences."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from underhood.live import ProductUnderflow
from underhood.live.underflow import FACTORS, MOST

figure = ProductUnderflow()


def multiply(factor, count, dtype):
    """Multiply one after the other, as nobody would for speed."""
    factor, product = dtype(factor), dtype(1)
    for _ in range(count):
        product = product * factor
    return product


def said(sentence, name):
    """Return what a sentence says about a format, as a number."""
    value = re.search(rf"In {name}, the product is (?:stuck at )?([\d.e−]+\d|0)\b", sentence)[1]
    return float(value.replace("−", "-"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 45, 46, 150, 323, 324, 1000])
@pytest.mark.parametrize("factor", [0.05, 0.1, 0.5, 0.55, 0.95])
def test_a_sentence_tells_the_product_of_that_format(factor, count, dtype):
    value = said(figure.sentence(factor, count), dtype.__name__)

    assert value == pytest.approx(float(multiply(factor, count, dtype)), rel=5e-3)


@pytest.mark.parametrize("factor", FACTORS)
def test_only_factors_up_to_one_half_end_in_zero(factor):
    sentence = figure.sentence(factor, MOST)

    if factor <= 0.5:
        assert "In float32, the product is 0 from factor" in sentence
    elif factor < 0.95:
        assert re.search(r"In float32, the product is stuck at [1-9].*e−45 from", sentence)
    else:
        assert "In float32, the product is 5.29e−23." in sentence


def test_the_wall_of_tenths_is_where_the_page_computes_it():
    assert "is 1.40e−45." in figure.sentence(0.1, 45)
    assert "is 0 from factor 46 on." in figure.sentence(0.1, 46)
    assert "is 9.88e−324." in figure.sentence(0.1, 323)
    assert figure.sentence(0.1, 324).count("is 0 from factor") == 2


def test_one_factor_is_no_plural():
    assert figure.sentence(0.25, 1) == (
        "1 factor of 0.25. In float32, the product is 2.50e−1. In float64, the product is "
        "2.50e−1. The sum of the logarithms is −1.39."
    )


@pytest.mark.parametrize("call", [figure.sentence, figure.drawing])
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((0.07, 5), "factor must be one of 0.05, 0.1, ..., 0.95; got 0.07"),
        ((1.0, 5), "factor must be one of 0.05, 0.1, ..., 0.95; got 1.0"),
        ((np.array([0.1]), 3), "factor must be one of 0.05, 0.1, ..., 0.95; got array([0.1])"),
        ((0.1, 1001), "count must be 1000 or less; got 1001"),
        ((0.1, 0), "count must be 1 or more; got 0"),
    ],
)
def test_states_that_the_figure_does_not_have_are_refused(call, state, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(*state)


def test_the_drawing_ends_each_line_at_its_wall():
    paths = {path.get("class"): path.get("d") for path in ET.fromstring(figure.html()).iter("path")}
    across = {
        name: [float(point.split()[0]) for point in re.split("[ML]", d)[1:]][:: d.count("L")]
        for name, d in paths.items()
        if name in ("float32", "float64", "logs")
    }
    left, right = 70, 400 - 14

    assert across["float32"] == pytest.approx([left, left + 0.045 * (right - left)], abs=0.1)
    assert across["float64"] == pytest.approx([left, left + 0.323 * (right - left)], abs=0.1)
    assert across["logs"] == pytest.approx([left, left + 0.4 * (right - left)], abs=0.1)


def test_the_panels_of_the_strip_have_the_same_axes():
    limits = {(*axes.get_xlim(), *axes.get_ylim()) for axes in figure.strip().axes}

    assert len(limits) == 1


def test_the_strip_shows_a_product_that_gets_stuck():
    *_, last = figure.strip().axes
    float32, float64, logs = (line.get_xydata() for line in last.lines)

    stuck = float32[float32[:, 0] >= 300]
    assert stuck[-1, 0] == MOST
    assert stuck[:, 1] == pytest.approx(np.log10(2.0**-149))
    assert float64 == pytest.approx(logs)
