"""The equations of book/backprop/graphs.md."""

from __future__ import annotations

import numpy as np

from underhood import ops
from underhood.autodiff import Tensor, topological_order


def doubled(x, times):
    """Return the tensor behind `times` doublings of x."""
    value = Tensor(x)
    for _ in range(times):
        value = value + value
    return value


def test_eq_graphs_product():
    row, column = Tensor([[3.0, 3.0]]), Tensor([[2.0], [2.0]])
    product = 10 * (row @ column)

    assert product.data.item() == 10 * (3 * 2 + 3 * 2)
    product.backward()
    assert row.grad.tolist() == [[20, 20]], "20 is what the page's picture says"


def test_eq_graphs_forward():
    rng = np.random.default_rng(0)
    x, y = Tensor(rng.normal(size=(2, 3))), Tensor(rng.normal(size=(3, 2)))
    shared = ops.tanh(x @ y)
    root = ops.sum(shared * shared - ops.exp(shared))
    operations = {
        "tanh": np.tanh,
        "matmul": np.matmul,
        "multiply": np.multiply,
        "subtract": np.subtract,
        "exp": np.exp,
        "sum": np.sum,
    }

    values = {}
    for node in topological_order(root):
        if node.primitive is None:
            values[id(node)] = node.data
        else:  # a KeyError here would mean: used before it exists
            inputs = [values[id(parent)] for parent, _ in node.parents]
            values[id(node)] = operations[node.primitive.name](*inputs)
    np.testing.assert_allclose(values[id(root)], root.data, rtol=1e-14)
    assert len(values) == 8


def test_eq_graphs_double():
    for d in range(6):
        assert doubled(0.375, d).data == 0.375 * 2**d


def test_eq_graphs_paths():
    def paths(node):
        return sum(paths(parent) for parent, _ in node.parents) if node.parents else 1

    for d in range(8):
        root = doubled(1.0, d)
        assert paths(root) == 2**d
        assert len(topological_order(root)) == d + 1
