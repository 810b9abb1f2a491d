"""What the benchmarks of the engine share: contenders that take turns, and how they are timed.

All contenders of a case take turns in one run, a few milliseconds each, and ratios are formed
within a round: the speed of a machine drifts by half and more, and a ratio of neighbors hardly
notices. What counts is processor time, with one thread each, so that other programs' turns do
not. Before anything is timed, all contenders have to agree on the results.

Import this module before NumPy: it sets the number of threads.
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

Array = NDArray[Any]
Step = Callable[[], tuple[Any, ...]]
"""One turn's work: returns the results, such as gradients, in whatever type the engine has."""

OURS = "underhood"
BY_HAND = "hand-written NumPy"
SECONDS_PER_TURN = 0.003


@dataclass(frozen=True)
class Case:
    """What every contender computes, and how fast ours is to be."""

    title: str
    contenders: dict[str, Step]
    tolerance: float
    """How far the results may be from ours, relative to their norm."""
    goals: dict[str, float]
    """By contender: how many times as long as that one ours may take. Or "µs", and how many."""
    work: str = "one gradient step"
    rounds: int = 200


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


# ---- A gradient step in each engine ----


def engine_step(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Step:
    """Return a step of ours."""
    step = value_and_grad(function)
    return lambda: step(*arguments)[1]


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


def run(case: Case) -> None:
    """Check that the contenders agree, let them take turns, and print how they compare."""
    check_agreement(case)
    report(case, measure(case))


def check_agreement(case: Case) -> None:
    """Raise ValueError if a contender has other results than ours."""
    expected = case.contenders[OURS]()
    for name, step in case.contenders.items():
        for position, (ours, theirs) in enumerate(zip(expected, step(), strict=True)):
            distance = np.linalg.norm(np.asarray(theirs) - ours) / np.linalg.norm(ours)
            if not distance <= case.tolerance:
                raise ValueError(
                    f"{case.title}: result {position} of {name} is {distance:.1e} away from "
                    f"ours; expected at most {case.tolerance:.1e}"
                )


def seconds_per_call(step: Step, calls: int) -> float:
    """Return the mean processor time of `calls` steps in a row."""
    start = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - start) / calls


def measure(case: Case) -> dict[str, list[float]]:
    """Return the seconds a call takes, round by round; in each round all take a turn."""
    calls = {}
    for name, step in case.contenders.items():
        warm = min(seconds_per_call(step, 5) for _ in range(5))
        calls[name] = max(1, round(SECONDS_PER_TURN / warm))
    names = list(case.contenders)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(case.rounds):
        first = turn % len(names)  # another one each round, so that nobody has a better place
        for name in names[first:] + names[:first]:
            times[name].append(seconds_per_call(case.contenders[name], calls[name]))
    return times


def report(case: Case, times: dict[str, list[float]]) -> None:
    """Print the times, ours relative to each contender, and whether the goals are reached."""
    print(f"\n{case.title}: {case.work}, {case.rounds} rounds")
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
