"""The functions: values and gradients, to the last digits and at the ends of the number line."""

from __future__ import annotations

import itertools
import math

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import keras
import mpmath
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from mpmath import mpf

from underhood import ops
from underhood.autodiff import Tensor

from .reference import (
    assert_agrees_with_tensorflow,
    random_array,
    relative_error,
    signed_array,
    steadily,
    ulps,
)

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
no_warnings = pytest.mark.filterwarnings("error")
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)

ELEMENTWISE = {
    "exp": tf.exp,
    "log": tf.math.log,
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "softplus": tf.nn.softplus,
    "relu": tf.nn.relu,
    # TensorFlow's own leaky_relu takes the slope in float32, and its gelu, 1 + erf(x), loses
    # the digits of the tail, also in float64.
    "leaky_relu": lambda x: tf.where(x > 0, x, 0.2 * x),
    "silu": tf.nn.silu,
    "gelu": lambda x: x * tf.math.erfc(-x * math.sqrt(0.5)) / 2,
}
REDUCTIONS = {
    "sum": tf.reduce_sum,
    "mean": tf.reduce_mean,
    "max": tf.reduce_max,
    "logsumexp": tf.reduce_logsumexp,
}
ALL_OF_ONE_INPUT = [*ELEMENTWISE, *REDUCTIONS, "log_softmax", "transpose"]
LARGEST = float(np.finfo(float).max)
SMALLEST = 5e-324
EXTREMES = [SMALLEST, 1e-308, 1e-17, 1.0, 36.0, 40.0, 710.0, 745.0, 750.0, 1e4, 1e308, LARGEST]
EXTREMES = [*EXTREMES, *(-x for x in EXTREMES), 0.0, -0.0]
INFINITE = [np.inf, -np.inf]


def gradient(function, data, seed=None):
    """Return the gradient of a function of one tensor, with ones for a seed."""
    x = Tensor(data)
    y = function(x)
    y.backward(np.ones(y.shape) if seed is None else seed)
    return x.grad


# ---- Values and gradients against TensorFlow ----


@dtypes
@pytest.mark.parametrize("name", ELEMENTWISE)
@given(shape=shapes)
@steadily
def test_function_of_positive_numbers_agrees_with_tensorflow(name, dtype, shape):
    x = random_array(0, shape, dtype)
    assert_agrees_with_tensorflow(getattr(ops, name), ELEMENTWISE[name], x)


@dtypes
@pytest.mark.parametrize("name", sorted(set(ELEMENTWISE) - {"log"}))
@given(shape=shapes)
@steadily
def test_function_of_negative_numbers_agrees_with_tensorflow(name, dtype, shape):
    x = -3 * random_array(0, shape, dtype)
    assert_agrees_with_tensorflow(getattr(ops, name), ELEMENTWISE[name], x)


@pytest.mark.parametrize("name", ["leaky_relu", "silu", "gelu"])
def test_activation_agrees_with_keras_to_the_digits_of_float32(name):
    x = tf.constant(np.linspace(-3, 3, 13, dtype=np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        want = getattr(keras.activations, name)(x)
    ours = Tensor(x.numpy())
    got = getattr(ops, name)(ours)
    got.backward(np.ones(13))
    errors = [
        relative_error(got.data, want),
        relative_error(ours.grad, tape.gradient(want, x)),
    ]
    assert max(errors) <= 1e-6


@dtypes
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4, min_side=0))
@steadily
def test_maximum_agrees_with_tensorflow(dtype, shapes):
    x, y = (random_array(i, shape, dtype) for i, shape in enumerate(shapes.input_shapes))
    assert_agrees_with_tensorflow(ops.maximum, tf.maximum, x, y)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (ops.relu, tf.nn.relu),
        # A quarter is a quarter in float32 too, which TensorFlow takes the slope in.
        (lambda x: ops.leaky_relu(x, 0.25), lambda x: tf.nn.leaky_relu(x, 0.25)),
        (lambda x: ops.maximum(x, 0.0), lambda x: tf.maximum(x, tf.zeros_like(x))),
    ],
    ids=["relu", "leaky_relu", "maximum"],
)
def test_derivative_at_a_kink_agrees_with_tensorflow(ours, theirs):
    assert_agrees_with_tensorflow(ours, theirs, np.array([-1.0, 0.0, 1.0]))


@dtypes
def test_slope_of_leaky_relu_leaves_the_dtype_as_it_is(dtype):
    x = Tensor(np.ones(2, dtype))
    y = ops.leaky_relu(x, np.float64(0.1))
    y.backward(np.ones(2))
    assert [y.dtype, x.grad.dtype] == [dtype, dtype]


def test_tie_of_maximum_gives_the_gradient_to_the_first():
    x, y = Tensor(2.0), Tensor(2.0)
    ops.maximum(x, y).backward()
    assert [x.grad, y.grad] == [1, 0]


@dtypes
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("keepdims", [False, True])
@given(data=st.data())
@steadily
def test_reduction_agrees_with_tensorflow(name, keepdims, dtype, data):
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=4, max_side=4))
    axes = hnp.valid_tuple_axes(len(shape))
    one = st.integers(-len(shape), len(shape) - 1) if shape else st.none()
    axis = data.draw(st.one_of(st.none(), one, axes))
    assert_agrees_with_tensorflow(
        lambda x: getattr(ops, name)(x, axis=axis, keepdims=keepdims),
        lambda x: REDUCTIONS[name](x, axis=axis, keepdims=keepdims),
        random_array(0, shape, dtype),
    )


@pytest.mark.parametrize("name", ["max", "logsumexp"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_reduction_of_ties_agrees_with_tensorflow(name, axis):
    x = np.array([[2.0, 2.0, 1.0], [2.0, 0.0, 0.0]])
    assert_agrees_with_tensorflow(
        lambda x: getattr(ops, name)(x, axis=axis), lambda x: REDUCTIONS[name](x, axis=axis), x
    )


@pytest.mark.parametrize("name", ["sum", "logsumexp"])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_reduction_of_an_empty_array_agrees_with_tensorflow(name, shape, axis):
    assert_equals_tensorflow(
        getattr(ops, name)(np.zeros(shape), axis=axis),
        REDUCTIONS[name](np.zeros(shape), axis=axis),
    )


def assert_equals_tensorflow(got, want):
    """Compare values with nan and infinities among them."""
    np.testing.assert_allclose(got, want.numpy(), rtol=1e-15)


@dtypes
@given(shape=hnp.array_shapes(max_dims=3, max_side=5), data=st.data())
@steadily
def test_log_softmax_agrees_with_tensorflow(dtype, shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    assert_agrees_with_tensorflow(
        lambda x: ops.log_softmax(x, axis=axis),
        lambda x: tf.nn.log_softmax(x, axis=axis),
        random_array(0, shape, dtype),
    )


@dtypes
@given(shape=shapes, data=st.data())
@steadily
def test_reshape_agrees_with_tensorflow(dtype, shape, data):
    new = data.draw(st.permutations([*shape, 1]))
    assert_agrees_with_tensorflow(
        lambda x: ops.reshape(x, tuple(new)),
        lambda x: tf.reshape(x, new),
        random_array(0, shape, dtype),
    )


@dtypes
@given(shape=shapes, data=st.data())
@steadily
def test_transpose_agrees_with_tensorflow(dtype, shape, data):
    axes = data.draw(st.permutations(range(len(shape))))
    assert_agrees_with_tensorflow(
        lambda x: ops.transpose(x, tuple(axes)),
        lambda x: tf.transpose(x, axes),
        random_array(0, shape, dtype),
    )


def test_transpose_with_negative_axes_agrees_with_tensorflow():
    assert_agrees_with_tensorflow(
        lambda x: ops.transpose(x, (1, -1, 0)),
        lambda x: tf.transpose(x, (1, 2, 0)),
        random_array(0, (2, 3, 4)),
    )


@dtypes
def test_network_of_everything_agrees_with_tensorflow(dtype):
    labels = [0, 2, 1, 1]
    arrays = [random_array(i, s, dtype) for i, s in enumerate([(4, 3), (3, 5), (5,), (5, 3)])]

    def ours(x, w, b, v):
        scores = ops.log_softmax(ops.tanh(x @ w - b) @ v)
        return -ops.mean(scores[range(4), labels]) + 0.1 * ops.sum(w**2)

    def theirs(x, w, b, v):
        scores = tf.nn.log_softmax(tf.tanh(x @ w - b) @ v)
        picked = tf.gather(scores, labels, axis=1, batch_dims=1)
        return -tf.reduce_mean(picked) + 0.1 * tf.reduce_sum(w**2)

    assert_agrees_with_tensorflow(ours, theirs, *arrays)


# ---- Arrays in, arrays out ----


@pytest.mark.parametrize("name", ALL_OF_ONE_INPUT)
def test_array_in_gives_an_array_out(name):
    assert isinstance(getattr(ops, name)(np.ones((2, 2))), np.ndarray | np.floating)


@pytest.mark.parametrize("name", [*ELEMENTWISE, *REDUCTIONS])
def test_function_takes_a_number(name):
    assert getattr(ops, name)(1) == getattr(ops, name)(np.array([1.0]))


@pytest.mark.parametrize("name", ALL_OF_ONE_INPUT)
def test_function_of_a_tensor_has_the_value_of_the_function_of_its_array(name):
    x = random_array(0, (3, 4))
    assert np.array_equal(getattr(ops, name)(Tensor(x)).data, getattr(ops, name)(x))


@pytest.mark.parametrize("name", [*ELEMENTWISE, *REDUCTIONS, "log_softmax"])
def test_function_takes_float32_arrays_to_float32(name):
    assert getattr(ops, name)(np.ones((2, 2), np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", [*ELEMENTWISE, *REDUCTIONS, "log_softmax"])
def test_function_leaves_its_input_as_it_was(name):
    x = random_array(0, (3, 4))
    before = x.copy()
    gradient(getattr(ops, name), x)
    getattr(ops, name)(x)
    assert np.array_equal(x, before)


# ---- Accuracy in units in the last place ----


def points(low: float, high: float, number: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, number)


def magnitudes(number: int, seed: int) -> np.ndarray:
    """Return numbers of both signs and of every order of magnitude up to 1e4."""
    rng = np.random.default_rng(seed)
    return 10.0 ** rng.uniform(-320, 4, number) * rng.choice([-1, 1], number)


RANGES = {
    "around zero": points(-5, 5, 2000, 0),
    "negative": points(-708, -5, 2000, 1),
    "subnormal results": points(-745.2, -708, 500, 2),
    "results that round to zero": points(-800, -745, 100, 3),
    "positive": points(5, 750, 1000, 4),
    "every magnitude": magnitudes(2000, 5),
    "extremes": np.array([x for x in EXTREMES if abs(x) <= 1e4]),
}


def true_sigmoid(x: float) -> mpf:
    return 1 / (1 + mpmath.exp(-mpf(x)))


def true_softplus(x: float) -> mpf:
    return mpmath.log1p(mpmath.exp(mpf(x)))


@pytest.mark.parametrize("where", RANGES)
def test_sigmoid_is_within_3_ulps(where):
    x = RANGES[where]
    assert np.max(ulps(ops.sigmoid(x), map(true_sigmoid, x))) <= 3


@pytest.mark.parametrize("where", RANGES)
def test_softplus_is_within_2_ulps(where):
    x = RANGES[where]
    assert np.max(ulps(ops.softplus(x), map(true_softplus, x))) <= 2


@pytest.mark.parametrize("where", sorted(set(RANGES) - {"subnormal results"}))
def test_derivative_of_sigmoid_is_within_8_ulps(where):
    x = RANGES[where]
    true = [true_sigmoid(a) * true_sigmoid(-a) for a in x]
    assert np.max(ulps(gradient(ops.sigmoid, x), true)) <= 8


@pytest.mark.parametrize("where", RANGES)
def test_derivative_of_softplus_is_within_3_ulps(where):
    x = RANGES[where]
    assert np.max(ulps(gradient(ops.softplus, x), map(true_sigmoid, x))) <= 3


@pytest.mark.parametrize("where", RANGES)
def test_derivative_of_tanh_is_within_8_ulps(where):
    x = RANGES[where]
    true = [mpmath.sech(mpf(a)) ** 2 for a in x]
    assert np.max(ulps(gradient(ops.tanh, x), true)) <= 8


def true_silu(x: float) -> mpf:
    return mpf(x) * true_sigmoid(x)


def true_gelu(x: float) -> mpf:
    return mpf(x) * mpmath.ncdf(mpf(x))


@pytest.mark.parametrize("where", RANGES)
def test_silu_is_within_4_ulps(where):
    x = RANGES[where]
    assert np.max(ulps(ops.silu(x), map(true_silu, x))) <= 4


TAIL = {"the tail": points(-37.5, -5, 1000, 6), "subnormal tail": points(-38.7, -37.5, 500, 7)}


@pytest.mark.parametrize("where", [*RANGES, *TAIL])
def test_gelu_is_within_10_ulps(where):
    x = (RANGES | TAIL)[where]
    assert np.max(ulps(ops.gelu(x), map(true_gelu, x))) <= 10


# Each has one zero, between -2 and -0.5. Around it there are few digits left to count, so that
# the absolute error is what counts there.
SMOOTH_SLOPES = {
    "silu": lambda x: true_sigmoid(x) * (1 + mpf(x) * true_sigmoid(-x)),
    "gelu": lambda x: mpmath.ncdf(mpf(x)) + mpf(x) * mpmath.npdf(mpf(x)),
}


@pytest.mark.parametrize("name", SMOOTH_SLOPES)
@pytest.mark.parametrize("where", [*RANGES, *TAIL])
def test_derivative_of_smooth_activation_is_within_10_ulps_away_from_its_zero(name, where):
    x = (RANGES | TAIL)[where]
    x = x[(x < -2) | (x > -0.5)]
    got = gradient(getattr(ops, name), x)
    assert np.max(ulps(got, map(SMOOTH_SLOPES[name], x))) <= 10


@pytest.mark.parametrize("name", SMOOTH_SLOPES)
def test_derivative_of_smooth_activation_is_exact_to_1e_15_around_its_zero(name):
    x = points(-2, -0.5, 500, 8)
    true = np.array([float(SMOOTH_SLOPES[name](a)) for a in x])
    assert np.max(np.abs(gradient(getattr(ops, name), x) - true)) <= 1e-15


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("sigmoid", [1, 0], [0, 0]),
        ("softplus", [np.inf, 0], [1, 0]),
        ("tanh", [1, -1], [0, 0]),
        ("relu", [np.inf, 0], [1, 0]),
        ("leaky_relu", [np.inf, -np.inf], [1, 0.2]),
        ("silu", [np.inf, 0], [1, 0]),
        ("gelu", [np.inf, 0], [1, 0]),
    ],
)
@no_warnings
def test_value_and_slope_at_infinity(name, value, slope):
    function = getattr(ops, name)
    assert (function(INFINITE).tolist(), gradient(function, INFINITE).tolist()) == (value, slope)


def true_log_softmax(row: np.ndarray) -> list[mpf]:
    """Return the exact result to 200 bits, however small the log-probability."""
    terms = [mpf(float(x)) for x in row]
    largest = max(terms)
    first = terms.index(largest)
    rest = mpmath.fsum(mpmath.exp(t - largest) for i, t in enumerate(terms) if i != first)
    return [(t - largest) - mpmath.log1p(rest) for t in terms]


def worst_ulps_of_log_softmax(rows: list[np.ndarray]) -> float:
    return max(np.max(ulps(ops.log_softmax(row), true_log_softmax(row))) for row in rows)


def rows(number: int, classes: int, scale: float, seed: int) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).normal(scale=scale, size=(number, classes)))


def uneven_rows(number: int, seed: int) -> list[np.ndarray]:
    """Return rows of 1 to 8 logits up to 1e4, each of its own order of magnitude."""
    rng = np.random.default_rng(seed)
    return [
        10 ** rng.uniform(-8, 4, size) * rng.choice([-1, 1], size)
        for size in rng.integers(1, 9, number)
    ]


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_log_softmax_of_ordinary_logits_is_within_2_ulps(classes, scale):
    assert worst_ulps_of_log_softmax(rows(500, classes, scale, 0)) <= 2


LOGITS = {
    "large": [np.clip(row, -1e4, 1e4) for row in rows(500, 4, 4000.0, 1)],
    "large and close": [9990 + row for row in rows(500, 4, 1.0, 2)],
    "uneven": uneven_rows(2000, 3),
    "a dominant class": [np.append(row, 50.0) for row in rows(500, 3, 3.0, 4)],
    "two classes far apart": [np.array([0.0, gap]) for gap in points(-1e4, 1e4, 500, 5)],
    "two classes close together": [np.array([0.3, 0.3 + 10.0**-k]) for k in range(1, 17)],
    "ties": [np.repeat(row, 2) for row in rows(200, 3, 100.0, 6)],
    "all alike": [np.full(n, x) for n in (2, 3, 7, 1000) for x in (0.0, 0.1, -1e4, 1e4)],
    "one class": [np.array([x]) for x in (0.0, 0.1, 1e4, -1e4)],
    "a thousand classes": rows(3, 1000, 5.0, 7),
    "a thousand large ones": rows(3, 1000, 3000.0, 8),
    "mixed magnitudes": [np.array(row) for row in ([0.1, -700.3], [1e4, 0.1], [-1e-9, 1e4, -1e4])],
    "underflow of the rest": [
        np.array([0.0, -x]) for x in (707.9, 709.1, 720.3, 740.7, 745.1, 800)
    ],
    "subnormal": [np.array([SMALLEST, 0.0]), np.array([-1e-310, 1e-310])],
}


@pytest.mark.parametrize("kind", LOGITS)
def test_log_softmax_is_within_64_ulps(kind):
    assert worst_ulps_of_log_softmax(LOGITS[kind]) <= 64


def test_log_softmax_of_one_class_is_zero():
    assert ops.log_softmax([[1e4], [-0.1]]).tolist() == [[0], [0]]


def test_log_softmax_does_not_depend_on_a_shift_of_the_logits():
    logits = np.array([3.0, -2.0, 0.5])
    assert np.array_equal(ops.log_softmax(logits + 1024), ops.log_softmax(logits))


def true_slope_of_log_softmax(row: np.ndarray, seed: np.ndarray) -> list[float]:
    p = [mpmath.exp(x) for x in true_log_softmax(row)]
    weights = [mpf(float(s)) for s in seed]
    total = mpmath.fsum(weights)
    return [float(s - x * total) for s, x in zip(weights, p, strict=True)]


@pytest.mark.parametrize("kind", sorted(set(LOGITS) - {"one class", "subnormal"}))
def test_gradient_of_log_softmax_agrees_with_mpmath(kind):
    errors = []
    for row in LOGITS[kind][:50]:
        seed = signed_array(0, row.shape)
        got = gradient(ops.log_softmax, row, seed)
        errors.append(relative_error(got, true_slope_of_log_softmax(row, seed)))
    assert max(errors) <= 1e-13


def test_gradient_at_a_dominant_class_keeps_its_digits():
    row = np.array([50.0, 0.0, -1.0])
    label = np.array([1.0, 0.0, 0.0])
    got = gradient(ops.log_softmax, row, label)
    assert relative_error(got, true_slope_of_log_softmax(row, label)) <= 1e-14


def true_logsumexp(row: np.ndarray) -> mpf:
    position = int(np.argmax(row))
    return mpf(float(row[position])) - true_log_softmax(row)[position]


@pytest.mark.parametrize("kind", LOGITS)
def test_logsumexp_is_within_4_ulps_of_the_larger_of_result_and_largest_logit(kind):
    errors = []
    for row in LOGITS[kind]:
        true = true_logsumexp(row)
        unit = np.spacing(max(abs(float(true)), abs(np.max(row))))
        errors.append(float(abs(mpf(float(ops.logsumexp(row))) - true) / mpf(float(unit))))
    assert max(errors) <= 4


@pytest.mark.parametrize("kind", LOGITS)
def test_gradient_of_logsumexp_agrees_with_mpmath(kind):
    errors = []
    for row in LOGITS[kind][:50]:
        true = [float(mpmath.exp(x)) for x in true_log_softmax(row)]
        errors.append(relative_error(gradient(ops.logsumexp, row), true))
    assert max(errors) <= 1e-13


def test_probabilities_sum_to_one():
    logits = signed_array(0, (100, 1000)) * 50
    assert np.sum(np.exp(ops.log_softmax(logits)), axis=1) == pytest.approx(np.ones(100), rel=1e-13)


@pytest.mark.parametrize("x", [-1e-9, 1e-300, 0.3, 40.0, 700.0])
def test_sigmoid_of_both_signs_sums_to_one(x):
    assert ops.sigmoid(x) + ops.sigmoid(-x) == pytest.approx(1, rel=1e-15)


# ---- nan, infinity, and no needless warnings ----


@pytest.mark.parametrize("name", [*ELEMENTWISE, *REDUCTIONS, "log_softmax"])
@no_warnings
def test_nan_gives_nan(name):
    assert np.all(np.isnan(getattr(ops, name)([np.nan, np.nan])))


@pytest.mark.parametrize("name", sorted(set(ELEMENTWISE) - {"relu", "leaky_relu"}))
@no_warnings
def test_slope_at_nan_is_nan(name):
    assert np.isnan(gradient(getattr(ops, name), [np.nan]))


@pytest.mark.parametrize("name", ELEMENTWISE)
@no_warnings
def test_nan_stays_in_its_element(name):
    assert np.isnan(getattr(ops, name)([1.0, np.nan, 1.0])).tolist() == [False, True, False]


@pytest.mark.parametrize("name", REDUCTIONS)
@no_warnings
def test_nan_stays_in_its_row(name):
    x = [[1.0, np.nan], [1.0, 2.0]]
    assert np.isnan(getattr(ops, name)(x, axis=1)).tolist() == [True, False]


@no_warnings
def test_nan_among_the_logits_stays_in_its_row():
    rows = np.isnan(ops.log_softmax([[1.0, np.nan], [1.0, 2.0]]))
    assert rows.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize(("x", "y"), [(np.nan, 1.0), (1.0, np.nan)])
@no_warnings
def test_maximum_with_nan_is_nan(x, y):
    assert np.isnan(ops.maximum(x, y))


@pytest.mark.parametrize("name", sorted(set(ELEMENTWISE) - {"exp", "log"}))
@pytest.mark.parametrize("x", [*EXTREMES, *INFINITE])
@no_warnings
def test_no_warning_and_no_nan_anywhere_on_the_number_line(name, x):
    function = getattr(ops, name)
    assert not np.any(np.isnan([function(x), gradient(function, x)]))


LOGIT_EXTREMES = [-LARGEST, -1e308, -1e4, -745.0, -1e-17, 0.0, SMALLEST, 36.0, 1e308, LARGEST]
PAIRS = list(itertools.product(LOGIT_EXTREMES, repeat=2))


@pytest.mark.parametrize("name", ["log_softmax", "logsumexp"])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
@no_warnings
def test_no_warning_and_no_nan_for_any_pair_of_logits(name, pair):
    function = getattr(ops, name)
    assert not np.any(np.isnan([*np.atleast_1d(function(pair)), *gradient(function, pair)]))


@pytest.mark.parametrize("name", ["log_softmax", "logsumexp"])
@pytest.mark.parametrize(
    "logits",
    [[np.inf, 0.0], [-np.inf, 0.0], [-np.inf, -np.inf], [np.inf, np.inf], [np.inf, -np.inf]],
)
@no_warnings
def test_infinite_logits_give_no_warning(name, logits):
    gradient(getattr(ops, name), logits)


@pytest.mark.parametrize(
    "logits",
    [[np.inf, 0.0], [-np.inf, 0.0], [-np.inf, -np.inf], [np.inf, np.inf], [np.inf, -np.inf]],
)
def test_logsumexp_of_infinite_numbers_equals_tensorflow(logits):
    assert_equals_tensorflow(ops.logsumexp(logits), tf.reduce_logsumexp(tf.constant(logits)))


@pytest.mark.parametrize("logits", [[np.inf, 0.0], [-np.inf, 0.0], [-np.inf, -np.inf]])
def test_log_softmax_of_infinite_logits_equals_tensorflow(logits):
    assert_equals_tensorflow(ops.log_softmax(logits), tf.nn.log_softmax(tf.constant(logits)))


def test_impossible_class_gets_no_probability_and_its_gradient_is_its_seed():
    assert gradient(ops.log_softmax, [-np.inf, 0.0], [3.0, 5.0]).tolist() == [3, -3]


def test_impossible_term_gets_no_gradient_of_logsumexp():
    assert gradient(ops.logsumexp, [-np.inf, 0.0]).tolist() == [0, 1]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_log_of_zero_is_minus_infinity_as_in_numpy():
    assert ops.log(0.0) == -np.inf


def test_gradient_of_max_goes_to_nan():
    assert gradient(ops.max, [1.0, np.nan, 2.0]).tolist() == [0, 1, 0]


def test_infinite_element_takes_the_gradient_of_max():
    assert gradient(ops.max, [1.0, np.inf, 2.0]).tolist() == [0, 1, 0]


# ---- Empty arrays ----


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@no_warnings
def test_function_of_an_empty_array_is_empty(name, shape):
    assert getattr(ops, name)(np.zeros(shape)).shape == shape


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@no_warnings
def test_log_softmax_of_an_empty_array_is_empty(shape):
    assert gradient(ops.log_softmax, np.zeros(shape)).shape == shape


@no_warnings
def test_mean_of_nothing_is_nan():
    assert np.isnan(ops.mean(np.zeros((2, 0)), axis=1)).tolist() == [True, True]


@pytest.mark.parametrize("name", ["sum", "mean", "logsumexp"])
@no_warnings
def test_gradient_of_a_reduction_of_nothing_is_empty(name):
    function = getattr(ops, name)
    assert gradient(lambda x: function(x, axis=1), np.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "logsumexp"])
@no_warnings
def test_no_rows_reduce_to_no_numbers(name):
    assert getattr(ops, name)(np.zeros((0, 3)), axis=1).shape == (0,)


def test_max_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"max: got x of shape \(0,\).*at least one element"):
        ops.max(np.zeros(0))


# ---- Bad input ----


@pytest.mark.parametrize("name", ALL_OF_ONE_INPUT)
@pytest.mark.parametrize(
    ("x", "error", "came"),
    [
        ("abc", TypeError, "got str: 'abc'"),
        (None, TypeError, "got NoneType: None"),
        ([[1.0, 2.0], [3.0]], ValueError, "ragged"),
        (object(), TypeError, "got object"),
    ],
    ids=["string", "None", "ragged list", "object"],
)
def test_function_of_what_is_no_array_of_numbers_is_refused(name, x, error, came):
    with pytest.raises(error, match=f"^{name}: x must be .*{came}"):
        getattr(ops, name)(x)


def test_function_of_a_list_of_tensors_is_refused():
    with pytest.raises(TypeError, match=r"Tensor does not turn into an array.*underhood\.ops"):
        ops.sum([Tensor(1.0), Tensor(2.0)])


@pytest.mark.parametrize("name", ["matmul", "maximum"])
def test_second_argument_is_named_when_it_is_refused(name):
    with pytest.raises(TypeError, match=f"^{name}: y must be .*got str"):
        getattr(ops, name)(Tensor([1.0]), "abc")


@pytest.mark.parametrize("slope", [-0.1, np.nan, np.inf])
def test_slope_of_leaky_relu_out_of_range_is_refused(slope):
    with pytest.raises(ValueError, match=f"^negative_slope must be 0 or more.*; got {slope}"):
        ops.leaky_relu(1.0, slope)


@pytest.mark.parametrize("slope", ["0.2", None, True, [0.2], Tensor(0.2)])
def test_slope_of_leaky_relu_that_is_no_number_is_refused(slope):
    with pytest.raises(TypeError, match="^negative_slope must be a number; got"):
        ops.leaky_relu(1.0, slope)


@pytest.mark.parametrize("name", [*REDUCTIONS, "log_softmax"])
@pytest.mark.parametrize("x", [np.ones((2, 3)), Tensor(np.ones((2, 3)))], ids=["array", "Tensor"])
@pytest.mark.parametrize("axis", [2, -3])
def test_axis_that_is_not_there_is_refused(name, x, axis):
    with pytest.raises(
        ValueError, match=rf"^{name}: got x of shape \(2, 3\), axis={axis}.*expected an axis"
    ):
        getattr(ops, name)(x, axis=axis)


@pytest.mark.parametrize("name", [*REDUCTIONS, "log_softmax"])
@pytest.mark.parametrize("axis", ["rows", 0.5])
def test_axis_that_is_no_whole_number_is_refused(name, axis):
    with pytest.raises(TypeError, match=rf"^{name}: got x .*axis={axis!r}.*expected an axis"):
        getattr(ops, name)(np.ones((2, 3)), axis=axis)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_axis_named_twice_is_refused(name):
    with pytest.raises(ValueError, match=rf"^{name}: got .*axis=\(0, 0\)"):
        getattr(ops, name)(np.ones((2, 3)), axis=(0, 0))


def test_log_softmax_of_a_single_number_is_refused():
    with pytest.raises(ValueError, match=r"^log_softmax: got x of shape \(\)"):
        ops.log_softmax(1.0)


def test_reshape_to_another_number_of_elements_is_refused():
    with pytest.raises(
        ValueError, match=r"^reshape: got x of shape \(2, 3\), shape=\(4,\); expected .*as many"
    ):
        ops.reshape(np.ones((2, 3)), (4,))


@pytest.mark.parametrize("axes", [(0, 0), (0,), (0, 2)])
def test_axes_that_are_no_permutation_are_refused(axes):
    with pytest.raises(
        ValueError, match=r"^transpose: got x of shape \(2, 3\), axes=.*permutation"
    ):
        ops.transpose(np.ones((2, 3)), axes)


def test_maximum_of_shapes_that_do_not_broadcast_is_refused():
    with pytest.raises(
        ValueError,
        match=r"^maximum: got x of shape \(2,\), y of shape \(3,\); expected .*broadcast",
    ):
        ops.maximum([1.0, 2.0], Tensor([1.0, 2.0, 3.0]))


def test_matmul_of_shapes_that_do_not_fit_is_refused():
    with pytest.raises(
        ValueError, match=r"^matmul: got x of shape \(2, 3\), y of shape \(2, 3\); expected .*k, m"
    ):
        ops.matmul(np.ones((2, 3)), np.ones((2, 3)))
