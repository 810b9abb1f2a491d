"""The engine: graphs, operators, gradients and what it says to bad input."""

from __future__ import annotations

import copy
import gc
import re
from functools import reduce

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from underhood import ops
from underhood.autodiff import (
    PRIMITIVES,
    Primitive,
    Tensor,
    topological_order,
    unbroadcast,
    value_and_grad,
)

from .reference import (
    assert_agrees_with_tensorflow,
    random_array,
    run_alone,
    signed_array,
    steadily,
)

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
seeds = st.integers(0, 2**32 - 1)


def sum_and_product() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x, y, z and f = (x + y) z at the lecture's numbers."""
    x, y, z = Tensor(-2.0), Tensor(5.0), Tensor(-4.0)
    return x, y, z, (x + y) * z


def chain(length: int) -> tuple[Tensor, Tensor]:
    """Return a leaf and the end of a chain of `length` additions of 1."""
    x = Tensor(0.0)
    return x, reduce(lambda node, _: node + 1.0, range(length), x)


def diamonds(depth: int) -> tuple[Tensor, Tensor]:
    """Return a leaf and the end of `depth` diamonds: 2^depth paths lead from one to the other."""
    x = Tensor(1.0)
    return x, reduce(lambda node, _: (node + node) * 0.5, range(depth), x)


class Calls:
    """Count the calls of the addition's derivatives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        add = PRIMITIVES["add"]
        monkeypatch.setattr(add, "vjps", tuple(self.counted(vjp) for vjp in add.vjps))

    def counted(self, vjp):
        def wrapped(*args, **params):
            self.number += 1
            return vjp(*args, **params)

        return wrapped


# ---- The lecture's numbers ----


def test_lecture_sum_and_product():
    x, y, z, f = sum_and_product()
    f.backward()
    assert [f.data, x.grad, y.grad, z.grad] == [-12, -4, -4, 3]


def test_lecture_gradient_of_an_intermediate_value():
    x, y, z = Tensor(-2.0), Tensor(5.0), Tensor(-4.0)
    q = x + y
    (q * z).backward()
    assert [q.data, q.grad] == [3, -4]


def test_lecture_matrix_product():
    a, b = Tensor([[3.0, 3.0]]), Tensor([[2.0], [2.0]])
    c = 10 * (a @ b)
    c.backward()
    assert c.data.tolist() == [[120]]
    assert a.grad.tolist() == [[20, 20]]
    assert b.grad.tolist() == [[30], [30]]


def test_lecture_regression_on_one_point():
    def squared_error(a, b):
        return (a * 58.0 + b - 153.0) ** 2

    value, gradients = value_and_grad(squared_error)(0.0, 139.0)
    assert (value, *gradients) == (196, -1624, -28)


def test_lecture_update_of_the_regression():
    def squared_error(a, b):
        return (a * 58.0 + b - 153.0) ** 2

    _, (da, db) = value_and_grad(squared_error)(0.0, 139.0)
    assert (0 - 2e-5 * da, 139 - 2e-5 * db) == pytest.approx((0.03248, 139.00056), rel=1e-15)


# ---- Operators against TensorFlow ----

BINARY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
}


@dtypes
@pytest.mark.parametrize("name", BINARY)
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4, min_side=0))
@steadily
def test_operator_agrees_with_tensorflow(name, dtype, shapes):
    x, y = (random_array(i, shape, dtype) for i, shape in enumerate(shapes.input_shapes))
    assert_agrees_with_tensorflow(BINARY[name], BINARY[name], x, y)


WITH_A_NUMBER = {
    "x + 3": lambda x: x + 3,
    "0.7 + x": lambda x: 0.7 + x,
    "x - 0.7": lambda x: x - 0.7,
    "3 - x": lambda x: 3 - x,
    "x * 3": lambda x: x * 3,
    "0.7 * x": lambda x: 0.7 * x,
    "x / 0.7": lambda x: x / 0.7,
    "3 / x": lambda x: 3 / x,
    "x ** 2": lambda x: x**2,
    "x ** 1": lambda x: x**1,
    "x ** 0": lambda x: x**0,
    "x ** -3": lambda x: x**-3,
    "x ** 0.5": lambda x: x**0.5,
    "2 ** x": lambda x: 2**x,
    "0.3 ** x": lambda x: 0.3**x,
}


@dtypes
@pytest.mark.parametrize("shape", [(), (3, 2)])
@pytest.mark.parametrize("name", WITH_A_NUMBER)
def test_operator_with_a_number_agrees_with_tensorflow(name, dtype, shape):
    function = WITH_A_NUMBER[name]
    assert_agrees_with_tensorflow(function, function, random_array(1, shape, dtype))


@dtypes
@pytest.mark.parametrize("name", BINARY)
def test_operator_with_an_array_on_the_left_agrees_with_tensorflow(name, dtype):
    left = random_array(1, (3, 1), dtype)
    assert_agrees_with_tensorflow(
        lambda x: BINARY[name](left, x),
        lambda x: BINARY[name](tf.cast(left, x.dtype), x),
        random_array(2, (4,), dtype),
    )


@pytest.mark.parametrize("name", BINARY)
def test_operator_with_a_numpy_scalar_on_the_left_agrees_with_tensorflow(name):
    assert_agrees_with_tensorflow(
        lambda x: BINARY[name](np.float64(0.7), x),
        lambda x: BINARY[name](tf.constant(0.7, tf.float64), x),
        random_array(2, (4,)),
    )


@pytest.mark.parametrize("power", [1, 2, 3, -1, -2])
def test_whole_power_of_negative_numbers_agrees_with_tensorflow(power):
    assert_agrees_with_tensorflow(lambda x: x**power, lambda x: x**power, -random_array(2, (4,)))


@pytest.mark.parametrize(
    ("power", "slope"), [(0, 0), (1, 1), (2, 0), (3, 0), (0.0, 0), (1.0, 1), (1.5, 0)]
)
@pytest.mark.filterwarnings("error")
def test_slope_of_a_power_at_zero(power, slope):
    x = Tensor(0.0)
    (x**power).backward()
    assert x.grad == slope


@pytest.mark.parametrize(("power", "slope"), [(0.0, 0), (1.0, 1), (1.5, 0), (2.0, 0)])
@pytest.mark.filterwarnings("error")
def test_slope_of_a_power_at_zero_with_an_array_for_exponent(power, slope):
    x = Tensor([0.0, 0.0])
    (x ** np.array([power, power])).backward([1.0, 1.0])
    assert x.grad.tolist() == [slope, slope]


@dtypes
@given(shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
@steadily
def test_negative_agrees_with_tensorflow(dtype, shape):
    assert_agrees_with_tensorflow(lambda x: -x, lambda x: -x, signed_array(0, shape, dtype))


# ---- Matrix products against TensorFlow ----


def tensorflow_matmul(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return tf.matmul with vectors as numpy.matmul has them."""
    squeezed = [axis for axis, vector in ((-2, x.ndim == 1), (-1, y.ndim == 1)) if vector]
    x = x[tf.newaxis, :] if x.ndim == 1 else x
    y = y[:, tf.newaxis] if y.ndim == 1 else y
    product = x @ y
    return tf.squeeze(product, squeezed) if squeezed else product


MATMUL_SHAPES = hnp.mutually_broadcastable_shapes(
    signature=np.matmul.signature, max_dims=2, max_side=4, min_side=0
)


@dtypes
@given(shapes=MATMUL_SHAPES)
@steadily
def test_matmul_agrees_with_tensorflow(dtype, shapes):
    x, y = (random_array(i, shape, dtype) for i, shape in enumerate(shapes.input_shapes))
    assert_agrees_with_tensorflow(lambda x, y: x @ y, tensorflow_matmul, x, y)


@dtypes
@pytest.mark.parametrize("x_shape", [(4,), (3, 4), (2, 3, 4), (1, 3, 4), (5, 1, 3, 4)], ids=str)
@pytest.mark.parametrize("y_shape", [(4,), (4, 2), (2, 4, 3), (1, 4, 2), (5, 2, 4, 1)], ids=str)
def test_matmul_of_every_pair_of_ranks_agrees_with_tensorflow(x_shape, y_shape, dtype):
    x, y = random_array(0, x_shape, dtype), random_array(1, y_shape, dtype)
    assert_agrees_with_tensorflow(lambda x, y: x @ y, tensorflow_matmul, x, y)


@dtypes
@pytest.mark.parametrize("x_shape", [(4,), (3, 4), (2, 3, 4)], ids=str)
def test_matmul_with_an_array_on_the_left_agrees_with_tensorflow(x_shape, dtype):
    left = random_array(0, x_shape, dtype)
    assert_agrees_with_tensorflow(
        lambda y: left @ y,
        lambda y: tensorflow_matmul(tf.cast(left, y.dtype), y),
        random_array(1, (4, 3), dtype),
    )


def test_matmul_of_transposed_arrays_agrees_with_tensorflow():
    x, y = signed_array(0, (4, 3)).T, signed_array(1, (2, 4)).T
    assert_agrees_with_tensorflow(lambda x, y: x @ y, tensorflow_matmul, x, y)


@pytest.mark.parametrize(
    ("x_shape", "y_shape"), [((3, 0), (0, 2)), ((0, 3), (3, 2)), ((2, 3), (3, 0)), ((0,), (0,))]
)
def test_matmul_of_empty_arrays_agrees_with_tensorflow(x_shape, y_shape):
    x, y = np.zeros(x_shape), np.zeros(y_shape)
    assert_agrees_with_tensorflow(lambda x, y: x @ y, tensorflow_matmul, x, y)


# ---- Indexing against TensorFlow ----


@dtypes
@given(data=st.data())
@steadily
def test_basic_index_agrees_with_tensorflow(dtype, data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, max_dims=5))
    x = random_array(0, shape, dtype)
    assert_agrees_with_tensorflow(lambda x: x[index], lambda x: x[index], x)


@dtypes
@given(data=st.data())
@steadily
def test_index_of_arrays_agrees_with_tensorflow(dtype, data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = data.draw(hnp.integer_array_indices(shape, dtype=np.dtype("int64")))
    positive = [np.mod(i, side) for i, side in zip(index, shape, strict=True)]
    x = random_array(0, shape, dtype)
    assert_agrees_with_tensorflow(
        lambda x: x[index], lambda x: tf.gather_nd(x, np.stack(positive, axis=-1)), x
    )


@pytest.mark.parametrize("index", [[0, 0, 2], [[1, 1], [1, 0]], []], ids=str)
def test_index_of_rows_agrees_with_tensorflow(index):
    assert_agrees_with_tensorflow(
        lambda x: x[index],
        lambda x: tf.gather(x, np.array(index, int)),
        random_array(0, (3, 2)),
    )


def test_index_of_repeated_columns_agrees_with_tensorflow():
    assert_agrees_with_tensorflow(
        lambda x: x[:, [1, 1, 0]],
        lambda x: tf.gather(x, [1, 1, 0], axis=1),
        random_array(0, (3, 2)),
    )


def test_mask_agrees_with_tensorflow():
    x = signed_array(0, (3, 4))
    assert_agrees_with_tensorflow(lambda t: t[x > 0], lambda t: tf.boolean_mask(t, x > 0), x)


def test_element_picked_three_times_gets_three_gradients():
    x = Tensor([1.0, 2.0])
    x[[1, 1, 1]].backward([1.0, 10.0, 100.0])
    assert x.grad.tolist() == [0, 111]


def test_iteration_yields_the_rows():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert [row.data.tolist() for row in x] == [[1, 2], [3, 4]]


def test_iteration_over_a_single_number_is_refused():
    with pytest.raises(TypeError, match="0-d"):
        list(Tensor(3.0))


# ---- Graphs ----


def test_derivatives_run_once_an_edge_in_a_chain_20000_deep(monkeypatch):
    calls = Calls(monkeypatch)
    x, end = chain(20_000)
    end.backward()
    assert (calls.number, end.data, x.grad) == (20_000, 20_000, 1)


def test_derivatives_run_once_an_edge_in_diamonds_60_deep(monkeypatch):
    calls = Calls(monkeypatch)
    x, end = diamonds(60)
    end.backward()
    assert (calls.number, x.grad) == (120, 1)


def test_diamonds_of_distinct_branches_60_deep():
    x = Tensor(1.0)
    end = reduce(lambda node, _: node * 0.25 + node * 0.75, range(60), x)
    end.backward()
    assert x.grad == 1


def test_order_of_a_deep_chain_starts_at_the_leaf():
    x, end = chain(20_000)
    order = topological_order(end)
    assert (order[0], order[-1], len(order)) == (x, end, 20_001)


def test_chain_200000_deep_is_garbage_collected():
    _, end = chain(200_000)
    end.backward()
    del end
    gc.collect()
    assert [o for o in gc.get_objects() if type(o) is Tensor and o.primitive] == []


def test_deep_chain_is_printed():
    _, end = chain(20_000)
    assert repr(end) == "Tensor(20000., add)"


def test_deep_chain_is_copied():
    x, end = chain(20_000)
    copy.copy(end).backward()
    assert x.grad == 1


def test_inputs_come_before_results_in_topological_order():
    *_, f = sum_and_product()
    order = topological_order(f)
    position = {id(node): i for i, node in enumerate(order)}
    assert all(
        position[id(parent)] < position[id(node)] for node in order for parent, _ in node.parents
    )


def test_topological_order_lists_a_shared_tensor_once():
    x = Tensor(2.0)
    square = x * x
    f = square + square
    assert topological_order(f) == [x, square, f]


def test_product_with_itself():
    x = Tensor(3.0)
    (x * x).backward()
    assert x.grad == 6


def test_product_with_itself_keeps_two_edges():
    x = Tensor(3.0)
    assert (x * x).parents == [(x, 0), (x, 1)]


def test_value_used_twice_adds_its_gradients():
    x = Tensor(3.0)
    (x * 2.0 + x**2).backward()
    assert x.grad == 8


def test_intermediate_value_used_twice_adds_its_gradients():
    x = Tensor(3.0)
    y = x * 2.0
    (y * x + y).backward()
    assert [y.grad, x.grad] == [4, 14]


def test_second_backward_gives_the_same_gradients():
    x, y, z, f = sum_and_product()
    f.backward()
    f.backward()
    assert [x.grad, y.grad, z.grad] == [-4, -4, 3]


def test_second_backward_leaves_gradients_taken_before_as_they_were():
    x = Tensor(3.0)
    f = x * x
    f.backward()
    before = x.grad
    f.backward(10.0)
    assert (before, x.grad) == (6, 60)


def test_backward_in_another_graph_starts_afresh():
    x = Tensor(3.0)
    (x * x).backward()
    (x * 10.0).backward()
    assert x.grad == 10


def test_backward_from_inside_a_graph_starts_afresh():
    x = Tensor(3.0)
    inner = x * x
    (inner * 100.0).backward()
    inner.backward()
    assert [inner.grad, x.grad] == [1, 6]


def test_backward_from_a_leaf_gives_one():
    x = Tensor(3.0)
    x.backward()
    assert x.grad == 1


def test_gradient_is_none_before_backward():
    assert Tensor(3.0).grad is None


def test_tensors_outside_the_graph_get_no_gradient():
    x, aside = Tensor(3.0), Tensor(4.0)
    (x * 2.0).backward()
    assert aside.grad is None


def test_constants_leave_no_edge():
    x = Tensor([1.0, 2.0])
    assert (x * np.array([3.0, 4.0])).parents == [(x, 0)]


# ---- Seeds ----


def test_seed_scales_the_gradient():
    x = Tensor([1.0, 2.0])
    (x * x).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 40]


def test_single_number_needs_no_seed_whatever_its_shape():
    x = Tensor([[3.0]])
    (x * x).backward()
    assert x.grad.tolist() == [[6]]


def test_whole_numbers_are_a_seed():
    x = Tensor([1.0, 2.0])
    (x * 1.5).backward([1, 2])
    assert x.grad.tolist() == [1.5, 3]


def test_seed_takes_the_dtype_of_the_tensor():
    x = Tensor(np.float32([1, 2]))
    y = x * 2
    y.backward(np.array([1.0, 2.0]))
    assert (y.grad.dtype, x.grad.dtype) == (np.float32, np.float32)


# ---- Whose array is whose ----


def test_tensor_copies_the_array():
    array = np.array([1.0, 2.0])
    x = Tensor(array)
    array[0] = 100
    assert x.data.tolist() == [1, 2]


def test_tensor_shares_the_array_when_asked_to():
    array = np.array([1.0, 2.0])
    x = Tensor(array, copy=None)
    array[0] = 100
    assert x.data.tolist() == [100, 2]


def test_backward_copies_the_seed():
    seed = np.array([1.0, 2.0])
    x = Tensor([3.0, 4.0])
    x.backward(seed)
    seed[0] = 100
    assert x.grad.tolist() == [1, 2]


def test_gradients_are_arrays_of_their_own():
    x, y, seed = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), np.array([1.0, 1.0])
    f = x + y
    f.backward(seed)
    arrays = [x.data, y.data, f.data, x.grad, y.grad, f.grad, seed]
    shared = [np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i]]
    assert not any(shared)


@pytest.mark.parametrize(
    "function",
    [
        ops.sum,
        lambda x: ops.sum(ops.reshape(x, (4,))),
        lambda x: ops.sum(ops.transpose(x)),
        lambda x: x[0, 0],
        lambda x: ops.sum(x + np.ones((3, 2, 2))),
        lambda x: ops.sum(x @ np.ones(2)),
    ],
    ids=["sum", "reshape", "transpose", "getitem", "broadcast", "matmul"],
)
def test_gradients_may_be_written_to(function):
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    function(x).backward()
    x.grad += 1.0
    assert x.grad.flags.owndata


def test_gradient_of_a_number_is_an_array():
    x = Tensor(3.0)
    (x * x).backward()
    assert (type(x.grad), x.grad.shape) == (np.ndarray, ())


# ---- Types of numbers ----


@pytest.mark.parametrize("data", [3, True, [1, 2], [True, False], np.int8(3), np.uint8([1, 2])])
def test_integers_and_booleans_become_float64(data):
    assert Tensor(data).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floating_point_types_are_kept(dtype):
    assert Tensor(np.ones(2, dtype)).dtype == dtype


FLOAT32 = {
    **WITH_A_NUMBER,
    "x + True": lambda x: x + True,
    "True * x": lambda x: True * x,
    "-x": lambda x: -x,
    "x + x": lambda x: x + x,
    "x - x": lambda x: x - x,
    "x * x": lambda x: x * x,
    "x / x": lambda x: x / x,
    "x ** x": lambda x: x**x,
    "x[...]": lambda x: x[...],
    "np.float32 * x": lambda x: np.float32(2) * x,
    "array * x": lambda x: np.ones((2, 2), np.float32) * x,
    "exp": ops.exp,
    "log": ops.log,
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "softplus": ops.softplus,
    "relu": ops.relu,
    "maximum": lambda x: ops.maximum(x, 1),
    "maximum of a number": lambda x: ops.maximum(0.7, x),
    "sum": ops.sum,
    "mean": ops.mean,
    "max": ops.max,
    "logsumexp": ops.logsumexp,
    "reshape": lambda x: ops.reshape(x, (-1, 1)),
    "transpose": ops.transpose,
}


@pytest.mark.parametrize("shape", [(), (2, 2)], ids=str)
@pytest.mark.parametrize("name", FLOAT32)
def test_float32_stays_float32(name, shape):
    x = Tensor(random_array(0, shape, "float32"))
    y = FLOAT32[name](x)
    y.backward(np.ones(y.shape))
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("function", [ops.log_softmax, lambda x: x @ x, lambda x: ops.matmul(x, x)])
def test_float32_matrix_stays_float32(function):
    x = Tensor(random_array(0, (2, 2), "float32"))
    y = function(x)
    y.backward(np.ones(y.shape))
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


def test_gradient_has_the_dtype_of_its_own_tensor():
    x, y = Tensor(np.float32([1, 2])), Tensor(np.array([3.0, 4.0]))
    z = x * y
    z.backward([1.0, 1.0])
    assert (z.dtype, x.grad.dtype, y.grad.dtype) == (np.float64, np.float32, np.float64)


# ---- Empty arrays, nan and infinity ----


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_gradient_of_an_empty_array_is_empty(shape):
    x = Tensor(np.zeros(shape))
    ops.sum(x * x + 1.0).backward()
    assert x.grad.shape == shape


def test_number_that_meets_an_empty_array_gets_gradient_zero():
    x = Tensor(2.0)
    ops.sum(x * np.zeros((0, 3))).backward()
    assert x.grad == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero):RuntimeWarning")
def test_operator_propagates_nan_and_infinity_as_numpy_does(name, value):
    numbers = np.array([value, 0.0, 2.0])
    got = BINARY[name](Tensor(numbers[:, np.newaxis]), numbers).data
    np.testing.assert_array_equal(got, BINARY[name](numbers[:, np.newaxis], numbers))


def test_nan_in_the_data_reaches_the_gradient_of_its_partner_alone():
    x, y = Tensor([np.nan, 1.0]), Tensor([2.0, 3.0])
    ops.sum(x * y).backward()
    np.testing.assert_array_equal([x.grad, y.grad], [[2, 3], [np.nan, 1]])


# ---- value_and_grad ----


def test_value_and_grad_returns_a_gradient_for_each_array():
    value, (dx, dy) = value_and_grad(lambda x, y: ops.sum(x * y))([1.0, 2.0], [3.0, 4.0])
    assert (value, dx.tolist(), dy.tolist()) == (11, [3, 4], [1, 2])


def test_value_and_grad_gives_zeros_to_an_argument_without_influence():
    _, (_, dy) = value_and_grad(lambda x, y: ops.sum(x))([1.0, 2.0], [[3.0], [4.0]])
    assert dy.tolist() == [[0], [0]]


def test_value_and_grad_passes_options_on():
    value, _ = value_and_grad(lambda x, power: ops.sum(x**power))([1.0, 2.0], power=3)
    assert value == 9


def test_value_and_grad_leaves_the_arrays_as_they_were():
    x = np.array([1.0, 2.0])
    _, (dx,) = value_and_grad(ops.sum)(x)
    dx[0] = 100
    assert x.tolist() == [1, 2]


def test_value_of_value_and_grad_is_an_array_of_its_own():
    x = np.array([3.0])
    value, _ = value_and_grad(lambda x: ops.reshape(x, ()))(x)
    x[0] = 100
    assert value == 3


def test_value_and_grad_of_one_array_twice_gives_each_place_its_own_gradient():
    x = np.array([1.0, 2.0])
    _, (first, second) = value_and_grad(lambda a, b: ops.sum(a * b * b))(x, x)
    assert (first.tolist(), second.tolist()) == ([1, 4], [2, 8])


# ---- unbroadcast, Primitive ----


@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(3, 2, 4), min_side=1))
@steadily
def test_unbroadcast_is_the_transpose_of_broadcasting(shapes):
    (shape,) = shapes.input_shapes
    x, g = signed_array(0, shape), signed_array(1, np.broadcast_shapes(shape, (3, 2, 4)))
    assert np.sum(unbroadcast(g, shape) * x) == pytest.approx(np.sum(g * x), rel=1e-12, abs=1e-12)


@pytest.fixture
def cube():
    yield Primitive("cube", lambda x: x**3, lambda g, out, x: g * 3 * x**2)
    del PRIMITIVES["cube"]


def test_new_primitive_has_a_gradient(cube):
    x = Tensor(2.0)
    cube(x).backward()
    assert x.grad == 12


def test_new_primitive_of_an_array_is_an_array(cube):
    assert isinstance(cube(np.array([2.0])), np.ndarray)


def test_new_primitive_of_the_same_name_takes_the_place_of_the_old_one(cube):
    assert Primitive("cube", np.exp) is PRIMITIVES["cube"]


# ---- Bad input ----


@pytest.mark.parametrize(
    ("data", "error", "came"),
    [
        ("abc", TypeError, "str: 'abc'"),
        (None, TypeError, "NoneType: None"),
        ([1.0, None], TypeError, "None"),
        ([[1.0, 2.0], [3.0]], ValueError, r"\[\[1.0, 2.0\], \[3.0\]\]"),
        (object(), TypeError, "object"),
        ({"a": 1}, TypeError, "dict"),
        (1j, TypeError, "1j"),
        (np.array(["a", "b"]), TypeError, "ndarray"),
        (np.datetime64("2024-01-01"), TypeError, "datetime64"),
        (10**400, TypeError, "int"),
    ],
    ids=str,
)
def test_tensor_of_what_is_no_array_of_numbers_is_refused(data, error, came):
    with pytest.raises(error, match=rf"^data must be .*; got .*{came}"):
        Tensor(data)


def test_tensor_of_a_tensor_is_refused():
    with pytest.raises(TypeError, match="Tensor"):
        Tensor(Tensor(1.0))


@pytest.mark.parametrize(
    ("other", "error", "came"),
    [
        ("abc", TypeError, "str: 'abc'"),
        (None, TypeError, "NoneType: None"),
        ([[1.0, 2.0], [3.0]], ValueError, "ragged"),
        (object(), TypeError, "object"),
        (1j, TypeError, "complex"),
        (np.array([1j, 2.0]), TypeError, "complex"),
    ],
    ids=str,
)
def test_operand_that_is_no_array_of_numbers_is_refused(other, error, came):
    with pytest.raises(error, match=rf"multiply: y .*{came}"):
        Tensor(1.0) * other


def test_left_operand_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match=r"subtract: x must be .*got NoneType"):
        None - Tensor(1.0)


@pytest.mark.parametrize("name", BINARY)
def test_shapes_that_do_not_broadcast_are_refused(name):
    with pytest.raises(
        ValueError, match=rf"{name}: got x of shape \(2,\), y of shape \(3,\); expected .*broadcast"
    ):
        BINARY[name](Tensor([1.0, 2.0]), Tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("x_shape", "y_shape"), [((2, 3), (2, 3)), ((3,), (2,)), ((2, 2, 3), (3, 3, 2)), ((2,), ())]
)
def test_matmul_of_shapes_that_do_not_fit_is_refused(x_shape, y_shape):
    x, y = Tensor(np.ones(x_shape)), Tensor(np.ones(y_shape))
    message = f"matmul: got x of shape {x_shape}, y of shape {y_shape}; expected"
    with pytest.raises(ValueError, match=re.escape(message)):
        x @ y


@pytest.mark.parametrize(
    ("data", "index"),
    [
        ([[1.0, 2.0]], 7),
        ([[1.0, 2.0]], (0, 0, 0)),
        ([[1.0, 2.0]], "a"),
        ([[1.0, 2.0]], 0.5),
        ([[1.0, 2.0]], [0, 7]),
        (1.0, slice(None)),
    ],
    ids=str,
)
def test_index_that_does_not_fit_is_refused(data, index):
    x = Tensor(data)
    with pytest.raises(
        (IndexError, TypeError), match=r"getitem: got x of shape .*index=.*expected"
    ):
        x[index]


def test_index_out_of_bounds_is_an_index_error():
    with pytest.raises(IndexError):
        Tensor([1.0, 2.0])[2]


def test_backward_from_several_numbers_needs_a_seed():
    with pytest.raises(ValueError, match=r"seed is missing.*shape \(2,\).*sum, mean"):
        Tensor([1.0, 2.0]).backward()


def test_backward_from_no_number_needs_a_seed():
    with pytest.raises(ValueError, match=r"seed is missing.*shape \(0,\)"):
        Tensor(np.zeros(0)).backward()


def test_seed_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"seed has shape \(3,\); expected .*\(2,\)"):
        Tensor([1.0, 2.0]).backward([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "seed", ["a", 1j, {}, Tensor(1.0)], ids=["str", "complex", "dict", "Tensor"]
)
def test_seed_that_is_no_real_number_is_refused(seed):
    with pytest.raises(TypeError):
        Tensor(1.0).backward(seed)


def test_complex_seed_is_refused_by_name():
    with pytest.raises(TypeError, match=r"seed must be real.*complex"):
        Tensor(1.0).backward(1j)


def test_refused_seed_leaves_the_gradients_as_they_were():
    x = Tensor(3.0)
    f = x * x
    f.backward()
    with pytest.raises(ValueError, match="seed"):
        f.backward([1.0, 2.0])
    assert x.grad == 6


def test_value_and_grad_of_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="function must be callable; got float"):
        value_and_grad(3.0)


def test_value_and_grad_of_a_function_that_returns_a_float_is_refused():
    with pytest.raises(TypeError, match=r"function must return a Tensor .* got float"):
        value_and_grad(lambda x: 3.0)(1.0)


def test_value_and_grad_of_a_function_that_returns_several_numbers_is_refused():
    with pytest.raises(ValueError, match=r"function must return a single number; got shape \(2,\)"):
        value_and_grad(lambda x: x * 2.0)([1.0, 2.0])


@pytest.mark.parametrize("function", [np.exp, np.sin, np.add.reduce, np.sum, np.mean])
def test_numpy_functions_refuse_a_tensor(function):
    with pytest.raises(TypeError, match=r"gradient.*underhood\.ops.*\.data"):
        function(Tensor([1.0]))


def test_numpy_comparison_refuses_a_tensor():
    with pytest.raises(TypeError, match=r"gradient.*underhood\.ops.*\.data"):
        np.greater(Tensor([1.0]), 0.0)


@pytest.mark.parametrize("function", [np.asarray, np.array, np.copy, lambda x: np.stack([x])])
def test_tensor_does_not_turn_into_an_array(function):
    with pytest.raises(TypeError, match=r"gradient.*underhood\.ops.*\.data"):
        function(Tensor([[1.0]]))


def test_adding_a_tensor_into_an_array_is_refused():
    array = np.zeros(2)
    with pytest.raises(TypeError, match="gradient"):
        array += Tensor([1.0, 2.0])


# ---- Import ----


@pytest.mark.parametrize("library", ["scipy", "matplotlib", "networkx", "tensorflow"])
def test_core_imports_without(library):
    program = (
        f"import sys, underhood.autodiff, underhood.ops; assert {library!r} not in sys.modules"
    )
    run_alone(program)
