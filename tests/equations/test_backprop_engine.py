"""The equations of book/backprop/engine.md."""

from __future__ import annotations

import mpmath
import numpy as np

from underhood import ops
from underhood.check import complex_step

from .numeric import close, engine_gradients, jacobian


def test_eq_engine_tiny():
    def tiny(x, b):
        return ops.sum((x + b) * x)

    assert float(tiny(np.array([1.0, 2.0]), 3.0)) == 14
    x, b = np.random.default_rng(0).normal(size=5), 0.3
    close(tiny(x, b), sum((number + b) * number for number in x))
    x_bar, b_bar = engine_gradients(tiny, x, b)
    close(x_bar, [2 * number + b for number in x])
    close(b_bar, sum(x))


def test_eq_engine_vjp():
    rng = np.random.default_rng(1)
    x, seed = rng.normal(size=4), rng.normal(size=3)
    matrix = rng.normal(size=(3, 4))
    local = jacobian(lambda v: np.tanh(matrix @ v), x)

    (x_bar,) = engine_gradients(lambda v: ops.tanh(ops.matmul(matrix, v)), x, seed=seed)
    close(x_bar, [sum(seed[i] * local[i, j] for i in range(3)) for j in range(4)])


def test_eq_engine_matmul_sums():
    rng = np.random.default_rng(2)
    x, y, seed = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=(3, 4))
    x_bar, y_bar = engine_gradients(ops.matmul, x, y, seed=seed)

    for i, k in np.ndindex(3, 2):
        close(x_bar[i, k], sum(seed[i, j] * y[k, j] for j in range(4)))
    for k, j in np.ndindex(2, 4):
        close(y_bar[k, j], sum(x[i, k] * seed[i, j] for i in range(3)))


def test_eq_engine_matmul():
    rng = np.random.default_rng(3)
    x, y, seed = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=(3, 4))
    close(seed @ y.T, jacobian(lambda v: np.sum(seed * (v @ y)), x))
    close(x.T @ seed, jacobian(lambda v: np.sum(seed * (x @ v)), y))

    x_bar, y_bar = engine_gradients(ops.matmul, x, y, seed=seed)
    close(x_bar, seed @ y.T)
    close(y_bar, x.T @ seed)


def test_eq_engine_broadcast():
    rng = np.random.default_rng(4)
    x, b, seed = rng.normal(size=(50, 3)), rng.normal(size=3), rng.normal(size=(50, 3))
    by_hand = [sum(seed[i, j] for i in range(50)) for j in range(3)]

    _, b_bar = engine_gradients(lambda v, w: v + w, x, b, seed=seed)
    close(b_bar, by_hand)
    close(jacobian(lambda v: np.sum(seed * (x + v)), b), by_hand)


def test_eq_engine_log_softmax():
    rng = np.random.default_rng(5)
    x, seed = rng.normal(size=5), rng.normal(size=5)
    p = np.exp(x) / np.sum(np.exp(x))

    close(jacobian(ops.log_softmax, x), [[(i == j) - p[j] for j in range(5)] for i in range(5)])
    (x_bar,) = engine_gradients(ops.log_softmax, x, seed=seed)
    close(x_bar, [seed[j] - p[j] * sum(seed) for j in range(5)])


def test_eq_engine_complex_step():
    x, h = 0.7, 1e-30
    slope = float(mpmath.diff(lambda v: mpmath.exp(mpmath.sin(v)), x))

    close(np.exp(np.sin(x + 1j * h)).imag / h, slope, rtol=1e-14)
    (given,) = complex_step(lambda v: np.exp(np.sin(v)), x)
    close(given, slope, rtol=1e-14)


def test_eq_engine_sigmoid():
    for x in np.random.default_rng(6).normal(scale=5, size=8):
        with mpmath.workdps(40):
            slope = float(mpmath.diff(lambda v: 1 / (1 + mpmath.exp(-v)), x))
        u = np.exp(-abs(x))

        close(ops.sigmoid(x) * ops.sigmoid(-x), slope)
        close(1 / (1 + u) * (u / (1 + u)), slope)
        close(u / (1 + u) ** 2, slope)
        (given,) = engine_gradients(ops.sigmoid, x)
        close(given, slope)


def test_eq_engine_logsumexp():
    x = np.random.default_rng(7).normal(scale=10, size=6)
    m = max(x)
    plain = float(mpmath.log(sum(mpmath.exp(number) for number in x)))

    close(m + np.log(sum(np.exp(number - m) for number in x)), plain)
    close(ops.logsumexp(x), plain)
