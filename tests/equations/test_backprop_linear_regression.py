"""The equations of book/backprop/linear-regression.md."""

from __future__ import annotations

import numpy as np
import pytest

from underhood import ops

from .numeric import close, engine_gradients, hessian, jacobian


@pytest.fixture
def data():
    """Return inputs and targets of ten examples; the inputs are not centered."""
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 3, size=10)
    return x, 2 * x - 1 + rng.normal(size=10)


def mse(theta, x, y):
    """Return the loss, added up example by example."""
    return sum((theta[0] * a + theta[1] - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)


def engine_mse(x, y):
    """Return the loss as a function of the engine's Tensors."""
    return lambda a, b: ops.mean((a * x + b - y) ** 2)


def valley(x, y):
    """Return the Hessian, its eigenvalues and vectors, and the best line."""
    curvature = hessian(lambda theta: mse(theta, x, y), [0.0, 0.0])
    best = np.polyfit(x, y, 1)
    return curvature, *np.linalg.eigh(curvature), best


def descend(theta, rate, steps, x, y):
    """Return where gradient descent arrives, with the engine's gradients."""
    for _ in range(steps):
        theta = theta - rate * np.array(engine_gradients(engine_mse(x, y), *theta))
    return theta


def test_eq_linear_regression_step():
    x, y, a, b = 58.0, 153.0, 0.0, 139.0
    a_bar, b_bar = engine_gradients(lambda a, b: (a * x + b - y) ** 2, a, b)

    assert (a_bar, b_bar) == (-1624, -28)
    close(a - 0.00002 * a_bar, 0.03248)
    close(b - 0.00002 * b_bar, 139.00056, rtol=1e-12)


def test_eq_linear_regression_mse(data):
    x, y = data
    close(engine_mse(x, y)(0.7, -0.2), mse([0.7, -0.2], x, y))


def test_eq_linear_regression_gradient(data):
    x, y = data
    n, a, b = len(x), 0.7, -0.2
    r = a * x + b - y
    a_bar = 2 / n * sum(r[i] * x[i] for i in range(n))
    b_bar = 2 / n * sum(r[i] for i in range(n))

    close([a_bar, b_bar], jacobian(lambda theta: mse(theta, x, y), [a, b]))
    close(engine_gradients(engine_mse(x, y), a, b), [a_bar, b_bar])


def test_eq_linear_regression_matrix(data):
    x, y = data
    theta = np.array([0.7, -0.2])
    X = np.column_stack([x, np.ones(10)])
    formula = 2 / 10 * X.T @ (X @ theta - y)

    close(formula, jacobian(lambda t: mse(t, x, y), theta))
    (given,) = engine_gradients(lambda t: ops.mean((ops.matmul(X, t) - y) ** 2), theta)
    close(given, formula)


def test_eq_linear_regression_hessian(data):
    x, y = data
    X = np.column_stack([x, np.ones(10)])
    true = hessian(lambda theta: mse(theta, x, y), [0.4, 0.1])
    mean, mean_square = sum(x) / 10, sum(x**2) / 10

    close(2 / 10 * X.T @ X, true)
    close(2 * np.array([[mean_square, mean], [mean, 1]]), true)


def test_eq_linear_regression_decay(data):
    x, y = data
    _, curvatures, vectors, best = valley(x, y)
    rate, steps, start = 0.05, 7, np.array([0.3, -2.0])
    error = np.zeros(2)
    for k in range(2):
        c = vectors[:, k] @ (start - best)
        error += (1 - rate * curvatures[k]) ** steps * c * vectors[:, k]

    close(descend(start, rate, steps, x, y) - best, error)


def test_eq_linear_regression_excess(data):
    x, y = data
    _, curvatures, vectors, best = valley(x, y)
    rate, steps, start = 0.05, 7, np.array([0.3, -2.0])
    c = vectors.T @ (start - best)
    excess = sum(
        curvatures[k] * c[k] ** 2 * (1 - rate * curvatures[k]) ** (2 * steps) for k in range(2)
    )

    arrived = descend(start, rate, steps, x, y)
    close(mse(arrived, x, y) - mse(best, x, y), excess / 2)


def test_eq_linear_regression_stable(data):
    x, y = data
    curvature, curvatures, _, _ = valley(x, y)
    limit = 2 / max(curvatures)

    for factor, stable in ((0.99, True), (1.01, False)):
        far = np.linalg.matrix_power(np.eye(2) - factor * limit * curvature, 20_000)
        assert (np.abs(far).max() < 1) == stable


def test_eq_linear_regression_steps(data):
    x, y = data
    curvature, curvatures, vectors, _ = valley(x, y)
    flat, kappa = min(curvatures), max(curvatures) / min(curvatures)
    assert kappa > 50
    for factor in (0.1, 0.5, 0.99):
        rate = factor * 2 / max(curvatures)
        error, steps = vectors[:, 0] * 3.0, 0  # c = 3 along the flat direction
        while np.linalg.norm(error) > 1e-4:
            error, steps = error - rate * curvature @ error, steps + 1
        formula = np.log(3 / 1e-4) / (rate * flat)

        assert abs(steps / formula - 1) < 1.5 * rate * flat + 2 / formula
        assert formula > kappa / 2 * np.log(3 / 1e-4)


def test_eq_linear_regression_bowl(data):
    x, y = data
    z = (x - sum(x) / 10) / np.sqrt(sum((x - sum(x) / 10) ** 2) / 10)
    curvature = hessian(lambda theta: mse(theta, z, y), [0.4, 0.1])
    mean, mean_square = sum(z) / 10, sum(z**2) / 10

    close(2 * np.array([[mean_square, mean], [mean, 1]]), curvature)
    close(curvature, 2 * np.eye(2), atol=1e-9)
    close(np.linalg.cond(curvature), 1.0)
