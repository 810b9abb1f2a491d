"""What an answer is worth: run it, tell whether anything is there, compare it with another.

No text that a function here makes ever holds an expected number: it can be shown to a reader
who still looks for them.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from underhood.autodiff import Array, Tensor

WHOLE = ("",)
"""The parts of an answer that has none: it is one number or one array."""

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Malformed(Exception):
    """An answer that cannot be compared at all; the message says why, to follow its name."""


@dataclass(frozen=True)
class Raised:
    """What is left of a call that raised: the exception's class and its text."""

    kind: type[Exception]
    text: str


def run(function: Callable[..., Any], case: tuple[Any, ...], view: Callable[..., Any]) -> Any:
    """Call `function` on copies of the inputs and return ``view(output, *case)``.

    Of a call that raises a `Raised` is returned, of a stub that raises NotImplementedError None,
    of an output that the view cannot read the `Malformed`, and an output that `is_empty` is
    returned without a view.
    """
    arguments = copy.deepcopy(case)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = function(*arguments)
            if isinstance(output, Iterator):
                output = list(output)
        return output if is_empty(output) else view(output, *case)
    except NotImplementedError:
        return None
    except Malformed as error:
        return error
    except Exception as error:  # whatever a reader's function may raise
        return Raised(type(error), str(error))


def is_empty(answer: Any) -> bool:
    """Tell whether nothing was answered: None, ``...``, a blank, nan, or only such.

    Examples
    --------
    >>> is_empty(None), is_empty((..., ...)), is_empty(" … "), is_empty(0)
    (True, True, True, False)
    """
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return not answer.strip("._…?- ")
    if isinstance(answer, Mapping):
        return all(is_empty(value) for value in answer.values())
    if isinstance(answer, list | tuple):
        return all(is_empty(value) for value in answer)
    try:
        return bool(np.all(np.isnan(as_numbers(answer))))  # true also of no numbers at all
    except Malformed:
        return False


def missing_parts(answer: Any, parts: tuple[str, ...]) -> list[str]:
    """List the parts that are still empty."""
    if is_empty(answer):
        return list(parts)
    try:
        return [part for part, value in split(answer, parts).items() if is_empty(value)]
    except Malformed:
        return []


def split(answer: Any, parts: tuple[str, ...]) -> dict[str, Any]:
    """Return the answer's parts by name.

    Raises
    ------
    Malformed
        If the answer does not have these parts.

    Examples
    --------
    >>> split((12, 3), ("f", "df/dx"))
    {'f': 12, 'df/dx': 3}
    """
    if parts == WHOLE:
        return {"": answer}
    expected = f"expected {in_words(len(parts), 'value')}, in this order: {', '.join(parts)}"
    if isinstance(answer, Mapping):
        if set(answer) != set(parts):
            raise Malformed(f"has the keys {', '.join(map(str, answer))}; {expected}")
        return {part: answer[part] for part in parts}
    try:
        if isinstance(answer, str | set):
            raise TypeError
        values = list(answer.data if isinstance(answer, Tensor) else answer)
    except (TypeError, RuntimeError):  # cannot be iterated, or has no values yet
        raise Malformed(f"is {kind_of(answer)}; {expected}") from None
    if len(values) != len(parts):
        raise Malformed(f"has {in_words(len(values), 'value')}; {expected}")
    return dict(zip(parts, values, strict=True))


def expectation(outcome: Any, parts: tuple[str, ...]) -> Raised | dict[str, Any]:
    """Return what an author's outcome asks of each part; parts that a dict leaves out are free.

    Raises
    ------
    Malformed
        If the outcome does not have these parts, or no view can read it.
    """
    if isinstance(outcome, Malformed):
        raise outcome
    if isinstance(outcome, Raised):
        return outcome
    if parts != WHOLE and isinstance(outcome, Mapping):
        unknown = [key for key in outcome if key not in parts]
        if unknown:
            raise Malformed(f"has the key {unknown[0]!r}; expected some of {', '.join(parts)}")
        return dict(outcome)
    return split(outcome, parts)


def complaints(
    answer: Any,
    expected: Raised | Mapping[str, Any],
    parts: tuple[str, ...],
    rtol: Mapping[str, float],
    strict: bool,
) -> list[str]:
    """Say what is wrong with an outcome, one sentence a part; nothing where it is as expected.

    Parameters
    ----------
    answer : outcome of `run`, or any answer
    expected : Raised or dict
        An `expectation`. An empty dict expects nothing in particular.
    parts : tuple of str
        Names of the parts, in order.
    rtol : mapping from part to float
        Relative tolerances.
    strict : bool
        Whether an array of shape (1, 1) differs from a number.
    """
    if isinstance(expected, Raised):
        same = isinstance(answer, Raised) and answer.kind is expected.kind
        return [] if same else ["It did not raise the expected error."]
    if not expected:
        return []
    if isinstance(answer, Raised):
        text = f": {answer.text}" if answer.text else ""
        return [f"Your function raised {answer.kind.__name__}{text:.300}."]
    try:
        if isinstance(answer, Malformed):
            raise answer
        values = split(answer, parts)
    except Malformed as error:
        return [f"Your answer {error}."]
    found = []
    for part, wanted in expected.items():
        text = difference(values[part], wanted, rtol[part], strict)
        if text:
            found.append(f"{part or 'Your answer'} {text}{'' if text.endswith('?') else '.'}")
    return found


def difference(value: Any, expected: Any, rtol: float, strict: bool) -> str:
    """Say how a value differs from the expected number, array or dict; "" if it does not.

    Raises
    ------
    Malformed
        If it is the expected value that is something else.
    """
    if isinstance(expected, Mapping):
        return _difference_of_mappings(value, expected, rtol, strict)
    wanted = as_numbers(expected).astype(np.float64)
    try:
        numbers = as_numbers(value)
    except Malformed as error:
        return str(error)
    if not strict and wanted.size == numbers.size == 1:
        numbers = numbers.reshape(wanted.shape)
    if numbers.shape != wanted.shape:
        turned = numbers.ndim > 1 and numbers.shape == wanted.shape[::-1]
        hint = ": is a transpose missing, or one too many?" if turned else ""
        return f"has shape {numbers.shape}; expected shape {wanted.shape}{hint}"
    finite = wanted[np.isfinite(wanted)]
    atol = 1e-9 * np.max(np.abs(finite), initial=0.0)
    wrong = ~np.isclose(numbers, wanted, rtol, atol, equal_nan=True)
    return _how_many(numbers, wrong)


def _how_many(numbers: Array, wrong: Array) -> str:
    if not wrong.any():
        return ""
    nan = "; it holds nan" if np.isnan(numbers).any() else ""
    if wrong.size == 1:
        return f"is not right{nan}"
    if wrong.all():
        return f"has the right shape, but none of its elements is right{nan}"
    count = int(wrong.sum())
    differ = f"of {in_words(wrong.size)} {'differs' if count == 1 else 'differ'}"
    return f"has the right shape, but {in_words(count, 'element')} {differ}{nan}"


def _difference_of_mappings(
    value: Any, expected: Mapping[str, Any], rtol: float, strict: bool
) -> str:
    if not isinstance(value, Mapping):
        return f"is {kind_of(value)}, but a dict was expected"
    missing = [str(key) for key in expected if key not in value]
    if missing:
        return f"lacks the key {missing[0]!r}"
    extra = [str(key) for key in value if key not in expected]
    if extra:
        return f"has the key {extra[0]!r}, which does not belong there"
    wrong = [key for key in expected if difference(value[key], expected[key], rtol, strict)]
    return f"has a wrong value at {', '.join(map(repr, wrong))}" if wrong else ""


def as_numbers(value: Any) -> Array:
    """Return `value` as an array of real numbers.

    Raises
    ------
    Malformed
        If it is something else.
    """
    if isinstance(value, Tensor):
        return value.data
    if value is None or isinstance(value, bool | str | Mapping):
        raise Malformed(f"is {kind_of(value)}, but a number or an array of numbers was expected")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            if None in array.ravel().tolist():
                raise Malformed("holds None, but real numbers were expected")
            array = array.astype(np.float64)  # fractions, decimals
    except (TypeError, ValueError, OverflowError, RuntimeError):  # whatever `__array__` may raise
        raise Malformed(f"is {kind_of(value)} that does not make an array of numbers") from None
    if array.dtype.kind not in "iuf":
        held = "text" if array.dtype.kind in "US" else f"{array.dtype.name} values"
        raise Malformed(f"holds {held}, but real numbers were expected")
    return array


def kind_of(value: Any) -> str:
    """Return the kind of a value with its article: "a list", "an int"."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array"
    name = "function" if callable(value) else type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def in_words(count: int, noun: str = "") -> str:
    """Return a count in words, so that it cannot be mistaken for an answer.

    Examples
    --------
    >>> in_words(3, "value"), in_words(1, "value"), in_words(10)
    ('three values', 'one value', 'ten')
    """
    word = WORDS[count] if count < len(WORDS) else str(count)
    return f"{word} {noun}{'' if count == 1 else 's'}" if noun else word
