"""The exercises of the chapter on one-dimensional convolutional networks for sequences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from underhood.convolution import look_back
from underhood.exercises.exercise import Case, Exercise, register

# ---- Causal convolution ----

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
