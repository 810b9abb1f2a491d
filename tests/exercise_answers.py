"""Answers to the exercises: right ones, each known mistake, other wrong ones."""

from __future__ import annotations

import re

import numpy as np

from underhood.exercises import load
from underhood.exercises.outcomes import WHOLE, Raised

ALL = list(load().values())
VALUES = [exercise for exercise in ALL if not exercise.inputs]


def by_label(exercise):
    return getattr(exercise, "label", "")


def completed(exercise, wrong):
    """The outcomes of a mistake, with the right ones for the parts that it leaves free."""
    if exercise.choices:
        return [wrong]
    outcomes = []
    pairs = zip(
        exercise.expectations(exercise.reference), exercise.expectations(wrong), strict=True
    )
    for right, expected in pairs:
        whole = expected if isinstance(expected, Raised) else right | expected
        outcomes.append(whole[""] if exercise.parts == WHOLE and whole is not expected else whole)
    return outcomes


def slightly_wrong(exercise):
    """An answer that is wrong in no known way: half a per cent off, and a bit."""

    def spoil(value):
        if isinstance(value, dict):
            return {key: spoil(entry) for key, entry in value.items()}
        if isinstance(value, tuple):
            return tuple(spoil(entry) for entry in value)
        return np.asarray(value, float) * 1.0057 + 0.0123

    if exercise.inputs:
        return lambda *case: spoil(exercise.reference(*case))
    return spoil(exercise.reference)


def numbers_in(text):
    return {float(n.replace("−", "-")) for n in re.findall(r"[-−]?\d+(?:\.\d+)?(?:e-?\d+)?", text)}
