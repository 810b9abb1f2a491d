"""Layers for small networks on the engine.

A layer is called with a batch and returns a `Tensor`; its `parameters` are Tensors, whose
``grad`` is there after ``loss.backward()``. A step of gradient descent is then ::

    for parameter in net.parameters:
        parameter.data -= learning_rate * parameter.grad

Names, layouts and defaults are Keras's, so weights move between the two unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike

from underhood.arguments import whole_number
from underhood.autodiff import Array, Tensor, as_floats
from underhood.normalization import (
    EPSILON,
    Moments,
    batch_norm,
    batch_norm_inference,
    checked_epsilon,
    moments,
)

INITIALIZERS: dict[str, Callable[[int, int], float]] = {
    "glorot": lambda units_in, units_out: math.sqrt(2 / (units_in + units_out)),
    "he": lambda units_in, units_out: math.sqrt(2 / units_in),
}
"""Standard deviations of the initial weights, from the numbers of inputs and outputs."""


@runtime_checkable
class Layer(Protocol):
    """What all layers have in common."""

    @property
    def parameters(self) -> list[Tensor]:
        """What training changes."""

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the layer's outputs."""


class Dense:
    """A layer of units that are connected to all inputs: ``inputs @ kernel + bias``.

    Parameters
    ----------
    kernel : array_like, (units_in, units_out)
    bias : array_like, (units_out,), optional
        Zeros by default. It takes the precision of the kernel.

    Raises
    ------
    ValueError
        If shapes do not fit.
    TypeError
        If an argument is not made of real numbers.

    Examples
    --------
    >>> layer = Dense([[1.0], [2.0]], [3.0])
    >>> layer([[10.0, 20.0]])
    Tensor([[53.]], add)
    """

    def __init__(self, kernel: Any, bias: Any = None) -> None:
        self.kernel = Tensor(as_floats(kernel, "kernel"), name="kernel")
        if self.kernel.data.ndim != 2:
            raise ValueError(
                f"kernel must have the axes (units_in, units_out); got shape {self.kernel.shape}"
            )
        units = self.kernel.shape[1]
        biases = as_floats(np.zeros(units) if bias is None else bias, "bias")
        if biases.shape != (units,):
            raise ValueError(
                f"bias must have shape ({units},), one number for each column of the kernel; "
                f"got shape {biases.shape}"
            )
        self.bias = Tensor(biases.astype(self.kernel.dtype), name="bias")

    @classmethod
    def initialized(
        cls,
        units_in: int,
        units_out: int,
        initializer: str | float,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float64,
    ) -> Dense:
        """Return a layer with random weights of mean 0 and biases 0.

        The weights are normally distributed. Keras's default, `GlorotUniform`, has the same
        standard deviation as "glorot" here, but a uniform distribution; its `GlorotNormal` and
        `HeNormal` cut off what is beyond two standard deviations.

        Parameters
        ----------
        units_in, units_out : int
        initializer : "glorot", "he" or float
            The standard deviation of the weights: sqrt(2 / (units_in + units_out)),
            sqrt(2 / units_in), or the number itself; 0 for weights that are all 0.
        rng : numpy.random.Generator
        dtype : data type, optional

        Raises
        ------
        ValueError
            If a number is out of range, or `initializer` is not one of the two names.
        TypeError
            If an argument is of another type.

        Examples
        --------
        >>> layer = Dense.initialized(500, 500, "he", np.random.default_rng(0))
        >>> round(layer.kernel.data.std() * np.sqrt(500 / 2), 2)
        np.float64(1.0)
        """
        shape = whole_number(units_in, "units_in"), whole_number(units_out, "units_out")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"rng must be a random number generator, such as numpy.random.default_rng(0); "
                f"got {rng!r:.80}"
            )
        deviation = _standard_deviation(initializer, *shape)
        return cls(rng.normal(scale=deviation, size=shape).astype(dtype))

    @property
    def parameters(self) -> list[Tensor]:
        """Return kernel and bias."""
        return [self.kernel, self.bias]

    def __call__(self, inputs: Any, training: bool = False) -> Tensor:
        """Return ``inputs @ kernel + bias``, shape (..., units_out).

        A list takes the precision of the kernel.
        """
        if not hasattr(inputs, "dtype"):
            inputs = as_floats(inputs, "inputs").astype(self.kernel.dtype)
        if inputs.shape[-1:] != self.kernel.shape[:1]:
            raise ValueError(
                f"inputs must have the axes (..., {self.kernel.shape[0]}), one number for each "
                f"row of the kernel; got shape {inputs.shape}"
            )
        return inputs @ self.kernel + self.bias


class BatchNorm:
    """Batch normalization, with running statistics for inference.

    Parameters
    ----------
    channels : int
    momentum : float, optional
        Share of the running statistics that a training step keeps.
    epsilon : float, optional
        Added to a variance before its square root is taken.
    dtype : data type, optional

    Attributes
    ----------
    gamma, beta : Tensor, (channels,)
        Scale and shift: ones and zeros at the start.
    moving_mean, moving_variance : ndarray, (channels,)
        The running statistics: zeros and ones at the start. They are no parameters: training
        moves them, not the gradient.

    Raises
    ------
    ValueError
        If a number is out of range.
    TypeError
        If an argument is of another type.

    Examples
    --------
    >>> layer = BatchNorm(1, momentum=0.5)
    >>> layer([[2.0], [6.0]], training=True).data.round(3)
    array([[-1.],
           [ 1.]])
    >>> layer.moving_mean, layer.moving_variance
    (array([2.]), array([2.5]))
    """

    def __init__(
        self,
        channels: int,
        momentum: float = 0.99,
        epsilon: float = EPSILON,
        dtype: DTypeLike = np.float64,
    ) -> None:
        channels = whole_number(channels, "channels")
        self.momentum = _number(momentum, "momentum")
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be between 0 and 1; got {momentum!r}")
        self.epsilon = checked_epsilon(epsilon)
        self.gamma = Tensor(np.ones(channels, dtype), name="gamma")
        self.beta = Tensor(np.zeros(channels, dtype), name="beta")
        self.moving_mean: Array = np.zeros(channels, dtype)
        self.moving_variance: Array = np.ones(channels, dtype)

    @property
    def parameters(self) -> list[Tensor]:
        """Return gamma and beta."""
        return [self.gamma, self.beta]

    def __call__(self, inputs: Any, training: bool = False) -> Tensor:
        """Normalize with the statistics of the batch in training, else the running ones.

        Training moves the running statistics towards those of the batch.
        """
        if training:
            outputs = batch_norm(inputs, self.gamma, self.beta, self.epsilon)
            self._move(moments(inputs))
            return outputs
        running = self.moving_mean, self.moving_variance
        return batch_norm_inference(inputs, self.gamma, self.beta, *running, self.epsilon)

    def _move(self, batch: Moments) -> None:
        keep, dtype = self.momentum, self.gamma.dtype
        mean = keep * self.moving_mean + (1 - keep) * batch.mean
        variance = keep * self.moving_variance + (1 - keep) * batch.variance
        self.moving_mean = mean.astype(dtype)
        self.moving_variance = variance.astype(dtype)


class Activation:
    """An elementwise function, such as `underhood.ops.relu`, as a layer.

    Raises
    ------
    TypeError
        If `function` is not callable.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        if not callable(function):
            raise TypeError(
                f"function must be callable, such as underhood.ops.relu; got {function!r:.80}"
            )
        self.function = function

    @property
    def parameters(self) -> list[Tensor]:
        """Return nothing: there is nothing to train."""
        return []

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the function's value."""
        return self.function(inputs)


class Sequential:
    """Layers one after the other.

    Raises
    ------
    TypeError
        If one of them is no layer.

    Examples
    --------
    >>> from underhood.ops import relu
    >>> net = Sequential(Dense([[1.0]], [-5.0]), Activation(relu))
    >>> net([[3.0], [7.0]]).data
    array([[0.],
           [2.]])
    """

    def __init__(self, *layers: Layer) -> None:
        for position, layer in enumerate(layers):
            if isinstance(layer, type) or not isinstance(layer, Layer):
                remedy = " A function becomes one by Activation(function)."
                raise TypeError(
                    f"layers[{position}] must be a layer, with `parameters`; got {layer!r:.80}."
                    f"{remedy if callable(layer) else ''}"
                )
        self.layers = layers

    @property
    def parameters(self) -> list[Tensor]:
        """Return those of all layers, each once, even where layers share some."""
        parameters = (parameter for layer in self.layers for parameter in layer.parameters)
        return list({id(parameter): parameter for parameter in parameters}.values())

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the last layer's outputs."""
        for layer in self.layers:
            inputs = layer(inputs, training)
        return inputs


class Residual(Sequential):
    """Layers F with a shortcut around them: ``inputs + F(inputs)``.

    Raises
    ------
    ValueError
        On the call, if the layers change the shape: broadcasting would hide the mistake.

    Examples
    --------
    >>> Residual(Dense([[0.0]]))([[3.0]]).data
    array([[3.]])
    """

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return ``inputs + F(inputs)``."""
        outputs = super().__call__(inputs, training)
        if np.shape(outputs) != np.shape(inputs):
            raise ValueError(
                f"layers of a Residual must keep the shape of its inputs, "
                f"{np.shape(inputs)}; they made it {np.shape(outputs)}"
            )
        return inputs + outputs


def _standard_deviation(initializer: Any, units_in: int, units_out: int) -> float:
    if isinstance(initializer, str):
        if initializer not in INITIALIZERS:
            raise ValueError(
                f"initializer must be a number, {' or '.join(map(repr, INITIALIZERS))}; "
                f"got {initializer!r:.80}"
            )
        return INITIALIZERS[initializer](units_in, units_out)
    deviation = _number(initializer, "initializer")
    if not 0 <= deviation < np.inf:
        raise ValueError(
            f"initializer, a standard deviation, must be 0 or more, and finite; got {deviation}"
        )
    return deviation


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number; got {value!r:.80}") from None
