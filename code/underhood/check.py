"""Checks: of gradients, by two kinds of numerical differentiation, and of a reader's answers.

The complex step gives a derivative to the last digits, but wants a function that takes complex
numbers and is smooth; finite differences take any function and are never exact. `check_gradient`
holds the engine's gradient, or one derived by hand, against either. `check_answer` says what is
right or wrong with the answer to an exercise of the book.
"""

from __future__ import annotations

import inspect
import math
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from underhood.autodiff import Array, Tensor, as_floats, value_and_grad
from underhood.exercises.exercise import Exercise, find
from underhood.exercises.outcomes import is_empty, kind_of, missing_parts

Method = Literal["complex step", "finite differences"]


def complex_step(
    function: Callable[..., Any], *arrays: ArrayLike, step: float = 1e-30
) -> tuple[Array, ...]:
    """Return the gradient of `function` with respect to each array, by a step into the complex.

    For a function that is analytic, f(x + ih) = f(x) + ih f'(x) - h² f''(x) / 2 - …, so f'(x) is
    the imaginary part divided by h. Nothing is subtracted, nothing cancels, and with a step as
    tiny as the default the error of order h² is far below rounding.

    Parameters
    ----------
    function : callable
        Takes and returns plain arrays, complex ones too; its value is a single number. It must
        be analytic around the arrays: `numpy.abs` is not, ``x.real`` is not.
    *arrays : array_like of real numbers, any shapes
    step : float
        The step h.

    Returns
    -------
    tuple of ndarray
        For each array the gradient, of its shape, in float64.

    Raises
    ------
    TypeError
        If `function` does not take complex numbers, or loses their imaginary part.
    ValueError
        If `function` returns several numbers, or `step` is not positive.

    Examples
    --------
    >>> (dx,) = complex_step(lambda x: np.exp(x), 1.0)
    >>> float(dx - np.exp(1.0))
    0.0
    """
    _require_positive(step)
    points = [array.astype(np.float64) for array in _real_arrays(arrays)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            return tuple(
                _fill(points[position], _along_imaginary(function, points, position, step))
                for position in range(len(points))
            )
        except np.exceptions.ComplexWarning as lost:
            raise TypeError(f"function must take complex numbers; it says: {lost}") from None


def _along_imaginary(
    function: Callable[..., Any], points: list[Array], position: int, step: float
) -> Iterator[float]:
    """Yield the derivative with respect to each element of one array."""
    for index in np.ndindex(points[position].shape):
        moved = points[position].astype(np.complex128)
        moved[index] += 1j * step
        value = _single(function(*points[:position], moved, *points[position + 1 :]))
        if not np.iscomplexobj(value) and _depends(function, points, position, index):
            raise TypeError(
                "function must take complex numbers; it returned a real number for a complex "
                "one, so that the imaginary part was lost on the way (abs? .real?)"
            )
        yield float(value.imag) / step


def _depends(
    function: Callable[..., Any], points: list[Array], position: int, index: tuple[int, ...]
) -> bool:
    """Tell whether a move of one element changes the value."""
    moved = points[position].copy()
    moved[index] += 1e-3 * max(1.0, abs(moved[index]))
    here = _single(function(*points))
    there = _single(function(*points[:position], moved, *points[position + 1 :]))
    return bool(here != there)


def finite_differences(
    function: Callable[..., Any], *arrays: ArrayLike, step: float | None = None
) -> tuple[Array, ...]:
    """Return the gradient of `function` with respect to each array, by central differences.

    The quotient (f(x + h) - f(x - h)) / 2h has two errors: *truncation*, h² f'''(x) / 6, which
    grows with the step, and *rounding*, about ε f(x) / h with the spacing ε of the
    floating-point numbers, which grows as the step shrinks. The default step balances them where
    f and its derivatives are of like size: the cube root of ε, times the size of x where that
    is above 1. It is 6e-6 for float64, with an error near 4e-11, and 5e-3 for float32, with an
    error near 2e-5.
    At a kink the result is the mean of both slopes.

    Parameters
    ----------
    function : callable
        Takes and returns plain arrays; its value is a single number.
    *arrays : array_like of real numbers, any shapes
        float32 is computed in float32.
    step : float, optional
        The step h, for every element.

    Returns
    -------
    tuple of ndarray
        For each array the gradient, of its shape and dtype.

    Raises
    ------
    TypeError
        If an array is not made of real numbers or `function` does not return a number.
    ValueError
        If `function` returns several numbers, or `step` is not positive.

    Examples
    --------
    >>> (dx,) = finite_differences(lambda x: x**3, 2.0)
    >>> print(f"{dx:.9f}")
    12.000000000
    >>> (dx,) = finite_differences(lambda x: x**3, 2.0, step=1e-20)  # lost in rounding
    >>> float(dx)
    0.0
    """
    if step is not None:
        _require_positive(step)
    points = _real_arrays(arrays)
    with np.errstate(invalid="ignore"):  # inf - inf
        return tuple(
            _fill(points[position], _along_axes(function, points, position, step))
            for position in range(len(points))
        )


def _along_axes(
    function: Callable[..., Any], points: list[Array], position: int, step: float | None
) -> Iterator[float]:
    """Yield the difference quotient with respect to each element of one array."""
    x = points[position]
    for index in np.ndindex(x.shape):
        h = step if step is not None else default_step(x[index])
        values = []
        for shift in (h, -h):
            moved = x.copy()
            moved[index] += shift
            values.append(_single(function(*points[:position], moved, *points[position + 1 :])))
        yield (values[0] - values[1]) / (2 * h)


def default_step(x: Any) -> float:
    """Return the step of `finite_differences` at a floating-point number: ε^(1/3) max(1, |x|).

    Examples
    --------
    >>> print(f"{default_step(np.float64(1)):.1e} {default_step(np.float32(1)):.1e}")
    6.1e-06 4.9e-03
    """
    return float(np.finfo(x.dtype).eps ** (1 / 3) * max(1.0, abs(x)))


def _fill(like: Array, values: Iterator[float]) -> Array:
    filled = np.zeros_like(like)
    for index, value in zip(np.ndindex(like.shape), values, strict=True):
        filled[index] = value
    return filled


def _real_arrays(arrays: tuple[ArrayLike, ...]) -> list[Array]:
    points = [as_floats(x, f"argument {i}", copy=True) for i, x in enumerate(arrays)]
    for i, x in enumerate(points):
        if x.dtype.kind == "c":
            raise TypeError(f"argument {i} must be real numbers; got {x.dtype.name}")
    return points


def _single(value: Any) -> Any:
    if isinstance(value, Tensor):
        raise TypeError("function must return a plain number here, and it returned a Tensor")
    number = as_floats(value, "the function's value")
    if number.size != 1:
        raise ValueError(f"function must return a single number; got shape {number.shape}")
    return number.reshape(())[()]


def _require_positive(step: float) -> None:
    if not (isinstance(step, int | float | np.number) and 0 < step < math.inf):
        raise ValueError(f"step must be a positive number; got {step!r}")


@dataclass(frozen=True)
class ArgumentCheck:
    """How one argument's gradient compares with the numerical one.

    Attributes
    ----------
    name : str
    shape : tuple of int
    error : float
        Norm of the difference over the norm of the numerical gradient; nan if they cannot be
        compared.
    ok : bool
    note : str
        What is wrong, in words.
    """

    name: str
    shape: tuple[int, ...]
    error: float
    ok: bool
    note: str = ""

    def __str__(self) -> str:
        line = f"{'✓' if self.ok else '✗'} {self.name}, shape {self.shape}: "
        line += f"relative error {self.error:.1e}"
        return line + (f"\n    {self.note}" if self.note else "")


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """The result of `check_gradient`: true if every gradient is right; printed, a report."""

    arguments: tuple[ArgumentCheck, ...]
    method: Method
    rtol: float

    def __bool__(self) -> bool:
        return all(argument.ok for argument in self.arguments)

    def __repr__(self) -> str:
        verdict = "right" if self else "wrong"
        head = f"The gradient is {verdict} (against {self.method}, tolerance {self.rtol:.0e})."
        return "\n".join([head, *(f"  {argument}" for argument in self.arguments)])


def check_gradient(
    function: Callable[..., Any],
    *arrays: ArrayLike,
    gradients: Any = None,
    method: Method | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> GradientCheck:
    """Compare a gradient with a numerical one.

    At a kink, such as that of `relu` at 0, there is no derivative, and both may differ.

    Parameters
    ----------
    function : callable
        Of arrays, with a single number as its value. For the engine's gradient it must take
        Tensors as well: write it with Python's operators and `underhood.ops`.
    *arrays : array_like of real numbers, any shapes
    gradients : array, tuple of arrays, or callable, optional
        The gradients to check, one for each array, or ``gradients(*arrays)`` that returns them;
        for one array also the bare gradient. The default is the engine's.
    method : {"complex step", "finite differences"}, optional
        The default is the complex step, and finite differences for a function that does not
        take complex numbers.
    rtol : float, optional
        Tolerance for the norm of the difference over the norm of the numerical gradient. The
        default is 1e-12 for the complex step and 1e-6 for finite differences, and 2e-5 for
        gradients in float32. The numerical gradient itself is always computed in float64.
    atol : float, optional
        What the norm of the difference may be besides. The default is 0 for the complex step; for
        finite differences it is the rounding error that they cannot avoid.

    Returns
    -------
    GradientCheck
        True if all gradients are right. A gradient with nan or inf in it never is.

    Raises
    ------
    TypeError, ValueError
        If the function cannot be differentiated at all (see `value_and_grad`,
        `finite_differences`), there are no arrays, `method` is unknown, or the number of gradients
        differs from that of the arrays.

    Examples
    --------
    >>> check_gradient(lambda x, y: (x @ y) ** 2, [1.0, 2.0], [3.0, 4.0])
    The gradient is right (against complex step, tolerance 1e-12).
      ✓ x, shape (2,): relative error 0.0e+00
      ✓ y, shape (2,): relative error 0.0e+00
    >>> check_gradient(lambda x: (x**2).sum(), [1.0, 2.0], gradients=[1.0, 2.0])
    The gradient is wrong (against complex step, tolerance 1e-12).
      ✗ x, shape (2,): relative error 5.0e-01
        largest difference at [1]: 2, by complex step 4
        the gradient is 0.5 times what it should be
    """
    if method not in (None, "complex step", "finite differences"):
        raise ValueError(f"method must be 'complex step' or 'finite differences'; got {method!r}")
    if not arrays:
        raise ValueError("arrays are missing: there is nothing to take a gradient of")
    points = _real_arrays(arrays)
    given = _gradients(function, points, gradients)
    wide = [x.astype(np.float64) for x in points]
    found, method = _numerical(function, wide, method)
    precision = max((float(np.finfo(g.dtype).eps) for g in [*given, *points]), default=0.0)
    if rtol is None:
        coarse = 2e-5 if precision > 1e-10 else 0.0
        rtol = max(1e-12 if method == "complex step" else 1e-6, coarse)
    if atol is None:
        atol = 0.0 if method == "complex step" else _unavoidable(function, wide)
    names = _argument_names(function, len(points))
    checks = (
        _compare(name, g, expected, method, rtol, atol)
        for name, g, expected in zip(names, given, found, strict=True)
    )
    return GradientCheck(tuple(checks), method, rtol)


def _gradients(function: Callable[..., Any], points: list[Array], gradients: Any) -> list[Array]:
    if gradients is None:
        return list(value_and_grad(function)(*points)[1])
    if callable(gradients):
        gradients = gradients(*(x.copy() for x in points))
    listed = gradients if isinstance(gradients, tuple) else (gradients,)
    if len(listed) != len(points):
        raise ValueError(
            f"gradients must be a tuple of {len(points)}, one for each array; got "
            f"{f'a tuple of {len(listed)}' if isinstance(gradients, tuple) else kind_of(gradients)}"
        )
    bare = (g.data if isinstance(g, Tensor) else g for g in listed)
    return [as_floats(g, f"gradient {i}") for i, g in enumerate(bare)]


def _numerical(
    function: Callable[..., Any], points: list[Array], method: Method | None
) -> tuple[tuple[Array, ...], Method]:
    if method != "finite differences":
        try:
            return complex_step(function, *points), "complex step"
        except TypeError:
            if method is not None:
                raise
    return finite_differences(function, *points), "finite differences"


def _unavoidable(function: Callable[..., Any], points: list[Array]) -> float:
    """Return the rounding error of a difference quotient: a few ε f / h."""
    size = math.sqrt(sum(x.size for x in points))
    value = float(abs(_single(function(*points))))
    one = np.float64(1)
    return 4 * size * value * float(np.finfo(np.float64).eps) / default_step(one)


def _compare(
    name: str, given: Array, expected: Array, method: Method, rtol: float, atol: float
) -> ArgumentCheck:
    if given.shape != expected.shape:
        turned = given.ndim > 1 and given.shape == expected.shape[::-1]
        hint = ": is a transpose missing, or one too many?" if turned else ""
        note = f"the gradient has shape {given.shape}; expected that of {name}{hint}"
        return ArgumentCheck(name, expected.shape, math.nan, False, note)
    given = given.astype(np.complex128 if given.dtype.kind == "c" else np.float64)
    scale = float(np.max(np.abs(expected), initial=0.0)) or 1.0  # squares might leave the range
    with np.errstate(invalid="ignore"):  # inf - inf
        distance = float(np.linalg.norm((given - expected) / scale))
    size = float(np.linalg.norm(expected / scale))
    error = distance / size if size else distance and math.inf
    ok = distance <= rtol * size + atol / scale  # false for nan
    note = "" if ok else _explain(given, expected, method, rtol)
    return ArgumentCheck(name, expected.shape, error, ok, note)


def _explain(given: Array, expected: Array, method: Method, rtol: float) -> str:
    difference = np.abs(given - expected)
    worst = np.unravel_index(
        int(np.argmax(np.where(np.isnan(difference), np.inf, difference))), difference.shape
    )
    place = f" at [{', '.join(map(str, worst))}]" if worst else ""
    mine, theirs = (f"{x[worst] + 0:.6g}" for x in (given, expected))  # + 0: no negative zero
    if mine == theirs:
        mine, theirs = (f"{x[worst]:.17g}" for x in (given, expected))
    lines = [f"largest difference{place}: {mine}, by {method} {theirs}"]
    if not np.any(expected) and np.all(np.abs(given) < 1e-14):
        lines.append("both are zero but for rounding: pass an atol to let that count as right")
    lines += _relation(given, expected, max(rtol, 1e-9))
    return "\n    ".join(lines)


def _relation(given: Array, expected: Array, rtol: float) -> list[str]:
    """Name a simple relation between a wrong gradient and the right one, if there is one."""
    if not (np.isfinite(given).all() and np.isfinite(expected).all()):
        return []
    if given.ndim == 2 and given.shape == given.T.shape and np.allclose(given.T, expected, rtol):
        return ["the gradient is the transpose of what it should be"]
    norm = float(np.vdot(expected, expected).real)
    factor = float(np.vdot(expected, given).real) / norm if norm else 0.0
    if given.size < 2 or not factor or not np.allclose(given, factor * expected, rtol):
        return []
    if math.isclose(factor, -1, rel_tol=rtol):
        return ["the gradient has the wrong sign"]
    return [f"the gradient is {factor:.6g} times what it should be"]


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some functions written in C do not tell
        parameters = []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in parameters if p.kind in positional][:count]
    return names + [f"argument {i}" for i in range(len(names), count)]


@dataclass(frozen=True, repr=False)
class Feedback:
    """What `check_answer` says: true only if the answer is right; printed, the message.

    Attributes
    ----------
    label : str
        The exercise.
    kind : {"right", "known", "other", "empty"}
        Right; wrong in a known way; wrong in another way; not answered yet.
    message : str
    """

    label: str
    kind: Literal["right", "known", "other", "empty"]
    message: str

    def __bool__(self) -> bool:
        return self.kind == "right"

    def __repr__(self) -> str:
        sign = {"right": "✓ Right.", "empty": "○ Not answered yet."}.get(self.kind, "✗ Not yet.")
        return textwrap.fill(f"{sign} {self.message}", width=72, subsequent_indent="  ")


def check_answer(exercise: str, answer: Any) -> Feedback:
    """Say whether the answer to an exercise is right, and if not, what to look at.

    Parameters
    ----------
    exercise : str
        The exercise's label on the page, ``ex-…``.
    answer : number, array, str, tuple, list or dict of them, or function
        As the exercise asks. A function is called with several inputs, copies of which it gets.

    Returns
    -------
    Feedback
        True only if the answer is right.

    Raises
    ------
    TypeError
        If the label is no str.
    KeyError
        If there is no such exercise; names the labels that come near.

    Examples
    --------
    >>> check_answer("ex-graphs-spider", (12, 12))
    ✗ Not yet. The factor is missing: after the matrix product another op multiplies by it.
    >>> check_answer("ex-graphs-spider", ...)
    ○ Not answered yet. Put your answer in place of the stub: matmul, multiply.
    """
    asked = find(exercise)
    if asked.inputs is not None:
        return _check_function(asked, answer)
    return _check_value(asked, answer)


def _check_value(asked: Exercise, answer: Any) -> Feedback:
    answer = list(answer) if isinstance(answer, Iterator) else answer  # to look more than once
    missing = missing_parts(answer, asked.parts)
    if missing:
        return _not_answered(asked, "Put your answer in place of the stub", missing)
    if callable(answer):
        return Feedback(
            asked.label, "other", f"Your answer is {kind_of(answer)}: pass what it returns."
        )
    if asked.choices:
        answer = answer.strip().lower() if isinstance(answer, str) else answer
        if not isinstance(answer, str) or answer not in asked.choices:
            listed = ", ".join(map(repr, asked.choices))
            return Feedback(asked.label, "other", f"Choose one of {listed}. {asked.hint}")
    outcomes = [answer]
    faults = asked.faults(outcomes)[0]
    if not faults:
        return Feedback(asked.label, "right", asked.remark)
    known = asked.known_mistake(outcomes)
    if known:
        return Feedback(asked.label, "known", known)
    return Feedback(asked.label, "other", f"{' '.join(faults)} {asked.hint}")


def _check_function(asked: Exercise, answer: Any) -> Feedback:
    signature = f"({', '.join(asked.arguments)})"
    if is_empty(answer):
        return _not_answered(asked, f"Pass your function of {signature}", [])
    if not callable(answer):
        message = (
            f"Your answer is {kind_of(answer)}; expected a function of {signature}. Pass the "
            f"function itself, not what it returns."
        )
        return Feedback(asked.label, "other", message)
    outcomes = list(asked.outcomes(answer))
    missing = [missing_parts(outcome, asked.parts) for outcome in outcomes]
    if all(missing):
        return _not_answered(asked, "Your function returns nothing", missing[0])
    faults = asked.faults(outcomes)
    if not any(faults):
        return Feedback(asked.label, "right", asked.remark)
    known = asked.known_mistake(outcomes)
    if known:
        return Feedback(asked.label, "known", known)
    first = next(i for i, fault in enumerate(faults) if fault)
    tried = ", ".join(map(_describe, asked.arguments, asked.cases()[first]))
    return Feedback(
        asked.label, "other", f"Tried on {tried}: {' '.join(faults[first])} {asked.hint}"
    )


def _not_answered(asked: Exercise, message: str, missing: list[str]) -> Feedback:
    parts = ", ".join(part for part in missing if part)
    return Feedback(asked.label, "empty", f"{message}{f': {parts}' if parts else ''}.")


def _describe(name: str, value: Any) -> str:
    """Describe an argument: an array by its shape, a function by its name, all else by itself."""
    if callable(value):
        return f"a function {name}"
    if isinstance(value, np.ndarray):
        return f"{name} of shape {value.shape}"
    if isinstance(value, list | dict):
        return f"{name} with {len(value)} entries"
    return f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value!r:.60}"
