"""The line set by hand: its NLL is that of the package, its words tell who is least probable."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from scipy import stats

from underhood.datasets import load_blood_pressure
from underhood.likelihood import gaussian_nll
from underhood.live import LineLikelihood
from underhood.live.figure import Plot, scientific
from underhood.live.line import PIVOT, STRIP

age, pressure = load_blood_pressure()
figure = LineLikelihood()

states = pytest.mark.parametrize("state", [*STRIP, (90, -2.0, 4), (190, 3.0, 60), (150, -0.4, 33)])


@states
def test_a_sentence_tells_the_mean_nll_and_the_least_density(state):
    level, slope, spread = state
    line = level + slope * (age - PIVOT)
    densities = stats.norm(line, spread).pdf(pressure)
    worst = np.argmin(densities)
    sentence = figure.sentence(*state)

    assert f"mean NLL is {gaussian_nll(pressure, line, spread):.3f};" in sentence
    assert f"is {pressure[worst]:.0f} mmHg at {age[worst]:.0f} years" in sentence
    (said,) = re.findall(r"density (\S+) per mmHg", sentence)
    assert float(said.replace("−", "-")) == pytest.approx(densities[worst], rel=0.05)


def test_nothing_is_below_the_least():
    rng = np.random.default_rng(0)
    best = np.polyfit(age, pressure, 1)
    spread = np.std(pressure - np.polyval(best, age))

    assert figure.least == pytest.approx(gaussian_nll(pressure, np.polyval(best, age), spread))
    for scale in (1e-4, 1e-2, 1):
        slope, start = best * (1 + scale * rng.normal(size=2))
        assert gaussian_nll(pressure, slope * age + start, spread) > figure.least
        other = spread * np.exp(scale * rng.normal())
        assert gaussian_nll(pressure, np.polyval(best, age), other) > figure.least


def test_slopes_have_their_sign():
    assert ", −0.4 mmHg with each year" in figure.sentence(150, -0.4, 33)
    assert ", +0.4 mmHg with each year" in figure.sentence(150, 0.4, 33)
    assert ", 0.0 mmHg with each year" in figure.sentence(150, 0.0, 33)


@pytest.mark.parametrize("call", [figure.sentence, figure.drawing])
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((139, 0.0, 0), "spread must be one of 4, 5, ..., 60; got 0"),
        ((139, 0.0, 7.5), "spread must be one of 4, 5, ..., 60; got 7.5"),
        (("a", 1, 4), "level must be one of 90, 91, ..., 190; got 'a'"),
        ((np.nan, 1, 4), "level must be one of 90, 91, ..., 190; got nan"),
        ((139, np.inf, 4), "slope must be one of -2.0, -1.9, ..., 3.0; got inf"),
        ((139, 3.1, 4), "slope must be one of -2.0, -1.9, ..., 3.0; got 3.1"),
        ((139, True, 4), "slope must be one of -2.0, -1.9, ..., 3.0; got True"),
        ((139, np.array([1.0]), 4), "slope must be one of -2.0, -1.9, ..., 3.0; got array([1.])"),
    ],
)
def test_what_the_reader_cannot_set_is_refused_by_name(call, state, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(*state)


def test_the_drawing_holds_all_women_and_four_densities_of_equal_area():
    root = ET.fromstring(figure.html())
    paths = [path.get("d") for path in root.iter("path")]
    outlines = [path.get("d") for path in root.iter("path") if path.get("class") == "density"]

    assert sum(path.count("h0") for path in paths) == 33
    assert len(outlines) == 4
    points = np.array(
        [[point.split() for point in outline[1:].split("L")] for outline in outlines], float
    )
    areas = np.abs(np.trapezoid(points[..., 0] - points[:, :1, 0], points[..., 1]))
    to_one = 200 * (400 - 58 - 14) / 100 * (300 - 42 - 14) / 180  # 200 years, 1 mmHg, in pixels
    assert areas == pytest.approx(0.96 * to_one, rel=0.02)  # but for the tails and their foot
    assert root.get("data-ages").split() == [f"{a:g}" for a in age]


def test_the_strip_is_titled_with_the_package_s_numbers():
    titles = [axes.get_title() for axes in figure.strip().axes]

    nlls = [gaussian_nll(pressure, s[0] + s[1] * (age - PIVOT), s[2]) for s in STRIP]
    assert [title.split()[-1] for title in titles] == [f"{nll:.3f}" for nll in nlls]
    assert nlls[1] - figure.least < 1e-3


def test_a_plot_puts_values_where_its_axes_say():
    plot = Plot(x=(0, 10), y=(-2, 2), width=100, height=80, left=20, bottom=30, top=10)

    assert plot.points([0, 10, 5], [-2, 2, 0]) == "M20 50L86 10L53 30"
    root = ET.fromstring(plot.svg(plot.axes({5.0: "five"}, {0.0: "zero"}, "x", "y"), "a < b"))
    assert root.get("aria-label") == "a < b"
    assert (root.get("data-x"), root.get("data-y")) == ("0 10 20 86", "-2 2 50 10")
    texts = {text.text: (text.get("x"), text.get("y")) for text in root.iter("text")}
    assert texts["five"][0] == "53"
    assert texts["zero"][1] == "34"


def test_small_and_large_numbers_are_written_as_scripts_do():
    assert [scientific(x, 1) for x in (0, 1, 3.04e-8, 2.5e12)] == [
        "0.0e0",
        "1.0e0",
        "3.0e−8",
        "2.5e12",
    ]
