"""An exercise as data, and the registry in which `underhood.check.check_answer` finds it."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from underhood.exercises.outcomes import (
    WHOLE,
    Malformed,
    Raised,
    complaints,
    expectation,
    is_empty,
    run,
)

Case = tuple[Any, ...]
Kind = Literal["hand", "code", "think"]

EXERCISES: dict[str, Exercise] = {}
"""Every exercise that was registered, by label."""


def as_it_is(output: Any, *case: Any) -> Any:
    """Return the output: the view of an exercise that compares what the function returned."""
    return output


@dataclass(frozen=True)
class Exercise:
    """A question with its right answer, the known mistakes, and what to say to each.

    Three sorts of answer: a *function*, if there are `inputs`; one of the `choices`, if there
    are any; else *numbers*. What gives the answer away is kept out of ``repr``.

    Parameters
    ----------
    label : str
        ``ex-<page>-<topic>``, the label on the page.
    kind : {"hand", "code", "think"}
    hint : str
        What to look at next, for an answer that is wrong in no known way. Gives nothing away.
    reference : number, array, str, tuple of them, or function
        The right answer: one value for each part, in order.
    mistakes : tuple of (wrong answer, message)
        The wrong answer is of the sort of the reference; its message speaks about that mistake
        and gives nothing away. In place of a tuple of parts a dict of some of them will do: the
        other parts, and after an empty dict even an exception, are free. If several mistakes
        match, the one that asks for the most parts wins, then the first.
    parts : tuple of str
        Names of the answer's parts, in order.
    choices : tuple of str
        What can be chosen.
    inputs : callable, optional
        ``inputs(rng)`` lists the argument tuples on which functions are compared.
    view : callable
        ``view(output, *case)`` is compared in place of the output, where several outputs are
        right. It raises `Malformed` for an output that it cannot read.
    rtol : float or tuple of float, optional
        Relative tolerance, one for all parts or one for each. The default is 1e-3 for numbers,
        as worked by hand, and 1e-6 for functions.
    remark : str
        What to say about a right answer.
    given : mapping
        The numbers of the question, for the page's text.
    """

    label: str
    kind: Kind
    hint: str = field(repr=False)
    reference: Any = field(repr=False)
    mistakes: tuple[tuple[Any, str], ...] = field(repr=False)
    parts: tuple[str, ...] = WHOLE
    choices: tuple[str, ...] = ()
    inputs: Callable[[np.random.Generator], list[Case]] | None = field(default=None, repr=False)
    view: Callable[..., Any] = field(default=as_it_is, repr=False)
    rtol: float | tuple[float, ...] | None = field(default=None, repr=False)
    remark: str = field(default="", repr=False)
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments of the function that is asked for."""
        return tuple(inspect.signature(self.reference).parameters) if self.inputs else ()

    @property
    def tolerances(self) -> dict[str, float]:
        """The relative tolerance of each part."""
        rtol = self.rtol if self.rtol is not None else 1e-6 if self.inputs else 1e-3
        each = rtol if isinstance(rtol, tuple) else (rtol,) * len(self.parts)
        return dict(zip(self.parts, each, strict=True))

    def cases(self) -> list[Case]:
        """List the argument tuples on which functions are compared; the same ones every time."""
        return self.inputs(np.random.default_rng(20)) if self.inputs else []

    def outcomes(self, answer: Any) -> Iterator[Any]:
        """Yield what an answer comes to: a function's outcome on each case, or the answer alone."""
        if self.inputs is None:
            yield answer
        for case in self.cases():
            yield run(answer, case, self.view)

    def expectations(self, answer: Any) -> Iterator[Raised | dict[str, Any]]:
        """Yield what an author's answer, the reference or a mistake, asks of each outcome."""
        for outcome in self.outcomes(answer):
            yield expectation(outcome, self.parts)

    def complaints(self, outcomes: list[Any], answer: Any) -> Iterator[list[str]]:
        """Yield, for each outcome, how it differs from what an author's answer asks for."""
        strict = self.inputs is not None
        for outcome, expected in zip(outcomes, self.expectations(answer), strict=True):
            yield complaints(outcome, expected, self.parts, self.tolerances, strict)

    def faults(self, outcomes: list[Any]) -> list[list[str]]:
        """List, for each outcome, how it differs from the right one; empty lists if it is right."""
        if self.choices:
            return [[] if outcomes[0] == self.reference else ["Your choice is not right."]]
        return list(self.complaints(outcomes, self.reference))

    def known_mistake(self, outcomes: list[Any]) -> str | None:
        """Return the message of the most specific known mistake that explains all outcomes."""
        if self.choices:
            return dict(self.mistakes).get(outcomes[0])
        found = [
            (sum(map(_demands, self.expectations(wrong))), message)
            for wrong, message in self.mistakes
            if not any(self.complaints(outcomes, wrong))
        ]
        return max(found, key=lambda match: match[0])[1] if found else None


def _demands(expected: Raised | dict[str, Any]) -> int:
    return 1 if isinstance(expected, Raised) else len(expected)


def register(exercise: Exercise) -> Exercise:
    """Enter an exercise into the registry, if it is sound.

    Raises
    ------
    ValueError
        If the label is taken or not of the form ``ex-…``; if an entry is not what it must be; if
        a known mistake is right after all, or fails on every case, so that it would match
        everything that fails; if the reference is not right by its own standard; if two mistakes
        have the same message.
    """
    label = exercise.label
    try:
        _require_sound(exercise)
    except Malformed as error:
        raise ValueError(f"{label}: the reference or a known mistake {error}") from None
    EXERCISES[label] = exercise
    return exercise


def _require_sound(exercise: Exercise) -> None:
    label = exercise.label
    if not label.startswith("ex-") or label in EXERCISES:
        raise ValueError(f"label must begin with 'ex-' and be new; got {label!r}")
    _require_form(exercise)
    right = list(exercise.outcomes(exercise.reference))
    if any(map(is_empty, right)) or any(exercise.faults(right)):
        raise ValueError(f"{label}: the reference is not right by its own standard")
    if len({message for _, message in exercise.mistakes}) < len(exercise.mistakes):
        raise ValueError(f"{label}: two mistakes have the same message")
    for wrong, message in exercise.mistakes:
        if exercise.choices:
            matches, fails = wrong == exercise.reference, wrong not in exercise.choices
        else:
            matches = not any(exercise.complaints(right, wrong))
            fails = all(isinstance(outcome, Raised) for outcome in exercise.outcomes(wrong))
        if matches:
            raise ValueError(f"{label}: this known mistake is the right answer: {message!r}")
        if fails:
            raise ValueError(
                f"{label}: this known mistake fails on every case or is no choice: {message!r}"
            )


def _require_form(exercise: Exercise) -> None:
    """Raise ValueError for an entry that would leave the exercise without a right answer."""
    parts, choices, rtol = exercise.parts, exercise.choices, exercise.rtol
    # An answer is compared without blanks at its ends and in small letters.
    words = tuple(dict.fromkeys(choice.strip().lower() for choice in choices))
    chosen = isinstance(exercise.reference, str) and exercise.reference in choices
    pairs = all(isinstance(pair, tuple) and len(pair) == 2 for pair in exercise.mistakes)
    each = not isinstance(rtol, tuple) or len(rtol) == len(parts)
    for name, is_sound, expected in [
        ("kind", exercise.kind in get_args(Kind), "'hand', 'code' or 'think'"),
        ("hint", exercise.hint.strip(), "a sentence on what to look at"),
        ("parts", len(set(parts)) == len(parts), "different names"),
        ("choices", words == choices, "different words in small letters, no blanks at the ends"),
        ("reference", chosen or not choices, "one of the choices"),
        ("rtol", each, f"a number or one for each of the parts {parts}"),
        ("mistakes", pairs, "pairs of a wrong answer and a message"),
    ]:
        if not is_sound:
            got = getattr(exercise, name)
            raise ValueError(f"{exercise.label}: {name} must be {expected}; got {got!r}")


def find(label: str) -> Exercise:
    """Return the exercise of that label; imports the chapters' exercises when first needed.

    Raises
    ------
    TypeError
        If the label is no str.
    KeyError
        If there is no such label; names those that come near.
    """
    if not isinstance(label, str):
        raise TypeError(f"exercise must be a label such as 'ex-graphs-spider'; got {label!r:.60}")
    if label not in EXERCISES:
        load()
    if label in EXERCISES:
        return EXERCISES[label]
    near = difflib.get_close_matches(label, EXERCISES, n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise KeyError(f"there is no exercise {label!r}{hint}")


def load() -> dict[str, Exercise]:
    """Import the exercises of every chapter and return the registry."""
    package = importlib.import_module("underhood.exercises")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"underhood.exercises.{module.name}")
    return EXERCISES
