"""What passes through the layers of a network in one training step, forward and backward."""

from __future__ import annotations

import copy
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from underhood.autodiff import Array, Tensor, as_floats
from underhood.layers import Activation, Layer, Sequential


class PreActivations(NamedTuple):
    """What arrives in front of one activation, over all units and all examples."""

    mean: float

    deviation: float
    """The standard deviation."""

    positive: float
    """The share of values above 0: those that open the gate of a ReLU."""


def gradient_norms(
    network: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any], *, training: bool = True
) -> dict[str, float]:
    """Return the Euclidean norm of the loss's gradient in each layer, first layer first.

    The gradient of a layer is that of all its trainable parameters, a kernel and a bias, say, as
    one vector. Layers without any are left out. The penalties of regularizers count only if
    `loss` adds them.

    Parameters
    ----------
    network : layer of `underhood.layers`, such as Sequential, or keras.Model
        It stays as it is: weights, the gradients that its Tensors hold, running statistics and
        the state of random generators.
    x, y : array_like, (batch, ...)
        Inputs and targets. For a Keras model with several inputs, x is a dict of them, or a list
        if the model is functional. y goes to `loss` as it is.
    loss : callable
        ``loss(y, outputs)`` for the outputs of the network; a single number of the engine's, or,
        for a Keras model, of TensorFlow's. For instance `underhood.likelihood.categorical_nll`,
        or ``keras.losses.SparseCategoricalCrossentropy(from_logits=True)``.
    training : bool, optional
        Whether layers behave as in training: batch normalization takes the statistics of this
        batch, dropout drops.

    Returns
    -------
    dict of float
        For a Keras model by the layers' names, those of nested models as ``model/layer``, and by
        the name of the model for weights that no layer has; for one of the engine by type and
        number, ``dense_1``, ``batch_norm_1``, ``dense_2``, in the order of the computation. Norms
        are taken in float64; they can be 0, inf or nan as the gradient.

    Raises
    ------
    TypeError
        If `network` is neither, `loss` is not callable, or what it returns has no gradient.
    ValueError
        If the loss is not a single number, or nothing in the network can be trained.

    Examples
    --------
    >>> from underhood.layers import Dense
    >>> from underhood.ops import mean, relu
    >>> net = Sequential(Dense([[1.0]]), Activation(relu), Dense([[3.0]]))
    >>> def half_square(y, outputs):
    ...     return mean((outputs - y) ** 2) / 2
    >>> norms = gradient_norms(net, [[2.0]], [[5.0]], half_square)  # the residual is 1
    >>> norms["dense_2"]  # 2 for the kernel, 1 for the bias
    2.23606797749979
    >>> norms["dense_1"] / norms["dense_2"]
    3.0
    """
    if not callable(loss):
        raise TypeError(f"loss must be callable as loss(y, outputs); got {type(loss).__name__}")
    if _is_keras_model(network):
        from underhood.keras.probing import parameter_gradients

        gradients = parameter_gradients(network, x, y, loss, training)
    else:
        gradients = _engine_gradients(_copied(network), x, y, loss, training)
    if not gradients:
        raise ValueError("network has no parameters to train: no layer has a gradient")
    return {name: _norm(arrays) for name, arrays in gradients.items()}


def pre_activation_statistics(
    network: Any, x: Any, *, training: bool = True
) -> dict[str, PreActivations]:
    """Return mean, deviation and share of positive values in front of each activation.

    Parameters
    ----------
    network : layer of `underhood.layers`, such as Sequential, or keras.Model
        It stays as it is.
    x : array_like, (batch, ...)
        Inputs.
    training : bool, optional
        As for `gradient_norms`.

    Returns
    -------
    dict of PreActivations
        First activation first. For a Keras model by the name of the layer that contains the
        activation: a layer like ``Dense(64, activation="relu")``, or one like ``ReLU()``. Not seen
        are those inside of recurrent layers, wrappers and layers of one's own, and functions like
        ``keras.ops.relu``. For a network of the engine ``activation_1``,
        ``activation_2``, … A layer that is used twice appears once.

    Raises
    ------
    TypeError
        If `network` is neither.
    ValueError
        If it contains no activation.

    Examples
    --------
    >>> from underhood.layers import Dense
    >>> from underhood.ops import relu
    >>> net = Sequential(Dense([[2.0]], [-1.0]), Activation(relu))
    >>> pre_activation_statistics(net, [[0.0], [1.0], [2.0]])["activation_1"].mean  # of -1, 1, 3
    1.0
    """
    if _is_keras_model(network):
        from underhood.keras.probing import pre_activations

        recorded = pre_activations(network, x, training)
    else:
        recorded = _engine_pre_activations(_copied(network), x, training)
    if not recorded:
        raise ValueError(
            "network contains no activation, or none that can be seen: a layer such as ReLU(), or "
            'activation="relu" in one'
        )
    return {name: _statistics(values) for name, values in recorded.items()}


def _is_keras_model(network: Any) -> bool:
    if "keras" not in sys.modules:
        return False
    import keras

    return isinstance(network, keras.Model)


def _copied(network: Any) -> Any:
    """Return a copy to work on, so that gradients and running statistics stay as they are."""
    if isinstance(network, type) or not isinstance(network, Layer):
        raise TypeError(
            f"network must be a layer of underhood.layers, such as Sequential, or a keras.Model; "
            f"got {network!r:.80}"
        )
    return copy.deepcopy(network)


def _leaves(layer: Any) -> Iterator[Any]:
    """Yield the layers of a network in the order of the computation, without the containers."""
    if isinstance(layer, Sequential):
        for inner in layer.layers:
            yield from _leaves(inner)
    else:
        yield layer


def _named(layers: Iterator[Any]) -> dict[str, Any]:
    """Name each layer by its type and number, such as ``batch_norm_2``."""
    numbers: Counter[str] = Counter()
    named = {}
    for layer in {id(layer): layer for layer in layers}.values():
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        numbers[kind] += 1
        named[f"{kind}_{numbers[kind]}"] = layer
    return named


def _engine_gradients(
    network: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any], training: bool
) -> dict[str, list[Array]]:
    parameters = {name: layer.parameters for name, layer in _named(_leaves(network)).items()}
    for parameter in network.parameters:
        parameter.grad = None  # what an unused one holds is of an earlier step
    value = loss(y, network(x, training=training))
    if not isinstance(value, Tensor):
        raise TypeError(
            f"loss must return a Tensor, computed from the outputs with underhood.ops; got "
            f"{type(value).__name__}"
        )
    if value.data.size != 1:
        raise ValueError(f"loss must return a single number; got shape {value.shape}")
    value.backward(np.ones_like(value.data))
    return {
        name: [np.zeros(()) if tensor.grad is None else tensor.grad for tensor in tensors]
        for name, tensors in parameters.items()
        if tensors
    }


def _engine_pre_activations(network: Any, x: Any, training: bool) -> dict[str, list[Array]]:
    recorded: dict[str, list[Array]] = {}
    activations = (layer for layer in _leaves(network) if isinstance(layer, Activation))
    for name, layer in _named(activations).items():
        layer.function = _recorder(layer.function, recorded.setdefault(name, []))
    network(x, training=training)
    return recorded


def _recorder(function: Callable[[Any], Any], values: list[Array]) -> Callable[[Any], Any]:
    def recording(z: Any) -> Any:
        values.append(z.data if isinstance(z, Tensor) else as_floats(z, "the pre-activation"))
        return function(z)

    return recording


def _norm(arrays: list[Array]) -> float:
    """Return the norm of all arrays as one vector, without overflow or underflow of squares."""
    vector = np.concatenate([np.ravel(array).astype(np.float64) for array in arrays])
    return float(np.linalg.norm(vector))


def _statistics(values: list[Array]) -> PreActivations:
    z = np.concatenate([np.ravel(array).astype(np.float64) for array in values])
    return PreActivations(float(z.mean()), float(z.std()), float(np.mean(z > 0)))
