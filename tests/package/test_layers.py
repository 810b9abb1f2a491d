"""Layers: the same numbers as Keras step by step, deep networks, the precision, bad input."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from underhood.autodiff import Tensor
from underhood.layers import Activation, BatchNorm, Dense, Layer, Residual, Sequential
from underhood.ops import mean, relu, tanh
from underhood.ops import sum as total

from .reference import relative_error, signed_array

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])

BATCH = signed_array(0, (6, 3))


def rng(seed=0):
    return np.random.default_rng(seed)


def keras_batch_norm(layer, dtype="float64", axes=2):
    """Return Keras's layer with the values of ours."""
    theirs = keras.layers.BatchNormalization(
        momentum=layer.momentum, epsilon=layer.epsilon, dtype=dtype
    )
    theirs.build((None,) * (axes - 1) + layer.gamma.shape)
    theirs.set_weights(
        [layer.gamma.data, layer.beta.data, layer.moving_mean, layer.moving_variance]
    )
    return theirs


def keras_dense(layer):
    theirs = keras.layers.Dense(layer.kernel.shape[1], dtype="float64")
    theirs.build((None, layer.kernel.shape[0]))
    theirs.set_weights([layer.kernel.data, layer.bias.data])
    return theirs


def apart(got, want):
    """Return the largest norm-relative distance between arrays of two lists."""
    return max(relative_error(a, b) for a, b in zip(got, want, strict=True))


# ---- Against Keras ----


@pytest.mark.parametrize("shape", [(6, 3), (2, 5, 3), (3,)], ids=str)
def test_dense_agrees_with_keras(shape):
    ours = Dense.initialized(3, 4, "he", rng())
    ours.bias.data[...] = signed_array(1, (4,))
    x = signed_array(0, shape)
    want = keras_dense(ours)(np.atleast_2d(x)).numpy().reshape(*shape[:-1], 4)
    assert relative_error(ours(x).data, want) <= 1e-14


def test_weights_of_keras_fit():
    theirs = keras.layers.Dense(4, dtype="float64")
    want = theirs(BATCH).numpy()
    assert relative_error(Dense(*theirs.get_weights())(BATCH).data, want) <= 1e-14


def test_defaults_of_batch_norm_are_those_of_keras():
    ours, theirs = BatchNorm(3), keras.layers.BatchNormalization()
    assert (ours.momentum, ours.epsilon) == (theirs.momentum, theirs.epsilon)


def test_state_of_batch_norm_begins_as_in_keras():
    ours, theirs = BatchNorm(3), keras.layers.BatchNormalization()
    theirs.build((None, 3))
    state = [ours.gamma.data, ours.beta.data, ours.moving_mean, ours.moving_variance]
    assert [x.tolist() for x in state] == [x.tolist() for x in theirs.get_weights()]


@pytest.mark.parametrize("shape", [(6, 3), (2, 5, 3), (2, 2, 3, 3)], ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6)])
def test_batch_norm_follows_keras_through_training_to_inference(shape, dtype, tolerance):
    ours = BatchNorm(3, momentum=0.8, epsilon=0.1, dtype=dtype)
    theirs = keras_batch_norm(ours, dtype, len(shape))
    for step in range(4):
        batch = (step + signed_array(step, shape)).astype(dtype)
        got = [ours(batch, training=True).data, ours.moving_mean, ours.moving_variance]
        want = [theirs(batch, training=True), theirs.moving_mean, theirs.moving_variance]
        assert apart(got, want) <= tolerance
    assert relative_error(ours(batch).data, theirs(batch, training=False)) <= tolerance


def networks():
    """Return a network of ours and the same of Keras: a function and its layers."""
    random = rng(1)
    first, second, last = (
        Dense.initialized(3, 8, "he", random),
        Dense.initialized(8, 8, "glorot", random),
        Dense.initialized(8, 2, 0.5, random),
    )
    outer, inner = BatchNorm(8, momentum=0.9), BatchNorm(8, momentum=0.9)
    ours = Sequential(
        first, outer, Activation(tanh), Residual(inner, Activation(relu), second), last
    )
    a, b, c = keras_dense(first), keras_dense(second), keras_dense(last)
    norm, norm_inside = keras_batch_norm(outer), keras_batch_norm(inner)

    def theirs(x, training):
        x = tf.tanh(norm(a(x), training=training))
        x = x + b(tf.nn.relu(norm_inside(x, training=training)))
        return c(x)

    return ours, theirs, [a, norm, norm_inside, b, c]


def test_network_follows_keras_through_20_steps_of_descent():
    ours, theirs, their_layers = networks()
    variables = [v for layer in their_layers for v in layer.trainable_variables]
    labels, rate = signed_array(2, (16, 2)), 0.1
    for step in range(20):
        batch = signed_array(3 + step, (16, 3))
        loss = mean((ours(batch, training=True) - labels) ** 2)
        loss.backward()
        for parameter in ours.parameters:
            parameter.data -= rate * parameter.grad
        with tf.GradientTape() as tape:
            their_loss = tf.reduce_mean((theirs(tf.constant(batch), True) - labels) ** 2)
        gradients = tape.gradient(their_loss, [v.value for v in variables])
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(rate * gradient)

    got = [loss.data, *(p.data for p in ours.parameters), ours(BATCH).data]
    want = [their_loss, *(v.value for v in variables), theirs(tf.constant(BATCH), False)]
    assert [np.shape(a) for a in got] == [b.shape for b in want]
    assert (
        relative_error(*(np.concatenate([np.ravel(x) for x in xs]) for xs in (got, want))) <= 1e-10
    )


# ---- Initial weights ----


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [("glorot", np.sqrt(2 / 500)), ("he", np.sqrt(2 / 300)), (0.25, 0.25), (1, 1)],
)
def test_initial_weights_have_the_standard_deviation(initializer, deviation):
    weights = Dense.initialized(300, 200, initializer, rng()).kernel.data
    assert np.std(weights) == pytest.approx(deviation, rel=0.02)


def test_initial_weights_have_mean_0():
    weights = Dense.initialized(300, 200, 1.0, rng()).kernel.data
    assert abs(np.mean(weights)) < 5 / np.sqrt(weights.size)


@pytest.mark.parametrize(
    ("initializer", "theirs"),
    [("glorot", keras.initializers.GlorotUniform), ("he", keras.initializers.HeNormal)],
)
def test_standard_deviation_is_that_of_keras(initializer, theirs):
    weights = Dense.initialized(300, 200, initializer, rng()).kernel.data
    want = np.std(theirs(seed=0)((300, 200)))
    assert np.std(weights) == pytest.approx(want, rel=0.02)


def test_initial_weights_are_normally_distributed():
    weights = Dense.initialized(300, 200, 1.0, rng()).kernel.data
    assert np.mean(np.abs(weights) > 2) == pytest.approx(0.0455, rel=0.1)


def test_deviation_0_gives_zeros():
    assert not np.any(Dense.initialized(2, 3, 0, rng()).kernel.data)


def test_initial_biases_are_0():
    assert Dense.initialized(2, 3, "he", rng()).bias.data.tolist() == [0, 0, 0]


def test_equal_seeds_give_equal_weights():
    one, other = (Dense.initialized(2, 3, "he", rng(5)).kernel.data for _ in range(2))
    assert np.array_equal(one, other)


def test_layers_from_one_generator_differ():
    random = rng()
    one, other = (Dense.initialized(2, 3, "he", random).kernel.data for _ in range(2))
    assert not np.any(one == other)


# ---- Networks ----


def test_outputs_of_batch_norm_in_inference_do_not_depend_on_the_rest_of_the_batch():
    layer = BatchNorm(3)
    layer(BATCH, training=True)
    assert np.array_equal(layer(BATCH[:1]).data, layer(BATCH).data[:1])


def test_inference_leaves_the_running_statistics_alone():
    layer = BatchNorm(3)
    layer(BATCH)
    assert [layer.moving_mean.tolist(), layer.moving_variance.tolist()] == [[0] * 3, [1] * 3]


@pytest.mark.parametrize(("momentum", "mean"), [(0, BATCH.mean(axis=0)), (1, np.zeros(3))])
def test_momentum_may_be_0_or_1(momentum, mean):
    layer = BatchNorm(3, momentum=momentum)
    layer(BATCH, training=True)
    assert np.array_equal(layer.moving_mean, mean)


def test_batch_that_is_refused_leaves_the_running_statistics_alone():
    layer = BatchNorm(3)
    with pytest.raises(ValueError, match="^gamma must have"):
        layer(BATCH[:, :1], training=True)
    assert [layer.moving_mean.tolist(), layer.moving_variance.tolist()] == [[0] * 3, [1] * 3]


def test_network_hands_training_on_to_layers_in_a_residual():
    inner = BatchNorm(3)
    Sequential(Sequential(Residual(inner)))(BATCH, training=True)
    assert np.all(inner.moving_mean != 0)


def test_network_is_in_inference_unless_told():
    inner = BatchNorm(3)
    Sequential(Residual(inner))(BATCH)
    assert not np.any(inner.moving_mean)


def test_parameters_are_listed_in_the_order_of_the_layers():
    first, norm, last = Dense(np.ones((3, 3))), BatchNorm(3), Dense(np.ones((3, 1)))
    net = Sequential(first, Residual(norm, Activation(relu)), last)
    want = [first.kernel, first.bias, norm.gamma, norm.beta, last.kernel, last.bias]
    assert [id(p) for p in net.parameters] == [id(p) for p in want]


def test_shared_parameter_is_listed_once():
    shared = Dense(np.eye(3))
    assert len(Sequential(shared, Activation(relu), shared).parameters) == 2


def test_residual_adds_the_inputs():
    inner = Dense(signed_array(4, (3, 3)))
    assert np.array_equal(Residual(inner)(BATCH).data, BATCH + inner(BATCH).data)


def test_gradient_through_a_residual_is_that_of_both_ways():
    x = Tensor(BATCH)
    total(Residual(Dense(np.full((3, 3), 2.0)))(x)).backward()
    assert x.grad.tolist() == np.full((6, 3), 1 + 3 * 2.0).tolist()


@pytest.mark.parametrize("container", [Sequential, Residual])
def test_200_layers_work(container):
    random = rng()
    net = Sequential(
        *(
            container(BatchNorm(3), Activation(relu), Dense.initialized(3, 3, 0.1, random))
            for _ in range(200)
        )
    )
    total(net(BATCH, training=True)).backward()
    assert np.all([np.all(np.isfinite(p.grad)) for p in net.parameters])


def test_200_residuals_within_one_another_work():
    net = Dense(np.zeros((3, 3)))
    for _ in range(200):
        net = Residual(net)
    assert np.array_equal(net(BATCH[:1] * 0).data, np.zeros((1, 3)))


@pytest.mark.parametrize("layer", [Dense(np.eye(3)), BatchNorm(3), Activation(tanh)])
def test_list_is_taken_for_an_array(layer):
    got, want = layer(BATCH.tolist()), layer(BATCH)
    assert np.array_equal(getattr(got, "data", got), getattr(want, "data", want))


def test_any_object_that_keeps_the_contract_is_a_layer():
    class Halve:
        parameters = ()

        def __call__(self, inputs, training=False):
            return inputs / 2

    assert isinstance(Halve(), Layer)
    assert Sequential(Halve(), Halve())(np.array([4.0])).tolist() == [1]


# ---- The precision ----


def mixed_network(dtype):
    random = rng()
    return Sequential(
        Dense.initialized(3, 4, "he", random, dtype=dtype),
        BatchNorm(4, dtype=dtype),
        Activation(tanh),
        Residual(Dense.initialized(4, 4, "glorot", random, dtype=dtype)),
    )


@dtypes
@pytest.mark.parametrize("training", [False, True])
def test_network_keeps_the_dtype(dtype, training):
    assert mixed_network(dtype)(BATCH.astype(dtype), training).dtype == dtype


@dtypes
def test_list_takes_the_precision_of_the_network(dtype):
    assert mixed_network(dtype)(BATCH.tolist()).dtype == dtype


@dtypes
def test_parameters_and_their_gradients_have_the_dtype(dtype):
    net = mixed_network(dtype)
    total(net(BATCH.astype(dtype), training=True)).backward()
    assert {p.dtype.name for p in net.parameters} == {dtype}
    assert {p.grad.dtype.name for p in net.parameters} == {dtype}


@dtypes
@pytest.mark.parametrize("steps", [0, 1])
def test_running_statistics_have_the_dtype(steps, dtype):
    layer = BatchNorm(3, dtype=dtype)
    for _ in range(steps):
        layer(BATCH, training=True)
    assert [layer.moving_mean.dtype, layer.moving_variance.dtype] == [dtype, dtype]


@dtypes
def test_bias_has_the_dtype_of_the_kernel(dtype):
    kernel = np.ones((2, 1), dtype)
    assert [Dense(kernel).bias.dtype, Dense(kernel, [1.0]).bias.dtype] == [dtype, dtype]


def test_layer_does_not_share_memory_with_the_array_it_was_made_of():
    kernel = np.ones((2, 1))
    Dense(kernel).kernel.data[...] = 0
    assert kernel.tolist() == [[1], [1]]


# ---- Bad input ----


@pytest.mark.parametrize("shape", [(), (3,), (1, 3, 2)])
def test_kernel_that_is_no_matrix_is_refused(shape):
    with pytest.raises(
        ValueError, match=r"^kernel must have the axes \(units_in, units_out\); got"
    ):
        Dense(np.ones(shape))


@pytest.mark.parametrize("shape", [(), (3,), (1, 2)])
def test_bias_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match=r"^bias must have shape \(2,\).*; got shape \("):
        Dense(np.ones((3, 2)), np.ones(shape))


@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_weights_that_are_no_numbers_are_refused(name):
    given = {"kernel": np.ones((3, 1)), "bias": [0.0], name: "abc"}
    with pytest.raises(TypeError, match=f"^{name} must be .*got str"):
        Dense(**given)


@pytest.mark.parametrize("inputs", [np.ones((6, 2)), [[1.0, 2.0]], 1.0, Tensor(np.ones(2))])
def test_inputs_that_do_not_fit_a_dense_layer_are_refused(inputs):
    with pytest.raises(ValueError, match=r"^inputs must have the axes \(\.\.\., 3\).*; got shape"):
        Dense(np.ones((3, 2)))(inputs)


@pytest.mark.parametrize("name", ["units_in", "units_out"])
@pytest.mark.parametrize(("units", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError)])
def test_number_of_units_that_makes_no_sense_is_refused(name, units, error):
    given = {"units_in": 3, "units_out": 2, name: units}
    with pytest.raises(error, match=f"^{name} must be .*; got {units}"):
        Dense.initialized(**given, initializer="he", rng=rng())


@pytest.mark.parametrize(
    ("initializer", "error"),
    [
        ("lecun", ValueError),
        (-0.1, ValueError),
        (np.nan, ValueError),
        (np.inf, ValueError),
        (None, TypeError),
    ],
)
def test_initializer_that_makes_no_sense_is_refused(initializer, error):
    with pytest.raises(error, match="^initializer.* must be .*; got "):
        Dense.initialized(3, 2, initializer, rng())


def test_seed_in_place_of_a_generator_is_refused():
    with pytest.raises(TypeError, match="^rng must be .*default_rng.*; got 0"):
        Dense.initialized(3, 2, "he", 0)


@pytest.mark.parametrize(("channels", "error"), [(0, ValueError), (2.0, TypeError)])
def test_number_of_channels_that_makes_no_sense_is_refused(channels, error):
    with pytest.raises(error, match=f"^channels must be .*; got {channels}"):
        BatchNorm(channels)


@pytest.mark.parametrize(
    ("momentum", "error"), [(-0.1, ValueError), (1.1, ValueError), ("high", TypeError)]
)
def test_momentum_that_makes_no_sense_is_refused(momentum, error):
    with pytest.raises(error, match=f"^momentum must be .*; got '?{momentum}"):
        BatchNorm(3, momentum=momentum)


def test_negative_epsilon_is_refused_when_the_layer_is_made():
    with pytest.raises(ValueError, match=r"^epsilon must be .*; got -1"):
        BatchNorm(3, epsilon=-1)


def test_name_of_an_activation_is_refused():
    with pytest.raises(TypeError, match=r"^function must be callable, .*relu; got 'relu'"):
        Activation("relu")


@pytest.mark.parametrize("container", [Sequential, Residual])
@pytest.mark.parametrize(
    ("layer", "remedy"),
    [
        (relu, r"Activation\(function\)"),
        (Dense, "got <class"),
        ("relu", "got 'relu'"),
        (None, "got None"),
    ],
)
def test_what_is_no_layer_is_refused(container, layer, remedy):
    with pytest.raises(TypeError, match=rf"^layers\[1\] must be a layer.*{remedy}"):
        container(Dense(np.eye(3)), layer)


def test_residual_whose_layers_change_the_shape_is_refused():
    with pytest.raises(ValueError, match=r"keep the shape .*\(6, 3\); they made it \(6, 1\)"):
        Residual(Dense(np.ones((3, 1))))(BATCH)
