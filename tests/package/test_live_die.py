"""A die with signs: the two plots of its figure hold the package's probabilities."""

import base64
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from scipy.stats import binom

from underhood.likelihood import binomial_nll
from underhood.live import DieLikelihood

STATES = [(m, k, n) for n in (1, 4, 10, 13, 20) for k in range(n + 1) for m in range(7)]


def parse():
    """Return the figure's HTML, which is XML, too."""
    return ET.fromstring(DieLikelihood().html())


def group(name):
    """Return one of the two plots."""
    return parse().find(f".//g[@class='{name}']")


def heights(name):
    """Return what the bars of a plot stand for."""
    *limits, start, end = map(float, parse().find("svg").get("data-y").split())
    assert limits == [0, 1]
    return [float(bar.get("height")) / (start - end) for bar in group(name).iter("rect")]


def outlined(name):
    """Return the places of the bars with a bold outline."""
    bars = group(name).iter("rect")
    return [place for place, bar in enumerate(bars) if bar.get("stroke-width") != "1"]


# ---- in words ----


def test_two_signs_in_ten_throws_are_those_of_the_lecture():
    said = [DieLikelihood().sentence(m, 2, 10).split(". ")[0] for m in range(7)]

    assert [sentence.rpartition(" is ")[2] for sentence in said] == [
        *("0", "0.2907", "0.1951", "0.0439", "0.0030", "less than 0.0001", "0")
    ]


def test_the_best_die_is_named_and_all_likelihoods_are_added_up():
    assert DieLikelihood().sentence(2, 2, 10) == (
        "If 2 of the 6 sides carry a sign, the probability of 2 signs in 10 throws is 0.1951. "
        "The die with 1 sign makes it largest, 0.2907. The seven likelihoods add up to 0.533."
    )


def test_no_die_beats_the_best_one():
    assert DieLikelihood().sentence(1, 1, 13) == (
        "If 1 of the 6 sides carries a sign, the probability of 1 sign in 13 throws is 0.2430. "
        "No other die makes it as large. The seven likelihoods add up to 0.278."
    )


def test_what_is_certain_is_one_and_a_single_throw_is_singular():
    assert (
        DieLikelihood()
        .sentence(6, 1, 1)
        .startswith("If 6 of the 6 sides carry a sign, the probability of 1 sign in 1 throw is 1. ")
    )


@pytest.mark.parametrize(("m", "k", "n"), STATES)
def test_every_sentence_has_the_probability_of_the_package_and_of_scipy(m, k, n):
    probability = float(np.exp(-binomial_nll(k, n, m / 6)))
    reference = binom.pmf(k, n, m / 6)
    dice = binom.pmf(k, n, np.arange(7) / 6)
    said = DieLikelihood().sentence(m, k, n)
    value = said.split(". ")[0].rpartition(" is ")[2].replace("less than 0.0001", "0.00001")

    assert probability == pytest.approx(reference, rel=1e-12)
    assert float(value) == pytest.approx(reference, abs=5.1e-5)
    assert (value == "0") == (reference == 0)
    assert float(said.rstrip(".").rpartition(" ")[2]) == pytest.approx(dice.sum(), abs=5.1e-4)
    assert ("No other die" in said) == (dice.argmax() == m)


def test_a_tie_is_rounded_up():
    assert " is 0.1563. " in DieLikelihood().sentence(3, 1, 5)  # 5/32, which is 0.15625


CALLS = pytest.mark.parametrize("call", [DieLikelihood().sentence, DieLikelihood().drawing])


@CALLS
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((7, 2, 10), "signs must be 6 or less; got 7"),
        ((-1, 2, 10), "signs must be 0 or more; got -1"),
        ((2, 11, 10), "k must be n or less; got 11 for n = 10"),
        ((2, 2, 21), "n must be 20 or less; got 21"),
        ((2, 0, 0), "n must be 1 or more; got 0"),
    ],
)
def test_a_state_that_the_figure_does_not_have_is_refused(call, state, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call(*state)


@CALLS
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((0.5, 2, 10), "signs must be an integer; got 0.5"),
        ((2, True, 10), "k must be an integer; got True"),
        ((2, 1, "x"), "n must be an integer; got 'x'"),
    ],
)
def test_what_is_no_whole_number_is_refused(call, state, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        call(*state)


# ---- on the site ----


def test_the_bars_are_the_row_and_the_column_of_the_table():
    row = [*binom.pmf(np.arange(21), 10, 2 / 6)]
    column = binom.pmf(2, 10, np.arange(7) / 6)

    np.testing.assert_allclose(heights("distribution"), row, atol=0.001)
    np.testing.assert_allclose(heights("likelihood"), column, atol=0.001)


def test_the_upper_bars_add_up_to_one_and_the_lower_ones_do_not():
    assert sum(heights("distribution")) == pytest.approx(1, abs=0.005)
    assert sum(heights("likelihood")) == pytest.approx(0.533, abs=0.005)


def test_one_bar_of_each_plot_is_outlined_and_they_have_the_same_height():
    assert outlined("distribution") == outlined("likelihood") == [2]
    assert heights("distribution")[2] == heights("likelihood")[2]


def test_the_best_die_is_marked_by_a_word():
    *_, mark = (text for text in group("likelihood").iter("text") if text.text == "max")
    highest = max(group("likelihood").iter("rect"), key=lambda bar: float(bar.get("height")))
    middle = float(highest.get("x")) + float(highest.get("width")) / 2

    assert float(mark.get("x")) == pytest.approx(middle, abs=0.2)


def test_the_drawing_needs_no_script_and_the_words_are_the_sentences():
    figure = parse()

    assert figure.tag == "die-likelihood"
    assert figure.find("svg").get("role") == "img"
    assert [item.text for item in figure.iter("li")] == DieLikelihood().words()


# ---- on paper ----


def test_a_strip_fits_a_page_and_has_three_dice_and_three_results():
    figure = DieLikelihood().strip()
    bars = [[bar.get_height() for bar in axes.patches] for axes in figure.axes]

    assert figure.get_size_inches()[0] <= 6
    for axes, m in zip(bars[:3], (1, 2, 3), strict=True):
        np.testing.assert_allclose(axes, binom.pmf(np.arange(11), 10, m / 6), rtol=1e-12)
    for axes, k in zip(bars[3:], (0, 2, 5), strict=True):
        np.testing.assert_allclose(axes, binom.pmf(k, 10, np.arange(7) / 6), rtol=1e-12)


def test_a_notebook_gets_html_pdf_and_text_the_same_each_time():
    first, second = (DieLikelihood()._repr_mimebundle_() for _ in range(2))

    assert first == second
    assert base64.b64decode(first["application/pdf"]).startswith(b"%PDF")
    assert first["text/plain"].startswith("If 0 of the 6 sides carry a sign, the probability of 2 ")
