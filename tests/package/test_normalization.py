"""Batch normalization against Keras and NumPy, where means are large, and at its edges."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from underhood.autodiff import Tensor
from underhood.normalization import batch_norm, batch_norm_inference, moments

from .reference import (
    assert_agrees_with_tensorflow,
    random_array,
    relative_error,
    signed_array,
)

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
no_warnings = pytest.mark.filterwarnings("error")
layouts = pytest.mark.parametrize(
    "shape",
    [(8, 3), (6, 1), (4, 5, 3), (3, 2, 4, 2), (1, 6, 2)],
    ids=["vectors", "one channel", "sequences", "images", "one sequence"],
)

GAMMA, BETA = [2.0, -0.5, 1.0], [0.1, 0.0, -3.0]
BATCH = signed_array(0, (5, 3))


def arrays(shape, dtype="float64"):
    """Return inputs, gamma and beta; the channels differ in mean and spread."""
    channels = np.arange(1, shape[-1] + 1)
    inputs = (channels * signed_array(0, shape) + 2 * channels).astype(dtype)
    return inputs, signed_array(1, shape[-1:], dtype), signed_array(2, shape[-1:], dtype)


def all_axes_but_the_last(x):
    return tuple(range(np.ndim(x) - 1))


def keras_batch_norm(x, gamma, beta):
    mean, variance = tf.nn.moments(x, all_axes_but_the_last(x))
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)


# ---- Against Keras ----


@dtypes
@layouts
def test_value_and_gradients_agree_with_tensorflow(shape, dtype):
    assert_agrees_with_tensorflow(batch_norm, keras_batch_norm, *arrays(shape, dtype))


@layouts
def test_value_and_gradients_agree_with_the_layer_of_keras(shape):
    inputs, gamma, beta = arrays(shape)
    layer = keras.layers.BatchNormalization(dtype="float64")
    layer.build(shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    x = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    seed = signed_array(3, shape)
    sources = [x, layer.gamma.value, layer.beta.value]
    want = [y, *tape.gradient(y, sources, output_gradients=tf.constant(seed))]

    tensors = [Tensor(array) for array in (inputs, gamma, beta)]
    out = batch_norm(*tensors)
    out.backward(seed)

    got = [out.data, *(t.grad for t in tensors)]
    errors = [relative_error(a, b.numpy()) for a, b in zip(got, want, strict=True)]
    assert max(errors) <= 1e-12


@layouts
def test_value_in_float32_agrees_with_the_layer_of_keras(shape):
    inputs, gamma, beta = arrays(shape, "float32")
    layer = keras.layers.BatchNormalization()
    layer.build(shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    want = layer(tf.constant(inputs), training=True).numpy()
    assert relative_error(batch_norm(inputs, gamma, beta), want) <= 1e-6


@dtypes
@layouts
def test_inference_agrees_with_tensorflow(shape, dtype):
    inputs, gamma, beta = arrays(shape, dtype)
    mean, variance = signed_array(4, shape[-1:]), signed_array(5, shape[-1:]) ** 2
    assert_agrees_with_tensorflow(
        lambda x, gamma, beta: batch_norm_inference(x, gamma, beta, mean, variance),
        lambda x, gamma, beta: tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3),
        *(inputs, gamma, beta),
    )


def test_epsilon_is_that_of_keras():
    layer = keras.layers.BatchNormalization()
    with_default = batch_norm(BATCH, GAMMA, BETA)
    assert np.array_equal(with_default, batch_norm(BATCH, GAMMA, BETA, epsilon=layer.epsilon))


# ---- What it computes ----


@layouts
def test_moments_are_those_of_each_channel(shape):
    inputs, _, _ = arrays(shape)
    rows = inputs.reshape(-1, shape[-1])
    got = moments(inputs)
    assert relative_error(got, [np.mean(rows, axis=0), np.var(rows, axis=0)]) <= 1e-14


@layouts
def test_outputs_have_mean_beta_and_deviation_gamma(shape):
    inputs, gamma, beta = arrays(shape)
    mean, variance = moments(batch_norm(inputs, gamma, beta, epsilon=0.0))
    assert relative_error([mean, np.sqrt(variance)], [beta, np.abs(gamma)]) <= 1e-13


def test_inference_with_the_moments_of_the_batch_equals_training():
    training = batch_norm(BATCH, GAMMA, BETA, epsilon=0.1)
    inference = batch_norm_inference(BATCH, GAMMA, BETA, *moments(BATCH), epsilon=0.1)
    assert relative_error(inference, training) <= 1e-14


def test_shift_and_stretch_of_the_inputs_change_nothing():
    moved = batch_norm(7 * BATCH - 100, GAMMA, BETA, epsilon=0.0)
    assert relative_error(moved, batch_norm(BATCH, GAMMA, BETA, epsilon=0.0)) <= 1e-13


def test_gradient_is_at_right_angles_to_shift_and_stretch():
    x = Tensor(BATCH)
    batch_norm(x, GAMMA, BETA, epsilon=0.0).backward(signed_array(6, BATCH.shape))
    deviations = BATCH - BATCH.mean(axis=0)
    along = [x.grad.sum(axis=0), (x.grad * deviations).sum(axis=0)]
    assert np.max(np.abs(along)) <= 1e-14


def test_moments_of_a_tensor_are_those_of_its_array():
    assert np.array_equal(moments(Tensor(BATCH)), moments(BATCH))


# ---- Large means ----


def test_variance_in_float32_keeps_its_digits_at_a_mean_of_10000():
    x = (1e4 + signed_array(7, (100_000, 2))).astype(np.float32)
    assert relative_error(moments(x).variance, np.var(x, axis=0, dtype=np.float64)) <= 1e-6


def test_mean_of_the_squares_minus_square_of_the_mean_does_not():
    x = (1e4 + signed_array(7, (100_000, 2))).astype(np.float32)
    naive = np.mean(x**2, axis=0) - np.mean(x, axis=0) ** 2
    assert relative_error(naive, np.var(x, axis=0, dtype=np.float64)) > 1


def test_batch_in_float32_keeps_its_digits_at_a_mean_of_10000():
    x = (1e4 + signed_array(7, (1000, 3))).astype(np.float32)
    want = batch_norm(x.astype(np.float64), GAMMA, BETA)
    gamma, beta = np.array(GAMMA, np.float32), np.array(BETA, np.float32)
    assert relative_error(batch_norm(x, gamma, beta), want) <= 1e-6


def test_gradients_in_float32_keep_their_digits_in_a_batch_of_100000():
    x, gamma, beta = arrays((100_000, 2), "float32")
    seed = random_array(8, x.shape, "float32")  # all positive: the sums over them are large
    gradients = {}
    for dtype in ("float32", "float64"):
        tensors = [Tensor(array.astype(dtype)) for array in (x, gamma, beta)]
        batch_norm(*tensors).backward(seed.astype(dtype))
        gradients[dtype] = [t.grad for t in tensors]
    errors = [relative_error(a, b) for a, b in zip(*gradients.values(), strict=True)]
    assert max(errors) <= 1e-6


# ---- Edges ----


@no_warnings
def test_batch_of_one_gives_beta():
    assert batch_norm([[1.0, 2.0, 3.0]], GAMMA, BETA).tolist() == [BETA]


@no_warnings
def test_batch_of_one_sends_no_gradient_to_its_inputs():
    x = Tensor([[1.0, 2.0, 3.0]])
    batch_norm(x, GAMMA, BETA).backward([[1.0, 2.0, 3.0]])
    assert x.grad.tolist() == [[0, 0, 0]]


@no_warnings
def test_constant_channel_gives_beta():
    x = np.column_stack([BATCH[:, 0], np.full(5, 0.1)])
    assert batch_norm(x, [2.0, 2.0], [0.0, 7.0])[:, 1] == pytest.approx(np.full(5, 7.0), rel=1e-13)


@no_warnings
def test_constant_channel_has_a_gradient():
    x = Tensor(np.full((2, 1), 3.0))
    batch_norm(x, [1.0], [0.0], epsilon=0.25).backward([[1.0], [0.0]])
    assert x.grad.ravel().tolist() == [1, -1]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_constant_channel_without_epsilon_is_nan():
    assert np.isnan(batch_norm(np.ones((2, 1)), [1.0], [0.0], epsilon=0.0)).all()


@no_warnings
def test_nan_stays_in_its_channel():
    x = np.where(np.arange(15).reshape(5, 3) == 4, np.nan, BATCH)
    assert np.isnan(batch_norm(x, GAMMA, BETA)).any(axis=0).tolist() == [False, True, False]


@no_warnings
def test_no_channels_give_no_numbers():
    assert batch_norm(np.ones((5, 0)), [], []).shape == (5, 0)


@no_warnings
def test_inference_takes_a_single_example():
    one = batch_norm_inference(BATCH[0], GAMMA, BETA, [0.0] * 3, [1.0] * 3)
    assert np.array_equal(one, batch_norm_inference(BATCH, GAMMA, BETA, [0.0] * 3, [1.0] * 3)[0])


@no_warnings
def test_inference_takes_a_variance_of_0():
    out = batch_norm_inference([[3.0]], [10.0], [5.0], [2.0], [0.0], epsilon=0.25)
    assert out.tolist() == [[25]]


@no_warnings
def test_inference_on_an_empty_batch_is_empty():
    empty = batch_norm_inference(np.ones((0, 3)), GAMMA, BETA, [0.0] * 3, [1.0] * 3)
    assert empty.shape == (0, 3)


def test_inputs_stay_as_they_were():
    x = Tensor(BATCH)
    batch_norm(x, GAMMA, BETA).backward(np.ones(BATCH.shape))
    assert np.array_equal(x.data, BATCH)


# ---- Arrays in, arrays out; the precision ----


@pytest.mark.parametrize("position", [0, 1, 2])
def test_tensor_among_the_arguments_gives_a_tensor(position):
    given = [BATCH, GAMMA, BETA]
    given[position] = Tensor(given[position])
    assert isinstance(batch_norm(*given), Tensor)


def test_arrays_give_an_array():
    assert isinstance(batch_norm(BATCH, GAMMA, BETA), np.ndarray)


def training(x):
    return batch_norm(x, GAMMA, BETA)


def inference_with(x, gamma, beta):
    return batch_norm_inference(x, gamma, beta, np.zeros(3), np.ones(3))


def inference(x):
    return inference_with(x, GAMMA, BETA)


@pytest.mark.parametrize("function", [training, inference])
@pytest.mark.parametrize("wrap", [np.array, Tensor])
@dtypes
def test_lists_take_the_precision_of_the_inputs(function, wrap, dtype):
    assert function(wrap(BATCH.astype(dtype))).dtype == dtype


@pytest.mark.parametrize("function", [batch_norm, inference_with])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_array_in_float64_makes_the_result_float64(function, position):
    given = [np.array(x, np.float32) for x in (BATCH, GAMMA, BETA)]
    given[position] = given[position].astype(np.float64)
    assert function(*given).dtype == np.float64


@pytest.mark.parametrize("function", [training, inference])
def test_lists_alone_are_float64(function):
    assert function(BATCH.tolist()).dtype == np.float64


@dtypes
def test_moments_have_the_precision_of_the_inputs(dtype):
    assert [statistic.dtype for statistic in moments(BATCH.astype(dtype))] == [dtype, dtype]


# ---- Bad input ----


@pytest.mark.parametrize("function", [moments, training])
@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (2, 0, 3)])
def test_inputs_with_nothing_to_average_are_refused(function, shape):
    with pytest.raises(ValueError, match=r"^inputs must .* at least one .*; got shape \("):
        function(np.ones(shape))


def test_inference_on_a_single_number_is_refused():
    with pytest.raises(ValueError, match=r"^inputs must have the axes .*; got shape \(\)"):
        inference(1.0)


@pytest.mark.parametrize("name", ["gamma", "beta", "mean", "variance"])
@pytest.mark.parametrize("value", [1.0, [1.0], [1.0, 1.0], np.ones((5, 3))], ids=np.shape)
def test_wrong_number_of_channels_is_refused(name, value):
    given = {"gamma": GAMMA, "beta": BETA, "mean": [0.0] * 3, "variance": [1.0] * 3, name: value}
    with pytest.raises(
        ValueError, match=rf"^{name} must have .* shape \(3,\), for inputs of shape \(5, 3\); got"
    ):
        batch_norm_inference(BATCH, **given)


@pytest.mark.parametrize("name", ["gamma", "beta"])
def test_wrong_number_of_channels_is_refused_in_training(name):
    given = {"gamma": GAMMA, "beta": BETA, name: [1.0]}
    with pytest.raises(ValueError, match=rf"^{name} must have .*; got shape \(1,\)"):
        batch_norm(BATCH, **given)


@pytest.mark.parametrize("name", ["inputs", "gamma", "beta", "mean", "variance"])
def test_what_is_no_number_is_refused(name):
    given = {"inputs": BATCH, "gamma": GAMMA, "beta": BETA, "mean": GAMMA, "variance": [1.0] * 3}
    with pytest.raises(TypeError, match=f"^{name} must be .*got str"):
        batch_norm_inference(**(given | {name: "abc"}))


def test_negative_variance_is_refused():
    with pytest.raises(ValueError, match=r"^variance must be 0 or more; got -0\.5"):
        batch_norm_inference(BATCH, GAMMA, BETA, [0.0] * 3, [1.0, -0.5, 0.0])


epsilons = pytest.mark.parametrize(
    ("epsilon", "error"),
    [
        (-1e-3, ValueError),
        (np.nan, ValueError),
        (np.inf, ValueError),
        ("small", TypeError),
        (None, TypeError),
    ],
)


@epsilons
def test_epsilon_that_makes_no_sense_is_refused(epsilon, error):
    with pytest.raises(error, match="^epsilon must be .*; got "):
        batch_norm(BATCH, GAMMA, BETA, epsilon=epsilon)


@epsilons
def test_epsilon_that_makes_no_sense_is_refused_in_inference(epsilon, error):
    with pytest.raises(error, match="^epsilon must be .*; got "):
        batch_norm_inference(BATCH, GAMMA, BETA, GAMMA, [1.0] * 3, epsilon=epsilon)
