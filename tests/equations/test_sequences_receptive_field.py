"""The equations of book/sequences/receptive-field.md."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np

from underhood.convolution import causal_conv1d, look_back, receptive_field

from .numeric import close

STACKS = [  # kernel sizes, dilations
    ((2, 2, 2, 2), (1, 2, 4, 8)),
    ((2, 2), (1, 4)),
    ((3, 2, 4), (2, 1, 3)),
    ((3, 1, 2), (1, 5, 2)),
]


def response(sizes, dilations):
    """Return what a step of 1 becomes behind layers whose weights are all 1, lag by lag."""
    steps = 1 + sum(size * dilation for size, dilation in zip(sizes, dilations, strict=True))
    series = np.zeros((1, steps, 1))
    series[0, 0] = 1
    for size, dilation in zip(sizes, dilations, strict=True):
        series = causal_conv1d(series, np.ones((size, 1, 1)), dilation=dilation)
    return series[0, :, 0]


def oldest(sizes, dilations):
    """Return the largest lag that an output sees."""
    return np.flatnonzero(response(sizes, dilations))[-1]


def test_eq_receptive_field_recursion():
    for sizes, dilations in STACKS:
        before = 0
        for i in range(1, len(sizes) + 1):
            formula = before + (sizes[i - 1] - 1) * dilations[i - 1]
            before = oldest(sizes[:i], dilations[:i])

            assert formula == before == look_back(sizes[:i], dilations[:i])


def test_eq_receptive_field_look_back():
    for sizes, dilations in STACKS:
        formula = sum((k - 1) * d for k, d in zip(sizes, dilations, strict=True))

        assert formula == oldest(sizes, dilations) == look_back(sizes, dilations)
        assert receptive_field(sizes, dilations) == formula + 1


def test_eq_receptive_field_doubling():
    for depth in range(1, 7):
        dilations = [2**i for i in range(depth)]

        assert sum(dilations) == 2**depth - 1
        assert oldest([2] * depth, dilations) == look_back([2] * depth, dilations) == 2**depth - 1


def test_eq_receptive_field_strides():
    for sizes, dilations, strides in (
        ((2, 3, 2), (1, 1, 1), (2, 3, 5)),
        ((3, 2, 2), (2, 1, 3), (1, 2, 2)),
    ):
        formula = sum(
            (sizes[i] - 1) * dilations[i] * math.prod(strides[:i]) for i in range(len(sizes))
        )
        # Let each output say how old the oldest input is that it sees.
        steps = 120
        series = np.eye(steps)[..., np.newaxis]  # one impulse in each series
        for size, dilation, stride in zip(sizes, dilations, strides, strict=True):
            series = causal_conv1d(series, np.ones((size, 1, 1)), dilation=dilation)[:, ::stride]
        last = series.shape[1] - 1
        seen = np.flatnonzero(series[:, last, 0])

        assert last * math.prod(strides) - seen[0] == formula
        assert look_back(sizes, dilations, strides) == formula


def paths(sizes, dilations):
    """Count the paths to each lag by walking all of them."""
    return Counter(
        sum(a * d for a, d in zip(taps, dilations, strict=True))
        for taps in itertools.product(*map(range, sizes))
    )


def test_eq_receptive_field_lag():
    for sizes, dilations in STACKS:
        assert set(np.flatnonzero(response(sizes, dilations))) == set(paths(sizes, dilations))


def test_eq_receptive_field_paths():
    for sizes, dilations in STACKS:
        counts = paths(sizes, dilations)
        look = sum((k - 1) * d for k, d in zip(sizes, dilations, strict=True))
        for z in (0.7, -1.3):
            product = math.prod(
                sum(z ** (a * d) for a in range(k)) for k, d in zip(sizes, dilations, strict=True)
            )
            close(sum(counts[lag] * z**lag for lag in range(look + 1)), product)
        assert response(sizes, dilations)[: look + 1].tolist() == [
            counts[lag] for lag in range(look + 1)
        ]


def test_eq_receptive_field_no_gaps():
    found = Counter()
    for depth in (1, 2, 3):
        for sizes in itertools.product((2, 3), repeat=depth):
            for dilations in itertools.combinations_with_replacement(range(1, 9), depth):
                look, condition = 0, True
                for size, dilation in zip(sizes, dilations, strict=True):
                    condition &= dilation <= look + 1
                    look += (size - 1) * dilation

                assert (set(paths(sizes, dilations)) == set(range(look + 1))) == condition
                found[condition] += 1
    assert min(found.values()) > 30


def test_eq_receptive_field_effective():
    rng = np.random.default_rng(0)
    sizes, dilations, filters = (2, 2, 3), (1, 1, 2), 3
    squares = np.zeros(7)
    for _ in range(3000):
        series = np.zeros((1, 7, 1))
        series[0, 0] = 1
        for layer, (size, dilation) in enumerate(zip(sizes, dilations, strict=True)):
            kernel = rng.normal(size=(size, 1 if layer == 0 else filters, filters))
            series = causal_conv1d(series, kernel, dilation=dilation)
        squares += np.mean(series[0] ** 2, axis=1)
    counts = np.array([paths(sizes, dilations)[lag] for lag in range(7)])

    assert sorted(set(counts)) == [1, 2]
    close(squares / sum(squares), counts / sum(counts), rtol=0.15)


def test_eq_receptive_field_floor():
    rng = np.random.default_rng(1)
    # x[t], the past number, and one more: -1 or 1, all combinations equally probable.
    present, past, other = np.array(list(itertools.product((-1, 1), repeat=3))).T
    for _ in range(20):
        table = rng.normal(size=(2, 2))  # any function of the present and the other number
        f = table[(present + 1) // 2, (other + 1) // 2]
        error = np.mean((present + past - f) ** 2)
        expanded = np.mean((present - f) ** 2) + np.mean(past**2)
        expanded += 2 * np.mean(present - f) * np.mean(past)

        close(error, expanded)
        close(error, np.mean((present - f) ** 2) + 1)
        assert error >= 1
    close(np.mean((present + past - present) ** 2), 1.0)


def test_eq_receptive_field_tcn():
    for size, depth in ((2, 6), (3, 8), (4, 4)):
        dilations = [2**block for block in range(depth // 2) for _ in range(2)]

        formula = 2 * (size - 1) * (2 ** (depth / 2) - 1)
        assert look_back([size] * depth, dilations) == formula
        assert oldest([size] * depth, dilations) == formula
