"""The equations of book/likelihood/distributions.md."""

from __future__ import annotations

import math

import numpy as np
import scipy.integrate
import scipy.special
import scipy.stats

from underhood import ops
from underhood.layers import Dense
from underhood.likelihood import gaussian_nll, poisson_nll

from .numeric import close, jacobian

MEAN, SPREAD = 126.35, 18.69


def density(y, mean=MEAN, spread=SPREAD):
    """Return the package's Gaussian density."""
    return math.exp(-gaussian_nll(float(y), mean, spread))


def area(function, low, high):
    """Return an integral."""
    value, _ = scipy.integrate.quad(function, low, high, epsabs=1e-13, epsrel=1e-12)
    return value


def test_eq_distributions_number():
    def machine(a, b, x):
        return Dense([[a]], [b])([[x]]).data.item()

    close(machine(1.0, 82.0, 35.0), 117.0)
    close(round(machine(1.105, 87.67, 35.0), 2), 126.35, rtol=1e-4)
    a, b, x = np.random.default_rng(0).normal(size=3)
    close(machine(a, b, x), a * x + b)


def test_eq_distributions_area():
    total = area(density, MEAN - 12 * SPREAD, MEAN) + area(density, MEAN, MEAN + 12 * SPREAD)
    close(total, 1.0)
    draws = np.random.default_rng(1).normal(MEAN, SPREAD, size=100_000)
    for low, high in ((126, 127), (90, 140)):
        exact = scipy.stats.norm.cdf(high, MEAN, SPREAD) - scipy.stats.norm.cdf(low, MEAN, SPREAD)

        close(area(density, low, high), exact)
        assert abs(np.mean((low < draws) & (draws <= high)) - exact) < 0.005


def test_eq_distributions_gaussian():
    for y in (80.0, 126.0, 190.0):
        formula = 1 / (math.sqrt(2 * math.pi) * SPREAD)
        formula *= math.exp(-((y - MEAN) ** 2) / (2 * SPREAD**2))

        close(formula, scipy.stats.norm.pdf(y, MEAN, SPREAD))
        close(density(y), formula)


def test_eq_distributions_small():
    y = 120.0
    errors = []
    for width in (1.0, 0.5):
        probability = np.diff(scipy.stats.norm.cdf([y, y + width], MEAN, SPREAD)).item()
        errors.append(probability - density(y) * width)
        assert abs(errors[-1]) < 0.02 * probability
    assert abs(errors[0] / errors[1] - 4) < 0.1, "what is left is of order Δ²"


def test_eq_distributions_units():
    for c in (0.001, 2.5):
        y = 120.0
        height = jacobian(lambda v, c=c: scipy.stats.norm.cdf(v / c, MEAN, SPREAD), c * y, 0.1 * c)

        close(height, density(y) / c, rtol=1e-8)
        close(density(c * y, c * MEAN, c * SPREAD), density(y) / c)


def test_eq_distributions_regression():
    a, b, spread = 1.105, 87.67, 18.69
    for x in (20.0, 35.0, 60.0):
        mean = a * x + b

        def given_x(y, mean=mean):
            return density(y, mean, spread)

        for y in (100.0, 150.0):
            close(given_x(y), scipy.stats.norm.pdf((y - a * x - b) / spread) / spread)
        close(area(given_x, mean - 200, mean + 200), 1.0)
        close(area(lambda y, f=given_x: y * f(y), mean - 200, mean + 200), mean)


def test_eq_distributions_softmax():
    z = np.random.default_rng(2).normal(scale=3, size=6)
    total = sum(math.exp(number) for number in z)
    by_hand = [math.exp(number) / total for number in z]

    close(np.exp(ops.log_softmax(z)), by_hand)
    close(scipy.special.softmax(z), by_hand)
    close(np.exp(ops.log_softmax(np.log([1.0, 2.0, 5.0]))), [1 / 8, 2 / 8, 5 / 8])


def test_eq_distributions_odds():
    z = np.random.default_rng(3).normal(scale=3, size=4)
    p = np.exp(ops.log_softmax(z))
    for j, k in np.ndindex(4, 4):
        close(p[j] / p[k], math.exp(z[j] - z[k]))
        close(math.log(p[j] / p[k]), z[j] - z[k])


def test_eq_distributions_sigmoid():
    for z in (-4.0, 0.3, 2.0):
        close(math.exp(ops.log_softmax(np.array([0.0, z]))[1]), 1 / (1 + math.exp(-z)))
        close(math.exp(z) / (math.exp(0) + math.exp(z)), 1 / (1 + math.exp(-z)))
        close(ops.sigmoid(z), 1 / (1 + math.exp(-z)))


def test_eq_distributions_plan():
    rng = np.random.default_rng(4)
    for _ in range(5):
        network = Dense(rng.normal(size=(3, 2)), rng.normal(size=2))
        mean, raw = network(rng.normal(size=(1, 3))).data[0]
        spread = float(ops.softplus(raw))

        assert spread > 0, "whatever the raw output is"
        total = area(lambda y, m=mean, s=spread: density(y, m, s), mean - 12 * spread, mean)
        close(2 * total, 1.0)


def test_eq_distributions_poisson():
    for rate in (0.4, 3.0):
        formula = [rate**k / math.factorial(k) * math.exp(-rate) for k in range(60)]

        close([math.exp(-poisson_nll(k, math.log(rate))) for k in range(60)], formula)
        close(sum(formula), 1.0)
        close(sum(k * p for k, p in enumerate(formula)), rate)


def test_eq_distributions_mixture():
    raw, means, spreads = np.array([0.3, -0.5]), (-1.0, 2.0), (0.5, 1.5)
    p = np.exp(raw) / np.sum(np.exp(raw))

    def below(y):
        return sum(p[i] * scipy.stats.norm.cdf(y, means[i], spreads[i]) for i in range(2))

    for y in (-1.5, 0.2, 2.5):
        formula = sum(p[i] * density(y, means[i], spreads[i]) for i in range(2))

        close(formula, jacobian(below, y))
        logs = [-gaussian_nll(y, means[i], spreads[i]) for i in range(2)]
        close(math.exp(ops.logsumexp(ops.log_softmax(raw) + np.array(logs))), formula)
