"""The exercises of the chapter on maximum likelihood."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from underhood.autodiff import Array
from underhood.exercises.exercise import Case, Exercise, register
from underhood.ops import softplus

# ---- From a number to a distribution ----

HALF_WIDTH = 1.645 * 20  # of the interval in ex-distributions-one-spread
COLD = np.sqrt([1, 2, 7])  # what temperature 2 makes of the odds 1 : 2 : 7

register(
    Exercise(
        "ex-distributions-uniform",
        "hand",
        "Draw the rectangle. Its area is a probability, and stays one when the unit changes.",
        reference=(0.04, 0.32, 40),
        parts=("height", "probability", "height per meter"),
        given={"low": 110, "high": 135, "stretch": (122, 130)},
        mistakes=(
            (
                {"height": 1},
                "Not the height is one, but the area.",
            ),
            (
                {"height": 25},
                "That is the width of the rectangle. Width times height makes its area.",
            ),
            (
                {"height": 1 / 135},
                "You divided by the upper end. What counts is how far apart the two ends are.",
            ),
            (
                {"height": 1 / 110},
                "You divided by the lower end. What counts is how far apart the two ends are.",
            ),
            (
                {"height": 1 / 26},
                "You counted whole numbers, both ends included. The axis is continuous: take the "
                "difference of the ends.",
            ),
            (
                {"height": 0.04, "probability": 8},
                "The height is right. You gave the width of the stretch; an area is asked for.",
            ),
            (
                {"height": 0.04, "probability": 1 / 8},
                "The height is right. You divided by the width of the stretch. Multiply it by the "
                "height.",
            ),
            (
                {"height": 0.04, "probability": 0.04},
                "That is the height once more. A probability is an area.",
            ),
            (
                {"height": 0.04, "probability": 9 / 25},
                "The height is right. You counted whole numbers, both ends included. Take the "
                "width of the stretch.",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 0.04},
                "The height has a unit, one over the unit of the axis. In meters it is another "
                "number.",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 0.00004},
                "You changed the height in the wrong direction: the rectangle is narrower in "
                "meters, and its area must stay.",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 4},
                "You took a hundred millimeters for a meter.",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 1},
                "A density may be larger than one; only areas may not.",
            ),
        ),
        remark="In meters the height is far above one, and nothing is wrong with it.",
    )
)
register(
    Exercise(
        "ex-distributions-softmax",
        "hand",
        "Take the common part away from all logits; then exponentials of logarithms remain. A "
        "temperature divides logits, before anything else is done.",
        reference=(0.1, 0.2, 0.7, 49 / 54),
        parts=("first", "second", "third", "third when cold"),
        given={"logits": ("3", "3 + log 2", "3 + log 7"), "temperature": 0.5},
        mistakes=(
            (
                {"first": 3 / (9 + np.log(14))},
                "You divided a logit by the sum of the logits. Softmax takes exponentials first.",
            ),
            (
                {"first": 1, "second": 2, "third": 7},
                "The odds are right. Probabilities add up to one: divide by the sum.",
            ),
            (
                {"first": np.exp(3)},
                "That is an exponential. To make a probability of it, divide by the sum of all.",
            ),
            (
                {"first": 3 / 18, "second": 5 / 18, "third": 10 / 18},
                "You left out the exponential and the logarithms.",
            ),
            (
                {"first": np.exp(3) / (3 * np.exp(3) + 9)},
                "The exponential of a sum is a product. You added what has to be multiplied.",
            ),
            (
                {"first": 0.7, "third": 0.1},
                "The order is turned round: the largest logit gets the largest probability.",
            ),
            (
                {"third when cold": COLD[2] / COLD.sum()},
                "You multiplied the logits by the temperature: that is warmer. Divide by it.",
            ),
            (
                {"third when cold": 0.49},
                "You squared the probability. After that the sum is no longer one.",
            ),
            (
                {"third when cold": 0.7},
                "The temperature does change the probabilities, since it changes the differences "
                "of logits.",
            ),
            (
                {"third when cold": 1},
                "Cold, but not at zero: the others keep a share.",
            ),
            (
                {"third when cold": 1.4},
                "You divided the probability by the temperature. It divides the logits.",
            ),
            (
                {"third when cold": 0.35},
                "You multiplied the probability by the temperature. It divides the logits.",
            ),
            (
                {
                    "third when cold": np.exp(1.4) / (np.exp(0.2) + np.exp(0.4) + np.exp(1.4)),
                },
                "You divided the probabilities by the temperature and took softmax again. It is "
                "the logits that are divided.",
            ),
        ),
        remark="The three in the logits was a shift, and went out at once.",
    )
)
register(
    Exercise(
        "ex-distributions-outputs",
        "think",
        "Count the free parameters of each distribution. Several of them may be tied by the "
        "condition that probabilities add up to a whole.",
        reference=(1, 1, 2, 2, 5),
        parts=("eggs", "return", "species", "weight", "mixture"),
        mistakes=(
            (
                {"eggs": 2},
                "A Poisson distribution has no scale to set: its spread follows from its mean.",
            ),
            (
                {"eggs": 0},
                "Without an output for the eggs, every nest would have the same distribution.",
            ),
            (
                {"return": 2},
                "The probability of no follows from that of yes.",
            ),
            (
                {"species": 3},
                "So many are usual for the species. But a shift of all logits changes nothing: "
                "could one of them be fixed?",
            ),
            (
                {"species": 1},
                "For the species, that much describes two classes. There are more.",
            ),
            (
                {"weight": 1},
                "That is enough for the mean of the weight. But its scale depends on the input.",
            ),
            (
                {"mixture": 6},
                "In the mixture you counted two logits for the shares. Is none of them redundant?",
            ),
            (
                {"mixture": 4},
                "In the mixture you counted means and scales. How the two are mixed is missing.",
            ),
            (
                {"mixture": 3},
                "In the mixture every part has a mean and a scale of its own.",
            ),
            (
                {"mixture": 2},
                "One Gaussian needs that much. The mixture has two, and shares.",
            ),
        ),
        remark="The count is that of the free parameters of the distribution.",
    )
)


def softmax_at(logits: Array, temperature: float) -> Array:
    """Return the softmax of logits divided by a temperature, along the last axis."""
    z = logits / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _unshifted_softmax(logits: Array, temperature: float) -> Array:
    e = np.exp(logits / temperature)
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _softmax_over(logits: Array, temperature: float, axis: int | None) -> Array:
    e = np.exp((logits - logits.max()) / temperature)
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _logits_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(0, 2, size=4), 2.0),
        (rng.normal(0, 2, size=(3, 5)), 0.5),
        (rng.normal(0, 2, size=(2, 3, 4)), 3.0),
        (np.array([[10_000.0, 9_999.0, 0.0], [-10_000.0, -10_001.0, -10_001.0]]), 0.7),
    ]


register(
    Exercise(
        "ex-distributions-temperature",
        "code",
        "Does every row of the last axis add up to one, and does a shift of the logits change "
        "nothing?",
        reference=softmax_at,
        inputs=_logits_inputs,
        mistakes=(
            (
                _unshifted_softmax,
                "The formula is right, but large logits overflow. Which shift makes every exponent "
                "zero or less?",
            ),
            (
                lambda logits, temperature: softmax_at(logits, 1 / temperature),
                "You multiplied by the temperature. Logits are divided by it.",
            ),
            (
                lambda logits, temperature: _unshifted_softmax(logits, 1 / temperature),
                "You multiplied by the temperature; logits are divided by it. And large logits "
                "overflow.",
            ),
            (
                lambda logits, temperature: softmax_at(logits, 1.0),
                "You did not use the temperature.",
            ),
            (
                lambda logits, temperature: softmax_at(logits, 1.0) / temperature,
                "You divided the probabilities by the temperature. It belongs to the logits.",
            ),
            (
                lambda logits, temperature: _softmax_over(logits, temperature, None),
                "You divided by the sum over the whole array. Every row of the last axis is a "
                "distribution of its own.",
            ),
            (
                lambda logits, temperature: _softmax_over(logits, temperature, 0),
                "You normalized along the first axis. The classes are on the last one.",
            ),
            (
                lambda logits, temperature: np.exp(
                    (logits - logits.max(axis=-1, keepdims=True)) / temperature
                ),
                "The exponentials are right. They are not yet divided by their sum.",
            ),
            (
                lambda logits, temperature: np.log(softmax_at(logits, temperature)),
                "You returned logarithms of the probabilities.",
            ),
            (
                lambda logits, temperature: np.tanh(logits / temperature / 2) / 2 + 0.5,
                "You took the sigmoid of every logit by itself. Softmax weighs the classes against "
                "one another.",
            ),
        ),
    )
)


def interval(raw: Array, level: float) -> Array:
    """Return the ends of the central intervals of Gaussians with softplus scales."""
    return _interval_with(raw[:, 0], softplus(raw[:, 1]), (1 + level) / 2)


def _interval_with(mean: Array, scale: Array, below: float) -> Array:
    half = NormalDist().inv_cdf(below) * scale
    return np.stack([mean - half, mean + half], axis=1)


def _raw_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(0, 2, size=(5, 2)), 0.9),
        (rng.normal(3, 1, size=(1, 2)), 0.5),
        (np.array([[1.0, -3.0], [-2.0, 0.0], [0.5, 1000.0]]), 0.99),
    ]


register(
    Exercise(
        "ex-distributions-interval",
        "code",
        "Is the mean in the middle of your interval, and how much of the Gaussian lies below its "
        "upper end?",
        reference=interval,
        inputs=_raw_inputs,
        mistakes=(
            (
                lambda raw, level: _interval_with(raw[:, 0], softplus(raw[:, 1]), level),
                "Your upper end has the probability of the level below it. But what is left over "
                "is shared by both sides.",
            ),
            (
                lambda raw, level: interval(raw, level)[:, ::-1],
                "The two ends are in the wrong order: the lower one comes first.",
            ),
            (
                lambda raw, level: _interval_with(raw[:, 0], np.exp(raw[:, 1]), (1 + level) / 2),
                "You took the exponential for the scale. Here it is softplus.",
            ),
            (
                lambda raw, level: _interval_with(raw[:, 0], raw[:, 1], (1 + level) / 2),
                "You used the second raw output itself for the scale; it may be negative.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0], softplus(raw[:, 1]) ** 2, (1 + level) / 2
                ),
                "You squared the scale. It is the standard deviation that the width is counted in.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0], np.sqrt(softplus(raw[:, 1])), (1 + level) / 2
                ),
                "You took the scale for a variance. The softplus gives the standard deviation.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0], np.log(1 + np.exp(raw[:, 1])), (1 + level) / 2
                ),
                "The formula is right, but your softplus overflows for a large raw output.",
            ),
            (
                lambda raw, level: _interval_with(raw[:, 1], softplus(raw[:, 0]), (1 + level) / 2),
                "You exchanged the two raw outputs: the mean comes first.",
            ),
            (
                lambda raw, level: _interval_with(raw[:, 0], softplus(raw[:, 1]), 0.95),
                "Your interval has the same probability for every level.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0] * 0, softplus(raw[:, 1]), (1 + level) / 2
                ),
                "Your interval lies around zero. The mean is missing.",
            ),
            (
                lambda raw, level: interval(raw, level).T,
                "Your result is the transpose: one row for each example is expected.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-distributions-one-spread",
        "think",
        "Compare the spread that the machine uses with the true one, at each age. The interval is "
        "right where they agree.",
        reference=(40, math.erf(HALF_WIDTH / 40 / math.sqrt(2))),
        parts=("age", "coverage at 80"),
        rtol=(1e-3, 3e-3),
        given={"slope": 0.5, "spread": 20, "z": 1.645},
        mistakes=(
            (
                {"age": 10},
                "You halved the machine's spread. At which age is the half of the age that spread?",
            ),
            (
                {"age": 20},
                "That is the spread itself. At which age do women have it?",
            ),
            (
                {"age": 2 * HALF_WIDTH},
                "There the true spread is the half-width of the interval. It should be the spread "
                "that the machine uses.",
            ),
            (
                {"coverage at 80": (1 + math.erf(HALF_WIDTH / 40 / math.sqrt(2))) / 2},
                "You left out the lower end: women below the interval are not covered either.",
            ),
            (
                {"coverage at 80": 1 - math.erf(HALF_WIDTH / 40 / math.sqrt(2))},
                "That is the share of those who are missed.",
            ),
            (
                {"coverage at 80": math.erf(HALF_WIDTH / 40 / math.sqrt(2)) / 2},
                "You counted one half of the interval.",
            ),
            (
                {"coverage at 80": math.erf(HALF_WIDTH / 10 / math.sqrt(2))},
                "You multiplied by the ratio of the spreads where you should divide: the true one "
                "is the larger.",
            ),
            (
                {"coverage at 80": 0.45},
                "The coverage does not halve with the width. A density is highest in the middle.",
            ),
            (
                {"coverage at 80": 0.9},
                "That is what the machine promises. The true spread is larger there.",
            ),
            (
                {"coverage at 80": math.erf(0.5 / math.sqrt(2))},
                "You took half a standard deviation. The half-width has another factor.",
            ),
        ),
        remark="Between the two, at age sixty, it is about three quarters.",
    )
)


# ---- The likelihood principle ----

# ---- Logs and numerical stability ----

# ---- Classification ----

# ---- Regression and counts ----
