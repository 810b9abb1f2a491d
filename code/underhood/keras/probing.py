"""What `underhood.probes` needs of a Keras model: gradients and pre-activations by layer."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
    """Return the gradients of each layer's trainable weights, for `probes.gradient_norms`."""
    inputs = _inputs(model, x)
    with tf.GradientTape() as tape:
        tape.watch([variable.value for variable in model.trainable_variables])
        value = loss(y, _outputs(model, inputs, training))
    if not tf.is_tensor(value):
        raise TypeError(
            f"loss must return a tensor of TensorFlow's, computed from the outputs; got "
            f"{type(value).__name__}"
        )
    if value.shape.num_elements() != 1:
        raise ValueError(f"loss must return a single number; got shape {tuple(value.shape)}")
    variables = model.trainable_variables
    zero = tf.UnconnectedGradients.ZERO
    gradients = tape.gradient(value, [v.value for v in variables], unconnected_gradients=zero)
    left = {id(v): _dense(gradient) for v, gradient in zip(variables, gradients, strict=True)}
    grouped: dict[str, list[Array]] = {}
    for name, layer in _named_layers(model):
        own = [left.pop(id(v)) for v in layer.trainable_variables if id(v) in left]
        if own:
            grouped[name] = own
    if left:  # weights that a model has itself, outside of its layers
        grouped[model.name] = list(left.values())
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
        _outputs(model, inputs, training)
    return {name: values for name, values in recorded.items() if values}


def _inputs(model: Any, x: Any) -> Any:
    if not model.built:
        raise ValueError("model has no weights yet: give it a keras.Input, or call it once")
    if isinstance(x, Mapping):
        return {name: _tensor(value, f"x[{name!r}]") for name, value in x.items()}
    if isinstance(x, list | tuple) and len(getattr(model, "inputs", ())) > 1:
        return [_tensor(value, f"x[{number}]") for number, value in enumerate(x)]
    return _tensor(x, "x")


def _tensor(x: Any, name: str) -> Any:
    as_floats(x, name)  # complains about what is not made of numbers
    return tf.convert_to_tensor(np.asarray(x))  # a model brings it into its own precision


def _outputs(model: Any, inputs: Any, training: bool) -> Any:
    """Call a model, and put back what that moves: running statistics, random generators."""
    state = [(v, tf.identity(v.value)) for v in model.variables]
    # Like `fit`, which leaves out the argument where a model of one's own does not take it.
    takes_training = "training" in inspect.signature(model.call).parameters
    try:
        return model(inputs, training=training) if takes_training else model(inputs)
    finally:
        for variable, value in state:
            variable.assign(value)


def _named_layers(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield each layer of a model once, with its name, in nested models as model/layer.

    In a model of one's own several layers can have the same name; they are numbered.
    """
    seen: set[int] = set()
    names: Counter[str] = Counter()
    for name, layer in _walk(model, ""):
        if id(layer) not in seen:
            seen.add(id(layer))
            names[name] += 1
            yield (name if names[name] == 1 else f"{name}_{names[name]}"), layer


def _walk(model: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _walk(layer, f"{prefix}{layer.name}/")
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
