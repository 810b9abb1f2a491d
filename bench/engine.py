"""Time the autodiff engine beside hand-written NumPy and beside other engines.

Usage: ``python bench/engine.py`` (``make bench`` installs the other engines first)

All contenders of a case take turns in one run, a few milliseconds each, and ratios are formed
within a round: the speed of a machine drifts by half and more, and a ratio of neighbors hardly
notices. What counts is processor time, with one thread each, so that other programs' turns do
not. Before anything is timed, all contenders have to agree on the gradients.
"""

from __future__ import annotations

import os

# Before NumPy and TensorFlow start their threads.
os.environ.update(
    OPENBLAS_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    VECLIB_MAXIMUM_THREADS="1",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
    TF_CPP_MIN_LOG_LEVEL="3",
)

import importlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underhood.autodiff import value_and_grad
from underhood.datasets import load_blood_pressure
from underhood.ops import log_softmax, mean, relu

Array = NDArray[Any]
Step = Callable[[], tuple[Any, ...]]
"""One gradient step: returns the gradients, in whatever type the engine has."""

OURS = "underhood"
BY_HAND = "hand-written NumPy"
ROUNDS = 200
SECONDS_PER_TURN = 0.003


@dataclass(frozen=True)
class Case:
    """A gradient that every contender computes, and how fast ours is to be."""

    title: str
    contenders: dict[str, Step]
    tolerance: float
    """How far the gradients may be from ours, relative to their norm."""
    goals: dict[str, float]
    """By contender: how many times as long as that one ours may take. Or "µs", and how many."""


@dataclass(frozen=True)
class Spread:
    """The median of some measurements, with the smallest and the largest."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Summarize `values`."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.median:.4g} [{self.least:.4g}–{self.most:.4g}]"


@cache
def optional(name: str) -> Any:
    """Import a contender; say how to get it, and return None, if it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(f"left out: {error.name} is not installed; `make bench` installs it")
        return None


# ---- (x + y) z at (-2, 5, -4) ----


def scalar_case() -> Case:
    """Return the lecture's first example: two operations on three numbers."""
    numbers = (-2.0, 5.0, -4.0)

    def function(x: Any, y: Any, z: Any) -> Any:
        return (x + y) * z

    def by_hand() -> tuple[Any, ...]:
        x, y, z = numbers
        return z, z, x + y

    contenders = {OURS: engine_step(function, numbers), BY_HAND: by_hand}
    if micrograd := optional("micrograd.engine"):
        contenders["micrograd"] = micrograd_step(micrograd, function, numbers)
    if mygrad := optional("mygrad"):
        contenders["MyGrad"] = mygrad_step(mygrad, function, numbers)
    if autograd := optional("autograd"):
        contenders["autograd"] = autograd_step(autograd, function, numbers)
    if tf := optional("tensorflow"):
        contenders |= tensorflow_steps(tf, function, numbers)
    # 15 µs on a machine on which micrograd takes 6.
    goals = {"µs": 15, "micrograd": 2.5}
    return Case("(x + y) z, scalars", contenders, tolerance=1e-15, goals=goals)


# ---- linear regression on 33 points ----


def linear_regression_case() -> Case:
    """Return the gradient of the mean squared error of a line through the blood pressures."""
    age, sbp = load_blood_pressure()
    parameters = (0.0, 139.0)

    def by_hand() -> tuple[Any, ...]:
        a, b = parameters
        residuals = a * age + b - sbp
        _loss = residuals @ residuals / len(age)
        return 2 * (residuals @ age) / len(age), 2 * residuals.sum() / len(age)

    def loss(mean_of: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda a, b: mean_of((a * age + b - sbp) ** 2)

    contenders = {OURS: engine_step(loss(mean), parameters), BY_HAND: by_hand}
    if mygrad := optional("mygrad"):
        contenders["MyGrad"] = mygrad_step(mygrad, loss(mygrad.mean), parameters)
    if autograd := optional("autograd"):
        mean_of = importlib.import_module("autograd.numpy").mean
        contenders["autograd"] = autograd_step(autograd, loss(mean_of), parameters)
    if tf := optional("tensorflow"):
        contenders |= tensorflow_steps(tf, loss(tf.reduce_mean), parameters)
    return Case("linear regression, 33 points", contenders, tolerance=1e-12, goals={BY_HAND: 10})


# ---- a multilayer perceptron, 784-100-10, on 128 images, in float32 ----


def mlp_case() -> Case:
    """Return the gradient of the cross-entropy of a network with one hidden layer."""
    rng = np.random.default_rng(0)
    images = rng.random((128, 784), dtype=np.float32)
    labels = rng.integers(0, 10, size=128)
    parameters = (
        glorot(rng, 784, 100),
        np.zeros(100, np.float32),
        glorot(rng, 100, 10),
        np.zeros(10, np.float32),
    )
    rows = np.arange(128)

    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = relu(images @ w1 + b1) @ w2 + b2
        return -mean(log_softmax(logits)[rows, labels])

    contenders = {
        OURS: engine_step(loss, parameters),
        BY_HAND: lambda: mlp_by_hand(images, labels, *parameters),
    }
    if mygrad := optional("mygrad"):
        nnet = importlib.import_module("mygrad.nnet")

        def mygrad_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = nnet.activations.relu(images @ w1 + b1) @ w2 + b2
            return nnet.losses.softmax_crossentropy(logits, labels)

        contenders["MyGrad"] = mygrad_step(mygrad, mygrad_loss, parameters)
    if autograd := optional("autograd"):
        anp = importlib.import_module("autograd.numpy")
        special = importlib.import_module("autograd.scipy.special")

        def autograd_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = anp.maximum(images @ w1 + b1, 0) @ w2 + b2
            normalized = logits - special.logsumexp(logits, axis=1, keepdims=True)
            return -anp.mean(normalized[rows, labels])

        contenders["autograd"] = autograd_step(autograd, autograd_loss, parameters)
    if tf := optional("tensorflow"):

        def tensorflow_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = tf.nn.relu(images @ w1 + b1) @ w2 + b2
            return tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )

        contenders |= tensorflow_steps(tf, tensorflow_loss, parameters)
    title = "MLP 784-100-10, batch 128, float32"
    return Case(title, contenders, tolerance=1e-6, goals={BY_HAND: 1.2})


def glorot(rng: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return weights (inputs, outputs) from Keras's default initialization."""
    limit = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, size=(inputs, outputs)).astype(np.float32)


def mlp_by_hand(
    images: Array, labels: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> tuple[Array, ...]:
    """Return the four gradients, with the backward pass written out."""
    rows = np.arange(len(labels))
    before = images @ w1 + b1
    hidden = np.maximum(before, 0)
    logits = hidden @ w2 + b2
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    _loss = -np.mean((shifted - np.log(sums))[rows, labels])

    d_logits = exponentials / sums
    d_logits[rows, labels] -= 1
    d_logits /= len(labels)
    d_before = (d_logits @ w2.T) * (before > 0)
    return images.T @ d_before, d_before.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0)


# ---- A gradient step in each engine ----


def engine_step(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Step:
    """Return a step of ours."""
    step = value_and_grad(function)
    return lambda: step(*arguments)[1]


def micrograd_step(
    micrograd: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Step:
    """Return a step of micrograd, which knows scalars only."""

    def step() -> tuple[Any, ...]:
        values = [micrograd.Value(x) for x in arguments]
        function(*values).backward()
        return tuple(value.grad for value in values)

    return step


def mygrad_step(mygrad: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Step:
    """Return a step of MyGrad."""

    def step() -> tuple[Any, ...]:
        tensors = [mygrad.tensor(x, copy=False) for x in arguments]
        function(*tensors).backward()
        return tuple(tensor.grad for tensor in tensors)

    return step


def autograd_step(autograd: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Step:
    """Return a step of HIPS autograd."""
    step = autograd.value_and_grad(function, argnum=tuple(range(len(arguments))))
    return lambda: tuple(step(*arguments)[1])


def tensorflow_steps(
    tf: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> dict[str, Step]:
    """Return a step of TensorFlow as a compiled graph, and one with the eager tape."""
    tensors = [tf.constant(x, getattr(x, "dtype", np.float64)) for x in arguments]

    def step(*inputs: Any) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = function(*inputs)
        return tuple(tape.gradient(value, inputs))

    compiled = tf.function(step)
    return {
        "TensorFlow, tf.function": lambda: compiled(*tensors),
        "TensorFlow, eager tape": lambda: step(*tensors),
    }


# ---- Measuring ----


def check_agreement(case: Case) -> None:
    """Raise ValueError if a contender has other gradients than ours."""
    expected = case.contenders[OURS]()
    for name, step in case.contenders.items():
        for position, (ours, theirs) in enumerate(zip(expected, step(), strict=True)):
            distance = np.linalg.norm(np.asarray(theirs) - ours) / np.linalg.norm(ours)
            if not distance <= case.tolerance:
                raise ValueError(
                    f"{case.title}: gradient {position} of {name} is {distance:.1e} away from "
                    f"ours; expected at most {case.tolerance:.1e}"
                )


def seconds_per_call(step: Step, calls: int) -> float:
    """Return the mean processor time of `calls` steps in a row."""
    start = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - start) / calls


def measure(contenders: dict[str, Step]) -> dict[str, list[float]]:
    """Return the seconds a call takes, round by round; in each round all take a turn."""
    calls = {}
    for name, step in contenders.items():
        warm = min(seconds_per_call(step, 5) for _ in range(5))
        calls[name] = max(1, round(SECONDS_PER_TURN / warm))
    names = list(contenders)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        first = turn % len(names)  # another one each round, so that nobody has a better place
        for name in names[first:] + names[:first]:
            times[name].append(seconds_per_call(contenders[name], calls[name]))
    return times


def report(case: Case, times: dict[str, list[float]]) -> None:
    """Print the times, ours relative to each contender, and whether the goals are reached."""
    print(f"\n{case.title}: one gradient step")
    print(f"  {'':26}{'µs':>28}{'ours takes … times as long':>34}")
    reached = {}
    for name, theirs in times.items():
        microseconds = Spread.of([1e6 * seconds for seconds in theirs])
        ratios = Spread.of([a / b for a, b in zip(times[OURS], theirs, strict=True)])
        if name == OURS:
            reached["µs"] = microseconds
            print(f"  {name:26}{microseconds!s:>28}")
        else:
            reached[name] = ratios
            print(f"  {name:26}{microseconds!s:>28}{ratios!s:>34}")
    for name, goal in case.goals.items():
        verdict = "not measured"
        if name in reached:
            median = reached[name].median
            verdict = f"is {median:.3g}; reached: {'yes' if median <= goal else 'no'}"
        print(f"  goal: at most {goal:g} {name if name == 'µs' else f'times {name}'}; {verdict}")


def main() -> None:
    """Run every case."""
    print("The engine: medians [smallest–largest] of", ROUNDS, "rounds, one thread")
    for build_case in (scalar_case, linear_regression_case, mlp_case):
        case = build_case()
        check_agreement(case)
        report(case, measure(case.contenders))


if __name__ == "__main__":
    main()
