"""Causal convolution of sequences, and how far back a stack of such layers looks.

Layouts are those of Keras: inputs ``(batch, steps, channels)``, kernels ``(kernel_size,
channels_in, channels_out)``, so the weights of a Keras `Conv1D` fit here unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from underhood.arguments import in_one_precision, whole_number
from underhood.autodiff import Array, Primitive

Tap = tuple[int, slice, slice]
BLOCK = 2**16
"""Numbers that are worked on at a time: in float32, a quarter of a megabyte."""


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
        A Tensor if a Tensor went in. A list takes the precision of the arrays beside it.

    Raises
    ------
    ValueError
        If shapes do not fit or `dilation` is less than 1.
    TypeError
        If `dilation` is not an integer, or an argument is not made of numbers.

    Notes
    -----
    Output step t stays the same to the last bit whatever the inputs after t are, be they nan,
    and whatever other series are in the batch. Cutting a series off after t may change the last
    bits before: matrix products of other sizes round in another order.

    Examples
    --------
    >>> series = np.reshape([10.0, 20.0, 30.0], (1, 3, 1))
    >>> kernel = np.reshape([1.0, 2.0], (2, 1, 1))
    >>> causal_conv1d(series, kernel).ravel()
    array([20., 50., 80.])
    """
    arrays = _checked_arrays(inputs, kernel, bias)
    return CAUSAL_CONV1D(*arrays, dilation=whole_number(dilation, "dilation"))


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
    rates = _positive_ints(dilations, "dilations", len(sizes))
    jumps = _positive_ints(strides, "strides", len(sizes))
    total, spacing = 0, 1  # spacing: the steps of the series between two of this layer's inputs
    for size, rate, jump in zip(sizes, rates, jumps, strict=True):
        total += (size - 1) * rate * spacing
        spacing *= jump
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


def _taps(size: int, dilation: int, steps: int) -> Iterator[Tap]:
    """Yield each tap with the steps that it writes and those that it reads.

    A tap that reaches back beyond the whole series is left out.
    """
    for tap in range(size):
        lag = (size - 1 - tap) * dilation
        if lag < steps:
            yield tap, slice(lag, None), slice(0, steps - lag)


def _forward(inputs: Array, kernel: Array, bias: Any, dilation: int) -> Array:
    if inputs.shape[2] == 1 < kernel.shape[2]:
        inputs = _taps_as_channels(inputs, len(kernel), dilation)
        kernel = kernel.swapaxes(0, 1)
    batch, steps, _ = inputs.shape
    size, _, channels_out = kernel.shape
    dtype = np.result_type(inputs, kernel, bias)
    outputs = np.empty((batch, steps, channels_out), dtype)
    outputs[...] = bias
    for tap, now, past in _taps(size, dilation, steps):
        outputs[:, now] += _product(inputs[:, past], kernel[tap])
    return outputs


def _inputs_vjp(g: Array, kernel: Array, dilation: int) -> Array:
    batch, steps, _ = g.shape
    size, channels_in, _ = kernel.shape
    transposed = np.ascontiguousarray(kernel.swapaxes(1, 2))
    gradient = np.zeros((batch, steps, channels_in), g.dtype)
    for tap, now, past in _taps(size, dilation, steps):
        gradient[:, past] += _product(g[:, now], transposed[tap])
    return gradient


def _kernel_vjp(g: Array, inputs: Array, size: int, dilation: int) -> Array:
    _, steps, channels_in = inputs.shape
    channels_out = g.shape[2]
    gradient = np.zeros((size, channels_in, channels_out), g.dtype)
    for tap, now, past in _taps(size, dilation, steps):
        of_each_series = inputs[:, past].swapaxes(1, 2) @ g[:, now]
        gradient[tap] = of_each_series.sum(axis=0)
    return gradient


def _in_blocks(function: Callable[..., Array], series: Array, *arguments: Any) -> Array:
    """Apply a function to a few series at a time.

    What it reads and writes again for each tap then stays in the processor's
    cache. A batch of no more than `BLOCK` numbers is one block.
    """
    count = max(1, BLOCK * len(series) // max(1, series.size))
    first = function(series[:count], *arguments)
    if len(series) <= count:
        return first
    outputs = np.empty((len(series), *first.shape[1:]), first.dtype)
    outputs[:count] = first
    for start in range(count, len(series), count):
        block = slice(start, start + count)
        outputs[block] = function(series[block], *arguments)
    return outputs


def _product(x: Array, matrix: Array) -> Array:
    """Return x @ matrix, which NumPy computes slowly for a single channel."""
    return x * matrix if len(matrix) == 1 else x @ matrix


def _taps_as_channels(inputs: Array, size: int, dilation: int) -> Array:
    """Return (batch, steps, size): what each tap reads of a single channel.

    One product with a matrix of all taps is faster than one for each tap.
    """
    channels = np.zeros((*inputs.shape[:2], size), inputs.dtype)
    for tap, now, past in _taps(size, dilation, inputs.shape[1]):
        channels[:, now, tap] = inputs[:, past, 0]
    return channels


CAUSAL_CONV1D = Primitive(
    "causal_conv1d",
    lambda x, kernel, bias=0.0, *, dilation: _in_blocks(_forward, x, kernel, bias, dilation),
    lambda g, out, x, kernel, *bias, dilation: _in_blocks(_inputs_vjp, g, kernel, dilation),
    lambda g, out, x, kernel, *bias, dilation: _kernel_vjp(g, x, len(kernel), dilation),
    lambda g, out, x, kernel, bias, dilation: g.sum(axis=0).sum(axis=0),  # faster than both at once
    arguments=("inputs", "kernel", "bias"),
    expects="inputs (batch, steps, channels_in), kernel (kernel_size, channels_in, channels_out), "
    "bias (channels_out,)",
)


# How an array with an axis too few gets it, by the number of its axes.
INPUTS_REMEDIES = {
    1: " One series of one channel: x[np.newaxis, :, np.newaxis]",
    2: " One series of several channels: x[np.newaxis]; several of one: x[..., np.newaxis]",
}
KERNEL_REMEDIES = {
    1: " One channel in and one out: kernel[:, np.newaxis, np.newaxis]",
    2: " One channel in: kernel[:, np.newaxis]; one channel out: kernel[..., np.newaxis]",
}


def _checked_arrays(inputs: Any, kernel: Any, bias: Any) -> list[Any]:
    """Return the arguments as arrays or Tensors that fit together; leave out a missing bias."""
    given = {"inputs": inputs, "kernel": kernel}
    arrays = in_one_precision(**given if bias is None else given | {"bias": bias})
    _require_fitting(*(array.shape for array in arrays))
    return arrays


def _require_fitting(
    inputs: tuple[int, ...], kernel: tuple[int, ...], bias: tuple[int, ...] | None = None
) -> None:
    if len(inputs) != 3:
        raise ValueError(
            f"inputs must have the axes (batch, steps, channels); got shape {inputs}."
            f"{INPUTS_REMEDIES.get(len(inputs), '')}"
        )
    if len(kernel) != 3:
        raise ValueError(
            f"kernel must have the axes (kernel_size, channels_in, channels_out); "
            f"got shape {kernel}.{KERNEL_REMEDIES.get(len(kernel), '')}"
        )
    if 0 in kernel:
        raise ValueError(
            f"kernel must have at least one tap, one channel in and one channel out; "
            f"got shape {kernel} of (kernel_size, channels_in, channels_out)"
        )
    if kernel[1] != inputs[2]:
        raise ValueError(
            f"kernel must have as many channels_in as inputs have channels, {inputs[2]}; "
            f"got kernel of shape {kernel}, (kernel_size, channels_in, channels_out), "
            f"and inputs of shape {inputs}, (batch, steps, channels)"
        )
    if bias is not None and bias != kernel[2:]:
        raise ValueError(
            f"bias must have one number for each of the channels_out of kernel, shape "
            f"{kernel[2:]}; got shape {bias}"
        )


def _positive_ints(values: Sequence[int] | None, name: str, layers: int | None) -> list[int]:
    """Return a positive integer for each layer; if there may be none given, 1 for each."""
    if values is None and layers is not None:
        return [1] * layers
    try:
        listed = list(values)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must list one number for each layer; got {values!r:.80}") from None
    if layers is not None and len(listed) != layers:
        raise ValueError(
            f"{name} must have {layers} numbers, one for each layer of kernel_sizes; "
            f"got {len(listed)}: {values!r:.80}"
        )
    return [whole_number(value, f"{name}[{layer}]") for layer, value in enumerate(listed)]
