"""The book's colors and its matplotlib style, here and in a notebook's kernel."""

import os
from base64 import b64decode
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest

import underhood
from underhood import style
from underhood.style import COLORS

OKABE_ITO = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"]

CELLS = (
    "from underhood import style\nstyle.use()",
    "from underhood.autodiff import Tensor\n"
    "from underhood.graphs import draw_graph\n"
    "draw_graph(Tensor(2.0, name='x') * 3)",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot([1, 2]);",
)


def run(*cells):
    """Run the cells in a kernel of their own; return the outputs of each."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    environment["PYTHONPATH"] = str(Path(underhood.__file__).parent.parent)
    nbclient.NotebookClient(notebook, timeout=60).execute(env=environment)
    return [cell.outputs for cell in notebook.cells]


@pytest.fixture(scope="module")
def outputs():
    """Return what each of the cells shows."""
    return run(*CELLS)


@pytest.fixture
def styled():
    """Set the style for one test."""
    with mpl.rc_context():
        style.use()
        yield
    plt.close("all")


def luminance(color):
    """Return WCAG's relative luminance."""
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(color, background):
    light, dark = sorted([luminance(color), luminance(background)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def in_the_dark(color):
    """Return the color after ``invert(.88) hue-rotate(180deg)``, as browsers compute it."""
    inverted = 0.88 - 0.76 * np.array(mpl.colors.to_rgb(color))
    luma = inverted @ [0.213, 0.715, 0.072]
    return np.clip(2 * luma - inverted, 0, 1)


def test_colors_are_the_palette_of_okabe_and_ito():
    assert sorted(COLORS.values()) == sorted(OKABE_ITO)


def test_forward_is_blue_and_backward_vermilion():
    assert (COLORS["forward"], COLORS["backward"]) == ("#0072B2", "#D55E00")


@pytest.mark.parametrize("name", ["forward", "backward", "data", "model", "baseline"])
def test_colors_for_thin_lines_stand_out_on_white(name):
    assert contrast(COLORS[name], "white") >= 3


@pytest.mark.parametrize("name", [name for name in COLORS if name != "area"])
def test_colors_for_lines_stand_out_in_the_dark(name):
    assert contrast(in_the_dark(COLORS[name]), "#14181e") >= 3


@pytest.mark.parametrize("name", ["forward", "backward", "model"])
def test_hues_survive_the_dark(name):
    hue = mpl.colors.rgb_to_hsv(mpl.colors.to_rgb(COLORS[name]))[0]
    assert mpl.colors.rgb_to_hsv(in_the_dark(COLORS[name]))[0] == pytest.approx(hue, abs=0.05)


def test_lines_of_one_plot_differ_in_color_and_in_dashes(styled):
    lines = plt.figure().add_subplot().plot(np.ones((2, 5)))
    assert len({line.get_color() for line in lines}) == 5
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == 5


def test_the_colors_of_gradients_are_not_in_the_cycle(styled):
    cycle = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
    assert not {COLORS["forward"], COLORS["backward"]} & set(cycle)


def test_figures_are_transparent_when_saved(styled, tmp_path):
    plt.figure().add_subplot()
    plt.savefig(tmp_path / "figure.png")
    assert plt.imread(tmp_path / "figure.png")[0, 0, 3] == 0


def test_figures_are_transparent_on_the_page(styled):
    figure = plt.figure()
    assert figure.get_facecolor()[3] == 0
    assert figure.add_subplot().get_facecolor()[3] == 0


def test_letters_are_legible_on_a_phone(styled):
    pixels_an_inch = 350 / mpl.rcParams["figure.figsize"][0]  # 390 pixels less the margins
    assert mpl.rcParams["xtick.labelsize"] / 72 * pixels_an_inch >= 8.5


def test_the_same_figure_gives_the_same_file(styled, tmp_path):
    for name in ("first.svg", "second.svg"):
        figure = plt.figure()
        figure.add_subplot().plot([1, 2])
        figure.savefig(tmp_path / name, metadata={"Date": None})
    assert (tmp_path / "first.svg").read_text() == (tmp_path / "second.svg").read_text()


def test_use_works_outside_of_a_notebook():
    with mpl.rc_context():
        style.use()
        assert mpl.rcParams["figure.figsize"] == [4.8, 3.1]


# ---- In a notebook ----


def test_use_shows_nothing(outputs):
    assert outputs[0] == []


@pytest.mark.parametrize("cell", [1, 2], ids=["draw_graph", "pyplot"])
def test_a_cell_shows_one_figure_for_the_page_and_for_print(outputs, cell):
    (output,) = outputs[cell]
    assert set(output.data) == {"text/plain", "image/svg+xml", "application/pdf"}


@pytest.mark.parametrize("cell", [1, 2], ids=["draw_graph", "pyplot"])
def test_figures_on_a_page_carry_no_date(outputs, cell):
    (output,) = outputs[cell]
    assert "<dc:date>" not in output.data["image/svg+xml"]
    assert b"CreationDate" not in b64decode(output.data["application/pdf"])


def test_a_graph_shows_once_without_the_style_too():
    (output,) = run(CELLS[1])[0]
    assert "image/png" in output.data
