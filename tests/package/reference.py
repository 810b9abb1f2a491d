"""What several tests share: TensorFlow, mpmath, the complex step and ulps; a fresh Python."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import tensorflow as tf
from hypothesis import settings

import underhood
from underhood.autodiff import Primitive, Tensor

mpmath.mp.prec = 200

TOLERANCE = {"float64": 1e-12, "float32": 1e-6}
"""Norm-relative distance allowed from TensorFlow, by dtype."""

steadily = settings(max_examples=25, deadline=None, derandomize=True, database=None)
"""Hypothesis settings: the same examples on every run."""


def random_array(seed: int, shape: tuple[int, ...], dtype: str = "float64") -> np.ndarray:
    """Return numbers between 0.5 and 2: no sum of their products cancels, even in float32."""
    return np.random.default_rng([seed, *shape]).uniform(0.5, 2, shape).astype(dtype)


def signed_array(seed: int, shape: tuple[int, ...], dtype: str = "float64") -> np.ndarray:
    """Return standard normal numbers."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


def relative_error(got: Any, want: Any) -> float:
    """Return ||got - want|| / ||want|| in float64; infinity if only `want` is zero."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    assert got.shape == want.shape
    largest = np.max(np.abs(want), initial=0.0)
    if largest == 0:
        return np.inf if np.any(got) else 0.0
    scaled = want / largest  # else the squares of 1e-200 and 1e200 would not be numbers
    return float(np.linalg.norm(got / largest - scaled) / np.linalg.norm(scaled))


def assert_agrees_with_tensorflow(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    *arrays: np.ndarray,
    tolerance: float | None = None,
) -> None:
    """Compare value, gradients, shapes and dtypes of the same function written twice.

    TensorFlow computes in float64, whatever the dtype of the arrays, so that no rounding
    of its own (1 - tanh^2 in float32, say) counts as a fault of ours.
    """
    dtype = arrays[0].dtype
    tolerance = tolerance or TOLERANCE[dtype.name]
    tensors = [Tensor(array) for array in arrays]
    out = ours(*tensors)
    seed = random_array(17, out.shape, dtype.name)
    out.backward(seed)
    variables = [tf.constant(array, tf.float64) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        value = theirs(*variables)
    gradients = tape.gradient(
        value,
        variables,
        output_gradients=tf.constant(seed, tf.float64),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    want = [value, *(tf.convert_to_tensor(gradient) for gradient in gradients)]
    for mine, reference in zip([out.data, *(t.grad for t in tensors)], want, strict=True):
        assert mine.dtype == dtype
        assert relative_error(mine, reference.numpy()) <= tolerance


def complex_step(
    primitive: Primitive,
    inputs: tuple[Any, ...],
    position: int,
    seed: np.ndarray,
    **params: Any,
) -> np.ndarray:
    """Return the derivative of ``sum(seed * primitive(*inputs))`` by one input.

    The derivative of an analytic f is Im f(x + ih) / h. Nothing is subtracted, so nothing
    cancels, and h may be so small that its square vanishes beside 1.
    """
    x = np.asarray(inputs[position])
    derivative = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        step = 1e-20 * abs(x[index]) or 1e-20
        moved = x.astype(complex)
        moved[index] += 1j * step
        value = primitive(*inputs[:position], moved, *inputs[position + 1 :], **params)
        derivative[index] = np.sum(seed * np.imag(value)) / step
    return derivative


def ulps(got: Iterable[float], true: Iterable[mpmath.mpf]) -> np.ndarray:
    """Return |got - true| in units in the last place of float64 at the true value.

    The unit is the spacing of the floating-point numbers in the true value's binade: 2^-52 of
    its leading power of two, and 2^-1074 everywhere among the subnormal numbers. A true value
    that rounds to infinity is met by infinity alone.
    """
    return np.array([_ulp(float(a), mpmath.mpf(b)) for a, b in zip(got, true, strict=True)])


def _ulp(got: float, true: mpmath.mpf) -> float:
    if np.isnan(got) or mpmath.isnan(true):
        return np.inf
    halfway_to_infinity = mpmath.ldexp(2 - mpmath.ldexp(1, -53), 1023)
    if np.isinf(got) or abs(true) >= halfway_to_infinity:
        overflows = abs(true) >= halfway_to_infinity
        return 0.0 if overflows and got == (np.inf if true > 0 else -np.inf) else np.inf
    # frexp's mantissa is in [0.5, 1), so the leading power of two is one less than its exponent.
    exponent = mpmath.frexp(true)[1] - 1 if true else -1074
    unit = mpmath.ldexp(1, max(exponent - 52, -1074))
    return float(abs(mpmath.mpf(got) - true) / unit)


def run_alone(program: str) -> None:
    """Run a program with the package in a Python of its own; fail if it does."""
    paths = [str(Path(underhood.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
