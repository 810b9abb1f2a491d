"""The exercises of the chapter on one-dimensional convolutional networks for sequences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from underhood.autodiff import Array
from underhood.convolution import look_back
from underhood.exercises.exercise import Case, Exercise, register

# ---- Causal convolution ----

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
                [25, 23, 15, 14],
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
                lambda x, w, b, d: causal_conv1d_by_loops(x, w, b, 1),
                "You left out the dilation: a tap is that many steps away from the next one.",
            ),
            (
                lambda x, w, b, d: causal_conv1d_by_loops(x, w.transpose(0, 2, 1), b, d),
                "You have the kernel's input and output channels the wrong way round: its "
                "shape is (kernel_size, channels_in, channels_out).",
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
                "The kernel is not transposed. Forward it took channels_in to channels_out, so "
                "on the way back it goes from channels_out to channels_in.",
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
                {"a": 1, "b": 0, "c": 4, "d": 2},
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
        "Ask each part by itself, with white noise or with a perturbation: change one value of "
        "the series, and see which of the inputs change, and at which step.",
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
                "Kernel size 2 with dilation: one layer more. Check your number with the formula "
                "for the look-back.",
            ),
            (
                {"kernel 2 dilated": 11},
                "Kernel size 2 with dilation: it takes fewer. The first layer's dilation is two to "
                "the power of zero.",
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
                "Kernel size 3 with dilation: it takes one less. The first layer's dilation is "
                "three to the power of zero.",
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
    paths = [0]
    for size, dilation in zip(kernel_sizes, dilations, strict=True):
        paths = [lag + tap * dilation for lag in paths for tap in range(size)]
    return sorted(paths)


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
        view=lambda output, *case: sorted(output) if isinstance(output, set) else output,
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
                _outer_taps,
                "Your function uses the first and the last tap of a kernel only. Between them "
                "there may be more.",
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
        remark="Seven lines that tell you what a network cannot know, before you train it.",
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
        "is this mean if one of the two factors is unknown?",
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
