"""Causal convolution of sequences, and how far back a stack of such layers looks.

Layouts are those of Keras: inputs ``(batch, steps, channels)``, kernels ``(kernel_size,
channels_in, channels_out)``, so the weights of a Keras `Conv1D` fit here unchanged.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from underhood.autodiff import Array, Primitive, Tensor, as_floats


def causal_conv1d(inputs: Any, kernel: Any, bias: Any = None, dilation: int = 1) -> Any:
    """Return the causal convolution of a batch of sequences with a kernel.

    Output step t is ``bias + sum_k inputs[t - (kernel_size - 1 - k) * dilation] @ kernel[k]``,
    where inputs before the first step count as zeros: the last tap of the kernel meets the
    present, all others the past. As in Keras, the kernel is not flipped.

    Parameters
    ----------
    inputs : array_like or Tensor, (batch, steps, channels_in)
    kernel : array_like or Tensor, (kernel_size, channels_in, channels_out)
    bias : array_like or Tensor, (channels_out,), optional
    dilation : int, optional
        Steps from one tap of the kernel to the next.

    Returns
    -------
    ndarray or Tensor, (batch, steps, channels_out)
        A Tensor if a Tensor went in.

    Raises
    ------
    ValueError
        If shapes do not fit or `dilation` is less than 1.
    TypeError
        If `dilation` is not an integer.

    Examples
    --------
    >>> series = np.reshape([10.0, 20.0, 30.0], (1, 3, 1))
    >>> kernel = np.reshape([1.0, 2.0], (2, 1, 1))
    >>> causal_conv1d(series, kernel).ravel()
    array([20., 50., 80.])
    """
    shapes = [
        None if x is None else np.shape(getattr(x, "data", x)) for x in (inputs, kernel, bias)
    ]
    _require_fitting(*shapes)
    dilation = _positive_int(dilation, "dilation")
    arrays = (inputs, kernel) if bias is None else (inputs, kernel, bias)
    return CAUSAL_CONV1D(*arrays, dilation=dilation)


def look_back(
    kernel_sizes: Sequence[int],
    dilations: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> int:
    """Return how many steps before t the output of a stack at step t still depends on.

    Each layer adds ``(kernel_size - 1) * dilation`` of its own input's steps, and one of those is
    as many steps of the series as the strides of all earlier layers multiply to.

    Parameters
    ----------
    kernel_sizes : sequence of int
        One for each layer, the first layer first.
    dilations, strides : sequence of int, optional
        As many; 1 everywhere by default.

    Raises
    ------
    ValueError
        If a number is less than 1, or the sequences differ in length.
    TypeError
        If a number is not an integer.

    Examples
    --------
    >>> look_back([2, 2, 2, 2])
    4
    >>> look_back([2, 2, 2, 2], [1, 2, 4, 8])
    15
    """
    sizes = _positive_ints(kernel_sizes, "kernel_sizes", None)
    steps = _positive_ints(dilations, "dilations", len(sizes))
    jumps = _positive_ints(strides, "strides", len(sizes))
    total, stride = 0, 1
    for size, dilation, jump in zip(sizes, steps, jumps, strict=True):
        total += (size - 1) * dilation * stride
        stride *= jump
    return total


def receptive_field(
    kernel_sizes: Sequence[int],
    dilations: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> int:
    """Return how many steps of the series an output depends on: `look_back` and the present.

    Examples
    --------
    >>> receptive_field([2, 2, 2, 2], [1, 2, 4, 8])
    16
    """
    return look_back(kernel_sizes, dilations, strides) + 1


def _forward(inputs: Array, kernel: Array, bias: Any = None, *, dilation: int) -> Array:
    steps, size = inputs.shape[1], len(kernel)
    outputs = inputs @ kernel[-1]
    if bias is not None:
        outputs += bias
    for tap in range(size - 1):
        lag = (size - 1 - tap) * dilation
        if lag < steps:
            outputs[:, lag:] += inputs[:, : steps - lag] @ kernel[tap]
    return outputs


def _inputs_vjp(
    g: Array, out: Array, inputs: Array, kernel: Array, bias: Any = None, *, dilation: int
) -> Array:
    steps, size = inputs.shape[1], len(kernel)
    gradient = g @ kernel[-1].T
    for tap in range(size - 1):
        lag = (size - 1 - tap) * dilation
        if lag < steps:
            gradient[:, : steps - lag] += g[:, lag:] @ kernel[tap].T
    return gradient


def _kernel_vjp(
    g: Array, out: Array, inputs: Array, kernel: Array, bias: Any = None, *, dilation: int
) -> Array:
    steps, size = inputs.shape[1], len(kernel)
    gradient = np.zeros(kernel.shape, g.dtype)
    for tap in range(size):
        lag = (size - 1 - tap) * dilation
        if lag < steps:
            gradient[tap] = np.tensordot(inputs[:, : steps - lag], g[:, lag:], ((0, 1), (0, 1)))
    return gradient


CAUSAL_CONV1D = Primitive(
    "causal_conv1d",
    _forward,
    _inputs_vjp,
    _kernel_vjp,
    lambda g, out, inputs, kernel, bias, dilation: g,
    arguments=("inputs", "kernel", "bias"),
    expects="inputs (batch, steps, channels_in), kernel (kernel_size, channels_in, channels_out), "
    "bias (channels_out,)",
)


def _shape(x: Any) -> tuple[int, ...]:
    return x.shape if isinstance(x, Tensor) else as_floats(x, "inputs, kernel or bias").shape


def _require_fitting(
    inputs: tuple[int, ...], kernel: tuple[int, ...], bias: tuple[int, ...] | None
) -> None:
    if len(inputs) != 3:
        raise ValueError(
            f"inputs must have the axes (batch, steps, channels); got shape {inputs}. "
            f"One series: x[np.newaxis]; one channel: x[..., np.newaxis]"
        )
    if len(kernel) != 3 or kernel[0] == 0:
        raise ValueError(
            f"kernel must have the axes (kernel_size, channels_in, channels_out) and at least one "
            f"tap; got shape {kernel}"
        )
    if kernel[1] != inputs[2]:
        raise ValueError(
            f"kernel of shape {kernel} takes {kernel[1]} channels; "
            f"inputs of shape {inputs} have {inputs[2]}"
        )
    if bias is not None and bias != (kernel[2],):
        raise ValueError(
            f"bias must have one number for each of the {kernel[2]} output channels, "
            f"shape ({kernel[2]},); got shape {bias}"
        )


def _positive_int(value: Any, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r:.80}") from None
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name} must be 1 or more; got {value!r}")
    return number


def _positive_ints(values: Sequence[int] | None, name: str, length: int | None) -> list[int]:
    if values is None:
        return [1] * (length or 0)
    try:
        listed = list(values)
    except TypeError:
        raise TypeError(f"{name} must list one number for each layer; got {values!r:.80}") from None
    if length is not None and len(listed) != length:
        raise ValueError(
            f"{name} must have {length} numbers, one for each layer; got {listed!r:.80}"
        )
    return [_positive_int(value, f"{name}[{i}]") for i, value in enumerate(listed)]
