"""The equations of book/backprop/backpropagation.md."""

from __future__ import annotations

import mpmath
import numpy as np

from underhood import ops
from underhood.autodiff import Tensor
from underhood.check import finite_differences

from .numeric import close, engine_gradients, jacobian


def test_eq_backpropagation_local():
    numbers = np.random.default_rng(0).normal(size=3)
    x, y, z = (Tensor(number) for number in numbers)
    q = x + y
    f = q * z
    f.backward()

    assert q.data == numbers[0] + numbers[1]
    assert f.data == q.data * numbers[2]
    close(jacobian(lambda v: v[0] + v[1], numbers[:2]), [1, 1])
    close(jacobian(lambda v: v[0] * v[1], [q.data, z.data]), [z.data, q.data])
    close([q.grad, z.grad], [z.data, q.data])
    close([x.grad, y.grad], [1 * q.grad, 1 * q.grad])


def test_eq_backpropagation_chain():
    x = np.random.default_rng(1).normal()
    y = np.tanh(x)
    whole = jacobian(lambda v: np.exp(2 * np.tanh(v)), x)

    close(whole, jacobian(lambda v: np.exp(2 * v), y) * jacobian(np.tanh, x))
    (gradient,) = engine_gradients(lambda v: ops.exp(2 * ops.tanh(v)), x)
    close(gradient, whole)


def test_eq_backpropagation_junction():
    at = np.random.default_rng(2).uniform(1, 2, size=2)
    x, y = Tensor(at[0]), Tensor(at[1])
    z = x / y
    ops.log(1 + z * z).backward()

    local = jacobian(lambda v: v[0] / v[1], at)
    arrived = jacobian(lambda v: np.log(1 + v * v), z.data)
    close(z.grad, arrived)
    close([x.grad, y.grad], arrived * local)


def test_eq_backpropagation_sum():
    at = np.random.default_rng(3).normal()
    x = Tensor(at)
    uses = [ops.tanh(x), ops.exp(x), x * x]
    (uses[0] * uses[1] + uses[1] * uses[2]).backward()

    slopes = [jacobian(f, at) for f in (np.tanh, np.exp, np.square)]
    close(x.grad, sum(z.grad * slope for z, slope in zip(uses, slopes, strict=True)))
    close(x.grad, jacobian(lambda v: np.tanh(v) * np.exp(v) + np.exp(v) * v * v, at))


def test_eq_backpropagation_matmul():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    z = np.zeros((2, 4))
    for i, j in np.ndindex(2, 4):
        z[i, j] = sum(x[i, m] * y[m, j] for m in range(3))

    close(ops.matmul(x, y), z)
    close((Tensor(x) @ Tensor(y)).data, z)


def test_eq_backpropagation_transpose():
    rng = np.random.default_rng(5)
    x, y, seed = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))
    x_bar, y_bar = np.zeros((2, 3)), np.zeros((3, 4))
    for i, j, m in np.ndindex(2, 4, 3):
        x_bar[i, m] += seed[i, j] * y[m, j]
        y_bar[m, j] += x[i, m] * seed[i, j]

    close(x_bar, jacobian(lambda v: np.sum(seed * (v @ y)), x))
    close(y_bar, jacobian(lambda v: np.sum(seed * (x @ v)), y))
    close(seed @ y.T, x_bar)
    close(x.T @ seed, y_bar)
    got = engine_gradients(ops.matmul, x, y, seed=seed)
    close(got[0], x_bar)
    close(got[1], y_bar)


def test_eq_backpropagation_differences():
    x, h = mpmath.mpf("0.7"), mpmath.mpf("0.01")

    def f(v):
        return mpmath.exp(mpmath.sin(v))

    def rest(step):
        """What the two terms leave of the quotient."""
        quotient = (f(x + step) - f(x - step)) / (2 * step)
        return quotient - mpmath.diff(f, x) - step**2 / 6 * mpmath.diff(f, x, 3)

    with mpmath.workdps(50):
        assert abs(rest(h) / rest(h / 2) - 16) < 0.01, "the next term is of order 4"
        slope, third = float(mpmath.diff(f, x)), float(mpmath.diff(f, x, 3))
    (quotient,) = finite_differences(lambda v: np.exp(np.sin(v)), 0.7, step=0.01)
    close(quotient - slope, 0.01**2 / 6 * third, rtol=1e-3)
