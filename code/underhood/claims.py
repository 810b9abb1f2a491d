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


@dataclass(frozen=True, slots=True, repr=False, init=False)
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
        """The middle one of the values, or the mean of both in the middle."""
        last = len(self.values) - 1
        return (self._ordered(last // 2) + self._ordered(last - last // 2)) / 2

    @property
    def low(self) -> float:
        """The lower end of the interval for the median."""
        return self._ordered(_rank_and_coverage(len(self.values))[0] - 1)

    @property
    def high(self) -> float:
        """The upper end of the interval for the median."""
        return self._ordered(-_rank_and_coverage(len(self.values))[0])

    @property
    def coverage(self) -> float:
        """The probability that such an interval covers the experiment's median."""
        return _rank_and_coverage(len(self.values))[1]

    @property
    def failed(self) -> tuple[int, ...]:
        """The seeds of the runs that gave nan."""
        return tuple(seed for seed, x in zip(self.seeds, self.values, strict=True) if x != x)

    def _ordered(self, position: int) -> float:
        return math.nan if self.failed else sorted(self.values)[position]

    def __add__(self, other: Runs | float) -> Runs:
        return self._combined(operator.add, other)

    __radd__ = __add__

    def __sub__(self, other: Runs | float) -> Runs:
        return self._combined(operator.sub, other)

    def __rsub__(self, other: float) -> Runs:
        return self._combined(lambda mine, theirs: theirs - mine, other)

    def __mul__(self, other: Runs | float) -> Runs:
        return self._combined(operator.mul, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Runs | float) -> Runs:
        return self._combined(operator.truediv, other)

    def __rtruediv__(self, other: float) -> Runs:
        return self._combined(lambda mine, theirs: theirs / mine, other)

    def _combined(self, op: Callable[[float, float], float], other: Runs | float) -> Runs:
        if not isinstance(other, Runs):
            other = Runs([_number(other, "the operand beside Runs")] * len(self.seeds), self.seeds)
        if other.seeds != self.seeds:
            raise ValueError(
                "Runs are combined seed by seed, so both need the same seeds in the same order; "
                f"got {self.seeds} and {other.seeds}"
            )
        return Runs(map(op, self.values, other.values), self.seeds)

    def __float__(self) -> float:
        return self.median

    def __format__(self, spec: str) -> str:
        median, low, high = (format(_Shown(x), spec) for x in (self.median, self.low, self.high))
        return f"{median} [{low}..{high}]"

    def __repr__(self) -> str:
        nan = f"; {_not_a_number(self)}" if self.failed else ""
        return f"Runs({self}, {_count(self)}{nan})"


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
        Takes a seed and returns a number, or a mapping whose keys (strings, numbers, tuples) are
        the same for every seed and whose values are numbers.
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
    seeds = _distinct(seeds)
    results: list[dict[Any, float]] = []
    for seed in seeds:
        try:
            results.append(_by_key(experiment(seed)))
            if results[-1].keys() != results[0].keys():
                first, other = ([*result] for result in (results[0], results[-1]))
                raise ValueError(
                    f"experiment must return the same keys for every seed; got {first} and {other}"
                )
        except Exception as error:
            error.add_note(f"This happened in the run of seed {seed}.")
            raise
    runs = {key: Runs([result[key] for result in results], seeds) for key in results[0]}
    return runs.get(_THE_RESULT, runs)


_THE_RESULT = "the result"  # the key of a result that came as a number


def _by_key(result: Any) -> dict[Any, float]:
    if not isinstance(result, Mapping):
        return {_THE_RESULT: _number(result, "the result of experiment")}
    if not result:
        raise ValueError("the result of experiment must have at least one key; got none")
    return {key: _number(x, f"the result {key!r} of experiment") for key, x in result.items()}


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """What `table` returns: displays as a Markdown table; printed, as aligned text."""

    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        head, *body = ([cell.replace("|", r"\|") for cell in row] for row in self.rows)
        lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __repr__(self) -> str:
        first, *others = ([*column] for column in zip(*self.rows, strict=True))
        columns = [[cell.ljust(max(map(len, first))) for cell in first]]
        columns += [[cell.rjust(max(map(len, column))) for cell in column] for column in others]
        return "\n".join("  ".join(row) for row in zip(*columns, strict=True))


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
    forecast     median        94 % interval  runs
    dilated     0.00460  0.00440 to 0.00510     5
    last value    0.500                    –     –
    """
    if not rows:
        raise ValueError("rows must hold at least one Runs; got none")
    lines = []
    for key, runs in rows.items():
        if not isinstance(runs, Runs):
            raise TypeError(f"rows must hold Runs; got {type(runs).__name__} for {key!r}")
        ends = _not_a_number(runs) if runs.failed else _interval(runs, digits)
        lines.append((_label(key), plain_number(runs.median, digits), ends, f"{len(runs.values)}"))
    for key, baseline in (baselines or {}).items():
        value = _number(baseline, f"the baseline {key!r}")
        lines.append((_label(key), plain_number(value, digits), "–", "–"))
    covered = sorted({_percent(runs.coverage) for runs in rows.values()})
    return Table(((name, "median", f"{' or '.join(covered)} interval", "runs"), *lines))


class ClaimError(AssertionError):
    """A sentence that its experiment does not bear out."""


@dataclass(frozen=True, slots=True, repr=False)
class Claim:
    """What `claim` returns: a sentence that holds in every run, and the evidence for it."""

    sentence: str
    evidence: str

    def _repr_markdown_(self) -> str:
        evidence = self.evidence.replace(" %", "\N{NO-BREAK SPACE}%")
        return f"> {self.sentence}\n>\n> *{evidence}*"

    def __repr__(self) -> str:
        return "\n".join(
            textwrap.fill(line, width=78, initial_indent=indent, subsequent_indent=indent)
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
        ``{low}``, ``{high}``, ``{n}``, or ``{value}`` if `runs` is a number. Three significant
        digits unless there is a format, as in ``{above:.0%}``. Write other braces twice.
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
        If there are fewer than 5 runs, no bound, a bound that is not finite, bounds that leave
        nothing in between, or a placeholder without a number to it.
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
    bounds = _bounds(above, below)
    if not isinstance(runs, Runs):
        runs = _number(runs, "runs")
    elif len(runs.values) < MIN_RUNS:
        raise ValueError(
            f"a claim needs at least {MIN_RUNS} runs, the fewest whose interval covers the median "
            f"with {_percent(COVERAGE)}; got {len(runs.values)}"
        )
    sentence = _filled_in(sentence, runs, bounds)
    wrong = [run for run in _labeled(runs) if not _within(run[0], bounds)]
    if wrong:
        broken = ", ".join(f"{plain_number(x)}{label}" for x, label in wrong)
        which = f"{len(wrong)} of {_count(runs)}" if isinstance(runs, Runs) else "the number"
        verb = "is" if len(wrong) == 1 else "are"
        raise ClaimError(
            f'"{sentence}" does not hold: {which} {verb} not {_in_words(bounds)}: {broken}.'
        )
    return Claim(sentence, _evidence(runs, bounds))


Bounds = dict[str, float]
"""One or both of "above" and "below"."""


def _bounds(above: float | None, below: float | None) -> Bounds:
    given = {"above": above, "below": below}
    bounds = {name: _number(x, name) for name, x in given.items() if x is not None}
    if not bounds:
        raise ValueError("a claim needs a bound, above or below; got neither")
    if not all(map(math.isfinite, bounds.values())):
        raise ValueError(f"bounds must be finite; got {bounds}")
    if len(bounds) == 2 and bounds["above"] >= bounds["below"]:
        raise ValueError(f"above must be less than below; got {bounds}")
    return bounds


def _within(x: float, bounds: Bounds) -> bool:
    """Tell whether a number is strictly within the bounds; nan never is."""
    return ("above" not in bounds or x > bounds["above"]) and (
        "below" not in bounds or x < bounds["below"]
    )


def _in_words(bounds: Bounds) -> str:
    if len(bounds) == 2:
        return f"between {plain_number(bounds['above'])} and {plain_number(bounds['below'])}"
    return " ".join(f"{name} {plain_number(bound)}" for name, bound in bounds.items())


def _labeled(runs: Runs | float) -> list[tuple[float, str]]:
    """Return each value with the seed it belongs to, in words."""
    if not isinstance(runs, Runs):
        return [(runs, "")]
    return [(x, f" (seed {seed})") for x, seed in zip(runs.values, runs.seeds, strict=True)]


def _filled_in(sentence: str, runs: Runs | float, bounds: Bounds) -> str:
    """Put the numbers into the sentence."""
    if isinstance(runs, Runs):
        results = {"median": runs.median, "low": runs.low, "high": runs.high}
        results["n"] = len(runs.values)
    else:
        results = {"value": runs}
    shown = {name: _Shown(x) for name, x in (bounds | results).items()}
    for _, placeholder, _, _ in Formatter().parse(sentence):
        if placeholder is not None and placeholder not in shown:
            raise ValueError(
                f"the placeholders of this sentence may be {', '.join(shown)}; got "
                f"{{{placeholder}}}. Write other braces twice."
            )
    return " ".join(sentence.format(**shown).split())


def _evidence(runs: Runs | float, bounds: Bounds) -> str:
    """Sum up runs that are within the bounds, and say how far the closest one is from them."""
    if not isinstance(runs, Runs):
        summary, values = f"Computed without chance: {plain_number(runs)}.", {runs}
    elif len(values := set(runs.values)) == 1:
        summary = f"{_count(runs)}, all {plain_number(runs.median)}."
    else:
        interval = f"{_percent(runs.coverage)} interval {_interval(runs)}"
        summary = f"{_count(runs)}: median {plain_number(runs.median)}, {interval}."
    gap, bound, closest = min((abs(x - b), b, x) for x in values for b in bounds.values())
    if len(bounds) == 1 and bound > 0 and closest > 0:
        margin = f"{plain_number(closest / bound)} times the bound"
    else:
        margin = f"{plain_number(gap)} from the bound"
    if len(values) == 1:
        return f"{summary} This is {_in_words(bounds)}: {margin}."
    closest_run = f"the closest, {plain_number(closest)}, is {margin}"
    return f"{summary} Every run is {_in_words(bounds)}; {closest_run}."


def _rank_and_coverage(n: int) -> tuple[int, float]:
    """Return the largest r for which x[r] to x[n + 1 - r] covers the median well enough, or 1.

    With it comes the coverage. Both follow from `tail`, which is 2**n P(B <= r - 1).
    """
    r = tail = 1
    while 1 - 2 * (wider := tail + math.comb(n, r)) / 2**n >= COVERAGE:
        r, tail = r + 1, wider
    return r, 1 - 2 * tail / 2**n


def _number(value: Any, what: str) -> float:
    """Return a single real number, Python's, NumPy's or TensorFlow's, as a float."""
    array = np.asarray(value)
    if array.shape != () or array.dtype.kind not in "biuf":
        shape = f" of shape {array.shape}" if array.shape else ""
        raise TypeError(f"{what} must be a single real number; got {type(value).__name__}{shape}")
    return float(array)


def _distinct(seeds: Iterable[int]) -> tuple[int, ...]:
    try:
        result = tuple(operator.index(seed) for seed in seeds)
    except TypeError:
        raise TypeError(f"seeds must be integers, as in range(5); got {seeds!r}") from None
    if not result:
        raise ValueError("there must be at least one seed; got none")
    if len(set(result)) < len(result):
        raise ValueError(f"seeds must differ, the same seed is no second run; got {result}")
    return result


class _Shown(float):
    """A number that, unless asked otherwise, shows itself with three significant digits."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace("-", "−") if spec else plain_number(float(self))


def plain_number(x: float, digits: int = 3) -> str:
    """Write a number as in print, with so many significant digits.

    Examples
    --------
    >>> plain_number(15), plain_number(0.046), plain_number(1234.5), plain_number(2.5e-5)
    ('15', '0.0460', '1,234', '2.50·10⁻⁵')
    """
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    if not math.isfinite(x):
        text = f"{x}"
    elif not -4 <= int(power) < 6:
        superscript = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        text = f"{mantissa}·10{str(int(power)).translate(superscript)}"
    else:
        decimals = 0 if x == round(x) else max(0, digits - 1 - int(power))
        text = f"{x:,.{decimals}f}"
    return text.replace("-", "−")


def _interval(runs: Runs, digits: int = 3) -> str:
    return f"{plain_number(runs.low, digits)} to {plain_number(runs.high, digits)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _count(runs: Runs) -> str:
    return f"{len(runs.values)} run{'s' * (len(runs.values) > 1)}"


def _not_a_number(runs: Runs) -> str:
    return f"not a number for seed {', '.join(map(str, runs.failed))}"


def _label(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
