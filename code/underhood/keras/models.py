"""Causal convolutional networks in Keras, and their weights for the book's own NumPy code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from underhood.autodiff import Array
from underhood.convolution import receptive_field


class CausalLayer(NamedTuple):
    """One layer of a causal network: ``causal_conv1d(x, kernel, bias, dilation)``, then activation.

    A named tuple, so that ``for kernel, bias, dilation, activation in causal_layers(model)`` works.
    """

    kernel: Array
    """Shape (kernel_size, channels_in, channels_out)."""

    bias: Array | None
    """Shape (channels_out,); None for a layer without one."""

    dilation: int
    """Steps from one tap of the kernel to the next."""

    activation: str
    """The name that Keras gives it, such as ``"relu"``; ``"linear"`` for none."""


def build_causal_network(
    filters: int = 32,
    kernel_sizes: Sequence[int] = (5, 5, 5, 5),
    dilations: Sequence[int] | None = None,
    outputs: int = 1,
    channels: int = 1,
    activation: str = "relu",
) -> Any:
    """Return a stack of causal convolutions with a dense layer at each step, in Keras.

    Parameters
    ----------
    filters : int, optional
        Channels of every convolution.
    kernel_sizes, dilations : sequence of int, optional
        One for each convolution, the first one first; without dilation by default.
    outputs : int, optional
        Numbers that the last layer, `Dense`, returns at each step.
    channels : int, optional
        Numbers that come in at each step.
    activation : str, optional
        Of the convolutions; the last layer has none.

    Returns
    -------
    keras.Sequential
        From (batch, steps, channels) to (batch, steps, outputs), for any number of steps. Not
        compiled. The weights are drawn from Keras's generator: see `keras.utils.set_random_seed`,
        and `underhood.keras.reinitialize`.

    Raises
    ------
    ValueError
        If a number is less than 1, or `dilations` and `kernel_sizes` differ in length.
    TypeError
        If a kernel size or a dilation is not an integer.

    Examples
    --------
    >>> model = build_causal_network(filters=8, kernel_sizes=(2, 2), dilations=(1, 2))
    >>> model.count_params()  # 8 * 3, 8 * 17 and 9
    169
    """
    receptive_field(kernel_sizes, dilations)  # complains where they make no sense
    if dilations is None:
        dilations = [1] * len(kernel_sizes)
    return keras.Sequential(
        [
            keras.Input((None, channels)),
            *(
                keras.layers.Conv1D(
                    filters, size, padding="causal", dilation_rate=dilation, activation=activation
                )
                for size, dilation in zip(kernel_sizes, dilations, strict=True)
            ),
            keras.layers.Dense(outputs),
        ]
    )


def causal_layers(model: Any) -> list[CausalLayer]:
    """Return the weights of a causal network, ready for `underhood.convolution.causal_conv1d`.

    A dense layer computes each step from that step alone: it is a convolution of kernel size 1.

    Parameters
    ----------
    model : keras.Sequential
        Of `Conv1D` with causal padding and `Dense`, as `build_causal_network` returns.

    Returns
    -------
    list of CausalLayer
        The weights are copies.

    Raises
    ------
    ValueError
        If a layer is another one, or has a setting that `causal_conv1d` does not have.
    TypeError
        If `model` has no layers.

    Examples
    --------
    >>> model = build_causal_network(filters=8, kernel_sizes=(2, 2), dilations=(1, 2))
    >>> [(x.kernel.shape, x.dilation, x.activation) for x in causal_layers(model)]
    [((2, 1, 8), 1, 'relu'), ((2, 8, 8), 2, 'relu'), ((1, 8, 1), 1, 'linear')]
    """
    if not isinstance(model, keras.Sequential):
        raise TypeError(f"model must be a keras.Sequential; got {type(model).__name__}")
    return [_causal_layer(layer) for layer in model.layers]


def _causal_layer(layer: Any) -> CausalLayer:
    if not layer.built:
        raise ValueError(
            f"layer {layer.name} has no weights yet: give the model a keras.Input, or call it once"
        )
    if isinstance(layer, keras.layers.Conv1D) and _is_causal(layer):
        kernel, *bias = layer.get_weights()
        dilation = layer.dilation_rate[0]
    elif isinstance(layer, keras.layers.Dense):
        kernel, *bias = layer.get_weights()
        kernel, dilation = kernel[np.newaxis], 1
    else:
        raise ValueError(
            f"layer {layer.name} must be a Dense or a Conv1D with padding='causal', strides=1 and "
            f"groups=1, as causal_conv1d is; got {layer!r}"
        )
    activation = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    return CausalLayer(kernel, bias[0] if bias else None, dilation, activation)


def _is_causal(layer: Any) -> bool:
    return layer.padding == "causal" and layer.strides == (1,) and layer.groups == 1
