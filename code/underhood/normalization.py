"""Batch normalization: each channel of a batch brought to mean 0 and variance 1, then rescaled.

The channels are the last axis, as in Keras; statistics are taken over all other axes. Whatever
the precision of the inputs, they are computed in float64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from underhood.arguments import in_one_precision
from underhood.autodiff import Array, Primitive, Tensor, as_floats

EPSILON = 1e-3
"""What is added to a variance before its square root is taken: Keras's default."""


class Moments(NamedTuple):
    """Mean and variance of each channel, shape (channels,) each."""

    mean: Array
    variance: Array


def moments(inputs: Any) -> Moments:
    """Return the mean and variance of each channel, over all other axes.

    The variance is the mean squared deviation: divided by n, not n - 1.

    Parameters
    ----------
    inputs : array_like or Tensor, (..., channels)
        No gradient flows back from the result to a Tensor.

    Raises
    ------
    ValueError
        If there is no axis but the channels, or nothing to average.

    Examples
    --------
    >>> moments([[1.0, 10.0], [3.0, 10.0]])
    Moments(mean=array([ 2., 10.]), variance=array([1., 0.]))
    """
    given = inputs.data if isinstance(inputs, Tensor) else inputs
    x = as_floats(given, "inputs")
    _require_batch(x.shape)
    wide, axes = _wide(x), tuple(range(x.ndim - 1))  # all but the channels
    mean = wide.mean(axis=axes)
    variance = np.mean((wide - mean) ** 2, axis=axes)
    return Moments(mean.astype(x.dtype), variance.astype(x.dtype))


def batch_norm(inputs: Any, gamma: Any, beta: Any, epsilon: float = EPSILON) -> Any:
    """Return ``gamma * (inputs - mean) / sqrt(variance + epsilon) + beta``, as in training.

    Mean and variance are those of this very batch, and gradients flow through them.

    Parameters
    ----------
    inputs : array_like or Tensor, (..., channels)
    gamma, beta : array_like or Tensor, (channels,)
        Scale and shift of each channel.
    epsilon : float, optional
        Added to the variance. With 0, a channel of equal numbers gives nan.

    Returns
    -------
    ndarray or Tensor, the shape of `inputs`
        A Tensor if a Tensor went in. A list takes the precision of the arrays beside it.

    Raises
    ------
    ValueError
        If shapes do not fit, there is nothing to average, or `epsilon` is negative.
    TypeError
        If an argument is not made of numbers.

    Examples
    --------
    >>> batch_norm([[1.0], [3.0]], [10.0], [5.0], epsilon=0.0)
    array([[-5.],
           [15.]])
    """
    inputs, gamma, beta = in_one_precision(inputs=inputs, gamma=gamma, beta=beta)
    _require_batch(inputs.shape)
    _require_channels(inputs.shape, gamma=gamma, beta=beta)
    return BATCH_NORM(inputs, gamma, beta, epsilon=checked_epsilon(epsilon))


def batch_norm_inference(
    inputs: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float = EPSILON
) -> Any:
    """Return the same as `batch_norm` with a mean and variance that are given, as in inference.

    Parameters
    ----------
    inputs : array_like or Tensor, (..., channels)
    gamma, beta : array_like or Tensor, (channels,)
    mean, variance : array_like, (channels,)
        The running statistics of training: constants, which the precision of the result
        does not depend on.
    epsilon : float, optional

    Raises
    ------
    ValueError
        If shapes do not fit, or `variance` or `epsilon` is negative.
    TypeError
        If an argument is not made of numbers.

    Examples
    --------
    >>> batch_norm_inference([[3.0]], [10.0], [5.0], mean=[2.0], variance=[1.0], epsilon=0.0)
    array([[15.]])
    """
    inputs, gamma, beta = in_one_precision(inputs=inputs, gamma=gamma, beta=beta)
    mean, variance = as_floats(mean, "mean"), as_floats(variance, "variance")
    _require_channels(inputs.shape, gamma=gamma, beta=beta, mean=mean, variance=variance)
    if np.any(variance < 0):
        raise ValueError(f"variance must be 0 or more; got {np.nanmin(variance)}")
    scale = np.sqrt(variance + checked_epsilon(epsilon))
    dtype = np.result_type(inputs.dtype, gamma.dtype, beta.dtype)
    return (inputs - mean.astype(dtype)) * (gamma / scale.astype(dtype)) + beta


def checked_epsilon(epsilon: Any) -> float:
    """Return `epsilon` as a float, or say what is wrong with it."""
    try:
        value = float(epsilon)
    except (TypeError, ValueError):
        raise TypeError(f"epsilon must be a number; got {epsilon!r:.80}") from None
    if not 0 <= value < np.inf:
        raise ValueError(f"epsilon must be 0 or more, and finite; got {epsilon!r:.80}")
    return value


def _wide(x: Array) -> Array:
    """Return x in float64 at least: in float32, sums over a batch lose digits."""
    return x.astype(np.result_type(x.dtype, np.float64), copy=False)


def _standardize(x: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (x - mean) / scale, and scale: sqrt(variance + epsilon)."""
    x = _wide(x)
    mean, variance = moments(x)
    scale = np.sqrt(variance + epsilon)
    return (x - mean) / scale, scale


def _forward(x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    standardized, _ = _standardize(x, epsilon)
    outputs = gamma * standardized + beta
    return outputs.astype(np.result_type(x, gamma, beta))


def _inputs_vjp(g: Array, x: Array, gamma: Array, epsilon: float) -> Array:
    """Return the gradient of the inputs: g without two of its parts, rescaled.

    A shift of all inputs takes the mean along and changes no output; but for
    epsilon, neither does a stretch. What points along either is taken out.
    """
    axes = tuple(range(x.ndim - 1))
    standardized, scale = _standardize(x, epsilon)
    g = _wide(g) * gamma
    shift = g.mean(axis=axes)
    stretch = np.mean(g * standardized, axis=axes)
    return (g - shift - standardized * stretch) / scale


def _gamma_vjp(g: Array, x: Array, epsilon: float) -> Array:
    standardized, _ = _standardize(x, epsilon)
    return g * standardized  # the engine sums over all axes but the channels


BATCH_NORM = Primitive(
    "batch_norm",
    _forward,
    lambda g, out, x, gamma, beta, epsilon: _inputs_vjp(g, x, gamma, epsilon),
    lambda g, out, x, gamma, beta, epsilon: _gamma_vjp(g, x, epsilon),
    lambda g, out, x, gamma, beta, epsilon: _wide(g),
    arguments=("inputs", "gamma", "beta"),
    expects="inputs (..., channels), gamma and beta (channels,)",
)


def _require_batch(shape: tuple[int, ...]) -> None:
    if len(shape) < 2 or 0 in shape[:-1]:
        raise ValueError(
            f"inputs must have the axes (..., channels), with at least one element to average "
            f"over; got shape {shape}"
        )


def _require_channels(inputs: tuple[int, ...], **channels: Any) -> None:
    if not inputs:
        raise ValueError("inputs must have the axes (..., channels); got shape ()")
    for name, value in channels.items():
        if value.shape != inputs[-1:]:
            raise ValueError(
                f"{name} must have one number for each channel, shape {inputs[-1:]}, for inputs "
                f"of shape {inputs}; got shape {value.shape}"
            )
