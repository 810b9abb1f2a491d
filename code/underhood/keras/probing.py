"""What `underhood.probes` needs of a Keras model: gradients and pre-activations by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from underhood.autodiff import Array, as_floats

ACTIVATION_LAYERS = (
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Softmax,
)
"""Layers that are an activation and have no attribute of this name."""


def parameter_gradients(
    model: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any], training: bool
) -> dict[str, list[Array]]:
    """Return the gradients of each layer's trainable weights, for `probes.gradient_norms`.

    The model is called without state, so that running statistics and random generators stay as
    they are.
    """
    inputs = _inputs(model, x)
    weights = [tf.convert_to_tensor(variable) for variable in model.trainable_variables]
    state = [tf.convert_to_tensor(variable) for variable in model.non_trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs, _ = model.stateless_call(weights, state, inputs, training=training)
        value = tf.convert_to_tensor(loss(y, outputs))
    if value.shape.num_elements() != 1:
        raise ValueError(f"loss must return a single number; got shape {tuple(value.shape)}")
    zero = tf.UnconnectedGradients.ZERO
    gradients = tape.gradient(value, weights, unconnected_gradients=zero)
    by_variable = {
        id(variable): _dense(gradient)
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
    }
    grouped = {}
    for name, layer in _named_layers(model):
        own = [by_variable[id(variable)] for variable in layer.trainable_variables]
        if own:
            grouped[name] = own
    return grouped


def pre_activations(model: Any, x: Any, training: bool) -> dict[str, list[Array]]:
    """Return what arrives in front of each activation, for `probes.pre_activation_statistics`."""
    inputs = _inputs(model, x)
    recorded: dict[str, list[Array]] = {}
    with ExitStack() as watches:
        for name, layer in _named_layers(model):
            attribute = _activation_of(layer)
            if attribute:
                values = recorded.setdefault(name, [])
                watches.enter_context(_recording(layer, attribute, values))
        weights, state = model.trainable_variables, model.non_trainable_variables
        model.stateless_call(weights, state, inputs, training=training)
    return {name: values for name, values in recorded.items() if values}


def _inputs(model: Any, x: Any) -> Any:
    if not model.built:
        raise ValueError("model has no weights yet: give it a keras.Input, or call it once")
    as_floats(x, "x")  # complains about what is not made of numbers
    return tf.convert_to_tensor(np.asarray(x))  # a model brings it into its own precision


def _named_layers(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the layers of a model with their names, those of nested models as model/layer."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _named_layers(layer, f"{prefix}{layer.name}/")
        else:
            yield f"{prefix}{layer.name}", layer


def _activation_of(layer: Any) -> str | None:
    """Return the attribute by which a layer calls its activation; None if it has none."""
    if isinstance(layer, ACTIVATION_LAYERS):
        return "call"
    function = vars(layer).get("activation")  # in a recurrent layer it is a property
    return None if function in (None, keras.activations.linear) else "activation"


@contextmanager
def _recording(layer: Any, attribute: str, values: list[Array]) -> Iterator[None]:
    """Let a function of a layer write down what it is called with."""
    function = getattr(layer, attribute)

    def recording(z: Any, *args: Any, **kwargs: Any) -> Any:
        values.append(np.asarray(z))
        return function(z, *args, **kwargs)

    setattr(layer, attribute, recording)
    try:
        yield
    finally:
        if attribute == "call":
            delattr(layer, attribute)  # the method of the class comes back
        else:
            setattr(layer, attribute, function)


def _dense(gradient: Any) -> Array:
    return np.asarray(tf.convert_to_tensor(gradient))  # an embedding's gradient is sparse
