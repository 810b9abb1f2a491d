"""Gradient norms and pre-activations by layer: by hand, against the tape, without side effects."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from underhood import ops
from underhood.autodiff import Tensor
from underhood.keras import build_dense_stack
from underhood.layers import Activation, BatchNorm, Dense, Residual, Sequential
from underhood.probes import gradient_norms, pre_activation_statistics

from .reference import run_alone, signed_array

X, LABELS = signed_array(0, (12, 5)), np.arange(12) % 3
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def our_cross_entropy(labels, logits):
    return -ops.mean(ops.log_softmax(logits)[np.arange(len(labels)), labels])


def half_square(y, outputs):
    return ops.mean((outputs - y) ** 2) / 2


def our_network(seed=0, kind=Residual):
    rng = np.random.default_rng(seed)
    return Sequential(
        Dense.initialized(5, 4, "he", rng),
        kind(BatchNorm(4), Activation(ops.tanh), Dense.initialized(4, 4, "he", rng)),
        Activation(ops.relu),
        Dense.initialized(4, 3, "he", rng),
    )


def their_network(dtype="float64"):
    """The same network in Keras, with the weights of ours."""
    start = h = keras.Input((5,), dtype=dtype)
    h = layers.Dense(4, dtype=dtype, name="first")(h)
    residual = layers.BatchNormalization(dtype=dtype, name="norm")(h)
    residual = layers.Activation("tanh", dtype=dtype, name="tanh")(residual)
    residual = layers.Dense(4, dtype=dtype, name="inner")(residual)
    h = layers.ReLU(dtype=dtype, name="relu")(layers.Add(dtype=dtype)([h, residual]))
    model = keras.Model(start, layers.Dense(3, dtype=dtype, name="last")(h))
    for variable, tensor in zip(model.trainable_variables, our_network().parameters, strict=True):
        variable.assign(tensor.data)
    return model


def small_model(*middle, units=3):
    return keras.Sequential([keras.Input((5,)), *middle, layers.Dense(units, name="last")])


# ---- By hand ----


def test_gradient_norm_is_that_of_all_parameters_of_a_layer_together():
    net = Sequential(Dense([[1.0], [1.0]], [0.0]), Activation(ops.relu), Dense([[3.0]], [0.0]))

    norms = gradient_norms(net, [[1.0, 2.0]], [[8.0]], half_square)  # 9 - 8: a residual of 1

    assert norms["dense_2"] == np.sqrt(3.0**2 + 1.0**2)
    assert norms["dense_1"] == np.sqrt((3 * 1) ** 2 + (3 * 2) ** 2 + 3**2)


def test_gradient_behind_a_closed_gate_is_zero():
    net = Sequential(Dense([[1.0]], [-5.0]), Activation(ops.relu), Dense([[3.0]]))

    assert gradient_norms(net, [[2.0]], [[1.0]], half_square)["dense_1"] == 0


def test_pre_activations_are_what_arrives_at_the_gate():
    net = Sequential(Dense([[2.0]], [-1.0]), Activation(ops.relu), Dense([[1.0]]))

    statistics = pre_activation_statistics(net, [[0.0], [0.0], [1.0], [1.0]])  # -1, -1, 1, 1

    assert statistics == {"activation_1": (0.0, 1.0, 0.5)}


def test_zero_does_not_count_as_positive():
    net = Sequential(Dense([[0.0]]), Activation(ops.relu))

    assert pre_activation_statistics(net, [[1.0]])["activation_1"].positive == 0


def test_keras_reports_what_arrives_at_the_gate_inside_of_a_layer():
    model = small_model(layers.Dense(1, "relu", name="gate"))
    model.set_weights([np.ones((5, 1)), np.array([-1.0]), np.ones((1, 3)), np.zeros(3)])

    statistics = pre_activation_statistics(model, [[0.0] * 5, [0.2] * 5, [0.6] * 5])  # -1, 0, 2

    assert list(statistics) == ["gate"]
    np.testing.assert_allclose(statistics["gate"], (1 / 3, np.sqrt(14) / 3, 1 / 3), atol=1e-6)


# ---- The engine, Keras and the tape agree ----


def test_engine_and_keras_have_the_same_gradient_norms():
    ours = gradient_norms(our_network(), X, LABELS, our_cross_entropy)
    theirs = gradient_norms(their_network(), X, LABELS, cross_entropy)

    assert list(ours) == ["dense_1", "batch_norm_1", "dense_2", "dense_3"]
    assert list(theirs) == ["first", "norm", "inner", "last"]
    np.testing.assert_allclose(list(ours.values()), list(theirs.values()), rtol=1e-6)


def test_engine_and_keras_have_the_same_pre_activations():
    ours = pre_activation_statistics(our_network(), X)
    theirs = pre_activation_statistics(their_network(), X)

    assert list(ours) == ["activation_1", "activation_2"]
    assert list(theirs) == ["tanh", "relu"]
    np.testing.assert_allclose(list(ours.values()), list(theirs.values()), atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
def test_norms_are_those_of_the_tape(training):
    keras.utils.set_random_seed(3)
    model = small_model(layers.Dense(6, "gelu"), layers.BatchNormalization(momentum=1.0))

    norms = gradient_norms(model, X, LABELS, cross_entropy, training=training)

    with tf.GradientTape() as tape:
        loss = cross_entropy(LABELS, model(X, training=training))
    gradients = tape.gradient(loss, model.trainable_variables)
    want = [
        np.sqrt(sum(float(tf.reduce_sum(g**2)) for g in gradients[i : i + 2])) for i in (0, 2, 4)
    ]
    np.testing.assert_allclose(list(norms.values()), want, rtol=1e-5)


def test_batch_normalization_uses_the_batch_in_training_and_its_memory_afterwards():
    network = our_network()

    training = pre_activation_statistics(network, X)["activation_1"]
    inference = pre_activation_statistics(network, X, training=False)["activation_1"]

    assert abs(training.deviation - 1) < 0.01
    assert abs(inference.deviation - 1) > 0.1


def test_tiny_gradients_do_not_underflow_in_the_norm():
    model = small_model()

    def tiny(y, outputs):
        return 1e-30 * tf.reduce_sum(outputs)

    norms = gradient_norms(model, np.ones((1, 5)), None, tiny)

    np.testing.assert_allclose(norms["last"], 1e-30 * np.sqrt(15 + 3), rtol=1e-6)


# ---- Which layers, under which name ----


def test_nested_models_are_opened():
    inner = keras.Sequential([keras.Input((5,)), layers.Dense(4, "tanh", name="d")], name="inner")

    assert list(gradient_norms(small_model(inner), X, LABELS, cross_entropy)) == ["inner/d", "last"]
    assert list(pre_activation_statistics(small_model(inner), X)) == ["inner/d"]


def test_frozen_layers_are_left_out():
    model = small_model(layers.Dense(4, name="frozen", trainable=False))

    assert list(gradient_norms(model, X, LABELS, cross_entropy)) == ["last"]


def test_layer_that_is_used_twice_appears_once_with_its_whole_gradient():
    shared = Dense([[2.0]])
    net = Sequential(shared, shared)  # 4 x, with the derivative 2 * 2 x by the weight

    norms = gradient_norms(net, [[1.0]], [[0.0]], lambda y, out: ops.sum(out))

    assert norms == {"dense_1": np.hypot(4.0, 3.0)}


def test_parameters_that_the_loss_does_not_see_have_no_gradient():
    ours, theirs = our_network(), their_network()

    assert set(gradient_norms(ours, X, None, lambda y, out: Tensor(1.0)).values()) == {0.0}
    assert set(gradient_norms(theirs, X, None, lambda y, out: tf.constant(1.0)).values()) == {0.0}


def test_activation_may_be_a_layer_of_a_layer():
    model = small_model(layers.Dense(4, activation=layers.LeakyReLU(), name="leaky"))
    before = model.layers[0].activation

    assert list(pre_activation_statistics(model, X)) == ["leaky"]
    assert model.layers[0].activation is before


def test_recurrent_layers_have_gradients_and_no_pre_activations():
    model = keras.Sequential(
        [keras.Input((4, 5)), layers.LSTM(3, name="lstm"), layers.Dense(3, "relu", name="head")]
    )
    x = signed_array(1, (12, 4, 5))

    assert list(gradient_norms(model, x, LABELS, cross_entropy)) == ["lstm", "head"]
    assert list(pre_activation_statistics(model, x)) == ["head"]


def test_whole_numbers_reach_an_embedding():
    model = keras.Sequential(
        [keras.Input((2,)), layers.Embedding(3, 2, name="words"), layers.Flatten(), layers.Dense(3)]
    )
    model.set_weights([np.eye(3, 2), np.ones((4, 3)), np.zeros(3)])

    norms = gradient_norms(model, np.array([[0, 0]]), None, lambda y, out: tf.reduce_sum(out))

    assert norms["words"] == np.sqrt(2 * 6.0**2)


def test_model_with_several_inputs_takes_a_list_or_a_dict():
    a, b = keras.Input((5,), name="a"), keras.Input((2,), name="b")
    joined = layers.Concatenate()([layers.Dense(4, "relu", name="left")(a), b])
    model = keras.Model([a, b], layers.Dense(3, name="last")(joined))

    listed = gradient_norms(model, [X, X[:, :2]], LABELS, cross_entropy)
    named = gradient_norms(model, {"b": X[:, :2], "a": X}, LABELS, cross_entropy)

    assert list(listed) == ["left", "last"]
    assert listed == named
    assert list(pre_activation_statistics(model, [X, X[:, :2]])) == ["left"]


def test_layer_inside_and_outside_of_a_nested_model_appears_once():
    shared = layers.Dense(5, "relu", name="shared")
    inner = keras.Sequential([keras.Input((5,)), shared], name="inner")
    start = keras.Input((5,))
    model = keras.Model(start, layers.Dense(3, name="last")(inner(start) + shared(start)))

    assert list(gradient_norms(model, X, LABELS, cross_entropy)) == ["inner/shared", "last"]
    assert list(pre_activation_statistics(model, X)) == ["inner/shared"]


class Scaled(keras.Model):
    """A model with a weight of its own, whose call does not take `training`."""

    def __init__(self):
        super().__init__(name="scaled")
        self.gate, self.last = layers.Dense(4, "relu", name="gate"), layers.Dense(3, name="last")
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return self.last(self.factor * self.gate(x))


def test_weight_of_a_model_itself_goes_by_the_name_of_the_model():
    model = Scaled()
    model(X)

    norms = gradient_norms(model, X, LABELS, cross_entropy)

    with tf.GradientTape() as tape:
        loss = cross_entropy(LABELS, model(X))
    gradient = tape.gradient(loss, model.factor.value)
    assert list(norms) == ["gate", "last", "scaled"]
    np.testing.assert_allclose(norms["scaled"], abs(float(gradient)), rtol=1e-6)
    assert list(pre_activation_statistics(model, X)) == ["gate"]


def test_layers_of_the_same_name_are_numbered():
    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = layers.Dense(3, "relu", name="d"), layers.Dense(3, name="d")

        def call(self, x):
            return self.two(self.one(x))

    model = Twins()
    model(X)

    assert list(gradient_norms(model, X, LABELS, cross_entropy)) == ["d", "d_2"]


def test_layer_that_is_thawed_has_a_gradient():
    model = small_model(layers.Dense(4, name="frozen", trainable=False))
    model.get_layer("frozen").trainable = True

    assert gradient_norms(model, X, LABELS, cross_entropy)["frozen"] > 0


def test_penalties_of_regularizers_do_not_count():
    model = small_model(layers.Dense(4, kernel_regularizer="l2", name="penalized"))

    norms = gradient_norms(model, X, None, lambda y, out: tf.constant(1.0))

    assert norms["penalized"] == 0


def test_activation_with_weights_that_are_not_there_yet():
    model = small_model(layers.Dense(4, activation=layers.PReLU(), name="leaky"))

    first = gradient_norms(model, X, LABELS, cross_entropy)

    assert first == gradient_norms(model, X, LABELS, cross_entropy)


# ---- What is probed stays as it is ----


def state_of(network):
    (norm,) = (layer for layer in network.layers[1].layers if isinstance(layer, BatchNorm))
    gradients = [tensor.grad for tensor in network.parameters]
    return [*gradients, norm.moving_mean, norm.moving_variance]


def test_engine_network_keeps_its_gradients_and_running_statistics():
    network = our_network()
    our_cross_entropy(LABELS, network(X, training=True)).backward()
    before = [array.copy() for array in state_of(network)]

    gradient_norms(network, 7 * X, LABELS, our_cross_entropy)
    pre_activation_statistics(network, 7 * X)

    for now, then in zip(state_of(network), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert network.layers[2].function is ops.relu


def test_keras_model_keeps_weights_state_and_activations():
    model = small_model(
        layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.ReLU()
    )
    before = [variable.numpy() for variable in model.variables]

    gradient_norms(model, 7 * X, LABELS, cross_entropy)
    pre_activation_statistics(model, 7 * X)

    assert len(model.variables) == len(before) == 9  # with the state of the dropout's generator
    for now, then in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), then)
    assert model.layers[0].activation is keras.activations.relu
    assert "call" not in vars(model.layers[3])


def test_weights_that_a_layer_rescales_in_training_come_back():
    model = small_model(layers.SpectralNormalization(layers.Dense(4)))
    before = [variable.numpy() for variable in model.variables]

    gradient_norms(model, X, LABELS, cross_entropy)

    for now, then in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), then)


def test_model_can_be_fitted_before_and_after():
    model = small_model(layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dropout(0.5))
    model.compile("adam", cross_entropy)
    model.fit(X, LABELS, verbose=0)

    first = gradient_norms(model, X, LABELS, cross_entropy)
    pre_activation_statistics(model, X)

    assert first == gradient_norms(model, X, LABELS, cross_entropy)  # the same units drop out
    model.fit(X, LABELS, verbose=0)
    assert model.optimizer.iterations == 2


def test_activations_come_back_even_if_the_model_fails():
    model = small_model(layers.Dense(4, "relu"), layers.ReLU())

    with pytest.raises(ValueError, match="shape"):
        pre_activation_statistics(model, np.ones((2, 7)))

    assert model.layers[0].activation is keras.activations.relu
    assert "call" not in vars(model.layers[1])


def test_without_tensorflow_the_engines_networks_are_probed():
    program = (
        "import sys\n"
        "from underhood.layers import Activation, Dense, Sequential\n"
        "from underhood.ops import relu, sum\n"
        "from underhood.probes import gradient_norms, pre_activation_statistics\n"
        "net = Sequential(Dense([[1.0]]), Activation(relu))\n"
        "gradient_norms(net, [[1.0]], None, lambda y, out: sum(out))\n"
        "pre_activation_statistics(net, [[1.0]])\n"
        "assert not {'tensorflow', 'keras', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    run_alone(program)


# ---- What cannot be probed ----


@pytest.mark.parametrize("network", [lambda x: x, 3, None, Dense, layers.Dense(3)], ids=repr)
def test_what_is_no_network_is_refused(network):
    with pytest.raises(TypeError, match=r"network must be a layer of underhood\.layers"):
        gradient_norms(network, X, LABELS, cross_entropy)
    with pytest.raises(TypeError, match=r"network must be a layer of underhood\.layers"):
        pre_activation_statistics(network, X)


@pytest.mark.parametrize("network", [our_network, their_network])
def test_loss_by_name_is_refused(network):
    with pytest.raises(TypeError, match=r"loss must be callable as loss\(y, outputs\); got str"):
        gradient_norms(network(), X, LABELS, "mse")


def test_loss_of_each_example_is_refused():
    with pytest.raises(ValueError, match=r"loss must return a single number; got shape \(12,\)"):
        gradient_norms(their_network(), X, X[:, :3], keras.losses.mean_squared_error)
    with pytest.raises(ValueError, match=r"loss must return a single number; got shape \(12, 3\)"):
        gradient_norms(our_network(), X, X[:, :3], lambda y, out: (out - y) ** 2)


def test_loss_that_leaves_the_engine_is_refused():
    with pytest.raises(TypeError, match=r"loss must return a Tensor.*got float64"):
        gradient_norms(our_network(), X, LABELS, lambda y, out: np.mean(out.data))
    with pytest.raises(TypeError, match=r"loss must return a tensor of TensorFlow's.*got float"):
        gradient_norms(their_network(), X, LABELS, lambda y, out: np.mean(out.numpy()))


def test_model_without_weights_is_refused():
    model = keras.Sequential([layers.Dense(3)])

    with pytest.raises(ValueError, match=r"model has no weights yet"):
        gradient_norms(model, X, LABELS, cross_entropy)


def test_networks_with_nothing_to_see_are_refused():
    with pytest.raises(ValueError, match=r"no parameters to train"):
        gradient_norms(Activation(ops.relu), Tensor(X), X, half_square)
    with pytest.raises(ValueError, match=r"contains no activation"):
        pre_activation_statistics(Dense(np.ones((5, 2))), X)
    with pytest.raises(ValueError, match=r"contains no activation"):
        pre_activation_statistics(small_model(), X)


# ---- Plain and residual stacks ----


def dense_layers(model):
    return [layer for layer in model.layers if isinstance(layer, layers.Dense)]


def test_stack_has_two_layers_a_block_and_two_outside():
    model = build_dense_stack(3, 6, shortcuts=False, inputs=5, outputs=2)

    assert [layer.kernel.shape for layer in dense_layers(model)] == [(5, 6), *[(6, 6)] * 6, (6, 2)]
    assert [layer.name for layer in dense_layers(model)][:3] == [
        "first",
        "block_1_dense_1",
        "block_1_dense_2",
    ]


@pytest.mark.parametrize("batch_norm", [False, True])
def test_shortcuts_add_no_weights(batch_norm):
    plain, residual = (
        build_dense_stack(3, 6, shortcuts=shortcuts, batch_norm=batch_norm)
        for shortcuts in (False, True)
    )

    assert [w.shape for w in plain.weights] == [w.shape for w in residual.weights]


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("shortcuts", [False, True])
def test_stack_computes_what_the_engines_layers_do(shortcuts, batch_norm):
    keras.utils.set_random_seed(1)
    model = build_dense_stack(
        2, 4, shortcuts=shortcuts, inputs=5, outputs=3, activation="tanh", batch_norm=batch_norm
    )
    rng, container = np.random.default_rng(0), Residual if shortcuts else Sequential

    def half():
        norm = [BatchNorm(4)] if batch_norm else []
        return [*norm, Activation(ops.tanh), Dense.initialized(4, 4, "he", rng)]

    ours = Sequential(
        Dense.initialized(5, 4, "he", rng),
        *(container(*half(), *half()) for _ in range(2)),
        *half()[:-1],
        Dense.initialized(4, 3, "he", rng),
    )
    for tensor, variable in zip(ours.parameters, model.trainable_variables, strict=True):
        tensor.data = np.asarray(variable, np.float64)

    np.testing.assert_allclose(
        ours(X, training=True).data, model(X, training=True), rtol=1e-4, atol=1e-5
    )


def test_blocks_that_start_at_zero_change_nothing():
    model = build_dense_stack(
        4, 6, shortcuts=True, inputs=5, activation="linear", last_initializer="zeros"
    )
    h = X @ np.asarray(model.get_layer("first").kernel)

    np.testing.assert_allclose(model(X), h @ np.asarray(model.get_layer("last").kernel), atol=1e-5)


def test_every_layer_draws_weights_of_its_own():
    initializer = keras.initializers.HeNormal()
    model = build_dense_stack(2, 6, shortcuts=True, initializer=initializer)

    kernels = [np.asarray(model.get_layer(f"block_{b}_dense_1").kernel) for b in (1, 2)]

    assert not np.array_equal(*kernels)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"blocks": 0}, ValueError, "blocks must be"),
        ({"blocks": 1, "units": 2.5}, TypeError, "units must be"),
        ({"blocks": 1, "inputs": -1}, ValueError, "inputs must be"),
        ({"blocks": 1, "outputs": 0}, ValueError, "outputs must be"),
        ({"blocks": 1, "activation": "rlu"}, ValueError, "rlu"),
        ({"blocks": 1, "initializer": "hee"}, ValueError, "hee"),
    ],
)
def test_stack_that_makes_no_sense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        build_dense_stack(**arguments, shortcuts=True)
