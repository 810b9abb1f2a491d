"""Every derivative in the table of primitives against the complex step.

And a test of these tests: with a derivative that is off by a thousandth they must fail.
A new primitive needs a case in `CASES`; without one, a test here fails.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, NamedTuple

import numpy as np
import pytest

import underhood
from underhood.autodiff import PRIMITIVES, Tensor

from .reference import complex_step, random_array, relative_error, signed_array

# Every module of the core may define primitives; the one that needs TensorFlow defines none.
for module in pkgutil.iter_modules(underhood.__path__):
    if module.name != "keras":
        importlib.import_module(f"underhood.{module.name}")

NAMES = sorted(PRIMITIVES)


class Case(NamedTuple):
    primitive: str
    label: str
    inputs: tuple[Any, ...]
    params: dict[str, Any]


def case(primitive: str, label: str, *inputs: Any, **params: Any) -> Case:
    return Case(primitive, label, inputs, params)


def at(primitive: str, *points: float) -> list[Case]:
    """One case a point, so that a large derivative cannot hide the error of a small one."""
    return [case(primitive, f"at {x:g}", np.array(x)) for x in points]


POSITIVE = random_array(0, (3, 4))
SIGNED = signed_array(1, (3, 4))
CUBE = signed_array(2, (2, 3, 4))
ROW = random_array(3, (4,))
COLUMN = random_array(4, (3, 1))
LARGE = np.array([[1e4, 9999.0, -1e4], [-1e4, -1e4 + 0.5, -1e4 - 3], [0.1, -700.3, 0.2]])
DOMINANT = np.array([40.0, 0.0, -1.0, 3.0])

CASES: list[Case] = [
    *[
        case(name, label, x, y)
        for name in ("add", "subtract", "multiply", "divide", "power")
        for label, x, y in (
            ("one shape", POSITIVE, random_array(5, (3, 4))),
            ("a row and a column", ROW, COLUMN),
            ("a column and a row", COLUMN, ROW),
            ("a number and a matrix", np.array(1.5), POSITIVE),
            ("a matrix and a number", POSITIVE, np.array(1.5)),
            ("numbers", np.array(1.7), np.array(0.6)),
        )
    ],
    *[
        case(name, f"{label}, large", np.array(x), np.array(y))
        for name, label, x, y in (
            ("multiply", "1e150 by -1e100", 1e150, -1e100),
            ("divide", "1e-100 by 1e100", 1e-100, 1e100),
            ("divide", "1e100 by -1e-50", 1e100, -1e-50),
            ("power", "40 to 60", 40.0, 60.0),
            ("power", "1e5 to -20", 1e5, -20.0),
        )
    ],
    case("negative", "matrix", SIGNED),
    *[
        case("matmul", f"{x} with {y}", signed_array(6, x), signed_array(7, y))
        for x, y in (
            ((4,), (4,)),
            ((4,), (4, 2)),
            ((3, 4), (4,)),
            ((3, 4), (4, 2)),
            ((4,), (2, 4, 3)),
            ((2, 3, 4), (4,)),
            ((2, 3, 4), (4, 5)),
            ((3, 4), (2, 4, 5)),
            ((2, 3, 4), (2, 4, 5)),
            ((2, 1, 3, 4), (3, 4, 2)),
            ((1, 3, 4), (2, 4, 2)),
            ((2, 3, 4), (1, 4, 2)),
        )
    ],
    *[
        case("getitem", repr(index), SIGNED, index=index)
        for index in (
            1,
            (-1, 2),
            slice(None, None, -2),
            (Ellipsis, 0),
            (None, slice(1, 3), None, 1),
            [0, 0, 2],
            ([2, 2, 0], [1, 1, 3]),
            (slice(None), [1, 1]),
        )
    ],
    *at("exp", -650.0, -20.0, -1e-9, 0.0, 0.3, 20.0, 700.0),
    *at("log", 1e-250, 1e-8, 0.9, 1.0, 3.0, 1e8, 1e250),
    *at("tanh", -20.0, -1.0, -1e-9, 0.0, 0.3, 5.0, 20.0),
    *at("sigmoid", -650.0, -40.0, -1.0, 0.0, 1e-9, 3.0, 37.0, 40.0, 650.0),
    *at("softplus", -650.0, -40.0, -1.0, 0.0, 1e-9, 3.0, 40.0, 700.0),
    *at("relu", 1e-200, 0.3, 1e200),
    case("relu", "both signs", SIGNED),
    *[
        case("leaky_relu", f"at {x:g}, slope {slope:g}", np.array(x), negative_slope=slope)
        for x in (-1e200, -0.3, -1e-200, 1e-200, 0.3, 1e200)
        for slope in (0.2, 1.5)
    ],
    case("leaky_relu", "both signs", SIGNED, negative_slope=0.01),
    *at("silu", -650.0, -40.0, -1.0, -1e-280, 0.0, 1e-9, 3.0, 37.0, 700.0, 1e4),
    case("silu", "both signs", SIGNED),
    *at("gelu", -35.0, -20.0, -6.01, -1.0, -1e-280, 0.0, 1e-9, 3.0, 37.0, 700.0, 1e4),
    case("gelu", "both signs", SIGNED),
    *[
        case("maximum", label, x, y)
        for label, x, y in (
            ("one shape", SIGNED, signed_array(8, (3, 4))),
            ("a row and a column", ROW, COLUMN),
            ("a number and a matrix", np.array(0.1), SIGNED),
            ("a matrix and a number", SIGNED, np.array(-0.1)),
        )
    ],
    *[
        case(name, f"axis {axis}, keepdims {keepdims}", CUBE, axis=axis, keepdims=keepdims)
        for name in ("sum", "mean", "max", "logsumexp")
        for axis in (None, 0, 1, -1, (0, 1), (-1, 0), (0, 1, 2))
        for keepdims in (False, True)
    ],
    *[
        case(name, "large", LARGE, axis=1, keepdims=False)
        for name in ("sum", "mean", "max", "logsumexp")
    ],
    case("logsumexp", "a dominant term", DOMINANT, axis=None, keepdims=False),
    case("logsumexp", "ties", np.array([2.0, 2.0, 2.0]), axis=0, keepdims=False),
    *[case("log_softmax", f"axis {axis}", CUBE, axis=axis) for axis in (0, 1, 2, -1)],
    case("log_softmax", "large", LARGE, axis=-1),
    *[case("log_softmax", f"large, row {row}", logits, axis=0) for row, logits in enumerate(LARGE)],
    case("log_softmax", "a dominant class", DOMINANT, axis=-1),
    case("log_softmax", "ties", np.array([2.0, 2.0, -1e4]), axis=-1),
    case("log_softmax", "a thousand classes", 3 * signed_array(9, (1000,)), axis=-1),
    *[
        case("reshape", f"to {shape}", CUBE, shape=shape)
        for shape in (24, (4, 6), (-1, 2), (1, 24))
    ],
    *[
        case("transpose", f"axes {axes}", CUBE, axes=axes)
        for axes in (None, (0, 1, 2), (2, 0, 1), (1, -1, 0))
    ],
    *[
        case(
            "causal_conv1d",
            f"{label}, {inputs} with {kernel}, dilation {dilation}, {with_or_without} bias",
            *(signed_array(11, inputs), signed_array(12, kernel), signed_array(13, kernel[2:]))[:n],
            dilation=dilation,
        )
        for with_or_without, n in (("without", 2), ("with", 3))
        for label, inputs, kernel, dilation in (
            ("several channels", (2, 6, 3), (3, 3, 4), 1),
            ("several channels", (2, 6, 3), (3, 3, 4), 2),
            ("one channel", (2, 7, 1), (3, 1, 1), 1),
            ("one channel", (2, 7, 1), (3, 1, 1), 3),
            ("one channel to several", (2, 6, 1), (2, 1, 3), 2),
            ("several channels to one", (2, 6, 3), (2, 3, 1), 2),
            ("kernel size 1", (2, 3, 3), (1, 3, 2), 1),
            ("kernel size 1, one channel to several", (2, 3, 1), (1, 1, 2), 4),
            ("a series shorter than the look-back", (2, 5, 2), (4, 2, 3), 2),
            ("a lag of all the steps", (2, 3, 2), (2, 2, 2), 3),
            ("a lag of all the steps, one channel to several", (2, 3, 1), (2, 1, 2), 3),
            ("a lag beyond all steps", (2, 3, 2), (3, 2, 2), 5),
            ("one step", (1, 1, 2), (3, 2, 2), 1),
        )
    ],
    *[
        case(
            "batch_norm",
            f"{label}, epsilon {epsilon:g}",
            inputs,
            *(signed_array(15, inputs.shape[-1:]), signed_array(16, inputs.shape[-1:])),
            epsilon=epsilon,
        )
        for epsilon in (1e-3, 1.0)
        for label, inputs in (
            ("vectors", signed_array(14, (5, 3))),
            ("two rows", signed_array(14, (2, 3))),
            ("sequences", signed_array(14, (2, 5, 3))),
            ("images", signed_array(14, (2, 3, 2, 3))),
            ("one channel", signed_array(14, (6, 1))),
            ("a tiny channel and a large one", signed_array(14, (5, 2)) * [1e-6, 1e6]),
            ("a mean of 100", 100 + signed_array(14, (5, 3))),
            ("a constant channel", signed_array(14, (4, 3)) * [1.0, 0.0, 1.0] + 0.1),
        )
    ],
    case("batch_norm", "epsilon 0", CUBE, ROW, signed_array(16, (4,)), epsilon=0.0),
    *[
        case("poisson_nll", f"{count:g} at {z:g}", np.array(z), counts=np.array(count))
        for count in (0.0, 1.0, 50.0)
        for z in (-600.0, -3.0, 0.1, 6.0, 700.0)
    ],
    case("poisson_nll", "a number for several counts", np.array(0.3), counts=np.arange(5.0)),
    case("poisson_nll", "matrix", SIGNED, counts=np.arange(12.0).reshape(3, 4)),
    *[
        case("binomial_nll", f"{k:g} of {n:g} at {p:g}", np.array(p), k=np.array(k), n=np.array(n))
        for k, n in ((0.0, 5.0), (2.0, 5.0), (5.0, 5.0), (1.0, 1000.0), (999.0, 1000.0))
        for p in (1e-200, 1e-9, 0.3, 1 - 1e-9)
    ],
    case(
        "binomial_nll", "a number for several k", np.array(0.3), k=np.arange(5.0), n=np.array(9.0)
    ),
    case("binomial_nll", "row", ROW / 2.5, k=np.arange(4.0), n=np.array([0.0, 5.0, 2.0, 100.0])),
]

EDGES = [
    pytest.param(case, position, id=f"{case.primitive}, {case.label}, input {position}")
    for case in CASES
    for position in range(len(case.inputs))
]


def assert_vjp_is_the_derivative(case: Case, position: int) -> None:
    """Compare the gradient of one input with the complex step, to 1e-13 in norm."""
    primitive = PRIMITIVES[case.primitive]
    inputs = list(case.inputs)
    inputs[position] = x = Tensor(case.inputs[position])
    out = primitive(*inputs, **case.params)
    seed = signed_array(10, out.shape)
    out.backward(seed)
    want = complex_step(primitive, case.inputs, position, seed, **case.params)
    assert relative_error(x.grad, want) <= 1e-13


@pytest.mark.parametrize(("case", "position"), EDGES)
def test_vjp_is_the_derivative(case, position):
    assert_vjp_is_the_derivative(case, position)


@pytest.mark.parametrize(("case", "position"), EDGES)
def test_a_vjp_off_by_a_thousandth_is_noticed(case, position, monkeypatch):
    primitive = PRIMITIVES[case.primitive]
    right = primitive.vjps

    def wrong(*args, **params):
        return 1.001 * right[position](*args, **params)

    monkeypatch.setattr(primitive, "vjps", (*right[:position], wrong, *right[position + 1 :]))
    with pytest.raises(AssertionError):
        assert_vjp_is_the_derivative(case, position)


@pytest.mark.parametrize("name", NAMES)
def test_every_vjp_has_a_case(name):
    covered = {p for case in CASES if case.primitive == name for p in range(len(case.inputs))}
    assert covered == set(range(len(PRIMITIVES[name].vjps)))
