"""The exercises of the chapter on maximum likelihood."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from underhood.autodiff import Array
from underhood.exercises.exercise import Case, Exercise, register
from underhood.likelihood import categorical_nll
from underhood.ops import log_softmax, logsumexp, sigmoid, softplus

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
                {"height": 0.04, "probability": 32},
                "You gave percent. A probability is at most one.",
            ),
            (
                {"height": 0.04, "probability": 0.8},
                "The height is right. You took everything up to the end of the stretch. It has a "
                "lower end, too.",
            ),
            (
                {"height": 0.04, "probability": 0.48},
                "The height is right. You took what lies below the stretch.",
            ),
            (
                {"height": 0.04, "probability": 0.2},
                "The height is right. You took what lies above the stretch.",
            ),
            (
                {"height": 0.04, "probability": 0.68},
                "The height is right. You took what lies outside of the stretch.",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 0.025},
                "That is the width of the rectangle in meters. Which height makes its area right?",
            ),
            (
                {"height": 0.04, "probability": 0.32, "height per meter": 1000},
                "That is the ratio of the two units. By it the height per millimeter is changed.",
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
                {"first": 10, "second": 20, "third": 70},
                "You gave percent. A probability is at most one.",
            ),
            (
                {"first": 0, "second": np.log(2) / np.log(14), "third": np.log(7) / np.log(14)},
                "You took the common part away and divided by the sum. The exponentials come "
                "before the sum.",
            ),
            (
                {"third when cold": 49},
                "That is the exponential of the cold logit. Divide by the sum of all three.",
            ),
            (
                {"third when cold": 1 / 54},
                "That is what remains for the first class.",
            ),
            (
                {"third when cold": 4 / 54},
                "That is what remains for the second class.",
            ),
            (
                {"third when cold": 49 / 52},
                "You doubled only the logit of the third class. The temperature divides all.",
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
                {"return": 0},
                "Without an output for the return, every bird would have the same probability.",
            ),
            (
                {"weight": 3},
                "A Gaussian has two parameters. Which third one did you count for the weight?",
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
                lambda logits, temperature: _softmax_over(logits, temperature, -1),
                "You subtracted the largest logit of the whole array. A row that is far below it "
                "underflows: each row has its own largest.",
            ),
            (
                lambda logits, temperature: softmax_at(logits, 1.0) * temperature,
                "You multiplied the probabilities by the temperature. It belongs to the logits.",
            ),
            (
                lambda logits, temperature: softmax_at(softmax_at(logits, 1.0), temperature),
                "You took softmax twice. The temperature divides the logits, before the only one.",
            ),
            (
                lambda logits, temperature: softmax_at(logits, 1.0) ** (1 / temperature),
                "A power of the probabilities is a fine idea, but after it they no longer add up "
                "to one.",
            ),
            (
                lambda logits, temperature: softmax_at(-logits, temperature),
                "The largest logit gets the smallest probability: a sign is wrong.",
            ),
            (
                lambda logits, temperature: logits / logits.sum(axis=-1, keepdims=True),
                "You divided the logits by their sum. The exponential is missing.",
            ),
            (
                lambda logits, temperature: _softmax_over(logits, temperature, 0),
                "You normalized along the first axis. The classes are on the last one.",
            ),
            (
                lambda logits, temperature: softmax_at(logits.T, temperature).T,
                "You shifted and normalized along the first axis. The classes are on the last one.",
            ),
            (
                lambda logits, temperature: (
                    np.exp(logits / temperature) / np.exp(logits / temperature).sum()
                ),
                "You divided by the sum over the whole array; every row of the last axis is a "
                "distribution of its own. And large logits overflow.",
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
    return _interval_of(mean, NormalDist().inv_cdf(below) * scale)


def _interval_of(mean: Array, half: Array) -> Array:
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
                lambda raw, level: _interval_of(raw[:, 0], 1.645 * softplus(raw[:, 1])),
                "The factor 1.645 belongs to one level alone. Compute it from the level.",
            ),
            (
                lambda raw, level: _interval_of(raw[:, 0], 1.96 * softplus(raw[:, 1])),
                "The factor 1.96 belongs to one level alone. Compute it from the level.",
            ),
            (
                lambda raw, level: _interval_of(raw[:, 0], level * softplus(raw[:, 1])),
                "You multiplied the scale by the level. How many scales hold that probability?",
            ),
            (
                lambda raw, level: _interval_of(
                    raw[:, 0], NormalDist().cdf((1 + level) / 2) * softplus(raw[:, 1])
                ),
                "You took the probability below a point. You need its inverse: the point with a "
                "given probability below it.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0], softplus(raw[:, 1]) / 2, (1 + level) / 2
                ),
                "You halved the width once too often: the interval reaches that far to each side.",
            ),
            (
                lambda raw, level: _interval_with(raw[:, 0], np.abs(raw[:, 1]), (1 + level) / 2),
                "You took the absolute value for the scale. Here it is softplus.",
            ),
            (
                lambda raw, level: _interval_with(
                    raw[:, 0], np.maximum(raw[:, 1], 0), (1 + level) / 2
                ),
                "You took a ReLU for the scale. Here it is softplus, which is never zero.",
            ),
            (
                lambda raw, level: np.stack(
                    [raw[:, 0], interval(raw, level)[:, 1] - raw[:, 0]], axis=1
                ),
                "You returned the mean and the half-width. Asked are the two ends.",
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
                "You halved the machine's spread. The true spread is half of the age: at which age "
                "is that the spread of the machine?",
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
                {"age": HALF_WIDTH},
                "That is the half-width of the interval. At which age is the true spread the one "
                "that the machine uses?",
            ),
            (
                {"coverage at 80": 100 * math.erf(HALF_WIDTH / 40 / math.sqrt(2))},
                "You gave percent. A probability is at most one.",
            ),
            (
                {"coverage at 80": (1 - math.erf(HALF_WIDTH / 40 / math.sqrt(2))) / 2},
                "That is the share of the women above the interval.",
            ),
            (
                {"coverage at 80": 0.95},
                "You used the machine's own spread, and left out the lower end.",
            ),
            (
                {"coverage at 80": math.erf(1 / math.sqrt(2))},
                "You took one standard deviation to either side. Divide the half-width by the true "
                "one.",
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

register(
    Exercise(
        "ex-likelihood-principle-four-throws",
        "hand",
        "List the arrangements of signs in the throws, and multiply one factor for each throw.",
        reference=(24 / 81, 65 / 81),
        parts=("exactly two", "at least one"),
        given={"signs": 2, "sides": 6, "throws": 4},
        mistakes=(
            (
                {"exactly two": 4 / 81},
                "That is the probability of one arrangement. The signs may come at other throws.",
            ),
            (
                {"exactly two": 16 / 81},
                "You counted the arrangements by hand and missed some: pairs of throws, without "
                "regard to their order.",
            ),
            (
                {"exactly two": 48 / 81},
                "You counted every pair of throws twice.",
            ),
            (
                {"exactly two": 6 / 9},
                "Only the signs have a factor in your product. The throws without one need theirs.",
            ),
            (
                {"exactly two": 6 / 16},
                "You took a coin: sign and no sign are not equally probable here.",
            ),
            (
                {"exactly two": 150 / 1296},
                "You took a die with a single sign.",
            ),
            (
                {"exactly two": 33 / 81},
                "You gave the probability of that many signs or more.",
            ),
            (
                {"exactly two": 1 / 9},
                "You stopped after two throws that show a sign. The other throws need factors, and "
                "the signs may come elsewhere.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 1 / 3},
                "The first is right. The second is the probability of a sign in a single throw.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 57 / 81},
                "The first is right. You took away the probability of two signs. Which number of "
                "signs is not at least one?",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 33 / 81},
                "The first is right. The second is the probability of two signs or more.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 64 / 81},
                "The first is right. For the second you left one number of signs out: all throws "
                "may show one.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 56 / 81},
                "The first is right. For the second you stopped at two signs. There may be more.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 32 / 81},
                "The first is right. The second is the probability of exactly one sign.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 16 / 81},
                "The first is right. The second is that of the opposite: no sign at all.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 4 / 3},
                "Probabilities of single throws do not add up: signs may come together, and the "
                "sum exceeds one.",
            ),
            (
                {"exactly two": 24 / 81, "at least one": 80 / 81},
                "The first is right. You took away the probability of signs in all throws, not "
                "that of none.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-likelihood-principle-three-of-four",
        "hand",
        "Compute the likelihoods of the dice next to the share as fractions, and compare.",
        reference=(4, 32 / 81, 128 / 125),
        parts=("signs", "likelihood", "ratio"),
        given={"k": 3, "n": 4},
        mistakes=(
            (
                {"signs": 5},
                "That die comes in second. Compute both likelihoods to three digits.",
            ),
            (
                {"signs": 4.5},
                "That is the best of all probabilities, times the sides. But the signs on a die "
                "are whole.",
            ),
            (
                {"signs": 3},
                "That is the number of signs in the throws. Asked is the number on the die.",
            ),
            (
                {"signs": 0.75},
                "That is the share. Which of the seven dice makes it most probable?",
            ),
            (
                {"signs": 2 / 3},
                "You gave the probability of a sign. Asked is the number of sides that carry one.",
            ),
            (
                {"signs": 4, "likelihood": 8 / 81},
                "The die is right. The sign that is missing may be missing at any of the throws: "
                "count the arrangements.",
            ),
            (
                {"signs": 4, "likelihood": 8 / 27},
                "The die is right. The throw without a sign needs a factor as well, and it may be "
                "any of them.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 27},
                "The die is right. A likelihood is a probability of the data: it cannot exceed "
                "one. A factor is missing.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 81, "ratio": 125 / 324},
                "The last one is the second likelihood itself. Asked is a ratio.",
            ),
            (
                {"signs": 4, "likelihood": 27 / 64},
                "You computed the likelihood of the share itself. No die has it.",
            ),
            (
                {"signs": 4, "likelihood": 125 / 324},
                "The die is right, but that is the likelihood of the second.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 81, "ratio": 125 / 128},
                "You divided the smaller by the larger.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 81, "ratio": 32 / 81 / 0.25},
                "You compared with the third. Another die comes closer.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 81, "ratio": 32 / 81 - 125 / 324},
                "You took the difference. Likelihoods are compared by their ratio.",
            ),
        ),
        rtol=(1e-3, 2e-3, 5e-3),
        remark="A good answer names both dice.",
    )
)
register(
    Exercise(
        "ex-likelihood-principle-standard-error",
        "hand",
        "Variance first, then its root. How does the root depend on the number of throws?",
        reference=(0.36, 0.048, 1600),
        parts=("estimate", "standard error", "throws"),
        given={"k": 36, "n": 100, "target": 0.012},
        mistakes=(
            (
                {"estimate": 36},
                "That is the number of heads. The estimate is a probability.",
            ),
            (
                {"estimate": 37 / 102},
                "You added one to each count. Maximum likelihood does not.",
            ),
            (
                {"estimate": 0.64},
                "That is the share of tails.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.2304},
                "The estimate is right. You gave the variance of a single throw.",
            ),
            (
                {"estimate": 0.36, "standard error": math.sqrt(0.2304 / 99)},
                "The estimate is right. You divided by one throw less. Maximum likelihood takes "
                "all.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.08},
                "The estimate is right. Under the root one factor is missing, that of the heads.",
            ),
            (
                {"estimate": 0.36, "standard error": 100 / 0.2304},
                "The estimate is right. You gave the information.",
            ),
            (
                {"estimate": 0.36, "standard error": 10 / 0.48},
                "The estimate is right. You gave the root of the information; the standard error "
                "is one over it.",
            ),
            (
                {"estimate": 0.5},
                "That would be a fair coin. The data know nothing of that.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.48},
                "The estimate is right. You gave the standard deviation of a single throw; that of "
                "the mean is smaller.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.0048},
                "The estimate is right. You divided by the number of throws outside of the root.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.002304},
                "The estimate is right. You gave the variance; the root is missing.",
            ),
            (
                {"estimate": 0.36, "standard error": 4.8},
                "The estimate is right. You gave the standard deviation of the number of heads.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.05},
                "You took the largest error that there can be, that of one half.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.06},
                "The estimate is right. Under the root one factor is missing, that of the tails.",
            ),
            (
                {"estimate": 0.36, "standard error": 1.96 * 0.048},
                "You gave half of the width of an interval. The standard error is what it is made "
                "from.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 400},
                "The first two are right. The standard error does not fall as fast as the number "
                "of throws grows: mind the root.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 200},
                "The first two are right. You took the root of the factor where its square is due.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 1500},
                "The first two are right. You gave the throws that are still to come. Asked are "
                "all of them.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 25},
                "The first two are right. You divided by the ratio of the errors: fewer throws "
                "would do better.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 16},
                "The first two are right. You gave the factor. Asked is the number of throws.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 4},
                "The first two are right. You gave the ratio of the errors. Asked is the number of "
                "throws.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 0.25 / 0.012**2},
                "The first two are right. You took a fair coin for the last one.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 0.2304 / 0.012},
                "The first two are right. In the last one the error that you divide by is to be "
                "squared.",
            ),
            (
                {"estimate": 0.36, "standard error": 0.048, "throws": 6.25},
                "The first two are right. You turned the ratio of the errors round: fewer throws "
                "cannot make the error smaller.",
            ),
        ),
    )
)


def fit_geometric(t: Array) -> tuple[Any, Any]:
    """Return the maximum likelihood estimate and its standard error, from waiting times."""
    p = len(t) / np.sum(t)
    return p, np.sqrt(p * (1 - p) / np.sum(t))


def _waiting_times(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.geometric(0.2, size=30),),
        (rng.geometric(0.6, size=8),),
        (np.array([4, 9, 2]),),
    ]


register(
    Exercise(
        "ex-likelihood-principle-geometric",
        "code",
        "Count the signs and the throws of all games together. Every game ends with a sign.",
        reference=fit_geometric,
        inputs=_waiting_times,
        parts=("estimate", "standard error"),
        mistakes=(
            (
                lambda t: {"estimate": np.mean(t)},
                "Your estimate is the mean number of throws. A probability cannot exceed one.",
            ),
            (
                lambda t: {"estimate": np.mean(1 / t)},
                "You estimated p from each game and averaged. Multiply the probabilities of all "
                "games first, and look for the maximum then.",
            ),
            (
                lambda t: {"estimate": 1 / np.median(t)},
                "You took the median of the numbers of throws. Their sum is what comes out of the "
                "logarithms.",
            ),
            (
                lambda t: {"estimate": len(t) / np.sum(t - 1)},
                "You divided by the throws without a sign: those are odds. The throw with the sign "
                "counts as a throw.",
            ),
            (
                lambda t: {"estimate": 1 - fit_geometric(t)[0]},
                "Your estimate is the probability of no sign.",
            ),
            (
                lambda t: {"estimate": (len(t) + 1) / (np.sum(t) + 2)},
                "You added one to each count. Maximum likelihood does not.",
            ),
            (
                lambda t: (
                    fit_geometric(t)[0],
                    np.sqrt(fit_geometric(t)[0] * (1 - fit_geometric(t)[0]) / len(t)),
                ),
                "The estimate is right. In the standard error you divided by the number of games; "
                "the throws are what counts.",
            ),
            (
                lambda t: (fit_geometric(t)[0], fit_geometric(t)[1] ** 2),
                "The estimate is right. You returned one over the information; its root is the "
                "standard error.",
            ),
            (
                lambda t: (fit_geometric(t)[0], 1 / fit_geometric(t)[1]),
                "The estimate is right. You returned the root of the information. The standard "
                "error is one over it.",
            ),
            (
                lambda t: (fit_geometric(t)[0], fit_geometric(t)[1] / np.sqrt(np.sum(t))),
                "The estimate is right. You divided by the number of throws outside of the root.",
            ),
            (
                lambda t: (fit_geometric(t)[0], 1.96 * fit_geometric(t)[1]),
                "The estimate is right. You returned half of the width of an interval.",
            ),
            (
                lambda t: (fit_geometric(t)[0], np.std(t) / np.sqrt(len(t))),
                "The estimate is right. You returned how much the mean number of throws varies; "
                "the estimate of p is one over it.",
            ),
            (
                lambda t: (fit_geometric(t)[0], fit_geometric(t)[1] ** -2),
                "The estimate is right. You returned the information. The standard error is one "
                "over its root.",
            ),
            (
                lambda t: (
                    fit_geometric(t)[0],
                    np.sqrt(fit_geometric(t)[0] * (1 - fit_geometric(t)[0])),
                ),
                "The estimate is right. You returned the standard deviation of a single throw.",
            ),
            (
                lambda t: (fit_geometric(t)[0], np.std(t, ddof=1) / np.sqrt(len(t))),
                "The estimate is right. You returned the standard error of the mean number of "
                "throws, not that of p.",
            ),
            (
                lambda t: (fit_geometric(t)[0], fit_geometric(t)[0] / np.sqrt(len(t))),
                "The estimate is right. In the second derivative the part of the throws without a "
                "sign is missing.",
            ),
        ),
        remark="It is the estimate of k signs in n throws, though one stopped for another reason.",
    )
)


def relative_likelihood(p: Array, k: int, n: int) -> Any:
    """Return the binomial likelihood over its maximum."""
    return np.exp(_log_likelihood(p, k, n) - _log_likelihood(k / n, k, n))


def _log_likelihood(p: Any, k: int, n: int) -> Any:
    """Return k log p + (n - k) log(1 - p), with 0 log 0 = 0."""
    signs = k * np.log(p) if k else 0 * np.asarray(p)
    return signs + ((n - k) * np.log1p(-np.asarray(p)) if n > k else 0)


def _plain_relative_likelihood(p: Array, k: int, n: int) -> Any:
    share = np.float64(k / n)
    best = k * np.log(share) + (n - k) * np.log(1 - share)
    return np.exp(k * np.log(p) + (n - k) * np.log(1 - p) - best)


def _scalar_relative_likelihood(p: Array, k: int, n: int) -> Any:
    best = k * math.log(k / n) + (n - k) * math.log(1 - k / n)
    return np.exp(k * np.log(p) + (n - k) * np.log(1 - p) - best)


def _product_relative_likelihood(p: Array, k: int, n: int) -> Any:
    share = np.float64(k / n)
    return p**k * (1 - p) ** (n - k) / (share**k * (1 - share) ** (n - k))


def _relative_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.uniform(0.05, 0.6, size=6), 2, 10),
        (rng.uniform(0.01, 0.3, size=(2, 3)), 0, 5),
        (rng.uniform(0.8, 0.99, size=4), 7, 7),
        (rng.uniform(0.49, 0.51, size=5), 5000, 10_000),
    ]


register(
    Exercise(
        "ex-likelihood-principle-relative",
        "code",
        "Where p is the share of signs, the result must be one. Try no signs at all, and try ten "
        "thousand throws.",
        reference=relative_likelihood,
        inputs=_relative_inputs,
        mistakes=(
            (
                _plain_relative_likelihood,
                "The formula is right, but zero times the logarithm of zero is nan. What is it in "
                "the limit?",
            ),
            (
                _product_relative_likelihood,
                "The formula is right, but for many throws both likelihoods underflow to zero. "
                "Subtract logarithms.",
            ),
            (
                _scalar_relative_likelihood,
                "The formula is right, but of zero there is no logarithm, and in the maximum it is "
                "multiplied by zero. What is the product in the limit?",
            ),
            (
                lambda p, k, n: _log_likelihood(p, k, n) - _log_likelihood(k / n, k, n),
                "You returned the logarithm of the ratio.",
            ),
            (
                lambda p, k, n: _log_likelihood(p, k, n) / _log_likelihood(k / n, k, n),
                "You divided the logarithms. The logarithm of a ratio is a difference.",
            ),
            (
                lambda p, k, n: relative_likelihood(p, k, n) ** (1 / n),
                "You took the mean over the throws. The likelihood is the product of all of them.",
            ),
            (
                lambda p, k, n: np.exp(
                    _log_likelihood(p, k, n)
                    + math.lgamma(n + 1)
                    - math.lgamma(k + 1)
                    - math.lgamma(n - k + 1)
                ),
                "You returned the likelihood. It is not yet divided by its largest value.",
            ),
            (
                lambda p, k, n: np.exp(_log_likelihood(p, k, n)),
                "You left out the arrangements, which does no harm, and the largest value, which "
                "does.",
            ),
            (
                lambda p, k, n: np.exp(_log_likelihood(p, k, n) - np.max(_log_likelihood(p, k, n))),
                "You divided by the largest of the values at the given p. The maximum may lie "
                "between them, or outside.",
            ),
            (
                lambda p, k, n: np.exp(
                    _log_likelihood(p, k, n) - _log_likelihood((k + 1) / (n + 2), k, n)
                ),
                "You divided by the likelihood of the add-one estimate, which is not the maximum.",
            ),
            (
                lambda p, k, n: relative_likelihood(1 - p, k, n),
                "You exchanged p and its opposite.",
            ),
            (
                lambda p, k, n: relative_likelihood(p, k, n) / np.sum(relative_likelihood(p, k, n)),
                "Your values add up to one. A relative likelihood is one at its maximum, and its "
                "sum has no meaning.",
            ),
            (
                lambda p, k, n: 1 / relative_likelihood(p, k, n),
                "You divided the other way round: no value may exceed one.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-likelihood-principle-copied",
        "think",
        "Write the same die's record with the mistake and without it, and put both into the "
        "formulas. What does a copy tell about the die?",
        reference=(1, math.sqrt(0.5), 1),
        parts=("estimate", "reported error", "true deviation"),
        given={"throws": 10, "copies": 2},
        mistakes=(
            (
                {"estimate": 2},
                "The signs double, but so do the throws.",
            ),
            (
                {"estimate": 0.5},
                "The throws double, but so do the signs.",
            ),
            (
                {"reported error": 0.5},
                "The formula has the number of throws under a root.",
            ),
            (
                {"reported error": math.sqrt(2)},
                "More throws in the formula make the error that it reports smaller.",
            ),
            (
                {"reported error": 2},
                "More throws in the formula make the error that it reports smaller, and they are "
                "under a root.",
            ),
            (
                {"estimate": 1, "reported error": 1},
                "The formula does not know of the mistake. Put in the number of lines in the "
                "record.",
            ),
            (
                {"true deviation": math.sqrt(0.5)},
                "That would be so for twice as many throws. How often was the die thrown?",
            ),
            (
                {"true deviation": 0.5},
                "The estimate is the same number as without the mistake, in each experiment. How "
                "can it vary less?",
            ),
            (
                {"true deviation": math.sqrt(2)},
                "The estimate is the same number as without the mistake, in each experiment. How "
                "can it vary more?",
            ),
            (
                {"true deviation": 2},
                "The number of signs in the record varies so much more. But the estimate divides "
                "it by the number of lines.",
            ),
        ),
        remark="The data are not more; they only look like it.",
    )
)


# ---- Logs and numerical stability ----

HUGE_LOGITS = -2000 + np.log([1, 2, 5])


def _rows_of_logits(rng: np.random.Generator) -> list[Case]:
    ordinary = rng.normal(0, 2, (3, 4))
    return [
        (ordinary,),
        (np.array([[3.0, 3.0, 3.0], [-1.0, 0.0, 1.0], [5.0, 0.0, 2.0]]),),
        (ordinary + 1000,),
        (ordinary + np.array([[-1000.0], [0.0], [1000.0]]),),
        (np.array([[600.0, -600.0], [0.0, 1.0]]),),
        (np.array([[900.0, -900.0], [-10_000.0, 10_000.0]]),),
        (np.array([[-np.inf, 0.5, 0.5], [0.0, -np.inf, 1.0]]),),
    ]


def _row_log_sum(z: Array, shift: Array) -> Array:
    return np.asarray(np.log(np.sum(np.exp(z - shift), axis=-1, keepdims=True)))


def _softmax(z: Array) -> Array:
    return np.asarray(np.exp(log_softmax(z)))


def _largest_of_rows(z: Array) -> Array:
    return np.asarray(np.max(z, axis=-1, keepdims=True))


def _labels_and_logits(rng: np.random.Generator) -> list[Case]:
    labels = np.array([1, 0, 1, 1, 0])
    right = 2 * labels - 1
    return [
        (labels, rng.normal(0, 2, 5)),
        (labels, 40.0 * right),
        (labels, -40.0 * right),
        (labels, -10_000.0 * right),
        (np.array([1]), np.array([0.0])),
    ]


def _counts_of_signs(rng: np.random.Generator) -> list[Case]:
    return [(2, 10), (0, 10), (10, 10), (0, 3000), (667, 2000), (50_100, 100_000)]


def _log_likelihoods(k: int, n: int) -> Array:
    p = np.arange(7) / 6
    with np.errstate(divide="ignore", invalid="ignore"):
        signs = np.where(k == 0, 0, k * np.log(p))
        others = np.where(k == n, 0, (n - k) * np.log(1 - p))
    return np.asarray(signs + others)


def _mean_log_likelihood(share: float) -> float:
    """Return the largest log-likelihood that any p has, for each throw."""
    return sum(q * math.log(q) for q in (share, 1 - share) if q)


def relative_likelihoods(k: int, n: int) -> Array:
    """Return the likelihoods of the dice with 0 to 6 signs, the largest of them 1."""
    logs = _log_likelihoods(k, n)
    return np.asarray(np.exp(logs - logs.max()))


register(
    Exercise(
        "ex-numerical-stability-factors",
        "hand",
        "Write the product as a power of two, and compare it with the smallest positive number of "
        "the format. A number that is half as large or smaller is rounded to zero.",
        reference=(75, 538, -1000 * math.log(4)),
        parts=("float32", "float64", "log-likelihood"),
        rtol=(1e-6, 1e-6, 3e-3),
        given={"probability": 0.25, "images": 1000},
        mistakes=(
            (
                {"float32": 74},
                "After so many images the float32 product is small, but not zero yet. Look at the "
                "next one.",
            ),
            (
                {"float32": 74.5},
                "Images come whole. Which whole number is the first for which the product is zero?",
            ),
            (
                {"float32": 149},
                "You counted factors of one half, and the last number that is not zero yet. How "
                "many factors does each image bring?",
            ),
            (
                {"float32": 150},
                "You counted factors of one half. How many of them does each image bring?",
            ),
            (
                {"float32": 64},
                "There the normal numbers of float32 end. Below them come the subnormal ones, with "
                "fewer digits.",
            ),
            (
                {"float32": 63},
                "There is the smallest normal number of float32. Below it come the subnormal ones, "
                "with fewer digits.",
            ),
            (
                {"float32": 46},
                "That is the count for a probability of one tenth.",
            ),
            (
                {"float32": 76},
                "That is enough, but the product is zero before. What is half of the smallest "
                "positive number rounded to?",
            ),
            (
                {"float32": 24},
                "That is the number of binary digits. They say how exact a number is, not how "
                "small it can be.",
            ),
            (
                {"float32": 538, "float64": 75},
                "The two formats are in the wrong order: the one with more bits lasts longer.",
            ),
            (
                {"float32": 75, "float64": 537},
                "float32 is right. In float64 the product after so many images is the smallest "
                "number there is, not zero yet.",
            ),
            (
                {"float32": 75, "float64": 150},
                "float32 is right. float64 does not have twice the range, but a good deal more: "
                "its exponent has eleven bits.",
            ),
            (
                {"float32": 75, "float64": 512},
                "float32 is right. In float64 you stopped where the normal numbers end; the "
                "subnormal ones come after them.",
            ),
            (
                {"float32": 75, "float64": 511},
                "float32 is right. In float64 that is the smallest normal number; the subnormal "
                "ones come after it.",
            ),
            (
                {"float32": 75, "float64": 537.5},
                "float32 is right. Images come whole: which whole number is the first for which "
                "the product in float64 is zero?",
            ),
            (
                {"float32": 75, "float64": 539},
                "float32 is right. In float64 the product is zero there, but not for the first "
                "time.",
            ),
            (
                {"float32": 75, "float64": 1074},
                "float32 is right. In float64 that is an exponent, of one half. Each image brings "
                "two factors of one half.",
            ),
            (
                {"float32": 75, "float64": 1075},
                "float32 is right. In float64 you counted factors of one half, and each image "
                "brings two.",
            ),
            (
                {"float32": 75, "float64": 1076},
                "float32 is right. In float64 you counted factors of one half. Each image brings "
                "two of them.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": 1000 * math.log(4)},
                "Both counts are right. The logarithm of a number below 1 has another sign.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": -math.log(4)},
                "Both counts are right. That is the logarithm for one image. Those of all images "
                "add up.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": -2000},
                "Both counts are right. You took the logarithm to the base 2. In this book log is "
                "the natural one.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": 1000 * math.log10(0.25)},
                "Both counts are right. You took the logarithm to the base 10. In this book log "
                "is the natural one.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": -1000 * math.log(2)},
                "Both counts are right. That is the logarithm for probabilities of one half.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": -math.inf},
                "Both counts are right. You took the logarithm of a product that is zero in the "
                "computer. Add the logarithms up instead.",
            ),
            (
                {"float32": 75, "float64": 538, "log-likelihood": 0},
                "Both counts are right. The product is zero in the computer. Its logarithm can be "
                "had without the product.",
            ),
        ),
        remark="The logarithm would still be an ordinary number after a million images.",
    )
)
register(
    Exercise(
        "ex-numerical-stability-shift",
        "hand",
        "Subtract the same number from all three logits, so that their exponentials become "
        "1, 2 and 5. What does that do to the log-sum-exp, and what to the probabilities?",
        reference=(-2000 + math.log(8), 0.625, math.log(8)),
        parts=("log-sum-exp", "probability", "NLL"),
        rtol=(1e-6, 1e-3, 1e-3),
        given={"logits": HUGE_LOGITS},
        mistakes=(
            (
                {"log-sum-exp": math.log(8)},
                "What you subtracted before has to be added again: the shift moves the log-sum-exp "
                "along.",
            ),
            (
                {"log-sum-exp": round(math.log(8), 4)},
                "The shift is missing: what you subtracted before has to be added again.",
            ),
            (
                {"log-sum-exp": -2000},
                "That is the shift alone. The logarithm of the sum of the shifted exponentials is "
                "missing.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(5)},
                "That is the largest of the three. The log-sum-exp is larger: the others "
                "contribute, too.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(7)},
                "A term is missing in the sum: the first exponential is one, not zero.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(10)},
                "You added the logarithms. What is added up is the exponentials, before the "
                "logarithm.",
            ),
            (
                {"log-sum-exp": -1998},
                "So far so good, but four decimals are asked for: the size of the logits hides "
                "what the sum of the exponentials adds.",
            ),
            (
                {"log-sum-exp": -1997.9},
                "So far so good, but four decimals are asked for.",
            ),
            (
                {"log-sum-exp": 2000 - math.log(8)},
                "Check the sign: the log-sum-exp lies a little above the largest of the three "
                "logits.",
            ),
            (
                {"log-sum-exp": -1992},
                "The sum is right, its logarithm is missing.",
            ),
            (
                {"log-sum-exp": -2000 - math.log(8)},
                "The sum of the shifted exponentials is above one. What sign has its logarithm?",
            ),
            (
                {"log-sum-exp": -math.inf},
                "All three exponentials underflow if you take them as they are. Shift first.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 5 / 7},
                "The first is right. In the probability a term is missing below the line.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 5 / 3},
                "The first is right. A probability above one? Below the line stands the sum of all "
                "three.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.125},
                "The first is right. That is the probability of the first class; asked is the last "
                "one.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.25},
                "The first is right. That is the probability of the second class; asked is the "
                "last one.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 1 / 3},
                "The first is right. The logits are near one another relative to their size, but "
                "what counts is their differences.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": math.log(5) / math.log(10)},
                "The first is right. You divided logarithms; softmax divides exponentials.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": -math.log(8)},
                "Two are right. Mind the sign: a negative log-likelihood of a class is never "
                "below zero.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": math.log(1.6)},
                "Two are right. The NLL is asked for the first class as the label.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": math.log(4)},
                "Two are right. That is the NLL for the second class as the label; asked is the "
                "first.",
            ),
            (
                {
                    "log-sum-exp": -2000 + math.log(8),
                    "probability": 0.625,
                    "NLL": -4000 + math.log(8),
                },
                "Two are right. The label's logit is subtracted, and it is negative: what does "
                "subtracting it do?",
            ),
            (
                {
                    "log-sum-exp": -2000 + math.log(8),
                    "probability": 0.625,
                    "NLL": 4000 - math.log(8),
                },
                "Two are right. You turned the sign of the log-sum-exp. It is the label's logit "
                "that is subtracted.",
            ),
            (
                {
                    "log-sum-exp": -2000 + math.log(8),
                    "probability": 0.625,
                    "NLL": -2000 + math.log(8),
                },
                "Two are right. That is the log-sum-exp once more. The label's logit has still to "
                "be subtracted.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": 3},
                "Two are right. You took the logarithm to the base 2. In this book log is the "
                "natural one.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": 0.125},
                "Two are right. That is the probability of the label; its negative logarithm is "
                "asked for.",
            ),
            (
                {"log-sum-exp": -2000 + math.log(8), "probability": 0.625, "NLL": 2000},
                "Two are right. That is the label's logit with the sign turned; the log-sum-exp is "
                "missing.",
            ),
        ),
        remark="The 2000 came out of the log-sum-exp and left no trace in the other two.",
    )
)
register(
    Exercise(
        "ex-numerical-stability-log-softmax",
        "code",
        "In each row the exponentials of your result must add up to 1. Do they, for logits near "
        "1000 and near −1000? And is any of your results −∞ where the logit is a number?",
        reference=lambda z: log_softmax(z),
        inputs=_rows_of_logits,
        mistakes=(
            (
                lambda z: np.log(np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)),
                "Right for ordinary logits. But the exponential of 1000 is no float64, and that "
                "of −1000 is zero.",
            ),
            (
                lambda z: z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True)),
                "The formula is right. But the exponential of 1000 is no float64, and that of "
                "−1000 is zero: something has to go before the exponential is taken.",
            ),
            (
                lambda z: np.log(_softmax(z)),
                "The probabilities are right for logits of any size. But a probability that "
                "underflows is zero, and its logarithm comes too late.",
            ),
            (
                lambda z: _softmax(z),
                "Those are the probabilities. Their logarithms are asked for.",
            ),
            (
                lambda z: log_softmax(z, axis=0),
                "You normalized the columns. Each example has its own row.",
            ),
            (
                lambda z: z - np.max(z) - np.log(np.sum(np.exp(z - np.max(z)))),
                "You took the sum over all examples at once. Each row has its own.",
            ),
            (
                lambda z: z - np.max(z) - _row_log_sum(z, np.max(z)),
                "You shift all rows by the same number. Where the logits of another row are far "
                "below it, all exponentials of that row underflow.",
            ),
            (
                lambda z: z - logsumexp(z, axis=-1),
                "A number for each row has the shape (batch,), and NumPy lines that up with the "
                "classes. Keep the axis that you sum over.",
            ),
            (
                lambda z: -logsumexp(z, axis=-1, keepdims=True) + 0 * z,
                "The logit of the class itself is missing.",
            ),
            (
                lambda z: logsumexp(z, axis=-1),
                "That is the log-sum-exp of each row. Each class needs a result of its own.",
            ),
            (
                lambda z: z - _largest_of_rows(z),
                "You return the shifted logits. Their exponentials do not add up to 1 yet.",
            ),
            (
                lambda z: z - _row_log_sum(z, _largest_of_rows(z)),
                "The largest logit was taken away inside of the logarithm, and is missing outside.",
            ),
            (
                lambda z: (
                    z
                    - _largest_of_rows(z)
                    - np.sum(np.exp(z - _largest_of_rows(z)), axis=-1, keepdims=True)
                ),
                "You subtract the sum of the exponentials. A logarithm is missing.",
            ),
            (
                lambda z: z - _largest_of_rows(z) + _row_log_sum(z, _largest_of_rows(z)),
                "A probability is at most 1. Check the sign of the logarithm of the sum.",
            ),
            (
                lambda z: (
                    z
                    - np.min(z, axis=-1, keepdims=True)
                    - _row_log_sum(z, np.min(z, axis=-1, keepdims=True))
                ),
                "You subtracted the smallest logit. Then the exponential of the largest can "
                "overflow.",
            ),
            (
                lambda z: (
                    z
                    - np.mean(z, axis=-1, keepdims=True)
                    - _row_log_sum(z, np.mean(z, axis=-1, keepdims=True))
                ),
                "You subtracted the mean. The largest logit can still be far above it.",
            ),
            (
                lambda z: -log_softmax(z),
                "Those are the negative log-likelihoods. Mind the sign.",
            ),
            (
                lambda z: log_softmax(z) / math.log(2),
                "You measured in bits. The natural logarithm is asked for.",
            ),
            (
                lambda z: np.log(np.clip(_softmax(z), 1e-7, 1)),
                "Clipped probabilities keep their logarithms finite, and make them wrong below "
                "−16.",
            ),
            (
                lambda z: np.log(np.clip(_softmax(z), 1e-7, 1 - 1e-7)),
                "You clip the probabilities as Keras does. Their logarithms are finite, and wrong "
                "below −16.",
            ),
            (
                lambda z: z - np.log(np.sum(np.exp(z))),
                "The sum runs over all examples, and its exponentials overflow. Each row has a sum "
                "of its own, and something has to go before the exponential is taken.",
            ),
            (
                lambda z: z - np.max(z, axis=-1) - logsumexp(z - np.max(z, axis=-1), axis=-1),
                "The largest logit of each row has the shape (batch,), and NumPy lines that up "
                "with the classes. Keep the axis.",
            ),
            (
                lambda z: (
                    z
                    - _largest_of_rows(z)
                    - np.log(np.sum(np.exp(z - _largest_of_rows(z)), axis=-1))
                ),
                "The largest logits are subtracted row by row. The logarithms of the sums are "
                "not: keep the axis there, too.",
            ),
            (
                lambda z: (
                    z
                    - np.max(np.abs(z), axis=-1, keepdims=True)
                    - _row_log_sum(z, np.max(np.abs(z), axis=-1, keepdims=True))
                ),
                "You subtracted the largest absolute value. For negative logits that makes the "
                "exponents smaller still.",
            ),
            (
                lambda z: log_softmax(z) + math.log(z.shape[-1]),
                "You took the mean of the exponentials. It is to be their sum.",
            ),
            (
                lambda z: log_softmax(_softmax(z)),
                "You applied softmax twice. It takes the logits.",
            ),
            (
                lambda z: np.nan_to_num(log_softmax(z)),
                "A class with the logit −∞ has probability 0, and its logarithm is −∞, not the "
                "lowest number that there is.",
            ),
            (
                lambda z: np.log(_softmax(z) + 1e-7),
                "What you add to the probabilities keeps the logarithms finite, and makes small "
                "ones wrong.",
            ),
        ),
        remark="Also for a logit of −∞, whose class stays impossible.",
    )
)
register(
    Exercise(
        "ex-numerical-stability-bernoulli",
        "code",
        "At logit 0 the loss is log 2 for either label. Far out it is 0 on the right side, and on "
        "the wrong side as large as the logit. Try both labels with 40 and with 10,000.",
        reference=lambda labels, logits: np.mean(softplus((1 - 2 * labels) * logits)),
        inputs=_labels_and_logits,
        rtol=1e-6,
        mistakes=(
            (
                lambda labels, logits: (
                    -np.mean(np.log(np.where(labels == 1, sigmoid(logits), 1 - sigmoid(logits))))
                ),
                "Right near 0. But at logit 40 the probability is rounded to 1, and 1 minus it is "
                "0: the logarithm comes too late.",
            ),
            (
                lambda labels, logits: (
                    -np.mean(
                        labels * np.log(sigmoid(logits))
                        + (1 - labels) * np.log(1 - sigmoid(logits))
                    )
                ),
                "Right near 0. But where the probability is rounded to 0 or 1 one of the "
                "logarithms is −∞, and 0 times that is nan.",
            ),
            (
                lambda labels, logits: (
                    -np.mean(
                        labels * np.log(sigmoid(logits) + 1e-7)
                        + (1 - labels) * np.log(1 - sigmoid(logits) + 1e-7)
                    )
                ),
                "What you add inside of the logarithm keeps it finite, and the loss stops growing "
                "at logit 16.",
            ),
            (
                lambda labels, logits: np.mean(softplus(logits) - labels * logits),
                "Right, but for the smallest losses: at logit 40 and label 1 two numbers are "
                "subtracted that have become equal.",
            ),
            (
                lambda labels, logits: np.mean(
                    np.maximum((1 - 2 * labels) * logits, 0) + np.log(1 + np.exp(-np.abs(logits)))
                ),
                "Right, but for the smallest losses: 1 plus a tiny number is 1. NumPy has a "
                "logarithm that adds the 1 itself.",
            ),
            (
                lambda labels, logits: np.mean(
                    np.maximum((1 - 2 * labels) * logits, 0) + np.log1p(np.exp(-logits))
                ),
                "The exponent must never be positive, whatever the sign of the logit.",
            ),
            (
                lambda labels, logits: np.mean(
                    softplus((1 - 2 * labels) * np.clip(logits, -30, 30))
                ),
                "You clip the logits. Then the loss no longer depends on them, and a network that "
                "is certain and wrong gets no gradient.",
            ),
            (
                lambda labels, logits: softplus((1 - 2 * labels) * logits),
                "You return the loss of each example. The mean is asked for.",
            ),
            (
                lambda labels, logits: (
                    -np.mean(np.log(np.where(labels == 1, sigmoid(logits), sigmoid(-logits))))
                ),
                "The formula is right, and moderate logits are, too. At 10,000 on the wrong side "
                "an exponential leaves the range before the logarithm is taken.",
            ),
            (
                lambda labels, logits: (
                    -np.mean(
                        np.log(
                            np.clip(
                                np.where(labels == 1, sigmoid(logits), 1 - sigmoid(logits)),
                                1e-7,
                                1 - 1e-7,
                            )
                        )
                    )
                ),
                "You clip the probabilities as Keras does. Nothing is infinite any more, but the "
                "loss stops growing at logit 16.",
            ),
            (
                lambda labels, logits: np.mean(np.log1p(np.exp((1 - 2 * labels) * logits))),
                "The formula is right, and log1p keeps the small values. But the exponential still "
                "overflows on the wrong side.",
            ),
            (
                lambda labels, logits: np.mean(softplus((2 * labels - 1) * logits)),
                "The labels are exchanged: with a large logit and label 1 the loss must be small.",
            ),
            (
                lambda labels, logits: np.sum(softplus((1 - 2 * labels) * logits)),
                "You added up the losses. The mean is asked for.",
            ),
            (
                lambda labels, logits: -np.mean(softplus((1 - 2 * labels) * logits)),
                "Check the sign: a negative log-likelihood of labels is never below zero.",
            ),
            (
                lambda labels, logits: np.mean(labels * softplus(-logits)),
                "The examples with label 0 are missing.",
            ),
            (
                lambda labels, logits: np.mean(softplus(-logits)),
                "You treat all examples as if their label were 1.",
            ),
            (
                lambda labels, logits: np.mean(softplus(logits)),
                "You treat all examples as if their label were 0.",
            ),
            (
                lambda labels, logits: np.mean(np.maximum((1 - 2 * labels) * logits, 0)),
                "That is the loss far out, where it is straight. Around 0 a logarithm is missing.",
            ),
            (
                lambda labels, logits: np.mean(softplus((1 - 2 * labels) * logits)) / math.log(2),
                "You measured in bits. The natural logarithm is asked for.",
            ),
        ),
        remark="Compare with the softplus of the package: it is the same two terms.",
    )
)
register(
    Exercise(
        "ex-numerical-stability-relative",
        "code",
        "The largest of the seven must come out as 1, also after 2000 throws. And a die without "
        "a sign has likelihood 1, not nan, if none was thrown.",
        reference=relative_likelihoods,
        inputs=_counts_of_signs,
        mistakes=(
            (
                lambda k, n: np.exp(_log_likelihoods(k, n)),
                "That is the likelihood itself, and after many throws it is zero for every die. "
                "Divide by the largest one before you leave the logarithm.",
            ),
            (
                lambda k, n: (
                    np.exp(_log_likelihoods(k, n)) / np.max(np.exp(_log_likelihoods(k, n)))
                ),
                "Right for ten throws. For two thousand you divide zero by zero: divide before you "
                "leave the logarithm.",
            ),
            (
                lambda k, n: _log_likelihoods(k, n) - np.max(_log_likelihoods(k, n)),
                "That is the logarithm of what is asked for.",
            ),
            (
                lambda k, n: relative_likelihoods(k, n) / np.sum(relative_likelihoods(k, n)),
                "You divided by the sum. That makes a distribution over the dice, which a "
                "likelihood is not; divide by the largest.",
            ),
            (
                lambda k, n: _log_likelihoods(k, n) / np.max(_log_likelihoods(k, n)),
                "You divided the logarithms. Dividing likelihoods means subtracting their "
                "logarithms.",
            ),
            (
                lambda k, n: np.exp(
                    k * np.log(np.arange(7) / 6)
                    + (n - k) * np.log(1 - np.arange(7) / 6)
                    - np.nanmax(
                        k * np.log(np.arange(7) / 6) + (n - k) * np.log(1 - np.arange(7) / 6)
                    )
                ),
                "Right where both kinds of throws came up. Where one did not, zero times the "
                "logarithm of zero is nan.",
            ),
            (
                lambda k, n: relative_likelihoods(n - k, n),
                "You exchanged the sides with a sign and those without.",
            ),
            (
                lambda k, n: np.where(np.arange(7) == np.argmax(_log_likelihoods(k, n)), 1.0, 0.0),
                "You marked the best die. Asked is how well each of them explains the throws, "
                "relative to the best.",
            ),
            (
                lambda k, n: relative_likelihoods(k, n)[1:6],
                "The dice with no sign and with six are missing.",
            ),
            (
                lambda k, n: _log_likelihoods(k, n),
                "Those are the log-likelihoods. Which of them is the largest, and what is the "
                "exponential of a difference?",
            ),
            (
                lambda k, n: np.argmax(_log_likelihoods(k, n)),
                "You return the best die. Asked is an array with a number for each of the seven.",
            ),
            (
                lambda k, n: np.exp(_log_likelihoods(k, n) - _log_likelihoods(k, n).min()),
                "Divide by the largest of the seven, not by the smallest.",
            ),
            (
                lambda k, n: np.exp(
                    k * np.log(np.arange(7) / 6)
                    + (n - k) * np.log(1 - np.arange(7) / 6)
                    - np.max(k * np.log(np.arange(7) / 6) + (n - k) * np.log(1 - np.arange(7) / 6))
                ),
                "Right where both kinds of throws came up. Where one did not, zero times the "
                "logarithm of zero is nan, and so is the largest of the seven.",
            ),
            (
                lambda k, n: np.exp(_log_likelihoods(k, n) - n * _mean_log_likelihood(k / n)),
                "You divided by the likelihood of the share k/n itself. No die need have that "
                "probability; divide by the largest of the seven.",
            ),
            (
                lambda k, n: relative_likelihoods(k, n) * (relative_likelihoods(k, n) < 1),
                "The best die is missing: relative to itself it has 1.",
            ),
            (
                lambda k, n: np.nan_to_num(
                    np.exp(
                        k * np.log(np.arange(7) / 6)
                        + (n - k) * np.log(1 - np.arange(7) / 6)
                        - np.nanmax(
                            k * np.log(np.arange(7) / 6) + (n - k) * np.log(1 - np.arange(7) / 6)
                        )
                    )
                ),
                "You put 0 in place of nan. But a die without signs explains throws without signs "
                "perfectly.",
            ),
            (
                lambda k, n: relative_likelihoods(k, n) ** (1 / n),
                "You took the mean of the logarithms over the throws. The likelihood is the "
                "product over all of them.",
            ),
        ),
        remark="Two thousand throws are better evidence than ten, not worse.",
    )
)
register(
    Exercise(
        "ex-numerical-stability-floor",
        "think",
        "What is the lowest loss that each of the four would allow for a network that gives every "
        "right class a probability of nearly 1?",
        reference="softmax twice",
        choices=("softmax twice", "clipped probabilities", "underflow", "one class missing"),
        mistakes=(
            (
                "clipped probabilities",
                "Clipping at a ten-millionth keeps a loss from growing. It lets it fall as low as "
                "a ten-millionth.",
            ),
            (
                "underflow",
                "Where a probability underflows, its logarithm is not finite. The loss here is an "
                "ordinary number.",
            ),
            (
                "one class missing",
                "A network that cannot name one of the classes gets its images wrong. This one "
                "gets all of them right.",
            ),
        ),
        remark="log(1 + 3/e) is 0.7437: the second softmax sees numbers between 0 and 1.",
    )
)

# ---- Classification ----

register(
    Exercise(
        "ex-classification-five",
        "hand",
        "For each example take the probability of the label that it has. Products become sums of "
        "logarithms; then the mean, then the sign.",
        reference=(0.04, math.log(25) / 5, 0.04**0.2),
        parts=("likelihood", "mean NLL", "geometric mean"),
        given={"p_1": (0.2, 0.5, 0.5, 0.8, 0.25), "labels": (0, 0, 1, 1, 1)},
        mistakes=(
            (
                {"likelihood": 0.01},
                "You multiplied the probabilities of class 1 throughout. Two of the labels are of "
                "the other class.",
            ),
            (
                {"likelihood": 0.03},
                "You multiplied the probabilities of class 0 throughout. Three of the labels are "
                "of the other class.",
            ),
            (
                {"likelihood": 0.0075},
                "You gave every example the probability of the class that it does not have.",
            ),
            (
                {"likelihood": 2.85},
                "You added the probabilities. That all labels occur together has their product.",
            ),
            (
                {"likelihood": 0.57},
                "You took the mean of the probabilities. That all labels occur together has their "
                "product.",
            ),
            (
                {"likelihood": -math.log(25)},
                "That is the logarithm of the likelihood.",
            ),
            (
                {"likelihood": 0.12},
                "Look at the last example again: which class does it have?",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log(25)},
                "The likelihood is right. The second number is the sum over the examples, not yet "
                "the mean.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": -math.log(25) / 5},
                "The likelihood is right. The NLL has the other sign: probabilities are below one.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log2(25) / 5},
                "The likelihood is right. The second number is in bits, not in nats.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log10(25) / 5},
                "The likelihood is right. You took the logarithm to the base ten.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": -math.log(0.57)},
                "The likelihood is right. Then you took the logarithm of the mean probability. "
                "What is asked for is the mean of the logarithms.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log(25) / 5, "geometric mean": 0.57},
                "The first two are right. The third one is the arithmetic mean.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log(25) / 5, "geometric mean": 0.04 / 5},
                "The first two are right. For a geometric mean the product is not divided by the "
                "number of factors.",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log(25) / 5, "geometric mean": 0.2},
                "The first two are right. For the third one you took a square root. How many "
                "factors has the product?",
            ),
            (
                {"likelihood": 0.04, "mean NLL": math.log(25) / 5, "geometric mean": 25**0.2},
                "The first two are right. The third one is the perplexity, the inverse of what is "
                "asked for.",
            ),
        ),
        remark="The coin that knows nothing has a geometric mean of one half.",
    )
)
register(
    Exercise(
        "ex-classification-logits",
        "hand",
        "Compute the three probabilities first. The gradient is made of them and of the label in "
        "one-hot form, and adds up to nothing.",
        reference=(math.log(8), -7 / 8, 3 / 8, 1 / 2),
        parts=("loss", "class 0", "class 1", "class 2"),
        given={"logits": ("0", "log 3", "log 4"), "label": 0},
        mistakes=(
            (
                {"loss": 3},
                "That is the loss in bits.",
            ),
            (
                {"loss": math.log10(8)},
                "You took the logarithm to the base ten.",
            ),
            (
                {"loss": 1 / 8},
                "That is the probability of the label. The loss is its negative logarithm.",
            ),
            (
                {"loss": -math.log(8)},
                "The loss has the other sign: it is never negative.",
            ),
            (
                {"loss": 0},
                "That is the logit of the label. The loss compares it with all the others.",
            ),
            (
                {"loss": math.log(7)},
                "You left out the label's own exponential: the sum goes over all classes.",
            ),
            (
                {"loss": math.log(8 / 3)},
                "You took another class for the label: classes are counted from 0.",
            ),
            (
                {"loss": math.log(2)},
                "You took the last class for the label.",
            ),
            (
                {"loss": math.log(12)},
                "You added up the logits. Their exponentials are to be added.",
            ),
            (
                {"loss": math.log(8), "class 0": 7 / 8, "class 1": -3 / 8, "class 2": -1 / 2},
                "The loss is right. You took label minus prediction: that is the direction of the "
                "step, not the gradient.",
            ),
            (
                {"loss": math.log(8), "class 0": 1 / 8, "class 1": 3 / 8, "class 2": 1 / 2},
                "The loss is right. These are the probabilities. The label is still to come.",
            ),
            (
                {"loss": math.log(8), "class 0": 9 / 8},
                "The loss is right. You added the label where it is to be taken away.",
            ),
            (
                {"loss": math.log(8), "class 0": -8},
                "The loss is right. That is the derivative with respect to the probability of the "
                "label. Asked are those with respect to the logits.",
            ),
            (
                {"loss": math.log(8), "class 0": -7 / 8, "class 1": 0, "class 2": 0},
                "The loss is right, and so is the first derivative. But the other logits enter the "
                "sum of the exponentials, and so the loss.",
            ),
            (
                {"loss": math.log(8), "class 0": 1 / 8, "class 1": -5 / 8, "class 2": 1 / 2},
                "The loss is right. In the gradient you took another class for the label: classes "
                "are counted from 0.",
            ),
            (
                {"loss": math.log(8), "class 0": -7 / 24, "class 1": 1 / 8, "class 2": 1 / 6},
                "The loss is right. You divided by the number of classes; the mean goes over "
                "examples, and there is one.",
            ),
        ),
        remark="The two others share what the label's logit is pushed up by.",
    )
)
register(
    Exercise(
        "ex-classification-constant",
        "hand",
        "Each class costs the negative logarithm of what it was given. Weigh the costs by how "
        "often the classes occur.",
        reference=(
            1.5 * math.log(2),
            math.log(3),
            -(math.log(0.9) + math.log(0.05)) / 2,
        ),
        parts=("frequencies", "a third each", "nine tenths"),
        given={"frequencies": (1 / 2, 1 / 4, 1 / 4), "bold": (0.9, 0.05, 0.05)},
        mistakes=(
            (
                {"frequencies": 1.5},
                "The first number is in bits.",
            ),
            (
                {"frequencies": 5 * math.log(2) / 3},
                "You took the plain mean over the classes. They do not occur equally often.",
            ),
            (
                {"frequencies": -1.5 * math.log(2)},
                "The sign is missing: a loss of labels is never negative.",
            ),
            (
                {"frequencies": 0.0},
                "That would need a forecast that is certain and right every time.",
            ),
            (
                {"frequencies": math.log(2)},
                "That is the price of the pictures of cats alone.",
            ),
            (
                {"frequencies": math.log(3)},
                "The first one does not give all classes the same probability.",
            ),
            (
                {"frequencies": math.log(8 / 3)},
                "You took the logarithm of the mean probability. The mean goes over logarithms.",
            ),
            (
                {"frequencies": 1.5 * math.log(2), "a third each": math.log(2)},
                "The first number is right. For the second one: how many classes are there?",
            ),
            (
                {"frequencies": 1.5 * math.log(2), "a third each": 1 / 3},
                "The first number is right. The second one is a probability, not yet its cost.",
            ),
            (
                {"frequencies": 1.5 * math.log(2), "a third each": math.log(3) / 3},
                "The first number is right. For the second one you counted one class. Pictures of "
                "the others cost something, too.",
            ),
            (
                {"frequencies": 1.5 * math.log(2), "a third each": 1.5 * math.log(2)},
                "The first number is right. The second one is what the frequencies would cost.",
            ),
            (
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -(0.9 * math.log(0.9) + 0.1 * math.log(0.05)),
                },
                "The first number is right. The third one is the entropy of that forecast: you "
                "weighed by what it states, not by what occurs.",
            ),
            (
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -(math.log(0.9) + 2 * math.log(0.05)) / 3,
                },
                "The first number is right. For the third you took the plain mean over the "
                "classes. They do not occur equally often.",
            ),
            (
                {"frequencies": 1.5 * math.log(2), "nine tenths": -math.log(0.9)},
                "The first number is right. For the third you counted cats alone.",
            ),
            (
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -(0.9 * math.log(0.5) + 0.1 * math.log(0.25)),
                },
                "The first number is right. For the third you exchanged the two distributions: "
                "the logarithm belongs to the forecast.",
            ),
            (
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -(math.log(0.9) / 2 + math.log(0.05) / 4),
                },
                "The first number is right. For the third you left out one of the rarer classes.",
            ),
            (
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -math.log(0.9) / 2 - math.log(0.1) / 2,
                },
                "The first number is right. For the third you gave what is left of the "
                "probability to each of the two others in full.",
            ),
        ),
        remark="To bet on the most frequent class is one thing, to be certain of it another.",
    )
)


def _mean_nll(labels: Array, log_probabilities: Array) -> Any:
    return -np.mean(log_probabilities[np.arange(len(labels)), labels])


def _naive_probabilities(logits: Array) -> Array:
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def _logs_below(logits: Array, shift: float) -> Array:
    """Return log softmax, computed after `shift` has been subtracted from all logits."""
    z = logits - shift
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _classification_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (np.array([2, 0, 1, 2, 3]), rng.normal(0, 2, (5, 4))),
        (np.array([1, 0, 2]), rng.normal(3, 1, (3, 3))),
        (np.array([2, 2]), np.array([[1e4, 9999.0, -1e4], [-9000.0, -9002.0, -9001.0]])),
    ]


register(
    Exercise(
        "ex-classification-nll",
        "code",
        "Try a single row of equal logits: what must it cost? Then add the same large number to "
        "all of them.",
        reference=categorical_nll,
        inputs=_classification_inputs,
        mistakes=(
            (
                lambda labels, logits: _mean_nll(labels, np.log(_naive_probabilities(logits))),
                "Right for small logits. But the exponentials of large ones overflow, or all are "
                "zero. Take something away from each row first.",
            ),
            (
                lambda labels, logits: _mean_nll(labels, np.log(np.exp(log_softmax(logits)))),
                "Right for small logits. But a probability can be so small that it is stored as "
                "zero, and then its logarithm comes too late. Put the logarithm into the formula.",
            ),
            (
                lambda labels, logits: _mean_nll(labels, _logs_below(logits, logits.max())),
                "You subtracted the largest logit of the whole batch. A row that lies far below "
                "it has only zeros left: take each row's own.",
            ),
            (
                lambda labels, logits: _mean_nll(
                    labels, np.log(np.exp(log_softmax(logits)) + 1e-7)
                ),
                "You added a small number to the probabilities, or clipped them. Then no example "
                "can cost as much as it should.",
            ),
            (
                lambda labels, logits: len(labels) * categorical_nll(labels, logits),
                "That is the sum over the examples. The mean is asked for.",
            ),
            (
                lambda labels, logits: -categorical_nll(labels, logits),
                "The sign is turned round.",
            ),
            (
                lambda labels, logits: categorical_nll(labels, logits) / np.log(2),
                "That is in bits. Nats are asked for.",
            ),
            (
                lambda labels, logits: categorical_nll(labels, logits) / logits.shape[1],
                "You averaged over the classes, too: of each row only one term counts.",
            ),
            (
                lambda labels, logits: -np.mean(log_softmax(logits)),
                "You averaged over all classes and did not use the labels.",
            ),
            (
                lambda labels, logits: _mean_nll(labels, log_softmax(logits, axis=0)),
                "Your sum runs along the batch. The classes of each example are on the last axis.",
            ),
            (
                lambda labels, logits: _mean_nll(labels, logits - np.log(np.exp(logits).sum())),
                "You added up the exponentials of the whole batch. Each example has its own sum.",
            ),
            (
                lambda labels, logits: -np.mean(log_softmax(logits).max(axis=1)),
                "You took the most probable class of each row. The label's counts, probable or "
                "not.",
            ),
            (
                lambda labels, logits: (
                    -np.log(np.mean(np.exp(log_softmax(logits))[np.arange(len(labels)), labels]))
                ),
                "You took the logarithm of the mean probability. The mean goes over logarithms.",
            ),
            (
                lambda labels, logits: (
                    categorical_nll(labels, logits) - np.mean(logits.max(axis=1))
                ),
                "What you subtracted in the exponentials has to be subtracted from the label's "
                "logit, too.",
            ),
            (
                _mean_nll,
                "That is the mean logit of the labels. The logarithm of the sum of the "
                "exponentials is missing.",
            ),
            (
                lambda labels, logits: np.mean(logits.max(axis=1)) + _mean_nll(labels, logits),
                "You took the largest logit in place of the logarithm of the sum of the "
                "exponentials. They are close only if one logit stands out.",
            ),
            (
                lambda labels, logits: -log_softmax(logits)[np.arange(len(labels)), labels],
                "These are the losses of the examples. Take their mean.",
            ),
        ),
    )
)


def nll_gradient(labels: Array, logits: Array) -> Array:
    """Return the gradient of the mean NLL of classes with respect to the logits."""
    return (_naive_probabilities(logits) - np.eye(logits.shape[1])[labels]) / len(labels)


def _gradient_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (np.array([2, 0, 1, 2, 3]), rng.normal(0, 1, (5, 4))),
        (np.array([1, 0]), rng.normal(1, 2, (2, 3))),
        (np.array([4]), rng.normal(0, 1, (1, 5))),
    ]


register(
    Exercise(
        "ex-classification-gradient",
        "code",
        "Add up each row of your result. Then compare one element with a finite difference of "
        "your loss.",
        reference=nll_gradient,
        inputs=_gradient_inputs,
        mistakes=(
            (
                lambda labels, logits: len(labels) * nll_gradient(labels, logits),
                "These are the gradients of the single losses. The mean over the batch divides "
                "each of them.",
            ),
            (
                lambda labels, logits: -nll_gradient(labels, logits),
                "The sign is turned round: which is subtracted from which?",
            ),
            (
                lambda labels, logits: -len(labels) * nll_gradient(labels, logits),
                "The sign is turned round, and the mean over the batch is not taken into account.",
            ),
            (
                lambda labels, logits: _naive_probabilities(logits) / len(labels),
                "The labels are missing.",
            ),
            (
                lambda labels, logits: _naive_probabilities(logits),
                "These are the probabilities. The labels are missing, and the mean over the batch.",
            ),
            (
                lambda labels, logits: nll_gradient(labels, logits) / logits.shape[1],
                "You divided by the number of classes as well. The mean goes over examples.",
            ),
            (
                lambda labels, logits: len(labels) * nll_gradient(labels, logits) / logits.shape[1],
                "You divided by the number of classes. The mean goes over examples.",
            ),
            (
                lambda labels, logits: (
                    np.eye(logits.shape[1])[labels] * nll_gradient(labels, logits)
                ),
                "Right at the labels. But the other logits enter the loss as well, by way of the "
                "sum of the exponentials.",
            ),
            (
                lambda labels, logits: (
                    (_naive_probabilities(logits) - labels[:, np.newaxis]) / len(labels)
                ),
                "You subtracted the number of the class. What is to be subtracted is the label in "
                "one-hot form.",
            ),
            (
                lambda labels, logits: 2 * nll_gradient(labels, logits),
                "A factor of two belongs to squared error. Here is no square.",
            ),
            (
                lambda labels, logits: (
                    -np.eye(logits.shape[1])[labels] / _naive_probabilities(logits)
                ),
                "These are the derivatives of the single losses with respect to the "
                "probabilities. The softmax is still to be passed, and the mean to be taken.",
            ),
            (
                lambda labels, logits: (
                    -np.eye(logits.shape[1])[labels] / _naive_probabilities(logits) / len(labels)
                ),
                "That is the gradient with respect to the probabilities. The softmax is still to "
                "be passed.",
            ),
            (
                lambda labels, logits: (
                    (np.exp(logits) / np.exp(logits).sum(axis=0) - np.eye(logits.shape[1])[labels])
                    / len(labels)
                ),
                "Your softmax runs along the batch. The classes of each example are on the last "
                "axis.",
            ),
            (
                lambda labels, logits: (logits - np.eye(logits.shape[1])[labels]) / len(labels),
                "You subtracted the labels from the logits. Probabilities are made of these first.",
            ),
        ),
        remark="Each row adds up to nothing, and no element is larger than one over the batch.",
    )
)


def divergence(q: Array, p: Array) -> Any:
    """Return the Kullback-Leibler divergence of p from q in bits."""
    occurs = q > 0
    return np.sum(q[occurs] * (np.log2(q[occurs]) - np.log2(p[occurs])))


def _cross_entropy(q: Array, p: Array) -> Any:
    return -np.sum(q[q > 0] * np.log2(p[q > 0]))


def _divergence_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (np.array([0.5, 0.25, 0.125, 0.125]), np.array([0.125, 0.125, 0.25, 0.5])),
        (np.array([0.0, 0.3, 0.7]), np.array([0.2, 0.2, 0.6])),
        (rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))),
        (np.array([0.0, 0.5, 0.5]), np.array([0.0, 0.9, 0.1])),
        (np.array([0.1, 0.4, 0.5]), np.array([0.0, 0.9, 0.1])),
    ]


register(
    Exercise(
        "ex-classification-divergence",
        "code",
        "Give your function the same distribution twice: it must return nothing at all. Then try "
        "distributions with zeros.",
        reference=divergence,
        inputs=_divergence_inputs,
        mistakes=(
            (
                lambda q, p: np.sum(q * np.log2(q / p)),
                "Right where no frequency is zero. Where one is, the logarithm of zero comes in: "
                "leave these classes out before.",
            ),
            (
                lambda q, p: np.log(2) * divergence(q, p),
                "That is in nats. Bits are asked for.",
            ),
            (
                lambda q, p: np.log(2) * np.sum(q * np.log2(q / p)),
                "That is in nats, and where a frequency is zero it fails. Leave these classes out.",
            ),
            (
                lambda q, p: divergence(p, q),
                "You exchanged the two: which one gives the weights?",
            ),
            (
                _cross_entropy,
                "That is the cross-entropy. The divergence is what it has in excess of the "
                "entropy.",
            ),
            (
                lambda q, p: -np.sum(q * np.log2(p)),
                "That is the cross-entropy, and it fails where a class neither occurs nor is "
                "expected.",
            ),
            (
                lambda q, p: _cross_entropy(p, p) - _cross_entropy(q, q),
                "You took the difference of the two entropies. In the first one, which "
                "distribution gives the weights?",
            ),
            (
                lambda q, p: _cross_entropy(q, q),
                "That is the entropy of the frequencies. The second distribution is missing.",
            ),
            (
                lambda q, p: np.sum(np.log2(q[q > 0]) - np.log2(p[q > 0])),
                "Each class has to be weighed by how often it occurs.",
            ),
            (
                lambda q, p: -divergence(q, p),
                "The sign is turned round: a wrong belief costs, it does not pay.",
            ),
            (
                lambda q, p: _cross_entropy(q, p) + _cross_entropy(q, q),
                "You added the entropy. It is to be taken away.",
            ),
            (
                lambda q, p: divergence(q[(q > 0) & (p > 0)], p[(q > 0) & (p > 0)]),
                "You left out the classes that were declared impossible as well. If such a class "
                "occurs, no price is high enough.",
            ),
            (
                lambda q, p: np.sum(q * np.log2((q + 1e-12) / (p + 1e-12))),
                "You added a small number against the zeros. Then what is infinite is not, and "
                "the rest depends on the number.",
            ),
            (
                lambda q, p: divergence(q, p) / len(q),
                "You took a plain mean over the classes. The frequencies are the weights, and they "
                "already add up to one.",
            ),
        ),
    )
)
register(
    Exercise(
        "ex-classification-stuck",
        "hand",
        "The first derivative is prediction minus label. The second one has a factor more, the "
        "slope of the sigmoid.",
        reference=(-0.99, -2 * 0.99 * 0.01 * 0.99),
        parts=("cross-entropy", "squared error"),
        given={"p": 0.01, "label": 1},
        mistakes=(
            (
                {"cross-entropy": 0.99},
                "The sign is turned round: the logit is to rise, and descent goes against the "
                "gradient.",
            ),
            (
                {"cross-entropy": 0.01},
                "You took the label for 0. The example is of class 1.",
            ),
            (
                {"cross-entropy": -0.01},
                "That is about the other class. The label is 1: how far is the prediction from it?",
            ),
            (
                {"cross-entropy": -100},
                "That is the derivative with respect to the probability. The slope of the sigmoid "
                "is still to come.",
            ),
            (
                {"cross-entropy": -math.log(0.01)},
                "That is the loss. Its derivative is asked for.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": -1.98},
                "The first number is right. The second one is the derivative with respect to the "
                "probability. The slope of the sigmoid is missing.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": -(0.99**2) * 0.01},
                "The first number is right. For the second one you lost the factor that the "
                "square brings.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": 2 * 0.99**2 * 0.01},
                "The first number is right. The second one has the wrong sign.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": -2 * 0.99 * 0.01},
                "The first number is right. The slope of the sigmoid is a product of two factors; "
                "one is missing.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": 2 * 0.01 * 0.01 * 0.99},
                "The first number is right. For the second one you took the label for 0.",
            ),
            (
                {"cross-entropy": -0.99, "squared error": 0.01 * 0.99},
                "The first number is right. The second one is the slope of the sigmoid alone. The "
                "derivative of the square is to be multiplied by it.",
            ),
            (
                {"cross-entropy": -0.01 * 0.99},
                "You multiplied by the slope of the sigmoid. In which of the two losses has the "
                "logarithm canceled it?",
            ),
            (
                {"cross-entropy": -0.99, "squared error": 0.99**2},
                "The first number is right. The second one is the squared error itself. Its "
                "derivative is asked for.",
            ),
        ),
        remark="The less the network believes in the label, the less squared error corrects it.",
    )
)
register(
    Exercise(
        "ex-classification-floor",
        "hand",
        "Which probabilities should the network state, for the true class and for each of the "
        "others? What it pays for them is an entropy.",
        reference=-0.91 * math.log(0.91) - 0.09 * math.log(0.01),
        given={"replaced": 0.1, "classes": 10},
        mistakes=(
            (
                0,
                "The network does not know which labels were replaced, so it cannot be certain.",
            ),
            (
                -0.9 * math.log(0.9) - 0.1 * math.log(0.1),
                "That is what it costs to say whether a label was replaced. But a replaced one can "
                "be any of the classes.",
            ),
            (
                -0.9 * math.log(0.9) - 0.1 * math.log(0.1 / 9),
                "You took every replaced label for a wrong one. By chance some are what they were.",
            ),
            (
                -0.9 * math.log(0.9) - 0.1 * math.log(0.01),
                "Nobody sees whether a label was replaced by itself or not replaced at all: that "
                "is one outcome, with one probability.",
            ),
            (
                -0.91 * math.log(0.91),
                "That is the part of the true class. The other classes have theirs.",
            ),
            (
                -0.09 * math.log(0.01),
                "That is the part of the wrong classes. The true class has its own.",
            ),
            (
                -math.log(0.91),
                "That is the price of the images whose label is the true class. The others are "
                "dearer.",
            ),
            (
                -math.log(0.9),
                "That is the price of a label that is as expected. The others are dearer, and how "
                "often is a label what it was?",
            ),
            (
                0.1 * math.log(10),
                "The network would have to know which labels were replaced, to guess on those "
                "alone.",
            ),
            (
                -0.91 * math.log2(0.91) - 0.09 * math.log2(0.01),
                "That is in bits.",
            ),
            (
                -0.91 * math.log(0.91) - 0.09 * math.log(0.09),
                "You treated all wrong classes as one. The network has to name which.",
            ),
            (
                -0.91 * math.log(0.91) - 0.01 * math.log(0.01),
                "You counted one of the wrong classes. There are more of them.",
            ),
            (
                math.log(10),
                "That is the price of guessing. The network knows a lot more than that.",
            ),
        ),
        rtol=2e-3,
        remark="With clean labels a perfect network would pay nothing.",
    )
)
register(
    Exercise(
        "ex-classification-fresh",
        "think",
        "Compute what a guess among the classes should cost, and how far the measured loss is from "
        "it. Then ask which of the causes would give the same number for every seed.",
        reference="outputs",
        choices=("inputs", "labels", "outputs", "nothing"),
        given={"classes": 100, "losses": (6.88, 6.96)},
        mistakes=(
            (
                "inputs",
                "The inputs are standardized; and logits that are too large make the loss differ "
                "a lot from seed to seed.",
            ),
            (
                "labels",
                "The network does not know anything yet. What does a wrong label cost somebody "
                "who guesses?",
            ),
            (
                "nothing",
                "Compare with the price of a guess. The difference is the same for every seed, so "
                "it is not chance.",
            ),
        ),
    )
)

# ---- Regression and counts ----

LOG_2PI = math.log(2 * math.pi)
HALF_LOG_2PI_E = (LOG_2PI + 1) / 2

register(
    Exercise(
        "ex-regression-likelihood-spread",
        "hand",
        "Square the residuals and add them up. By what do you divide for the likelihood, and by "
        "what if two parameters were fitted? The NLL at its minimum depends on the spread alone.",
        reference=(3, math.sqrt(18), HALF_LOG_2PI_E + math.log(3)),
        parts=("ML spread", "unbiased spread", "NLL"),
        given={"x": (0, 1, 2, 3), "y": (4, 0, 2, 10), "line": (2, 1)},
        mistakes=(
            (
                {"ML spread": 9},
                "That is a variance. The spread is its root.",
            ),
            (
                {"ML spread": math.sqrt(12)},
                "You divided by one less than the number of points. Likelihood divides by all.",
            ),
            (
                {"ML spread": math.sqrt(18), "unbiased spread": 3},
                "The two are in the wrong order. The residuals of a fitted line are too small, so "
                "the unbiased spread is the larger one.",
            ),
            (
                {"ML spread": 6},
                "That is the root of the sum of the squares. The mean is missing.",
            ),
            (
                {"ML spread": 3, "unbiased spread": math.sqrt(12)},
                "The first spread is right. For the second you took off one degree of freedom; a "
                "line has more parameters.",
            ),
            (
                {"ML spread": 3, "unbiased spread": 18},
                "The first spread is right. Your second one is a variance.",
            ),
            (
                {"ML spread": 3, "NLL": 4 * (HALF_LOG_2PI_E + math.log(3))},
                "The spread is right. Your NLL is the sum over the points; asked is the mean.",
            ),
            (
                {"ML spread": 3, "NLL": HALF_LOG_2PI_E + math.log(3) - 0.5},
                "The spread is right. In your NLL the squares are missing: at the best spread they "
                "contribute the same to it for any data.",
            ),
            (
                {"ML spread": 3, "NLL": HALF_LOG_2PI_E + math.log(math.sqrt(18))},
                "The spread is right. In the NLL you put the unbiased one; it is smallest at the "
                "other.",
            ),
            (
                {"ML spread": 3, "NLL": HALF_LOG_2PI_E - 0.25 + math.log(math.sqrt(18))},
                "The spread is right. Your NLL is that at the unbiased spread. Asked is the one "
                "at the first.",
            ),
            (
                {"ML spread": 3, "NLL": -(HALF_LOG_2PI_E + math.log(3))},
                "The spread is right. Your last number is the log-likelihood. Mind its sign.",
            ),
            (
                {"ML spread": 3, "unbiased spread": 6},
                "The first spread is right. For the second the sum of the squares has been divided "
                "by nothing.",
            ),
            (
                {"ML spread": 3, "NLL": 2 * (HALF_LOG_2PI_E + math.log(3))},
                "The spread is right. In your NLL a half is missing.",
            ),
            (
                {"ML spread": 3, "NLL": HALF_LOG_2PI_E + math.log(3) / 2},
                "The spread is right. In the NLL you put the spread where the variance belongs.",
            ),
            (
                {"ML spread": 3, "NLL": 0.5 + math.log(3)},
                "The spread is right. In your NLL the constant with π is missing.",
            ),
            (
                {"ML spread": 3, "NLL": 1 + HALF_LOG_2PI_E - 0.5 + math.log(3)},
                "The spread is right. In your NLL the squares are not halved.",
            ),
        ),
        remark="With four points the two spreads are far apart; with 33 they hardly differ.",
    )
)
register(
    Exercise(
        "ex-regression-likelihood-pull",
        "hand",
        "Put residual and spread into the two gradients of one example. Which power of the spread "
        "stands in each?",
        reference=(1, -3, 0.3, -8),
        parts=("mean, first", "log-spread, first", "mean, second", "log-spread, second"),
        given={"residuals": (4, 30), "spreads": (2, 10)},
        mistakes=(
            (
                {"mean, first": 2, "mean, second": 3},
                "You divided by the spread. The gradient of the mean has its square.",
            ),
            (
                {"mean, first": 8, "mean, second": 60},
                "That is the gradient of the squared error, without the spread and its half.",
            ),
            (
                {"mean, first": -1, "mean, second": -0.3},
                "Your mean is pulled the wrong way. The residual is prediction minus observation.",
            ),
            (
                {"mean, first": 2, "mean, second": 0.6},
                "The half in front of the square has been lost in your gradient of the mean.",
            ),
            (
                {"mean, first": 4, "mean, second": 30},
                "That is the residual alone. The spread weighs it in the gradient of the mean.",
            ),
            (
                {"mean, first": 0.5, "mean, second": 0.15},
                "There is a half too much in your gradient of the mean: the square brings a two.",
            ),
            (
                {
                    "mean, first": 0.3,
                    "log-spread, first": -8,
                    "mean, second": 1,
                    "log-spread, second": -3,
                },
                "You answered for the second example first.",
            ),
            (
                {"log-spread, first": 0.3, "mean, second": -3},
                "The numbers are right, but their order is not: first both of one example, then "
                "both of the other.",
            ),
            (
                {"log-spread, first": 1 - 4 / 2, "log-spread, second": 1 - 9 / 2},
                "For the log-spread there is a half too much: the square brings a two.",
            ),
            (
                {"log-spread, first": 1 - 2 * 4, "log-spread, second": 1 - 2 * 9},
                "For the log-spread the half in front of the square has been lost.",
            ),
            (
                {"log-spread, first": -1.5, "log-spread, second": -4},
                "You differentiated with respect to the logarithm of the variance.",
            ),
            (
                {"log-spread, first": 5, "log-spread, second": 10},
                "A larger spread makes a miss less costly: check the sign of that term.",
            ),
            (
                {"log-spread, first": -1.5, "log-spread, second": -0.8},
                "You differentiated with respect to the spread. Asked is its logarithm: one more "
                "factor by the chain rule.",
            ),
            (
                {"log-spread, first": 3, "log-spread, second": 8},
                "Your spread would shrink where the residual is larger than the spread. Check the "
                "sign.",
            ),
            (
                {"log-spread, first": -1, "log-spread, second": -2},
                "For the log-spread you forgot to square the ratio of residual and spread.",
            ),
            (
                {"log-spread, first": -4, "log-spread, second": -9},
                "For the log-spread you left out the term that comes from the logarithm.",
            ),
            (
                {"log-spread, first": 1 - 16 / 2, "log-spread, second": 1 - 900 / 10},
                "For the log-spread you divided the squared residual by the spread itself.",
            ),
        ),
        remark="The larger miss pulls less at the mean and harder at the spread.",
    )
)
register(
    Exercise(
        "ex-regression-likelihood-units",
        "hand",
        "A density is per unit of length. What happens to its value if the unit is smaller? For "
        "the second part solve the formula of the smallest NLL for the spread.",
        reference=(-0.5 + math.log(100), math.exp(-0.5 - HALF_LOG_2PI_E)),
        parts=("NLL in centimeters", "spread in meters"),
        given={"nll": -0.5},
        rtol=5e-3,  # by hand to three digits
        mistakes=(
            (
                {"NLL in centimeters": -0.5 - math.log(100)},
                "You went the wrong way: per centimeter the densities are smaller.",
            ),
            (
                {"NLL in centimeters": -50},
                "An NLL is not a length. A factor of the density becomes a summand of its "
                "logarithm.",
            ),
            (
                {"NLL in centimeters": -0.005},
                "An NLL is not a length: you divided it, where a logarithm is to be added.",
            ),
            (
                {"NLL in centimeters": -0.5},
                "You left it as it is. The NLL of a density depends on the unit.",
            ),
            (
                {"NLL in centimeters": -0.5 + math.log(10)},
                "How many centimeters has a meter?",
            ),
            (
                {"NLL in centimeters": -2.5},
                "You took the logarithm to the base ten, and the wrong way: per centimeter the "
                "densities are smaller.",
            ),
            (
                {"spread in meters": math.exp(0.5 - HALF_LOG_2PI_E)},
                "In the spread the NLL has the wrong sign.",
            ),
            (
                {"NLL in centimeters": 1.5},
                "You took the logarithm to the base ten.",
            ),
            (
                {"NLL in centimeters": -0.5 + 2 * math.log(100)},
                "You counted the factor twice, as for a variance. A density has it once.",
            ),
            (
                {"spread in meters": math.exp(-0.5)},
                "You left out the constant of the smallest NLL.",
            ),
            (
                {"spread in meters": math.exp(-0.5 - HALF_LOG_2PI_E + 0.5)},
                "In your constant the e is missing: the squares contribute as well.",
            ),
            (
                {"spread in meters": math.exp(-1 - 2 * HALF_LOG_2PI_E)},
                "That is the variance. Asked is its root.",
            ),
            (
                {"spread in meters": math.exp(-0.5 + math.log(100) - HALF_LOG_2PI_E)},
                "That is the spread in centimeters.",
            ),
            (
                {"spread in meters": math.exp(0.5 + HALF_LOG_2PI_E)},
                "You have the reciprocal: a sign went astray.",
            ),
        ),
    )
)


def gaussian_with_log_scale(y: Array, mean: Array, log_scale: Array) -> Any:
    """Return the mean NLL of Gaussians, from the logarithms of their standard deviations."""
    return np.mean(((y - mean) * np.exp(-log_scale)) ** 2 / 2 + log_scale + LOG_2PI / 2)


def _two_heads_inputs(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = [
        (rng.normal(2, 3, size), rng.normal(size=size), rng.normal(0.5, 1, size))
        for size in (1, 4, 30)
    ]
    return [*cases, (np.array([0.5, 1.0]), np.array([0.5, 3.0]), np.array([-200.0, 0.2]))]


register(
    Exercise(
        "ex-regression-likelihood-two-heads",
        "code",
        "Evaluate it for one observation that equals its mean, with log-scale 0, and compare with "
        "the height of a standard Gaussian at its top. Then change one thing at a time.",
        reference=gaussian_with_log_scale,
        inputs=_two_heads_inputs,
        mistakes=(
            (
                lambda y, mean, log_scale: (
                    gaussian_with_log_scale(y, mean, log_scale) - LOG_2PI / 2
                ),
                "The term with 2π is missing. It moves no minimum, but without it the number is "
                "no log-probability.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 + log_scale + LOG_2PI / 2
                ),
                "The squares are to be halved.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 + LOG_2PI / 2
                ),
                "The log-scale itself is missing. Without it nothing keeps the scale from growing.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 - log_scale + LOG_2PI / 2
                ),
                "The sign of the log-scale is wrong: a wide Gaussian is a low one.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    (y - mean) ** 2 * np.exp(-log_scale) / 2 + log_scale / 2 + LOG_2PI / 2
                ),
                "You took the second output for the logarithm of the variance. It is that of the "
                "standard deviation.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    (y - mean) ** 2 * np.exp(-log_scale) / 2 + log_scale + LOG_2PI / 2
                ),
                "You divided the squares by the scale. They are divided by the variance.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(log_scale)) ** 2 / 2 + log_scale + LOG_2PI / 2
                ),
                "You multiplied by the scale where you should divide.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) / log_scale) ** 2 / 2 + np.log(np.abs(log_scale)) + LOG_2PI / 2
                ),
                "You used the second output as the scale. It is its logarithm.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 + 2 * log_scale + LOG_2PI / 2
                ),
                "Your logarithm is that of the variance. One of the scale belongs there.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 + log_scale / 2 + LOG_2PI / 2
                ),
                "The log-scale is halved in your loss. That would be right for a variance.",
            ),
            (
                lambda y, mean, log_scale: np.mean(
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 + np.exp(log_scale) + LOG_2PI / 2
                ),
                "You added the scale where its logarithm belongs.",
            ),
            (
                lambda y, mean, log_scale: np.mean((y - mean) ** 2 / 2 + log_scale + LOG_2PI / 2),
                "Your squares are not divided by the variance.",
            ),
            (
                lambda y, mean, log_scale: (
                    gaussian_with_log_scale(y, mean, log_scale) + LOG_2PI / 2
                ),
                "Your constant has 2π as it is. The density has its root.",
            ),
            (
                lambda y, mean, log_scale: np.size(y) * gaussian_with_log_scale(y, mean, log_scale),
                "You added up over the examples. Asked is their mean.",
            ),
            (
                lambda y, mean, log_scale: -gaussian_with_log_scale(y, mean, log_scale),
                "That is the log-likelihood. The loss is minus it.",
            ),
            (
                lambda y, mean, log_scale: (
                    ((y - mean) * np.exp(-log_scale)) ** 2 / 2 + log_scale + LOG_2PI / 2
                ),
                "You returned one number for each example. Asked is their mean.",
            ),
        ),
        remark="With the log-scale as the parameter no scale can become negative.",
    )
)
register(
    Exercise(
        "ex-regression-likelihood-laplace",
        "hand",
        "Where does the sum of the distances stop to fall, if m moves from left to right? What is "
        "the mean of the distances there?",
        reference=(3, 8.2, 10, math.sqrt(226)),
        parts=("m", "w", "mean", "spread"),
        given={"y": (1, 2, 3, 4, 40)},
        rtol=(1e-3, 1e-3, 1e-3, 5e-3),  # a spread by hand to three digits
        mistakes=(
            (
                {"m": 10, "mean": 3},
                "The two centers are in the wrong order: the Gaussian goes with squares.",
            ),
            (
                {"m": 10},
                "For the Laplace distribution you took the mean. It minimizes squares, not "
                "distances.",
            ),
            (
                {"m": 20.5},
                "You took the middle between the smallest and the largest observation.",
            ),
            (
                {"m": 2.5},
                "You left out the observation that is far off. It counts as well.",
            ),
            (
                {"m": 3, "w": math.sqrt(226), "spread": 8.2},
                "The two widths are in the wrong order.",
            ),
            (
                {"m": 3, "w": 37},
                "m is right. For w you took the largest of the distances.",
            ),
            (
                {"m": 3, "w": 8.2, "mean": 3},
                "The first two are right. A Gaussian has another center.",
            ),
            (
                {"m": 3, "w": 8.2, "mean": 2.5},
                "The first two are right. In the mean you left out the observation that is far "
                "off.",
            ),
            (
                {"m": 3, "w": 8.2, "spread": math.sqrt(1130)},
                "For the spread you added up the squares. Their mean is missing.",
            ),
            (
                {"m": 3, "w": 12},
                "m is right. For w you took the distances from the mean.",
            ),
            (
                {"m": 3, "w": 41},
                "m is right. Your w is the sum of the distances.",
            ),
            (
                {"m": 3, "w": 10.25},
                "m is right. For w you divided by one less than the number of observations.",
            ),
            (
                {"m": 3, "w": 1},
                "m is right. For w you took the median of the distances. The likelihood asks for "
                "their mean.",
            ),
            (
                {"m": 3, "w": 8.2, "spread": 226},
                "Three are right so far as they go; your spread is a variance.",
            ),
            (
                {"m": 3, "w": 8.2, "spread": math.sqrt(1130 / 4)},
                "For the spread you divided by one less than the number of observations. Asked is "
                "maximum likelihood.",
            ),
            (
                {"m": 3, "w": 8.2, "spread": math.sqrt(1375 / 5)},
                "For the spread you took the squares of the distances from the median.",
            ),
        ),
        remark="One observation moved the mean above four of the five, and left the median alone.",
    )
)
register(
    Exercise(
        "ex-regression-likelihood-poisson",
        "hand",
        "The best rate needs no calculus any more. Write the three terms of the NLL for each "
        "count, and see which of them Keras leaves out.",
        reference=(2, 2 - 2 * math.log(2) + math.log(48) / 3, 2 - 2 * math.log(2)),
        parts=("rate", "NLL", "Keras"),
        given={"counts": (0, 2, 4)},
        rtol=5e-3,  # by hand to three digits
        mistakes=(
            (
                {"rate": math.log(2)},
                "That is the log-rate.",
            ),
            (
                {"rate": 6},
                "That is the sum over the hours. The rate is for one hour.",
            ),
            (
                {"Keras": 2 - 2 * math.log(2) + math.log(48) / 3},
                "Keras leaves out one of the terms.",
            ),
            (
                {"Keras": 2 + 2 * math.log(2)},
                "In Keras's loss one of the two terms has the wrong sign.",
            ),
            (
                {"Keras": 2 - 2 * math.log10(2)},
                "Keras takes natural logarithms.",
            ),
            (
                {"NLL": -(2 - 2 * math.log(2) + math.log(48) / 3)},
                "That is the mean log-likelihood. The NLL is minus it.",
            ),
            (
                {"rate": 3},
                "You left out the hour without feedings. It counts as well.",
            ),
            (
                {"NLL": 2 - 2 * math.log(2), "Keras": 2 - 2 * math.log(2) + math.log(48) / 3},
                "The two losses are in the wrong order: Keras is the one that leaves a term out.",
            ),
            (
                {"NLL": 2 - 2 * math.log(2)},
                "In your NLL the factorials are missing.",
            ),
            (
                {"NLL": 2 - 2 * math.log(2) - math.log(48) / 3},
                "The factorials have the wrong sign: they stand below the line, and the loss is "
                "minus the logarithm.",
            ),
            (
                {"NLL": 3 * (2 - 2 * math.log(2)) + math.log(48)},
                "Your NLL is the sum over the hours. Asked is the mean.",
            ),
            (
                {"NLL": 2 - 2 * math.log(2) + math.log(2)},
                "You took the factorial of the mean count. Each hour has its own.",
            ),
            (
                {"NLL": 2 - 2 * math.log(2) + math.log(48)},
                "You averaged two of the terms and added up the third, that of the factorials.",
            ),
            (
                {"Keras": 2 * math.log(2) - 2},
                "Keras's loss has the wrong sign in your answer.",
            ),
            (
                {"Keras": 6 - 6 * math.log(2)},
                "For Keras's loss you added up over the hours. It is a mean.",
            ),
            (
                {"Keras": -2 * math.log(2)},
                "In Keras's loss the rate itself is missing.",
            ),
        ),
    )
)


def newton_step(theta: Array, x: Array, counts: Array) -> Any:
    """Return the parameters of a Poisson regression after one step of Newton's method."""
    rate = np.exp(x @ theta)
    return theta - _solved(x, rate, x.T @ (rate - counts))


def _solved(x: Array, weights: Array, gradient: Array) -> Array:
    return np.linalg.solve(x.T @ (weights[:, None] * x), gradient)


def _newton_inputs(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, features in ((6, 2), (30, 3), (9, 1)):
        x = rng.normal(size=(n, features))
        x[:, -1] = 1
        cases.append((rng.normal(0.3, 0.4, features), x, rng.poisson(3.0, n).astype(float)))
    return cases


register(
    Exercise(
        "ex-regression-likelihood-newton",
        "code",
        "Check the gradient first: at the solution it must vanish, and your step with it. Then the "
        "Hessian: it is a matrix, with the rates as weights.",
        reference=newton_step,
        inputs=_newton_inputs,
        mistakes=(
            (
                lambda theta, x, counts: (
                    theta - _solved(x, np.ones(len(x)), x.T @ (np.exp(x @ theta) - counts))
                ),
                "Your Hessian is that of least squares. For counts each example has a weight in "
                "it.",
            ),
            (
                lambda theta, x, counts: 2 * theta - newton_step(theta, x, counts),
                "Your step goes uphill: a sign is wrong.",
            ),
            (
                lambda theta, x, counts: newton_step(theta, x, counts) - theta,
                "You returned the step. Asked are the parameters after it.",
            ),
            (
                lambda theta, x, counts: theta - newton_step(theta, x, counts),
                "You returned what is to be subtracted. Asked are the parameters after the step.",
            ),
            (
                lambda theta, x, counts: (
                    theta
                    - (x.T @ (np.exp(x @ theta)[:, None] * x))
                    @ (x.T @ (np.exp(x @ theta) - counts))
                ),
                "You multiplied by the Hessian. Newton's step has its inverse.",
            ),
            (
                lambda theta, x, counts: (
                    theta - x.T @ (np.exp(x @ theta) - counts) / (np.exp(x @ theta) @ x**2)
                ),
                "You divided by the diagonal of the Hessian alone. The rest of it turns the step.",
            ),
            (
                lambda theta, x, counts: theta - x.T @ (np.exp(x @ theta) - counts),
                "That is a step along the gradient. The Hessian is missing.",
            ),
            (
                lambda theta, x, counts: theta - x.T @ (np.exp(x @ theta) - counts) / len(x),
                "That is a step along the gradient of the mean. The Hessian is missing.",
            ),
            (
                lambda theta, x, counts: (
                    theta - _solved(x, np.exp(x @ theta), x.T @ (x @ theta - counts))
                ),
                "Your gradient compares the counts with the log-rates. Compare them with the "
                "rates.",
            ),
            (
                lambda theta, x, counts: (
                    theta - _solved(x, np.abs(x @ theta), x.T @ (np.exp(x @ theta) - counts))
                ),
                "You weighted with the log-rates. The second derivative is the rate.",
            ),
            (
                lambda theta, x, counts: (
                    theta - _solved(x, counts, x.T @ (np.exp(x @ theta) - counts))
                ),
                "You weighted with the counts. The second derivative does not contain them.",
            ),
            (
                lambda theta, x, counts: (
                    theta
                    - _solved(x, np.exp(x @ theta), x.T @ (np.exp(x @ theta) - counts)) * len(x)
                ),
                "One of gradient and Hessian is a sum in your step, the other a mean.",
            ),
            (
                lambda theta, x, counts: (
                    theta
                    - _solved(x, np.exp(x @ theta), x.T @ (np.exp(x @ theta) - counts)) / len(x)
                ),
                "One of gradient and Hessian is a mean in your step, the other a sum.",
            ),
            (
                lambda theta, x, counts: (
                    theta - _solved(x, np.exp(2 * x @ theta), x.T @ (np.exp(x @ theta) - counts))
                ),
                "You weighted with the squares of the rates. That is the Hessian of squared "
                "errors, without its second term.",
            ),
        ),
        remark="Statisticians know this step as one round of weighted least squares.",
    )
)
register(
    Exercise(
        "ex-regression-likelihood-trust",
        "think",
        "The gradient of the Poisson NLL holds the mean of the counts and nothing about their "
        "variance. Which of the statements need the variance?",
        reference="intervals",
        choices=("rates", "intervals", "both", "neither"),
        mistakes=(
            (
                "rates",
                "The gradient vanishes on average where the mean is right, whatever the variance. "
                "With many nests the rates come out right.",
            ),
            (
                "both",
                "One of the two is fine. In which of them does the variance not occur?",
            ),
            (
                "neither",
                "A Poisson distribution with the right mean is too narrow for these counts.",
            ),
        ),
        remark="The mean survives a wrong variance. The error bars do not.",
    )
)
