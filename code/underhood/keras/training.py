"""Training of small networks, many times over: repeatable from a seed, fast, without output."""

from __future__ import annotations

import math
import weakref
from numbers import Real
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from underhood.arguments import whole_number
from underhood.autodiff import as_floats

_COMPILED: weakref.WeakKeyDictionary[Any, dict[Any, _Step]] = weakref.WeakKeyDictionary()
"""For each model, the training steps that TensorFlow has compiled."""


def reinitialize(model: Any, seed: int) -> None:
    """Give a model the weights that it would have if it were built anew after this seed.

    They are what `keras.utils.set_random_seed(seed)` and then building the model again lead to,
    but nothing that TensorFlow has compiled for the model is lost. If it has been compiled with
    an optimizer, that starts anew, too, with its present learning rate.

    Parameters
    ----------
    model : keras.Sequential or a functional keras.Model
        Changed in place.
    seed : int
        Sets the global generators of Python, NumPy and TensorFlow, as
        `keras.utils.set_random_seed` does.

    Raises
    ------
    TypeError
        If `seed` is not an integer, or `model` is neither.
    ValueError
        If `model` has no weights yet.

    Examples
    --------
    >>> from underhood.keras import build_causal_network
    >>> model = build_causal_network(filters=2, kernel_sizes=(2,))
    >>> reinitialize(model, seed=0)
    >>> first = model.get_weights()[0]
    >>> reinitialize(model, seed=1)
    >>> bool((model.get_weights()[0] == first).any())
    False
    >>> reinitialize(model, seed=0)
    >>> bool((model.get_weights()[0] == first).all())
    True
    """
    seed = whole_number(seed, "seed", least=0)
    if isinstance(model, keras.Model) and not model.built:
        raise ValueError("model has no weights yet: give it a keras.Input, or call it once")
    if not isinstance(model, keras.Model) or not hasattr(model, "inputs"):
        raise TypeError(
            f"model must be a keras.Sequential or a functional keras.Model, whose layers can be "
            f"built anew; got {type(model).__name__}"
        )
    layers = keras.Model(model.inputs, model.outputs)  # the same ones, without what was compiled
    keras.utils.set_random_seed(seed)
    _copy(keras.models.clone_model(layers), model)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and optimizer.built:
        fresh = type(optimizer).from_config(optimizer.get_config())
        fresh.build(model.trainable_variables)
        _copy(fresh, optimizer)


def _copy(source: Any, target: Any) -> None:
    for ours, theirs in zip(target.variables, source.variables, strict=True):
        ours.assign(theirs)


def train(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    loss: Any = "mse",
    first_step: int = 0,
    jit_compile: bool = False,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Train a model with Adam and return the loss of each epoch.

    As ``model.compile("adam", loss)`` and ``model.fit(x, y, epochs, batch_size)`` do, but
    without their cost for each epoch, and with nothing that depends on an earlier call except
    for the weights: Adam starts anew.

    Parameters
    ----------
    model : keras.Model
        Its weights are changed in place. Start from those of a seed with `reinitialize`.
    x, y : array_like, (series, ...)
        Inputs and targets.
    epochs, batch_size : int
        Every epoch shuffles the series; its last batch holds what is left.
    learning_rate : float, optional
    loss : str or callable, optional
        What Keras knows under this name, or ``loss(targets, outputs)``; its mean is minimized.
    first_step : int, optional
        Outputs and targets before this step of the series do not count.
    jit_compile : bool, optional
        Compile with XLA, as the argument of ``model.compile`` does. Steps take a fifth to a third
        less time, but compiling takes seconds for each length of a batch: it pays for a model
        that is trained again and again.
    seed : int, optional
        Of the order of the series. With the same weights to start from, the same seed leads to
        the same weights, to the bit, on the same machine.

    Returns
    -------
    ndarray, (epochs,)
        The mean loss of the series, each computed before the step that it is used for.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number is out of range.
    TypeError
        If a whole number is expected and another came, or `x` or `y` holds no numbers.

    Examples
    --------
    >>> from underhood.keras import build_causal_network
    >>> x = np.random.default_rng(0).normal(size=(64, 20, 1))
    >>> model = build_causal_network(filters=4, kernel_sizes=(2,))
    >>> reinitialize(model, seed=0)
    >>> losses = train(model, x, 2 * x, epochs=20, batch_size=16, learning_rate=0.05)
    >>> bool(losses[-1] < 0.1 * losses[0])
    True
    """
    epochs, batch_size = whole_number(epochs, "epochs"), whole_number(batch_size, "batch_size")
    first_step = whole_number(first_step, "first_step", least=0)
    if not isinstance(learning_rate, Real) or not 0 <= learning_rate < math.inf:
        raise ValueError(f"learning_rate must be a number, 0 or more; got {learning_rate!r:.80}")
    x, y = _single_precision(x, "x"), _single_precision(y, "y")
    _require_fitting(model, x, y, loss, first_step)
    step = _step_for(model, loss, first_step, jit_compile)
    step.restart(learning_rate)
    rng = np.random.default_rng(whole_number(seed, "seed", least=0))
    batches = [min(batch_size, len(x) - first) for first in range(0, len(x), batch_size)]
    losses = []
    for _ in range(epochs):
        order = np.split(rng.permutation(len(x)), np.cumsum(batches)[:-1])
        losses.append([float(step.compiled(x[rows], y[rows])) for rows in order])
    return np.average(losses, axis=1, weights=batches)


class _Step:
    """One step of Adam on a batch. TensorFlow compiles it, once for each length of a batch."""

    def __init__(self, model: Any, loss: Any, first_step: int, jit_compile: bool) -> None:
        self.model = weakref.proxy(model)  # a model that is no longer used can go
        self.loss, self.first_step = keras.losses.get(loss), first_step
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(model.trainable_variables)
        self.compiled = tf.function(self, jit_compile=jit_compile)

    def __call__(self, x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = self.model(x, training=True)
            if self.first_step:
                outputs, y = outputs[:, self.first_step :], y[:, self.first_step :]
            loss = tf.reduce_mean(self.loss(y, outputs))
            total = tf.add_n([loss, *self.model.losses])  # with what weights cost, if anything
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(total, variables), variables)
        return loss

    def restart(self, learning_rate: float) -> None:
        """Let Adam forget what it has seen."""
        for variable in self.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        self.optimizer.learning_rate = learning_rate


def _step_for(model: Any, *settings: Any) -> _Step:
    """Return the step that has been compiled for a model and these settings, or a new one."""
    steps = _COMPILED.setdefault(model, {})
    key = (*settings, *map(id, model.trainable_variables))
    if key not in steps:
        steps[key] = _Step(model, *settings)
    return steps[key]


def _single_precision(values: ArrayLike, name: str) -> NDArray[np.float32]:
    return as_floats(values, name).astype(np.float32)


def _require_fitting(model: Any, x: Any, y: Any, loss: Any, first_step: int) -> None:
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"x and y must hold the same series, at least one; got shapes {x.shape} and {y.shape}"
        )
    shape = tuple(model.compute_output_shape(x.shape))
    if loss == "mse" and y.shape != shape:
        raise ValueError(f"y must have the shape of the outputs, {shape}; got {y.shape}")
    if first_step and first_step >= shape[1]:
        raise ValueError(
            f"first_step must be less than the {shape[1]} steps of the outputs; got {first_step}"
        )
