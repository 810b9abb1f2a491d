"""Causal networks in Keras: against the book's own convolution, rebuilt, retrained, repeated."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import underhood
from underhood import ops
from underhood.convolution import causal_conv1d
from underhood.keras import build_causal_network, causal_layers, reinitialize, train

from .reference import random_array, relative_error, signed_array

ACTIVATIONS = {"linear": lambda x: x, "relu": ops.relu, "tanh": ops.tanh}


def in_numpy(model, x):
    for kernel, bias, dilation, activation in causal_layers(model):
        x = ACTIVATIONS[activation](causal_conv1d(x, kernel, bias, dilation))
    return x


class Traced:
    """A loss that counts how often TensorFlow traces it."""

    def __init__(self):
        self.times = 0

    def __call__(self, y, outputs):
        self.times += 1
        return keras.ops.mean((y - outputs) ** 2)


def weights_equal(one, other):
    return [np.array_equal(a, b) for a, b in zip(one, other, strict=True)]


@pytest.fixture
def float64():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


# ---- Building ----


def test_network_maps_series_of_any_length_to_outputs_at_every_step():
    model = build_causal_network(4, (3, 2), (1, 2), outputs=5, channels=2)

    shapes = [tuple(model(np.zeros((3, steps, 2))).shape) for steps in (1, 7)]

    assert shapes == [(3, 1, 5), (3, 7, 5)]


def test_network_has_the_layers_asked_for():
    model = build_causal_network(4, (3, 2), (1, 5), outputs=6, channels=2, activation="tanh")

    got = [(x.kernel.shape, x.bias.shape, x.dilation, x.activation) for x in causal_layers(model)]

    assert got == [
        ((3, 2, 4), (4,), 1, "tanh"),
        ((2, 4, 4), (4,), 5, "tanh"),
        ((1, 4, 6), (6,), 1, "linear"),
    ]


def test_default_network_is_the_one_of_the_forecasting_example():
    model = build_causal_network()

    got = [(x.kernel.shape, x.dilation, x.activation) for x in causal_layers(model)]

    assert got == [
        ((5, 1, 32), 1, "relu"),
        *[((5, 32, 32), 1, "relu")] * 3,
        ((1, 32, 1), 1, "linear"),
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"kernel_sizes": (2, 0)}, ValueError, r"kernel_sizes\[1\] must be 1 or more"),
        ({"dilations": (1, 2)}, ValueError, "dilations must have 4 numbers"),
        ({"dilations": (1, 2, 0.5, 1)}, TypeError, r"dilations\[2\] must be an integer"),
        ({"filters": 0}, ValueError, "filters"),
        ({"outputs": 0}, ValueError, "units"),
    ],
)
def test_network_that_makes_no_sense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        build_causal_network(**arguments)


# ---- Layers for NumPy ----


STACKS = [
    ((1,), (1,), "relu", 1),
    ((2, 2, 2, 2), (1, 2, 4, 8), "relu", 1),
    ((5, 3, 1, 4), (3, 1, 2, 5), "tanh", 3),
    ((7, 2), (1, 9), "linear", 2),
]


@pytest.mark.parametrize(("sizes", "dilations", "activation", "channels"), STACKS)
def test_numpy_computes_what_keras_does_in_double_precision(
    float64, sizes, dilations, activation, channels
):
    model = build_causal_network(6, sizes, dilations, 2, channels, activation)
    x = signed_array(0, (3, 40, channels))

    assert relative_error(in_numpy(model, x), model(x)) <= 1e-12


@pytest.mark.parametrize(("sizes", "dilations", "activation", "channels"), STACKS)
def test_numpy_computes_what_keras_does_in_single_precision(sizes, dilations, activation, channels):
    model = build_causal_network(6, sizes, dilations, 2, channels, activation)
    x = signed_array(0, (3, 40, channels), "float32")

    ours = in_numpy(model, x)

    assert ours.dtype == np.float32
    assert relative_error(ours, model(x)) <= 2e-5


def test_biases_are_among_the_weights():
    model = build_causal_network(3, (2,), outputs=2)
    model.set_weights([random_array(0, w.shape) for w in model.get_weights()])

    (_, first, *_), (_, second, *_) = causal_layers(model)

    assert_array_equal(first, model.get_weights()[1])
    assert_array_equal(second, model.get_weights()[3])


def test_layer_without_a_bias_has_none():
    model = keras.Sequential([layers.Conv1D(2, 2, padding="causal", use_bias=False)])
    model(np.zeros((1, 3, 1)))

    ((_, bias, *_),) = causal_layers(model)

    assert bias is None


def test_weights_go_to_numpy_and_back_unchanged():
    model = build_causal_network(3, (4, 2), (1, 3), outputs=2)
    before = model.get_weights()

    for layer, ours in zip(model.layers, causal_layers(model), strict=True):
        layer.set_weights([ours.kernel.reshape(layer.kernel.shape), ours.bias])

    assert all(weights_equal(model.get_weights(), before))


def test_changing_the_layers_leaves_the_model_alone():
    model = build_causal_network(3, (4,))
    before = model.get_weights()

    for layer in causal_layers(model):
        layer.kernel[:] = 7
        layer.bias[:] = 7

    assert all(weights_equal(model.get_weights(), before))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv1D(2, 3, padding="same"),
        layers.Conv1D(2, 3, padding="causal", strides=2),
        layers.Conv1D(2, 3, padding="causal", groups=2),
        layers.GRU(2),
    ],
    ids=["same", "strides", "groups", "recurrent"],
)
def test_layer_that_is_no_causal_convolution_is_refused(layer):
    model = keras.Sequential([keras.Input((None, 2)), layer])

    with pytest.raises(ValueError, match=rf"{layer.name} must be a Dense or a Conv1D"):
        causal_layers(model)


def test_model_without_weights_is_refused():
    model = keras.Sequential([layers.Dense(2)])

    with pytest.raises(ValueError, match="has no weights yet"):
        causal_layers(model)


def test_layers_of_something_else_are_refused():
    with pytest.raises(TypeError, match=r"model must be a keras\.Sequential; got list"):
        causal_layers([])


# ---- Fresh weights ----


def mixed_model():
    """Return a model whose layers draw their weights, and random numbers, in many ways."""
    return keras.Sequential(
        [
            keras.Input((None, 2)),
            layers.Conv1D(4, 3, padding="causal", kernel_initializer="he_normal"),
            layers.GRU(3, return_sequences=True),
            layers.Dense(2, bias_initializer=keras.initializers.Constant(3)),
        ]
    )


def regularized_model():
    """Return a model that changes more in training than its weights."""
    return keras.Sequential(
        [
            keras.Input((None, 2)),
            layers.Dense(4),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(2),
        ]
    )


@pytest.mark.parametrize("build", [build_causal_network, mixed_model, regularized_model])
def test_fresh_weights_are_those_of_a_model_built_after_the_seed(build):
    keras.utils.set_random_seed(7)
    built = build().get_weights()
    keras.utils.set_random_seed(1)
    model = build()
    model.set_weights([w + 1 for w in model.get_weights()])

    reinitialize(model, 7)

    assert all(weights_equal(model.get_weights(), built))


def test_fresh_weights_differ_from_seed_to_seed():
    model = build_causal_network(4, (2, 2))
    reinitialize(model, 0)
    before = model.get_weights()

    reinitialize(model, 1)

    assert weights_equal(model.get_weights(), before) == [False, True] * 3  # biases start at 0


def fit(model, epochs=2):
    model.fit(signed_array(0, (16, 5, 2)), np.ones((16, 5, 2)), epochs=epochs, verbose=0)


def test_fit_after_fresh_weights_is_as_after_building():
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        model = regularized_model()
        model.compile("adam", "mse")
        fit(model)
        weights.append(model.get_weights())
    reinitialize(model, 3)
    fit(model)

    assert all(weights_equal(*weights))
    assert all(weights_equal(model.get_weights(), weights[0]))


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", "sgd"])
def test_fresh_weights_come_with_a_fresh_optimizer(optimizer):
    model = regularized_model()
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in model.optimizer.variables]
    fit(model)

    reinitialize(model, 0)

    assert all(weights_equal([v.numpy() for v in model.optimizer.variables], before))


def test_model_compiled_but_never_fitted_gets_fresh_weights():
    model = build_causal_network(2, (2,))
    model.compile("adam", "mse")
    before = model.get_weights()[0]

    reinitialize(model, 1)

    assert (model.get_weights()[0] != before).all()


def test_fresh_weights_leave_the_learning_rate_alone():
    model = regularized_model()
    model.compile(keras.optimizers.Adam(0.5), "mse")
    fit(model)
    model.optimizer.learning_rate = 0.125

    reinitialize(model, 0)

    assert float(model.optimizer.learning_rate) == 0.125


def test_fresh_weights_need_no_new_compilation_of_fit():
    loss = Traced()
    model = regularized_model()
    model.compile("adam", loss)
    fit(model)
    traced = loss.times

    reinitialize(model, 1)
    fit(model)

    assert loss.times == traced


@pytest.mark.parametrize("seed", [0.5, "a", None])
def test_fresh_weights_need_an_integer(seed):
    with pytest.raises(TypeError, match="seed must be an integer"):
        reinitialize(build_causal_network(2, (2,)), seed)


def test_fresh_weights_of_something_else_are_refused():
    class Own(keras.Model):
        def build(self, shape):
            self.built = True

    own = Own()
    own.build((1, 2))

    with pytest.raises(TypeError, match="Sequential or a functional keras.Model.* got Own"):
        reinitialize(own, 0)


def test_model_that_has_no_weights_yet_cannot_get_fresh_ones():
    with pytest.raises(ValueError, match="model has no weights yet"):
        reinitialize(keras.Sequential([layers.Dense(2)]), 0)


# ---- Training ----

X = signed_array(1, (40, 12, 1))
Y = np.concatenate([X, -X], axis=-1)
SETTINGS = {"epochs": 3, "batch_size": 20, "learning_rate": 0.01}


def small_network(seed=0):
    keras.utils.set_random_seed(seed)
    return build_causal_network(4, (2,), outputs=2)


def mean_squared_error(model, first_step=0):
    return np.mean((model(X).numpy() - Y)[:, first_step:] ** 2)


def test_training_on_one_batch_is_what_fit_does():
    ours, theirs = small_network(), small_network()
    theirs.compile(keras.optimizers.Adam(0.01), "mse")

    losses = train(ours, X, Y, epochs=20, batch_size=40, learning_rate=0.01)
    history = theirs.fit(X, Y, epochs=20, batch_size=40, verbose=0).history

    assert losses.shape == (20,)
    assert_allclose(losses, history["loss"], rtol=1e-3)
    assert losses[-1] < 0.9 * losses[0]


def test_loss_of_an_epoch_is_the_mean_over_its_series():
    model = small_network()

    losses = train(model, X, Y, epochs=2, batch_size=16, learning_rate=0.0)  # 16, 16 and 8

    assert_allclose(losses, mean_squared_error(model), rtol=1e-5)


def test_each_epoch_takes_every_series_once_in_a_new_order():
    seen = []
    x = np.broadcast_to(np.arange(10.0)[:, None, None], (10, 3, 1))

    def record(y, outputs):
        tf.py_function(lambda values: seen.append(values.numpy()[:, 0, 0]), [y], [])
        return tf.reduce_mean(outputs)

    train(small_network(), x, x, epochs=2, batch_size=4, loss=record)

    assert [len(batch) for batch in seen] == [4, 4, 2] * 2
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert_array_equal(np.sort(first), np.arange(10))
    assert_array_equal(np.sort(second), np.arange(10))
    assert (first != second).any()


def test_same_seed_leads_to_the_same_weights():
    one, other = small_network(), small_network()

    losses = [train(model, X, Y, seed=5, **SETTINGS) for model in (one, other)]

    assert all(weights_equal(one.get_weights(), other.get_weights()))
    assert_array_equal(*losses)


def test_another_seed_shuffles_differently():
    one, other = small_network(), small_network()

    train(one, X, Y, seed=5, **SETTINGS)
    train(other, X, Y, seed=6, **SETTINGS)

    assert not any(weights_equal(one.get_weights(), other.get_weights()))


def digest(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


def test_same_seed_leads_to_the_same_weights_in_another_process():
    model = small_network()
    train(model, X, Y, seed=5, **SETTINGS)
    program = (
        "import numpy as np; from underhood.keras import *; import hashlib\n"
        "x = np.random.default_rng([1, 40, 12, 1]).normal(size=(40, 12, 1))\n"
        "model = build_causal_network(4, (2,), outputs=2); reinitialize(model, 0)\n"
        "train(model, x, np.concatenate([x, -x], axis=-1), epochs=3, batch_size=20,\n"
        "      learning_rate=0.01, seed=5)\n"
        "weights = b''.join(w.tobytes() for w in model.get_weights())\n"
        "print(hashlib.sha256(weights).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(underhood.__file__).parents[1])}

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == digest(model)
    assert done.stderr == ""


def test_training_after_fresh_weights_forgets_everything_before():
    used, unused = small_network(), small_network()
    train(used, X, Y, **SETTINGS)
    reinitialize(used, 0)

    train(used, X, Y, **SETTINGS)
    train(unused, X, Y, **SETTINGS)

    assert all(weights_equal(used.get_weights(), unused.get_weights()))


def test_training_goes_on_from_the_present_weights():
    model = small_network()
    before = train(model, X, Y, **SETTINGS)

    after = train(model, X, Y, **SETTINGS)

    assert after[0] < before[-1]


def test_step_is_compiled_once_for_each_length_of_a_batch():
    loss = Traced()
    model = small_network()
    train(model, X, Y, loss=loss, epochs=3, batch_size=16)  # and of 8
    traced = loss.times

    for seed in range(3):
        reinitialize(model, seed)
        train(model, X, Y, loss=loss, epochs=1, batch_size=16, learning_rate=0.5, seed=seed)

    assert (traced, loss.times) == (2, 2)


def test_learning_rate_is_that_of_the_call():
    model = small_network()
    train(model, X, Y, **SETTINGS)
    before = model.get_weights()

    train(model, X, Y, epochs=1, learning_rate=0.0)

    assert all(weights_equal(model.get_weights(), before))


def test_default_learning_rate_is_a_thousandth():
    one, other = small_network(), small_network()

    train(one, X, Y, epochs=1)
    train(other, X, Y, epochs=1, batch_size=128, learning_rate=1e-3)

    assert all(weights_equal(one.get_weights(), other.get_weights()))


def test_steps_before_the_first_one_that_counts_do_not_count():
    one, other = small_network(), small_network()
    spoiled = Y.copy()
    spoiled[:, :7] = 100

    losses = train(one, X, Y, first_step=7, **SETTINGS)
    spoiled_losses = train(other, X, spoiled, first_step=7, **SETTINGS)

    assert_array_equal(losses, spoiled_losses)
    assert all(weights_equal(one.get_weights(), other.get_weights()))


def test_loss_from_a_first_step_on_is_the_mean_over_the_others():
    model = small_network()

    (loss,) = train(model, X, Y, epochs=1, learning_rate=0.0, first_step=7)

    assert_allclose(loss, mean_squared_error(model, 7), rtol=1e-5)


def test_labels_are_learned_with_a_loss_of_keras():
    labels = (X[:, :, 0] > 0).astype(int)
    model = small_network()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    losses = train(model, X, labels, loss=loss, epochs=60, batch_size=20, learning_rate=0.02)

    assert_allclose(losses[0], np.log(2), atol=0.4)
    assert losses[-1] < 0.1


def test_loss_may_be_named():
    model = small_network()

    (loss,) = train(model, X, Y, loss="mean_absolute_error", epochs=1, learning_rate=0.0)

    assert_allclose(loss, np.mean(np.abs(model(X).numpy() - Y)), rtol=1e-5)


def test_penalty_on_weights_shrinks_them():
    def train_with(penalty):
        regularizer = keras.regularizers.L2(penalty)
        dense = layers.Dense(1, kernel_initializer="ones", kernel_regularizer=regularizer)
        model = keras.Sequential([keras.Input((None, 1)), dense])
        train(model, X, X, epochs=20, learning_rate=0.01)
        return model.get_weights()[0].item()

    assert train_with(1.0) < 0.9
    assert_allclose(train_with(0.0), 1, atol=1e-2)


def test_layers_are_in_training_mode():
    model = keras.Sequential([keras.Input((None, 1)), layers.BatchNormalization()])

    train(model, X + 5, X, epochs=1)

    assert model.layers[0].moving_mean.numpy().item() > 0.01


def test_xla_leads_to_nearly_the_same_losses():
    one, other = small_network(), small_network()
    settings = {"epochs": 5, "batch_size": 20, "learning_rate": 0.01}

    plain = train(one, X, Y, **settings)
    compiled = train(other, X, Y, jit_compile=True, **settings)

    assert_allclose(compiled, plain, rtol=1e-4)


def test_xla_compiles_if_asked():
    def no_op_of_xla(y, outputs):
        tf.py_function(lambda values: None, [y], [])
        return tf.reduce_mean(outputs)

    model = small_network()
    train(model, X, Y, loss=no_op_of_xla, epochs=1)

    with pytest.raises(tf.errors.InvalidArgumentError, match="XLA"):
        train(model, X, Y, loss=no_op_of_xla, epochs=1, jit_compile=True)


def test_first_step_is_that_of_the_call():
    model = small_network()

    (all_steps,) = train(model, X, Y, epochs=1, learning_rate=0.0)
    (last_steps,) = train(model, X, Y, epochs=1, learning_rate=0.0, first_step=10)

    assert all_steps != last_steps


def test_training_prints_nothing(capfd):
    for seed in range(7):  # TensorFlow warns if five of ten calls of a function compile it
        model = keras.Sequential([keras.Input((None, 1)), layers.Dense(2)])
        train(model, X, Y, epochs=1, seed=seed)
        reinitialize(model, seed)

    assert capfd.readouterr() == ("", "")


def test_model_that_is_no_longer_used_is_forgotten():
    model = small_network()
    train(model, X, Y, **SETTINGS)
    gone = weakref.ref(model)

    del model
    gc.collect()

    assert gone() is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": Y[:, :, :1]}, ValueError, r"y must have the shape .*\(40, 12, 2\); got \(40, 12, 1"),
        ({"y": Y[:-1]}, ValueError, r"same series.*\(40, 12, 1\) and \(39, 12, 2\)"),
        ({"x": X[:0], "y": Y[:0]}, ValueError, "at least one"),
        ({"x": "text"}, TypeError, "x must be a number, an array"),
        ({"epochs": 0}, ValueError, "epochs must be 1 or more; got 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be an integer; got 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be 1 or more"),
        ({"batch_size": True}, TypeError, "batch_size must be an integer; got True"),
        ({"first_step": -1}, ValueError, "first_step must be 0 or more"),
        ({"first_step": 12}, ValueError, "first_step must be less than the 12 steps"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate must be a number, 0 or more"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate must be a number"),
        ({"learning_rate": "fast"}, ValueError, "learning_rate must be a number.*'fast'"),
        ({"seed": 0.5}, TypeError, "seed must be an integer"),
    ],
)
def test_training_that_makes_no_sense_is_refused(arguments, error, message):
    model = small_network()
    before = model.get_weights()

    with pytest.raises(error, match=message):
        train(model, **{"x": X, "y": Y, "epochs": 1, **arguments})

    assert all(weights_equal(model.get_weights(), before))
