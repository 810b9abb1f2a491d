"""Run an experiment over several seeds, and hold a sentence to the results.

`repeat` runs the experiment, `Runs` carries the results and does arithmetic run by run, `table`
shows several of them beside their baselines. `claim` checks a sentence against every run and
displays it with its evidence: on a page, the sentence is the output of the cell that checks it.
"""

from __future__ import annotations

import math
import operator
import textwrap
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, ClassVar, TypeVar, overload

import numpy as np

Key = TypeVar("Key", bound=Hashable)

COVERAGE = 0.9
"""What an interval for the median covers at least, if there are runs enough."""

MIN_RUNS = 5
"""Runs that a claim needs: the fewest whose interval for the median reaches `COVERAGE`."""


@dataclass(frozen=True, slots=True, repr=False)
class Runs:
    """The results of one experiment, a number for each seed.

    Arithmetic goes run by run, with numbers and with other `Runs` of the same seeds, so that
    ``plain / dilated`` compares two networks seed by seed. ``format(runs, ".3f")`` is the median
    with its interval, each number in that format; ``float(runs)`` is the median.

    Parameters
    ----------
    values : iterable of number
        The results. One that is not a number makes the median and its interval nan.
    seeds : iterable of int
        The seed of each result; no seed comes twice, since the same seed is the same run.

    Raises
    ------
    ValueError
        If there is no value, the lengths differ, or a seed comes twice.
    TypeError
        If a value is not a single real number or a seed not an integer.

    Notes
    -----
    The interval needs no assumption on the distribution but that it is continuous. Let m be its
    median and ``x[1] <= ... <= x[n]`` the runs in order. Each lies below m with probability 1/2,
    so the number that do is binomial, B(n, 1/2). The interval from x[r] to x[n + 1 - r] misses m
    on one side if fewer than r runs lie below m, on the other if fewer than r lie above, hence
    covers it with probability ``1 - 2 P(B <= r - 1)``. We take the largest r, that is the
    narrowest interval, for which this is at least 0.9. With fewer than five runs there is none:
    then smallest to largest, with the coverage that they have (three runs: 0.75). Where values
    can tie, the coverage is at least this. See H. A. David and H. N. Nagaraja, *Order
    Statistics*, 3rd ed. (Wiley, 2003), section 7.1.

    Examples
    --------
    >>> plain = Runs([0.08, 0.05, 0.11, 0.07, 0.09], seeds=range(5))
    >>> dilated = Runs([0.005, 0.004, 0.005, 0.005, 0.004], seeds=range(5))
    >>> print(f"{plain:.2f}")
    0.08 [0.05..0.11]
    >>> plain / dilated
    Runs(16 [12.5..22.5], 5 runs)
    >>> plain.coverage  # 1 - 2 / 2**5
    0.9375
    """

    values: tuple[float, ...]
    seeds: tuple[int, ...]

    __array_ufunc__: ClassVar[None] = None  # NumPy's numbers leave the arithmetic to us

    def __init__(self, values: Iterable[Any], seeds: Iterable[int]) -> None:
        object.__setattr__(self, "values", tuple(_number(value, "values") for value in values))
        object.__setattr__(self, "seeds", _distinct(seeds))
        if len(self.values) != len(self.seeds):
            raise ValueError(
                f"values and seeds must be equally many; got {len(self.values)} values for "
                f"{len(self.seeds)} seeds"
            )

    @property
    def median(self) -> float:
        """The middle one of the values, or the mean of both in the middle; nan if one is."""
        last = len(self.values) - 1
        return (self._ordered(last // 2) + self._ordered(last - last // 2)) / 2

    @property
    def low(self) -> float:
        """The lower end of the interval for the median; nan if a value is."""
        return self._ordered(_rank(len(self.values)) - 1)

    @property
    def high(self) -> float:
        """The upper end of the interval for the median; nan if a value is."""
        return self._ordered(len(self.values) - _rank(len(self.values)))

    @property
    def coverage(self) -> float:
        """The probability that such an interval covers the experiment's median."""
        return _coverage(len(self.values), _rank(len(self.values)))

    def _ordered(self, position: int) -> float:
        return math.nan if self._failed() else sorted(self.values)[position]

    def _failed(self) -> list[int]:
        return [seed for seed, x in zip(self.seeds, self.values, strict=True) if math.isnan(x)]

    def __add__(self, other: Runs | float) -> Runs:
        return self._combine(operator.add, self, other)

    def __radd__(self, other: float) -> Runs:
        return self._combine(operator.add, other, self)

    def __sub__(self, other: Runs | float) -> Runs:
        return self._combine(operator.sub, self, other)

    def __rsub__(self, other: float) -> Runs:
        return self._combine(operator.sub, other, self)

    def __mul__(self, other: Runs | float) -> Runs:
        return self._combine(operator.mul, self, other)

    def __rmul__(self, other: float) -> Runs:
        return self._combine(operator.mul, other, self)

    def __truediv__(self, other: Runs | float) -> Runs:
        return self._combine(operator.truediv, self, other)

    def __rtruediv__(self, other: float) -> Runs:
        return self._combine(operator.truediv, other, self)

    def _combine(
        self, op: Callable[[float, float], float], left: Runs | float, right: Runs | float
    ) -> Runs:
        """Apply `op` run by run; one side is `self`."""
        sides = []
        for side in (left, right):
            if isinstance(side, Runs) and side.seeds != self.seeds:
                raise ValueError(
                    "runs are compared seed by seed, so both need the same seeds in the same "
                    f"order; got {self.seeds} and {side.seeds}"
                )
            if isinstance(side, Runs):
                sides.append(side.values)
            else:
                sides.append((_number(side, "the other side"),) * len(self.values))
        return Runs(map(op, *sides), self.seeds)

    def __float__(self) -> float:
        return self.median

    def __format__(self, spec: str) -> str:
        median, low, high = (format(_Shown(x), spec) for x in (self.median, self.low, self.high))
        return f"{median} [{low}..{high}]"

    def __repr__(self) -> str:
        failed = self._failed()
        note = f"; not a number for {_seeds_in_words(failed)}" if failed else ""
        return f"Runs({self}, {_count(len(self.values))}{note})"


@overload
def repeat(
    experiment: Callable[[int], Mapping[Key, Any]], seeds: Iterable[int] = ...
) -> dict[Key, Runs]: ...
@overload
def repeat(experiment: Callable[[int], Any], seeds: Iterable[int] = ...) -> Runs: ...
def repeat(experiment: Callable[[int], Any], seeds: Iterable[int] = range(5)) -> Any:
    """Run an experiment once for each seed.

    Parameters
    ----------
    experiment : callable
        Takes a seed and returns a number, or a mapping of names, numbers or tuples to numbers,
        with the same keys for every seed.
    seeds : iterable of int, optional

    Returns
    -------
    Runs or dict of Runs
        A dict if `experiment` returns mappings, in the order of the first one's keys.

    Raises
    ------
    ValueError
        If there is no seed, one comes twice, or the keys differ from seed to seed.
    TypeError
        If a result is not a single real number.
    Exception
        Whatever `experiment` raises, with a note that names the seed.

    Examples
    --------
    >>> def experiment(seed):
    ...     sample = np.random.default_rng(seed).normal(size=100)
    ...     return {"mean": sample.mean(), "variance": sample.var()}
    >>> runs = repeat(experiment)
    >>> print(f"{runs['variance']:.2f}")
    0.93 [0.73..1.14]
    """
    results: list[Mapping[Any, Any]] = []
    seeds = _distinct(seeds)
    for seed in seeds:
        try:
            results.append(_as_mapping(experiment(seed)))
        except Exception as error:
            error.add_note(f"This happened in the run of seed {seed}.")
            raise
        if results[-1].keys() != results[0].keys():
            names = " and ".join(_keys_in_words(results[i]) for i in (0, -1))
            raise ValueError(
                f"experiment must return the same keys for every seed; got {names} for seeds "
                f"{seeds[0]} and {seed}"
            )
    runs = {key: Runs([result[key] for result in results], seeds) for key in results[0]}
    return runs.get(_Alone, runs)


class _Alone:
    """The key of a result that came as a number."""


def _as_mapping(result: Any) -> Mapping[Any, float]:
    if not isinstance(result, Mapping):
        return {_Alone: _number(result, "the result of experiment")}
    if not result:
        raise ValueError("the result of experiment must have at least one key; got none")
    return {key: _number(x, f"the result {key!r} of experiment") for key, x in result.items()}


def _keys_in_words(result: Mapping[Any, Any]) -> str:
    return "a number" if _Alone in result else repr(list(result))


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """What `table` returns: displays as a Markdown table; printed, as aligned text."""

    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        head, *body = ([cell.replace("|", r"\|") for cell in row] for row in self.rows)
        lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if i else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in self.rows
        )


def table(
    rows: Mapping[Any, Runs],
    baselines: Mapping[Any, float] | None = None,
    *,
    name: str = "experiment",
    digits: int = 3,
) -> Table:
    """Show medians and their intervals, one row for each experiment, in the order given.

    Parameters
    ----------
    rows : mapping of Runs
    baselines : mapping of number, optional
        What there is to beat, computed without chance: rows without an interval.
    name : str, optional
        The heading of the first column, which holds the keys.
    digits : int, optional
        Significant digits.

    Raises
    ------
    ValueError
        If `rows` is empty.
    TypeError
        If `rows` holds something else than `Runs`, or `baselines` something else than numbers.

    Examples
    --------
    >>> dilated = Runs([0.0044, 0.0045, 0.0051, 0.0047, 0.0046], seeds=range(5))
    >>> table({"dilated": dilated}, {"last value": 0.5}, name="forecast")
    forecast     median     94 % interval  runs
    dilated     0.00460  0.00440..0.00510     5
    last value    0.500                 –     –
    """
    for key, runs in rows.items():
        if not isinstance(runs, Runs):
            raise TypeError(f"rows must hold Runs; got {type(runs).__name__} for {key!r}")
    if not rows:
        raise ValueError("rows must hold at least one Runs; got none")
    coverages = {runs.coverage for runs in rows.values()}
    interval = f"{_percent(coverages.pop())} interval" if len(coverages) == 1 else "interval"
    lines = [(name, "median", interval, "runs")]
    for key, runs in rows.items():
        ends = f"{_plain(runs.low, digits)}..{_plain(runs.high, digits)}"
        if interval == "interval":
            ends += f" ({_percent(runs.coverage)})"
        if runs._failed():
            ends = f"not a number for {_seeds_in_words(runs._failed())}"
        lines.append((_label(key), _plain(runs.median, digits), ends, str(len(runs.values))))
    for key, number in (baselines or {}).items():
        value = _number(number, f"the baseline {key!r}")
        lines.append((_label(key), _plain(value, digits), "–", "–"))
    return Table(tuple(lines))


class ClaimError(AssertionError):
    """A sentence that its experiment does not bear out."""


@dataclass(frozen=True, slots=True, repr=False)
class Claim:
    """What `claim` returns: a sentence that holds in every run, and the evidence for it."""

    sentence: str
    evidence: str

    def _repr_markdown_(self) -> str:
        return f"> {self.sentence}\n>\n> *{self.evidence}*"

    def __repr__(self) -> str:
        return "\n".join(
            textwrap.fill(line, width=78, subsequent_indent=indent, initial_indent=indent)
            for line, indent in ((self.sentence, ""), (self.evidence, "  "))
        )


def claim(
    sentence: str,
    runs: Runs | float,
    *,
    above: float | None = None,
    below: float | None = None,
) -> Claim:
    """Check that every run is within the bounds, and return the sentence with its evidence.

    Parameters
    ----------
    sentence : str
        Markdown, with placeholders for the numbers in it: ``{above}``, ``{below}``, ``{median}``,
        ``{low}``, ``{high}``, ``{n}``, or ``{value}`` if `runs` is a number; with a format if
        the default of three significant digits does not fit, as ``{above:.0%}``. Write other
        braces twice.
    runs : Runs or number
        At least 5 runs, or the number that a computation without chance gives.
    above, below : number
        The bounds, one or both; no run may equal them.

    Returns
    -------
    Claim

    Raises
    ------
    ClaimError
        If a run is not within the bounds; nan never is. Names the runs that break the claim.
    ValueError
        If there are fewer than 5 runs, no bound, bounds that leave nothing in between, or a
        placeholder without a number to it.
    TypeError
        If `runs` or a bound is something else.

    Examples
    --------
    >>> ratio = Runs([18.2, 14.9, 25.1, 17.3, 20.6], seeds=range(5))
    >>> claim("Dilation divides the error by more than {above}.", ratio, above=5)
    Dilation divides the error by more than 5.
      5 runs: median 18.2, 94 % interval 14.9 to 25.1. Every run is above 5; the
      closest, 14.9, is 2.98 times the bound.
    >>> claim("Dilation divides the error by more than {above}.", ratio, above=15)
    Traceback (most recent call last):
    underhood.claims.ClaimError: "Dilation divides the error by more than 15." does not hold:
    1 of 5 runs is not above 15: 14.9 (seed 1).
    """
    above, below = (
        None if bound is None else _bound(bound, name)
        for bound, name in ((above, "above"), (below, "below"))
    )
    if above is None and below is None:
        raise ValueError("claim needs a bound, above or below; got neither")
    if above is not None and below is not None and above >= below:
        raise ValueError(f"above must be less than below; got above={above}, below={below}")
    if not isinstance(runs, Runs):
        runs = _number(runs, "runs")
    elif len(runs.values) < MIN_RUNS:
        raise ValueError(
            f"a claim needs at least {MIN_RUNS} runs, the fewest whose interval covers the median "
            f"with {_percent(COVERAGE)}; got {len(runs.values)}"
        )
    sentence = _fill_in(sentence, runs, above, below)
    _require_all_within(sentence, runs, above, below)
    return Claim(sentence, f"{_summary(runs)} {_margin(runs, above, below)}")


def _fill_in(sentence: str, runs: Runs | float, above: float | None, below: float | None) -> str:
    """Put the numbers into the sentence."""
    numbers: dict[str, float | None] = {"above": above, "below": below}
    if isinstance(runs, Runs):
        numbers |= {"median": runs.median, "low": runs.low, "high": runs.high}
        numbers["n"] = len(runs.values)
    else:
        numbers["value"] = runs
    known = {name: _Shown(x) for name, x in numbers.items() if x is not None}
    used = [field for _, field, _, _ in Formatter().parse(sentence) if field is not None]
    unknown = [field for field in used if field not in known]
    if unknown:
        raise ValueError(
            f"sentence has the placeholder {{{unknown[0]}}}; here it may have "
            f"{', '.join(f'{{{name}}}' for name in known)}. Write other braces twice."
        )
    return " ".join(sentence.format(**known).split())


def _require_all_within(
    sentence: str, runs: Runs | float, above: float | None, below: float | None
) -> None:
    values = runs.values if isinstance(runs, Runs) else (runs,)
    wrong = [i for i, x in enumerate(values) if not _within(x, above, below)]
    if not wrong:
        return
    bounds = _bounds_in_words(above, below)
    if isinstance(runs, Runs):
        verb = "is" if len(wrong) == 1 else "are"
        listed = ", ".join(f"{_plain(values[i])} (seed {runs.seeds[i]})" for i in wrong)
        fault = f"{len(wrong)} of {_count(len(values))} {verb} not {bounds}: {listed}"
    else:
        fault = f"{_plain(runs)} is not {bounds}"
    raise ClaimError(f'"{sentence}" does not hold: {fault}.')


def _within(x: float, above: float | None, below: float | None) -> bool:
    return (above is None or x > above) and (below is None or x < below) and not math.isnan(x)


def _summary(runs: Runs | float) -> str:
    if not isinstance(runs, Runs):
        return f"Computed without chance: {_plain(runs)}."
    count = _count(len(runs.values))
    if len(set(runs.values)) == 1:
        return f"{count}, all {_plain(runs.median)}."
    return (
        f"{count}: median {_plain(runs.median)}, {_percent(runs.coverage)} interval "
        f"{_plain(runs.low)} to {_plain(runs.high)}."
    )


def _margin(runs: Runs | float, above: float | None, below: float | None) -> str:
    """Say how far the run that is closest to a bound is from it."""
    values = runs.values if isinstance(runs, Runs) else (runs,)
    bounds = [bound for bound in (above, below) if bound is not None]
    distance, closest, bound = min((abs(x - bound), x, bound) for x in values for bound in bounds)
    alone = len(set(values)) == 1
    subject = "It" if alone else "Every run"
    if len(bounds) == 1 and bound > 0 and closest > 0:
        margin = f"{_plain(closest / bound)} times the bound"
    else:
        margin = f"{_plain(distance)} from the bound"
    which = f"{margin}" if alone else f"the closest, {_plain(closest)}, is {margin}"
    return f"{subject} is {_bounds_in_words(above, below)}; {which}."


def _bounds_in_words(above: float | None, below: float | None) -> str:
    if above is not None and below is not None:
        return f"between {_plain(above)} and {_plain(below)}"
    return f"above {_plain(above)}" if above is not None else f"below {_plain(below or 0)}"


def _rank(n: int) -> int:
    """Return the largest r for which x[r] to x[n + 1 - r] covers the median well enough, or 1."""
    return max((r for r in range(1, (n + 1) // 2 + 1) if _coverage(n, r) >= COVERAGE), default=1)


def _coverage(n: int, r: int) -> float:
    """Return the probability that the median lies between x[r] and x[n + 1 - r]."""
    return 1 - 2 * sum(math.comb(n, k) for k in range(r)) / 2**n


def _number(value: Any, what: str) -> float:
    """Return a single real number, Python's, NumPy's or TensorFlow's, as a float."""
    array = np.asarray(value)
    if array.shape != () or array.dtype.kind not in "biuf":
        shape = f" of shape {array.shape}" if array.shape else ""
        raise TypeError(f"{what} must be a single real number; got {type(value).__name__}{shape}")
    return float(array)


def _bound(value: Any, name: str) -> float:
    bound = _number(value, name)
    if not math.isfinite(bound):
        raise ValueError(f"{name} must be finite; got {bound}")
    return bound


def _distinct(seeds: Iterable[int]) -> tuple[int, ...]:
    try:
        result = tuple(operator.index(seed) for seed in seeds)
    except TypeError:
        raise TypeError(f"seeds must be integers, as in range(5); got {seeds!r}") from None
    if not result:
        raise ValueError("seeds must hold at least one seed; got none")
    if len(set(result)) < len(result):
        raise ValueError(f"seeds must differ, since the same seed is no second run; got {result}")
    return result


class _Shown(float):
    """A number that, unless asked otherwise, shows itself with three significant digits."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace("-", "−") if spec else _plain(self)


def _plain(x: float, digits: int = 3) -> str:
    """Write a number as in print: 15, 0.0460, 1,235, 2.50·10⁻⁵."""
    if not math.isfinite(x):
        return f"{x}".replace("-", "−")
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    power = int(exponent)
    if x and not -4 <= power < 6:
        text = f"{mantissa}·10{_superscript(power)}"
    else:
        decimals = 0 if x == round(x) else max(0, digits - 1 - power)
        text = f"{x:,.{decimals}f}"
    return text.replace("-", "−")


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _count(n: int) -> str:
    return f"{n} run" if n == 1 else f"{n} runs"


def _seeds_in_words(seeds: list[int]) -> str:
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def _label(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
