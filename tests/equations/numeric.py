"""What the checks of the equations share: derivatives and gradients, computed another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from underhood.autodiff import Tensor


def close(got: Any, want: Any, rtol: float = 1e-9, atol: float = 1e-11) -> None:
    """Assert that two numbers or arrays of one shape agree: some numbers, and none of them nan."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shapes {got.shape} and {want.shape}"
    assert got.size > 0, f"nothing to compare in shape {got.shape}"
    np.testing.assert_allclose(got, want, rtol=rtol, atol=atol, equal_nan=False)


def jacobian(function: Callable[[Any], Any], x: Any, step: float = 1e-3) -> np.ndarray:
    """Return the derivatives of each output by each input, outputs' axes first.

    Differences over five points, independent of the package: their error is h^4 f^(5) / 30, about
    as small as their rounding for functions that vary over distances of 1.
    """
    x = np.asarray(x, float)
    columns = []
    for place in np.ndindex(x.shape):

        def at(distance: float, place: tuple[int, ...] = place) -> np.ndarray:
            moved = x.copy()
            moved[place] += distance
            return np.asarray(function(moved), float)

        far, near = at(2 * step) - at(-2 * step), at(step) - at(-step)
        columns.append((8 * near - far) / (12 * step))
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def hessian(function: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Return the matrix of second derivatives of a function with a single number as its value."""
    return jacobian(lambda y: jacobian(function, y, step=1e-2), x, step=1e-2)


def engine_gradients(
    function: Callable[..., Any], *arrays: Any, seed: Any = None
) -> list[np.ndarray]:
    """Return what the package's engine gives as the gradient of each array."""
    tensors = [Tensor(array) for array in arrays]
    function(*tensors).backward(seed)
    return [tensor.grad for tensor in tensors]
