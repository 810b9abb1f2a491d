"""Which inputs an output depends on, measured instead of believed.

`measure_receptive_field` takes any function of sequences, such as a network, a layer or a few
lines of NumPy, and finds out for each of its output steps which input steps matter: by changing
one input step at a time, or by the gradient. What reaches an output from a later input step is a
leak: the future gets in.
"""

from __future__ import annotations

import functools
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from underhood.arguments import whole_number
from underhood.autodiff import Array, Tensor, as_floats

Method = Literal["perturbation", "gradient"]
Mask = NDArray[np.bool_]

ROWS = 128
"""Series in one call of the function, at most: long windows need several calls."""

AMOUNTS = (1.0, 100.0) * 4
"""Size of the change in each trial: a kink hides some small ones, a plateau some large ones."""

ROUNDING = 1024
"""A change below so many spacings of the floating-point numbers may be rounding."""


@dataclass(frozen=True, repr=False, eq=False)
class MeasuredReceptiveField:
    """What `measure_receptive_field` found; printed, a report.

    Attributes
    ----------
    depends : ndarray of bool, (steps_out, steps)
        Whether an output step depends on an input step.
    faint : ndarray of bool, (steps_out, steps)
        Where an output did change, but by so little that it may be rounding. These pairs do not
        count in `depends`.
    positions : ndarray of int, (steps_out,)
        The input step at which each output step stands: its present.
    method : {"perturbation", "gradient"}
    """

    depends: Mask
    faint: Mask
    positions: NDArray[np.int_]
    method: Method

    @property
    def look_back(self) -> int:
        """Return the largest number of steps from an output back to an input that it depends on.

        0 if all of them look at the present or ahead only.
        """
        return _reach(-self._lags(self.depends))

    @property
    def look_ahead(self) -> int:
        """Return the largest number of steps from an output ahead to an input; 0 without a leak."""
        return _reach(self._lags(self.depends))

    @property
    def size(self) -> int:
        """Return the receptive field in steps: look-back, the present, and look-ahead if any."""
        return self.look_back + 1 + self.look_ahead

    @property
    def is_at_least(self) -> bool:
        """Tell whether the receptive field may be larger than `size`.

        That is so if the output that stands last still depends on the first input step, for the
        field may go on before the window; and if changes are seen further back that are faint.
        """
        fades = _reach(-self._lags(self.faint)) > self.look_back
        return bool(fades or self.look_back == self.positions.max())

    @property
    def leaks(self) -> list[tuple[int, int]]:
        """List the pairs (output step, input step) in which the input lies in the future."""
        later = np.arange(self.depends.shape[1]) > self.positions[:, np.newaxis]
        return [(int(t), int(s)) for t, s in np.argwhere(self.depends & later)]

    def _lags(self, pairs: Mask) -> NDArray[np.int_]:
        """Return for every pair how many steps the input lies ahead of the output."""
        output, step = np.nonzero(pairs)
        return np.asarray(step - self.positions[output])

    def __repr__(self) -> str:
        return "\n".join(
            textwrap.fill(line, width=78, subsequent_indent="  ") for line in self._lines()
        )

    def _lines(self) -> Iterator[str]:
        steps = self.depends.shape[1]
        about = "at least " if self.is_at_least else ""
        plural = "" if self.size == 1 else "s"
        ahead = f", look-ahead {self.look_ahead}" if self.leaks else ""
        yield (
            f"Receptive field: {about}{self.size} step{plural} (look-back {self.look_back}"
            f"{ahead}), measured by {self.method} over {steps} steps."
        )
        faint = _reach(-self._lags(self.faint))
        if faint > self.look_back:
            yield (
                f"Faint changes reach back {faint} steps: rounding, or a dependence too weak to "
                f"tell from it. The gradient can tell."
            )
        elif self.is_at_least:
            yield "It reaches the first step of the window and may go on: measure over more steps."
        yield self._leak_line()

    def _leak_line(self) -> str:
        if not self.leaks:
            return "No leak: no output depends on a later input."
        output, step = self.leaks[0]
        where = self.positions[output]
        at = "" if where == output else f" (which stands at step {where})"
        if self.depends[:, -1].all():
            what = "every output depends on inputs up to the last"
        else:
            what = f"the output at step t depends on inputs up to step t + {self.look_ahead}"
        return (
            f"Leak: {what}: the future gets in. First seen: output {output}{at} depends on input "
            f"{step}."
        )


def _reach(lags: NDArray[np.int_]) -> int:
    return int(lags.max(initial=0))


def measure_receptive_field(
    function: Callable[..., Any],
    steps: int,
    channels: int = 1,
    *,
    method: Method = "perturbation",
    stride: int = 1,
    offset: int = 0,
    tolerance: float | None = None,
    seed: int = 0,
) -> MeasuredReceptiveField:
    """Measure which input steps each output step of a function depends on.

    By perturbation, one step of a random series is changed, all its channels by a random amount;
    the outputs that change with it depend on it. By gradient, one output step is
    differentiated with respect to all inputs; it depends on those where the gradient is not zero.
    Both are repeated for several random series, and what any of them shows counts.

    So a dependence is never invented, but can be missed: behind a ReLU that is off for all series
    tried, or where it drowns in rounding.

    Parameters
    ----------
    function : callable
        Takes an array (batch, steps, channels) and returns one (batch, steps_out, channels_out):
        a Keras model or layer, a function of NumPy arrays, of TensorFlow's or the engine's
        Tensors. Without an axis of steps, (batch, channels_out), or with a single step, the
        output stands at the last input step, as in a classifier. The series of a batch
        must not influence each other.
    steps : int
        Length of the series. It must exceed the receptive field, or the report says "at least".
    channels : int, optional
    method : {"perturbation", "gradient"}, optional
        The gradient needs a function of the engine's Tensors or of TensorFlow's. It also sees
        what is too faint for a perturbation, such as the distant past of a recurrent network.
    stride, offset : int, optional
        Output j stands at input step ``offset + j * stride``: for a stack of layers with strides
        their product, for a convolution with ``padding="valid"`` the offset ``kernel_size - 1``.
    tolerance : float, optional
        What counts is larger than this fraction of the largest change (or gradient) in the same
        series. The default for gradients is 0. For perturbations it is 1024 spacings of the
        floating-point numbers, 2e-13 in float64 and 1e-4 in float32, since a computation by FFT
        or by running sums spreads rounding errors over all steps.
    seed : int, optional

    Returns
    -------
    MeasuredReceptiveField
        Printed, a report; ``.size``, ``.look_back``, ``.depends``, ``.leaks``.

    Raises
    ------
    ValueError
        If a number or `method` is none that is possible; if `function` returns a shape that does
        not fit, nan or infinity, something else on a second call, or an output that depends on
        other series of the batch (batch normalization in training mode does that) or on nothing.
    TypeError
        If a number is not an integer, `function` is not callable or does not return numbers, or
        has no gradient that can be taken.

    Examples
    --------
    >>> def change(series):  # from one step to the next
    ...     return series - np.pad(series, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    >>> measure_receptive_field(change, steps=8)
    Receptive field: 2 steps (look-back 1), measured by perturbation over 8 steps.
    No leak: no output depends on a later input.
    >>> def smooth(series):  # the mean of three steps, the middle one the present
    ...     padded = np.pad(series, ((0, 0), (1, 1), (0, 0)))
    ...     return (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
    >>> measure_receptive_field(smooth, steps=8)
    Receptive field: 3 steps (look-back 1, look-ahead 1), measured by perturbation over 8
    steps.
    Leak: the output at step t depends on inputs up to step t + 1: the future gets in. First seen:
    output 0 depends on input 1.
    """
    if not callable(function):
        raise TypeError(f"function must be callable; got {type(function).__name__}")
    if method not in ("perturbation", "gradient"):
        raise ValueError(f"method must be 'perturbation' or 'gradient'; got {method!r}")
    steps = whole_number(steps, "steps")
    channels = whole_number(channels, "channels")
    stride, offset = whole_number(stride, "stride"), whole_number(offset, "offset", least=0)
    if tolerance is not None and not 0 <= tolerance < 1:
        raise ValueError(f"tolerance must be 0 or more and less than 1; got {tolerance!r}")
    probe = _Probe(function, steps, channels, np.random.default_rng(seed))
    positions = _positions(probe.output_shape, steps, stride, offset)
    if tolerance is None:
        tolerance = 0.0 if method == "gradient" else probe.rounding
    probe.require_repeatable_rows()
    measure = _by_gradient if method == "gradient" else _by_perturbation
    depends, faint = measure(probe, len(positions), tolerance)
    if not depends.any():
        raise ValueError(
            "no output of function depends on any input: is it constant, or are all its ReLUs off?"
        )
    return MeasuredReceptiveField(depends, faint & ~depends, positions, method)


class _Probe:
    """A function of arrays, its rows known to be well-behaved, and what comes out of it.

    Attributes
    ----------
    rows : int
        Series in a batch, the same in every call, so that a series that does not change gives
        the same output to the bit. It differs from `steps`, so that no axis is mistaken.
    output_shape : tuple of int
        Of what the function returns for such a batch.
    rounding : float
        Relative size of what may be rounding in its output.
    """

    def __init__(
        self, function: Callable[..., Any], steps: int, channels: int, rng: np.random.Generator
    ) -> None:
        self.function, self.steps, self.channels, self.rng = function, steps, channels, rng
        self.rows = steps + 1 if steps < ROWS else ROWS - (steps == ROWS)
        inputs = self.series()
        self.feed, value = _first_call(function, inputs)
        outputs = _numbers(value)
        if _is_tensorflows(function):
            self.function = _compiled(function, self.feed(inputs))
        self.output_shape = outputs.shape
        _require_fitting(self.output_shape, self.rows, steps)
        self.rounding = ROUNDING * float(np.finfo(outputs.dtype).eps)

    def series(self) -> Array:
        """Return a batch of different random series."""
        return self.rng.normal(size=(self.rows, self.steps, self.channels))

    def copies(self) -> Array:
        """Return a batch of one random series, copied."""
        return np.repeat(self.series()[:1], self.rows, axis=0)

    def __call__(self, inputs: Array, finite: bool = True) -> Array:
        """Return the function's outputs (batch, steps_out, channels_out)."""
        outputs = _numbers(self.function(self.feed(inputs.copy())))
        if outputs.shape != self.output_shape:
            raise ValueError(
                f"function returned shape {self.output_shape} for inputs of shape {inputs.shape}, "
                f"then {outputs.shape}: it must always return the same for the same"
            )
        if finite and not np.all(np.isfinite(outputs)):
            raise ValueError(
                f"function returned nan or infinity for standard normal inputs of shape "
                f"{inputs.shape}: what depends on what cannot be seen"
            )
        return _with_steps(outputs)

    def require_repeatable_rows(self) -> None:
        """Insist that equal series give equal outputs, whatever else is in the batch."""
        inputs = self.series()
        before, again = self(inputs), self(inputs)
        if _differs(before, again, self.rounding):
            raise ValueError(
                "function must return the same outputs for the same inputs, and did not: is it a "
                "network with dropout in training mode, or a layer that keeps its state?"
            )
        other = inputs.copy()
        other[0] = 10 * self.series()[0]
        if _differs(before[1:], self(other)[1:], self.rounding):
            raise ValueError(
                "function must treat the series of a batch one by one; here the outputs of the "
                "other series change with the first one. Batch normalization in training mode "
                "does that: call the network with training=False"
            )


def _first_call(function: Callable[..., Any], inputs: Array) -> tuple[Callable[[Array], Any], Any]:
    """Find what the function takes: float64, float32 as TensorFlow does, or Tensors only."""
    feeds: tuple[Callable[[Array], Any], ...]
    feeds = (np.asarray, lambda x: x.astype(np.float32), Tensor)
    errors: list[Exception] = []
    for feed in feeds:
        try:
            return feed, function(feed(inputs))
        except Exception as error:  # whatever the function of a reader raises
            errors.append(error)
    if str(errors[1]) != str(errors[0]):
        errors[0].add_note(f"That was for float64. For float32: {errors[1]}")
    raise errors[0]


def _is_tensorflows(function: Any) -> bool:
    """Tell whether it is a layer or model of Keras or a `tf.function`, without importing them."""
    origins = {ancestor.__module__.partition(".")[0] for ancestor in type(function).__mro__}
    return "tensorflow" in sys.modules and not origins.isdisjoint({"keras", "tensorflow"})


def _compiled(function: Callable[..., Any], inputs: Any) -> Callable[..., Any]:
    """Return the function as a graph if it can be one: a recurrent layer is ten times as fast."""
    import tensorflow as tf

    compiled = tf.function(function)
    try:
        compiled(inputs)
    except Exception:  # whatever a layer of a reader raises
        return function
    return compiled


def _numbers(value: Any) -> Array:
    if isinstance(value, Tensor):
        return value.data
    if hasattr(value, "numpy"):
        value = value.numpy()
    outputs = as_floats(value, "the function's value")
    if outputs.dtype.kind == "c":
        raise TypeError("function must return real numbers; got complex numbers")
    return outputs


def _with_steps(outputs: Array) -> Array:
    return outputs if outputs.ndim == 3 else outputs[:, np.newaxis]


def _require_fitting(shape: tuple[int, ...], rows: int, steps: int) -> None:
    if len(shape) not in (2, 3) or shape[0] != rows or 0 in shape:
        raise ValueError(
            f"function must return the axes (batch, steps, channels) for a batch of {rows} series "
            f"of {steps} steps, or (batch, channels) for one output a series; got shape {shape}"
        )
    if len(shape) == 2 and shape[1] == steps > 1:
        raise ValueError(
            f"function returned shape {shape}: is its second axis the {steps} steps or as many "
            f"channels? Return y[:, :, np.newaxis] or y[:, np.newaxis, :]"
        )


def _positions(shape: tuple[int, ...], steps: int, stride: int, offset: int) -> NDArray[np.int_]:
    """Return the input step at which each output step stands."""
    steps_out = shape[1] if len(shape) == 3 else 1
    if steps_out == 1 and stride == 1 and offset == 0:
        return np.array([steps - 1])
    positions = np.arange(offset, steps, stride)
    if len(positions) != steps_out:
        raise ValueError(
            f"function returned {steps_out} steps for {steps}; with stride={stride} and "
            f"offset={offset}, where output j stands at input step offset + j * stride, "
            f"{len(positions)} were expected. Layers with strides need stride, their product; "
            f"padding='valid' needs offset, kernel_size - 1"
        )
    return positions


def _by_perturbation(probe: _Probe, steps_out: int, tolerance: float) -> tuple[Mask, Mask]:
    """Change one input step in each series of a batch; see which output steps change."""
    depends = np.zeros((steps_out, probe.steps), bool)
    faint = depends.copy()
    for amount in AMOUNTS:
        inputs = probe.copies()
        changes = probe.rng.uniform(amount, 2 * amount, inputs.shape[1:])
        changes *= probe.rng.choice([-1, 1], changes.shape)
        before = probe(inputs)
        for some in _portions(probe.steps, probe.rows):
            changed = inputs.copy()
            changed[np.arange(len(some)), some] += changes[some]
            # A series that overflows shows nothing: its largest change is infinite or nan.
            with np.errstate(over="ignore", invalid="ignore"):
                after = probe(changed, finite=amount == 1)
                size = np.abs(after - before)[: len(some)].max(axis=-1)
                depends[:, some] |= _clear(size, tolerance).T
                faint[:, some] |= (size > 0).T
    return depends, faint


def _by_gradient(probe: _Probe, steps_out: int, tolerance: float) -> tuple[Mask, Mask]:
    """Seed one output step in each series of a batch; see which input steps get a gradient."""
    depends = np.zeros((steps_out, probe.steps), bool)
    faint = depends.copy()
    gradient = _gradient_of(probe)
    for _ in AMOUNTS:
        inputs = probe.copies()
        for some in _portions(steps_out, probe.rows):
            seeds = np.zeros((probe.rows, steps_out, probe.output_shape[-1]))
            rows = np.arange(len(some))
            seeds[rows, some] = probe.rng.normal(size=(len(some), seeds.shape[-1]))
            size = np.abs(gradient(inputs, seeds.reshape(probe.output_shape)))
            if not np.all(np.isfinite(size)):
                raise ValueError("the gradient of function is nan or infinite")
            size = size[: len(some)].max(axis=-1)
            depends[some] |= _clear(size, tolerance)
            faint[some] |= size > 0
    return depends, faint


def _clear(size: Array, tolerance: float) -> Mask:
    """Return where a change is more than the given fraction of the largest in its row."""
    return np.asarray(size > tolerance * size.max(axis=1, keepdims=True))


def _differs(a: Array, b: Array, tolerance: float) -> bool:
    return bool(np.max(np.abs(a - b)) > tolerance * np.max(np.abs(a)))


def _portions(total: int, largest: int) -> Iterator[NDArray[np.int_]]:
    for first in range(0, total, largest):
        yield np.arange(first, min(first + largest, total))


def _gradient_of(probe: _Probe) -> Callable[[Array, Array], Array]:
    """Find the way to a gradient: the engine's Tensors, or TensorFlow's tape."""
    ways: dict[str, Callable[[_Probe, Array, Array], Array]] = {}
    if not _is_tensorflows(probe.function):
        ways["underhood"] = _through_engine
    if "tensorflow" in sys.modules:
        for dtype in ("float32", "float64"):  # which one it takes, its weights decide
            ways[f"TensorFlow, {dtype}"] = functools.partial(_through_tape, dtype=dtype)
    complaints = []
    inputs, seeds = probe.copies(), np.ones(probe.output_shape)
    for name, way in ways.items():
        try:
            way(probe, inputs, seeds)
        except Exception as error:  # whatever the function of a reader raises
            complaints.append(f"With Tensors of {name}, {type(error).__name__}: {error}")
        else:
            return functools.partial(way, probe)
    raise TypeError(
        "function must take the engine's Tensors or TensorFlow's for method='gradient': write it "
        "with Python's operators, underhood.ops and underhood.convolution, or use "
        "method='perturbation', which takes any function of arrays. " + ". ".join(complaints)
    )


def _through_engine(probe: _Probe, inputs: Array, seeds: Array) -> Array:
    series = Tensor(inputs)
    outputs = probe.function(series)
    if not isinstance(outputs, Tensor):
        raise TypeError(f"it returned {type(outputs).__name__}, and the way back was lost")
    outputs.backward(seeds)
    return np.zeros_like(inputs) if series.grad is None else series.grad


def _through_tape(probe: _Probe, inputs: Array, seeds: Array, dtype: str) -> Array:
    import tensorflow as tf

    series = tf.constant(inputs, dtype)
    with tf.GradientTape() as tape:
        tape.watch(series)
        outputs = probe.function(series)
    if not tf.is_tensor(outputs):
        raise TypeError(f"it returned {type(outputs).__name__}, and the way back was lost")
    seed = tf.constant(seeds, outputs.dtype)
    zero = tf.UnconnectedGradients.ZERO
    gradient = tape.gradient(outputs, series, output_gradients=seed, unconnected_gradients=zero)
    return np.asarray(gradient.numpy(), np.float64)
