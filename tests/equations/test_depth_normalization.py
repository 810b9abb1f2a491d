"""The equations of book/depth/normalization.md."""

from __future__ import annotations

import itertools
import math

import numpy as np
import scipy.integrate
import scipy.stats

from underhood import ops
from underhood.layers import INITIALIZERS, BatchNorm, Dense
from underhood.normalization import batch_norm

from .numeric import close, engine_gradients, jacobian

EPSILON = 0.3


def mean_over(rows, chances, function):
    """Return the mean of a function of rows whose numbers are independent, over all rows.

    `rows` holds the values that each number of the row can have, `chances` how probable they are.
    """
    total = 0.0
    for choice in itertools.product(range(len(chances)), repeat=rows):
        total += math.prod(chances[c][0] for c in choice) * function(
            np.array([chances[c][1] for c in choice])
        )
    return total


SKEWED = ((2 / 3, -1.0), (1 / 3, 2.0))  # mean 0, variance 2
SHIFTED = ((2 / 3, -0.5), (1 / 3, 2.5))  # mean 0.5, variance 2
SYMMETRIC = ((1 / 4, -1.5), (1 / 2, 0.0), (1 / 4, 1.5))  # mean 0, variance 1.125
INPUTS = np.array([[0.5, 1.0, -2.0], [1.5, 0.2, 0.7]])  # equally probable, not independent


def mean_square(weights, function=lambda y: y):
    """Return E[y²] by going through all weights and inputs."""
    return mean_over(3, weights, lambda w: np.mean(function(Dense(w[:, None])(INPUTS).data) ** 2))


def test_eq_normalization_square():
    formula = sum(
        np.mean(INPUTS[:, i] * INPUTS[:, k])
        * mean_over(3, SHIFTED, lambda w, i=i, k=k: w[i] * w[k])
        for i, k in np.ndindex(3, 3)
    )

    close(mean_square(SHIFTED), formula)


def test_eq_normalization_sum():
    close(mean_square(SKEWED), 3 * 2 * np.mean(INPUTS**2))


def test_eq_normalization_gain():
    close(mean_square(SYMMETRIC, ops.relu), 1 / 2 * 3 * 1.125 * np.mean(INPUTS**2))


def test_eq_normalization_he():
    close(INITIALIZERS["he"](400, 300) ** 2, 2 / 400)
    rng = np.random.default_rng(0)
    layer = Dense.initialized(400, 300, "he", rng)
    assert abs(np.mean(layer.kernel.data**2) / (2 / 400) - 1) < 0.02
    signal = rng.normal(1, 2, size=(300, 400))
    behind = ops.relu(layer(signal).data)
    assert abs(np.mean(behind**2) / np.mean(signal**2) - 1) < 0.1, "the gain is 1"


def test_eq_normalization_backward():
    # Independent by construction: gradients, slopes and weights are all drawn apart.
    rng = np.random.default_rng(1)
    layer = Dense.initialized(300, 500, 0.1, rng)
    for activation, mean_square_slope in ((ops.relu, 0.5), (lambda y: 3 * y, 9.0)):
        seed = 3 * rng.normal(size=(100, 500))
        (gradient,) = engine_gradients(
            lambda x, f=activation: f(layer(x)), rng.normal(size=(100, 300)), seed=seed
        )
        growth = np.mean(gradient**2) / np.mean(seed**2)
        assert abs(growth / (500 * 0.1**2 * mean_square_slope) - 1) < 0.05


def test_eq_normalization_glorot():
    for units_in, units_out in ((400, 300), (10, 90)):
        mean = (units_in + units_out) / 2
        close(INITIALIZERS["glorot"](units_in, units_out) ** 2, 1 / mean)
    layer = Dense.initialized(400, 200, "glorot", np.random.default_rng(2))
    assert abs(np.mean(layer.kernel.data**2) / (2 / 600) - 1) < 0.02


def draw(seed):
    """Return a batch of one channel, with its mean, its s, and the standardized numbers."""
    x = np.random.default_rng(seed).normal(2, 3, size=6)
    mean = sum(x) / 6
    s = math.sqrt(sum((x - mean) ** 2) / 6 + EPSILON)
    return x, mean, s, (x - mean) / s


def standardized(x, gamma=1.0, beta=0.0):
    """Return what the package makes of a batch of one channel."""
    return batch_norm(x[:, np.newaxis], [gamma], [beta], EPSILON)[:, 0]


def test_eq_normalization_batch_norm():
    x, mean, s, _ = draw(3)

    close(standardized(x, 1.7, -0.4), [1.7 * (number - mean) / s - 0.4 for number in x])


def test_eq_normalization_scale_slope():
    x, mean, s, normal = draw(4)

    def variance(v):
        return np.mean((v - np.mean(v)) ** 2)

    close(jacobian(lambda v: np.sqrt(variance(v) + EPSILON), x), normal / 6)
    close(jacobian(variance, x) / (2 * s), normal / 6)


def test_eq_normalization_jacobian():
    x, mean, s, normal = draw(5)
    formula = [
        [((i == k) - 1 / 6 - normal[i] * normal[k] / 6) / s for k in range(6)] for i in range(6)
    ]

    close(jacobian(standardized, x), formula)


def test_eq_normalization_vjp():
    x, _, s, normal = draw(6)
    seed, gamma = np.random.default_rng(60).normal(size=6), 1.7
    formula = gamma / s * (seed - sum(seed) / 6 - normal * sum(seed * normal) / 6)

    close(jacobian(lambda v: np.sum(seed * standardized(v, gamma)), x), formula)
    (given,) = engine_gradients(
        lambda v: batch_norm(v, [gamma], [0.0], EPSILON), x[:, None], seed=seed[:, None]
    )
    close(given[:, 0], formula)


def test_eq_normalization_sum_zero():
    x, _, _, _ = draw(7)
    seed = np.random.default_rng(70).normal(size=6)

    assert abs(sum(seed)) > 0.1
    close(sum(jacobian(lambda v: np.sum(seed * standardized(v)), x)), 0.0)


def test_eq_normalization_orthogonal():
    x, mean, s, normal = draw(8)
    seed, gamma = np.random.default_rng(80).normal(size=6), 1.7
    variance = np.mean((x - mean) ** 2)
    gradient = jacobian(lambda v: np.sum(seed * standardized(v, gamma)), x)
    formula = gamma * 6 / s * np.mean(seed * normal) * EPSILON / (variance + EPSILON)

    close(sum(normal * gradient), formula)


def test_eq_normalization_running():
    layer, r, m = BatchNorm(1, momentum=0.9), 0.0, 0.9
    for batch in np.random.default_rng(9).normal(5, 1, size=(4, 8, 1)):
        layer(batch, training=True)
        r = m * r + (1 - m) * sum(batch[:, 0]) / 8

        close(layer.moving_mean, [r])


def test_eq_normalization_memory():
    for m in (0.5, 0.9, 0.99):
        layer, steps = BatchNorm(1, momentum=m), 0
        while 1 - layer.moving_mean[0] > 0.01:  # what is left of the start
            layer([[0.0], [2.0]], training=True)
            steps += 1

        assert steps == math.ceil(math.log(0.01) / math.log(m))


def test_eq_normalization_invariance():
    rng = np.random.default_rng(10)
    x, w, seed, c = rng.normal(size=(8, 3)), rng.normal(size=3), rng.normal(size=(8, 1)), 2.5

    def loss(weights):
        outputs = batch_norm(ops.matmul(x, ops.reshape(weights, (3, 1))), [1.0], [0.0], 0.0)
        return ops.sum(seed * ops.tanh(outputs))

    close(loss(c * w), loss(w))
    close(jacobian(loss, c * w), jacobian(loss, w) / c, rtol=1e-7)
    close(engine_gradients(loss, c * w)[0], engine_gradients(loss, w)[0] / c)
    close(w @ jacobian(loss, w), 0.0, atol=1e-9)
    close(w @ engine_gradients(loss, w)[0], 0.0)


def test_eq_normalization_relu_variance():
    def moment(power):
        return scipy.integrate.quad(
            lambda y: ops.relu(y) ** power * scipy.stats.norm.pdf(y), 0, 40
        )[0]

    variance = moment(2) - moment(1) ** 2
    close(1 / 2 - 1 / (2 * math.pi), variance)
    close((math.pi - 1) / (2 * math.pi), variance)


def test_eq_normalization_explosion():
    close(1 / 2 * 2 * math.pi / (math.pi - 1), math.pi / (math.pi - 1))
    rng = np.random.default_rng(11)
    growth = []
    for scale in (0.02, 0.3):  # which cancels
        layer, norm = Dense.initialized(300, 300, scale, rng), BatchNorm(300, epsilon=0.0)
        seed = 3 * rng.normal(size=(500, 300))
        # The next normalization, the weights and the ReLU, on their way back.
        (gradient,) = engine_gradients(
            lambda y, a=layer, b=norm: b(a(ops.relu(y)), training=True),
            rng.normal(size=(500, 300)),
            seed=seed,
        )
        growth.append(np.mean(gradient**2) / np.mean(seed**2))
    close(growth, [math.pi / (math.pi - 1)] * 2, rtol=0.03)
