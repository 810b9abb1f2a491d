"""The equations of book/depth/activations.md."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from underhood import ops
from underhood.autodiff import Tensor

from .numeric import close, engine_gradients, jacobian

POINTS = (-4.0, -0.7, 0.2, 1.3, 5.0)


def slope(function, x):
    """Return the slope of a function of mpmath."""
    with mpmath.workdps(40):
        return float(mpmath.diff(function, mpmath.mpf(x)))


def sigmoid(x):
    """Return the sigmoid, by mpmath."""
    return 1 / (1 + mpmath.exp(-x))


def test_eq_activations_two():
    for x in POINTS:
        close(ops.sigmoid(x), 1 / (1 + math.exp(-x)))
        close(ops.relu(x), x if x > 0 else 0.0)


def test_eq_activations_sigmoid_slope():
    for x in POINTS:
        true = slope(sigmoid, x)

        close(math.exp(-x) / (1 + math.exp(-x)) ** 2, true)
        close(ops.sigmoid(x) * (1 - ops.sigmoid(x)), true)
        close(engine_gradients(ops.sigmoid, x)[0], true)


def test_eq_activations_tanh():
    for x in POINTS:
        true = float(mpmath.sinh(x) / mpmath.cosh(x))

        close((math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x)), true)
        close((1 - math.exp(-2 * x)) / (1 + math.exp(-2 * x)), true)
        close(2 / (1 + math.exp(-2 * x)) - 1, true)
        close(2 * ops.sigmoid(2 * x) - 1, true)
        close(ops.tanh(x), true)


def test_eq_activations_tanh_slope():
    for x in POINTS:
        true = slope(mpmath.tanh, x)

        close(4 * engine_gradients(ops.sigmoid, 2 * x)[0], true)
        close(1 / math.cosh(x) ** 2, true)
        close(1 - math.tanh(x) ** 2, true)
        close(engine_gradients(ops.tanh, x)[0], true)


def test_eq_activations_live():
    ends = {}
    for gate in (ops.tanh, ops.sigmoid):
        (largest,) = engine_gradients(gate, 0.0)
        ends[gate] = scipy.optimize.brentq(
            lambda x, f=gate, top=largest: engine_gradients(f, x)[0] / top - 0.01, 0, 20
        )

    close(ends[ops.tanh], math.log(10 + math.sqrt(99)))
    assert round(ends[ops.tanh], 3) == 2.993
    close(ends[ops.sigmoid], 2 * ends[ops.tanh])
    assert round(ends[ops.sigmoid], 2) == 5.99


def test_eq_activations_centered():
    # Each unit is μ + s or μ - s; all combinations are equally probable.
    for mean, spread in ((0.5, 0.2), (0.0, 0.7)):
        rows = np.array(list(itertools.product((mean + spread, mean - spread), repeat=5)))
        products = rows.T @ rows / len(rows)

        close(np.linalg.cond(products), 1 + 5 * mean**2 / spread**2)


def test_eq_activations_product():
    rng = np.random.default_rng(0)
    weights, biases, start = rng.normal(size=6), rng.normal(size=6), 0.3

    def chain(h):
        for w, b in zip(weights, biases, strict=True):
            h = ops.sigmoid(w * h + b)
        return h

    formula, h = 1.0, start
    for w, b in zip(weights, biases, strict=True):
        z = w * h + b
        formula *= w * slope(sigmoid, z)
        h = float(sigmoid(z))
    close(engine_gradients(chain, start)[0], formula)
    close(jacobian(chain, start), formula, atol=1e-13)


def test_eq_activations_quarter():
    (largest,) = engine_gradients(ops.sigmoid, 0.0)
    assert all(slope(sigmoid, x) <= largest for x in np.linspace(-10, 10, 101))

    assert largest**5 == 1 / 1024
    assert largest**10 == 1 / 1_048_576
    assert float(f"{largest**5:.1e}") == 9.8e-4
    assert float(f"{largest**10:.1e}") == 9.5e-7


def test_eq_activations_layers():
    rng = np.random.default_rng(1)
    W, b, before, seed = (rng.normal(size=shape) for shape in ((3, 4), 3, 4, 3))
    z_before = Tensor(before)
    z = W @ ops.sigmoid(z_before) + b
    ops.sum(seed * ops.tanh(z)).backward()

    formula = (W.T @ z.grad) * [slope(sigmoid, number) for number in before]
    close(z_before.grad, formula)
    close(jacobian(lambda v: np.sum(seed * np.tanh(W @ ops.sigmoid(v) + b)), before), formula)


def test_eq_activations_dying():
    x = np.array([1.0, 2.0, 3.0])
    w, b = engine_gradients(lambda w, b: ops.mean((ops.relu(w * x + b) - x / 2) ** 2) / 2, 1.0, 0.0)

    close((0.5 + 2 + 4.5) / 3, 7 / 3)
    close(w, 7 / 3)
    close(b, 1.0)
    close(w, jacobian(lambda v: np.mean((v * x - x / 2) ** 2) / 2, 1.0))


def test_eq_activations_family():
    for x in POINTS:
        close(ops.relu(x), max(x, 0))
        close(ops.leaky_relu(x, 0.1), max(x, 0.1 * x))
        close(ops.softplus(x), math.log(1 + math.exp(x)))
        close(ops.silu(x), x / (1 + math.exp(-x)))
        close(ops.gelu(x), x * scipy.stats.norm.cdf(x))


def test_eq_activations_softplus():
    for x in POINTS:
        true = slope(lambda v: mpmath.log(1 + mpmath.exp(v)), x)

        close(math.exp(x) / (1 + math.exp(x)), true)
        close(ops.sigmoid(x), true)
        close(engine_gradients(ops.softplus, x)[0], true)


def test_eq_activations_gated():
    for x in POINTS:
        silu = slope(lambda v: v * sigmoid(v), x)
        gelu = slope(lambda v: v * mpmath.ncdf(v), x)

        close(ops.sigmoid(x) + x * engine_gradients(ops.sigmoid, x)[0], silu)
        close(scipy.stats.norm.cdf(x) + x * math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), gelu)
        assert engine_gradients(ops.silu, x)[0] == pytest.approx(silu, rel=1e-9)
        assert engine_gradients(ops.gelu, x)[0] == pytest.approx(gelu, rel=1e-9)
