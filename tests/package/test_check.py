"""Numerical gradients, the check of a gradient, and the feedback to an answer."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from underhood import ops
from underhood.autodiff import Tensor, value_and_grad
from underhood.check import (
    Feedback,
    check_answer,
    check_gradient,
    complex_step,
    default_step,
    finite_differences,
)
from underhood.exercises.backpropagation import topological_order

RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 4))
Y = RNG.normal(size=(4, 2))
POSITIVE = RNG.uniform(0.5, 2, size=(3, 4))
WEIGHTS = RNG.normal(size=(3, 4))


def weighted(op):
    """A number that depends on every element of an op's output, each in its own way."""
    return lambda *arrays: ops.sum(ops.exp(0.3 * op(*arrays)) * WEIGHTS)


SMOOTH = {
    "add": (lambda x, y: x + y, (X, WEIGHTS)),
    "subtract": (lambda x, y: x - y, (X, WEIGHTS)),
    "multiply": (lambda x, y: x * y, (X, WEIGHTS)),
    "divide": (lambda x, y: x / y, (X, POSITIVE)),
    "negative": (lambda x: -x, (X,)),
    "power": (lambda x, y: x**y, (POSITIVE, X)),
    "power of a number": (lambda x: x**3, (X,)),
    "matmul": (lambda x, y: ops.matmul(ops.matmul(x, y), np.ones((2, 4))), (X, Y)),
    "getitem": (lambda x: x[np.array([0, 0, 2])], (X,)),
    "exp": (ops.exp, (X,)),
    "log": (ops.log, (POSITIVE,)),
    "tanh": (ops.tanh, (X,)),
    "sigmoid": (ops.sigmoid, (X,)),
    "softplus": (ops.softplus, (X,)),
    "relu": (ops.relu, (X,)),
    "maximum": (ops.maximum, (X, WEIGHTS)),
    "sum": (lambda x: x * ops.sum(x, axis=0), (X,)),
    "mean": (lambda x: x * ops.mean(x, axis=1, keepdims=True), (X,)),
    "max": (lambda x: x * ops.max(x, axis=0), (X,)),
    "logsumexp": (lambda x: x * ops.logsumexp(x, axis=1, keepdims=True), (X,)),
    "log_softmax": (ops.log_softmax, (X,)),
    "reshape": (lambda x: ops.reshape(x, (3, 4)), (X.reshape(2, 6),)),
    "transpose": (ops.transpose, (X.T,)),
    "broadcasting": (lambda x, b: x * b, (X, WEIGHTS[0])),
}
CASES = pytest.mark.parametrize(("op", "arrays"), SMOOTH.values(), ids=SMOOTH)


# ---- Numerical gradients ----


@CASES
def test_engine_agrees_with_complex_step_to_the_last_digits(op, arrays):
    assert check_gradient(weighted(op), *arrays, rtol=1e-13, method="complex step")


@CASES
def test_engine_agrees_with_finite_differences(op, arrays):
    assert check_gradient(weighted(op), *arrays, method="finite differences")


@given(
    hnp.arrays(float, hnp.array_shapes(min_dims=0, max_dims=3), elements=st.floats(-3, 3)),
)
@settings(max_examples=50, deadline=None)
def test_both_methods_give_the_derivative_at_any_shape(x):
    def function(a):
        return np.sum(np.sin(a) * np.exp(a))

    right = np.exp(x) * (np.sin(x) + np.cos(x))
    (exact,) = complex_step(function, x)
    (near,) = finite_differences(function, x)
    np.testing.assert_allclose(exact, right, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(near, right, rtol=1e-8, atol=1e-7)
    assert exact.shape == near.shape == x.shape


def test_each_array_gets_its_own_gradient():
    dx, dy, dz = complex_step(lambda x, y, z: (x + y) * z, -2.0, 5.0, -4.0)
    assert (dx, dy, dz) == (-4, -4, 3)


@pytest.mark.parametrize("method", [complex_step, finite_differences])
def test_arrays_are_not_changed(method):
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])

    def spoils(a, b):
        value = a.sum() + b.sum()
        a[...] = b[...] = 0
        return value

    method(spoils, x, y)
    np.testing.assert_array_equal(x, [1.0, 2.0])
    np.testing.assert_array_equal(y, [3.0, 4.0])


def test_integers_are_taken_as_floats():
    assert complex_step(lambda x: x**2, 3)[0] == 6
    np.testing.assert_allclose(finite_differences(lambda x: x**2, 3)[0], 6, rtol=1e-9)


def test_empty_array_has_an_empty_gradient():
    x = np.zeros((0, 3))
    assert complex_step(np.sum, x)[0].shape == (0, 3)
    assert finite_differences(np.sum, x)[0].shape == (0, 3)


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-9), (np.float32, 1e-3)])
def test_default_step_leaves_the_documented_error(dtype, bound):
    x = dtype(1.0)
    (dx,) = finite_differences(np.exp, x)
    assert dx.dtype == dtype
    assert abs(dx - np.exp(1.0)) < bound


@pytest.mark.parametrize("step", [1e-1, 1e-2])
def test_truncation_error_is_that_of_the_cubic_term(step):
    (dx,) = finite_differences(np.exp, 0.0, step=step)
    assert (dx - 1) / (step**2 / 6) == pytest.approx(1, rel=1e-2)


def test_rounding_spoils_a_tiny_step_but_not_the_complex_one():
    (tiny,) = finite_differences(np.exp, 1.0, step=1e-13)
    (exact,) = complex_step(np.exp, 1.0, step=1e-13)
    assert abs(tiny - np.exp(1.0)) > 1e-6
    assert exact == pytest.approx(np.exp(1.0), rel=1e-15)


def test_kink_gives_the_mean_of_both_slopes():
    assert finite_differences(lambda x: np.maximum(x, 0), 0.0)[0] == pytest.approx(0.5)


def test_default_step_grows_with_the_number():
    assert default_step(np.float64(1e6)) == pytest.approx(1e6 * default_step(np.float64(1)))


@pytest.mark.parametrize("method", [complex_step, finite_differences])
def test_function_of_several_values_is_refused(method):
    with pytest.raises(ValueError, match=re.escape("a single number; got shape (2,)")):
        method(lambda x: x, [1.0, 2.0])


@pytest.mark.parametrize("method", [complex_step, finite_differences])
def test_function_that_returns_a_tensor_is_refused(method):
    with pytest.raises(TypeError, match="it returned a Tensor"):
        method(lambda x: Tensor(x.real) * 2, 1.0)


@pytest.mark.parametrize("method", [complex_step, finite_differences])
@pytest.mark.parametrize("step", [0, -1e-6, np.nan, np.inf, "small"])
def test_step_must_be_positive(method, step):
    with pytest.raises(ValueError, match="step must be a positive number"):
        method(np.sum, 1.0, step=step)


@pytest.mark.parametrize("method", [complex_step, finite_differences, check_gradient])
@pytest.mark.parametrize("array", ["1", 1j, None])
def test_array_must_be_of_real_numbers(method, array):
    with pytest.raises(TypeError, match="argument 0"):
        method(np.sum, array)


def into_floats(x):
    out = np.zeros(x.shape)
    out[...] = x
    return out.sum()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.abs(x).sum(),
        lambda x: x.real.sum(),
        lambda x: float(x[0]),
        lambda x: x.sum() + into_floats(x),
    ],
    ids=["abs", "real", "float", "assignment on one of two paths"],
)
def test_complex_step_refuses_a_function_that_loses_the_imaginary_part(function):
    with pytest.raises(TypeError):
        complex_step(function, np.array([1.0]))


def test_complex_step_takes_a_function_that_ignores_an_argument():
    dx, dy = complex_step(lambda x, y: y * y, 1.0, 2.0)
    assert (dx, dy) == (0, 4)


# ---- check_gradient ----


def product(x, y):
    return ops.sum((x @ y) * (x @ y))


def product_gradients(x, y):
    return 2 * (x @ y) @ y.T, 2 * x.T @ (x @ y)


def test_gradient_derived_by_hand_is_right():
    assert check_gradient(product, X, Y, gradients=product_gradients)
    assert check_gradient(product, X, Y, gradients=product_gradients(X, Y))


@pytest.mark.parametrize("method", ["complex step", "finite differences"])
@pytest.mark.parametrize("factor", [1.001, 0.999, -1, 2, 0, np.nan, np.inf])
@pytest.mark.parametrize("position", [0, 1])
def test_planted_factor_is_found(method, factor, position):
    gradients = list(product_gradients(X, Y))
    gradients[position] = gradients[position] * factor
    result = check_gradient(product, X, Y, gradients=tuple(gradients), method=method)
    assert not result
    assert [argument.ok for argument in result.arguments] == [position == 1, position == 0]


@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e20, 1e140])
@pytest.mark.parametrize("method", ["complex step", "finite differences"])
def test_planted_factor_is_found_at_any_size(size, method):
    def function(x):
        return (x * x).sum() * size

    right = 2 * X * size
    assert check_gradient(function, X, gradients=right, method=method)
    assert not check_gradient(function, X, gradients=right * 1.001, method=method)


@CASES
def test_planted_factor_is_found_in_every_op(op, arrays):
    gradients = value_and_grad(weighted(op))(*arrays)[1]
    wrong = tuple(1.001 * g for g in gradients)
    assert not any(
        argument.ok for argument in check_gradient(weighted(op), *arrays, gradients=wrong).arguments
    )


@given(st.integers(0, 11), st.floats(1e-3, 10))
@settings(max_examples=30, deadline=None)
def test_single_wrong_element_is_found_and_named(index, shift):
    gradient = 2 * X
    gradient.flat[index] += shift
    result = check_gradient(lambda x: (x * x).sum(), X, gradients=gradient)
    assert not result
    assert f"at [{index // 4}, {index % 4}]" in repr(result)


def test_report_names_argument_error_element_and_both_values():
    result = check_gradient(
        lambda x, w: (w * x).sum(), [1.0, 2.0], [3.0, 4.0], gradients=([3.0, 4.5], [1.0, 2.0])
    )
    first, second = result.arguments
    assert (first.name, first.ok, second.name, second.ok) == ("x", False, "w", True)
    assert first.error == pytest.approx(0.1)
    assert "The gradient is wrong" in repr(result)
    assert "at [1]: 4.5, by complex step 4" in repr(result)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda g: -g, "wrong sign"),
        (lambda g: g / 2, "0.5 times what it should be"),
        (lambda g: g.T, "the transpose of what it should be"),
    ],
)
def test_report_names_a_simple_relation(change, said):
    x = RNG.normal(size=(3, 3))
    result = check_gradient(lambda x: (x**2).sum(), x, gradients=change(2 * x))
    assert not result
    assert said in repr(result)


def test_shape_of_a_forgotten_transpose_is_named():
    result = check_gradient(lambda x: (x * x).sum(), X, gradients=2 * X.T)
    assert not result
    assert "has shape (4, 3); expected that of x: is a transpose missing" in repr(result)


def test_wrong_shape_is_wrong_even_if_it_broadcasts():
    result = check_gradient(lambda x: (3 * x).sum(), [1.0, 1.0], gradients=3.0)
    assert not result
    assert "has shape ()" in repr(result)
    assert "transpose" not in repr(result)


def test_zero_gradient_is_right():
    assert check_gradient(lambda x: ops.sum(0 * x), X)
    assert check_gradient(lambda x: ops.sum(ops.relu(x)), -POSITIVE)
    assert check_gradient(lambda x: 0 * x[0] + 1e6, [1.0], method="finite differences")


def test_rounding_of_a_large_value_is_no_fault_of_the_gradient():
    def function(x):
        return ops.sum(1e-3 * x * x) + 1e6

    (quotient,) = finite_differences(function, X)
    assert np.abs(quotient - 2e-3 * X).max() > 1e-6 * np.abs(2e-3 * X).max()
    assert check_gradient(function, X, method="finite differences")


def test_gradients_get_copies_of_the_arrays():
    def clears(x):
        right = 2 * x
        x[...] = 0
        return right

    assert check_gradient(lambda x: (x * x).sum(), X, gradients=clears)


@pytest.mark.parametrize("method", ["complex step", "finite differences"])
def test_gradient_that_should_be_zero_is_found(method):
    wrong = np.full(2, 1e-3)
    result = check_gradient(lambda x: (0 * x).sum(), [1.0, 2.0], gradients=wrong, method=method)
    assert not result
    assert result.arguments[0].error == np.inf


def test_rounding_around_zero_passes_with_an_atol():
    x, gradient = [1.0, 2.0], np.array([1e-17, 0.0])
    without = check_gradient(lambda x: (0 * x).sum(), x, gradients=gradient)
    assert not without
    assert "pass an atol" in repr(without)
    assert check_gradient(lambda x: (0 * x).sum(), x, gradients=gradient, atol=1e-15)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("method", ["complex step", "finite differences"])
def test_nan_is_never_right(method):
    assert not check_gradient(lambda x: x * np.nan, 1.0, method=method)
    assert not check_gradient(lambda x: x * 2, 1.0, gradients=np.nan, method=method, rtol=np.inf)


def test_empty_array_is_right():
    result = check_gradient(lambda x, y: ops.sum(x) + y * y, np.zeros((0, 3)), 2.0)
    assert result
    assert not check_gradient(
        lambda x, y: ops.sum(x) + y * y, np.zeros((0, 3)), 2.0, gradients=(np.zeros((3, 0)), 4.0)
    )


def test_float32_gradients_pass_and_planted_errors_do_not():
    x, y = X.astype(np.float32), Y.astype(np.float32)
    assert check_gradient(product, x, y)
    dx, dy = value_and_grad(product)(x, y)[1]
    assert not check_gradient(product, x, y, gradients=(dx * np.float32(1.001), dy))


def test_function_that_takes_no_complex_numbers_is_checked_by_finite_differences():
    result = check_gradient(lambda x: np.abs(x).sum(), X, gradients=np.sign(X))
    assert result
    assert result.method == "finite differences"
    with pytest.raises(TypeError, match="must take complex numbers"):
        check_gradient(lambda x: np.abs(x).sum(), X, gradients=np.sign(X), method="complex step")


def test_number_of_gradients_must_be_that_of_the_arrays():
    with pytest.raises(ValueError, match=r"tuple of 2, one for each array; got a tuple of 1"):
        check_gradient(product, X, Y, gradients=(X,))
    with pytest.raises(ValueError, match="tuple of 2, one for each array; got an array"):
        check_gradient(product, X, Y, gradients=X)


def test_check_of_nothing_is_refused():
    with pytest.raises(ValueError, match="arrays are missing"):
        check_gradient(lambda: 1.0)


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method must be 'complex step' or"):
        check_gradient(np.sum, X, method="symbolic")


def test_arguments_without_names_are_counted():
    result = check_gradient(lambda *xs: xs[0] * xs[1], 2.0, 3.0)
    assert [argument.name for argument in result.arguments] == ["argument 0", "argument 1"]


# ---- check_answer ----


def test_right_answer_is_true_and_says_so():
    feedback = check_answer("ex-backpropagation-max", (12, 3, 0, 4))
    assert feedback
    assert repr(feedback).startswith("✓ Right. ")


@pytest.mark.parametrize(
    "answer",
    [
        [12, 3, 0, 4],
        np.array([12.0, 3, 0, 4]),
        {"df/dx": 3, "f": 12, "df/dz": 4, "df/dy": 0},
        (np.array([[12]]), Tensor(3.0), 0, np.float32(4)),
        Tensor([12.0, 3.0, 0.0, 4.0]),
        (12.004, 2.999, 0, 4),
    ],
    ids=repr,
)
def test_answer_may_come_in_many_forms(answer):
    assert check_answer("ex-backpropagation-max", answer)


def test_answer_that_can_be_looked_at_only_once_is_right():
    assert check_answer("ex-backpropagation-max", map(float, (12, 3, 0, 4)))
    assert check_answer("ex-backpropagation-max", (value for value in (12, 3, 0, 4)))


def test_function_may_yield_its_values():
    def yields(g, x, y):
        yield g @ y.T
        yield x.T @ g

    assert check_answer("ex-backpropagation-matmul", yields)


class Spoilt:
    """Looks like an array, and like a symbolic tensor of Keras cannot be read."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no values yet")

    def __iter__(self):
        raise NotImplementedError("iterating is not supported")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((12, 3, 0), "has three values; expected four values, in this order: f, df/dx"),
        ({"f": 12}, "has the keys f; expected four values"),
        (12, "is an int; expected four values"),
        ("12, 3, 0, 4", "is a str; expected four values"),
        ({12, 3, 0, 4}, "is a set; expected four values"),
        (("12", 3, 0, 4), "f is a str, but a number"),
        ((12, 3, 0, 5), "df/dz is not right."),
        ((12, 3, 0.5, 5), "df/dy is not right. df/dz is not right."),
        ((12, [3, 3], 0, 4), "df/dx has shape (2,); expected shape ()"),
        (lambda: (12, 3, 0, 4), "is a function: pass what it returns"),
        pytest.param((10**400, 3, 0, 4), "f is an int that does not make an array", id="huge"),
        pytest.param(Spoilt(), "is a Spoilt; expected four values", id="spoilt"),
        pytest.param((12, Spoilt(), 0, 4), "df/dx is a Spoilt that does not make", id="one spoilt"),
    ],
    ids=repr,
)
def test_answer_of_another_form_is_told_what_is_expected(answer, said):
    feedback = check_answer("ex-backpropagation-max", answer)
    assert feedback.kind == "other"
    assert said in feedback.message
    assert repr(feedback).startswith("✗ ")


def test_b_after_the_step_needs_all_its_decimals():
    right = (-32, 1024, -2624, -64, 0.05248, 139.00128)
    assert check_answer("ex-linear-regression-step", right)
    assert not check_answer("ex-linear-regression-step", (*right[:5], 139.001))
    assert not check_answer("ex-linear-regression-step", (*right[:5], 139.00064))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("rounding", "right"),
        (" Rounding ", "right"),
        ("truncation", "known"),
        ("overflow", "other"),
        (2, "other"),
        ("", "empty"),
    ],
)
def test_choice_is_compared_as_a_word(answer, kind):
    assert check_answer("ex-backpropagation-difference", answer).kind == kind


def test_wrong_choice_lists_the_choices():
    message = check_answer("ex-backpropagation-difference", "overflow").message
    assert message.startswith("Choose one of 'truncation', 'rounding', 'kink'.")


def test_result_in_place_of_a_function_is_told_so():
    feedback = check_answer("ex-backpropagation-matmul", (np.ones(2), np.ones(2)))
    assert feedback.kind == "other"
    assert "expected a function of (g, x, y)" in feedback.message


def test_function_that_raises_is_reported_with_error_and_shapes():
    def broken(g, x, y):
        raise OverflowError("too much")

    feedback = check_answer("ex-backpropagation-matmul", broken)
    assert feedback.kind == "other"
    assert "Tried on g of shape (2, 4), x of shape (2, 3), y of shape (3, 4)" in feedback.message
    assert "Your function raised OverflowError: too much" in feedback.message


def test_function_among_the_inputs_is_reported_by_its_name():
    feedback = check_answer("ex-forecasting-free-run", lambda *arguments: np.zeros(3))
    assert "Tried on a function forecast, series of shape (20,)" in feedback.message
    assert " at 0x" not in feedback.message


def test_scaling_in_single_precision_is_right():
    def standardize(series, n_train):
        known = np.float32(series[:n_train])
        return (np.float32(series) - known.mean()) / known.std()

    assert check_answer("ex-forecasting-scale", standardize)


@pytest.mark.parametrize("lag", [136.9, 137.1, 411])
def test_lag_must_be_exact_and_the_nearest(lag):
    assert not check_answer("ex-forecasting-far", (lag, -1))


def test_function_of_other_arguments_is_reported():
    feedback = check_answer("ex-backpropagation-matmul", lambda g, x: (g, x))
    assert feedback.kind == "other"
    assert "raised TypeError" in feedback.message


def test_function_that_uses_up_its_inputs_is_judged_by_its_value():
    def order(parents, root):
        found = topological_order(parents, root)
        parents.clear()
        return found

    assert check_answer("ex-engine-order", order)


def test_function_cannot_change_the_inputs_of_the_next_comparison():
    def clears(g, x, y):
        dx, dy = g @ y.T, x.T @ g
        g[...], x[...], y[...] = 0, 0, 0
        return dx, dy

    assert check_answer("ex-backpropagation-matmul", clears)
    assert check_answer("ex-backpropagation-matmul", clears)


def test_function_that_is_half_a_stub_is_not_answered():
    feedback = check_answer("ex-backpropagation-matmul", lambda g, x, y: (g @ y.T, ...))
    assert feedback.kind == "empty"
    assert feedback.message == "Your function returns nothing: dy."


def test_wrong_shape_is_told_with_both_shapes():
    feedback = check_answer("ex-backpropagation-matmul", lambda g, x, y: (y @ g.T, x.T @ g))
    assert feedback.kind == "other"
    assert "dx has shape (3, 2); expected shape (2, 3): is a transpose" in feedback.message


def test_function_that_warns_is_judged_by_its_value():
    def warns(g, x):
        warnings.warn("careful", stacklevel=1)
        np.log(np.zeros(2))
        s = 1 / (1 + np.exp(-x))
        return g * s * (1 - s)

    assert check_answer("ex-backpropagation-sigmoid-gate", warns)


@pytest.mark.parametrize(("error", "right"), [(1e-8, True), (1e-4, False)])
def test_function_may_round_but_not_be_off(error, right):
    answer = check_answer("ex-engine-softplus", lambda g, out, x: (1 + error) * g * ops.sigmoid(x))
    assert bool(answer) == right


def test_unknown_label_names_those_that_come_near():
    with pytest.raises(KeyError, match="did you mean 'ex-backpropagation-matmul'"):
        check_answer("ex-backpropagation-matmull", 1)


def test_label_far_from_any_is_an_error_too():
    with pytest.raises(KeyError, match="there is no exercise 'zzz'"):
        check_answer("zzz", 1)


@pytest.mark.parametrize("label", [5, None, [1], np.array([1.0, 2.0])], ids=repr)
def test_label_of_another_type_is_named(label):
    with pytest.raises(TypeError, match="exercise must be a label such as .*; got ") as caught:
        check_answer(label, 1)
    assert str(caught.value).endswith(f"got {label!r}")


@pytest.mark.parametrize("kind", ["known", "other", "empty"])
def test_only_right_is_true(kind):
    assert not Feedback("ex-graphs-spider", kind, "")
    assert Feedback("ex-graphs-spider", "right", "")
