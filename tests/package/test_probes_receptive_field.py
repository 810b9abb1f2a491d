"""Measured receptive fields: against the formula, against known leaks, and for odd functions."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from numpy.testing import assert_array_equal

from underhood.autodiff import Tensor
from underhood.convolution import causal_conv1d, look_back
from underhood.ops import relu
from underhood.probes import measure_receptive_field

from .reference import run_alone, steadily

METHODS = ("perturbation", "gradient")

stacks = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 2)), min_size=1, max_size=4
)
"""For each layer its kernel size, dilation and stride."""


@pytest.fixture(autouse=True, scope="module")
def _same_weights_every_time():
    keras.utils.set_random_seed(0)


def delayed(lag):
    return lambda x: np.pad(x, ((0, 0), (lag, 0), (0, 0)))[:, : x.shape[1]]


def engine_stack(shapes, seed=0, activation=relu):
    rng = np.random.default_rng(seed)
    # Positive weights: behind the first layer no ReLU is off, and no dependence can be missed.
    kernels = [np.abs(rng.normal(size=(shape[0], 3, 3))) for shape in shapes]

    def stack(x):
        for kernel, (_, dilation, stride) in zip(kernels, shapes, strict=True):
            x = activation(causal_conv1d(x, kernel, dilation=dilation))[:, ::stride]
        return x

    return stack


def keras_stack(shapes):
    return keras.Sequential(
        [
            layers.Conv1D(
                8,
                size,
                strides=stride,
                dilation_rate=dilation if stride == 1 else 1,  # Keras has no strides with dilation
                padding="causal",
                activation="relu",
            )
            for size, dilation, stride in shapes
        ]
    )


def lags_with_a_path(shapes):
    """Return every lag that some choice of one tap in each layer adds up to."""
    jumps = np.cumprod([1, *(stride for _, _, stride in shapes)])
    taps = [
        [tap * dilation * jump for tap in range(size)]
        for (size, dilation, _), jump in zip(shapes, jumps, strict=False)
    ]
    return {sum(choice) for choice in itertools.product(*taps)}


# ---- Against the formula ----


@pytest.mark.parametrize("method", METHODS)
@steadily
@given(stacks)
def test_stack_of_the_engine_looks_back_as_computed(method, shapes):
    expected, stride = look_back(*zip(*shapes, strict=True)), int(np.prod([s[2] for s in shapes]))

    found = measure_receptive_field(
        engine_stack(shapes), expected + stride + 1, 3, method=method, stride=stride
    )

    assert (found.look_back, found.size, found.leaks) == (expected, expected + 1, [])
    assert not found.is_at_least


@pytest.mark.parametrize("method", METHODS)
@steadily
@given(stacks)
def test_outputs_depend_on_the_lags_with_a_path_and_no_others(method, shapes):
    expected, stride = look_back(*zip(*shapes, strict=True)), int(np.prod([s[2] for s in shapes]))

    stack = engine_stack(shapes, activation=lambda x: x)  # nothing is ever off
    found = measure_receptive_field(stack, expected + stride + 1, 3, method=method, stride=stride)

    lags = found.positions[:, None] - np.arange(found.depends.shape[1])
    assert_array_equal(found.depends, np.isin(lags, [*lags_with_a_path(shapes)]))
    assert not found.faint.any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "shapes",
    [
        [(2, 1, 1)] * 4,
        [(2, 1, 1), (2, 2, 1), (2, 4, 1), (2, 8, 1)],
        [(5, 1, 1), (3, 2, 1), (1, 1, 1), (4, 3, 1)],
        [(5, 1, 2), (3, 2, 1), (2, 1, 3)],
    ],
)
def test_keras_stack_looks_back_as_computed(method, shapes):
    expected, stride = look_back(*zip(*shapes, strict=True)), int(np.prod([s[2] for s in shapes]))

    found = measure_receptive_field(
        keras_stack(shapes), expected + stride + 1, 2, method=method, stride=stride
    )

    assert (found.look_back, found.leaks, found.is_at_least) == (expected, [], False)


def test_both_methods_agree_on_every_pair_of_a_keras_network():
    model = keras_stack([(3, 1, 1), (2, 4, 1), (3, 2, 1)])

    one, other = (measure_receptive_field(model, 20, method=method) for method in METHODS)

    assert_array_equal(one.depends, other.depends)


def test_window_longer_than_a_batch_is_measured_in_portions():
    found = measure_receptive_field(lambda x: x + delayed(200)(x), 300)

    assert_array_equal(found.depends, np.eye(300) + np.eye(300, k=-200) > 0)


def test_gradients_of_a_window_longer_than_a_batch_are_taken_in_portions():
    kernel = np.ones((2, 1, 1))

    found = measure_receptive_field(
        lambda x: causal_conv1d(x, kernel, dilation=200), 300, method="gradient"
    )

    assert_array_equal(found.depends, np.eye(300) + np.eye(300, k=-200) > 0)


# ---- Leaks ----


def of_one_input(layer):
    """Return the layer as a function of a series; attention asks about a series in the same."""
    return (lambda x: layer(x, x)) if isinstance(layer, layers.MultiHeadAttention) else layer


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("size", "ahead"), [(2, 1), (3, 1), (5, 2)])
def test_padding_same_leaks_half_a_kernel(method, size, ahead):
    found = measure_receptive_field(layers.Conv1D(4, size, padding="same"), 12, method=method)

    assert (found.look_ahead, found.size) == (ahead, size)
    assert found.leaks[0] == (0, 1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "layer",
    [
        layers.Bidirectional(layers.GRU(3, return_sequences=True)),
        layers.LayerNormalization(axis=1),
        layers.MultiHeadAttention(2, 4),
    ],
    ids=lambda layer: layer.name,
)
def test_layer_that_sees_all_steps_leaks_them_all(method, layer):
    found = measure_receptive_field(of_one_input(layer), 6, 2, method=method)

    assert found.depends.all()
    assert len(found.leaks) == 15


@pytest.mark.parametrize("method", METHODS)
def test_pooling_over_time_leaks(method):
    pool = layers.GlobalAveragePooling1D(keepdims=True)

    found = measure_receptive_field(lambda x: x - pool(x), 6, method=method)

    assert found.depends.all()


@pytest.mark.parametrize("method", METHODS)
def test_attention_with_a_causal_mask_has_no_leak(method):
    attention = layers.MultiHeadAttention(2, 4)

    found = measure_receptive_field(
        lambda x: attention(x, x, use_causal_mask=True), 6, 2, method=method
    )

    assert_array_equal(found.depends, np.tri(6))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "layer",
    [layers.LayerNormalization(), layers.BatchNormalization(), layers.Dense(3)],
    ids=lambda layer: layer.name,
)
def test_layer_that_treats_steps_one_by_one_sees_only_the_present(method, layer):
    found = measure_receptive_field(layer, 6, 3, method=method)

    assert_array_equal(found.depends, np.eye(6))


def test_gradient_shows_that_a_recurrent_layer_sees_the_whole_past():
    found = measure_receptive_field(layers.GRU(4, return_sequences=True), 40, method="gradient")

    assert_array_equal(found.depends, np.tri(40))
    assert found.is_at_least


def test_perturbation_says_that_the_past_of_a_recurrent_layer_fades():
    found = measure_receptive_field(layers.GRU(4, return_sequences=True), 40)

    assert found.look_back < 39
    assert found.is_at_least
    assert "Faint changes reach back" in str(found)


def test_report_names_the_leak():
    report = str(measure_receptive_field(layers.Conv1D(4, 5, padding="same"), 12))

    assert report.splitlines() == [
        "Receptive field: 5 steps (look-back 2, look-ahead 2), measured by perturbation",
        "  over 12 steps.",
        "Leak: the output at step t depends on inputs up to step t + 2: the future gets",
        "  in. First seen: output 0 depends on input 1.",
    ]


def test_report_says_where_an_output_stands_if_not_at_its_own_number():
    def peek(x):  # output 1 stands at step 3 and sees step 4
        return np.where(np.arange(3)[:, None] == 1, x[:, 1::3], x[:, ::3])

    report = str(measure_receptive_field(peek, 9, stride=3))
    report = " ".join(report.split())

    assert "First seen: output 1 (which stands at step 3) depends on input 4." in report


def test_report_of_a_function_that_sees_everything_says_so():
    report = str(measure_receptive_field(lambda x: x - x.mean(axis=1, keepdims=True), 5))
    report = " ".join(report.split())

    assert "Leak: every output depends on inputs up to the last: the future gets in." in report


def test_report_without_a_leak_says_so():
    report = str(measure_receptive_field(delayed(3), 8, method="perturbation"))

    assert report.splitlines() == [
        "Receptive field: 4 steps (look-back 3), measured by perturbation over 8 steps.",
        "No leak: no output depends on a later input.",
    ]


# ---- The window ----


@pytest.mark.parametrize(("steps", "at_least"), [(3, True), (4, True), (5, False)])
def test_field_that_fills_the_window_may_be_larger(steps, at_least):
    stack = engine_stack([(4, 1, 1)])

    found = measure_receptive_field(stack, steps, 3)

    assert found.is_at_least is at_least
    assert ("at least" in str(found)) is at_least


@pytest.mark.parametrize("method", METHODS)
def test_output_without_steps_stands_at_the_last_one(method):
    found = measure_receptive_field(lambda x: x[:, -3] + x[:, -1], 8, method=method)

    assert (found.depends.shape, found.look_back, found.leaks) == ((1, 8), 2, [])


def test_single_output_step_stands_at_the_last_one():
    found = measure_receptive_field(lambda x: x[:, -3:-2], 8)

    assert (found.look_back, found.leaks) == (2, [])


@pytest.mark.parametrize("method", METHODS)
def test_offset_places_the_outputs_of_a_valid_convolution(method):
    found = measure_receptive_field(layers.Conv1D(4, 5), 12, offset=4, method=method)

    assert (found.depends.shape, found.look_back, found.leaks) == ((8, 12), 4, [])


def test_function_of_the_future_alone_does_not_look_back():
    found = measure_receptive_field(lambda x: x[:, 1:2], 2, stride=2)

    assert (found.look_back, found.look_ahead) == (0, 1)


@pytest.mark.parametrize("settings", [{}, {"stride": 2}, {"offset": 3}])
def test_steps_that_do_not_fit_stride_and_offset_are_refused(settings):
    with pytest.raises(ValueError, match=r"returned 8 steps for 12; .*stride.*offset"):
        measure_receptive_field(lambda x: x[:, 4:], 12, **settings)


# ---- What is missed, and what is not ----


@pytest.mark.parametrize("sign", [-1, 1])
def test_dependence_behind_a_threshold_is_found(sign):
    found = measure_receptive_field(lambda x: x + np.maximum(sign * delayed(2)(x) - 50, 0), 6)

    assert found.look_back == 2


def test_dependence_that_only_a_moderate_change_shows_is_found():
    def between(x):  # off at most standard normal numbers, and at all that are far from them
        return np.where((x > 2.5) & (x < 8), x, 0.0)

    found = measure_receptive_field(lambda x: x + between(delayed(2)(x)), 60)

    assert found.look_back == 2


def test_dependence_too_faint_for_a_perturbation_is_found_by_gradient():
    found = measure_receptive_field(
        lambda x: causal_conv1d(x, np.reshape([1e-200, 1.0], (2, 1, 1))), 6, method="gradient"
    )

    assert found.look_back == 1


def test_convolution_by_fft_does_not_leak_its_rounding_errors():
    kernel = np.array([[1.0], [0.5], [0.25]])

    def convolve(x):
        spectrum = np.fft.rfft(x, 64, axis=1) * np.fft.rfft(kernel, 64, axis=0)
        return np.fft.irfft(spectrum, 64, axis=1)[:, : x.shape[1]]

    found = measure_receptive_field(convolve, 32)
    to_the_bit = measure_receptive_field(convolve, 32, tolerance=0)

    assert (found.look_back, found.leaks, found.is_at_least) == (2, [], True)
    assert "Faint changes reach back" in str(found)
    assert to_the_bit.leaks


def test_steps_of_little_weight_are_not_compared_with_heavy_ones():
    weights = 1e-4 ** np.arange(8.0)[:, np.newaxis]

    found = measure_receptive_field(lambda x: weights * x, 8)

    assert_array_equal(found.depends, np.eye(8))


def test_mean_by_running_sums_depends_on_its_window_alone():
    def moving_mean(x):
        sums = np.cumsum(np.pad(x, ((0, 0), (4, 0), (0, 0))), axis=1)
        return (sums[:, 4:] - sums[:, :-4]) / 4

    assert measure_receptive_field(moving_mean, 64).look_back == 3


def test_exponential_that_overflows_after_a_large_change_is_measured():
    found = measure_receptive_field(lambda x: np.exp(10 * x) + delayed(1)(x), 6)

    assert_array_equal(found.depends, np.eye(6) + np.eye(6, k=-1) > 0)


def test_overflow_in_a_comparison_to_the_bit_is_measured_in_silence():
    found = measure_receptive_field(lambda x: np.exp(10 * x), 6, tolerance=0)

    assert_array_equal(found.depends, np.eye(6))


def test_zero_times_infinity_is_no_dependence():
    def masked(x):  # as an attention's mask does, where a weight is exactly 0
        return np.exp(5 * x) + 0.0 * np.exp(5 * delayed(1)(x))

    found = measure_receptive_field(masked, 6)

    assert found.look_back == 0


def test_same_seed_measures_the_same():
    stack = engine_stack([(3, 1, 1)] * 8, activation=lambda x: relu(4.0 - x))  # often off

    one, again, other = (measure_receptive_field(stack, 20, 3, seed=s) for s in (1, 1, 2))

    assert_array_equal(one.depends, again.depends)
    assert (one.depends != other.depends).any()


# ---- What a function may be ----


def test_function_that_overwrites_its_argument_is_measured():
    def shift(x):
        x[:, 2:] = x[:, :-2].copy()
        return x

    assert measure_receptive_field(shift, 6).look_back == 2


def test_function_of_tensors_alone_is_measured():
    def strict(x):
        assert isinstance(x, Tensor)
        return x + causal_conv1d(x, np.ones((2, 1, 1)))

    assert measure_receptive_field(strict, 6).look_back == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_tf_function_of_either_precision_is_measured(method, dtype):
    kernel = tf.ones((2, 1, 1), dtype)

    @tf.function
    def convolve(x):
        return tf.nn.conv1d(tf.pad(x, [[0, 0], [1, 0], [0, 0]]), kernel, 1, "VALID")

    found = measure_receptive_field(convolve, 6, method=method)

    assert_array_equal(found.depends, np.eye(6) + np.eye(6, k=-1) > 0)


@pytest.mark.parametrize("method", METHODS)
def test_function_around_a_keras_model_is_measured(method):
    model = keras_stack([(3, 1, 1)])

    found = measure_receptive_field(lambda x: model(x)[:, :, :1], 6, method=method)

    assert found.look_back == 2


def test_layer_that_cannot_be_a_graph_is_measured():
    class Eager(keras.Layer):
        def call(self, x):
            return tf.constant(delayed(1)(x.numpy()))

    assert measure_receptive_field(Eager(), 6).look_back == 1


def test_recurrent_layer_is_compiled():
    class Counting(keras.Layer):
        calls = 0

        def call(self, x):
            Counting.calls += 1
            return x + tf.pad(x, [[0, 0], [1, 0], [0, 0]])[:, :-1]

    measure_receptive_field(Counting(), 6)

    assert Counting.calls <= 3  # to build it, to find the shape, to compile


def test_measuring_layers_again_and_again_prints_nothing(capfd):
    layer = layers.Conv1D(2, 2, padding="causal")

    for steps in range(3, 10):
        measure_receptive_field(layer, steps, method="gradient")

    assert capfd.readouterr() == ("", "")


def test_without_tensorflow_numpy_functions_are_measured_by_both_methods():
    program = (
        "import sys; from underhood.probes import measure_receptive_field as measure\n"
        "for method in 'perturbation', 'gradient': measure(lambda x: 2 * x, 4, method=method)\n"
        "assert not {'tensorflow', 'keras', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    run_alone(program)


# ---- Functions that cannot be measured ----


def normalize_over_the_batch(x):
    return (x - x.mean(axis=(0, 1))) / x.std(axis=(0, 1))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "function",
    [normalize_over_the_batch, lambda x: x + x[::-1], lambda x: x + np.roll(x, 1, axis=0)],
    ids=["normalized", "reversed", "rolled"],
)
def test_mixing_the_series_of_a_batch_is_refused(method, function):
    with pytest.raises(ValueError, match=r"series of a batch one by one.*training=False"):
        measure_receptive_field(function, 6, method=method)


def test_batch_normalization_in_training_mode_is_refused():
    layer = layers.BatchNormalization()

    with pytest.raises(ValueError, match=r"series of a batch one by one.*training=False"):
        measure_receptive_field(lambda x: layer(x, training=True), 6)


def test_dropout_in_training_mode_is_refused():
    dropout = layers.Dropout(0.5)

    with pytest.raises(ValueError, match="same outputs for the same inputs.*dropout"):
        measure_receptive_field(lambda x: dropout(x, training=True), 6)


def test_changing_shape_is_refused():
    lengths = itertools.count(1)

    with pytest.raises(ValueError, match=r"\(7, 6, 1\).*then \(7, 6, 2\)"):
        measure_receptive_field(lambda x: np.repeat(x, next(lengths), axis=2), 6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_outputs_that_are_no_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="nan or infinity"):
        measure_receptive_field(lambda x: np.where(x > -9, bad, x), 6)


def test_gradient_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="gradient of function is nan or infinite"):
        measure_receptive_field(lambda x: (x * 0.0) ** 0.5 + x, 6, method="gradient")


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: x[:1], r"\(1, 6, 1\)"),
        (lambda x: x.swapaxes(0, 1), r"\(6, 7, 1\)"),
        (lambda x: x[..., None], r"\(7, 6, 1, 1\)"),
        (lambda x: x.sum(), r"\(\)"),
        (lambda x: x[:, :, :0], r"\(7, 6, 0\)"),
    ],
)
def test_shape_that_does_not_fit_is_refused(function, shape):
    with pytest.raises(ValueError, match=rf"\(batch, steps, channels\).* got shape {shape}"):
        measure_receptive_field(function, 6)


@pytest.mark.parametrize("steps", [1, 127, 128, 129])
def test_swapped_axes_are_refused_whatever_the_number_of_steps(steps):
    with pytest.raises(ValueError, match=r"\(batch, steps, channels\)"):
        measure_receptive_field(lambda x: x.swapaxes(0, 1), steps)


def test_missing_axis_that_may_be_steps_or_channels_is_refused():
    with pytest.raises(
        ValueError, match=r"steps or as many channels\? Return y\[:, :, np.newaxis\]"
    ):
        measure_receptive_field(lambda x: x[:, :, 0], 6)


def test_function_of_no_input_is_refused():
    with pytest.raises(ValueError, match="no output of function depends on any input"):
        measure_receptive_field(np.zeros_like, 6)


def test_gradient_of_a_function_of_no_input_is_refused():
    with pytest.raises(ValueError, match="no output of function depends on any input"):
        measure_receptive_field(lambda x: Tensor(np.ones(x.shape)), 6, method="gradient")


@pytest.mark.parametrize("value", [None, "y", 1j])
def test_function_that_returns_no_real_numbers_is_refused(value):
    with pytest.raises(TypeError, match="number"):
        measure_receptive_field(lambda x: value, 6)


def test_gradient_of_a_function_of_numpy_suggests_perturbation():
    with pytest.raises(TypeError, match=r"engine's Tensors.*method='perturbation', which takes"):
        measure_receptive_field(lambda x: np.cumsum(x, axis=1), 6, method="gradient")


def test_gradient_lost_on_the_way_is_refused():
    def bare(x):
        return x.data if isinstance(x, Tensor) else np.asarray(x)

    with pytest.raises(TypeError, match="underhood, TypeError: it returned ndarray, and the way"):
        measure_receptive_field(bare, 6, method="gradient")


def test_error_of_the_function_itself_is_shown():
    with pytest.raises(ZeroDivisionError, match="by zero"):
        measure_receptive_field(lambda x: x / (1 // 0), 6)


def test_error_in_single_precision_is_told_too():
    def picky(x):
        raise TypeError(f"no {x.dtype} here")

    with pytest.raises(TypeError, match="no float64 here") as caught:
        measure_receptive_field(picky, 6)
    assert caught.value.__notes__ == ["That was for float64. For float32: no float32 here"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"function": 3}, TypeError, "function must be callable; got int"),
        ({"method": "guess"}, ValueError, "method must be 'perturbation' or 'gradient'.*'guess'"),
        ({"steps": 0}, ValueError, "steps must be 1 or more; got 0"),
        ({"steps": 2.5}, TypeError, "steps must be an integer; got 2.5"),
        ({"channels": 0}, ValueError, "channels must be 1 or more"),
        ({"stride": 0}, ValueError, "stride must be 1 or more"),
        ({"stride": True}, TypeError, "stride must be an integer; got True"),
        ({"offset": -1}, ValueError, "offset must be 0 or more"),
        ({"tolerance": -1.0}, ValueError, "tolerance must be 0 or more and less than 1; got -1.0"),
        ({"tolerance": 1}, ValueError, "tolerance must be 0 or more and less than 1; got 1"),
    ],
)
def test_bad_argument_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        measure_receptive_field(**{"function": np.sin, "steps": 4, **arguments})
