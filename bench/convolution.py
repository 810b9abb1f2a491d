"""Time causal convolution beside hand-written NumPy and beside TensorFlow.

Usage: ``python bench/convolution.py``

Everything is measured twice, without and with oneDNN, Intel's kernels for TensorFlow: where
they are to be had, they are TensorFlow's default.

Freed memory stays with the process. Left to itself, the C library of Linux gives the larger
arrays back to the system after each step and has them cleared anew in the next, or does not, as
the memory that a process took before happens to lie. That took up to a third of a step in NumPy,
and none of another process's equal step.
"""

from __future__ import annotations

from _timing import (
    BY_HAND,
    OURS,
    Array,
    Case,
    Step,
    engine_step,
    optional,
    run,
    tensorflow_steps,
)

# isort: split
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from underhood.convolution import causal_conv1d
from underhood.ops import mean, relu

TF_FUNCTION = "TensorFlow, tf.function"
DILATIONS = (1, 2, 4, 8)
FILTERS = 32
KERNEL_SIZE = 5


KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**28), "MALLOC_MMAP_THRESHOLD_": str(2**28)}


# ---- One layer, forward ----


def layer_case(
    batch: int,
    steps: int,
    channels_in: int,
    channels_out: int,
    dilation: int = 1,
    goals: dict[str, float] | None = None,
    rounds: int = 60,
) -> Case:
    """Return one layer's forward computation in float32, kernel and bias included."""
    inputs, kernel, bias = layer_arrays(batch, steps, channels_in, channels_out)
    contenders: dict[str, Step] = {
        OURS: lambda: (causal_conv1d(inputs, kernel, bias, dilation),),
    }
    if tf := optional("tensorflow"):
        layer = keras_layer(tf, kernel, bias, dilation)
        compiled = tf.function(layer)
        tensor = tf.constant(inputs)
        contenders[TF_FUNCTION] = lambda: (compiled(tensor),)
    return Case(
        f"One layer, batch {batch} × {steps:,} steps, {channels_in} → {channels_out} channels, "
        f"kernel {KERNEL_SIZE}, dilation {dilation}, float32",
        contenders,
        tolerance=1e-6,
        goals=goals or {},
        work="forward",
        rounds=rounds,
    )


def layer_arrays(
    batch: int, steps: int, channels_in: int, channels_out: int
) -> tuple[Array, Array, Array]:
    """Return random inputs, kernel and bias."""
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(batch, steps, channels_in)).astype(np.float32),
        glorot(rng, channels_in, channels_out),
        rng.normal(size=channels_out).astype(np.float32),
    )


def keras_layer(tf: Any, kernel: Array, bias: Array, dilation: int) -> Any:
    """Return Keras's layer with these weights."""
    size, channels_in, channels_out = kernel.shape
    layer = tf.keras.layers.Conv1D(
        channels_out, size, padding="causal", dilation_rate=dilation, dtype=kernel.dtype.name
    )
    layer.build((None, None, channels_in))
    layer.set_weights([kernel, bias])
    return layer


def glorot(rng: np.random.Generator, channels_in: int, channels_out: int) -> Array:
    """Return a kernel from Keras's default initialization."""
    limit = np.sqrt(6 / (KERNEL_SIZE * (channels_in + channels_out)))
    shape = (KERNEL_SIZE, channels_in, channels_out)
    return rng.uniform(-limit, limit, size=shape).astype(np.float32)


# ---- Four layers and the gradient of their loss ----


def network_case() -> Case:
    """Return a gradient step: four causal layers, a dense head, the mean squared error."""
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(2, 128, 128, 1)).astype(np.float32)
    parameters: list[Array] = []
    for layer in range(len(DILATIONS)):
        parameters.append(glorot(rng, FILTERS if layer else 1, FILTERS))
        parameters.append(np.zeros(FILTERS, np.float32))
    head = rng.normal(size=(FILTERS, 1)).astype(np.float32) / FILTERS
    arguments = (*parameters, head)

    def loss(conv1d: Callable[..., Any], activation: Any, average: Any, *weights: Any) -> Any:
        hidden = inputs
        for layer, dilation in enumerate(DILATIONS):
            hidden = activation(conv1d(hidden, *weights[2 * layer : 2 * layer + 2], dilation))
        return average((hidden @ weights[-1] - targets) ** 2)

    contenders = {
        OURS: engine_step(partial(loss, causal_conv1d, relu, mean), arguments),
        BY_HAND: lambda: network_by_hand(inputs, targets, arguments),
    }
    if tf := optional("tensorflow"):
        layers = [
            keras_layer(tf, parameters[2 * i], parameters[2 * i + 1], dilation)
            for i, dilation in enumerate(DILATIONS)
        ]

        def conv1d(x: Any, kernel: Any, bias: Any, dilation: int) -> Any:
            layer = layers[DILATIONS.index(dilation)]
            return layer.stateless_call([kernel, bias], [], x)[0]

        tensorflow_loss = partial(loss, conv1d, tf.nn.relu, tf.reduce_mean)
        contenders |= tensorflow_steps(tf, tensorflow_loss, arguments)
    return Case(
        "4 causal layers × 32 filters, kernel 5, dilation 1-2-4-8, batch 128 × 128 steps, float32",
        contenders,
        tolerance=2e-5,
        goals={BY_HAND: 1.2, TF_FUNCTION: 1.3},
        rounds=40,
    )


def network_by_hand(inputs: Array, targets: Array, weights: Sequence[Array]) -> tuple[Array, ...]:
    """Return all gradients, with the backward pass written out and memory used again."""
    *parameters, head = weights
    kernels, biases = parameters[::2], parameters[1::2]
    hidden = [one_channel_by_hand(inputs, kernels[0], biases[0])]
    np.maximum(hidden[0], 0, out=hidden[0])
    scratch = np.empty_like(hidden[0])
    for kernel, bias, dilation in zip(kernels[1:], biases[1:], DILATIONS[1:], strict=True):
        hidden.append(forward_by_hand(hidden[-1], kernel, bias, dilation, scratch))
        np.maximum(hidden[-1], 0, out=hidden[-1])
    residuals = hidden[-1] @ head - targets
    _loss = np.mean(residuals**2)

    residuals *= 2 / residuals.size
    flat = hidden[-1].reshape(-1, FILTERS)
    gradients = [flat.T @ residuals.reshape(-1, 1)]
    g = residuals * head[:, 0]
    for layer in reversed(range(len(DILATIONS))):
        g *= hidden[layer] > 0
        gradients.append(g.sum(axis=(0, 1)))
        below = hidden[layer - 1] if layer else inputs
        gradients.append(kernel_gradient_by_hand(g, below, DILATIONS[layer]))
        if layer:
            g = inputs_gradient_by_hand(g, kernels[layer], DILATIONS[layer], scratch)
    return tuple(reversed(gradients))


def one_channel_by_hand(inputs: Array, kernel: Array, bias: Array) -> Array:
    """Return the first layer, dilation 1: what all taps read, times all of them at once."""
    read = np.zeros((*inputs.shape[:2], KERNEL_SIZE), inputs.dtype)
    read[:, :, -1] = inputs[:, :, 0]
    for lag in range(1, KERNEL_SIZE):
        read[:, lag:, -1 - lag] = inputs[:, :-lag, 0]
    outputs = read @ kernel[:, 0]
    outputs += bias
    return outputs


def forward_by_hand(
    inputs: Array, kernel: Array, bias: Array, dilation: int, scratch: Array
) -> Array:
    """Return a layer, tap by tap."""
    steps = inputs.shape[1]
    outputs = inputs @ kernel[-1]
    outputs += bias
    for tap in range(KERNEL_SIZE - 1):
        lag = (KERNEL_SIZE - 1 - tap) * dilation
        product = np.matmul(inputs[:, : steps - lag], kernel[tap], out=scratch[:, lag:])
        outputs[:, lag:] += product
    return outputs


def inputs_gradient_by_hand(g: Array, kernel: Array, dilation: int, scratch: Array) -> Array:
    """Return the gradient of a layer's inputs, tap by tap."""
    steps = g.shape[1]
    transposed = np.ascontiguousarray(kernel.swapaxes(1, 2))
    gradient = g @ transposed[-1]
    for tap in range(KERNEL_SIZE - 1):
        lag = (KERNEL_SIZE - 1 - tap) * dilation
        product = np.matmul(g[:, lag:], transposed[tap], out=scratch[:, : steps - lag])
        gradient[:, : steps - lag] += product
    return gradient


def kernel_gradient_by_hand(g: Array, inputs: Array, dilation: int) -> Array:
    """Return the gradient of a layer's kernel, tap by tap."""
    steps = inputs.shape[1]
    transposed = inputs.swapaxes(1, 2)
    lags = [(KERNEL_SIZE - 1 - tap) * dilation for tap in range(KERNEL_SIZE)]
    return np.stack([(transposed[:, :, : steps - lag] @ g[:, lag:]).sum(axis=0) for lag in lags])


# ---- A million steps ----


def report_memory(channels_in: int, channels_out: int) -> None:
    """Print the peak of the memory that a layer takes for a series of a million steps."""
    arrays = layer_arrays(1, 1_000_000, channels_in, channels_out)
    tracemalloc.start()
    outputs = causal_conv1d(*arrays, dilation=8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"  peak of our memory: {peak / outputs.nbytes:.2f} times the outputs")


def main() -> None:
    """Run every case, without and with oneDNN."""
    if len(sys.argv) == 1:
        for setting in ("0", "1"):
            environment = os.environ | KEEP_MEMORY | {"TF_ENABLE_ONEDNN_OPTS": setting}
            subprocess.run([sys.executable, __file__, setting], env=environment, check=True)
        return
    one_dnn = "with" if sys.argv[1] == "1" else "without"
    print(
        f"\nCausal convolution: medians [smallest–largest], one thread; TensorFlow {one_dnn} oneDNN"
    )
    run(network_case())
    run(layer_case(128, 128, 32, 32, goals={TF_FUNCTION: 1.0}))
    run(layer_case(128, 128, 32, 32, dilation=8, goals={TF_FUNCTION: 1.0}))
    run(layer_case(128, 128, 1, 32))
    for channels in ((1, 1), (1, 8), (8, 8), (8, 1)):
        run(layer_case(1, 1_000_000, *channels, dilation=8, rounds=10))
        report_memory(*channels)


if __name__ == "__main__":
    main()
