"""The losses: exact at both ends of the range, the same elsewhere as SciPy's and TensorFlow's."""

from __future__ import annotations

import hypothesis.strategies as st
import keras
import mpmath
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from hypothesis import given
from mpmath import mpf

from underhood import ops
from underhood.autodiff import Tensor
from underhood.check import check_gradient
from underhood.likelihood import (
    bernoulli_nll,
    binomial_nll,
    categorical_nll,
    gaussian_nll,
    poisson_nll,
)

from .reference import (
    TOLERANCE,
    assert_agrees_with_tensorflow,
    random_array,
    relative_error,
    signed_array,
    steadily,
    ulps,
)

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
no_warnings = pytest.mark.filterwarnings("error")

LABELS = np.array([[0, 1, 1], [1, 0, 1]])
CLASSES = np.array([[3, 0, 2], [1, 1, 0]])
COUNTS = np.array([[0, 1, 2], [7, 30, 100]])
TRIALS = np.array([[4, 4, 9], [9, 30, 120]])
NUMBERS = np.array([[-1.5, 0.0, 2.0], [10.0, 0.3, -7.0]])
SHAPE = (2, 3)


def gradient(function, parameter):
    """Return the gradient of a loss of one parameter."""
    tensor = Tensor(parameter)
    function(tensor).backward()
    return tensor.grad


def relative(got, true):
    """Return the relative error of one number, measured by mpmath."""
    return float(abs(mpf(float(got)) - true) / abs(true))


# ---- The lecture's numbers ----


def test_one_dollar_in_ten_throws_has_the_probability_of_the_lecture():
    assert np.exp(-binomial_nll(1, 10, 1 / 6)).round(4) == 0.3230


def test_likelihoods_of_the_seven_dice_are_those_of_the_lecture():
    likelihoods = [np.exp(-binomial_nll(2, 10, signs / 6)) for signs in range(7)]
    assert np.round(likelihoods, 4).tolist() == [0, 0.2907, 0.1951, 0.0439, 0.0030, 0, 0]


def test_untrained_classifier_of_ten_digits_has_the_loss_of_the_lecture():
    assert categorical_nll(np.arange(10), np.zeros((10, 10))) == pytest.approx(2.302585, abs=1e-6)


def test_linear_regression_with_its_best_spread_has_the_likelihood_of_its_mse():
    residuals = signed_array(0, (33,))
    sigma = np.sqrt(np.mean(residuals**2))
    want = np.log(sigma) + (1 + np.log(2 * np.pi)) / 2
    assert gaussian_nll(residuals, 0.0, sigma) == pytest.approx(want, rel=1e-14)


# ---- Against SciPy and TensorFlow ----


def test_bernoulli_agrees_with_scipy():
    logits = 3 * signed_array(1, SHAPE)
    want = -scipy.stats.bernoulli.logpmf(LABELS, ops.sigmoid(logits)).mean()
    assert relative_error(bernoulli_nll(LABELS, logits), want) <= 1e-14


def test_categorical_agrees_with_scipy():
    logits = 3 * signed_array(1, (*SHAPE, 4))
    chances = np.exp(ops.log_softmax(logits))
    want = -scipy.stats.multinomial.logpmf(np.eye(4)[CLASSES], 1, chances).mean()
    assert relative_error(categorical_nll(CLASSES, logits), want) <= 1e-14


def test_gaussian_agrees_with_scipy():
    mean, scale = signed_array(1, SHAPE), random_array(2, SHAPE)
    want = -scipy.stats.norm.logpdf(NUMBERS, mean, scale).mean()
    assert relative_error(gaussian_nll(NUMBERS, mean, scale), want) <= 1e-14


def test_poisson_agrees_with_scipy():
    log_rate = 2 * signed_array(1, SHAPE)
    want = -scipy.stats.poisson.logpmf(COUNTS, np.exp(log_rate)).mean()
    assert relative_error(poisson_nll(COUNTS, log_rate), want) <= 1e-14


def test_binomial_agrees_with_scipy():
    p = random_array(1, SHAPE) / 2.5
    want = -scipy.stats.binom.logpmf(COUNTS, TRIALS, p).mean()
    assert relative_error(binomial_nll(COUNTS, TRIALS, p), want) <= 1e-14


def constants(*arrays):
    return (tf.constant(array, tf.float64) for array in arrays)


def tensorflow_gaussian(mean, scale):
    (y,) = constants(NUMBERS)
    return tf.reduce_mean(
        tf.math.log(scale * np.sqrt(2 * np.pi)) + (y - mean) ** 2 / (2 * scale**2)
    )


def tensorflow_poisson(log_rate):
    (counts,) = constants(COUNTS)
    return tf.reduce_mean(tf.exp(log_rate) - counts * log_rate + tf.math.lgamma(counts + 1))


def tensorflow_binomial(p):
    k, n = constants(COUNTS, TRIALS)
    ways = tf.math.lgamma(n + 1) - tf.math.lgamma(k + 1) - tf.math.lgamma(n - k + 1)
    return -tf.reduce_mean(ways + k * tf.math.log(p) + (n - k) * tf.math.log1p(-p))


@dtypes
@pytest.mark.parametrize(
    ("ours", "theirs", "parameters"),
    [
        (
            lambda z: bernoulli_nll(LABELS, z),
            lambda z: tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(tf.constant(LABELS, tf.float64), z)
            ),
            [3 * signed_array(1, SHAPE)],
        ),
        (
            lambda z: categorical_nll(CLASSES, z),
            lambda z: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(CLASSES, z)),
            [3 * signed_array(1, (*SHAPE, 4))],
        ),
        (
            lambda mean, scale: gaussian_nll(NUMBERS.astype(scale.dtype), mean, scale),
            tensorflow_gaussian,
            [signed_array(1, SHAPE), random_array(2, SHAPE)],
        ),
        (
            lambda mean, scale: gaussian_nll(NUMBERS.astype(scale.dtype), mean, scale),
            tensorflow_gaussian,
            [np.array(0.7), np.array(3.0)],
        ),
        (lambda z: poisson_nll(COUNTS, z), tensorflow_poisson, [2 * signed_array(1, SHAPE)]),
        (lambda z: poisson_nll(COUNTS, z), tensorflow_poisson, [np.array(4.0)]),
        (
            lambda p: binomial_nll(COUNTS, TRIALS, p),
            tensorflow_binomial,
            [random_array(1, SHAPE) / 2.5],
        ),
        (lambda p: binomial_nll(COUNTS, TRIALS, p), tensorflow_binomial, [np.array(0.4)]),
    ],
    ids=[
        "bernoulli",
        "categorical",
        "gaussian",
        "gaussian, numbers",
        "poisson",
        "poisson, a number",
        "binomial",
        "binomial, a number",
    ],
)
def test_value_and_gradients_agree_with_tensorflow(ours, theirs, parameters, dtype):
    assert_agrees_with_tensorflow(ours, theirs, *(x.astype(dtype) for x in parameters))


@dtypes
def test_classification_agrees_with_the_losses_of_keras(dtype):
    logits = 3 * signed_array(1, (6, 4), dtype)
    binary = keras.losses.BinaryCrossentropy(from_logits=True, dtype=dtype)
    several = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=dtype)
    got = bernoulli_nll(LABELS.ravel(), logits[:, 0]), categorical_nll(CLASSES.ravel(), logits)
    want = binary(LABELS.ravel(), logits[:, 0]), several(CLASSES.ravel(), logits)
    assert relative_error(got, want) <= TOLERANCE[dtype]


@pytest.mark.parametrize(
    ("loss", "parameters"),
    [
        (lambda z: bernoulli_nll(LABELS, z), [signed_array(1, SHAPE)]),
        (lambda z: bernoulli_nll(LABELS, z), [0.3]),
        (lambda z: categorical_nll(CLASSES, z), [signed_array(1, (*SHAPE, 4))]),
        (lambda m, s: gaussian_nll(NUMBERS, m, s), [signed_array(1, SHAPE), 2.0]),
        (lambda m, s: gaussian_nll(NUMBERS, m, s), [0.3, random_array(1, SHAPE)]),
        (lambda z: poisson_nll(COUNTS, z), [signed_array(1, SHAPE)]),
        (lambda p: binomial_nll(COUNTS, 120, p), [random_array(1, SHAPE) / 2.5]),
    ],
)
def test_gradient_is_that_of_the_complex_step(loss, parameters):
    assert check_gradient(loss, *parameters, method="complex step", rtol=1e-13)


# ---- Against mpmath ----


def true_poisson(k, log_rate):
    log_rate = mpf(log_rate)
    return mpmath.exp(log_rate) - k * log_rate + mpmath.log(mpmath.factorial(k))


@given(k=st.integers(0, 300), log_rate=st.floats(-50, float(np.log(100))))
@steadily
def test_poisson_is_exact_to_1e_13(k, log_rate):
    assert relative(poisson_nll(k, log_rate), true_poisson(k, log_rate)) <= 1e-13


@given(k=st.integers(1, 100), deviation=st.floats(-1, 1))
@steadily
def test_poisson_near_its_maximum_is_exact_to_1e_13(k, deviation):
    log_rate = float(np.log(k) + deviation / np.sqrt(k))
    assert relative(poisson_nll(k, log_rate), true_poisson(k, log_rate)) <= 1e-13


def true_binomial(k, n, p):
    p = mpf(p)
    return -(
        mpmath.log(mpmath.binomial(n, k))
        + (k * mpmath.log(p) if k else 0)
        + ((n - k) * mpmath.log1p(-p) if k < n else 0)
    )


@given(
    n=st.integers(1, 1000),
    share=st.floats(0, 1),
    p=st.one_of(st.floats(1e-300, 1 - 1e-9), st.floats(-300, -0.1).map(lambda x: 10**x)),
)
@steadily
def test_binomial_is_exact_to_5e_13(n, share, p):
    k = round(share * n)
    assert relative(binomial_nll(k, n, p), true_binomial(k, n, p)) <= 5e-13


@pytest.mark.parametrize("k", [1, 2, 500, 998, 999])
def test_binomial_of_1000_trials_at_its_maximum_is_exact_to_5e_13(k):
    got = [binomial_nll(min(k, n - 1), n, min(k, n - 1) / n) for n in range(501, 1001)]
    true = [true_binomial(min(k, n - 1), n, min(k, n - 1) / n) for n in range(501, 1001)]
    assert max(map(relative, got, true)) <= 5e-13


@pytest.mark.parametrize("n", [62, 63, 64, 65, 100_000_000])
@pytest.mark.parametrize("few", [1, 3])
def test_binomial_with_few_successes_or_failures_keeps_its_digits(n, few):
    got = [binomial_nll(k, n, k / n) for k in (few, n - few)]
    true = [true_binomial(k, n, k / n) for k in (few, n - few)]
    assert max(map(relative, got, true)) <= 5e-13


@given(label=st.integers(0, 1), logit=st.floats(-1e4, 1e4))
@steadily
def test_bernoulli_is_within_3_ulps(label, logit):
    true = mpmath.log1p(mpmath.exp((1 - 2 * label) * mpf(logit)))
    assert ulps([bernoulli_nll(label, logit)], [true]) <= 3


@given(label=st.integers(0, 2), logits=st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3))
@steadily
def test_categorical_is_within_64_ulps(label, logits):
    gaps = [mpf(logits[label]) - mpf(logit) for i, logit in enumerate(logits) if i != label]
    true = mpmath.log1p(mpmath.fsum(mpmath.exp(-gap) for gap in gaps))
    assert ulps([categorical_nll(label, logits)], [true]) <= 64


@given(
    y=st.floats(-1e6, 1e6),
    mean=st.floats(-1e6, 1e6),
    scale=st.floats(-100, 100).map(lambda x: 10**x),
)
@steadily
def test_gaussian_is_exact_to_1e_15_of_its_larger_part(y, mean, scale):
    square = ((mpf(y) - mpf(mean)) / mpf(scale)) ** 2 / 2
    rest = mpmath.log(mpf(scale)) + mpmath.log(2 * mpmath.pi) / 2
    size = max(square, abs(rest), mpf(1))
    assert abs(mpf(float(gaussian_nll(y, mean, scale))) - (square + rest)) <= 1e-15 * size


def test_poisson_in_float32_keeps_its_digits_where_its_terms_cancel():
    log_rates = np.linspace(4.5, 4.7, 50, dtype=np.float32)
    got = [poisson_nll(100, log_rate) for log_rate in log_rates]
    true = [true_poisson(100, float(log_rate)) for log_rate in log_rates]
    assert max(map(relative, got, true)) <= 1e-7


def test_binomial_in_float32_keeps_its_digits_where_its_terms_cancel():
    chances = np.linspace(5e-4, 2e-3, 50, dtype=np.float32)
    got = [binomial_nll(1, 1000, p) for p in chances]
    true = [true_binomial(1, 1000, float(p)) for p in chances]
    assert max(map(relative, got, true)) <= 1e-7


# ---- Means over the examples ----


@pytest.mark.parametrize(
    ("loss", "data", "parameter"),
    [
        (bernoulli_nll, LABELS, signed_array(1, SHAPE)),
        (categorical_nll, CLASSES, signed_array(1, (*SHAPE, 4))),
        (lambda y, mean: gaussian_nll(y, mean, 2.0), NUMBERS, signed_array(1, SHAPE)),
        (lambda y, scale: gaussian_nll(y, 1.0, scale), NUMBERS, random_array(1, SHAPE)),
        (poisson_nll, COUNTS, signed_array(1, SHAPE)),
        (lambda k, p: binomial_nll(k, 120, p), COUNTS, random_array(1, SHAPE) / 2.5),
    ],
)
def test_loss_is_the_mean_of_those_of_the_single_examples(loss, data, parameter):
    singly = [loss(data[index], parameter[index]) for index in np.ndindex(SHAPE)]
    assert relative_error(loss(data, parameter), np.mean(singly)) <= 1e-14


@pytest.mark.parametrize(
    ("loss", "number"),
    [
        (lambda z: bernoulli_nll(LABELS, z), 0.3),
        (lambda mean: gaussian_nll(NUMBERS, mean, 2.0), 0.3),
        (lambda scale: gaussian_nll(NUMBERS, 1.0, scale), 0.3),
        (lambda z: poisson_nll(COUNTS, z), 0.3),
        (lambda p: binomial_nll(COUNTS, TRIALS, p), 0.3),
        (lambda n: binomial_nll(COUNTS, n, 0.3), 120),
    ],
)
def test_one_number_is_the_parameter_of_all_examples(loss, number):
    assert loss(number) == loss(np.full(SHAPE, number))


def test_likelihood_of_counts_adds_up_to_one():
    assert sum(np.exp(-poisson_nll(k, 1.0)) for k in range(40)) == pytest.approx(1, rel=1e-14)


def test_likelihood_of_successes_adds_up_to_one():
    assert sum(np.exp(-binomial_nll(k, 20, 0.3)) for k in range(21)) == pytest.approx(1, rel=1e-14)


def test_density_of_numbers_adds_up_to_one():
    y = np.linspace(-20, 20, 2001)
    densities = [np.exp(-gaussian_nll(x, 0.5, 1.7)) for x in y]
    assert sum(densities) * (y[1] - y[0]) == pytest.approx(1, rel=1e-14)


# ---- The ends of the range ----


@no_warnings
@pytest.mark.parametrize(
    ("loss", "want"),
    [
        (lambda: bernoulli_nll([1, 0], [1e4, -1e4]), 0),
        (lambda: bernoulli_nll([1, 0], [-1e4, 1e4]), 1e4),
        (lambda: bernoulli_nll([1, 0], [np.inf, -np.inf]), 0),
        (lambda: bernoulli_nll([1, 1], [-np.inf, 0.0]), np.inf),
        (lambda: bernoulli_nll(1, 5e-324), np.log(2)),
        (lambda: categorical_nll([0, 1], [[1e4, -1e4], [-1e4, 1e4]]), 0),
        (lambda: categorical_nll([1, 0], [[1e4, -1e4], [-1e4, 1e4]]), 2e4),
        (lambda: categorical_nll([0], [[0.0, -np.inf]]), 0),
        (lambda: categorical_nll([0], [[0.0, 0.0, -np.inf]]), np.log(2)),
        (lambda: categorical_nll([1], [[0.0, -np.inf]]), np.inf),
        (lambda: poisson_nll([0], -np.inf), 0),
        (lambda: poisson_nll([1], -np.inf), np.inf),
        (lambda: poisson_nll([0, 0], [-1e4, -800.0]), 0),
        (lambda: poisson_nll([1], 1e4), np.inf),
        (lambda: poisson_nll(np.array([3]), np.array([100.0], np.float32)), np.inf),
        (lambda: binomial_nll([0, 5], 5, [0.0, 1.0]), 0),
        (lambda: binomial_nll(1, 5, 0.0), np.inf),
        (lambda: binomial_nll(4, 5, 1.0), np.inf),
        (lambda: binomial_nll(0, 5, 5e-324), 5 * 5e-324),
        (lambda: binomial_nll(0, 0, 0.3), 0),
    ],
)
def test_value_at_the_end_of_the_range(loss, want):
    assert loss() == want


@no_warnings
@pytest.mark.parametrize(
    ("loss", "parameter", "want"),
    [
        (lambda z: bernoulli_nll([1, 0], z), [1e4, -1e4], [0, 0]),
        (lambda z: bernoulli_nll([1, 0], z), [-1e4, 1e4], [-0.5, 0.5]),
        (lambda z: bernoulli_nll([1, 0], z), [np.inf, np.inf], [0, 0.5]),
        (lambda z: categorical_nll([1], z), [[1e4, -1e4]], [[1, -1]]),
        (lambda z: categorical_nll([0], z), [[1e4, -1e4]], [[0, 0]]),
        (lambda z: categorical_nll([0], z), [[0.0, 0.0, -np.inf]], [[-0.5, 0.5, 0]]),
        (lambda z: poisson_nll([0, 3], z), [-np.inf, -np.inf], [0, -1.5]),
        (lambda z: poisson_nll([3], z), np.array([100.0], np.float32), [np.inf]),
        (lambda p: binomial_nll([0, 5], 5, p), [0.0, 1.0], [2.5, -2.5]),
        (lambda p: binomial_nll([1, 4], 5, p), [0.0, 1.0], [-np.inf, np.inf]),
    ],
)
def test_gradient_at_the_end_of_the_range(loss, parameter, want):
    assert gradient(loss, parameter).tolist() == want


@no_warnings
@pytest.mark.parametrize(
    "loss",
    [
        lambda: bernoulli_nll([1], [np.nan]),
        lambda: categorical_nll([0], [[0.0, np.nan]]),
        lambda: categorical_nll([0], [[0.0, np.inf]]),
        lambda: poisson_nll([1], [np.nan]),
        lambda: poisson_nll([1], [np.inf]),
    ],
)
def test_parameters_of_no_distribution_give_nan(loss):
    assert np.isnan(loss())


@pytest.mark.parametrize(
    "loss",
    [
        lambda: bernoulli_nll(1, 1e4),
        lambda: categorical_nll(0, [1e4, 0.0]),
        lambda: poisson_nll(0, -np.inf),
        lambda: binomial_nll(0, 5, 0.0),
        lambda: binomial_nll(5, 5, 1.0),
    ],
)
def test_loss_of_certain_data_is_no_negative_zero(loss):
    assert not np.signbit(loss())


# ---- Arrays in, numbers out; the precision ----

LOSSES = {
    "bernoulli": lambda x: bernoulli_nll([0, 1], x),
    "categorical": lambda x: categorical_nll(1, x),
    "gaussian, mean": lambda x: gaussian_nll([0, 1], x, 1.0),
    "gaussian, scale": lambda x: gaussian_nll([0.0, 1.0], [1, 1], x),
    "poisson": lambda x: poisson_nll([0, 1], x),
    "binomial": lambda x: binomial_nll([0, 1], 2, x),
}
losses = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


@losses
@dtypes
def test_array_gives_a_number_of_its_precision(loss, dtype):
    got = loss(np.array([0.25, 0.5], dtype))
    assert (got.shape, got.dtype) == ((), dtype)


@losses
@dtypes
def test_tensor_gives_a_tensor_of_its_precision_and_the_same_value(loss, dtype):
    parameter = np.array([0.25, 0.5], dtype)
    got = loss(Tensor(parameter))
    assert (got.shape, got.dtype, got.data) == ((), dtype, loss(parameter))


@losses
def test_list_gives_a_number_of_float64(loss):
    assert loss([0.25, 0.5]).dtype == np.float64


def test_numbers_in_float32_give_a_number_in_float32():
    assert gaussian_nll(np.array([0, 1], np.float32), 0.5, [1.0, 2.0]).dtype == np.float32


def test_numbers_in_float64_beside_a_mean_in_float32_keep_their_digits():
    y = np.array([1 + 1e-12])
    assert gaussian_nll(y, np.array([1], np.float32), 1e-12) == pytest.approx(
        np.log(1e-12) + np.log(2 * np.pi) / 2 + 0.5, abs=1e-3
    )


@pytest.mark.parametrize(
    "loss", [lambda n: poisson_nll(n, 4.6), lambda n: binomial_nll([1], n, 0.01)]
)
def test_counts_in_float32_keep_the_digits_of_their_log_factorials(loss):
    assert loss(np.array([100], np.float32)) == loss([100])


def test_scale_in_float32_beside_numbers_in_float64_keeps_its_digits():
    scale = np.array([3], np.float32)
    assert gaussian_nll(np.array([1.0]), 0, scale) == gaussian_nll([1.0], 0, [3.0])


def test_labels_may_be_booleans_or_floats():
    assert bernoulli_nll([False, True], 2.0) == bernoulli_nll([0.0, 1.0], 2.0)


def test_loss_leaves_its_arguments_as_they_were():
    counts, log_rate = COUNTS.copy(), signed_array(1, SHAPE)
    gradient(lambda z: poisson_nll(counts, z), log_rate)
    assert np.array_equal(counts, COUNTS)
    assert np.array_equal(log_rate, signed_array(1, SHAPE))


# ---- Bad input ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bernoulli_nll([0, 2], [0, 0]), r"^labels must be whole .* 0 to 1; got 2\.0"),
        (lambda: bernoulli_nll([0.3], [0]), r"^labels must be whole numbers.*; got 0\.3"),
        (lambda: bernoulli_nll([-1, 1], [0, 0]), r"^labels must be whole numbers.*; got -1\.0"),
        (lambda: categorical_nll([3], [[0, 0, 0]]), r"^labels must be .* from 0 to 2; got 3\.0"),
        (lambda: categorical_nll([-1], [[0, 0, 0]]), r"^labels must be .* 0 to 2; got -1\.0"),
        (lambda: categorical_nll([0.5], [[0, 0, 0]]), r"^labels must be .* 0 to 2; got 0\.5"),
        (lambda: poisson_nll([2, -1], 0.0), r"^counts must be whole .* 0 or more; got -1\.0"),
        (lambda: poisson_nll([1.5], 0.0), r"^counts must be whole numbers, .*; got 1\.5"),
        (lambda: poisson_nll([np.inf], 0.0), r"^counts must be finite; got inf"),
        (lambda: binomial_nll(-1, 3, 0.5), r"^k must be whole numbers, 0 or more; got -1\.0"),
        (lambda: binomial_nll(1, 1.5, 0.5), r"^n must be whole numbers, 0 or more; got 1\.5"),
        (lambda: binomial_nll([1, 5], [9, 3], 0.5), r"^k must not be more than n, .*; got -2\.0"),
        (lambda: binomial_nll(1, 3, 1 + 1e-15), r"^p must be between 0 and 1; got 1\.000000000"),
        (lambda: binomial_nll(1, 3, Tensor(-0.1)), r"^p must be between 0 and 1; got -0\.1"),
        (lambda: binomial_nll([1, 1], 3, [0.5, np.nan]), r"^p must be between .*; got nan"),
        (lambda: gaussian_nll([1, 2], 0, [1, 0]), r"^scale must be positive; got 0\.0"),
        (lambda: gaussian_nll([1, 2], 0, Tensor(-1.0)), r"^scale must be positive; got -1\.0"),
        (lambda: gaussian_nll([1, 2], 0, np.nan), r"^scale must be positive; got nan"),
        (lambda: gaussian_nll([1, np.nan], 0, 1), r"^y must be finite; got nan"),
    ],
)
def test_value_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: bernoulli_nll(x, 0.0), "labels"),
        (lambda x: categorical_nll(x, np.zeros((0, 3))), "labels"),
        (lambda x: gaussian_nll(x, 0.0, 1.0), "y"),
        (lambda x: poisson_nll(x, 0.0), "counts"),
        (lambda x: binomial_nll(x, 3, 0.5), "k"),
    ],
)
def test_empty_batch_is_refused(call, name):
    with pytest.raises(ValueError, match=rf"^{name} must have elements .*; got shape \(0,\)"):
        call([])


FIVE = np.ones(5)


@pytest.mark.parametrize("shape", [(5, 1), (1, 5)])
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: bernoulli_nll(FIVE, x), "logits"),
        (lambda x: gaussian_nll(FIVE, x, 1.0), "mean"),
        (lambda x: gaussian_nll(FIVE, FIVE, x), "scale"),
        (lambda x: poisson_nll(FIVE, x), "log_rate"),
        (lambda x: binomial_nll(FIVE, 5, x), "p"),
        (lambda x: binomial_nll(FIVE, x, 0.5), "n"),
    ],
)
def test_column_beside_a_vector_is_refused_with_a_hint(call, name, shape):
    with pytest.raises(ValueError, match=rf"^{name} .*, \(5,\); got .*: broadcasting would pair"):
        call(np.ones(shape))


@pytest.mark.parametrize("shape", [(1,), (4,), (5, 2), (2, 5)])
@pytest.mark.parametrize(
    "call",
    [
        lambda x: bernoulli_nll(FIVE, x),
        lambda x: gaussian_nll(FIVE, Tensor(x), 1.0),
        lambda x: gaussian_nll(FIVE, FIVE, x),
        lambda x: poisson_nll(FIVE, x),
        lambda x: binomial_nll(FIVE, 5, Tensor(x)),
        lambda x: binomial_nll(FIVE, x, 0.5),
    ],
)
def test_parameter_of_another_shape_is_refused(call, shape):
    with pytest.raises(ValueError, match=r"must be one number .*, \(5,\); got shape \([\d, ]+\)$"):
        call(np.ones(shape))


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        (np.eye(3), np.zeros((3, 3)), r"labels .* \(3,\), .*; got shape \(3, 3\): one-hot\?"),
        (np.zeros((3, 1)), np.zeros((3, 4)), r"labels .*\(3, 1\): take the last axis away"),
        (np.zeros(4), np.zeros((3, 4)), r"labels .* \(3,\), .*; got shape \(4,\)$"),
        (0, np.zeros((3, 4)), r"labels .* \(3,\), .*; got shape \(\)$"),
        (np.zeros(3), np.zeros((3, 1)), r"logits .* two classes or more; .*bernoulli_nll"),
        (0, 0.0, r"logits must have the axes \(\.\.\., classes\), .*; got shape \(\)"),
    ],
)
def test_labels_that_do_not_fit_the_logits_are_refused(labels, logits, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        categorical_nll(labels, logits)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: bernoulli_nll(x, 0.0), "labels"),
        (lambda x: bernoulli_nll(1, x), "logits"),
        (lambda x: categorical_nll(x, [0.0, 0.0]), "labels"),
        (lambda x: categorical_nll(0, x), "logits"),
        (lambda x: gaussian_nll(x, 0.0, 1.0), "y"),
        (lambda x: gaussian_nll(1.0, x, 1.0), "mean"),
        (lambda x: gaussian_nll(1.0, 0.0, x), "scale"),
        (lambda x: poisson_nll(x, 0.0), "counts"),
        (lambda x: poisson_nll(1, x), "log_rate"),
        (lambda x: binomial_nll(x, 3, 0.5), "k"),
        (lambda x: binomial_nll(1, x, 0.5), "n"),
        (lambda x: binomial_nll(1, 3, x), "p"),
    ],
)
@pytest.mark.parametrize("value", ["one", None, np.array(["one"])], ids=["str", "None", "array"])
def test_what_is_no_number_is_refused(call, name, value):
    with pytest.raises(TypeError, match=f"^{name} must be a number"):
        call(value)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: bernoulli_nll(x, 0.0), "labels"),
        (lambda x: categorical_nll(x, [0.0, 0.0]), "labels"),
        (lambda x: gaussian_nll(x, 0.0, 1.0), "y"),
        (lambda x: poisson_nll(x, 0.0), "counts"),
        (lambda x: binomial_nll(x, 3, 0.5), "k"),
        (lambda x: binomial_nll(1, x, 0.5), "n"),
    ],
)
@pytest.mark.parametrize(
    ("value", "got"), [(Tensor(1.0), "a Tensor"), (1j, "complex")], ids=["Tensor", "complex"]
)
def test_data_that_are_no_array_of_real_numbers_are_refused(call, name, value, got):
    with pytest.raises(TypeError, match=f"^{name} must be .*; got {got}"):
        call(value)
