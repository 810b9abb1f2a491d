"""The exercises of the chapter on one-dimensional convolutional networks for sequences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from underhood.autodiff import Array
from underhood.convolution import look_back
from underhood.exercises.exercise import Case, Exercise, register

# ---- Causal convolution ----

SINGLE = 1e-4
"""Relative tolerance for functions that may as well compute in float32."""

register(
    Exercise(
        "ex-causal-convolution-by-hand",
        "hand",
        "Write down for each step which two inputs it meets, the earlier one first, with zeros "
        "where the series has not begun. Multiply, add up, add the bias once.",
        reference=[7, 6, 15, 14],
        given={"series": [2, 1, 4, 6], "kernel": [3, 1], "dilation": 2, "bias": 5},
        mistakes=(
            (
                [11, 8, 19, 24],
                "You turned the kernel round. Its last tap meets the present, the one before it "
                "the past.",
            ),
            (
                [15, 14, 17, 23],
                "You put the zeros behind the series, so every output reads an input that comes "
                "after it. They belong in front.",
            ),
            (
                [6, 15, 14, 17],
                "You put a zero on either side, as the padding 'same' does: your outputs read "
                "one step of the future. All zeros belong in front.",
            ),
            (
                [15, 14],
                "You left the padding out, and with it the first outputs. There are as many "
                "outputs as inputs.",
            ),
            (
                [7, 12, 12, 23],
                "You paired each input with its neighbor. Dilation skips: count the steps "
                "between the two taps again.",
            ),
            (
                [7, 6, 9, 17],
                "Your taps are too far apart. The dilation counts the steps from one tap to the "
                "next, not the inputs that lie between them.",
            ),
            (
                [2, 1, 10, 9],
                "The bias is missing.",
            ),
            (
                [12, 11, 20, 19],
                "You added the bias once for each tap. It belongs to the output, once.",
            ),
            (
                [7, 6, 20, 19],
                "You added the bias once for each tap that meets the series. It belongs to the "
                "output, once.",
            ),
            (
                [13, 12, 15, 14],
                "You repeated the first input to the left. In front of the series stand zeros.",
            ),
            (
                [19, 24, 15, 14],
                "Before the start you went on at the other end of the series. In front of it "
                "stand zeros.",
            ),
        ),
        remark="The last tap meets the present, the others the past, one dilation apart each.",
    )
)
register(
    Exercise(
        "ex-causal-convolution-count",
        "hand",
        "How many numbers does the kernel array hold? The bias adds one for each filter. For "
        "the cost, every number of the kernel is multiplied once at each step.",
        reference=(1952, 55680),
        parts=("parameters", "multiplications"),
        rtol=1e-6,
        given={"kernel_size": 5, "channels": 12, "filters": 32, "steps": 29},
        mistakes=(
            (
                {"parameters": 1920},
                "Those are the kernel's numbers. The bias is missing.",
            ),
            (
                {"parameters": 1921},
                "You counted a single bias for the layer. Each filter has one of its own.",
            ),
            (
                {"parameters": 1932},
                "You gave each input channel a bias. The bias is added to the output: one for "
                "each filter.",
            ),
            (
                {"parameters": 2080},
                "You gave each tap of each filter a bias. The bias is added once the taps' "
                "products have been summed.",
            ),
            (
                {"parameters": 2848},
                "You gave each step a bias of its own. All steps share the weights, the bias too.",
            ),
            (
                {"parameters": 192},
                "You forgot that a filter reads all input channels at each of its taps.",
            ),
            (
                {"parameters": 416},
                "You forgot the kernel size: there is a matrix of weights for each tap.",
            ),
            (
                {"parameters": 56608},
                "You counted the parameters anew for each step. All steps share them.",
            ),
            (
                {"parameters": 1952, "multiplications": 1920},
                "The parameters are right; the multiplications are those of a single step.",
            ),
            (
                {"parameters": 1952, "multiplications": 56608},
                "The parameters are right. But a bias is added, not multiplied with anything.",
            ),
            (
                {"parameters": 1952, "multiplications": 48000},
                "The parameters are right. But you counted only the steps whose taps all lie "
                "within the series. With causal padding there is an output at every step.",
            ),
            (
                {"parameters": 1952, "multiplications": 51840},
                "The parameters are right. But you left out the multiplications with zeros of the "
                "padding; the question counts them, too.",
            ),
            (
                {"parameters": 1952, "multiplications": 11136},
                "The parameters are right. But you counted one tap only: at each step, all taps "
                "of the kernel multiply.",
            ),
            (
                {"parameters": 1952, "multiplications": 4640},
                "The parameters are right. But each tap of a filter multiplies all the channels "
                "that come in, not one.",
            ),
            (
                {"parameters": 1952, "multiplications": 1740},
                "The parameters are right, and the multiplications are those of a single filter.",
            ),
            (
                {"parameters": 55680, "multiplications": 1952},
                "The two are in the wrong order: parameters first.",
            ),
        ),
        remark="The length of the series changes the cost and leaves the parameters alone.",
    )
)


def causal_conv1d_by_loops(inputs: Array, kernel: Array, bias: Array, dilation: int) -> Array:
    """Return the causal convolution of one series (steps, channels_in)."""
    steps, size = len(inputs), len(kernel)
    outputs = np.zeros((steps, kernel.shape[2])) + bias
    for t in range(steps):
        for k in range(size):
            source = t - (size - 1 - k) * dilation
            if source >= 0:
                outputs[t] += inputs[source] @ kernel[k]
    return outputs


def _conv1d(
    inputs: Array, kernel: Array, bias: Array, dilation: int, ahead: int, wrap: bool = False
) -> Array:
    """Return a convolution that reads `ahead` steps of the future."""
    steps, size = len(inputs), len(kernel)
    outputs = np.zeros((steps, kernel.shape[2])) + bias
    for t in range(steps):
        for k in range(size):
            source = t + ahead - (size - 1 - k) * dilation
            if wrap or 0 <= source < steps:
                outputs[t] += inputs[source % steps] @ kernel[k]
    return outputs


def _taps_within(inputs: Array, kernel: Array, dilation: int) -> Array:
    """Return (steps, 1): how many taps of each output meet the series."""
    return np.minimum(np.arange(len(inputs)) // dilation + 1, len(kernel))[:, np.newaxis]


def _without(series: Array, step: int) -> Array:
    """Return the series with a zero at one step."""
    kept = series.copy()
    kept[step] = 0
    return kept


def _unpadded(inputs: Array, kernel: Array, bias: Array, dilation: int) -> Array:
    return causal_conv1d_by_loops(inputs, kernel, bias, dilation)[(len(kernel) - 1) * dilation :]


def _series(rng: np.random.Generator) -> list[Case]:
    toy = np.reshape([10.0, 20.0, 30.0], (3, 1)), np.reshape([1.0, 2.0], (2, 1, 1))
    shapes = [(7, 3, 2, 2, 1), (9, 3, 3, 2, 2), (8, 2, 1, 3, 3), (10, 4, 2, 2, 2)]
    cases: list[Case] = [(*toy, np.zeros(1), 1)]
    for steps, size, channels, filters, dilation in shapes:
        inputs = rng.normal(size=(steps, channels))
        kernel, bias = rng.normal(size=(size, channels, filters)), rng.normal(size=filters)
        cases.append((inputs, kernel, bias, dilation))
    return cases


register(
    Exercise(
        "ex-causal-convolution-loops",
        "code",
        "Write the equation's two sums as loops over steps and taps; which step does tap k read, "
        "and what if there is none?",
        reference=causal_conv1d_by_loops,
        rtol=SINGLE,
        inputs=_series,
        mistakes=(
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w[::-1], b, d),
                "Your kernel is turned round, as in np.convolve. The last tap, kernel[-1], has "
                "to meet the present.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w, b, d, (len(w) - 1) * d),
                "Your outputs read the future: kernel[0] meets the present, and the other taps "
                "what comes after it. Count back from t, or put the zeros in front.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w[::-1], b, d, (len(w) - 1) * d),
                "Your outputs read the future: a lag has to be subtracted from t, not added.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w, b, d, (len(w) - 1) * d - (len(w) - 1) * d // 2),
                "You padded on both sides, as 'same' does, so your outputs read part of the "
                "future.",
            ),
            (
                _unpadded,
                "The padding is missing: the outputs that you have are right, but the first "
                "ones, which read zeros from before the start, are left out.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w, b, d, 0, wrap=True),
                "Before the start of the series you read its end: in Python, a negative index "
                "counts from there. That is a leak from the future; zeros belong there.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w, 0 * b, d),
                "The bias is missing.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w, len(w) * b, d),
                "You added the bias once for each tap. It belongs outside of that loop.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w, 0 * b, d, 0) + _taps_within(x, w, d) * b,
                "You added the bias once for each tap that meets the series. It belongs outside "
                "of that loop, and to every output.",
            ),
            (
                lambda x, w, b, d: x @ w[-1] + b,
                "Only the last tap is left in your outputs. Is each product put in the place of "
                "the one before? They have to be added up.",
            ),
            (
                lambda x, w, b, d: _conv1d(x, w, b, d, -d),
                "All your lags are one tap too long. The last tap has to meet the present: its "
                "lag is zero.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(_without(x, 0), w, b, d),
                "You left out the first value of the series. Step 0 belongs to it.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w, b, 1),
                "You left out the dilation: a tap is that many steps away from the next one.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w.transpose(0, 2, 1), b, d),
                "You have the channels and the filters of the kernel the wrong way round: its "
                "shape is (size, channels, filters).",
            ),
        ),
        remark="The package does the same, tap by tap for all steps at once.",
    )
)


def inputs_gradient(g: Array, kernel: Array, dilation: int) -> Array:
    """Return the gradient of the inputs (steps, channels_in), given g at the outputs."""
    steps, size = len(g), len(kernel)
    gradient = np.zeros((steps, kernel.shape[1]))
    for s in range(steps):
        for k in range(size):
            target = s + (size - 1 - k) * dilation
            if target < steps:
                gradient[s] += kernel[k] @ g[target]
    return gradient


def _gradient_by_wrapping(g: Array, kernel: Array, dilation: int) -> Array:
    size = len(kernel)
    terms = [np.roll(g, -(size - 1 - k) * dilation, axis=0) @ kernel[k].T for k in range(size)]
    return np.asarray(sum(terms))


def _gradients(rng: np.random.Generator) -> list[Case]:
    toy = np.reshape([1.0, -1.0, 2.0], (3, 1)), np.reshape([1.0, 2.0], (2, 1, 1))
    shapes = [(7, 3, 2, 2, 1), (9, 3, 3, 2, 2), (8, 2, 1, 3, 3), (10, 4, 2, 2, 2)]
    cases: list[Case] = [(*toy, 1)]
    for steps, size, channels, filters, dilation in shapes:
        kernel = rng.normal(size=(size, channels, filters))
        cases.append((rng.normal(size=(steps, filters)), kernel, dilation))
    return cases


def _turned(kernel: Array) -> Array:
    return kernel.transpose(0, 2, 1)


register(
    Exercise(
        "ex-causal-convolution-gradient",
        "code",
        "Which outputs does the input at step s feed, and through which tap? Each of them sends "
        "back its gradient times that tap's weights; add up, as long as there is an output.",
        reference=inputs_gradient,
        rtol=SINGLE,
        inputs=_gradients,
        mistakes=(
            (
                lambda g, w, d: causal_conv1d_by_loops(g, _turned(w), np.zeros(w.shape[1]), d),
                "You convolved the gradient causally. An input feeds its own step's output and "
                "later ones, so its gradient comes from those, not from earlier ones.",
            ),
            (
                lambda g, w, d: inputs_gradient(g, w[::-1], d),
                "The taps are in the wrong order: the last one connects an input with the output "
                "of its own step, in both directions.",
            ),
            (
                lambda g, w, d: inputs_gradient(g, _turned(w), d),
                "The kernel is not transposed. Forward it took channels to filters, so on the "
                "way back it goes from filters to channels.",
            ),
            (
                lambda g, w, d: g @ w[-1].T,
                "You kept the gradient of one use only, that in the output of the same step. "
                "Each input is used once for each tap, and the gradients of all uses add up.",
            ),
            (
                _gradient_by_wrapping,
                "Your gradients come round from the other end: after the last output there is "
                "nothing. np.roll, or an index that wraps, does not know that.",
            ),
            (
                lambda g, w, d: inputs_gradient(_without(g, -1), w, d),
                "You left out the last output, which sends back a gradient as all others do.",
            ),
            (
                lambda g, w, d: inputs_gradient(g, w, 1),
                "You left out the dilation: the outputs that an input feeds are that many steps "
                "apart.",
            ),
            (
                lambda g, w, d: inputs_gradient(np.ones_like(g), w, d),
                "You left out g, the gradient that arrives.",
            ),
        ),
        remark="That is a convolution that looks ahead: the mirror image of the forward pass.",
    )
)
register(
    Exercise(
        "ex-causal-convolution-ahead",
        "think",
        "For each design ask for the latest value of the series that the output at t can depend "
        "on. The reaches of layers that follow each other add up.",
        reference=(3, 0, 4, 2),
        parts=("a", "b", "c", "d"),
        rtol=1e-6,
        mistakes=(
            (
                {"a": 1},
                "Design a has several layers. The second layer looks ahead into outputs of the "
                "first that look ahead themselves.",
            ),
            (
                {"a": 6},
                "In design a you counted how far it looks on both sides together. The question "
                "is about one side, the future.",
            ),
            (
                {"a": 0},
                "In design a the padding 'same' puts part of the zeros behind the series: it "
                "shifts the kernel into the future.",
            ),
            (
                {"b": 16},
                "In design b you counted how far it looks back. Dilation stretches a causal "
                "kernel into the past and no other way.",
            ),
            (
                {"b": 8},
                "In design b you let the dilated kernel look to both sides. Its padding is causal.",
            ),
            (
                {"c": 0},
                "In design c the network is causal, but what it is fed is not: each smoothed "
                "value holds part of the future.",
            ),
            (
                {"c": 8},
                "In design c you counted the average's whole width but one. It is centered: how "
                "much of it lies on the side of the future?",
            ),
            (
                {"c": 9},
                "In design c you counted the average's whole width. It is centered: how much of "
                "it lies on the side of the future?",
            ),
            (
                {"d": 1},
                "In design d the kernel size is even, so the zeros cannot be shared out equally. "
                "Keras puts the larger half behind the series: which side gains a tap?",
            ),
            (
                {"d": 3},
                "In design d you put all zeros behind the series. Keras puts one of them in front.",
            ),
            (
                {"d": 1.5},
                "In design d the kernel size is even. A step cannot be divided: Keras puts the "
                "larger half of the zeros behind the series.",
            ),
        ),
        remark="Any reach above zero is a leak, if the target is the value that comes next.",
    )
)
register(
    Exercise(
        "ex-causal-convolution-pipeline",
        "think",
        "Ask each part by itself: change one value of the series, and see what changes with it, "
        "and at which step. Which changes come too early?",
        reference="inputs",
        choices=("network", "inputs", "targets", "nothing"),
        mistakes=(
            (
                "network",
                "Its layers are padded causally, and measured alone it sees no future. It gets "
                "the future handed to it.",
            ),
            (
                "targets",
                "The target at t is the value at t + one step, as it should be. Is that value "
                "already part of something on the other side?",
            ),
            (
                "nothing",
                "Nobody can forecast white noise. A forecast that beats its variance, by more "
                "than chance, has seen the value.",
            ),
        ),
        remark="A centered average looks ahead as a centered kernel does, only earlier.",
    )
)

# ---- Receptive field and dilation ----

register(
    Exercise(
        "ex-receptive-field-mixed",
        "hand",
        "Go layer by layer, the first one first: how far is it from the kernel's oldest tap to its "
        "newest, counted in steps of the series?",
        reference=(13, 14, 24),
        parts=("look-back", "receptive field", "look-back with stride"),
        given={"kernel_sizes": (3, 2, 5), "dilations": (1, 3, 2), "strides": (2, 1, 1)},
        mistakes=(
            (
                {"look-back": 19},
                "You multiplied kernel sizes by dilations. A kernel of k taps has k − 1 distances "
                "between them, as a fence has one gap less than it has posts.",
            ),
            (
                {"look-back": 10},
                "You added up kernel sizes. What counts is the distance from the first tap to the "
                "last, and a dilation stretches it.",
            ),
            (
                {"look-back": 7},
                "You left out the dilations: they say how many steps lie between two taps.",
            ),
            (
                {"look-back": 6},
                "You added up dilations alone. A kernel with more than two taps spans its "
                "dilation several times.",
            ),
            (
                {"look-back": 20},
                "You took the dilation for the number of inputs that are left out between two "
                "taps. It is the distance from one tap to the next.",
            ),
            (
                {"look-back": 48},
                "You multiplied the layers' reaches. Each layer starts where the one before it "
                "ended: reaches add up.",
            ),
            (
                {"look-back": 14, "receptive field": 13},
                "The two are in the wrong order: the receptive field is the larger one.",
            ),
            (
                {"look-back": 14, "receptive field": 15},
                "You counted the present as a step back. It belongs to the receptive field, "
                "not to the look-back.",
            ),
            (
                {"look-back": 13, "receptive field": 13},
                "The present is missing: it belongs to the receptive field, too.",
            ),
            (
                {"look-back": 13, "receptive field": 12},
                "The receptive field is larger than the look-back, for it holds the present.",
            ),
            (
                {"look-back with stride": 13},
                "The stride is missing. Behind it, one step of a layer's input is several steps "
                "of the series.",
            ),
            (
                {"look-back with stride": 26},
                "You let the stride stretch the first layer, too. A layer's own kernel works on "
                "the input before its stride takes effect.",
            ),
            (
                {"look-back with stride": 16},
                "You let the stride stretch the second layer alone. It thins out the series for "
                "all layers behind it.",
            ),
            (
                {"look-back with stride": 7.5},
                "You divided by the stride. Behind it there are fewer steps, and each is longer.",
            ),
            (
                {"look-back with stride": 25},
                "Your number for the stack with the stride counts the present: that is the "
                "receptive field.",
            ),
        ),
        remark="Reaches add up; dilations stretch a layer, strides all the layers behind it.",
    )
)
register(
    Exercise(
        "ex-receptive-field-design",
        "hand",
        "How many different lags can D layers reach at most, if every layer offers a choice "
        "between k taps? The present is one of these lags.",
        reference=(1000, 10, 7),
        rtol=1e-6,
        parts=("no dilation", "kernel 2 dilated", "kernel 3 dilated"),
        given={"look_back": 1000},
        mistakes=(
            (
                {"no dilation": 999},
                "A stack without dilation: that many layers look back one step less than asked.",
            ),
            (
                {"no dilation": 1001},
                "A stack without dilation: you counted the present as a step back.",
            ),
            (
                {"no dilation": 500},
                "A stack without dilation: a kernel of two taps adds one step a layer, not two.",
            ),
            (
                {"kernel 2 dilated": 9},
                "Kernel size 2 with dilation: these layers offer fewer choices of taps than there "
                "are lags to reach. If your dilations add up to enough, look for gaps.",
            ),
            (
                {"kernel 2 dilated": 11},
                "Kernel size 2 with dilation: it takes fewer. The largest dilation need not reach "
                "the look-back alone: the smaller ones add to it.",
            ),
            (
                {"kernel 3 dilated": 6},
                "Kernel size 3 with dilation: these layers reach fewer lags than asked for.",
            ),
            (
                {"kernel 3 dilated": 9},
                "Kernel size 3 with dilation: you doubled the dilation from layer to layer. Three "
                "taps allow for larger steps without a gap.",
            ),
            (
                {"kernel 3 dilated": 10},
                "Kernel size 3 with dilation: that is no better than with two taps.",
            ),
            (
                {"kernel 3 dilated": 8},
                "Kernel size 3 with dilation: it takes fewer. The largest dilation need not reach "
                "the look-back alone: the smaller ones add to it.",
            ),
            (
                {"kernel 3 dilated": 500},
                "Kernel size 3 with dilation: that is how many it takes without.",
            ),
            (
                {"kernel 2 dilated": 512},
                "Kernel size 2 with dilation: that is the largest dilation. How many layers are "
                "there?",
            ),
        ),
        remark="A thousand layers or ten: that is the difference between a sum and a product.",
    )
)


def seen_lags(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """Return the lags that an output of the stack depends on, in ascending order."""
    lags = {0}
    for size, dilation in zip(kernel_sizes, dilations, strict=True):
        lags = {lag + tap * dilation for lag in lags for tap in range(size)}
    return sorted(lags)


def _paths(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    return sorted(_paths_in_order(kernel_sizes, dilations))


def _paths_in_order(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """Return the lag of every path, in the order in which two loops find them."""
    paths = [0]
    for size, dilation in zip(kernel_sizes, dilations, strict=True):
        paths = [lag + tap * dilation for lag in paths for tap in range(size)]
    return paths


def _own_lags(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    layers = zip(kernel_sizes, dilations, strict=True)
    return sorted({tap * dilation for size, dilation in layers for tap in range(size)})


def _outer_taps(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    reaches = [(size - 1) * d for size, d in zip(kernel_sizes, dilations, strict=True)]
    return seen_lags([2] * len(reaches), reaches)


def _stacks(rng: np.random.Generator) -> list[Case]:
    a, b, c = (int(n) for n in rng.integers(2, 6, 3))
    return [
        ((2, 2, 2, 2), (1, 1, 1, 1)),
        ((2, 2, 2), (1, 2, 4)),
        ((2, 2), (1, 4)),
        ((3, 2), (2, 7)),
        ((1, 3), (1, 5)),
        ((2, 4, 3), (a, b, c)),
    ]


register(
    Exercise(
        "ex-receptive-field-lags",
        "code",
        "Begin with the present, the list [0]. A layer with k taps makes k out of every lag in "
        "the list.",
        reference=seen_lags,
        inputs=_stacks,
        view=lambda output, *case: sorted(output) if isinstance(output, Set) else output,
        mistakes=(
            (
                lambda kernel_sizes, dilations: list(range(look_back(kernel_sizes, dilations) + 1)),
                "Your function lists every step from the present to the look-back. Some stacks "
                "leave gaps, for example one with kernel size 2 and the dilations 1 and 4.",
            ),
            (
                _own_lags,
                "Your function puts the layers' own lags side by side. A path goes through all "
                "layers, and what it picks up in each of them adds up.",
            ),
            (
                _paths,
                "Your function lists a lag once for every path that leads there. List it once.",
            ),
            (
                _paths_in_order,
                "Your function lists a lag once for every path that leads there, and in the order "
                "of the paths. List it once, and sort the list.",
            ),
            (
                lambda kernel_sizes, dilations: list(
                    dict.fromkeys(_paths_in_order(kernel_sizes, dilations))
                ),
                "The lags are right, but not in ascending order.",
            ),
            (
                _outer_taps,
                "Your function uses the first and the last tap of a kernel only. Between them "
                "there may be more.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags([2] * len(kernel_sizes), dilations),
                "Your function takes every kernel for one of two taps.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags(kernel_sizes, dilations)[1:],
                "The present is missing: an output sees the step at lag 0 as well.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags(kernel_sizes, [1] * len(dilations)),
                "Your function does not use the dilations.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags(kernel_sizes, [d + 1 for d in dilations]),
                "Your function leaves out as many inputs between two taps as the dilation says. "
                "The dilation is the distance from one tap to the next; 1 leaves out nothing.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags([k + 1 for k in kernel_sizes], dilations),
                "Your function gives every kernel a tap too many: count its taps from zero.",
            ),
            (
                lambda kernel_sizes, dilations: seen_lags(kernel_sizes, dilations)[::-1],
                "The lags are right, but in descending order: begin with the present.",
            ),
            (
                lambda kernel_sizes, dilations: [
                    -lag for lag in seen_lags(kernel_sizes, dilations)
                ],
                "The lags have the wrong sign: count steps into the past as positive.",
            ),
            (
                lambda kernel_sizes, dilations: [
                    -lag for lag in seen_lags(kernel_sizes, dilations)[::-1]
                ],
                "Those are steps, counted from the present and hence negative. A lag says how many "
                "steps ago: it is positive, and the present comes first.",
            ),
            (
                lambda kernel_sizes, dilations: [
                    lag + sum(dilations) for lag in seen_lags(kernel_sizes, dilations)
                ],
                "Your function counts the taps of a kernel from one. The tap that meets the "
                "present adds no lag: count from zero.",
            ),
        ),
        remark="Every layer multiplies the number of paths. Without collisions, that is the "
        "number of lags.",
    )
)


def _look_back(
    kernel_sizes: Sequence[int], dilations: Sequence[int], strides: Sequence[int]
) -> int:
    """Return how many steps back an output of the stack sees."""
    return look_back(kernel_sizes, dilations, strides)


def _look_back_own_stride(
    kernel_sizes: Sequence[int], dilations: Sequence[int], strides: Sequence[int]
) -> int:
    widths = np.cumprod(strides)
    return int(
        sum((k - 1) * d * w for k, d, w in zip(kernel_sizes, dilations, widths, strict=True))
    )


def _look_back_last_stride(
    kernel_sizes: Sequence[int], dilations: Sequence[int], strides: Sequence[int]
) -> int:
    widths = [1, *strides[:-1]]
    return sum((k - 1) * d * w for k, d, w in zip(kernel_sizes, dilations, widths, strict=True))


def _look_back_later_strides(
    kernel_sizes: Sequence[int], dilations: Sequence[int], strides: Sequence[int]
) -> int:
    return sum(
        (k - 1) * d * math.prod(strides[i + 1 :])
        for i, (k, d) in enumerate(zip(kernel_sizes, dilations, strict=True))
    )


def _strided_stacks(rng: np.random.Generator) -> list[Case]:
    kernel_sizes, dilations, strides = (
        tuple(int(n) for n in rng.integers(low, high, 4)) for low, high in ((1, 6), (1, 9), (1, 4))
    )
    return [
        ((2, 2, 2, 2), (1, 1, 1, 1), (1, 1, 1, 1)),
        ((2, 2, 2, 2), (1, 2, 4, 8), (1, 1, 1, 1)),
        ((5, 3, 1), (1, 2, 9), (1, 1, 1)),
        ((3, 3, 3), (1, 2, 1), (2, 2, 1)),
        (kernel_sizes, dilations, strides),
    ]


register(
    Exercise(
        "ex-receptive-field-look-back",
        "code",
        "Keep two numbers while you walk through the layers: the steps so far, and how many steps "
        "of the series one step of the present layer's input is.",
        reference=_look_back,
        inputs=_strided_stacks,
        mistakes=(
            (
                lambda kernel_sizes, dilations, strides: look_back(
                    [k + 1 for k in kernel_sizes], dilations, strides
                ),
                "Your function counts taps where it should count the distances between them: a "
                "kernel of k taps has k − 1.",
            ),
            (
                lambda kernel_sizes, dilations, strides: (
                    look_back(kernel_sizes, dilations, strides) + 1
                ),
                "That is the receptive field: the present is no step back.",
            ),
            (
                lambda kernel_sizes, dilations, strides: look_back(kernel_sizes, dilations),
                "Your function does not use the strides. Behind a stride, one step of a layer's "
                "input is several steps of the series.",
            ),
            (
                lambda kernel_sizes, dilations, strides: look_back(kernel_sizes, None, strides),
                "Your function does not use the dilations.",
            ),
            (
                _look_back_own_stride,
                "In your function a stride stretches its own layer. It takes effect behind the "
                "kernel: only later layers see the thinned-out series.",
            ),
            (
                _look_back_last_stride,
                "In your function a stride stretches the next layer only. The strides of all "
                "earlier layers multiply.",
            ),
            (
                _look_back_later_strides,
                "In your function a stride stretches the layers before it. It thins out the "
                "series for those behind it.",
            ),
            (
                lambda kernel_sizes, dilations, strides: look_back(kernel_sizes[:1], dilations[:1]),
                "Your function returns the look-back of the first layer: does `return` stand "
                "inside the loop?",
            ),
            (
                lambda kernel_sizes, dilations, strides: sum(dilations),
                "Your function adds up dilations alone: what about kernels with more or fewer than "
                "two taps?",
            ),
            (
                lambda kernel_sizes, dilations, strides: math.prod(
                    (k - 1) * d for k, d in zip(kernel_sizes, dilations, strict=True)
                ),
                "Your function multiplies the layers' reaches. They add up: each layer starts "
                "where the one before it ended.",
            ),
            (
                lambda kernel_sizes, dilations, strides: look_back(
                    [2] * len(kernel_sizes), dilations, strides
                ),
                "Your function takes every kernel for one of two taps.",
            ),
        ),
        remark="A few lines tell you what a network cannot know, before you train it.",
    )
)
register(
    Exercise(
        "ex-receptive-field-double",
        "think",
        "Compute the look-back of each candidate with the formula, then list the lags that it "
        "sees.",
        reference="kernel",
        choices=("filters", "kernel", "dilations", "steps"),
        given={"kernel_size": 2, "dilations": (1, 2, 4, 8)},
        mistakes=(
            (
                "filters",
                "More filters make a layer wider, not longer. The number of filters does not "
                "occur in the formula for the look-back.",
            ),
            (
                "dilations",
                "The look-back is twice as large, but look at the lags: the dilations are all "
                "even, and no sum of even numbers is odd.",
            ),
            (
                "steps",
                "Training changes weights. Which inputs an output is connected to was settled "
                "before.",
            ),
        ),
        remark="Each layer's reach doubles, and the reaches now overlap instead of leaving gaps.",
    )
)
register(
    Exercise(
        "ex-receptive-field-product",
        "think",
        "The best prediction is the mean of the target, given all that the network sees. What "
        "is this mean if one of the two factors is unknown, and what if both are seen?",
        reference=(1, 0),
        parts=("look-back 4", "look-back 15"),
        given={"lag": 12},
        mistakes=(
            (
                {"look-back 4": 0.5},
                "One factor known is not half of the product known: if the other factor is a fair "
                "sign, the product is a fair sign, too.",
            ),
            (
                {"look-back 4": 2},
                "The network with the short look-back can do better than guessing a sign at "
                "random: what if it always answers with the mean?",
            ),
            (
                {"look-back 4": 4},
                "That is the error of a sign that is always wrong. Always answering with the mean "
                "does better.",
            ),
            (
                {"look-back 4": 0},
                "The network with the short look-back does not see one of the two factors.",
            ),
            (
                {"look-back 15": 1},
                "The network with the long look-back sees both factors. No noise is left.",
            ),
        ),
        remark="Half of the information can be worth nothing.",
    )
)

# ---- Forecasting lab ----

register(
    Exercise(
        "ex-forecasting-tones",
        "hand",
        "Each tone has a polynomial of degree two in z. Their product, applied to the series, is "
        "zero: solve for the newest value. The noise comes with the squares of the weights.",
        reference=(1, -2, 1, -1, 0.07),
        parts=("newest", "second", "third", "oldest", "error"),
        given={"periods": (6, 4), "variance": 0.01},
        mistakes=(
            (
                {"newest": -1, "second": 2, "third": -1, "oldest": 1},
                "Those are the coefficients of the polynomial. Bring them to the other side of "
                "the equation: their signs change.",
            ),
            (
                {"newest": -1, "second": 1, "third": -2, "oldest": 1},
                "The weights are right, but in the wrong order: the most recent value first.",
            ),
            (
                {"newest": 1, "second": -1, "third": 2, "oldest": -1},
                "Those are the coefficients of the polynomial, from its constant on. The constant "
                "belongs to the newest value: bring all others to the other side of the equation.",
            ),
            (
                {"newest": 1, "second": -1, "third": 1, "oldest": -1},
                "In the product z² comes about more than once: each factor's z² meets the "
                "constant of the other one.",
            ),
            (
                {"third": 0, "oldest": 0},
                "A rule of two values is that of a single tone. Yours leaves the other tone "
                "standing: multiply the polynomials of both.",
            ),
            (
                {"newest": 0.5, "third": 0.5},
                "The weight in the rule of one tone is twice the cosine. You took the cosine.",
            ),
            (
                {"newest": 0.5, "second": -1, "third": 0},
                "You averaged the two rules. A rule that holds for each tone alone must contain "
                "both factors: multiply the polynomials.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 0.08},
                "The weights are right. Your error counts the noise of the next value, too; the "
                "question asks for the error against that value without noise.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 7},
                "The weights are right. Your error is the number by which the noise's variance "
                "is multiplied: multiply.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 0.0007},
                "The weights are right. For the error you squared the variance, too. Only the "
                "weights are squared.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 0.05},
                "The weights are right. For the error you added up their sizes: variances are "
                "multiplied by squares.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": -0.01},
                "The weights are right. For the error you added them up with their signs: noise "
                "does not cancel, its variances add.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 0.0007**0.5},
                "The weights are right. You scaled the variance as one scales a standard "
                "deviation, by the root of the sum of squares. A variance is scaled by the sum.",
            ),
            (
                {"newest": 1, "second": -2, "third": 1, "oldest": -1, "error": 0.07**0.5},
                "The weights are right. Your error is the root; the mean squared error is asked "
                "for.",
            ),
        ),
        remark="The exact rule for these two tones makes seven times the noise's own variance.",
    )
)
register(
    Exercise(
        "ex-forecasting-far",
        "think",
        "Both phases advance by a whole number of half turns. Which number of steps does that, "
        "and do the two cosines then keep their sign or change it?",
        reference=(137, -1),
        parts=("lag", "a"),
        rtol=1e-6,
        given={"advance of a step": ("19π/137", "21π/137")},
        mistakes=(
            (
                (274, 1),
                "That rule is exact, too: a full period of the wave. There is a nearer value, "
                "with another factor.",
            ),
            (
                (411, -1),
                "That rule is exact, too. But there is a nearer value with the same factor.",
            ),
            (
                {"lag": 0},
                "That is the value itself. A past one is asked for.",
            ),
            (
                {"lag": 137, "a": 1},
                "The distance is right. Look at the cosine of an odd multiple of π.",
            ),
            (
                {"lag": 14},
                "That is about a period of the fast sine. After it the amplitude has changed, "
                "and the two tones have drifted apart: no exact rule.",
            ),
            (
                {"lag": 13.7},
                "That is the period of the fast sine, which is no whole number of steps; and "
                "after it the amplitude has changed.",
            ),
            (
                {"lag": 13},
                "That is about the period of the faster tone. The other tone has another one.",
            ),
            (
                {"lag": 4},
                "Four values make a rule; this one has a single value, much further back.",
            ),
        ),
        remark="The noise comes through with a factor of one, but the window has to be that long.",
    )
)


def seasonal_naive(history: Array, season: int, steps: int) -> Array:
    """Return the forecast that repeats the last season, as often as needed."""
    return np.asarray(history[-season:][np.arange(steps) % season])


def _seasons(rng: np.random.Generator) -> list[Case]:
    sizes = [(12, 4, 4), (11, 3, 8), (9, 5, 2), (20, 7, 30)]
    return [(rng.normal(size=length), season, steps) for length, season, steps in sizes]


register(
    Exercise(
        "ex-forecasting-seasonal",
        "code",
        "Take the last `season` values, and count the steps within the season: after its last "
        "entry comes its first.",
        reference=seasonal_naive,
        inputs=_seasons,
        mistakes=(
            (
                lambda history, season, steps: np.repeat(history[-1], steps),
                "That is the last value, repeated. A season ago there was another one.",
            ),
            (
                lambda history, season, steps: np.array(
                    [history[h - season] for h in range(steps)]
                ),
                "Beyond one season your index is not negative any more, and Python reads on at "
                "the beginning of the history. Start anew at the last season.",
            ),
            (
                lambda history, season, steps: history[-season:][:steps],
                "Your forecast ends after one season. It has to go on, as often as needed.",
            ),
            (
                lambda history, season, steps: np.repeat(history[-season], steps),
                "You repeat a single value. Each step has its own value a season ago.",
            ),
            (
                lambda history, season, steps: history[-season - 1 : -1][np.arange(steps) % season],
                "You are off by a step: your season ends before the last value.",
            ),
            (
                lambda history, season, steps: history[-season:][np.arange(1, steps + 1) % season],
                "You are off by a step: your forecast begins with the second value of the season. "
                "Count the steps from zero.",
            ),
            (
                lambda history, season, steps: history[:season][np.arange(steps) % season],
                "You repeat the first season of the history. The last one is nearer.",
            ),
            (
                lambda history, season, steps: history[-season:][::-1][np.arange(steps) % season],
                "Your season runs backward.",
            ),
            (
                lambda history, season, steps: np.tile(history[-season:], steps // season + 1),
                "You return whole seasons. Cut off what is more than `steps`.",
            ),
            (
                lambda history, season, steps: np.tile(history[-season:], -(-steps // season)),
                "You round up to whole seasons. Cut off what is more than `steps`.",
            ),
        ),
        remark="No training, no weights, and on many series hard to beat.",
    )
)

Forecast = Callable[[Array], Array]


def run_free(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    """Return the forecasts of series[start : start + steps], made from series[:start] alone."""
    known = series[:start]
    while len(known) < start + steps:
        known = np.append(known, forecast(known))
    return known[start : start + steps]


def _run_free_one_by_one(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    known = series[:start]
    for _ in range(steps):
        known = np.append(known, forecast(known)[0])
    return known[start:]


def _run_with_the_truth(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    parts: list[Array] = []
    while sum(map(len, parts)) < steps:
        parts.append(forecast(series[: start + sum(map(len, parts))]))
    return np.concatenate(parts)[:steps]


def _run_with_the_truth_one_by_one(
    forecast: Forecast, series: Array, start: int, steps: int
) -> Array:
    return np.array([forecast(series[:now])[0] for now in range(start, start + steps)])


def _run_in_a_window(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    known = series[:start]
    while len(known) < start + steps:
        known = np.append(known, forecast(known[-start:]))
    return known[start : start + steps]


def _run_too_far(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    known = series[:start]
    while len(known) < start + steps:
        known = np.append(known, forecast(known))
    return known[start:]


def _run_from_the_start(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    first = forecast(series[:start])
    return np.tile(first, steps)[:steps]


def _run_from_its_own_alone(forecast: Forecast, series: Array, start: int, steps: int) -> Array:
    latest = forecast(series[:start])
    run = latest
    while len(run) < steps:
        latest = forecast(latest)
        run = np.append(run, latest)
    return run[:steps]


def _forecasts(rng: np.random.Generator) -> list[Case]:
    def three(known: Array) -> Array:
        return 0.9 * known[-3:] + 0.1 * known.mean()

    def tone(known: Array) -> Array:
        return np.array([1.2 * known[-1] - known[-2]])

    def four(known: Array) -> Array:
        return np.array([0.5, -0.5, 0.25, 0.1]) * known[-1] + known[-2] * np.arange(4)

    cases = [(three, 20, 9, 7), (tone, 15, 6, 8), (four, 30, 10, 12), (three, 12, 5, 2)]
    return [
        (forecast, rng.normal(size=length), start, steps)
        for forecast, length, start, steps in cases
    ]


register(
    Exercise(
        "ex-forecasting-free-run",
        "code",
        "Keep an array of what is known, which begins as `series[:start]`. Append each forecast "
        "to it, whole, and give all of it to the next one.",
        reference=run_free,
        inputs=_forecasts,
        mistakes=(
            (
                _run_with_the_truth,
                "You fed it the truth: after each forecast your function goes on from values of "
                "the series that lie in the future. Only its own forecasts are known then.",
            ),
            (
                _run_with_the_truth_one_by_one,
                "You fed it the truth: for each step your function starts from the values of the "
                "series before it, and after `start` these lie in the future.",
            ),
            (
                lambda forecast, series, start, steps: forecast(series[:start])[:steps],
                "You asked for one forecast and stopped. Append it, and ask again until there "
                "are enough.",
            ),
            (
                _run_in_a_window,
                "You dropped the oldest values, as many as you appended. Give `forecast` all "
                "that is known.",
            ),
            (
                _run_too_far,
                "Your run is right, but goes on too long: the last forecast may hold more values "
                "than are wanted. Cut them off.",
            ),
            (
                lambda forecast, series, start, steps: _run_too_far(forecast, series, start, steps)[
                    -steps:
                ],
                "You cut at the wrong end: the values from `start` on are wanted, and the last "
                "forecast may hold more than are needed.",
            ),
            (
                _run_from_the_start,
                "Every forecast starts from the same history, so the first one comes again and "
                "again. Append it to what is known.",
            ),
            (
                _run_free_one_by_one,
                "You append the first value of each forecast and throw the others away. That is "
                "a free run, too, but another one: append all of them.",
            ),
            (
                _run_from_its_own_alone,
                "After the first forecast the history is lost: the next one needs it as well.",
            ),
            (
                lambda forecast, series, start, steps: run_free(
                    forecast, series, len(series), steps
                ),
                "Your history is the whole series, with the future that you want to forecast. "
                "Known are the first `start` values.",
            ),
            (
                lambda forecast, series, start, steps: np.append(
                    series[:start], run_free(forecast, series, start, steps)
                ),
                "The run is right, but it has the history in front: return the forecasts alone.",
            ),
            (
                lambda forecast, series, start, steps: series[start : start + steps],
                "That is the truth. It is there to compare with.",
            ),
        ),
        rtol=SINGLE,
        remark="This is how a forecast lives once nobody corrects it.",
    )
)


def autoregression(x: Array, p: int) -> Array:
    """Return the p weights, oldest value first, that forecast the next value of each row."""
    return _fit(sliding_window_view(x, p + 1, axis=1).reshape(-1, p + 1), p)


def _fit(rows: Array, p: int) -> Array:
    return np.asarray(np.linalg.lstsq(rows[:, :p], rows[:, -1], rcond=None)[0])


def _fit_with_intercept(x: Array, p: int) -> Array:
    rows = sliding_window_view(x, p + 1, axis=1).reshape(-1, p + 1)
    return _fit(np.column_stack([rows[:, :p], np.ones(len(rows)), rows[:, p]]), p + 1)


def _autoregressions(rng: np.random.Generator) -> list[Case]:
    shapes = [((4, 12), 3), ((1, 20), 2), ((3, 9), 1), ((5, 11), 4)]
    return [(rng.normal(0.5, 1, shape), p) for shape, p in shapes]


register(
    Exercise(
        "ex-forecasting-autoregression",
        "code",
        "`sliding_window_view(x, p + 1, axis=1)` cuts each series into pieces of p values and "
        "their successor. Then it is an ordinary least-squares problem.",
        reference=autoregression,
        inputs=_autoregressions,
        mistakes=(
            (
                lambda x, p: autoregression(x, p)[::-1],
                "The weights are right, but turned round: the one of the oldest value comes first.",
            ),
            (
                lambda x, p: np.eye(p)[-1],
                "The target is among the inputs: your fit copies the last of the p values. You "
                "are off by a step; the target is the value after them.",
            ),
            (
                lambda x, p: _fit(sliding_window_view(x, p + 2, axis=1).reshape(-1, p + 2), p),
                "Your target lies two steps ahead of the row: one value between them is skipped.",
            ),
            (
                lambda x, p: _fit(sliding_window_view(np.ravel(x), p + 1), p),
                "Some of your rows begin in one series and end in the next: cut each series by "
                "itself.",
            ),
            (
                lambda x, p: _fit_with_intercept(x, p)[:p],
                "You fitted an intercept and left it out of the answer. Without it the weights "
                "are others.",
            ),
            (
                lambda x, p: _fit_with_intercept(x, p),
                "You fitted an intercept, too: it was not asked for.",
            ),
            (
                lambda x, p: np.roll(_fit_with_intercept(x, p), 1),
                "You fitted an intercept and put it first: it was not asked for.",
            ),
            (
                lambda x, p: np.mean([autoregression(series[None], p) for series in x], axis=0),
                "You fitted each series by itself and took the mean. One fit to the rows of all "
                "series is asked for.",
            ),
            (
                lambda x, p: autoregression(x[:1], p),
                "You used the first series only.",
            ),
            (
                lambda x, p: autoregression(x[:, -p - 1 :], p),
                "You used one row of each series, the last. Fitted at one place, the weights "
                "need not hold at another.",
            ),
            (
                lambda x, p: autoregression(x[:, :-1], p),
                "You are one row short in each series: its last value is a target, too.",
            ),
            (
                lambda x, p: autoregression(x - x.mean(), p),
                "You subtracted the mean first. Then the weights are those of another problem.",
            ),
        ),
        rtol=SINGLE,
        remark="Nine such weights were enough for the sunspots.",
    )
)


def standardize(series: Array, n_train: int) -> Array:
    """Return the series, shifted and scaled by the mean and std of its first n_train values."""
    known = series[:n_train]
    return np.asarray((series - known.mean()) / known.std())


def _growing(rng: np.random.Generator) -> list[Case]:
    sizes = [(10, 6), (25, 20), (8, 3)]
    return [(rng.normal(size=size).cumsum() + 5, n_train) for size, n_train in sizes]


register(
    Exercise(
        "ex-forecasting-scale",
        "code",
        "Two numbers are computed, from the first `n_train` values alone; then they are applied "
        "to all values.",
        reference=standardize,
        inputs=_growing,
        mistakes=(
            (
                lambda series, n_train: standardize(series, len(series)),
                "Mean and standard deviation come from the whole series: they know the future. "
                "Compute them from the first `n_train` values.",
            ),
            (
                lambda series, n_train: np.append(
                    standardize(series[:n_train], n_train),
                    standardize(series[n_train:], len(series) - n_train),
                ),
                "You scaled the future by its own mean and standard deviation, which nobody "
                "knows beforehand. Use those of the first part for both.",
            ),
            (
                lambda series, n_train: standardize(series[::-1], len(series) - n_train)[::-1],
                "You took mean and standard deviation from the values after the first `n_train`: "
                "from the future.",
            ),
            (
                lambda series, n_train: standardize(series, n_train)[:n_train],
                "The future is missing: return the whole series.",
            ),
            (
                lambda series, n_train: standardize(series, n_train)[n_train:],
                "The first `n_train` values are missing: return the whole series.",
            ),
            (
                lambda series, n_train: (series - series[:n_train].mean()) / series.std(),
                "The mean is right. The standard deviation comes from the whole series: it knows "
                "the future.",
            ),
            (
                lambda series, n_train: (series - series.mean()) / series[:n_train].std(),
                "The standard deviation is right. The mean comes from the whole series: it knows "
                "the future.",
            ),
            (
                lambda series, n_train: series - series[:n_train].mean() / series[:n_train].std(),
                "Only the mean was divided: Python divides before it subtracts. Put the "
                "difference in parentheses.",
            ),
            (
                lambda series, n_train: series - series[:n_train].mean(),
                "You shifted, but did not scale.",
            ),
            (
                lambda series, n_train: series / series[:n_train].std(),
                "You scaled, but did not shift.",
            ),
            (
                lambda series, n_train: (series - series[:n_train].mean()) / series[:n_train].var(),
                "You divided by the variance. Its root has the unit of the series.",
            ),
            (
                lambda series, n_train: (
                    (series - series[:n_train].mean()) / series[:n_train].std(ddof=1)
                ),
                "That is the estimate with one less in the denominator. The exercise asks for "
                "NumPy's `std` as it is.",
            ),
        ),
        rtol=SINGLE,
        remark="The same goes for every number that is computed from data before the forecast.",
    )
)
register(
    Exercise(
        "ex-forecasting-august",
        "think",
        "The model has seen many towns, but how many Januaries at the beginning of a window, and "
        "how many Februaries?",
        reference="windows that begin in every month",
        choices=(
            "more layers",
            "more towns",
            "early stopping",
            "windows that begin in every month",
        ),
        mistakes=(
            (
                "more layers",
                "The model is large enough for an excellent July. What it was never shown it "
                "cannot learn, with however many layers.",
            ),
            (
                "more towns",
                "More towns, all from January to June, show more of the same phase of the year. "
                "The ten other towns were forecast well.",
            ),
            (
                "early stopping",
                "It would help against a model that knows its training towns by heart. But the "
                "other towns were forecast well, too.",
            ),
        ),
        remark="And validate on the task that comes: windows from all months there, too.",
    )
)
