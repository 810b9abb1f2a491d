"""What the package's functions ask of their arguments, and say when they get something else."""

from __future__ import annotations

import operator
from typing import Any


def whole_number(value: Any, name: str, least: int = 1) -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is less than `least`.

    Examples
    --------
    >>> whole_number(0, "dilation")
    Traceback (most recent call last):
        ...
    ValueError: dilation must be 1 or more; got 0
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r:.80}") from None
    if number < least:
        raise ValueError(f"{name} must be {least} or more; got {number}")
    return number
