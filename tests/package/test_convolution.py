"""Causal convolution against Keras, NumPy and SciPy; what it must never see; how far it looks."""

from __future__ import annotations

import re
import tracemalloc
from functools import partial
from typing import Any, NamedTuple

import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given

from underhood.autodiff import Tensor
from underhood.convolution import causal_conv1d, look_back, receptive_field
from underhood.ops import tanh

from .reference import assert_agrees_with_tensorflow, relative_error, signed_array, steadily

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


class Shape(NamedTuple):
    """The lengths of one convolution."""

    batch: int
    steps: int
    channels_in: int
    kernel_size: int
    channels_out: int
    dilation: int

    def arrays(self, dtype: str = "float64") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return inputs, kernel and bias of these lengths."""
        return (
            signed_array(0, (self.batch, self.steps, self.channels_in), dtype),
            signed_array(1, (self.kernel_size, self.channels_in, self.channels_out), dtype),
            signed_array(2, (self.channels_out,), dtype),
        )


def shapes(most_steps: int = 12) -> st.SearchStrategy[Shape]:
    """Draw the lengths of a convolution, series shorter than its look-back among them."""
    few = st.integers(1, 4)
    return st.builds(Shape, few, st.integers(1, most_steps), few, few, few, st.integers(1, 6))


def conv(shape: Shape, inputs: Any, dtype: str = "float64") -> Any:
    """Return the convolution of `inputs` with the kernel and bias of a shape."""
    _, kernel, bias = shape.arrays(dtype)
    return causal_conv1d(inputs, kernel, bias, shape.dilation)


def stack(dilations: list[int], inputs: Any, *weights: Any, conv1d: Any, activation: Any) -> Any:
    """Return the output of one layer for each dilation; weights alternate kernels and biases."""
    for dilation, kernel, bias in zip(dilations, weights[::2], weights[1::2], strict=True):
        inputs = activation(conv1d(inputs, kernel, bias, dilation))
    return inputs


def keras_conv1d(inputs: Any, kernel: Any, bias: Any, dilation: int) -> Any:
    """Return what Keras's layer computes with these weights."""
    layer = keras.layers.Conv1D(
        kernel.shape[2], kernel.shape[0], padding="causal", dilation_rate=dilation, dtype="float64"
    )
    layer.build(inputs.shape)
    outputs, _ = layer.stateless_call([kernel, bias], [], inputs)
    return outputs


def series(*numbers: float) -> np.ndarray:
    """Return one series of one channel."""
    return np.reshape(numbers, (1, -1, 1))


def taps(*numbers: float) -> np.ndarray:
    """Return a kernel of one channel."""
    return np.reshape(numbers, (-1, 1, 1))


# ---- Numbers that can be checked by hand ----


def test_last_tap_meets_the_present_and_the_start_counts_as_zeros():
    outputs = causal_conv1d(series(10.0, 20.0, 30.0), taps(1.0, 2.0))
    assert outputs.ravel().tolist() == [20, 50, 80]


def test_dilation_moves_the_taps_apart():
    outputs = causal_conv1d(series(10.0, 20.0, 30.0, 40.0), taps(1.0, 2.0), dilation=2)
    assert outputs.ravel().tolist() == [20, 40, 70, 100]


def test_bias_is_added_at_every_step():
    outputs = causal_conv1d(series(10.0, 20.0, 30.0), taps(1.0, 2.0), [0.5])
    assert outputs.ravel().tolist() == [20.5, 50.5, 80.5]


def test_channels_add_up():
    kernel = np.array([[[1.0], [10.0]], [[2.0], [20.0]]])
    outputs = causal_conv1d([[[1.0, 2.0], [3.0, 4.0]]], kernel)
    assert outputs.ravel().tolist() == [42, 107]


def test_one_channel_spreads_to_many():
    kernel = np.array([[[1.0, 10.0]], [[2.0, 20.0]]])
    outputs = causal_conv1d(series(3.0, 4.0), kernel)
    assert outputs.tolist() == [[[6, 60], [11, 110]]]


# ---- Values and gradients against references ----


@dtypes
@given(shape=shapes())
@steadily
def test_layer_and_its_gradients_agree_with_keras(dtype, shape):
    assert_agrees_with_tensorflow(
        lambda *arrays: causal_conv1d(*arrays, shape.dilation),
        lambda *arrays: keras_conv1d(*arrays, shape.dilation),
        *shape.arrays(dtype),
    )


@dtypes
@given(
    dilations=st.lists(st.integers(1, 8), min_size=2, max_size=4),
    widths=st.lists(st.integers(1, 4), min_size=5, max_size=5),
    sizes=st.lists(st.integers(1, 4), min_size=4, max_size=4),
    steps=st.integers(1, 20),
)
@steadily
def test_stack_and_its_gradients_agree_with_keras(dtype, dilations, widths, sizes, steps):
    weights = []
    for layer in range(len(dilations)):
        channels_in, channels_out = widths[layer : layer + 2]
        weights.append(signed_array(layer, (sizes[layer], channels_in, channels_out), dtype))
        weights.append(signed_array(layer, (channels_out,), dtype))
    assert_agrees_with_tensorflow(
        partial(stack, dilations, conv1d=causal_conv1d, activation=tanh),
        partial(stack, dilations, conv1d=keras_conv1d, activation=tf.tanh),
        signed_array(9, (2, steps, widths[0]), dtype),
        *weights,
        tolerance={"float64": 1e-12, "float32": 2e-5}[dtype],
    )


@dtypes
def test_wide_stack_agrees_with_keras(dtype):
    dilations = [1, 2, 4, 8]
    widths = [1, 32, 32, 32, 32]
    shapes = [[(5, *widths[i : i + 2]), (widths[i + 1],)] for i in range(4)]
    assert_agrees_with_tensorflow(
        partial(stack, dilations, conv1d=causal_conv1d, activation=tanh),
        partial(stack, dilations, conv1d=keras_conv1d, activation=tf.tanh),
        signed_array(9, (4, 64, 1), dtype),
        *(0.1 * signed_array(8, shape, dtype) for pair in shapes for shape in pair),
        tolerance={"float64": 1e-12, "float32": 2e-5}[dtype],
    )


@dtypes
@pytest.mark.parametrize("channels", [(1, 8), (8, 1), (8, 8)])
def test_large_batch_agrees_with_keras(dtype, channels):
    shape = Shape(700, 101, channels[0], 3, channels[1], 2)
    assert_agrees_with_tensorflow(
        lambda *arrays: causal_conv1d(*arrays, shape.dilation),
        lambda *arrays: keras_conv1d(*arrays, shape.dilation),
        *shape.arrays(dtype),
        tolerance={"float64": 1e-12, "float32": 2e-5}[dtype],
    )


@given(size=st.integers(1, 8), steps=st.integers(1, 40))
@steadily
def test_one_channel_is_numpys_convolution_with_the_kernel_flipped(size, steps):
    x, kernel = signed_array(0, (steps,)), signed_array(1, (size,))
    outputs = causal_conv1d(series(*x), taps(*kernel)).ravel()
    assert relative_error(outputs, np.convolve(x, kernel[::-1])[:steps]) <= 1e-14


@given(size=st.integers(1, 8), dilation=st.integers(1, 8), steps=st.integers(1, 40))
@steadily
def test_one_channel_is_a_linear_filter(size, dilation, steps):
    x, kernel = signed_array(0, (steps,)), signed_array(1, (size,))
    impulse_response = np.zeros((size - 1) * dilation + 1)
    impulse_response[::dilation] = kernel[::-1]
    outputs = causal_conv1d(series(*x), taps(*kernel), dilation=dilation).ravel()
    assert relative_error(outputs, scipy.signal.lfilter(impulse_response, 1, x)) <= 1e-14


# ---- Properties ----


def changed_after(x: np.ndarray, step: int, value: float) -> np.ndarray:
    """Return `x` with another value at all later steps."""
    changed = x.copy()
    changed[:, step + 1 :] = value
    return changed


@dtypes
@pytest.mark.parametrize("value", [1e6, np.nan])
@pytest.mark.parametrize("channels", [(1, 1), (1, 32), (3, 1), (3, 5), (32, 32)])
@given(steps=st.integers(1, 300), data=st.data())
@steadily
def test_output_ignores_the_future_to_the_bit(dtype, value, channels, steps, data):
    shape = Shape(2, steps, channels[0], 3, channels[1], data.draw(st.integers(1, 8)))
    step = data.draw(st.integers(0, steps - 1))
    inputs, *_ = shape.arrays(dtype)
    before = conv(shape, inputs, dtype)
    after = conv(shape, changed_after(inputs, step, value), dtype)
    assert before[:, : step + 1].tobytes() == after[:, : step + 1].tobytes()


@dtypes
@given(step=st.integers(0, 99))
@steadily
def test_stack_ignores_the_future_to_the_bit(dtype, step):
    widths = [1, 16, 16, 3]
    weights = [signed_array(3, (3, *widths[i : i + 2]), dtype) for i in range(3)]
    biases = [signed_array(4, (width,), dtype) for width in widths[1:]]
    alternating = [array for pair in zip(weights, biases, strict=True) for array in pair]
    network = partial(stack, [1, 2, 4], conv1d=causal_conv1d, activation=np.tanh)
    inputs = signed_array(5, (2, 100, 1), dtype)
    before = network(inputs, *alternating)
    after = network(changed_after(inputs, step, 1e6), *alternating)
    assert before[:, : step + 1].tobytes() == after[:, : step + 1].tobytes()


@given(shape=shapes(most_steps=40), data=st.data())
@steadily
def test_output_forgets_what_lies_beyond_the_look_back(shape, data):
    step = data.draw(st.integers(0, shape.steps - 1))
    inputs, *_ = shape.arrays()
    changed = inputs.copy()
    changed[:, : step + 1] = 1e6
    known = step + 1 + look_back([shape.kernel_size], [shape.dilation])
    assert conv(shape, changed)[:, known:].tobytes() == conv(shape, inputs)[:, known:].tobytes()


@dtypes
@pytest.mark.parametrize("channels", [(1, 1), (1, 32), (32, 1), (32, 32)])
def test_series_does_not_depend_on_the_batch_around_it_to_the_bit(dtype, channels):
    shape = Shape(50, 77, channels[0], 3, channels[1], 4)
    inputs, *_ = shape.arrays(dtype)
    together = conv(shape, inputs, dtype)
    alone = np.concatenate([conv(shape, inputs[i : i + 1], dtype) for i in range(50)])
    assert together.tobytes() == alone.tobytes()


@given(shape=shapes())
@steadily
def test_convolution_is_linear_in_the_inputs(shape):
    x, kernel, _ = shape.arrays()
    y = signed_array(3, x.shape)
    convolve = partial(causal_conv1d, kernel=kernel, dilation=shape.dilation)
    assert relative_error(convolve(2 * x - 3 * y), 2 * convolve(x) - 3 * convolve(y)) <= 1e-14


@given(shape=shapes(), shift=st.integers(1, 9))
@steadily
def test_shifted_inputs_give_shifted_outputs(shape, shift):
    inputs, kernel, _ = shape.arrays()
    outputs = causal_conv1d(inputs, kernel, dilation=shape.dilation)
    late = np.pad(inputs, ((0, 0), (shift, 0), (0, 0)))
    shifted = causal_conv1d(late, kernel, dilation=shape.dilation)
    assert relative_error(shifted, np.pad(outputs, ((0, 0), (shift, 0), (0, 0)))) <= 1e-14


@given(shape=shapes(), step=st.integers(1, 12))
@steadily
def test_outputs_of_a_longer_series_begin_like_those_of_its_start(shape, step):
    inputs, *_ = shape.arrays()
    assert relative_error(conv(shape, inputs)[:, :step], conv(shape, inputs[:, :step])) <= 1e-14


# ---- Edges ----


@dtypes
@pytest.mark.parametrize("lengths", [(0, 5), (2, 0), (0, 0)])
def test_no_series_and_no_steps_give_gradients_of_zeros(dtype, lengths):
    shape = Shape(*lengths, 3, 2, 4, 1)
    tensors = [Tensor(array) for array in shape.arrays(dtype)]
    outputs = causal_conv1d(*tensors)
    outputs.backward(np.zeros(outputs.shape))
    assert outputs.shape == (*lengths, 4)
    assert [not np.any(x.grad) and x.grad.shape == x.shape for x in tensors] == [True] * 3


@pytest.mark.parametrize("channels_out", [1, 2])
@pytest.mark.parametrize("dilation", [3, 4, 10**15, 10**40])
def test_taps_beyond_the_series_add_nothing(channels_out, dilation):
    shape = Shape(2, 3, 1, 4, channels_out, 1)
    inputs, kernel, bias = shape.arrays()
    outputs = causal_conv1d(inputs, kernel, bias, dilation)
    assert relative_error(outputs, inputs * kernel[-1] + bias) <= 1e-15


def test_no_bias_is_a_bias_of_zeros():
    inputs, kernel, bias = Shape(2, 9, 3, 3, 4, 2).arrays()
    without = causal_conv1d(inputs, kernel, dilation=2)
    assert without.tobytes() == causal_conv1d(inputs, kernel, 0 * bias, dilation=2).tobytes()


@pytest.mark.parametrize(
    "view",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.ascontiguousarray(x.transpose(2, 0, 1)).transpose(1, 2, 0),
        lambda x: np.ascontiguousarray(x[:, ::-1, ::-1])[:, ::-1, ::-1],
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    ],
    ids=["Fortran order", "channels first", "reversed", "every other step"],
)
def test_layout_in_memory_does_not_matter(view):
    shape = Shape(3, 9, 4, 3, 5, 2)
    inputs, kernel, bias = shape.arrays()
    outputs = causal_conv1d(view(inputs), view(kernel), bias, 2)
    assert relative_error(outputs, conv(shape, inputs)) <= 1e-14


def test_arguments_stay_as_they_were():
    arrays = Shape(2, 9, 3, 3, 4, 2).arrays()
    copies = [array.copy() for array in arrays]
    causal_conv1d(*(Tensor(array, copy=None) for array in arrays)).backward(np.ones((2, 9, 4)))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, copies, strict=True))


@pytest.mark.parametrize("channels", [(1, 1), (8, 8)])
def test_a_long_series_takes_the_memory_of_two_outputs(channels):
    shape = Shape(1, 100_000, channels[0], 5, channels[1], 8)
    inputs, kernel, bias = shape.arrays()
    tracemalloc.start()
    outputs = causal_conv1d(inputs, kernel, bias, 8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 2.1 * outputs.nbytes


# ---- Types ----


@pytest.mark.parametrize(
    ("inputs", "kernel", "bias", "expected"),
    [
        ("f4", "f4", "f4", "float32"),
        ("f8", "f8", "f8", "float64"),
        ("f4", "f4", None, "float32"),
        ("f4", "list", "list", "float32"),
        ("list", "f4", None, "float32"),
        ("list", "list", "f4", "float32"),
        ("list", "list", "list", "float64"),
        ("f4", "f8", "f4", "float64"),
        ("f4", "f4", "f8", "float64"),
        ("i8", "i8", "i8", "float64"),
        ("i8", "list", None, "float64"),
        ("f4", "c8", "list", "complex64"),
    ],
)
@pytest.mark.parametrize("channels_out", [1, 2])
def test_precision_is_that_of_the_arrays(inputs, kernel, bias, expected, channels_out):
    arrays = Shape(2, 5, 1, 2, channels_out, 1).arrays()
    typed = [
        x.tolist() if dtype == "list" else x.astype(dtype)
        for x, dtype in zip(arrays, (inputs, kernel, bias), strict=True)
        if dtype is not None
    ]
    assert causal_conv1d(*typed).dtype == expected


def test_complex_list_keeps_its_imaginary_part():
    outputs = causal_conv1d(np.float32(series(1.0, 2.0)), [[[1j]], [[2.0]]])
    assert outputs.ravel().tolist() == [2, 4 + 1j]


def test_gradient_has_the_dtype_of_its_tensor():
    inputs, kernel, bias = Shape(2, 5, 3, 2, 4, 1).arrays()
    tensors = [Tensor(np.float32(inputs)), Tensor(kernel), Tensor(np.float32(bias))]
    causal_conv1d(*tensors).backward(np.ones((2, 5, 4)))
    assert [x.grad.dtype.name for x in tensors] == ["float32", "float64", "float32"]


def test_arrays_give_an_array():
    assert type(causal_conv1d(series(1.0), taps(1.0))) is np.ndarray


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_tensor_is_enough_for_a_tensor(position):
    arrays = [series(1.0), taps(1.0), np.ones(1)]
    arrays[position] = Tensor(arrays[position])
    assert isinstance(causal_conv1d(*arrays), Tensor)


def test_numpys_integers_are_dilations():
    outputs = causal_conv1d(series(10.0, 20.0, 30.0), taps(1.0, 2.0), dilation=np.int64(2))
    assert outputs.ravel().tolist() == [20, 40, 70]


# ---- What it says to bad input ----

X, KERNEL = np.ones((2, 5, 3)), np.ones((2, 3, 4))


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (
            ValueError,
            "inputs must have the axes (batch, steps, channels); got shape (5,). "
            "One series of one channel: x[np.newaxis, :, np.newaxis]",
            (np.ones(5), KERNEL),
        ),
        (
            ValueError,
            "inputs must have the axes (batch, steps, channels); got shape (5, 3). "
            "One series of several channels: x[np.newaxis]; several of one: x[..., np.newaxis]",
            (np.ones((5, 3)), KERNEL),
        ),
        (
            ValueError,
            "inputs must have the axes (batch, steps, channels); got shape (1, 2, 5, 3).",
            (np.ones((1, 2, 5, 3)), KERNEL),
        ),
        (
            ValueError,
            "inputs must have the axes (batch, steps, channels); got shape (5, 3).",
            (Tensor(np.ones((5, 3))), KERNEL),
        ),
        (
            ValueError,
            "kernel must have the axes (kernel_size, channels_in, channels_out); got shape (2,). "
            "One channel in and one out: kernel[:, np.newaxis, np.newaxis]",
            (X, [1.0, 2.0]),
        ),
        (
            ValueError,
            "kernel must have the axes (kernel_size, channels_in, channels_out); got shape (2, 3). "
            "One channel in: kernel[:, np.newaxis]; one channel out: kernel[..., np.newaxis]",
            (X, np.ones((2, 3))),
        ),
        (
            ValueError,
            "kernel must have at least one tap, one channel in and one channel out; "
            "got shape (0, 3, 4)",
            (X, np.ones((0, 3, 4))),
        ),
        (
            ValueError,
            "kernel must have at least one tap, one channel in and one channel out; "
            "got shape (2, 0, 4)",
            (np.ones((2, 5, 0)), np.ones((2, 0, 4))),
        ),
        (
            ValueError,
            "kernel must have at least one tap, one channel in and one channel out; "
            "got shape (2, 3, 0)",
            (X, np.ones((2, 3, 0))),
        ),
        (
            ValueError,
            "kernel must have as many channels_in as inputs have channels, 3; got kernel of "
            "shape (2, 1, 4), (kernel_size, channels_in, channels_out), and inputs of shape "
            "(2, 5, 3), (batch, steps, channels)",
            (X, np.ones((2, 1, 4))),
        ),
        (
            ValueError,
            "bias must have one number for each of the channels_out of kernel, shape (4,); "
            "got shape (1,)",
            (X, KERNEL, [1.0]),
        ),
        (ValueError, "shape (4,); got shape ()", (X, KERNEL, 2)),
        (ValueError, "inputs must be a rectangular array; got a ragged", ([[1], [1, 2]], KERNEL)),
        (ValueError, "kernel must be a rectangular array; got a ragged", (X, [[1], [1, 2]])),
        (ValueError, "bias must be a rectangular array; got a ragged", (X, KERNEL, [1, [2]])),
        (TypeError, "inputs must be a number, an array of numbers", ("a series", KERNEL)),
        (TypeError, "kernel must be a number, an array of numbers", (X, None)),
        (TypeError, "bias must be a number, an array of numbers", (X, KERNEL, list("abcd"))),
        (TypeError, "inputs must be real beside a Tensor", (1j * X, Tensor(KERNEL))),
        (TypeError, "kernel must be real beside a Tensor", (Tensor(X), 1j * KERNEL)),
        (TypeError, "bias must be real beside a Tensor", (Tensor(X), KERNEL, [1j] * 4)),
        (ValueError, "dilation must be 1 or more; got 0", (X, KERNEL, None, 0)),
        (ValueError, "dilation must be 1 or more; got -1", (X, KERNEL, None, -1)),
        (TypeError, "dilation must be an integer; got 1.5", (X, KERNEL, None, 1.5)),
        (TypeError, "dilation must be an integer; got True", (X, KERNEL, None, True)),
        (TypeError, "dilation must be an integer; got np.True_", (X, KERNEL, None, np.True_)),
        (TypeError, "dilation must be an integer; got None", (X, KERNEL, None, None)),
        (TypeError, "dilation must be an integer; got [1, 2]", (X, KERNEL, None, [1, 2])),
    ],
)
def test_bad_argument_is_named(error, message, arguments):
    with pytest.raises(error, match=re.escape(message)):
        causal_conv1d(*arguments)


# ---- How far back ----


@pytest.mark.parametrize(
    ("kernel_sizes", "dilations", "strides", "expected"),
    [
        ([], None, None, 0),
        ([1, 1, 1], None, None, 0),
        ([2, 2, 2, 2], None, None, 4),
        ([2, 2, 2, 2], [1, 2, 4, 8], None, 15),
        ([5, 5, 5, 5], None, None, 16),
        ([2, 2], None, [2, 1], 3),
        ([2, 2], None, [1, 2], 2),
        (np.array([3, 2]), np.array([1, 4]), (2, 3), 10),
    ],
)
def test_look_back_of_known_stacks(kernel_sizes, dilations, strides, expected):
    assert look_back(kernel_sizes, dilations, strides) == expected


def test_receptive_field_counts_the_present():
    assert receptive_field([2, 2], [1, 4], [3, 1]) == look_back([2, 2], [1, 4], [3, 1]) + 1 == 14


layers = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3
)


@given(layers=layers)
@steadily
def test_look_back_is_as_far_as_a_gradient_flows(layers):
    sizes, dilations, strides = zip(*layers, strict=True)
    expected = look_back(sizes, dilations, strides)
    every = int(np.prod(strides))
    last = -(-expected // every)  # the first output with the whole look-back inside the series
    x = outputs = Tensor(np.ones((1, last * every + 5, 1)))
    for size, dilation, stride in layers:
        outputs = causal_conv1d(outputs, np.ones((size, 1, 1)), dilation=dilation)[:, ::stride]
    outputs[0, last, 0].backward()
    reached = np.flatnonzero(x.grad)
    assert (reached.min(), reached.max()) == (last * every - expected, last * every)


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (TypeError, "kernel_sizes must list one number for each layer; got None", (None,)),
        (TypeError, "kernel_sizes must list one number for each layer; got 3", (3,)),
        (TypeError, "kernel_sizes[1] must be an integer; got 1.5", ([2, 1.5],)),
        (TypeError, "kernel_sizes[0] must be an integer; got '2'", ("22",)),
        (TypeError, "kernel_sizes[0] must be an integer; got True", ([True],)),
        (ValueError, "kernel_sizes[1] must be 1 or more; got 0", ([2, 0],)),
        (TypeError, "dilations must list one number for each layer; got 2", ([2], 2)),
        (ValueError, "dilations[0] must be 1 or more; got -1", ([2], [-1])),
        (
            ValueError,
            "dilations must have 2 numbers, one for each layer of kernel_sizes; got 3: [1, 2, 4]",
            ([2, 2], [1, 2, 4]),
        ),
        (
            ValueError,
            "strides must have 2 numbers, one for each layer of kernel_sizes; got 1: [1]",
            ([2, 2], None, [1]),
        ),
        (TypeError, "strides[0] must be an integer; got 0.5", ([2], None, [0.5])),
    ],
)
@pytest.mark.parametrize("function", [look_back, receptive_field])
def test_bad_layers_are_named(function, error, message, arguments):
    with pytest.raises(error, match=re.escape(message)):
        function(*arguments)
