"""The equations of book/likelihood/classification.md."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
import scipy.stats

from underhood import ops
from underhood.likelihood import bernoulli_nll, categorical_nll

from .numeric import close, engine_gradients, jacobian


def draw(seed, examples=6, classes=4):
    """Return labels, logits and probabilities."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(examples, classes))
    return rng.integers(classes, size=examples), logits, scipy.special.softmax(logits, axis=1)


def test_eq_classification_five():
    of_class_1 = [Fraction(p) for p in ("0.1", "0.2", "0.4", "0.8", "0.25")]
    labels = np.array([0, 0, 0, 1, 1])
    of_labels = [p if y else 1 - p for p, y in zip(of_class_1, labels, strict=True)]

    assert of_labels == [Fraction(p) for p in ("0.9", "0.8", "0.6", "0.8", "0.25")]
    assert math.prod(of_labels) == Fraction("0.0864")
    logits = scipy.special.logit(np.array(of_class_1, float))
    close(math.exp(-5 * bernoulli_nll(labels, logits)), 0.0864)


def test_eq_classification_five_sum():
    logs = [math.log(p) for p in (0.9, 0.8, 0.6, 0.8, 0.25)]

    assert [round(number, 2) for number in logs] == [-0.11, -0.22, -0.51, -0.22, -1.39]
    assert round(sum(logs), 2) == -2.45
    close(math.exp(sum(logs)), 0.0864)


def test_eq_classification_likelihood():
    labels, logits, p = draw(0, examples=3)
    chances = {
        choice: math.prod(p[i, c] for i, c in enumerate(choice))
        for choice in itertools.product(range(4), repeat=3)
    }

    close(sum(chances.values()), 1.0)
    for choice, chance in chances.items():
        close(math.exp(-3 * categorical_nll(choice, logits)), chance)


def test_eq_classification_nll():
    labels, logits, p = draw(1)
    by_hand = -1 / 6 * sum(math.log(p[i, labels[i]]) for i in range(6))

    close(categorical_nll(labels, logits), by_hand)


def test_eq_classification_geometric():
    labels, logits, p = draw(2)
    product = math.prod(p[i, labels[i]] for i in range(6))

    close(math.exp(-categorical_nll(labels, logits)), product ** (1 / 6))
    close(scipy.stats.gmean(p[np.arange(6), labels]), product ** (1 / 6))


def test_eq_classification_binary():
    for y, p in itertools.product((0, 1), (0.1, 0.35, 0.9)):
        formula = -y * math.log(p) - (1 - y) * math.log(1 - p)

        close(formula, -scipy.stats.bernoulli.logpmf(y, p))
        close(bernoulli_nll(y, scipy.special.logit(p)), formula)


def test_eq_classification_categorical():
    labels, logits, p = draw(3)
    one_hot = np.eye(4)[labels]
    double_sum = sum(one_hot[i, c] * math.log(p[i, c]) for i, c in np.ndindex(6, 4))

    close(categorical_nll(labels, logits), -1 / 6 * double_sum)


def test_eq_classification_logits():
    labels, logits, p = draw(4)
    for y, z, probabilities in zip(labels, logits, p, strict=True):
        formula = math.log(sum(math.exp(number) for number in z)) - z[y]

        close(formula, -math.log(probabilities[y]))
        close(categorical_nll(y, z), formula)


def test_eq_classification_gradient():
    labels, logits, p = draw(5)
    for y, z, probabilities in zip(labels, logits, p, strict=True):
        formula = [probabilities[c] - (c == y) for c in range(4)]

        close(jacobian(lambda v, y=y: -scipy.special.log_softmax(v)[y], z), formula)
        (given,) = engine_gradients(lambda v, y=y: categorical_nll(y, v), z)
        close(given, formula)


def test_eq_classification_binary_gradient():
    for y, z in itertools.product((0, 1), (-3.0, 0.4, 2.0)):
        p = 1 / (1 + math.exp(-z))
        true = -math.log(p if y else 1 - p)

        close(math.log(1 + math.exp(z)) - y * z, true)
        close(bernoulli_nll(y, z), true)
        slope = jacobian(lambda v, y=y: -scipy.special.log_expit(v if y else -v), z)
        close(p - y, slope)
        close(engine_gradients(lambda v, y=y: bernoulli_nll(y, v), z)[0], slope)


def test_eq_classification_by_hand():
    (given,) = engine_gradients(lambda z: categorical_nll(1, z), np.log([1.0, 2.0, 5.0]))

    close(given, [1 / 8, 2 / 8 - 1, 5 / 8])
    close(given, [0.125, -0.75, 0.625])


def test_eq_classification_guess():
    close(-math.log(1 / 10), math.log(10))
    for label in range(10):
        close(categorical_nll(label, np.zeros(10)), 2.302585, rtol=1e-6)


def test_eq_classification_ignorance():
    _, logits, _ = draw(6)
    for z in logits:
        expected = sum(categorical_nll(y, z) for y in range(4)) / 4
        m = sum(z) / 4

        close(math.log(sum(math.exp(number) for number in z)) - m, expected)
        mean_exponential = sum(math.exp(number - m) for number in z) / 4
        close(math.log(4) + math.log(mean_exponential), expected)
        assert expected >= math.log(4)


def test_eq_classification_small():
    _, logits, _ = draw(7)

    def rest(scale):
        """What the approximation leaves of the loss that is expected for random labels."""
        z = scale * logits
        loss = sum(categorical_nll(np.full(6, y), z) for y in range(4)) / 4
        return loss - math.log(4) - sum(np.var(row) for row in z) / 6 / 2

    assert abs(rest(0.01)) < 1e-6
    assert rest(0.01) / rest(0.005) == pytest.approx(8, rel=0.2), "the next term is of order 3"


def test_eq_classification_large():
    _, logits, _ = draw(8)
    spread = np.mean([max(z) - sum(z) / 4 for z in logits])
    for s in (10, 1000):
        loss = sum(categorical_nll(np.full(6, y), s * logits) for y in range(4)) / 4

        assert 0 <= loss - s * spread < math.log(4)


def test_eq_classification_cross():
    q, lengths = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1, 2, 3, 3]

    def cross(q, p):
        return -sum(a * math.log2(b) for a, b in zip(q, p, strict=True))

    for code in (lengths, lengths[::-1]):
        mean = sum(a * length for a, length in zip(q, code, strict=True))
        close(cross(q, [2.0**-length for length in code]), mean)
    assert cross(q, [2.0**-length for length in lengths[::-1]]) == 2.625
    labels, logits, p = draw(9)
    rows = [cross(np.eye(4)[y], probabilities) for y, probabilities in zip(labels, p, strict=True)]
    close(categorical_nll(labels, logits), math.log(2) * np.mean(rows))


def test_eq_classification_kl():
    rng = np.random.default_rng(10)
    q, p = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    cross = -sum(q * np.log2(p))

    close(sum(q * np.log2(q / p)), scipy.stats.entropy(q, p, base=2))
    close(scipy.stats.entropy(q, base=2) + sum(q * np.log2(q / p)), cross)


def test_eq_classification_gibbs():
    rng = np.random.default_rng(11)
    for _ in range(50):
        q, p = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
        q[0], q[1] = 0, q[0] + q[1]  # a class that never comes
        seen = q > 0
        linear = sum(q[seen] * (p[seen] / q[seen] - 1))

        close(sum(q[seen] * np.log(p[seen] / q[seen])), -scipy.stats.entropy(q, p))
        assert -scipy.stats.entropy(q, p) <= linear <= 1 - 1 + 1e-15
        close(scipy.stats.entropy(q, q), 0.0)


def test_eq_classification_brier():
    for y, z in itertools.product((0, 1), (-3.0, 0.4, 2.0)):
        p = 1 / (1 + math.exp(-z))
        formula = 2 * (p - y) * p * (1 - p)

        close(jacobian(lambda v, y=y: (1 / (1 + np.exp(-v)) - y) ** 2, z), formula)
        (given,) = engine_gradients(lambda v, y=y: (ops.sigmoid(v) - y) ** 2, z)
        close(given, formula)


def test_eq_classification_scale():
    labels, logits, p = draw(12)
    slope = jacobian(lambda s: categorical_nll(labels, s * logits), 1.0)
    rows = range(6)
    one_hot = np.eye(4)[labels]

    close(np.mean([sum((p[i] - one_hot[i]) * logits[i]) for i in rows]), slope)
    close(np.mean([sum(p[i] * logits[i]) - logits[i, labels[i]] for i in rows]), slope)
    (given,) = engine_gradients(lambda s: categorical_nll(labels, s * logits), 1.0)
    close(given, slope)
