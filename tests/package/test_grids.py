"""Which steps an output of causal layers depends on, and the pictures of it."""

import re
import subprocess
import sys
from itertools import combinations, pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.path import Path

from underhood import style
from underhood.convolution import causal_conv1d, look_back
from underhood.grids import ancestors, draw_causal_conv, draw_causal_stack
from underhood.style import COLORS

STACKS = [
    {"kernel_sizes": [2, 2, 2, 2]},
    {"kernel_sizes": [2, 2, 2, 2], "dilations": [1, 2, 4, 8]},
    {"kernel_sizes": [2, 2, 2, 2], "dilations": [1, 2, 4, 8], "steps": 8},
    {"kernel_sizes": [2, 2, 2, 2], "dilations": [1, 2, 4, 8], "output": 5},
    {"kernel_sizes": [2], "steps": 3},
    {"kernel_sizes": [2], "dilations": [4], "steps": 10},
    {"kernel_sizes": [1], "steps": 1},
    {"kernel_sizes": [1, 1, 1], "steps": 64, "output": 0},
    {"kernel_sizes": [3, 5, 1, 2], "dilations": [1, 2, 1, 3], "steps": 24, "output": 14},
    {"kernel_sizes": [3] * 8, "steps": 20, "output": 4},
    {"kernel_sizes": [2] * 8, "dilations": [1, 2, 4, 8] * 2, "steps": 64},
    {"kernel_sizes": [2] * 6, "dilations": [1, 2, 4, 8, 16, 32], "steps": 64},
    {"kernel_sizes": [2] * 6, "dilations": [1, 2, 4, 8, 16, 32], "steps": 64, "output": 3},
    {"kernel_sizes": [5] * 12, "dilations": [16] * 12, "steps": 32},
]
LAYERS = [
    {"inputs": [10, 20, 30], "kernel": [1, 2]},
    {"inputs": [10, 20, 30], "kernel": [1, 2], "padding": False},
    {"inputs": [10, 20, 30, 40, 50], "kernel": [1, -2, 0.5]},
    {"inputs": [0.125, -1.25, 1 / 3], "kernel": [0.25, -0.75]},
    {"inputs": [5], "kernel": [2]},
    {"inputs": range(8), "kernel": [1, 2]},
    {"inputs": range(7), "kernel": [1, 2, 3, 4]},
    {"inputs": range(8), "kernel": [1, 2], "dilation": 4, "padding": False},
    {"inputs": [1, 2], "kernel": [1, 1], "dilation": 8},
    {"inputs": [1, 2, 3, 4, 5], "kernel": [1, 2, 3], "dilation": 2},
]

stacks = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=4)


@pytest.fixture(
    scope="module",
    params=[*STACKS, *LAYERS],
    ids=lambda keywords: " ".join(map(str, keywords.values())),
)
def figure(request):
    draw = draw_causal_stack if "kernel_sizes" in request.param else draw_causal_conv
    return draw(**request.param)


def dots_of(figure):
    """Return the dots that stand for steps of the series, by row and step."""
    found = {}
    for line in figure.axes[0].lines:
        if match := re.fullmatch(r"dot-(\d+)-(\d+)", line.get_gid()):
            found[int(match[1]), int(match[2])] = line
    return found


def zeros_of(figure):
    found = {}
    for patch in figure.axes[0].patches:
        if match := re.fullmatch(r"dot-(\d+)-(-\d+)", patch.get_gid()):
            found[int(match[1]), int(match[2])] = patch
    return found


def highlighted(figure):
    forward = COLORS["forward"]
    return {place for place, dot in dots_of(figure).items() if dot.get_markerfacecolor() == forward}


def patches_of(figure, begin):
    return {p.get_gid(): p for p in figure.axes[0].patches if p.get_gid().startswith(begin)}


def is_dashed(patch):
    return patch.get_linestyle() not in ("-", "solid")


def texts_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def boxes_of(artists, figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [artist.get_window_extent(renderer) for artist in artists]


def gids_of(figure):
    axes = figure.axes[0]
    gids = [artist.get_gid() for artist in (*axes.texts, *axes.patches, *axes.lines)]
    return [gid for gid in gids if gid]


def svg_of(figure, path):
    figure.savefig(path, metadata={"Date": None})
    return path.read_text("utf-8")


# ---- ancestors ----


def test_four_layers_of_kernel_size_two_reach_four_steps_back():
    assert ancestors([2, 2, 2, 2], output=15)[0] == {11, 12, 13, 14, 15}


def test_doubling_dilations_reach_all_sixteen_steps():
    rows = ancestors([2, 2, 2, 2], [1, 2, 4, 8], output=15)
    assert [len(row) for row in rows] == [16, 8, 4, 2, 1]


def test_a_dilated_kernel_leaves_steps_out():
    assert ancestors([3], [4], output=9) == [{1, 5, 9}, {9}]


def test_zeros_before_the_series_are_no_ancestors():
    assert ancestors([2, 2], [1, 4], output=3) == [{2, 3}, {3}, {3}]


def test_an_output_without_layers_depends_on_itself():
    assert ancestors([], output=3) == [{3}]


@given(stacks, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_ancestors_are_the_inputs_whose_change_moves_the_output(layers, output):
    sizes, dilations = zip(*layers, strict=True)
    y = np.eye(13)[:, :, np.newaxis]  # series i is 1 at step i
    for size, dilation in layers:
        y = causal_conv1d(y, np.ones((size, 1, 1)), dilation=dilation)
    assert ancestors(sizes, dilations, output=output)[0] == set(np.flatnonzero(y[:, output, 0]))


@given(stacks)
@settings(max_examples=30, deadline=None)
def test_the_earliest_ancestor_is_as_far_back_as_look_back_says(layers):
    sizes, dilations = zip(*layers, strict=True)
    assert 100 - min(ancestors(sizes, dilations, output=100)[0]) == look_back(sizes, dilations)


# ---- the stack: what is drawn ----


@pytest.mark.parametrize("keywords", STACKS[:10])
def test_every_row_has_a_dot_for_every_step(keywords):
    rows, steps = len(keywords["kernel_sizes"]) + 1, keywords.get("steps", 16)
    places = {(row, step) for row in range(rows) for step in range(steps)}
    assert set(dots_of(draw_causal_stack(**keywords))) == places


@pytest.mark.parametrize("keywords", STACKS[:10])
def test_highlighted_dots_are_those_that_a_walk_from_the_output_reaches(keywords):
    sizes = keywords["kernel_sizes"]
    dilations = keywords.get("dilations", [1] * len(sizes))
    stack = [(len(sizes), keywords.get("output", keywords.get("steps", 16) - 1))]
    reached = set()
    while stack:
        row, step = place = stack.pop()
        if step >= 0 and place not in reached:
            reached.add(place)
            if row:
                size, dilation = sizes[row - 1], dilations[row - 1]
                stack += [(row - 1, step - tap * dilation) for tap in range(size)]
    assert highlighted(draw_causal_stack(**keywords)) == reached


def test_highlighted_inputs_reach_as_far_as_look_back():
    figure = draw_causal_stack([3, 2, 4], [1, 3, 2], steps=20, output=17)
    inputs = {step for row, step in highlighted(figure) if row == 0}
    assert max(inputs) - min(inputs) == look_back([3, 2, 4], [1, 3, 2])


def test_the_zeros_are_those_that_ancestors_read():
    figure = draw_causal_stack([3, 2], [1, 4], steps=8, output=3)
    assert set(zeros_of(figure)) == {(1, -1)}


def test_zeros_are_dashed_and_hollow():
    (zero,) = zeros_of(draw_causal_stack([2], steps=3, output=0)).values()
    assert (zero.get_facecolor()[3], is_dashed(zero)) == (0, True)


def test_a_stack_that_stays_within_the_series_has_no_zeros():
    assert zeros_of(draw_causal_stack([2, 2, 2, 2], [1, 2, 4, 8])) == {}


def test_dots_that_count_are_larger_too():
    dots = dots_of(draw_causal_stack([2, 2]))
    assert dots[0, 15].get_markersize() > 1.5 * dots[0, 0].get_markersize()


@pytest.mark.parametrize("keywords", [{}, {"steps": 64}])
def test_highlighted_dots_do_not_touch(keywords):
    dots = dots_of(draw_causal_stack([4, 4], **keywords))
    steps = sorted(step for row, step in dots if row == 0)
    apart = [dots[0, b].get_xdata()[0] - dots[0, a].get_xdata()[0] for a, b in pairwise(steps)]
    assert dots[0, steps[-1]].get_markersize() / 72 < 0.9 * min(apart)


def test_each_dot_above_the_input_has_its_connections():
    links = patches_of(draw_causal_stack([3, 2], [2, 1], steps=8), "links-")
    count = {gid: len(patch.get_path().vertices) // 2 for gid, patch in links.items()}
    expected = {f"links-1-{t}": min(3, 1 + t // 2) for t in range(8)}
    assert count == expected | {f"links-2-{t}": min(2, 1 + t) for t in range(8)}


def test_connections_lead_from_what_a_layer_reads():
    figure = draw_causal_stack([3], [2], steps=8)
    dots = dots_of(figure)
    ends = patches_of(figure, "links-1-7")["links-1-7"].get_path().vertices[0::2, 0]
    nearest = {min(range(8), key=lambda step: abs(dots[0, step].get_xdata()[0] - x)) for x in ends}
    assert nearest == {3, 5, 7}


def test_connections_among_ancestors_are_highlighted_and_no_others():
    figure = draw_causal_stack([2, 2], [1, 3], steps=8)
    colors = {gid: to_hex(p.get_edgecolor()) for gid, p in patches_of(figure, "links-").items()}
    strong = {gid for gid, color in colors.items() if color == COLORS["forward"].lower()}
    assert strong == {"links-2-7", "links-1-7", "links-1-4"}


def test_connections_from_zeros_are_dashed():
    links = patches_of(draw_causal_stack([3], steps=4, output=1), "zero-links-")
    assert {gid: is_dashed(patch) for gid, patch in links.items()} == {"zero-links-1-1": True}


# ---- the stack: what it says ----


@pytest.mark.parametrize(
    ("keywords", "notes"),
    [
        (STACKS[0], ["receptive field of 5 steps: 4 back and the present"]),
        (STACKS[1], ["receptive field of 16 steps: 15 back and the present"]),
        (
            STACKS[2],
            [
                "receptive field of 16 steps: 15 back and the present",
                "8 of the 16 lie before step 0",
                "dashed: zeros that the layers assume",
            ],
        ),
        (
            STACKS[5],
            ["receptive field of 5 steps: 4 back and the present", "only 2 of the 5 are read"],
        ),
        (STACKS[6], ["receptive field of 1 step: the present alone"]),
    ],
)
def test_notes_state_the_receptive_field(keywords, notes):
    assert texts_of(draw_causal_stack(**keywords))[-len(notes) - 1 :] == ["time step", *notes]


def test_rows_are_labeled_with_their_dilations():
    texts = texts_of(draw_causal_stack([2, 2, 2], [1, 2, 4], steps=4))
    labels = [text for text in texts if re.match(r"[a-z]", text)][:7]
    assert labels == [
        "input",
        "layer 1",
        "dilation 1",
        "layer 2",
        "dilation 2",
        "output",
        "dilation 4",
    ]


def test_kernel_sizes_are_named_where_they_differ():
    texts = texts_of(draw_causal_stack([2, 3]))
    assert [
        text for text in texts if text.startswith(("layer", "kernel", "output", "dilation"))
    ] == ["layer 1", "kernel 2", "output", "kernel 3"]


@pytest.mark.parametrize("output", [0, 15, 29, 31])
def test_the_step_of_the_output_is_always_numbered(output):
    texts = draw_causal_stack([2], steps=32, output=output).axes[0].texts
    assert [t.get_text() for t in texts if t.get_weight() == "bold"] == [str(output)]


@pytest.mark.parametrize(
    ("dilations", "spanned"), [([1, 2], [3, 4, 5, 6]), ([1, 8], [0, 1, 2, 3, 4, 5, 6])]
)
def test_the_bracket_spans_the_receptive_field_within_the_series(dilations, spanned):
    figure = draw_causal_stack([2, 2], dilations, steps=9, output=6)
    (bracket,) = [line for line in figure.axes[0].lines if line.get_gid() == "field"]
    x, dots = bracket.get_xdata(), dots_of(figure)
    inside = [step for step in range(9) if min(x) < dots[0, step].get_xdata()[0] < max(x)]
    assert inside == spanned


def test_the_bracket_is_dashed_where_it_leaves_the_series():
    figure = draw_causal_stack([2, 2], [1, 8], steps=9, output=6)
    (outside,) = [line for line in figure.axes[0].lines if line.get_gid() == "field-before"]
    assert outside.get_linestyle() == "--"


# ---- one layer with its numbers ----


def numbers(figure, row):
    texts = figure.axes[0].texts
    return [t.get_text() for t in texts if re.fullmatch(rf"{row}-.*-text", t.get_gid() or "")]


def test_with_padding_the_lectures_outputs_are_20_50_80():
    figure = draw_causal_conv([10, 20, 30], [1, 2])
    assert numbers(figure, "input") == ["0", "10", "20", "30"]
    assert numbers(figure, "output") == ["20", "50", "80"]


def test_without_padding_the_lectures_outputs_are_50_80():
    figure = draw_causal_conv([10, 20, 30], [1, 2], padding=False)
    assert numbers(figure, "input") == ["10", "20", "30"]
    assert numbers(figure, "output") == ["50", "80"]


def test_arrows_carry_their_weights():
    texts = draw_causal_conv([10, 20, 30], [1, 2], padding=False).axes[0].texts
    weights = {t.get_gid(): t.get_text() for t in texts if (t.get_gid() or "").startswith("tap")}
    assert weights == {
        "tap-0-1-text": "×1",
        "tap-1-1-text": "×2",
        "tap-0-2-text": "×1",
        "tap-1-2-text": "×2",
    }


def test_arrows_lead_from_the_steps_that_a_dilated_kernel_reads():
    figure = draw_causal_conv([1, 2, 3, 4], [1, 2], padding=False, dilation=2)
    outlines = patches_of(figure, "")
    middle = {
        gid: (p.get_path().get_extents().x0 + p.get_path().get_extents().x1) / 2
        for gid, p in outlines.items()
        if not gid.startswith("tap")
    }
    start, end = outlines["tap-0-3"]._path_original.vertices[[0, -1], 0]
    inputs = [f"input-{step}" for step in range(4)]
    assert min(inputs, key=lambda gid: abs(middle[gid] - start)) == "input-1"
    assert abs(middle["output-3"] - end) < abs(middle["output-2"] - end)


def test_the_zero_and_its_arrow_are_dashed():
    patches = patches_of(draw_causal_conv([10, 20, 30], [1, 2]), "")
    dashed = {gid for gid, patch in patches.items() if is_dashed(patch)}
    assert dashed == {"input--1", "tap-0-0"}


def test_where_weights_would_not_fit_the_last_output_alone_has_arrows():
    taps = patches_of(draw_causal_conv(range(7), [1, 2, 3, 4]), "tap")
    assert set(taps) == {"tap-0-6", "tap-1-6", "tap-2-6", "tap-3-6"}


@pytest.mark.parametrize("keywords", LAYERS[:8])
def test_no_arrow_runs_through_a_text(keywords):
    figure = draw_causal_conv(**keywords)
    boxes = boxes_of(figure.axes[0].texts, figure)
    hits = []
    for gid, arrow in patches_of(figure, "tap").items():
        path = arrow.get_transform().transform_path(arrow._path_original)
        for piece in path.to_polygons(closed_only=False):
            hits += [gid for box in boxes if Path(piece).intersects_bbox(box, filled=False)]
    assert hits == []


# ---- both ----


def test_no_text_overlaps_another(figure):
    boxes = boxes_of(figure.axes[0].texts, figure)
    assert not [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)]


def test_nothing_is_cut_off(figure):
    axes = figure.axes[0]
    boxes = boxes_of([*axes.texts, *axes.patches, *axes.lines], figure)
    assert min(box.x0 for box in boxes) >= 0
    assert min(box.y0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.width
    assert max(box.y1 for box in boxes) <= figure.bbox.height


def test_text_is_legible_on_a_phone(figure):
    scale = min(1.0, 350 / (96 * figure.get_figwidth()))  # a column of 350 pixels
    pixels = [text.get_fontsize() * 96 / 72 * scale for text in figure.axes[0].texts]
    assert min(pixels) >= 7.8


def test_ids_are_unique(figure):
    gids = gids_of(figure)
    assert len(gids) == len(set(gids))


def test_the_background_is_transparent(figure):
    assert (figure.get_facecolor()[3], figure.axes[0].axison) == (0.0, False)


def test_pyplot_does_not_hold_the_figure(figure):
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_causal_stack([2, 2], [1, 4], steps=6, output=3),
        lambda: draw_causal_conv([1, 2], [1, 2]),
    ],
)
def test_the_same_call_gives_the_same_file(draw, tmp_path):
    with mpl.rc_context():
        style.use()
        assert svg_of(draw(), tmp_path / "a.svg") == svg_of(draw(), tmp_path / "b.svg")


def test_an_svg_file_carries_the_ids(tmp_path):
    figure = draw_causal_stack([2, 2], [1, 4], steps=6, output=3)
    ids = set(re.findall(r'<g id="([^"]+)">', svg_of(figure, tmp_path / "stack.svg")))
    assert {*gids_of(figure), "dot-0-0", "dot-1--1", "links-2-3"} <= ids


def test_the_module_imports_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, underhood.grids\n"
        "print(sorted({'matplotlib', 'tensorflow', 'keras', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


# ---- bad input ----


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"kernel_sizes": [0]}, ValueError, r"kernel_sizes\[0\] must be 1 or more; got 0"),
        ({"kernel_sizes": [2.5]}, TypeError, r"kernel_sizes\[0\] must be an integer; got 2\.5"),
        ({"kernel_sizes": 2}, TypeError, r"kernel_sizes must .*got 2"),
        ({"kernel_sizes": []}, ValueError, r"kernel_sizes must have 1 to 12 numbers.*got 0"),
        ({"kernel_sizes": [1] * 13}, ValueError, r"kernel_sizes must have 1 to 12.*got 13"),
        ({"kernel_sizes": [2], "dilations": [0]}, ValueError, r"dilations\[0\] must .*got 0"),
        ({"kernel_sizes": [2, 2], "dilations": [1]}, ValueError, r"dilations must have 2 .*\[1\]"),
        ({"kernel_sizes": [2], "steps": 0}, ValueError, r"steps must be 1 or more; got 0"),
        ({"kernel_sizes": [2], "steps": 3.0}, TypeError, r"steps must be an integer; got 3\.0"),
        ({"kernel_sizes": [2], "steps": 97}, ValueError, r"steps must be 96 or less .*got 97$"),
        (
            {"kernel_sizes": [2], "dilations": [80], "steps": 64, "output": 5},
            ValueError,
            r"dilations .*96 columns; got 64 steps and 75 zeros before them",
        ),
        ({"kernel_sizes": [10**12]}, ValueError, r"kernel_sizes.*999999999984 zeros before them"),
        ({"kernel_sizes": [2], "output": 16}, ValueError, r"output .* from 0 to 15; got 16"),
        ({"kernel_sizes": [2], "output": -1}, ValueError, "output must be 0 or more; got -1"),
        ({"kernel_sizes": [2], "output": True}, TypeError, "output must be an integer; got True"),
        ({"kernel_sizes": [2], "output": "last"}, TypeError, r"output must .*got 'last'"),
    ],
)
def test_a_stack_that_cannot_be_drawn_is_refused_by_name(keywords, error, message):
    with pytest.raises(error, match=message):
        draw_causal_stack(**keywords)


def test_ancestors_of_a_negative_output_are_refused():
    with pytest.raises(ValueError, match="output must be 0 or more; got -1"):
        ancestors([2], output=-1)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"inputs": [], "kernel": [1]}, r"inputs must have one axis and 1 to 8 .*shape \(0,\)"),
        ({"inputs": range(9), "kernel": [1]}, r"inputs .* 1 to 8 numbers; got shape \(9,\)"),
        ({"inputs": [[1, 2]], "kernel": [1]}, r"inputs must have one axis.*shape \(1, 2\)"),
        ({"inputs": [1], "kernel": [1] * 5}, r"kernel .* 1 to 4 numbers; got shape \(5,\)"),
        ({"inputs": [1], "kernel": [1], "dilation": 0}, r"dilation must be 1 or more; got 0"),
        ({"inputs": [1, 2], "kernel": [1, 2], "dilation": 9}, r"dilation .*10 inputs and zeros"),
        (
            {"inputs": [1, 2], "kernel": [1, 2, 3], "padding": False},
            r"inputs must have more than 2 steps for an output without padding; got 2",
        ),
        (
            {"inputs": [-1.11e-9] * 8, "kernel": [1]},
            r"inputs and kernel .*8 inputs and 0 zeros .*too many digits",
        ),
    ],
)
def test_a_layer_that_cannot_be_drawn_is_refused_by_name(keywords, message):
    with pytest.raises(ValueError, match=message):
        draw_causal_conv(**keywords)
