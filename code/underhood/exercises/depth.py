"""The exercises of the chapter on activations, normalization and residual networks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from underhood.autodiff import Array
from underhood.exercises.exercise import Case, Exercise, register

# ---- Activations ----

LN3 = math.log(3)

register(
    Exercise(
        "ex-activations-gates",
        "hand",
        "Write σ and tanh with powers of e, and put in e to the power of x, which is a round "
        "number here. Each gate multiplies what arrives by its slope.",
        reference=(2.25, 4.32, 12, 2.4),
        parts=("sigmoid", "tanh", "ReLU", "leaky ReLU"),
        given={"gradient": 12, "x": LN3, "negative_slope": 0.2},
        mistakes=(
            (
                {"sigmoid": 9},
                "You multiplied by σ(x), the sigmoid's value. A gate multiplies what arrives by "
                "its slope.",
            ),
            (
                {"sigmoid": 3},
                "You let a quarter through. That is 1 − σ(x), which is one factor of the slope "
                "only; or the slope at zero, where this x is not.",
            ),
            (
                {"sigmoid": 0.1875},
                "That is the sigmoid's slope. What arrives has still to be multiplied by it.",
            ),
            (
                {"sigmoid": 6.75},
                "You squared σ(x). The sigmoid's slope has σ(x) as one factor only.",
            ),
            (
                {"sigmoid": 12 * LN3 * (1 - LN3)},
                "You put x into s (1 − s). The s in it is the value of the sigmoid.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 9.6},
                "The sigmoid is right. For tanh you multiplied by the value, not by the slope.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 7.68},
                "The sigmoid is right. For tanh you multiplied by the square of the value. That is "
                "what the slope lacks, not what it is.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 0.36},
                "The sigmoid is right. For tanh you gave the slope; what arrives has still to be "
                "multiplied by it.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 2.4},
                "The sigmoid is right. For tanh you took 1 − tanh x; a square is missing.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 12},
                "The sigmoid is right. For tanh you took the slope at zero, where this x is not.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 36},
                "For the ReLU you multiplied by e to the power of x. Asked is the slope.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 1.92},
                "The sigmoid is right. For tanh you used the sigmoid's formula, s (1 − s), with "
                "tanh in place of s. Its derivative is another one.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 2.16},
                "The sigmoid is right. For tanh = 2σ(2x) − 1 you took the factor in front and "
                "forgot the one inside, which the chain rule brings out.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 1.08},
                "The sigmoid is right. For tanh you took the sigmoid's slope at 2x and forgot both "
                "factors: the one in front and the one that the chain rule brings out.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 2.25},
                "The sigmoid is right, but tanh is not the sigmoid: it is stretched, and steeper.",
            ),
            (
                {"sigmoid": 4.32, "tanh": 2.25},
                "Sigmoid and tanh are in the wrong order.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12 * LN3},
                "For ReLU you multiplied by the value, x. Its slope to the right of zero does not "
                "depend on x.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 0},
                "For ReLU you took the slope on the left of zero. This x is on the right.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 1},
                "For ReLU you gave the slope; what arrives has still to be multiplied by it.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": 0.2},
                "Three are right. For the leaky ReLU you gave the slope alone.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": 9.6},
                "Three are right. For the leaky ReLU you took what the leak holds back. Asked is "
                "what it lets through.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": 0},
                "Three are right. For the leaky ReLU you took the slope of ReLU: the leak lets a "
                "part of the gradient through on the left.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": 12},
                "Three are right. The leaky ReLU stands at a negative x, where the slope is the "
                "smaller one.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": -2.4},
                "Three are right. The leaky ReLU still rises on the left: its slope is positive, "
                "though its value is negative.",
            ),
            (
                {"sigmoid": 2.25, "tanh": 4.32, "ReLU": 12, "leaky ReLU": -2.4 * LN3},
                "Three are right. For the leaky ReLU you multiplied by its value, not its slope.",
            ),
        ),
        remark="Of the same gradient the four gates let through very different shares.",
    )
)
register(
    Exercise(
        "ex-activations-chain",
        "hand",
        "Each unit multiplies the gradient twice: by its slope at its own pre-activation, and by "
        "the weight in front of it.",
        reference=(9 / 256, 10),
        parts=("gradient", "units"),
        rtol=(5e-3, 1e-3),
        given={"pre_activations": (0, LN3, -LN3, 0), "weight": 2},
        mistakes=(
            (
                {"gradient": 9 / 4096},
                "You multiplied the slopes and left out the weights.",
            ),
            (
                {"gradient": 9 / 2048},
                "You multiplied by the weight once. There is one in front of each unit.",
            ),
            (
                {"gradient": 0.875},
                "You added up the slopes. Along a path the factors multiply, the weights too.",
            ),
            (
                {"gradient": 1.75},
                "You added up the factors of the units. Along a path they multiply.",
            ),
            (
                {"gradient": 0.75},
                "You used the values σ(z) of the units. The chain rule asks for their slopes.",
            ),
            (
                {"gradient": 3 / 64},
                "You multiplied values of σ. The chain rule asks for slopes, and for the weights.",
            ),
            (
                {"gradient": -9 / 256},
                "The sigmoid rises on both sides of zero: its slope is never negative.",
            ),
            (
                {"gradient": 1 / 16},
                "You took the largest slope for every unit. Two of them are not at zero.",
            ),
            (
                {"gradient": 9 / 128},
                "A unit at zero is missing, or you counted a weight too many: four units and four "
                "weights.",
            ),
            (
                {"gradient": 9 / 512},
                "A weight is missing: there is one in front of each unit, of the first one, too.",
            ),
            (
                {"gradient": 1 / 256},
                "You took the largest slope for every unit, and left out the weights.",
            ),
            (
                {"gradient": 81 / 4096},
                "You took the slope at log 3 for every unit. Two of them are elsewhere.",
            ),
            (
                {"gradient": 0.0081},
                "You multiplied the pre-activations by the weight. They are what goes into σ: the "
                "weight is in them already.",
            ),
            (
                {"gradient": 0},
                "A sigmoid's slope is zero nowhere. At a pre-activation of 0 it is even steepest.",
            ),
            (
                {"gradient": 9 / 256, "units": 5},
                "The gradient is right. For the count you left out the weights: each unit "
                "multiplies by slope times weight.",
            ),
            (
                {"gradient": 9 / 256, "units": 9},
                "The gradient is right. With as many units as you say it is still nearly two "
                "thousandths.",
            ),
            (
                {"gradient": 9 / 256, "units": 11},
                "The gradient is right. With so many units it is less than a thousandth, but not "
                "for the first time.",
            ),
            (
                {"gradient": 9 / 256, "units": 1024},
                "The gradient is right. That is how many times smaller it gets. Asked is after how "
                "many units.",
            ),
            (
                {"gradient": 9 / 256, "units": math.log2(1000)},
                "The gradient is right. Units come whole: which whole number is the first to "
                "get below a thousandth?",
            ),
            (
                {"gradient": 9 / 256, "units": 500},
                "The gradient is right. You divided a thousand by the factor as if the factors "
                "added up; they multiply.",
            ),
        ),
        remark="Twice the weight halves the speed of the decay; it does not stop it.",
    )
)
register(
    Exercise(
        "ex-activations-live",
        "hand",
        "Write the slope of tanh with cosh, set it to a tenth of what it is at zero, and solve for "
        "x. Then express the sigmoid's slope by that of tanh.",
        reference=(math.acosh(math.sqrt(10)), 2 * math.acosh(math.sqrt(10))),
        parts=("tanh", "sigmoid"),
        rtol=2e-3,
        given={"share": 0.1},
        mistakes=(
            (
                {"tanh": math.acosh(10)},
                "There cosh x, not its square, is ten: that is the width for one per cent of the "
                "largest slope.",
            ),
            (
                {"tanh": math.atanh(0.1)},
                "There the value of tanh is a tenth. The question is about its slope.",
            ),
            (
                {"tanh": math.atanh(0.9)},
                "There the value of tanh has come to nine tenths. The question is about its slope.",
            ),
            (
                {"tanh": math.atanh(math.sqrt(0.1))},
                "There the slope has fallen by a tenth. It should fall to a tenth.",
            ),
            (
                {"tanh": math.log(2 * math.sqrt(10)), "sigmoid": 2 * math.log(2 * math.sqrt(10))},
                "In cosh x you left out the smaller of the two exponentials. Far out that is "
                "harmless; here it shows.",
            ),
            (
                {"tanh": math.log(10) / 2},
                "You let the slope fall like a pure exponential from the start. Near zero it is "
                "flat: use cosh.",
            ),
            (
                {"tanh": math.asinh(math.sqrt(10))},
                "That is the inverse of sinh. In the one of cosh, 1 is subtracted under the root.",
            ),
            (
                {"tanh": math.sqrt(10)},
                "That is cosh x. Which x belongs to it?",
            ),
            (
                {"tanh": math.sqrt(0.9)},
                "That is the value of tanh where the slope is a tenth. Which x belongs to it?",
            ),
            (
                {"tanh": math.log10(math.sqrt(10) + 3)},
                "You took the logarithm to the base ten. The inverse of cosh has the natural one.",
            ),
            (
                {"tanh": 2 * math.acosh(math.sqrt(10)), "sigmoid": math.acosh(math.sqrt(10))},
                "The two are in the wrong order: tanh is the narrower one.",
            ),
            (
                {"tanh": 2 * math.acosh(math.sqrt(10))},
                "You gave the whole width of the zone. Asked is the largest |x|, half of it.",
            ),
            (
                {
                    "tanh": math.acosh(math.sqrt(10)),
                    "sigmoid": math.log((0.5 + math.sqrt(0.15)) / (0.5 - math.sqrt(0.15))),
                },
                "tanh is right. For the sigmoid you asked where the slope itself is a tenth; its "
                "largest slope is not one.",
            ),
            (
                {
                    "tanh": math.acosh(math.sqrt(10)),
                    "sigmoid": math.acosh(math.sqrt(10)) / 2,
                },
                "tanh is right. You stretched the other way round: the sigmoid is the wider one.",
            ),
            (
                {"tanh": math.acosh(math.sqrt(10)), "sigmoid": 4 * math.acosh(math.sqrt(10))},
                "tanh is right. You stretched it twice, or gave the whole width of the sigmoid's "
                "zone.",
            ),
            (
                {"tanh": math.acosh(math.sqrt(10)), "sigmoid": math.log(9)},
                "tanh is right. For the sigmoid you asked where its value has come to nine tenths.",
            ),
            (
                {"tanh": math.acosh(math.sqrt(10)), "sigmoid": 2 * math.acosh(10)},
                "tanh is right. Your sigmoid has fallen to one per cent already.",
            ),
            (
                {"tanh": math.acosh(math.sqrt(10)), "sigmoid": math.acosh(math.sqrt(10))},
                "tanh is right, but the sigmoid is not as narrow: tanh x is made of σ at 2x.",
            ),
        ),
        remark="The sigmoid's zone is exactly twice as wide, for any share.",
    )
)


def tanh_with_slope(x: Array) -> tuple[Array, Array]:
    """Return tanh x and its slope, accurate far from zero as well."""
    e = np.exp(-2 * np.abs(x))
    return np.sign(x) * (1 - e) / (1 + e), 4 * e / (1 + e) ** 2


def _plain_sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-np.asarray(x)))


def _plain_sigmoid_slope(x: Array) -> Array:
    return tanh_with_slope(np.asarray(x) / 2)[1] / 4


def _naive_tanh(x: Array) -> Array:
    up, down = np.exp(x), np.exp(-np.asarray(x))
    return (up - down) / (up + down)


def _tanh_by_growth(x: Array) -> Array:
    """Return tanh x from e to the power of 2x: nan far to the right."""
    e = np.exp(2 * np.asarray(x))
    return (e - 1) / (e + 1)


def _naive_tanh_slope(x: Array) -> Array:
    e = np.exp(2 * np.asarray(x))
    return 4 * e / (1 + e) ** 2


def _tanh_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(0, 1.5, size=7),),
        (rng.normal(0, 1.5, size=(2, 3)),),
        *((x,) for x in (0.7, -1.9, 20.0, -20.0, 1000.0, -1000.0)),
    ]


register(
    Exercise(
        "ex-activations-tanh",
        "code",
        "Write both with e to the power of −2|x|, which never overflows, and take care of the sign "
        "at the end.",
        reference=tanh_with_slope,
        inputs=_tanh_inputs,
        parts=("value", "slope"),
        mistakes=(
            (
                lambda x: {"value": 2 * _plain_sigmoid(x) - 1},
                "Your value is stretched to the range from −1 to 1, but the 2 inside is missing: "
                "tanh is steeper.",
            ),
            (
                lambda x: {"value": _plain_sigmoid(2 * x)},
                "Your value runs from 0 to 1. The range of tanh is symmetric about zero.",
            ),
            (
                lambda x: {"value": 2 * _plain_sigmoid(2 * x)},
                "Your value runs from 0 to 2: the shift is missing.",
            ),
            (
                lambda x: {"value": _plain_sigmoid(x)},
                "Your value is the sigmoid's.",
            ),
            (
                lambda x: {"value": tanh_with_slope(np.abs(x))[0]},
                "Your value has lost its sign: tanh is negative on the left.",
            ),
            (
                lambda x: {"value": _naive_tanh(x)},
                "The formula of your value is right, but far from zero it divides infinity by "
                "infinity.",
            ),
            (
                lambda x: {"value": _tanh_by_growth(x)},
                "The formula of your value is right, but far to the right its exponential "
                "overflows.",
            ),
            (
                lambda x: {"value": -_tanh_by_growth(-np.asarray(x))},
                "The formula of your value is right, but far to the left its exponential "
                "overflows.",
            ),
            (
                lambda x: tanh_with_slope(x)[::-1],
                "The two are in the wrong order: value first.",
            ),
            (
                lambda x: (np.tanh(x), 2 * _plain_sigmoid_slope(2 * x)),
                "The value is right. In your slope one factor is missing: differentiating σ(2x) "
                "brings out the 2 inside.",
            ),
            (
                lambda x: (np.tanh(x), 4 * _plain_sigmoid_slope(x)),
                "The value is right. Your slope is as steep as it should be at zero, but it is "
                "taken at x instead of 2x.",
            ),
            (
                lambda x: (np.tanh(x), _plain_sigmoid_slope(2 * x)),
                "The value is right. In your slope both factors are missing, the one in front and "
                "the one that the chain rule brings out.",
            ),
            (
                lambda x: (np.tanh(x), _plain_sigmoid_slope(x)),
                "The value is right. Your slope is the sigmoid's.",
            ),
            (
                lambda x: (np.tanh(x), -tanh_with_slope(x)[1]),
                "The value is right. Your slope has the wrong sign: tanh rises everywhere.",
            ),
            (
                lambda x: (np.tanh(x), np.sign(x) * tanh_with_slope(x)[1]),
                "The value is right. Your slope changes its sign with x, but tanh rises on the "
                "left, too.",
            ),
            (
                lambda x: (np.tanh(x), np.tanh(x) * (1 - np.tanh(x))),
                "The value is right. For the slope you used the sigmoid's formula, s (1 − s), with "
                "tanh in place of s.",
            ),
            (
                lambda x: (np.tanh(x), np.sqrt(tanh_with_slope(x)[1])),
                "The value is right. Your slope is 1 / cosh x, without the square.",
            ),
            (
                lambda x: (np.tanh(x), tanh_with_slope(x)[1] * (1 + np.exp(-2 * np.abs(x)))),
                "The value is right. In your slope the denominator is to be squared.",
            ),
            (
                lambda x: (np.tanh(x), 1 - np.tanh(x)),
                "The value is right. In your slope a square is missing.",
            ),
            (
                lambda x: (np.tanh(x), 1 - np.tanh(x) ** 2),
                "The formula of your slope is right, but far from zero it subtracts two numbers "
                "that round to the same: the slope there is tiny, not zero.",
            ),
            (
                lambda x: (
                    np.tanh(x),
                    4 * _plain_sigmoid(2 * x) * (1 - _plain_sigmoid(2 * x)),
                ),
                "The formula of your slope is right, but far to the right σ rounds to 1 and your "
                "slope to zero, while far to the left it is accurate. The slope is symmetric.",
            ),
            (
                lambda x: (np.tanh(x), _naive_tanh_slope(x)),
                "The formula of your slope is right, but far to the right its exponential "
                "overflows.",
            ),
            (
                lambda x: (np.tanh(x), _naive_tanh_slope(-np.asarray(x))),
                "The formula of your slope is right, but far to the left its exponential "
                "overflows.",
            ),
        ),
        remark="Accurate at 20, where 1 − tanh² is zero already.",
    )
)


def leaky_relu_vjp(g: Array, x: Array, negative_slope: float) -> Array:
    """Return the gradient of x for ``out = leaky_relu(x)``, given that of out."""
    return np.where(np.asarray(x) > 0, g, negative_slope * g)


def _leaky_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(size=8), rng.normal(size=8), 0.2),
        (rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), 0.01),
        (1.5, -2.0, 0.3),
        (-1.5, 4.0, 0.3),
    ]


register(
    Exercise(
        "ex-activations-leaky",
        "code",
        "Two cases, told apart by the sign of x. In each of them the function is a straight line: "
        "multiply what arrives by the slope of that line.",
        reference=leaky_relu_vjp,
        inputs=_leaky_inputs,
        mistakes=(
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, 0.0),
                "On the left you let nothing through: that is ReLU. The leak is what tells the two "
                "apart.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(np.ones_like(g), x, negative_slope),
                "That is the local gradient. It has still to be multiplied by g, the gradient "
                "that arrives.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(x, x, negative_slope),
                "That is the value of the leaky ReLU, the way forward.",
            ),
            (
                lambda g, x, negative_slope: g * leaky_relu_vjp(x, x, negative_slope),
                "You multiplied g by the value of the gate, not by its slope.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, -np.asarray(x), negative_slope),
                "You took the two sides for each other: the small slope is on the left of zero.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, g, negative_slope),
                "You decided by the sign of g. Which line we are on depends on x alone.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, -negative_slope),
                "On the left you turned the sign of the gradient. The function rises there, too.",
            ),
            (
                lambda g, x, negative_slope: negative_slope * np.asarray(g),
                "You multiplied by the small slope on both sides. On the right the gradient passes "
                "unchanged.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, 0.2),
                "Your slope on the left is always 0.2. It is an argument of the function.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, 0.01),
                "Your slope on the left is always 0.01. It is an argument of the function.",
            ),
            (
                lambda g, x, negative_slope: np.where(np.asarray(x) > 0, g, negative_slope),
                "On the left you return the slope alone. It has still to be multiplied by g.",
            ),
            (
                lambda g, x, negative_slope: np.where(
                    np.asarray(x) > 0, g, negative_slope * np.asarray(x)
                ),
                "On the left you return the value of the gate, slope times x. What is sent back is "
                "slope times g.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, 1 / negative_slope),
                "On the left you divided by the slope. A gate multiplies.",
            ),
            (
                lambda g, x, negative_slope: leaky_relu_vjp(g, x, 1 - negative_slope),
                "On the left you sent back what the leak holds back, not what it lets through.",
            ),
            (
                lambda g, x, negative_slope: np.asarray(g),
                "You let everything through on both sides.",
            ),
        ),
        remark="Nothing is ever cut off: the smallest share that gets through is negative_slope.",
    )
)
register(
    Exercise(
        "ex-activations-dead",
        "think",
        "Write down the gradients of the unit's weights and of its bias as means over the images. "
        "Which of the four changes makes a term in them different from zero?",
        reference="images",
        choices=("rate", "epochs", "loss", "images"),
        mistakes=(
            (
                "rate",
                "A smaller learning rate would have kept the unit alive. Now the gradient is zero, "
                "and zero times any rate is zero.",
            ),
            (
                "epochs",
                "Every further step adds zero to the weights of this unit. In a deeper layer the "
                "inputs could move; here they are the images.",
            ),
            (
                "loss",
                "That multiplies what arrives at the gate. The gate multiplies it by zero.",
            ),
        ),
        remark="An image on which the pre-activation is positive opens the gate.",
    )
)

# ---- Normalization and initialization ----

Statistics = tuple[Array | float, Array | float]
"""Mean and variance of each channel, or of all alike."""


def batch_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    """Return the batch normalization of (batch, channels), as in training."""
    standardized, _ = _standardized(x, epsilon)
    return gamma * standardized + beta


def batch_norm_vjp(g: Array, x: Array, gamma: Array, epsilon: float) -> Array:
    """Return the gradient with respect to x, from that of the outputs."""
    standardized, scale = _standardized(x, epsilon)
    return gamma / scale * (g - g.mean(axis=0) - standardized * np.mean(g * standardized, axis=0))


def infer(batches: Sequence[Array], x: Array, momentum: float, epsilon: float) -> Array:
    """Return x normalized with the running statistics of the batches."""
    mean, variance = _running(batches, momentum)
    return (x - mean) / np.sqrt(variance + epsilon)


def _standardized(
    x: Array, epsilon: float, axis: int | None = 0, fewer: int = 0
) -> tuple[Array, Array]:
    """Return standardized values and their scale; the variance is divided by n - `fewer`."""
    scale = np.sqrt(x.var(axis=axis, keepdims=True, ddof=fewer) + epsilon)
    return (x - x.mean(axis=axis, keepdims=True)) / scale, scale


def _running(
    batches: Sequence[Array], momentum: float, start: Statistics = (0.0, 1.0), fewer: int = 0
) -> Statistics:
    """Return the running mean and variance, from those at the start on."""
    means, variances = start
    for batch in batches:
        means = momentum * means + (1 - momentum) * batch.mean(axis=0)
        variances = momentum * variances + (1 - momentum) * batch.var(axis=0, ddof=fewer)
    return means, variances


def _without_start(batches: Sequence[Array], momentum: float) -> Statistics:
    """Return running statistics in which the starting values have no share."""
    mean, variance = _running(batches, momentum, (0.0, 0.0))
    share = 1 - momentum ** len(batches)
    return mean / share, variance / share


def _running_deviation(batches: Sequence[Array], momentum: float) -> Array:
    deviation = np.ones(batches[0].shape[1])
    for batch in batches:
        deviation = momentum * deviation + (1 - momentum) * batch.std(axis=0)
    return deviation


def _average(batches: Sequence[Array]) -> Statistics:
    """Return the plain averages of the batches' statistics."""
    return (
        np.mean([batch.mean(axis=0) for batch in batches], axis=0),
        np.mean([batch.var(axis=0) for batch in batches], axis=0),
    )


def _normalized(x: Array, statistics: Statistics, epsilon: float) -> Array:
    mean, variance = statistics
    return (x - mean) / np.sqrt(variance + epsilon)


def _batch(rng: np.random.Generator, examples: int, channels: int) -> Array:
    """Return a batch whose channels differ in mean and scale."""
    means, scales = rng.normal(0, 3, channels), rng.uniform(0.3, 2, channels)
    return rng.normal(means, scales, (examples, channels))


def _normalization_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (_batch(rng, n, channels), rng.normal(size=channels), rng.normal(size=channels), epsilon)
        for n, channels, epsilon in ((4, 4, 0.05), (7, 3, 0.2), (5, 1, 1e-3))
    ]


def _normalization_vjp_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(size=(n, channels)), _batch(rng, n, channels), rng.normal(size=channels), e)
        for n, channels, e in ((4, 4, 0.05), (7, 3, 0.2), (5, 1, 1e-2))
    ]


def _running_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        ([_batch(rng, 6, 3) for _ in range(batches)], _batch(rng, 4, 3), momentum, epsilon)
        for batches, momentum, epsilon in ((4, 0.8, 0.05), (9, 0.7, 0.2), (2, 0.9, 0.01))
    ]


register(
    Exercise(
        "ex-normalization-gain",
        "hand",
        "Compute what one layer does to the mean square, then what all layers do, and take the "
        "root in the end. In He's formula, ask which numbers a unit adds up.",
        reference=(2.0**-10, 0.05),
        parts=("factor", "standard deviation"),
        rtol=5e-3,
        given={"layers": 20, "width": 100, "deviation": 0.1, "inputs": 800, "units": 50},
        mistakes=(
            (
                {"factor": 2.0**-20},
                "That is the factor of the mean square. The root is missing.",
            ),
            (
                {"factor": 1.0},
                "You left out the ReLU, which drops a part of the mean square in each layer.",
            ),
            (
                {"factor": 2.0**-0.5},
                "That is what a single layer does.",
            ),
            (
                {"factor": 0.5},
                "That is what a single layer does, and to the mean square.",
            ),
            (
                {"factor": 5.0**10},
                "You took the standard deviation of the weights for their variance.",
            ),
            (
                {"factor": 5.0**20},
                "You took the standard deviation of the weights for their variance, and forgot "
                "the root.",
            ),
            (
                {"factor": 0.005**10},
                "You forgot that a unit adds up all of its inputs.",
            ),
            (
                {"factor": 20 * 0.5},
                "You added up the factors of the layers. They multiply.",
            ),
            (
                {"factor": 2.0**-5},
                "You took the root twice: one mean square, one root.",
            ),
            (
                {"factor": 0.05, "standard deviation": 2.0**-10},
                "The two numbers are in the wrong order.",
            ),
            (
                {"factor": 2.0**10},
                "You divided where the layers multiply: does the signal shrink or grow?",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": 0.0025},
                "The factor is right. The second number is the variance.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": 2 / 50},
                "The factor is right. The second number is a variance, and one for the units that "
                "the layer has. The signal asks for the number of inputs.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": math.sqrt(2 / 100)},
                "The factor is right. The second question is about another layer, with other "
                "numbers.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": math.sqrt(6 / 800)},
                "The factor is right. The second number is the limit of a uniform distribution. "
                "Its standard deviation is smaller.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": 0.2},
                "The factor is right. But you took the number of units that the layer has, and "
                "the signal asks for the number of inputs.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": math.sqrt(2 / 850)},
                "The factor is right. The second number is Glorot's, with inputs and units.",
            ),
            (
                {"factor": 2.0**-10, "standard deviation": math.sqrt(1 / 800)},
                "The factor is right. But your weights do not make up for what the ReLU drops.",
            ),
        ),
        remark="Twenty layers of Keras's default scale leave a thousandth of the signal.",
    )
)
register(
    Exercise(
        "ex-normalization-by-hand",
        "hand",
        "Check the steps one by one: the deviations add up to nothing; the variance is the mean "
        "of their squares; the standardized values have the mean square one.",
        reference=[-9, 3, 7, 19],
        given={"batch": [0, 6, 8, 14], "gamma": 10, "beta": 5, "epsilon": 0},
        mistakes=(
            (
                [5 + 10 * d / math.sqrt(100 / 3) for d in (-7, -1, 1, 7)],
                "You divided the sum of the squares by one less than the size of the batch. "
                "Batch normalization takes their mean.",
            ),
            (
                [5 + 10 * d / 25 for d in (-7, -1, 1, 7)],
                "You divided by the variance. The root is missing.",
            ),
            (
                [5 + 10 * d / 10 for d in (-7, -1, 1, 7)],
                "You took the root of the sum of the squares. They are to be averaged first.",
            ),
            (
                [5 + 10 * d / math.sqrt(74) for d in (-7, -1, 1, 7)],
                "You averaged the squares of the values. For the variance it is the deviations "
                "from the mean that are squared.",
            ),
            (
                [5 + 10 * d / 4 for d in (-7, -1, 1, 7)],
                "You divided by the mean absolute deviation. Square first, take the root later.",
            ),
            (
                [10 + 5 * d / 5 for d in (-7, -1, 1, 7)],
                "You exchanged gamma and beta: gamma multiplies, beta is added.",
            ),
            (
                [10 * (d / 5 + 5) for d in (-7, -1, 1, 7)],
                "You added beta before you multiplied by gamma. It comes last.",
            ),
            (
                [10 * d / 5 for d in (-7, -1, 1, 7)],
                "You forgot beta.",
            ),
            (
                [5 + d / 5 for d in (-7, -1, 1, 7)],
                "You forgot gamma.",
            ),
            (
                [d / 5 for d in (-7, -1, 1, 7)],
                "These are the standardized values. Gamma and beta are still to come.",
            ),
            (
                [5 + 10 * x / 5 for x in (0, 6, 8, 14)],
                "You did not subtract the mean.",
            ),
            (
                [5 + 10 * x / 14 for x in (0, 6, 8, 14)],
                "You brought the values to the range from 0 to 1. Normalization brings them to "
                "mean 0 and standard deviation 1.",
            ),
            (
                [5 - 10 * d / 5 for d in (-7, -1, 1, 7)],
                "You subtracted the values from the mean. It is the other way round.",
            ),
            (
                [-7, -1, 1, 7],
                "These are the deviations from the mean. They are still to be divided by the "
                "standard deviation.",
            ),
            (
                [5 + 10 * d for d in (-7, -1, 1, 7)],
                "You subtracted the mean, but did not divide by the standard deviation.",
            ),
        ),
        remark="Their mean is beta, and their standard deviation gamma.",
    )
)
register(
    Exercise(
        "ex-normalization-steps",
        "hand",
        "After each step the momentum's share of the way is left. Take logarithms, and round so "
        "that the condition holds.",
        reference=(90, 14),
        parts=("steps to 99 %", "steps to half"),
        given={"momentum": 0.95},
        mistakes=(
            (
                {"steps to 99 %": 89},
                "You rounded down: after that many steps a bit more than a hundredth is left.",
            ),
            (
                {"steps to 99 %": math.log(0.01) / math.log(0.95)},
                "The logarithms are right. But steps come whole: which whole number is the first "
                "for which the condition holds?",
            ),
            (
                {"steps to 99 %": 91},
                "That is enough, but a smaller number is enough, too.",
            ),
            (
                {"steps to 99 %": 44},
                "That is for a momentum of 0.9. Here it is larger.",
            ),
            (
                {"steps to 99 %": 59},
                "Then a twentieth of the way is still left.",
            ),
            (
                {"steps to 99 %": 14, "steps to half": 90},
                "The two numbers are in the wrong order.",
            ),
            (
                {"steps to 99 %": 459},
                "That is for the default momentum of Keras. Here it is smaller.",
            ),
            (
                {"steps to 99 %": 45},
                "Then a tenth of the way is still left.",
            ),
            (
                {"steps to 99 %": 2},
                "You took the momentum for the share of the new. It is the share of the old.",
            ),
            (
                {"steps to 99 %": 20},
                "You let each step cover the same share of the whole way. It covers a share of "
                "what is left.",
            ),
            (
                {"steps to 99 %": 1},
                "Each step covers only a small share of what is left of the way.",
            ),
            (
                {"steps to 99 %": 90, "steps to half": 13},
                "The first number is right; the second is rounded down.",
            ),
            (
                {"steps to 99 %": 90, "steps to half": math.log(0.5) / math.log(0.95)},
                "The first number is right. The second has to be a whole number, too.",
            ),
            (
                {"steps to 99 %": 90, "steps to half": 15},
                "The first number is right. The second is enough, but not the smallest.",
            ),
            (
                {"steps to 99 %": 90, "steps to half": 10},
                "The first number is right. For the second, you let each step cover the same "
                "share of the whole way.",
            ),
            (
                {"steps to 99 %": 90, "steps to half": 45},
                "The first number is right. But half of the way does not take half of the steps: "
                "the first ones are the longest.",
            ),
        ),
        remark="Whatever the mean of the batches is, it cancels.",
    )
)
register(
    Exercise(
        "ex-normalization-batch-norm",
        "code",
        "Compare, column by column, mean and standard deviation of your result with beta and "
        "gamma. Where does epsilon stand in the formula?",
        reference=batch_norm,
        inputs=_normalization_inputs,
        rtol=1e-4,
        mistakes=(
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * _standardized(x, epsilon, fewer=1)[0] + beta
                ),
                "Your variance is divided by one less than the batch size. Batch normalization "
                "takes the mean of the squares: ddof=0, NumPy's default.",
            ),
            (
                lambda x, gamma, beta, epsilon: batch_norm(x, gamma, beta, 0.0),
                "Epsilon is missing. It is added to the variance.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / (x.std(axis=0) + epsilon) + beta
                ),
                "You added epsilon to the standard deviation. It belongs under the root.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon**2) + beta
                ),
                "You squared epsilon. It is added to the variance as it is.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / (x.var(axis=0) + epsilon) + beta
                ),
                "You divided by the variance. The root is missing.",
            ),
            (
                lambda x, gamma, beta, epsilon: gamma * _standardized(x, epsilon, axis=1)[0] + beta,
                "You averaged over the channels of each example: that is layer normalization. "
                "Each channel is to be averaged over the batch.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * _standardized(x, epsilon, axis=None)[0] + beta
                ),
                "You took one mean over the whole array. Each channel has a mean and a variance "
                "of its own.",
            ),
            (
                lambda x, gamma, beta, epsilon: batch_norm(x, beta, gamma, epsilon),
                "You exchanged gamma and beta: gamma multiplies, beta is added.",
            ),
            (
                lambda x, gamma, beta, epsilon: _standardized(x, epsilon)[0],
                "The standardized values are right. Gamma and beta are missing.",
            ),
            (
                lambda x, gamma, beta, epsilon: _standardized(x, epsilon)[0] + beta,
                "Gamma is missing.",
            ),
            (
                lambda x, gamma, beta, epsilon: gamma * _standardized(x, epsilon)[0],
                "Beta is missing.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / np.sqrt(np.mean(x**2, axis=0) + epsilon) + beta
                ),
                "You averaged the squares of x. The variance is the mean square of the deviations "
                "from the mean.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / np.sqrt(len(x) * x.var(axis=0) + epsilon) + beta
                ),
                "You added up the squared deviations. The variance is their mean.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * (x - x.mean(axis=0)) / np.sqrt(x.var() + epsilon) + beta
                ),
                "You divided all channels by the same number. Each has a variance of its own.",
            ),
            (
                lambda x, gamma, beta, epsilon: (
                    gamma * x - x.mean(axis=0) / np.sqrt(x.var(axis=0) + epsilon) + beta
                ),
                "Parentheses are missing: the difference is to be divided, not the mean alone.",
            ),
            (
                lambda x, gamma, beta, epsilon: batch_norm(x, -gamma, beta, epsilon),
                "You subtracted x from the mean. It is the other way round.",
            ),
            (
                lambda x, gamma, beta, epsilon: gamma * (_standardized(x, epsilon)[0] + beta),
                "You added beta before you multiplied by gamma. It comes last.",
            ),
            (
                lambda x, gamma, beta, epsilon: gamma * x / np.sqrt(x.var(axis=0) + epsilon) + beta,
                "You did not subtract the mean.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-normalization-vjp",
        "code",
        "Check the columns of your result: does each add up to zero? Then compare with "
        "check_gradient, with gamma all ones first.",
        reference=batch_norm_vjp,
        inputs=_normalization_vjp_inputs,
        rtol=1e-4,
        mistakes=(
            (
                lambda g, x, gamma, epsilon: gamma * g / _standardized(x, epsilon)[1],
                "You treated mean and variance as constants. They depend on the inputs, and two "
                "parts have to be taken out.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma * (g - g.mean(axis=0)) / _standardized(x, epsilon)[1]
                ),
                "You took out the part that goes through the mean. The one that goes through the "
                "variance is missing.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon)
                    + gamma * g.mean(axis=0) / _standardized(x, epsilon)[1]
                ),
                "You took out the part that goes through the variance. The one that goes through "
                "the mean is missing.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon)
                    - gamma
                    * (len(x) - 1)
                    / _standardized(x, epsilon)[1]
                    * (
                        g.mean(axis=0)
                        + _standardized(x, epsilon)[0]
                        * np.mean(g * _standardized(x, epsilon)[0], axis=0)
                    )
                ),
                "You added up over the batch where the formula has means.",
            ),
            (
                lambda g, x, gamma, epsilon: batch_norm_vjp(g, x, np.ones_like(gamma), epsilon),
                "Gamma is missing: the standardized values are multiplied by it on the way "
                "forward, and so is the gradient on the way back.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon) * _standardized(x, epsilon)[1]
                ),
                "You forgot to divide by the scale s.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon) / _standardized(x, epsilon)[1]
                ),
                "You divided by the variance. It is the scale s, its root, that counts.",
            ),
            (
                lambda g, x, gamma, epsilon: batch_norm_vjp(g, x, gamma, 0.0),
                "Epsilon is missing under the root of s.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon)
                    + 2
                    * gamma
                    * _standardized(x, epsilon)[0]
                    * np.mean(g * _standardized(x, epsilon)[0], axis=0)
                    / _standardized(x, epsilon)[1]
                ),
                "You added the part that goes through the variance. It is taken out.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g.T, x.T, np.ones(len(x)), epsilon).T * gamma
                ),
                "You averaged over the channels. Mean and variance are taken over the batch.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon)
                    + 2 * gamma * g.mean(axis=0) / _standardized(x, epsilon)[1]
                ),
                "You added the part that goes through the mean. It is taken out.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    2 * gamma * g / _standardized(x, epsilon)[1]
                    - batch_norm_vjp(g, x, gamma, epsilon)
                ),
                "You added both parts. They are taken out.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma
                    / _standardized(x, epsilon)[1]
                    * (g - g.mean(axis=0) - np.mean(g * _standardized(x, epsilon)[0], axis=0))
                ),
                "The last part is the same for all examples in your result. It goes along the "
                "standardized values.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma
                    / _standardized(x, epsilon)[1]
                    * (g - g.mean(axis=0) - _standardized(x, epsilon)[0] ** 2 * g)
                ),
                "In the last part the mean over the batch is missing.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma
                    / _standardized(x, epsilon)[1]
                    * (g - g.mean(axis=0) - x * np.mean(g * x, axis=0))
                ),
                "In the last part you took x as it is. It has to be standardized.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma
                    / _standardized(x, epsilon)[1]
                    * (
                        g
                        - g.mean(axis=0)
                        - (x - x.mean(axis=0)) * np.mean(g * (x - x.mean(axis=0)), axis=0)
                    )
                ),
                "In the last part you took the deviations from the mean. They have to be divided "
                "by s as well.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, np.ones_like(gamma), epsilon)
                    + (gamma - 1) * g / _standardized(x, epsilon)[1]
                ),
                "You multiplied only g by gamma. It multiplies all three terms.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    gamma
                    / _standardized(x, epsilon)[1]
                    * (g - (1 + _standardized(x, epsilon)[0]) * g.mean(axis=0))
                ),
                "In the last part you took the mean of g. It is the mean of a product.",
            ),
            (
                lambda g, x, gamma, epsilon: (
                    batch_norm_vjp(g, x, gamma, epsilon) * _standardized(x, epsilon)[1] ** 2
                ),
                "You multiplied by the scale s. It divides.",
            ),
            (
                lambda g, x, gamma, epsilon: -batch_norm_vjp(g, x, gamma, epsilon),
                "All signs are wrong.",
            ),
            (
                lambda g, x, gamma, epsilon: batch_norm_vjp(x, g, gamma, epsilon),
                "You exchanged g and x.",
            ),
            (
                lambda g, x, gamma, epsilon: np.sum(g * _standardized(x, epsilon)[0], axis=0),
                "That is the gradient of gamma. Asked is the one of x.",
            ),
        ),
        remark="Two directions are lost, and the rest goes through as if s were a constant.",
    )
)
register(
    Exercise(
        "ex-normalization-running",
        "code",
        "Follow the running mean of one channel by hand for two batches. Then make sure that "
        "each example of x is treated as if it had come alone.",
        reference=infer,
        inputs=_running_inputs,
        rtol=1e-4,
        mistakes=(
            (
                lambda batches, x, momentum, epsilon: _standardized(x, epsilon)[0],
                "You normalized x by its own mean and variance, as in training. In inference the "
                "running statistics are used.",
            ),
            (
                lambda batches, x, momentum, epsilon: infer(batches, x, 1 - momentum, epsilon),
                "You gave the momentum's share to the new batch. It is the share of the old.",
            ),
            (
                lambda batches, x, momentum, epsilon: infer([*batches, x], x, momentum, epsilon),
                "You updated the running statistics with x, too. Inference leaves them alone.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x, (batches[-1].mean(axis=0), batches[-1].var(axis=0)), epsilon
                ),
                "You used the statistics of the last batch. The earlier ones count, too.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(x, _average(batches), epsilon),
                "You averaged over all batches with equal weights. With a momentum, the later "
                "ones count more, and the starting values still a little.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x, _running(batches, momentum, (0.0, 0.0)), epsilon
                ),
                "Your running variance starts at the wrong value: only the mean starts at zero.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x, _running(batches, momentum, fewer=1), epsilon
                ),
                "You divided the variance of a batch by one less than its size. PyTorch does so "
                "for the running variance; Keras and this exercise do not.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x,
                    (_running(batches, momentum)[0], _running_deviation(batches, momentum) ** 2),
                    epsilon,
                ),
                "You kept a running standard deviation. It is the variance that is averaged.",
            ),
            (
                lambda batches, x, momentum, epsilon: (
                    (x - _running(batches, momentum)[0])
                    / (_running_deviation(batches, momentum) + epsilon)
                ),
                "You kept a running standard deviation and added epsilon to it. It is the "
                "variance that is averaged, and epsilon belongs under the root.",
            ),
            (
                lambda batches, x, momentum, epsilon: (
                    (x - _running(batches, momentum)[0])
                    / (np.sqrt(_running(batches, momentum)[1]) + epsilon)
                ),
                "You added epsilon to the standard deviation. It belongs under the root.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x,
                    _running(
                        batches[1:], momentum, (batches[0].mean(axis=0), batches[0].var(axis=0))
                    ),
                    epsilon,
                ),
                "You began with the statistics of the first batch. It is a step like the others, "
                "away from the starting values.",
            ),
            (
                lambda batches, x, momentum, epsilon: _normalized(
                    x,
                    _without_start(batches, momentum),
                    epsilon,
                ),
                "You divided the starting values out, as Adam does. Batch normalization keeps "
                "their share.",
            ),
            (
                lambda batches, x, momentum, epsilon: infer(batches, x, momentum, 0.0),
                "Epsilon is missing. It is added to the running variance.",
            ),
            (
                lambda batches, x, momentum, epsilon: (
                    (x - _running(batches, momentum)[0])
                    / (_running(batches, momentum)[1] + epsilon)
                ),
                "You divided by the variance. The root is missing.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-normalization-rescale",
        "think",
        "Normalization divides by the standard deviation of what comes in. If the loss stays the "
        "same while the weights are stretched, how does its slope change?",
        reference=(1, 0.25, 16),
        parts=("outputs", "gradient", "learning rate"),
        given={"factor": 4},
        mistakes=(
            (
                {"outputs": 4},
                "The inputs of the normalization grow by that factor, and so does the standard "
                "deviation by which they are divided.",
            ),
            (
                {"outputs": 0.25},
                "Larger weights do not make the outputs smaller: what comes in and the deviation "
                "by which it is divided grow alike.",
            ),
            (
                {"outputs": 0},
                "You gave the change. Asked is the factor.",
            ),
            (
                {"outputs": 1, "gradient": 1},
                "The outputs are right. But the weights now have to move further for the same "
                "change of the loss.",
            ),
            (
                {"outputs": 1, "gradient": 4},
                "The outputs are right. The gradient changes the other way: on longer weights, "
                "the same step turns less.",
            ),
            (
                {"outputs": 1, "gradient": 0.5},
                "The outputs are right. The gradient shrinks, but more than that: how much further "
                "do the weights have to move?",
            ),
            (
                {"outputs": 1, "gradient": 1 / 16},
                "The outputs are right. You changed the gradient twice; the second time belongs "
                "to the learning rate.",
            ),
            (
                {"outputs": 1, "gradient": 0.25, "learning rate": 4},
                "The first two are right. Your step is now as long as before, but the weights "
                "are longer.",
            ),
            (
                {"outputs": 1, "gradient": 0.25, "learning rate": 1},
                "The first two are right. With the old learning rate the step shrinks, while the "
                "weights have grown.",
            ),
            (
                {"outputs": 1, "gradient": 0.25, "learning rate": 1 / 16},
                "The first two are right. The learning rate has to make up for a smaller step, "
                "so which way does it change?",
            ),
            (
                {"outputs": 1, "gradient": 0.25, "learning rate": 0.25},
                "The first two are right. You made the learning rate smaller, like the gradient. "
                "Then the step shrinks twice.",
            ),
            (
                {"outputs": 1, "gradient": 0.25, "learning rate": 64},
                "The first two are right. For the learning rate you counted the weights twice.",
            ),
        ),
        remark="So the effective learning rate is the learning rate over the squared norm.",
    )
)
register(
    Exercise(
        "ex-normalization-alone",
        "think",
        "Work through batch normalization for a batch that holds a single number.",
        reference="constant",
        choices=("as before", "slightly worse", "constant", "nan"),
        mistakes=(
            (
                "as before",
                "In training mode the running statistics are not used; the batch's own are, and "
                "this batch is very small.",
            ),
            (
                "slightly worse",
                "The statistics of a small batch are noisy, and the smaller it is, the more so. "
                "What are they for the smallest batch of all?",
            ),
            (
                "nan",
                "The variance is zero, true. But what is added to it before the division?",
            ),
        ),
        remark="The running statistics move, too, towards those of single images.",
    )
)

# ---- Residual networks ----

register(
    Exercise(
        "ex-residual-chain",
        "hand",
        "Write down the derivative of one plain and of one residual block. Rates multiply along "
        "the stack. For the paths, list what each block can do.",
        reference=(-0.05, 0.9, 3),
        parts=("plain", "residual", "paths"),
        given={"weights": (0.5, -0.5, 0.2)},
        mistakes=(
            (
                {"plain": 0.05},
                "You lost a sign in the plain stack: one of the weights is negative.",
            ),
            (
                {"plain": 0.2},
                "You added up the weights. Along a stack the slopes multiply.",
            ),
            (
                {"plain": 0.9, "residual": -0.05},
                "Plain and residual are in the wrong order.",
            ),
            (
                {"plain": -0.05, "residual": 0.95},
                "Plain is right. Either you added 1 to the product at the end, where every block "
                "has a 1 of its own, or you multiplied out and left out the path through all three "
                "blocks.",
            ),
            (
                {"plain": -0.05, "residual": 1.2},
                "Plain is right. For the residual stack you added up the weights. That leaves out "
                "the paths through several blocks.",
            ),
            (
                {"plain": -0.05, "residual": 2.7},
                "Plain is right. For the residual stack you multiplied with plus signs throughout: "
                "one weight is negative.",
            ),
            (
                {"plain": -0.05, "residual": 3.2},
                "Plain is right. You added up the slopes of the residual blocks. They multiply.",
            ),
            (
                {"plain": -0.05, "residual": 1.15},
                "Plain is right. In the residual stack the paths through two blocks are missing.",
            ),
            (
                {"plain": -0.05, "residual": 0.75},
                "Plain is right. In the residual stack you left out the last block.",
            ),
            (
                {"plain": -0.05, "residual": 0.6},
                "Plain is right. In the residual stack you subtracted the weights from 1. A block "
                "adds.",
            ),
            (
                {"plain": -0.05, "residual": 0.2},
                "Plain is right. The sum of the weights is one part of the residual slope: the "
                "paths through one block.",
            ),
            (
                {"plain": -0.05, "residual": -0.05},
                "Plain is right. The residual stack has a path around all blocks, which no weight "
                "can make small.",
            ),
            (
                {"plain": -0.05, "residual": 0.9, "paths": 8},
                "The slopes are right. That is the number of all paths. Which of them pass exactly "
                "two blocks?",
            ),
            (
                {"plain": -0.05, "residual": 0.9, "paths": 2},
                "The slopes are right. How many ways are there to choose two of three blocks?",
            ),
            (
                {"plain": -0.05, "residual": 0.9, "paths": 6},
                "The slopes are right. You counted each pair twice: the order of blocks is given.",
            ),
            (
                {"plain": -0.05, "residual": 0.9, "paths": 1},
                "The slopes are right. That is the number of paths through all three blocks, or "
                "around all of them.",
            ),
            (
                {"plain": -0.05, "residual": 0.9, "paths": 4},
                "The slopes are right. You counted the path through all three blocks, too, or that "
                "around all of them.",
            ),
        ),
        remark="A factor near 1 in every block keeps the product near 1.",
    )
)
register(
    Exercise(
        "ex-residual-scale",
        "hand",
        "Look at one block: what is the mean square behind it, in terms of the one in front? "
        "Then all twelve, one after the other.",
        reference=(4096, (13 / 12) ** 12, 13),
        parts=("kept", "scaled", "normalized"),
        given={"blocks": 12},
        mistakes=(
            (
                {"kept": 64},
                "That is the factor of the root mean square. The question is about mean squares.",
            ),
            (
                {"kept": 24},
                "You doubled once and multiplied by the number of blocks. Each block doubles what "
                "the one before has left.",
            ),
            (
                {"kept": 13},
                "Each block adds as much as comes in, and more and more comes in.",
            ),
            (
                {"kept": 12},
                "Each block adds as much as comes in, and keeps what has come in.",
            ),
            (
                {"kept": 1},
                "F keeps the mean square, but the block adds F to what comes in.",
            ),
            (
                {"kept": 144},
                "You squared the number of blocks. By which factor does a single one change the "
                "mean square?",
            ),
            (
                {"kept": 8192},
                "That is one block too many.",
            ),
            (
                {"kept": 2048},
                "That is one block short.",
            ),
            (
                {"kept": 4096, "scaled": (1 + 12**-0.5) ** 12},
                "The first is right. The scale is that of F: its mean square gets the square.",
            ),
            (
                {"kept": 4096, "scaled": 2},
                "The first is right. For the second you added a twelfth twelve times. It is one of "
                "what comes in, and that grows.",
            ),
            (
                {"kept": 4096, "scaled": 1},
                "The first is right. The scale makes F small, but F is still added.",
            ),
            (
                {"kept": 4096, "scaled": 1 / 12},
                "The first is right. In the second case this is what F has of the mean square that "
                "comes in. The block adds it.",
            ),
            (
                {"kept": 4096, "scaled": 13 / 12},
                "The first is right. In the second case this is one block.",
            ),
            (
                {"kept": 4096, "scaled": 13},
                "The first is right. In the second case you multiplied by the number of blocks. "
                "Factors multiply with each other.",
            ),
            (
                {"kept": 4096, "scaled": (145 / 144) ** 12},
                "The first is right. In the second case you squared the scale once too often.",
            ),
            (
                {"kept": 4096, "scaled": math.e},
                "The first is right. In the second case this is the limit for very many blocks. "
                "There are twelve.",
            ),
            (
                {"kept": 4096, "scaled": 4096 / 12},
                "The first is right. The scale makes each addition smaller; it does not divide the "
                "sum in the end.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 6},
                "The first is right. The second is the factor of the root mean square.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": 12},
                "The first two are right. In the third, do not forget what was there in front of "
                "the first block.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": 2},
                "The first two are right. In the third case this is one block.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": 24},
                "The first two are right. In the third case the line carries what came in once, "
                "not once for each block.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": 1},
                "The first two are right. The normalization stands inside of F, not on the line: "
                "what is on the line is not normalized.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": 4096},
                "The first two are right. In the third case F has the same size in every block, "
                "whatever comes in.",
            ),
            (
                {"kept": 4096, "scaled": (13 / 12) ** 12, "normalized": math.sqrt(13)},
                "The first two are right. The third is the root mean square.",
            ),
        ),
        rtol=(1e-4, 2e-3, 1e-3),  # 2.61 is right
        remark="Exponential, bounded, and in proportion to the depth.",
    )
)
register(
    Exercise(
        "ex-residual-count",
        "hand",
        "Count the blocks first. Each of them has three layers and one sum. Then multiply the four "
        "numbers of each kernel, and add up the kernels.",
        reference=(62, 20, 278528),
        parts=("layers", "sums", "weights"),
        given={"blocks": (2, 5, 9, 4), "channels": (512, 128)},
        mistakes=(
            (
                {"layers": 60},
                "You counted the layers in the blocks. Two stand outside of them.",
            ),
            (
                {"layers": 61},
                "One layer is missing: one stands in front of the blocks and one behind them.",
            ),
            (
                {"layers": 42},
                "You took two layers a block. These blocks have three.",
            ),
            (
                {"layers": 22},
                "You took one layer a block. These blocks have three.",
            ),
            (
                {"layers": 20},
                "You counted the blocks.",
            ),
            (
                {"layers": 82},
                "You counted the sums, too. A sum has no weights.",
            ),
            (
                {"layers": 66},
                "You counted the convolutions in the shortcuts, too. The name leaves them out.",
            ),
            (
                {"layers": 62, "sums": 60},
                "The layers are right. But there is one sum for each block, not for each layer.",
            ),
            (
                {"layers": 62, "sums": 4},
                "The layers are right. You counted the stages, or the shortcuts that have a "
                "convolution. Every block ends in a sum.",
            ),
            (
                {"layers": 62, "sums": 16},
                "The layers are right. Where a convolution stands in the shortcut, there is a sum "
                "as well.",
            ),
            (
                {"layers": 62, "sums": 24},
                "The layers are right. A convolution in a shortcut adds no sum: it stands in front "
                "of the one that is there.",
            ),
            (
                {"layers": 62, "sums": 19},
                "The layers are right. Every block ends in a sum, the first and the last one, too.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 147456},
                "The first two are right. That is the kernel in the middle alone.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 131072},
                "The first two are right. You left out the kernel in the middle.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 147456 + 65536},
                "The first two are right. There are two kernels of size 1.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 3 * 128 * 128 + 131072},
                "The first two are right. A kernel of size 3 × 3 has nine taps.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 9 * 128 * 128 + 9 * 131072},
                "The first two are right. Only the kernel in the middle has nine taps.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 9 * 131072},
                "The first two are right. This is for two kernels of size 3 × 3. The block has "
                "three kernels, and one of them has this size.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 2 * 9 * 512 * 512},
                "The first two are right. This is for two kernels of size 3 × 3 on all channels, "
                "the expensive way.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 3 * 147456},
                "The first two are right. You took the kernel in the middle three times. The other "
                "two have another size, and other channels.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 1280},
                "The first two are right. You added up the channels. Each kernel is a product.",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 278528 + 512 * 512},
                "The first two are right. You gave the shortcut a kernel. Does it need one, if the "
                "block returns as many channels as it reads?",
            ),
            (
                {"layers": 62, "sums": 20, "weights": 278528 + 768},
                "The first two are right. You counted the biases, and the question is about "
                "kernels.",
            ),
        ),
        rtol=1e-6,
        remark="Two kernels of size 3 × 3 on 512 channels would have seventeen times as many.",
    )
)


def _block_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for batch, units in ((4, 3), (2, 5)):
        g, x = rng.normal(size=(2, batch, units))
        w1, w2 = rng.normal(size=(2, units, units))
        cases.append((g, x, w1, w2))
    x[0] = 0  # every ReLU of this example stands at its kink
    return cases


def _residual_vjp(g: Array, x: Array, w1: Array, w2: Array) -> Array:
    return g + _through_the_layers(g, x, w1, w2)


def _through_the_layers(g: Array, x: Array, w1: Array, w2: Array) -> Array:
    return np.asarray(((g @ w2.T) * (x @ w1 > 0)) @ w1.T)


register(
    Exercise(
        "ex-residual-vjp",
        "code",
        "Go back one op at a time: the sum, the second product, the ReLU, the first product. A "
        "value that is used twice gets two gradients, which add up.",
        reference=_residual_vjp,
        inputs=_block_cases,
        mistakes=(
            (
                _through_the_layers,
                "You forgot the shortcut: the gradient that comes along it is missing.",
            ),
            (
                lambda g, x, w1, w2: g,
                "You returned what comes along the shortcut. What comes through the layers has "
                "still to be added.",
            ),
            (
                lambda g, x, w1, w2: 1 + _through_the_layers(g, x, w1, w2),
                "Along the shortcut you added 1, the local gradient. It multiplies what arrives.",
            ),
            (
                lambda g, x, w1, w2: g + g @ w2.T @ w1.T,
                "You left out the ReLU: it lets nothing through where it was shut.",
            ),
            (
                lambda g, x, w1, w2: g @ w2.T @ w1.T,
                "Both the shortcut and the ReLU are missing.",
            ),
            (
                lambda g, x, w1, w2: x + _through_the_layers(g, x, w1, w2),
                "You added the block's input. On the way back it is a gradient that comes along "
                "the shortcut.",
            ),
            (
                lambda g, x, w1, w2: g - _through_the_layers(g, x, w1, w2),
                "The two gradients add up.",
            ),
            (
                lambda g, x, w1, w2: 2 * g + _through_the_layers(g, x, w1, w2),
                "What arrives at the sum goes on to both of its inputs. But only one of them is "
                "the shortcut.",
            ),
            (
                lambda g, x, w1, w2: g * (x > 0) + _through_the_layers(g, x, w1, w2),
                "You put a gate into the shortcut, too. There is no ReLU on it.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * (x @ w1 >= 0)) @ w1.T,
                "Nearly. At the kink itself, where the ReLU gets exactly 0, we take the slope 0, "
                "as TensorFlow does.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * (x @ w1 < 0)) @ w1.T,
                "You let through where the ReLU was shut.",
            ),
            (
                lambda g, x, w1, w2: g + (g @ w2.T @ w1.T) * (x > 0),
                "The gate stands at the wrong place. It lies between the two matrices, and what "
                "entered the ReLU decides.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2) * (x @ w1 > 0)) @ w1.T,
                "Have another look at the last matrix of the block: on the way back it is "
                "transposed.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * (x @ w1 > 0)) @ w1,
                "Have another look at the first matrix of the block: on the way back it is "
                "transposed.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2) * (x @ w1 > 0)) @ w1,
                "On the way back the matrices are transposed.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w1.T) * (x @ w1 > 0)) @ w2.T,
                "You exchanged the two matrices: the way back meets the last one first.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * (x > 0)) @ w1.T,
                "The gate is decided by what entered the ReLU. You looked at the block's input.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * ((g @ w2.T) > 0)) @ w1.T,
                "You applied the ReLU to the gradient. The gate is decided by what went through it "
                "on the way forward.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * np.maximum(x @ w1, 0)) @ w1.T,
                "You multiplied by the ReLU's output. A gate multiplies by its slope.",
            ),
            (
                lambda g, x, w1, w2: g + ((g @ w2.T) * (x @ w1)) @ w1.T,
                "You multiplied by what entered the ReLU. A gate multiplies by its slope.",
            ),
            (
                lambda g, x, w1, w2: np.sum(_residual_vjp(g, x, w1, w2), axis=0),
                "You added up over the batch. Every example has its own x, and its own gradient.",
            ),
            (
                lambda g, x, w1, w2: g * (1 + ((g @ w2.T) * (x @ w1 > 0)) @ w1.T),
                "You multiplied by the incoming gradient once more. The way through the layers "
                "has it in it already.",
            ),
            (
                lambda g, x, w1, w2: x + np.maximum(x @ w1, 0) @ w2,
                "That is the block's output. The question is about the way back.",
            ),
        ),
        remark="Without the first term this is the gradient of the plain block.",
    )
)


def _stack_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(size=units), list(rng.normal(scale=0.5, size=(blocks, units, units))))
        for blocks, units in ((3, 2), (1, 3), (5, 3))
    ]


def _first_gradient(g: Array, jacobians: Sequence[Array]) -> Array:
    for jacobian in reversed(jacobians):
        g = g + jacobian.T @ g
    return g


def _in_the_order_given(g: Array, jacobians: Sequence[Array]) -> Array:
    return _first_gradient(g, jacobians[::-1])


def _not_transposed(g: Array, jacobians: Sequence[Array]) -> Array:
    return _first_gradient(g, [jacobian.T for jacobian in jacobians])


def _without_shortcuts(g: Array, jacobians: Sequence[Array]) -> Array:
    for jacobian in reversed(jacobians):
        g = jacobian.T @ g
    return g


def _one_path(g: Array, jacobians: Sequence[Array]) -> Array:
    terms = [g]
    for jacobian in reversed(jacobians):
        terms.append(jacobian.T @ terms[-1])
    return np.sum(terms, axis=0)


def _all_of_them(g: Array, jacobians: Sequence[Array]) -> list[Array]:
    gradients = [g]
    for jacobian in reversed(jacobians):
        gradients.append(gradients[-1] + jacobian.T @ gradients[-1])
    return gradients


def _with_ones(g: Array, jacobians: Sequence[Array]) -> Array:
    for jacobian in reversed(jacobians):
        g = 1 + jacobian.T @ g
    return g


def _one_block_at_a_time(g: Array, jacobians: Sequence[Array]) -> Array:
    return np.asarray(g + sum(jacobian.T @ g for jacobian in jacobians))


register(
    Exercise(
        "ex-residual-highway",
        "code",
        "Start with the last block. What is the gradient in front of it, if you know the one "
        "behind it?",
        reference=_first_gradient,
        inputs=_stack_cases,
        mistakes=(
            (
                _in_the_order_given,
                "You went through the blocks from the first to the last. The way back meets the "
                "last one first.",
            ),
            (
                _not_transposed,
                "The matrices are to be transposed: the gradient of an input collects from all "
                "outputs.",
            ),
            (
                lambda g, jacobians: _in_the_order_given(g, [j.T for j in jacobians]),
                "Neither the order of the blocks nor the matrices are turned round for the way "
                "back.",
            ),
            (
                _without_shortcuts,
                "That is the plain stack. Each block has a shortcut, which passes on what arrives.",
            ),
            (
                lambda g, jacobians: g + _without_shortcuts(g, jacobians),
                "You added one shortcut around the whole stack. Each block has one of its own.",
            ),
            (
                _one_block_at_a_time,
                "You sent the last gradient through each block alone. But a block gets the "
                "gradient that stands behind it, which has grown on the way.",
            ),
            (
                lambda g, jacobians: _without_shortcuts(g, jacobians[::-1]),
                "That is the plain stack, and its blocks in the wrong order.",
            ),
            (
                lambda g, jacobians: _first_gradient(g, [-jacobian for jacobian in jacobians]),
                "You subtracted what comes through a block. It is added.",
            ),
            (
                _with_ones,
                "Along the shortcut you added 1, the local gradient. It multiplies what arrives.",
            ),
            (
                _one_path,
                "The gradient through a block starts from all that stands behind it, what came "
                "along the shortcut included.",
            ),
            (
                _all_of_them,
                "Those are the gradients behind all blocks. Only one of them is asked for.",
            ),
            (
                lambda g, jacobians: _first_gradient(g, jacobians[-1:]),
                "You stopped in front of the last block.",
            ),
            (
                lambda g, jacobians: _first_gradient(g, jacobians[1:]),
                "The gradient in front of the first block is asked for. You stopped behind it.",
            ),
            (
                lambda g, jacobians: _first_gradient(g, jacobians[:-1]),
                "You left out the last block. The gradient that is given stands behind it.",
            ),
            (
                lambda g, jacobians: g,
                "That is what the shortcuts alone deliver. What comes through the blocks is to be "
                "added.",
            ),
            (
                lambda g, jacobians: _first_gradient(g, jacobians) - g,
                "What went along the shortcuts all the way is missing.",
            ),
        ),
        remark="The same loop, without the first term of its sum, is a plain network.",
    )
)
register(
    Exercise(
        "ex-residual-order",
        "think",
        "Follow one unit over a few blocks, and look at the sign of what is added.",
        reference="exponentially",
        choices=("keep", "shrink", "linearly", "exponentially"),
        mistakes=(
            (
                "keep",
                "He's weights keep the size of a signal that goes through the layer. Here what "
                "comes out is added to what went in.",
            ),
            (
                "shrink",
                "What could make it smaller? Nothing that is added here is negative.",
            ),
            (
                "linearly",
                "It would be so if each block added the same amount. What a block adds is in "
                "proportion to what comes in.",
            ),
        ),
        remark="The ReLU belongs in front of the last matrix of F, or a normalization behind it.",
    )
)
