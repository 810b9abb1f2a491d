"""Drawings of blocks: what is in them, where shortcuts lead, and that nothing is cut off."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from underhood import style
from underhood.blocks import SUM, Block, draw_columns
from underhood.style import COLORS

BASIC = ("3×3 conv, 64", "3×3 conv, 64")
BOTTLENECK = ("1×1 conv, 64", "3×3 conv, 64", "1×1 conv, 256")

COLUMNS = [
    {"plain": [Block(BASIC, shortcut=False)] * 3},
    {"residual": [Block(BASIC)]},
    {"plain": [Block(BASIC, False)] * 2, "residual": [Block(BASIC)] * 2, "R": [Block(BOTTLENECK)]},
    {"a long heading over small boxes": [Block(("1",)), Block(("2",), shortcut=False)]},
]


@pytest.fixture(scope="module", params=COLUMNS, ids=lambda columns: " ".join(columns))
def drawn(request):
    with plt.rc_context():
        style.use()
        figure = draw_columns(request.param)
    FigureCanvasAgg(figure).draw()
    return request.param, figure


def elements(figure, kind):
    """Return the elements of one kind, by column, block (and layer)."""
    artists = [*figure.axes[0].patches, *figure.axes[0].lines]
    named = {artist.get_gid() or "": artist for artist in artists}
    return {tuple(map(int, k.split("-")[1:])): a for k, a in named.items() if k.startswith(kind)}


def test_every_layer_has_a_box(drawn):
    columns, figure = drawn
    expected = [
        (number, place, layer)
        for number, blocks in enumerate(columns.values())
        for place, block in enumerate(blocks)
        for layer in range(len(block.layers))
    ]
    assert list(elements(figure, "box")) == expected


def test_blocks_with_a_shortcut_and_no_others_have_a_sum(drawn):
    columns, figure = drawn
    expected = [
        (number, place)
        for number, blocks in enumerate(columns.values())
        for place, block in enumerate(blocks)
        if block.shortcut
    ]
    assert list(elements(figure, "sum")) == expected
    assert list(elements(figure, "shortcut")) == expected


def test_shortcuts_lead_around_the_boxes_into_their_sum(drawn):
    _, figure = drawn
    boxes, sums = elements(figure, "box"), elements(figure, "sum")
    for (number, place), line in elements(figure, "shortcut").items():
        circle = sums[number, place].get_path().get_extents()
        x, y = line.get_data()
        first = boxes[number, place, 0]
        assert x[0] == pytest.approx(circle.x0 + SUM)  # leaves the line that runs downward
        assert y[0] > first.get_y() + first.get_height()  # in front of the block
        assert max(x) > first.get_x() + first.get_width()
        assert y[-1] == pytest.approx((circle.y0 + circle.y1) / 2)
        assert circle.x1 < x[-1] < circle.x1 + 0.1
        assert (line.get_linestyle(), line.get_color()) == ("-", COLORS["model"])


def test_the_signal_runs_downward(drawn):
    _, figure = drawn
    boxes = elements(figure, "box")
    for number in {key[0] for key in boxes}:
        heights = [box.get_y() for key, box in boxes.items() if key[0] == number]
        assert heights == sorted(heights, reverse=True)


def test_nothing_is_cut_off_and_no_columns_overlap(drawn):
    _, figure = drawn
    width, height = figure.get_size_inches() * figure.dpi
    axes = figure.axes[0]
    for artist in [*axes.patches, *axes.lines, *axes.texts]:
        area = artist.get_window_extent()
        assert area.x0 >= -0.5
        assert area.y0 >= -0.5
        assert area.x1 <= width + 0.5
        assert area.y1 <= height + 0.5
    edges = np.array(
        [
            (key[0], box.get_x(), box.get_x() + box.get_width())
            for key, box in elements(figure, "box").items()
        ]
    )
    for number in range(1, int(edges[:, 0].max()) + 1):
        before = edges[edges[:, 0] == number - 1, 2].max()
        assert edges[edges[:, 0] == number, 1].min() > before


def test_texts_fit_into_their_boxes(drawn):
    _, figure = drawn
    boxes = [box.get_window_extent() for box in elements(figure, "box").values()]
    layers = {text for blocks in drawn[0].values() for block in blocks for text in block.layers}
    for text in figure.axes[0].texts:
        if text.get_text() in layers:
            area = text.get_window_extent()
            assert any(
                box.x0 < area.x0 and area.x1 < box.x1 and box.y0 < area.y0 and area.y1 < box.y1
                for box in boxes
            )


@pytest.mark.parametrize("columns", [{}, {"plain": []}, {"plain": [Block(())]}], ids=repr)
def test_empty_columns_are_refused(columns):
    with pytest.raises(ValueError, match=r"columns must hold"):
        draw_columns(columns)


def test_importing_needs_no_matplotlib():
    program = "import sys, underhood.blocks; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
