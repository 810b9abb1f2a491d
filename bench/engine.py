"""Time the autodiff engine beside hand-written NumPy and beside other engines.

Usage: ``python bench/engine.py`` (``make bench`` installs the other engines first)
"""

from __future__ import annotations

from _timing import (
    BY_HAND,
    OURS,
    Array,
    Case,
    Step,
    autograd_step,
    engine_step,
    mygrad_step,
    optional,
    run,
    tensorflow_steps,
)

# isort: split
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from underhood.datasets import load_blood_pressure
from underhood.ops import log_softmax, mean, relu

# ---- (x + y) z at (-2, 5, -4) ----


def scalar_case() -> Case:
    """Return the lecture's first example: two operations on three numbers."""
    numbers = (-2.0, 5.0, -4.0)

    def function(x: Any, y: Any, z: Any) -> Any:
        return (x + y) * z

    def by_hand() -> tuple[Any, ...]:
        x, y, z = numbers
        return z, z, x + y

    contenders = {OURS: engine_step(function, numbers), BY_HAND: by_hand}
    if micrograd := optional("micrograd.engine"):
        contenders["micrograd"] = micrograd_step(micrograd, function, numbers)
    if mygrad := optional("mygrad"):
        contenders["MyGrad"] = mygrad_step(mygrad, function, numbers)
    if autograd := optional("autograd"):
        contenders["autograd"] = autograd_step(autograd, function, numbers)
    if tf := optional("tensorflow"):
        contenders |= tensorflow_steps(tf, function, numbers)
    # 15 µs on a machine on which micrograd takes 6.
    goals = {"µs": 15, "micrograd": 2.5}
    return Case("(x + y) z, scalars", contenders, tolerance=1e-15, goals=goals)


# ---- linear regression on 33 points ----


def linear_regression_case() -> Case:
    """Return the gradient of the mean squared error of a line through the blood pressures."""
    age, sbp = load_blood_pressure()
    parameters = (0.0, 139.0)

    def by_hand() -> tuple[Any, ...]:
        a, b = parameters
        residuals = a * age + b - sbp
        _loss = residuals @ residuals / len(age)
        return 2 * (residuals @ age) / len(age), 2 * residuals.sum() / len(age)

    def loss(mean_of: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda a, b: mean_of((a * age + b - sbp) ** 2)

    contenders = {OURS: engine_step(loss(mean), parameters), BY_HAND: by_hand}
    if mygrad := optional("mygrad"):
        contenders["MyGrad"] = mygrad_step(mygrad, loss(mygrad.mean), parameters)
    if autograd := optional("autograd"):
        mean_of = importlib.import_module("autograd.numpy").mean
        contenders["autograd"] = autograd_step(autograd, loss(mean_of), parameters)
    if tf := optional("tensorflow"):
        contenders |= tensorflow_steps(tf, loss(tf.reduce_mean), parameters)
    return Case("linear regression, 33 points", contenders, tolerance=1e-12, goals={BY_HAND: 10})


# ---- a multilayer perceptron, 784-100-10, on 128 images, in float32 ----


def mlp_case() -> Case:
    """Return the gradient of the cross-entropy of a network with one hidden layer."""
    rng = np.random.default_rng(0)
    images = rng.random((128, 784), dtype=np.float32)
    labels = rng.integers(0, 10, size=128)
    parameters = (
        glorot(rng, 784, 100),
        np.zeros(100, np.float32),
        glorot(rng, 100, 10),
        np.zeros(10, np.float32),
    )
    rows = np.arange(128)

    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = relu(images @ w1 + b1) @ w2 + b2
        return -mean(log_softmax(logits)[rows, labels])

    contenders = {
        OURS: engine_step(loss, parameters),
        BY_HAND: lambda: mlp_by_hand(images, labels, *parameters),
    }
    if mygrad := optional("mygrad"):
        nnet = importlib.import_module("mygrad.nnet")

        def mygrad_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = nnet.activations.relu(images @ w1 + b1) @ w2 + b2
            return nnet.losses.softmax_crossentropy(logits, labels)

        contenders["MyGrad"] = mygrad_step(mygrad, mygrad_loss, parameters)
    if autograd := optional("autograd"):
        anp = importlib.import_module("autograd.numpy")
        special = importlib.import_module("autograd.scipy.special")

        def autograd_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = anp.maximum(images @ w1 + b1, 0) @ w2 + b2
            normalized = logits - special.logsumexp(logits, axis=1, keepdims=True)
            return -anp.mean(normalized[rows, labels])

        contenders["autograd"] = autograd_step(autograd, autograd_loss, parameters)
    if tf := optional("tensorflow"):

        def tensorflow_loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            logits = tf.nn.relu(images @ w1 + b1) @ w2 + b2
            return tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )

        contenders |= tensorflow_steps(tf, tensorflow_loss, parameters)
    title = "MLP 784-100-10, batch 128, float32"
    return Case(title, contenders, tolerance=1e-6, goals={BY_HAND: 1.2})


def glorot(rng: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return weights (inputs, outputs) from Keras's default initialization."""
    limit = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, size=(inputs, outputs)).astype(np.float32)


def mlp_by_hand(
    images: Array, labels: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> tuple[Array, ...]:
    """Return the four gradients, with the backward pass written out."""
    rows = np.arange(len(labels))
    before = images @ w1 + b1
    hidden = np.maximum(before, 0)
    logits = hidden @ w2 + b2
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    _loss = -np.mean((shifted - np.log(sums))[rows, labels])

    d_logits = exponentials / sums
    d_logits[rows, labels] -= 1
    d_logits /= len(labels)
    d_before = (d_logits @ w2.T) * (before > 0)
    return images.T @ d_before, d_before.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0)


def micrograd_step(
    micrograd: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Step:
    """Return a step of micrograd, which knows scalars only."""

    def step() -> tuple[Any, ...]:
        values = [micrograd.Value(x) for x in arguments]
        function(*values).backward()
        return tuple(value.grad for value in values)

    return step


def main() -> None:
    """Run every case."""
    print("The engine: medians [smallest–largest], one thread")
    for build_case in (scalar_case, linear_regression_case, mlp_case):
        run(build_case())


if __name__ == "__main__":
    main()
