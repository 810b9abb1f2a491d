"""What the package's functions ask of their arguments, and say when they get something else."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from underhood.autodiff import Tensor, as_floats


def whole_number(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is less than `least`, or more than `most`.

    Examples
    --------
    >>> whole_number(0, "dilation")
    Traceback (most recent call last):
        ...
    ValueError: dilation must be 1 or more; got 0
    """
    try:
        if isinstance(value, bool | np.bool):  # NumPy 2.0 takes its own for an integer
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r:.80}") from None
    if number < least:
        raise ValueError(f"{name} must be {least} or more; got {number}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be {most} or less; got {number}")
    return number


def in_one_precision(**given: Any) -> list[Any]:
    """Return arrays of the widest precision among `given`; Tensors stay what they are.

    Lists and Python's numbers have no precision of their own: they take that of the arrays and
    Tensors beside them, and float64 if there are none. Complex numbers stay complex.

    Raises
    ------
    TypeError
        If an argument, named as in the call, is not made of numbers.

    Examples
    --------
    >>> inputs, gamma = in_one_precision(inputs=np.ones(2, np.float32), gamma=[1.0, 0.5])
    >>> gamma.dtype
    dtype('float32')
    """
    arrays: list[Any] = [
        x if isinstance(x, Tensor) else as_floats(x, name) for name, x in given.items()
    ]
    typed = [array for array, x in zip(arrays, given.values(), strict=True) if hasattr(x, "dtype")]
    if not typed:
        return arrays
    precision = np.result_type(*(np.finfo(array.dtype).dtype for array in typed))
    return [
        x if isinstance(x, Tensor) or x.dtype.kind == "c" else x.astype(precision, copy=False)
        for x in arrays
    ]
