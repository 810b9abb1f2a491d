"""Mean negative log-likelihoods: the losses of classification, regression and counts.

Each function takes the data first and then the parameters of their distribution, and returns
the mean of -log p(data | parameters) over the examples: in nats, normalizing constants included.
Data are arrays. Parameters are arrays or Tensors, and with a Tensor among them the result is a
Tensor, so that gradients flow. A parameter is one number for all examples or has the shape of the
data: nothing else is broadcast.

Where the parameters describe a distribution, the result is what mathematics says: infinity for
data that are impossible, 0 for data that are certain. Logits and log-rates that are nan, or +inf
where that describes none, give nan, so that a training that diverges can be seen to do so.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from underhood import ops
from underhood.arguments import in_one_precision
from underhood.autodiff import Array, Primitive, Tensor, as_floats


def bernoulli_nll(labels: Any, logits: Any) -> Any:
    """Return the mean NLL of labels 0 and 1: binary cross-entropy.

    The probability of label 1 is sigmoid(logit); it is never computed, so that no logit is too
    large. A logit of +inf is certain of 1, one of -inf of 0.

    Parameters
    ----------
    labels : array_like, any shape
    logits : array_like or Tensor, () or the shape of `labels`

    Returns
    -------
    float or Tensor, ()
        In the precision of the logits.

    Raises
    ------
    ValueError
        If a label is neither 0 nor 1, shapes differ, or there are no labels.
    TypeError
        If an argument is not made of numbers, or `labels` is a Tensor.

    Examples
    --------
    >>> round(float(bernoulli_nll([1, 1], [0.0, -10000.0])), 4)  # log 2 and 10000, averaged
    5000.3466
    """
    labels = _whole_numbers(labels, "labels", highest=1)
    logits = _parameter(logits, "logits", "labels", labels.shape)
    sign = (1 - 2 * labels).astype(logits.dtype)
    # -log sigmoid(z) is softplus(-z)
    return ops.mean(ops.softplus(sign * logits))


def categorical_nll(labels: Any, logits: Any) -> Any:
    """Return the mean NLL of classes: the cross-entropy of K classes.

    The probabilities of the classes are softmax(logits); they are never computed, so that no logit
    is too large. A logit of -inf makes a class impossible.

    Parameters
    ----------
    labels : array_like, (...)
        The classes, counted from 0; not one-hot.
    logits : array_like or Tensor, (..., classes)

    Returns
    -------
    float or Tensor, ()
        In the precision of the logits.

    Raises
    ------
    ValueError
        If a label is not one of the classes, there are fewer than two classes, the shapes do not
        fit, or there are no labels.
    TypeError
        If an argument is not made of numbers, or `labels` is a Tensor.

    Examples
    --------
    >>> float(categorical_nll([2], [[-10000.0, 0.0, 0.0]]))  # log 2
    0.6931471805599453
    """
    logits = _floats(logits, "logits")
    labels = _class_numbers(labels, logits.shape)
    log_probabilities = ops.log_softmax(logits)
    of_labels = log_probabilities[(*np.indices(labels.shape), labels)]
    return 0 - ops.mean(of_labels)  # not -0.0 where all is certain


def gaussian_nll(y: Any, mean: Any, scale: Any) -> Any:
    """Return the mean NLL of numbers with a normal distribution.

    Parameters
    ----------
    y : array_like, any shape
    mean : array_like or Tensor, () or the shape of `y`
    scale : array_like or Tensor, () or the shape of `y`
        The standard deviation, not the variance.

    Returns
    -------
    float or Tensor, ()
        Lists and Python's numbers take the precision of the arrays beside them.

    Raises
    ------
    ValueError
        If a scale is not positive, a y is not finite, shapes differ, or `y` is empty.
    TypeError
        If an argument is not made of numbers, or `y` is a Tensor.

    Examples
    --------
    >>> float(gaussian_nll([1.0, 3.0], mean=2.0, scale=1.0))  # (1 + log 2π) / 2
    1.4189385332046727
    """
    y, mean, scale = in_one_precision(y=y, mean=mean, scale=scale)
    y = _data(y, "y")
    mean = _parameter(mean, "mean", "y", y.shape)
    scale = _parameter(scale, "scale", "y", y.shape)
    _require(_values(scale) > 0, scale, "scale must be positive")
    squares = ((y - mean) / scale) ** 2
    log_area = math.log(2 * math.pi) / 2
    return ops.mean(squares / 2 + ops.log(scale)) + log_area


def poisson_nll(counts: Any, log_rate: Any) -> Any:
    """Return the mean NLL of counts with a Poisson distribution: λ - k log λ + log k!, of λ and k.

    The parameter is log λ, which may be any number; at -inf the rate is 0, and every count but 0
    impossible. Relative error: 1e-13 for rates up to 100; the terms nearly cancel for large ones.
    It needs SciPy.

    Parameters
    ----------
    counts : array_like, any shape
    log_rate : array_like or Tensor, () or the shape of `counts`

    Returns
    -------
    float or Tensor, ()
        In the precision of `log_rate`.

    Raises
    ------
    ValueError
        If a count is negative or not whole, shapes differ, or there are no counts.
    TypeError
        If an argument is not made of numbers, or `counts` is a Tensor.

    Examples
    --------
    >>> float(poisson_nll([0, 1, 2], log_rate=0.0))  # 1, 1, and 1 + log 2
    1.2310490601866484
    """
    counts = _whole_numbers(counts, "counts")
    log_rate = _parameter(log_rate, "log_rate", "counts", counts.shape)
    return ops.mean(POISSON_NLL(log_rate, counts=counts))


def binomial_nll(k: Any, n: Any, p: Any) -> Any:
    """Return the mean NLL of k successes in n trials, each with probability p.

    At p = 0 and p = 1 it is 0 for the one k that is possible, and infinite for all others.
    Relative error: 5e-13 for n up to 1000. It needs SciPy.

    Parameters
    ----------
    k : array_like, any shape
    n : array_like, () or the shape of `k`
    p : array_like or Tensor, () or the shape of `k`

    Returns
    -------
    float or Tensor, ()
        In the precision of `p`.

    Raises
    ------
    ValueError
        If k or n is negative or not whole, k is more than n, p is not between 0 and 1, shapes
        differ, or `k` is empty.
    TypeError
        If an argument is not made of numbers, or `k` or `n` is a Tensor.

    Examples
    --------
    >>> nll = binomial_nll(k=2, n=10, p=1 / 6)
    >>> float(np.exp(-nll).round(4))
    0.2907
    """
    k, n = _whole_numbers(k, "k"), _whole_numbers(n, "n")
    n = _parameter(n, "n", "k", k.shape)
    p = _parameter(p, "p", "k", k.shape)
    _require(k <= n, n - k, "k must not be more than n, so that n - k is 0 or more")
    _require((_values(p) >= 0) & (_values(p) <= 1), p, "p must be between 0 and 1")
    return ops.mean(BINOMIAL_NLL(p, k=k, n=n))


# ---- The primitives: what ops does not have ----


def _in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compute in float64 at least, for terms that cancel; return the precision that came.

    Nothing warns: at the ends of the range, infinity is the value.
    """

    @functools.wraps(function)
    def wrapped(parameter: Array, **data: Array) -> Array:
        wide = np.result_type(parameter.dtype, np.float64)
        with np.errstate(all="ignore"):
            return function(parameter.astype(wide), **data).astype(parameter.dtype)

    return wrapped


@_in_double
def _poisson(log_rate: Array, counts: Array) -> Array:
    from scipy.special import gammaln

    # no count, no term: 0 even where the rate is 0
    exponent = np.where(counts == 0, 0, counts * log_rate)
    return np.exp(log_rate) - exponent + gammaln(counts + 1)


@_in_double
def _poisson_slope(log_rate: Array, counts: Array) -> Array:
    return np.exp(log_rate) - counts


@_in_double
def _binomial(p: Array, k: Array, n: Array) -> Array:
    from scipy.special import xlog1py, xlogy  # 0 log 0 is 0

    arrangements = _log_arrangements(k, n)
    return -arrangements - xlogy(k, p) - xlog1py(n - k, -p)


def _log_arrangements(k: Array, n: Array) -> Array:
    """Return the logarithm of "n choose k".

    Each of its three log-factorials log x! is x log x - x and a small rest. Of the large parts,
    x cancels, and x log x leaves a term for each share. So no thousands are subtracted from
    thousands, which would cost the last digits.
    """
    from scipy.special import xlog1py, xlogy

    share = k / np.maximum(n, 1)
    rests = _stirling_rest(n) - (_stirling_rest(k) + _stirling_rest(n - k))
    return rests - xlogy(k, share) - xlog1py(n - k, -share)


def _stirling_rest(x: Array) -> Array:
    """Return log x! - (x log x - x): by Stirling's series, where its next term does not count."""
    from scipy.special import gammaln, xlogy

    series = np.log(2 * np.pi * x) / 2 + 1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5)
    return np.where(x < 64, gammaln(x + 1) - xlogy(x, x) + x, series)


@_in_double
def _binomial_slope(p: Array, k: Array, n: Array) -> Array:
    return np.where(k == n, 0, (n - k) / (1 - p)) - np.where(k == 0, 0, k / p)


POISSON_NLL = Primitive(
    "poisson_nll",
    _poisson,
    lambda g, out, log_rate, counts: g * _poisson_slope(log_rate, counts=counts),
    arguments=("log_rate",),
)
BINOMIAL_NLL = Primitive(
    "binomial_nll",
    _binomial,
    lambda g, out, p, k, n: g * _binomial_slope(p, k=k, n=n),
    arguments=("p",),
)


# ---- What the arguments must be ----


def _floats(value: Any, name: str) -> Any:
    return value if isinstance(value, Tensor) else as_floats(value, name)


def _values(x: Any) -> Array:
    return np.real(x.data if isinstance(x, Tensor) else x)


def _require(fine: Array, value: Any, demand: str) -> None:
    if not np.all(fine):
        first = np.broadcast_to(_values(value), np.shape(fine))[~np.asarray(fine)][0]
        raise ValueError(f"{demand}; got {first}")


def _data(value: Any, name: str) -> Array:
    """Return data as an array of finite real numbers, at least one."""
    if isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be an array: data have no gradient; got a Tensor, whose array is .data"
        )
    array = as_floats(value, name)
    if array.dtype.kind == "c":
        raise TypeError(f"{name} must be real numbers; got complex numbers: {value!r:.80}")
    if array.size == 0:
        raise ValueError(f"{name} must have elements to average over; got shape {array.shape}")
    _require(np.isfinite(array), array, f"{name} must be finite")
    return array


def _whole_numbers(value: Any, name: str, highest: float = math.inf) -> Array:
    array = _data(value, name)
    ends = "0 or more" if highest == math.inf else f"from 0 to {highest}"
    fine = (array >= 0) & (array <= highest) & (array == np.floor(array))
    _require(fine, array, f"{name} must be whole numbers, {ends}")
    return array.astype(np.float64)  # exact, and log-factorials of them keep their digits


def _parameter(value: Any, name: str, data: str, shape: tuple[int, ...]) -> Any:
    """Return an array or Tensor, one number or as many as there are data."""
    parameter = _floats(value, name)
    if parameter.shape not in ((), shape):
        size = math.prod(shape)
        hint = ""
        if math.prod(parameter.shape) == size > 1:
            hint = f": broadcasting would pair each with all others. Reshape {name} or {data}"
        raise ValueError(
            f"{name} must be one number or have the shape of {data}, {shape}; "
            f"got shape {parameter.shape}{hint}"
        )
    return parameter


def _class_numbers(labels: Any, logits: tuple[int, ...]) -> Array:
    """Return labels as integers, for logits of the shape given."""
    if not logits or logits[-1] < 2:
        raise ValueError(
            f"logits must have the axes (..., classes), two classes or more; got shape {logits}. "
            f"One logit for each example is for bernoulli_nll"
        )
    shape = _data(labels, "labels").shape
    if shape != logits[:-1]:
        hint = ""
        if shape == logits:
            hint = ": one-hot? Class numbers are labels.argmax(axis=-1)"
        elif shape == (*logits[:-1], 1):
            hint = ": take the last axis away, labels[..., 0]"
        raise ValueError(
            f"labels must be class numbers of shape {logits[:-1]}, one for each row of logits; "
            f"got shape {shape}{hint}"
        )
    return _whole_numbers(labels, "labels", highest=logits[-1] - 1).astype(int)
