"""Reverse-mode automatic differentiation on NumPy arrays.

A `Tensor` is an array that remembers how it was computed. Every computation is a `Primitive`:
a function on arrays together with one vector-Jacobian product for each of its inputs. Calling a
primitive with a `Tensor` adds a node to the graph; `Tensor.backward` walks the graph from a
result to everything it depends on and multiplies local derivatives on the way.

The primitives in this module are those behind Python's operators (``+ - * / ** @ []``);
`underhood.ops` adds functions such as ``exp`` and ``log_softmax`` with the same two ingredients.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from types import EllipsisType, NoneType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

PRIMITIVES: dict[str, Primitive] = {}
"""Every primitive there is, by name; a new one of the same name takes the old one's place."""


class Primitive:
    """A function on arrays, with one vector-Jacobian product (VJP) for each input.

    Parameters
    ----------
    name : str
        Shown in errors and in graphs.
    forward : callable
        ``forward(*arrays, **params)`` computes the value.
    *vjps : callable
        One for each input, in order. ``vjp(g, out, *arrays, **params)`` gets the gradient ``g``
        of the final result with respect to this primitive's value ``out`` and returns the
        gradient with respect to its input. Broadcast axes need no care: `edge_gradients`
        sums over them.
    arguments : tuple of str
        Names of the inputs, for error messages.
    expects : str
        What the shapes of the inputs must fulfill, for error messages.
    symbol : str
        Short sign for drawings of a graph; the name if empty.

    Examples
    --------
    >>> cube = Primitive("cube", lambda x: x**3, lambda g, out, x: g * 3 * x**2)
    >>> x = Tensor(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> float(y.data), float(x.grad)
    (8.0, 12.0)
    >>> del PRIMITIVES["cube"]
    """

    __slots__ = ("arguments", "expects", "forward", "name", "symbol", "vjps")

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *vjps: Callable[..., Any],
        arguments: tuple[str, ...] = ("x", "y"),
        expects: str = "shapes that broadcast (from the last axis on: equal, or one of them 1)",
        symbol: str = "",
    ) -> None:
        self.name, self.forward, self.vjps = name, forward, vjps
        self.arguments, self.expects, self.symbol = arguments, expects, symbol or name
        PRIMITIVES[name] = self

    def __repr__(self) -> str:
        return f"<Primitive {self.name}>"

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Compute the value; if any input is a `Tensor`, return a new node."""
        values: list[Any] = []
        parents: list[tuple[Tensor, int]] = []
        for position, x in enumerate(inputs):
            if isinstance(x, Tensor):
                values.append(x.data if x.data.ndim else x.data[()])
                parents.append((x, position))
            elif type(x) in (float, int, bool):
                values.append(x)  # takes the dtype of the arrays it meets
            else:
                values.append(self._constant(x, position, inputs))
        if not parents:
            values = [as_floats(value, self.name) for value in values]
        try:
            value = self.forward(*values, **params)
        except (ValueError, TypeError, IndexError) as error:
            raise type(error)(self._complaint(values, params, error)) from None
        if not parents:
            return value
        return Tensor._node(value, self, parents, values, params)

    def _constant(self, x: Any, position: int, inputs: tuple[Any, ...]) -> Array:
        name = f"{self.name}: {self.arguments[position]}"
        array = as_floats(x, name)
        if array.dtype.kind == "c" and any(isinstance(other, Tensor) for other in inputs):
            raise TypeError(f"{name} must be real beside a Tensor; got complex numbers: {x!r:.80}")
        return array

    def _complaint(self, values: list[Any], params: dict[str, Any], error: Exception) -> str:
        came = [f"{a} of shape {np.shape(v)}" for a, v in zip(self.arguments, values, strict=False)]
        came += [f"{key}={value!r}" for key, value in params.items()]
        return f"{self.name}: got {', '.join(came)}; expected {self.expects} (NumPy: {error})"


class Tensor:
    """An array that knows how it was computed and, after `backward`, its gradient.

    Parameters
    ----------
    data : array_like of real numbers
        Integers and booleans become float64; floating-point types are kept.
    name : str
        Shown in drawings of the graph.
    copy : bool, optional
        None shares an array of floating-point numbers with the caller instead of copying it.

    Attributes
    ----------
    data : ndarray
        The value.
    grad : ndarray or None
        After ``result.backward()``: the gradient of ``result`` with respect to this tensor, of
        the same shape and dtype as ``data``. Each call starts afresh; nothing accumulates
        from one call to the next.
    primitive : Primitive or None
        What computed this tensor; None for a leaf.
    parents : list of (Tensor, int)
        The tensors it was computed from, each with its position among the inputs. A tensor
        that was used twice stands here twice.
    values : list
        All inputs that the primitive got, constants included. Arrays are not copied: who
        changes one in place between forward and backward changes the gradient.
    params : dict
        The primitive's further arguments, such as ``axis``.

    Raises
    ------
    TypeError
        If `data` is not made of real numbers.
    ValueError
        If `data` is a ragged list.

    Examples
    --------
    >>> x, y, z = Tensor(-2.0), Tensor(5.0), Tensor(-4.0)
    >>> f = (x + y) * z
    >>> f.backward()
    >>> float(f.data), float(x.grad), float(y.grad), float(z.grad)
    (-12.0, -4.0, -4.0, 3.0)
    """

    __slots__ = ("data", "grad", "name", "params", "parents", "primitive", "values")

    def __init__(self, data: ArrayLike, name: str = "", copy: bool | None = True) -> None:
        self.data: Array = as_floats(data, "data", copy=copy)
        if self.data.dtype.kind == "c":
            raise TypeError(f"data must be real numbers; got complex numbers: {data!r:.80}")
        self.grad: Array | None = None
        self.name = name
        self.primitive: Primitive | None = None
        self.parents: list[tuple[Tensor, int]] = []
        self.values: list[Any] = []
        self.params: dict[str, Any] = {}

    @classmethod
    def _node(
        cls,
        value: Any,
        primitive: Primitive,
        parents: list[tuple[Tensor, int]],
        values: list[Any],
        params: dict[str, Any],
    ) -> Tensor:
        node = cls.__new__(cls)
        node.data = np.asarray(value)
        node.grad = None
        node.name = ""
        node.primitive, node.parents, node.values, node.params = primitive, parents, values, params
        return node

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the value's numbers."""
        return self.data.dtype

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        made = f", {self.primitive.name}" if self.primitive else ""
        return f"Tensor({np.array2string(self.data, separator=', ')}{name}{made})"

    def backward(self, seed: ArrayLike | None = None) -> None:
        """Set ``grad`` on every tensor that this one depends on.

        Parameters
        ----------
        seed : array_like of this tensor's shape, optional
            The gradient to start from. The default, ones, needs a tensor of a single number.

        Raises
        ------
        ValueError
            If this tensor holds several numbers and no `seed` is given, or one of another shape.
        """
        start = self._seed(seed)
        order = topological_order(self)
        for node in order:
            node.grad = None
        self.grad = start
        for node in reversed(order):
            for parent, gradient in edge_gradients(node):
                if parent.grad is not None:
                    gradient = np.asarray(parent.grad + gradient)
                parent.grad = gradient

    def _seed(self, seed: ArrayLike | None) -> Array:
        if seed is None:
            if self.data.size != 1:
                raise ValueError(
                    f"seed is missing: this tensor has shape {self.shape}, and only a single "
                    f"number has a gradient without one. Reduce it first (sum, mean) or pass a "
                    f"seed of shape {self.shape}."
                )
            return np.array(1, self.data.dtype).reshape(self.data.shape)
        start = as_floats(seed, "seed", copy=True)
        if start.dtype.kind == "c":
            raise TypeError(f"seed must be real numbers; got complex numbers: {seed!r:.80}")
        if start.shape != self.shape:
            raise ValueError(
                f"seed has shape {start.shape}; expected this tensor's shape {self.shape}"
            )
        return start.astype(self.dtype)

    # Python's operators, each one of the primitives below.
    def __add__(self, other: Any) -> Tensor:
        return ADD(self, other)

    def __radd__(self, other: Any) -> Tensor:
        return ADD(other, self)

    def __sub__(self, other: Any) -> Tensor:
        return SUBTRACT(self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return SUBTRACT(other, self)

    def __mul__(self, other: Any) -> Tensor:
        return MULTIPLY(self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return MULTIPLY(other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return DIVIDE(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return DIVIDE(other, self)

    def __pow__(self, other: Any) -> Tensor:
        return POWER(self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return POWER(other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return MATMUL(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return MATMUL(other, self)

    def __neg__(self) -> Tensor:
        return NEGATIVE(self)

    def __getitem__(self, index: Any) -> Tensor:
        return GETITEM(self, index=index)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError(
                "a Tensor of shape () is a single number (0-d): there is nothing to iterate over"
            )
        return (self[i] for i in range(self.shape[0]))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Tensor:
        # `array + tensor` arrives here, because NumPy's array is asked first.
        primitive = OPERATORS.get(ufunc)
        if primitive is None or method != "__call__" or kwargs:
            raise TypeError(
                f"np.{ufunc.__name__} works on arrays and would lose the gradient of a Tensor: "
                f"use the function of underhood.ops, or .data for the bare array"
            )
        return primitive(*inputs)

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(
            "a Tensor does not turn into an array by itself, for its gradient would be lost: "
            "use the functions of underhood.ops, or .data for the bare array"
        )


def as_floats(value: Any, name: str, copy: bool | None = None) -> Array:
    """Return `value` as a floating-point array, or say what is wrong with it.

    Parameters
    ----------
    value : array_like of numbers
        Integers and booleans become float64; floating-point and complex types are kept.
    name : str
        The argument's name, for the error message.
    copy : bool, optional
        True for an array of its own; None copies only where the type has to change.

    Raises
    ------
    TypeError
        If `value` is not made of numbers.
    ValueError
        If `value` is a ragged list.
    """
    try:
        array = np.array(value, copy=copy)
    except ValueError:
        raise ValueError(
            f"{name} must be a rectangular array; got a ragged sequence: {value!r:.80}"
        ) from None
    if array.dtype.kind in "fc":
        return array
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    raise TypeError(
        f"{name} must be a number, an array of numbers or a Tensor; "
        f"got {type(value).__name__}: {value!r:.80}"
    )


def topological_order(root: Tensor) -> list[Tensor]:
    """List every tensor that `root` depends on, inputs before results.

    A depth-first walk with its own stack, so Python's recursion limit does
    not limit the depth of a graph. Each tensor is expanded once, however many
    paths lead to it; left inputs come before right ones, `root` comes last.
    """
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, inputs_are_listed = stack.pop()
        if inputs_are_listed:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            for parent, _ in reversed(node.parents):
                stack.append((parent, False))
    return order


def edge_gradients(node: Tensor) -> list[tuple[Tensor, Array]]:
    """List, for each edge into `node`, the parent and what flows back to it.

    ``node.grad`` must be set. Each gradient has the parent's shape and dtype
    and is an array of its own, which the reader may change.
    """
    if node.primitive is None or node.grad is None:
        return []
    # A 0-d array becomes a NumPy scalar: the same numbers, ten times as fast.
    g = node.grad if node.grad.ndim else node.grad[()]
    out = node.data if node.data.ndim else node.data[()]
    edges = []
    for parent, position in node.parents:
        vjp = node.primitive.vjps[position]
        gradient = vjp(g, out, *node.values, **node.params)
        if gradient.shape != parent.data.shape:
            gradient = unbroadcast(gradient, parent.data.shape)
        if gradient.dtype != parent.data.dtype:
            gradient = gradient.astype(parent.data.dtype)
        shared = gradient is g or gradient.base is not None
        edges.append((parent, np.array(gradient, copy=shared or None)))
    return edges


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum `gradient` over the axes along which an array of `shape` was repeated.

    A number that broadcasting copies is used several times, and the gradients
    of all its uses add up.

    Examples
    --------
    >>> unbroadcast(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    >>> unbroadcast(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    if not shape:
        return np.asarray(gradient.sum())
    added = gradient.ndim - len(shape)  # axes that the array did not have
    stretched = [added + i for i, size in enumerate(shape) if size == 1]
    axes = (*range(added), *stretched)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape)


def value_and_grad(function: Callable[..., Any]) -> Callable[..., tuple[Array, tuple[Array, ...]]]:
    """Turn a function into one that also returns its gradients.

    Parameters
    ----------
    function : callable
        Takes tensors, returns a tensor of a single number.

    Returns
    -------
    callable
        ``value, gradients = wrapped(*arrays, **options)``: `function` at the arrays, and a
        tuple with one gradient for each array, of its shape. `options` are passed on as they are.

    Raises
    ------
    TypeError
        If `function` is not callable; on the call, if it returns something else than a `Tensor`.
    ValueError
        On the call, if it returns several numbers.

    Examples
    --------
    >>> value, (dx, dy) = value_and_grad(lambda x, y: (x * y) @ y)([1.0, 2.0], [3.0, 4.0])
    >>> float(value), dx, dy
    (41.0, array([ 9., 16.]), array([ 6., 16.]))
    """
    if not callable(function):
        raise TypeError(f"function must be callable; got {type(function).__name__}")

    def wrapped(*arrays: ArrayLike, **options: Any) -> tuple[Array, tuple[Array, ...]]:
        tensors = [Tensor(array, copy=None) for array in arrays]
        result = function(*tensors, **options)
        if not isinstance(result, Tensor):
            raise TypeError(
                "function must return a Tensor computed from its arguments; "
                f"got {type(result).__name__}: the path to them was lost"
            )
        if result.data.size != 1:
            raise ValueError(
                "function must return a single number; "
                f"got shape {result.shape}. Reduce it with sum or mean."
            )
        result.backward()
        gradients = [np.zeros_like(t.data) if t.grad is None else t.grad for t in tensors]
        return result.data.copy(), tuple(gradients)

    return wrapped


# The primitives behind the operators, one line for the value and one for each input's VJP:
# g is the gradient that arrives at the output `out`.
ADD = Primitive(
    "add",
    operator.add,
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
    symbol="+",
)
SUBTRACT = Primitive(
    "subtract",
    operator.sub,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
    symbol="−",
)
MULTIPLY = Primitive(
    "multiply",
    operator.mul,
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
    symbol="×",
)
DIVIDE = Primitive(
    "divide",
    operator.truediv,
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -g * out / y,
    symbol="÷",
)
NEGATIVE = Primitive(
    "negative",
    operator.neg,
    lambda g, out, x: -g,
    symbol="−",
)
POWER = Primitive(
    "power",
    operator.pow,
    lambda g, out, x, y: g * _power_slope(x, y),
    lambda g, out, x, y: g * out * np.log(np.where(x == 0, 1.0, x)),
    symbol="^",
)
MATMUL = Primitive(
    "matmul",
    np.matmul,
    lambda g, out, x, y: _matmul_vjp_x(g, x, y),
    lambda g, out, x, y: _matmul_vjp_y(g, x, y),
    expects="x of shape (..., n, k) and y of shape (..., k, m); a vector stands for its one axis",
    symbol="@",
)
GETITEM = Primitive(
    "getitem",
    lambda x, index: x[index],
    lambda g, out, x, index: _put(np.zeros_like(x), index, g),
    expects="an index that fits",
    symbol="[ ]",
)
# Indices made of these alone pick no element twice.
ONCE = (int, np.integer, slice, EllipsisType, NoneType)
# What NumPy calls when the left operand is an array.
OPERATORS = {
    np.add: ADD,
    np.subtract: SUBTRACT,
    np.multiply: MULTIPLY,
    np.divide: DIVIDE,
    np.power: POWER,
    np.matmul: MATMUL,
}


def _power_slope(x: Any, y: Any) -> Any:
    """Return y x^(y-1), which is 0 for y = 0 even at x = 0."""
    if type(y) in (int, float) and y != 0:
        return y * x ** (y - 1)
    return y * x ** np.where(y == 0, 1.0, y - 1)


def _matmul_vjp_x(g: Array, x: Array, y: Array) -> Array:
    if y.ndim == 1:  # (..., n, k) @ (k,) -> (..., n)
        return g[..., np.newaxis] * y
    if x.ndim == 1:  # (k,) @ (..., k, m) -> (..., m)
        return (y @ g[..., np.newaxis])[..., 0]
    return g @ y.swapaxes(-1, -2)


def _matmul_vjp_y(g: Array, x: Array, y: Array) -> Array:
    if x.ndim == 1 and y.ndim > 1:  # (k,) @ (..., k, m) -> (..., m)
        return x[:, np.newaxis] * g[..., np.newaxis, :]
    if y.ndim > 2:
        return x.swapaxes(-1, -2) @ g
    rows = math.prod(x.shape[:-1])  # one long matrix product sums over all leading axes at once
    columns = g.reshape(rows, *y.shape[1:])
    return x.reshape(rows, x.shape[-1]).T @ columns


def _put(zeros: Array, index: Any, g: Array) -> Array:
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, ONCE) for part in parts):
        zeros[index] = g
    else:
        np.add.at(zeros, index, g)  # adds, so that an element picked twice gets both gradients
    return zeros
