"""The equations of book/likelihood/principle.md."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.stats

from underhood import ops
from underhood.likelihood import bernoulli_nll, binomial_nll, gaussian_nll, poisson_nll

from .numeric import close, engine_gradients, hessian, jacobian

K, N = 3, 10


def likelihood(p, k=K, n=N):
    """Return the probability of k signs, arrangement by arrangement."""
    throws = itertools.product((0, 1), repeat=n)
    return sum(math.prod(p if y else 1 - p for y in row) for row in throws if sum(row) == k)


def package_log_likelihood(p, k=K, n=N):
    """Return what the package makes of it."""
    return -float(binomial_nll(k, n, float(p)))


def test_eq_likelihood_principle_binomial():
    for n, p in ((3, 1 / 6), (8, 0.37)):
        for k in range(n + 1):
            coefficient = math.factorial(n) / (math.factorial(k) * math.factorial(n - k))
            formula = coefficient * p**k * (1 - p) ** (n - k)

            close(formula, likelihood(p, k, n))
            close(math.exp(package_log_likelihood(p, k, n)), likelihood(p, k, n))
    assert round(likelihood(1 / 6, 1, 10), 4) == 0.3230


def test_eq_likelihood_principle_likelihood():
    dice = np.arange(7) / 6
    heights = [likelihood(p, 2, 10) for p in dice]

    close([math.exp(package_log_likelihood(p, 2, 10)) for p in dice], heights)
    assert np.argmax(heights) == 1, "one sign is the best guess"


def test_eq_likelihood_principle_log():
    for p in (0.1, 1 / 6, 0.7):
        coefficient = math.log(math.comb(N, K))
        formula = coefficient + K * math.log(p) + (N - K) * math.log(1 - p)

        close(formula, math.log(likelihood(p)))
        close(package_log_likelihood(p), formula)


def test_eq_likelihood_principle_slope():
    for p in (0.1, 1 / 6, 0.7):
        slope = jacobian(lambda v: math.log(likelihood(v)), p)

        close(K / p - (N - K) / (1 - p), slope, rtol=1e-7)
        close((K - N * p) / (p * (1 - p)), slope, rtol=1e-7)
        (given,) = engine_gradients(lambda v: -1 * binomial_nll(K, N, v), p)
        close(given, (K - N * p) / (p * (1 - p)))


def test_eq_likelihood_principle_share():
    for k in range(1, N):
        best = scipy.optimize.minimize_scalar(
            lambda p, k=k: binomial_nll(k, N, float(p)), bounds=(1e-3, 1 - 1e-3), method="bounded"
        )
        close(best.x, k / N, rtol=1e-4)


def test_eq_likelihood_principle_second():
    for p in (0.1, 0.3, 0.7):
        formula = -K / p**2 - (N - K) / (1 - p) ** 2
        slope = jacobian(lambda v: engine_gradients(lambda t: binomial_nll(K, N, t), v)[0], p, 1e-4)

        close(-slope, formula)
        with mpmath.workdps(40):
            close(float(mpmath.diff(lambda v: mpmath.log(likelihood(v)), p, 2)), formula)
        assert formula < 0


def test_eq_likelihood_principle_iid():
    y = np.random.default_rng(0).normal(1, 2, size=5)
    joint = scipy.stats.multivariate_normal(mean=np.full(5, 1.0), cov=4 * np.eye(5))
    single = scipy.stats.norm(1, 2)

    close(math.prod(single.pdf(number) for number in y), joint.pdf(y))
    close(sum(single.logpdf(number) for number in y), joint.logpdf(y))
    close(-5 * gaussian_nll(y, 1.0, 2.0), joint.logpdf(y))


def test_eq_likelihood_principle_nll():
    rng = np.random.default_rng(1)
    x, y, counts = rng.normal(size=6), rng.normal(size=6), rng.poisson(3, size=6)
    a, b = 0.4, 0.2

    gaussian = [math.log(scipy.stats.norm.pdf(y[i], a * x[i] + b, 0.8)) for i in range(6)]
    close(gaussian_nll(y, a * x + b, 0.8), -1 / 6 * sum(gaussian))
    rates = np.exp(a * x + b)
    poisson = [math.log(scipy.stats.poisson.pmf(counts[i], rates[i])) for i in range(6)]
    close(poisson_nll(counts, a * x + b), -1 / 6 * sum(poisson))


def test_eq_likelihood_principle_parabola():
    best = 0.3
    information = hessian(lambda p: binomial_nll(K, N, float(p)), best)

    def rest(distance):
        """What the parabola leaves of the log-likelihood."""
        parabola = package_log_likelihood(best) - information / 2 * distance**2
        return package_log_likelihood(best + distance) - parabola

    assert rest(0.02) / rest(0.01) == pytest.approx(8, rel=0.1), "the next term is of order 3"


def test_eq_likelihood_principle_information():
    for k in (1, 3, 8):
        best = k / N
        with mpmath.workdps(40):
            true = -mpmath.diff(lambda v, k=k: mpmath.log(likelihood(v, k)), best, 2)

        close(N / best + N / (1 - best), float(true))
        close(N / (best * (1 - best)), float(true))


def test_eq_likelihood_principle_error():
    for k in (1, 3, 8):
        best = k / N
        with mpmath.workdps(40):
            information = -mpmath.diff(lambda v, k=k: mpmath.log(likelihood(v, k)), best, 2)
        formula = math.sqrt(best * (1 - best) / N)

        close(1 / math.sqrt(information), formula)
        shares, chances = np.arange(N + 1) / N, [likelihood(best, i) for i in range(N + 1)]
        variance = sum(chances * (shares - chances @ shares) ** 2)
        close(math.sqrt(variance), formula)


def test_eq_likelihood_principle_bernoulli():
    for z in (-3.0, 0.4, 2.0):
        p = 1 / (1 + math.exp(-z))
        for y, probability in ((1, p), (0, 1 - p)):
            log_sigmoids = math.log(ops.sigmoid(z)), math.log(ops.sigmoid(-z))

            close(-y * log_sigmoids[0] - (1 - y) * log_sigmoids[1], -math.log(probability))
            close(bernoulli_nll(y, z), -math.log(probability))


def test_eq_likelihood_principle_residual():
    throws = np.array([1] * K + [0] * (N - K))
    for z in (-1.5, 0.4, 2.0):
        slope = jacobian(lambda v: -math.log(likelihood(1 / (1 + math.exp(-v)))) / N, z)
        p = ops.sigmoid(z)

        close(-K / N * (1 - p) + (N - K) / N * p, slope)
        close(p - K / N, slope)
        (given,) = engine_gradients(lambda v: bernoulli_nll(throws, v + np.zeros(N)), z)
        close(given, p - K / N)


def test_eq_likelihood_principle_interval():
    close(1.96**2 / 2, 1.92, rtol=1e-3)
    close(scipy.stats.chi2.ppf(0.95, 1) / 2, 1.92, rtol=1e-3)
    n, best = 1_000_000, 0.3  # so many throws that the log-likelihood is a parabola

    def too_low(p):
        fallen = package_log_likelihood(best, 300_000, n) - package_log_likelihood(p, 300_000, n)
        return fallen - 1.92

    error = math.sqrt(best * (1 - best) / n)
    ends = [scipy.optimize.brentq(too_low, best, best + side * 5 * error) for side in (-1, 1)]
    close((np.array(ends) - best) / error, [-1.96, 1.96], rtol=2e-3)


def test_eq_likelihood_principle_add_one():
    for k in range(N + 1):
        weight, _ = scipy.integrate.quad(lambda p, k=k: likelihood_of(p, k), 0, 1)
        weighted, _ = scipy.integrate.quad(lambda p, k=k: p * likelihood_of(p, k), 0, 1)

        close((k + 1) / (N + 2), weighted / weight)


def likelihood_of(p, k):
    """Return the package's likelihood of k signs."""
    return math.exp(-binomial_nll(k, N, float(p)))
