"""Functions of the autodiff engine: arrays or Tensors in, a Tensor out if a Tensor went in.

Each function is a `Primitive` of `underhood.autodiff`: a forward computation and one
vector-Jacobian product an input. All are accurate over the whole range of floating-point
numbers, and the forward computations accept complex arrays, so that every derivative here
can be checked by the complex step (`underhood.check`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from underhood.autodiff import MATMUL, Array, Primitive

Axis = int | tuple[int, ...] | None


def exp(x: Any) -> Any:
    """Return e to the power of x, elementwise.

    Examples
    --------
    >>> exp([0.0, 1.0])
    array([1.        , 2.71828183])
    """
    return EXP(x)


def log(x: Any) -> Any:
    """Return the natural logarithm, elementwise."""
    return LOG(x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, elementwise."""
    return TANH(x)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), elementwise, to 3 units in the last place anywhere.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    return SIGMOID(x)


def softplus(x: Any) -> Any:
    """Return log(1 + exp(x)), elementwise, to 2 units in the last place anywhere.

    Examples
    --------
    >>> softplus([-1000.0, 0.0, 1000.0])
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])
    """
    return SOFTPLUS(x)


def relu(x: Any) -> Any:
    """Return max(x, 0), elementwise. At x = 0 the derivative is taken as 0."""
    return RELU(x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where x > 0, and negative_slope * x elsewhere.

    The default is that of Keras's function; its layer `LeakyReLU` has 0.3. At x = 0 the
    derivative is taken as `negative_slope`.

    Raises
    ------
    ValueError
        If `negative_slope` is negative, infinite or nan.
    TypeError
        If it is not a number.

    Examples
    --------
    >>> leaky_relu([-10.0, 0.0, 10.0])
    array([-2.,  0., 10.])
    """
    return LEAKY_RELU(x, negative_slope=_checked_slope(negative_slope))


def silu(x: Any) -> Any:
    """Return x sigmoid(x), elementwise, to 4 units in the last place anywhere.

    The function is also known as swish. At -inf it is 0, its limit.

    Examples
    --------
    >>> silu([-1000.0, 0.0, 1000.0])
    array([   0.,    0., 1000.])
    """
    return SILU(x)


def gelu(x: Any) -> Any:
    """Return x Φ(x), Φ the standard normal distribution function, to 10 units in the last place.

    This is the exact form, Keras's default, not the one with a hyperbolic tangent. At -inf it
    is 0, its limit. It needs SciPy.

    Examples
    --------
    >>> gelu([-10.0, 0.0, 10.0])
    array([-7.61985302e-23,  0.00000000e+00,  1.00000000e+01])
    """
    return GELU(x)


def maximum(x: Any, y: Any) -> Any:
    """Return the larger of x and y, elementwise. At a tie x gets the gradient, y nothing."""
    return MAXIMUM(x, y)


def matmul(x: Any, y: Any) -> Any:
    """Return the matrix product x @ y, batched over leading axes as `numpy.matmul` is.

    Parameters
    ----------
    x : array_like or Tensor, (..., n, k) or (k,)
    y : array_like or Tensor, (..., k, m) or (k,)

    Examples
    --------
    >>> matmul([[3.0, 3.0]], [[2.0], [2.0]])
    array([[12.]])
    """
    return MATMUL(x, y)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the sum over `axis` (an int, a tuple, or None for all axes)."""
    return SUM(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the mean over `axis` (an int, a tuple, or None for all axes); nan of no elements."""
    return MEAN(x, axis=axis, keepdims=keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the largest element over `axis`. Tied elements share the gradient equally."""
    return MAX(x, axis=axis, keepdims=keepdims)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))) over `axis`, without overflow; -inf of no elements.

    Examples
    --------
    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    return LOGSUMEXP(x, axis=axis, keepdims=keepdims)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Return log(exp(x) / sum(exp(x))) along `axis`, exact to a few units in the last place.

    That holds for the dominant class too, whose log-probability is a tiny negative number.

    Examples
    --------
    >>> log_softmax([50.0, 0.0])
    array([-1.92874985e-22, -5.00000000e+01])
    """
    return LOG_SOFTMAX(x, axis=axis)


def reshape(x: Any, shape: int | tuple[int, ...]) -> Any:
    """Return the same elements in another shape."""
    return RESHAPE(x, shape=shape)


def transpose(x: Any, axes: tuple[int, ...] | None = None) -> Any:
    """Return x with its axes permuted; reversed if `axes` is None."""
    return TRANSPOSE(x, axes=axes)


# ---- What the forward computations and the vector-Jacobian products share ----


def _toward_zero(x: Array) -> Array:
    """Return -|x|; for complex x, ±x with a real part that is not positive."""
    return np.where(x.real > 0, -x, x)


def _sigmoid(x: Array) -> Array:
    e = np.exp(_toward_zero(x))  # never overflows
    return np.where(x.real > 0, 1, e) / (1 + e)


def _sigmoid_slope(x: Array) -> Array:
    """Return sigmoid(x) sigmoid(-x), accurate even where sigmoid(x) is 1."""
    e = np.exp(_toward_zero(x))
    return e / (1 + e) ** 2


def _tanh_slope(x: Array) -> Array:
    """Return 1 - tanh(x)^2 in the same way: it is 4 times the sigmoid's slope at 2x."""
    e = np.exp(_toward_zero(x)) ** 2
    return 4 * e / (1 + e) ** 2


def _softplus(x: Array) -> Array:
    return np.where(x.real > 0, x, 0) + np.log1p(np.exp(_toward_zero(x)))


def _checked_slope(slope: Any) -> float:
    if isinstance(slope, bool) or not isinstance(slope, (int, float, np.integer, np.floating)):
        raise TypeError(f"negative_slope must be a number; got {slope!r:.80}")
    if not 0 <= slope < np.inf:
        raise ValueError(f"negative_slope must be 0 or more, and finite; got {slope}")
    return float(slope)  # else a float64 would turn float32 arrays into float64


def _silu(x: Array) -> Array:
    """Return relu(x) - |x| sigmoid(-|x|), which is x sigmoid(x) for either sign of x."""
    below = np.maximum(_toward_zero(x), -1000)  # there, and at -inf, the product rounds to 0
    root = np.exp(below / 2)  # two factors, so that x comes in before they underflow
    return np.where(x.real > 0, x, 0) + below * root * root / (1 + root * root)


def _silu_slope(x: Array) -> Array:
    below = np.maximum(-np.abs(x), -1000)
    root = np.exp(below / 2)
    e = root * root
    slope = (1 + below + e) * root * root / (1 + e) ** 2
    return np.where(x > 0, 1 - slope, slope)


def _gelu(x: Array) -> Array:
    """Return relu(x) - |x| Φ(-|x|), which is x Φ(x) for either sign of x."""
    below = np.maximum(_toward_zero(x), -40)  # there, and at -inf, the product rounds to 0
    root, ratio = _normal_tail(below)
    return np.where(x.real > 0, x, 0) + below * ratio * root * root


def _gelu_slope(x: Array) -> Array:
    below = np.maximum(-np.abs(x), -40)
    root, ratio = _normal_tail(below)
    slope = (ratio + below / math.sqrt(2 * math.pi)) * root * root
    return np.where(x > 0, 1 - slope, slope)


def _normal_tail(x: Array) -> tuple[Array, Array]:
    """Return exp(-x^2 / 4) and Φ(x) exp(x^2 / 2), for -40 <= x <= 0.

    The rounding of x^2 would spoil the exponential far from 0, so x is split into
    a coarse part, whose square is exact, and a rest.
    """
    from scipy.special import erfcx

    coarse = np.round(16 * x.real) / 16
    root = np.exp(-coarse * coarse / 4) * np.exp(-(x - coarse) * (x + coarse) / 4)
    return root, erfcx(-x * math.sqrt(0.5)) / 2


def _expand(g: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Repeat the gradient of a reduction over all the elements that were reduced."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    expanded = np.empty(x.shape, g.dtype)
    expanded[...] = g
    return expanded


def _count(x: Array, axis: Axis) -> int:
    if axis is None:
        return x.size
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(x.shape[a] for a in axes)


def _mean(x: Array, axis: Axis, keepdims: bool) -> Array:
    total = x.sum(axis=axis, keepdims=keepdims)
    return total / (_count(x, axis) or np.nan)  # the mean of nothing is nan


def _max_vjp(g: Array, out: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    winners = (x == _expand(out, x, axis, keepdims)) | np.isnan(x)  # where there is nan, nan wins
    share = g / np.sum(winners, axis=axis, keepdims=keepdims)
    return np.where(winners, _expand(share, x, axis, keepdims), 0)


def _relative_to_largest(x: Array, axis: Axis) -> tuple[Array, Array, Array]:
    """Return the largest element m (axes kept), x - m, and the rounding error of x - m.

    The two parts together are exact (Knuth's two-sum). Without the second, exp(x - m) can
    be off by hundreds of units in the last place.
    """
    largest = x.max(axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf, and -1e308 - 1e308
        shifted = x - largest
        moved = shifted - x
        error = (x - (shifted - moved)) - (largest + moved)
    return largest, shifted, np.fmax(error, -1)  # nan of infinities becomes -1, times exp(-inf)


def _log_of_sum(x: Array, shifted: Array, error: Array, axis: Axis) -> Array:
    """Return log(sum(exp(x - m))), axes kept: log1p of all terms but the largest.

    Where one element dominates, adding 1 before the logarithm would lose all
    the others. `shifted` + `error` is x - m, m the largest element.
    """
    ties = (shifted == 0).astype(x.dtype)  # 1 for the largest, and its equals
    terms = np.exp(shifted) - ties
    terms = terms + terms * error
    # The upper halves of all digits add up exactly, and the rounding of the
    # lower halves' sum does not show.
    grid = terms.sum(axis=axis, keepdims=True) / np.finfo(x.dtype).eps ** 0.5
    upper = (terms + grid) - grid
    others = upper.sum(axis=axis, keepdims=True)
    others += (terms - upper).sum(axis=axis, keepdims=True)
    rest = others + (ties.sum(axis=axis, keepdims=True) - 1)
    return np.log1p(rest)


def _logsumexp(x: Array, axis: Axis, keepdims: bool) -> Array:
    largest, shifted, error = _relative_to_largest(x, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = largest + _log_of_sum(x, shifted, error, axis)
    value = np.where(np.isinf(largest), largest, value)
    return value if keepdims else np.squeeze(value, axis=axis)


def _softmax(x: Array, axis: Axis) -> Array:
    _, shifted, error = _relative_to_largest(x, axis)
    e = np.exp(shifted) * (1 + error)
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_softmax(x: Array, axis: int) -> Array:
    if x.size == 0:
        return x.copy()
    rows = np.ascontiguousarray(x.swapaxes(0, axis))  # NumPy reduces the first axis fastest
    _, shifted, error = _relative_to_largest(rows, 0)
    value = (shifted - _log_of_sum(rows, shifted, error, 0)) + error
    return value.swapaxes(0, axis)


def _log_softmax_vjp(g: Array, out: Array, axis: int) -> Array:
    # g - softmax sum(g), arranged so that 1 - softmax keeps its digits where softmax is almost 1
    others = g.sum(axis=axis, keepdims=True) - g
    return -g * np.expm1(out) - np.exp(out) * others


def _inverse(axes: tuple[int, ...] | None, ndim: int) -> Array | None:
    return None if axes is None else np.argsort([axis % ndim for axis in axes])


# ---- The primitives: one line for the value, one for each input's VJP ----

REDUCTION = "an axis that x has"

EXP = Primitive("exp", np.exp, lambda g, out, x: g * out)
LOG = Primitive("log", np.log, lambda g, out, x: g / x)
TANH = Primitive("tanh", np.tanh, lambda g, out, x: g * _tanh_slope(x))
SIGMOID = Primitive(
    "sigmoid",
    _sigmoid,
    lambda g, out, x: g * _sigmoid_slope(x),
    symbol="σ",
)
SOFTPLUS = Primitive("softplus", _softplus, lambda g, out, x: g * _sigmoid(x))
RELU = Primitive(
    "relu",
    lambda x: np.maximum(x, 0),
    lambda g, out, x: g * (x > 0),
)
LEAKY_RELU = Primitive(
    "leaky_relu",
    lambda x, negative_slope: np.where(x.real > 0, x, negative_slope * x),
    lambda g, out, x, negative_slope: np.where(x > 0, g, negative_slope * g),
)
SILU = Primitive("silu", _silu, lambda g, out, x: g * _silu_slope(x))
GELU = Primitive("gelu", _gelu, lambda g, out, x: g * _gelu_slope(x))
MAXIMUM = Primitive(
    "maximum",
    np.maximum,
    lambda g, out, x, y: g * (x >= y),
    lambda g, out, x, y: g * (x < y),
    symbol="max",
)
SUM = Primitive(
    "sum",
    lambda x, axis, keepdims: x.sum(axis=axis, keepdims=keepdims),
    lambda g, out, x, axis, keepdims: _expand(g, x, axis, keepdims),
    expects=REDUCTION,
    symbol="Σ",
)
MEAN = Primitive(
    "mean",
    _mean,
    lambda g, out, x, axis, keepdims: _expand(g / (_count(x, axis) or np.nan), x, axis, keepdims),
    expects=REDUCTION,
)
MAX = Primitive("max", np.max, _max_vjp, expects=f"{REDUCTION} and at least one element along it")
LOGSUMEXP = Primitive(
    "logsumexp",
    _logsumexp,
    lambda g, out, x, axis, keepdims: _expand(g, x, axis, keepdims) * _softmax(x, axis),
    expects=REDUCTION,
)
LOG_SOFTMAX = Primitive(
    "log_softmax",
    _log_softmax,
    lambda g, out, x, axis: _log_softmax_vjp(g, out, axis),
    expects=REDUCTION,
)
RESHAPE = Primitive(
    "reshape",
    lambda x, shape: x.reshape(shape),
    lambda g, out, x, shape: g.reshape(x.shape),
    expects="a shape with as many elements as x",
)
TRANSPOSE = Primitive(
    "transpose",
    np.transpose,
    lambda g, out, x, axes: np.transpose(g, _inverse(axes, x.ndim)),
    expects="axes to be a permutation of those of x",
)
