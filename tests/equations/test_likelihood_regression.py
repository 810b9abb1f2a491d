"""The equations of book/likelihood/regression.md."""

from __future__ import annotations

import math

import numpy as np
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats

from underhood import ops
from underhood.layers import Dense
from underhood.likelihood import bernoulli_nll, gaussian_nll, poisson_nll

from .numeric import close, engine_gradients, hessian, jacobian

HALF_LOG_2PI = math.log(2 * math.pi) / 2


def draw(seed, n=7):
    """Return inputs, observations, predictions and their mean squared error."""
    rng = np.random.default_rng(seed)
    x, y, predictions = rng.normal(size=(3, n))
    mse = sum((predictions[i] - y[i]) ** 2 for i in range(n)) / n
    return x, y, predictions, mse


def total(function, low=-np.inf, high=np.inf):
    """Return an integral."""
    value, _ = scipy.integrate.quad(function, low, high, epsabs=1e-12)
    return value


def test_eq_regression_likelihood_gaussian():
    for y, mean, spread in ((1.0, 3.0, 2.0), (5.0, 4.5, 0.3)):
        formula = (y - mean) ** 2 / (2 * spread**2) + math.log(spread) + HALF_LOG_2PI

        close(formula, -scipy.stats.norm.logpdf(y, mean, spread))
        close(gaussian_nll(y, mean, spread), formula)


def test_eq_regression_likelihood_mse():
    _, y, predictions, mse = draw(0)
    for spread in (0.5, 2.0):
        formula = mse / (2 * spread**2) + math.log(spread) + HALF_LOG_2PI

        close(gaussian_nll(y, predictions, spread), formula)
        close(-np.mean(scipy.stats.norm.logpdf(y, predictions, spread)), formula)


def test_eq_regression_likelihood_pull():
    _, y, predictions, _ = draw(1)
    spread = 0.7
    formula = [1 / 7 * (predictions[i] - y[i]) / spread**2 for i in range(7)]

    close(jacobian(lambda v: -np.mean(scipy.stats.norm.logpdf(y, v, spread)), predictions), formula)
    (given,) = engine_gradients(lambda v: gaussian_nll(y, v, spread), predictions)
    close(given, formula)


def test_eq_regression_likelihood_spread():
    _, y, predictions, mse = draw(2)
    best = scipy.optimize.minimize_scalar(
        lambda s: gaussian_nll(y, predictions, float(s)), bounds=(0.1, 10), method="bounded"
    )

    close(best.x**2, mse, rtol=1e-4)
    (slope,) = engine_gradients(lambda s: gaussian_nll(y, predictions, s), math.sqrt(mse))
    close(slope, 0.0)


def test_eq_regression_likelihood_minimum():
    _, y, predictions, mse = draw(3)
    spread = math.sqrt(mse)
    lowest = min(gaussian_nll(y, predictions, float(s)) for s in spread * np.linspace(0.5, 2, 301))

    close(1 / 2 + math.log(spread) + HALF_LOG_2PI, lowest)
    close(math.log(2 * math.pi * math.e * mse) / 2, lowest)


def test_eq_regression_likelihood_unbiased():
    x = np.random.default_rng(4).normal(size=7)
    # The residuals are linear in the noise: squares of independent noises add up one by one.
    spread, expected = 1.3, 0.0
    for noise in spread * np.eye(7):
        slope, intercept = np.polyfit(x, noise, 1)
        expected += sum((noise - slope * x - intercept) ** 2)

    close(expected, (7 - 2) * spread**2)


def test_eq_regression_likelihood_two_heads():
    (a, c, b, d), x = np.random.default_rng(5).normal(size=4), np.linspace(-3, 3, 7)
    heads = Dense([[a, c]], [b, d])(x[:, np.newaxis]).data

    close(heads[:, 0], [a * number + b for number in x])
    close(heads[:, 1], [c * number + d for number in x])
    assert np.all(np.exp(heads[:, 1]) > 0)


def test_eq_regression_likelihood_two_gradients():
    for y, mean, spread in ((1.0, 3.0, 2.0), (5.0, 4.5, 0.3)):
        formula = [(mean - y) / spread**2, 1 - (y - mean) ** 2 / spread**2]
        at = np.array([mean, math.log(spread)])

        close(jacobian(lambda v, y=y: -scipy.stats.norm.logpdf(y, v[0], np.exp(v[1])), at), formula)
        given = engine_gradients(lambda m, s, y=y: gaussian_nll(y, m, ops.exp(s)), *at)
        close(given, formula)


def test_eq_regression_likelihood_ratio():
    x, y, _, _ = draw(6)
    spread = np.std(y)
    slope, intercept = np.polyfit(x, y, 1)
    line = slope * x + intercept
    likelihoods = [
        math.prod(scipy.stats.norm.pdf(y, np.mean(y), spread)),
        math.prod(scipy.stats.norm.pdf(y, line, np.std(y - line))),
    ]
    nll = [gaussian_nll(y, np.mean(y), spread), gaussian_nll(y, line, np.std(y - line))]
    statistic = 2 * 7 * (nll[0] - nll[1])

    close(statistic, 2 * math.log(likelihoods[1] / likelihoods[0]))
    assert statistic > 0, "the larger model contains the smaller one"


def test_eq_regression_likelihood_laplace():
    middle, width = 0.7, 1.6

    def density(y):
        return math.exp(-abs(y - middle) / width) / (2 * width)

    for y in (-2.0, 0.9, 4.0):
        close(density(y), scipy.stats.laplace.pdf(y, middle, width))
        formula = abs(y - middle) / width + math.log(2 * width)
        close(formula, -scipy.stats.laplace.logpdf(y, middle, width))
    close(total(density, -np.inf, middle) + total(density, middle), 1.0)


def test_eq_regression_likelihood_poisson():
    for rate in (0.4, 1.0, 6.0):
        for y in range(8):
            probability = rate**y * math.exp(-rate) / math.factorial(y)
            formula = rate - y * math.log(rate) + math.log(math.factorial(y))

            close(probability, scipy.stats.poisson.pmf(y, rate))
            close(formula, -math.log(probability))
            close(poisson_nll(y, math.log(rate)), formula)


def test_eq_regression_likelihood_rate():
    counts = np.random.default_rng(7).poisson(2.5, size=9)
    best = scipy.optimize.minimize_scalar(
        lambda rate: poisson_nll(counts, math.log(rate)), bounds=(0.1, 20), method="bounded"
    )

    close(best.x, sum(counts) / 9, rtol=1e-4)


def test_eq_regression_likelihood_equal():
    for rate in (0.4, 1.0, 6.0):
        counts = np.arange(80)
        chances = np.exp([-poisson_nll(y, math.log(rate)) for y in counts])
        mean = sum(chances * counts)

        close(mean, rate)
        close(sum(chances * (counts - mean) ** 2), rate)


def test_eq_regression_likelihood_link():
    (a, b), x = np.random.default_rng(8).normal(size=2), np.linspace(-1, 1, 5)
    counts = np.arange(5)
    rates = [math.exp(a * number + b) for number in x]

    logs = [scipy.stats.poisson.logpmf(counts[i], rates[i]) for i in range(5)]
    close(poisson_nll(counts, a * x + b), -sum(logs) / 5)


def test_eq_regression_likelihood_slope():
    for y, z in ((0, -1.0), (3, 0.5), (2, 1.5)):
        formula = math.exp(z) - y

        close(jacobian(lambda v, y=y: -scipy.stats.poisson.logpmf(y, np.exp(v)), z), formula)
        (given,) = engine_gradients(lambda v, y=y: poisson_nll(y, v), z)
        close(given, formula)


def test_eq_regression_likelihood_newton():
    x = np.random.default_rng(9).normal(size=6)
    counts, theta = np.array([0, 1, 4, 2, 0, 3]), np.array([0.4, 0.3])
    X = np.column_stack([x, np.ones(6)])
    rates = np.exp(X @ theta)

    def nll(v):
        return -np.mean(scipy.stats.poisson.logpmf(counts, np.exp(v[0] * x + v[1])))

    gradient = X.T @ (rates - counts) / 6
    close(gradient, jacobian(nll, theta))
    close(X.T @ np.diag(rates) @ X / 6, hessian(nll, theta), rtol=1e-7)
    (given,) = engine_gradients(lambda v: poisson_nll(counts, ops.matmul(X, v)), theta)
    close(given, gradient)


def test_eq_regression_likelihood_entropy():
    for rate in (0.4, 3.0):
        counts = np.arange(80)
        chances = scipy.stats.poisson.pmf(counts, rate)
        expected = sum(chances * [poisson_nll(y, math.log(rate)) for y in counts])
        log_factorials = np.array([math.lgamma(y + 1) for y in counts])

        terms = rate - counts * math.log(rate) + log_factorials
        close(sum(chances * terms), expected)
        close(rate - rate * math.log(rate) + sum(chances * log_factorials), expected)
        close(scipy.stats.poisson.entropy(rate), expected)


def test_eq_regression_likelihood_overdispersion():
    counts = np.arange(400)
    for mean, alpha in ((2.0, 0.5), (7.0, 0.2)):
        # Many rates, equally probable: the middles of slices of the gamma distribution.
        factors = scipy.stats.gamma.ppf((np.arange(2_000) + 0.5) / 2_000, 1 / alpha, scale=alpha)
        rates = mean * factors
        close([np.mean(factors), np.var(factors)], [1, alpha], rtol=5e-3)
        mixed = scipy.stats.poisson.pmf(counts[:, np.newaxis], rates).mean(axis=1)
        average = sum(mixed * counts)
        variance = sum(mixed * (counts - average) ** 2)

        close(average, mean, rtol=5e-3)
        close(variance, np.mean(rates) + np.var(rates))
        close(variance, mean + alpha * mean**2, rtol=5e-3)
        close(scipy.stats.nbinom.var(1 / alpha, 1 / (1 + alpha * mean)), mean + alpha * mean**2)


def test_eq_regression_likelihood_dispersion():
    # With so few observations, dividing by n would give about 0.7 for Poisson counts.
    rng = np.random.default_rng(10)
    x = np.array([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])
    X = np.column_stack([x, np.ones(6)])
    rates = np.exp(0.5 * x + 3)
    found = {0: [], 0.1: []}
    for alpha, values in found.items():
        for _ in range(400):
            factors = rng.gamma(1 / alpha, alpha, size=6) if alpha else 1
            counts = rng.poisson(rates * factors)
            theta = np.array([0.5, 3.0])
            for _ in range(6):  # Newton's method, from the truth
                fitted = np.exp(X @ theta)
                theta = theta - np.linalg.solve(X.T * fitted @ X, X.T @ (fitted - counts))
            fitted = np.exp(X @ theta)
            values.append(sum((counts[i] - fitted[i]) ** 2 / fitted[i] for i in range(6)) / (6 - 2))

    assert abs(np.mean(found[0]) - 1) < 0.1
    assert np.mean(found[0.1]) > 2


FAMILY = {
    # name: h, A, distribution at z, support, the package's loss
    "gaussian": (
        lambda y: math.exp(-(y**2) / 2) / math.sqrt(2 * math.pi),
        lambda z: z**2 / 2,
        lambda y, z: scipy.stats.norm.pdf(y, z, 1),
        np.linspace(-12, 12, 4001),
        lambda y, z: gaussian_nll(y, z, 1.0),
    ),
    "bernoulli": (
        lambda y: 1.0,
        lambda z: np.log1p(np.exp(z)),
        lambda y, z: scipy.stats.bernoulli.pmf(y, 1 / (1 + math.exp(-z))),
        np.array([0, 1]),
        bernoulli_nll,
    ),
    "poisson": (
        lambda y: 1 / math.factorial(int(y)),
        np.exp,
        lambda y, z: scipy.stats.poisson.pmf(y, math.exp(z)),
        np.arange(60),
        poisson_nll,
    ),
}


def mean_of(name, z):
    """Return the mean of a distribution of the family, added up."""
    h, A, _, support, _ = FAMILY[name]
    width = support[1] - support[0]
    return sum(y * h(y) * math.exp(z * y - A(z)) for y in support) * width


def test_eq_regression_likelihood_family():
    for h, A, distribution, support, loss in FAMILY.values():
        for z in (-1.2, 0.4):
            for y in support[:: max(1, len(support) // 7)]:
                formula = h(y) * math.exp(z * y - A(z))

                close(formula, distribution(y, z), atol=1e-300)
                close(math.exp(-loss(y, z)), formula, atol=1e-300)


def test_eq_regression_likelihood_family_mean():
    for name, (_, A, _, _, _) in FAMILY.items():
        for z in (-1.2, 0.4):
            close(jacobian(A, z), mean_of(name, z))


def test_eq_regression_likelihood_family_slope():
    for name, (_, _, _, support, loss) in FAMILY.items():
        for z in (-1.2, 0.4):
            for y in support[:2]:
                (given,) = engine_gradients(lambda v, y=y, f=loss: f(y, v), z)
                close(given, mean_of(name, z) - y)
