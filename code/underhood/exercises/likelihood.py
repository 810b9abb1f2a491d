"""The exercises of the chapter on maximum likelihood."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from underhood.autodiff import Array
from underhood.exercises.exercise import Case, Exercise, register
from underhood.likelihood import categorical_nll
from underhood.ops import log_softmax, softplus

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
        reference=(4, 32 / 81, 10368 / 10125),
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
                {"signs": 4, "likelihood": 27 / 64},
                "You computed the likelihood of the share itself. No die has it.",
            ),
            (
                {"signs": 4, "likelihood": 125 / 324},
                "The die is right, but that is the likelihood of the second.",
            ),
            (
                {"signs": 4, "likelihood": 32 / 81, "ratio": 10125 / 10368},
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
        rtol=(1e-3, 2e-3, 3e-3),
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
                lambda p, k, n: _log_likelihood(p, k, n) - _log_likelihood(k / n, k, n),
                "You returned the logarithm of the ratio.",
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
                {"loss": math.log(8), "class 0": 7 / 8, "class 1": -3 / 8, "class 2": -1 / 2},
                "The loss is right. You took label minus prediction: that is the direction of the "
                "step, not the gradient.",
            ),
            (
                {"loss": math.log(8), "class 0": 1 / 8, "class 1": 3 / 8, "class 2": 1 / 2},
                "The loss is right. These are the probabilities. The label is still to come.",
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
                {
                    "frequencies": 1.5 * math.log(2),
                    "nine tenths": -(0.9 * math.log(0.9) + 0.1 * math.log(0.05)),
                },
                "The first number is right. The third one is the entropy of that forecast: you "
                "weighed by what it states, not by what occurs.",
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
                "Right for small logits. But the exponentials of large ones overflow, or all become "
                "zero. Take something away from each row first.",
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
        remark="The same network on clean labels would pay nothing.",
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
