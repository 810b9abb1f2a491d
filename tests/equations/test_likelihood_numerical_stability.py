"""The equations of book/likelihood/numerical-stability.md."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np

from underhood import ops
from underhood.likelihood import bernoulli_nll, categorical_nll

from .numeric import close, engine_gradients, jacobian


def test_eq_numerical_stability_unit():
    unit = np.nextafter(np.float32(0), np.float32(1))

    assert float(unit) == 2.0**-149
    assert f"{unit:.1e}" == "1.4e-45"


def test_eq_numerical_stability_sum():
    p = np.random.default_rng(0).uniform(size=30)
    product = math.prod(Fraction(number) for number in p)

    with mpmath.workdps(40):
        log = mpmath.log(mpmath.mpf(product.numerator) / product.denominator)
    close(sum(math.log(number) for number in p), float(log))
    close(-30 * bernoulli_nll(np.ones(30, int), np.log(p / (1 - p))), float(log))


def test_eq_numerical_stability_wall():
    for dtype, power, rounded in ((np.float32, 150, 103.97), (np.float64, 1075, 745.13)):
        wall = power * math.log(2)
        half_a_unit = Fraction(1, 2**power)  # whose logarithm is -wall

        assert round(wall, 2) == rounded
        assert dtype(float(half_a_unit * Fraction(1001, 1000))) > 0
        assert dtype(float(half_a_unit)) == 0
        assert np.exp(dtype(-0.9999 * wall)) > 0
        assert np.exp(dtype(-1.0001 * wall)) == 0


def test_eq_numerical_stability_uniform():
    close(float(mpmath.quad(lambda p: -mpmath.log(p), [0, 1])), 1.0)
    close(float(mpmath.quad(lambda p: mpmath.log(p) ** 2, [0, 1])), 2.0)


def test_eq_numerical_stability_slopes():
    def likelihood(p):
        return 45 * p**2 * (1 - p) ** 8

    with mpmath.workdps(40):
        for p in (0.1, 0.2, 0.6):
            value = likelihood(mpmath.mpf(p))
            first, second = (mpmath.diff(likelihood, p, order) for order in (1, 2))
            log_first, log_second = (
                mpmath.diff(lambda v: mpmath.log(likelihood(v)), p, order) for order in (1, 2)
            )
            close(float(first), float(value * log_first))
            close(float(log_second), float(second / value - (first / value) ** 2))


def test_eq_numerical_stability_softplus():
    for z in (-800.0, -40.0, -0.3, 0.0, 2.0, 40.0):
        with mpmath.workdps(400):
            true = float(-mpmath.log(1 / (1 + mpmath.exp(-mpmath.mpf(z)))))

        close(max(0, -z) + np.log1p(np.exp(-abs(z))), true, atol=0)
        close(ops.softplus(-z), true, atol=0)
        close(bernoulli_nll(1, z), true, atol=0)
        if z > -700:
            close(np.log1p(np.exp(-z)), true, atol=0)


def test_eq_numerical_stability_nll():
    z = np.random.default_rng(1).normal(scale=3, size=5)
    exponentials = [math.exp(number) for number in z]
    for k in range(5):
        true = -math.log(exponentials[k] / sum(exponentials))

        close(math.log(sum(exponentials)) - z[k], true)
        close(categorical_nll(k, z), true)


def test_eq_numerical_stability_shift():
    z = np.array([1000.0, 1001.0, 1002.0])
    with mpmath.workdps(30):
        true = float(mpmath.log(sum(mpmath.exp(mpmath.mpf(number)) for number in z)))

    for m in (990.0, 1000.0, 1002.0):
        close(m + math.log(sum(math.exp(number - m) for number in z)), true)
    close(ops.logsumexp(z), true)
    assert f"{true:.4f}" == "1002.4076"


def test_eq_numerical_stability_bounds():
    rng = np.random.default_rng(2)
    for classes in (1, 2, 10):
        for scale in (0.1, 10.0):
            z = rng.normal(scale=scale, size=classes)
            assert max(z) - 1e-12 <= ops.logsumexp(z) <= max(z) + math.log(classes) + 1e-12
    close(ops.logsumexp(np.full(7, 3.0)), 3 + math.log(7))  # reached
    close(ops.logsumexp(np.array([3.0, -50.0])), 3.0)  # reached, nearly


def test_eq_numerical_stability_gradient():
    z = np.random.default_rng(3).normal(size=5)
    total = sum(math.exp(number) for number in z)
    formula = [math.exp(number) / total for number in z]

    close(jacobian(lambda v: np.log(np.sum(np.exp(v))), z), formula)
    close(engine_gradients(ops.logsumexp, z)[0], formula)
    close(np.exp(ops.log_softmax(z)), formula)


def test_eq_numerical_stability_floor():
    rng = np.random.default_rng(4)
    for classes in (2, 10):
        formula = math.log(1 + (classes - 1) / math.e)

        close(-math.log(math.e / (math.e + (classes - 1) * 1)), formula)
        close(categorical_nll(0, np.eye(classes)[0]), formula)
        for p in rng.dirichlet(np.full(classes, 0.2), size=200):
            assert categorical_nll(0, p) >= formula - 1e-12
    assert round(math.log(1 + 9 / math.e), 3) == 1.461
