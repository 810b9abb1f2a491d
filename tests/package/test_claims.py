"""Runs over several seeds, their interval, and sentences that hold in every one of them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from underhood.claims import Claim, ClaimError, Runs, Table, claim, repeat, table

RATIO = Runs([18.2, 14.9, 25.1, 17.3, 20.6], seeds=range(5))
FAILED = Runs([1.0, 2.0, math.nan, 4.0, math.nan], seeds=[3, 1, 4, 5, 9])

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


def runs_of(*values, seeds=None):
    return Runs(values, seeds=range(len(values)) if seeds is None else seeds)


# The interval for the median.


def test_five_runs_cover_the_median_from_smallest_to_largest():
    assert (RATIO.low, RATIO.median, RATIO.high) == (14.9, 18.2, 25.1)
    assert RATIO.coverage == 15 / 16


@pytest.mark.parametrize(("n", "coverage"), [(1, 0), (2, 1 / 2), (3, 3 / 4), (4, 7 / 8)])
def test_too_few_runs_have_the_coverage_that_they_have(n, coverage):
    runs = runs_of(*range(n))

    assert (runs.low, runs.high, runs.coverage) == (0, n - 1, coverage)


@pytest.mark.parametrize(("n", "low"), [(7, 1), (8, 2), (10, 2), (11, 3), (20, 6), (100, 42)])
def test_interval_leaves_out_as_many_runs_as_coverage_allows(n, low):
    runs = runs_of(*range(1, n + 1))

    assert (runs.low, runs.high) == (low, n + 1 - low)


@pytest.mark.parametrize("n", [*range(5, 40), 500])
def test_coverage_is_the_binomials_and_the_next_narrower_falls_short(n):
    runs = runs_of(*range(1, n + 1))

    assert runs.coverage == pytest.approx(1 - 2 * stats.binom.cdf(runs.low - 1, n, 0.5), rel=1e-9)
    assert runs.coverage >= 0.9
    assert 1 - 2 * stats.binom.cdf(runs.low, n, 0.5) < 0.9


@pytest.mark.parametrize("n", [3, 5, 8, 12])
@pytest.mark.parametrize("distribution", [stats.expon(), stats.cauchy(loc=3)])
def test_interval_covers_the_median_as_often_as_it_says(distribution, n):
    samples = distribution.rvs(size=(1000, n), random_state=n)

    intervals = [runs_of(*sample) for sample in samples]

    covered = np.mean([runs.low <= distribution.median() <= runs.high for runs in intervals])
    standard_error = math.sqrt(intervals[0].coverage * (1 - intervals[0].coverage) / 1000)
    assert abs(covered - intervals[0].coverage) < 4 * standard_error


@given(values)
def test_median_is_numpys(values):
    assert runs_of(*values).median == pytest.approx(np.median(values), rel=1e-12, abs=1e-300)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).flatmap(st.permutations))
def test_order_of_the_seeds_does_not_matter(values):
    shuffled, ordered = runs_of(*values), runs_of(*sorted(values))

    assert shuffled.median == ordered.median
    assert (shuffled.low, shuffled.high) == (ordered.low, ordered.high)


@given(values, st.floats(0.1, 10), st.floats(-10, 10))
def test_median_and_interval_move_with_scale_and_shift(values, scale, shift):
    runs = runs_of(*values)

    moved = scale * runs + shift

    expected = [scale * x + shift for x in (runs.low, runs.median, runs.high)]
    assert [moved.low, moved.median, moved.high] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(values)
def test_opposite_sign_swaps_the_ends_of_the_interval(values):
    runs = runs_of(*values)

    assert (-1 * runs).low == -runs.high
    assert (-1 * runs).high == -runs.low


def test_one_failed_run_leaves_no_median():
    assert all(math.isnan(x) for x in (FAILED.low, FAILED.median, FAILED.high))


def test_failed_runs_are_named_by_their_seeds():
    assert repr(FAILED) == "Runs(nan [nan..nan], 5 runs; not a number for seed 4, 9)"


# Runs: what they take, and their arithmetic.


@pytest.mark.parametrize("number", [2, True, np.float32(2), np.int64(2), np.array(2.0)])
def test_numbers_of_every_kind_become_floats(number):
    (value,) = runs_of(number).values

    assert type(value) is float
    assert value == number


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (np.array([2.0]), "ndarray of shape \\(1,\\)"),
        ([2.0], "list of shape \\(1,\\)"),
        ("2", "str"),
        (None, "NoneType"),
        (2j, "complex"),
        (Fraction(1, 2), "Fraction"),
    ],
)
def test_value_that_is_no_number_is_refused(value, came):
    with pytest.raises(TypeError, match=f"values must be a single real number; got {came}"):
        runs_of(1.0, value)


def test_same_seed_twice_is_refused():
    with pytest.raises(ValueError, match=r"the same seed is no second run; got \(0, 1, 0\)"):
        runs_of(1, 2, 3, seeds=[0, 1, 0])


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="at least one seed"):
        runs_of()


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="got 2 values for 3 seeds"):
        runs_of(1, 2, seeds=range(3))


@pytest.mark.parametrize("seeds", [5, [0.5], ["0"]])
def test_seeds_that_are_no_integers_are_refused(seeds):
    with pytest.raises(TypeError, match="seeds must be integers"):
        runs_of(1, seeds=seeds)


def test_runs_cannot_be_changed():
    with pytest.raises(AttributeError):
        RATIO.values = (1.0,)


def test_arithmetic_pairs_runs_by_seed():
    left, right = runs_of(6, 8, seeds=[7, 3]), runs_of(2, 1, seeds=[7, 3])

    assert (left + right).values == (8, 9)
    assert (left - right).values == (4, 7)
    assert (left * right).values == (12, 8)
    assert (left / right).values == (3, 8)
    assert (left / right).seeds == (7, 3)


@pytest.mark.parametrize("number", [12, 12.0, np.float64(12), np.array(12.0)])
def test_arithmetic_takes_numbers_on_either_side(number):
    runs = runs_of(2, 3)

    assert (number + runs).values == (runs + number).values == (14, 15)
    assert (number * runs).values == (runs * number).values == (24, 36)
    assert (number - runs).values == (10, 9)
    assert (runs - number).values == (-10, -9)
    assert (number / runs).values == (6, 4)
    assert (runs / number).values == (2 / 12, 3 / 12)


@pytest.mark.parametrize("seeds", [[0, 2], [1, 0], [0]])
def test_runs_of_other_seeds_do_not_combine(seeds):
    other = Runs([1.0] * len(seeds), seeds)

    with pytest.raises(ValueError, match="seed by seed") as caught:
        runs_of(1, 2) / other

    assert "(0, 1)" in str(caught.value)
    assert str(tuple(seeds)) in str(caught.value)


@pytest.mark.parametrize("multiply", [lambda runs, x: runs * x, lambda runs, x: x * runs])
def test_runs_do_not_combine_with_arrays(multiply):
    with pytest.raises(TypeError, match="single real number; got ndarray"):
        multiply(runs_of(1, 2), np.array([1.0, 2.0]))


def test_runs_are_formatted_as_the_median_and_its_interval():
    assert f"{RATIO:.2f}" == "18.20 [14.90..25.10]"
    assert f"{RATIO}" == "18.2 [14.9..25.1]"
    assert f"{-1 * RATIO:.0f}" == "−18 [−25..−15]"


def test_float_of_runs_is_the_median():
    assert type(float(RATIO)) is float
    assert float(RATIO) == 18.2


def test_one_run_is_not_called_runs():
    assert repr(runs_of(2.5)) == "Runs(2.50 [2.50..2.50], 1 run)"


# Repeating an experiment.


def test_experiment_runs_once_for_each_seed_in_order():
    seen = []

    runs = repeat(lambda seed: seen.append(seed) or 10 * seed, seeds=[3, 1])

    assert seen == [3, 1]
    assert runs == Runs([30, 10], seeds=[3, 1])


def test_five_seeds_are_the_default():
    assert repeat(lambda seed: seed).seeds == (0, 1, 2, 3, 4)


def test_mapping_gives_runs_for_each_key():
    runs = repeat(lambda seed: {4: -seed, ("plain", 12): seed}, seeds=(1, 2))

    assert runs == {("plain", 12): runs_of(1, 2, seeds=(1, 2)), 4: runs_of(-1, -2, seeds=(1, 2))}
    assert list(runs) == [4, ("plain", 12)]


def test_keys_that_differ_are_refused_at_once():
    seen = []

    def experiment(seed):
        seen.append(seed)
        return {"a": 1} if seed == 0 else {"b": 1}

    with pytest.raises(ValueError, match=r"got \['a'\] and \['b'\]") as caught:
        repeat(experiment)

    assert caught.value.__notes__ == ["This happened in the run of seed 1."]
    assert seen == [0, 1]


def test_number_after_a_mapping_is_refused():
    with pytest.raises(ValueError, match="the same keys for every seed"):
        repeat(lambda seed: 1.0 if seed else {"a": 1.0})


def test_result_without_a_key_is_refused():
    with pytest.raises(ValueError, match="at least one key"):
        repeat(lambda seed: {})


def test_result_that_is_no_number_is_refused_by_name():
    with pytest.raises(TypeError, match="the result 'mse' of experiment must be a single real"):
        repeat(lambda seed: {"mse": np.ones(1)})


def test_error_of_the_experiment_names_the_seed():
    def experiment(seed):
        return 1 / (seed - 8)

    with pytest.raises(ZeroDivisionError) as caught:
        repeat(experiment, seeds=[7, 8, 9])

    assert caught.value.__notes__ == ["This happened in the run of seed 8."]


def test_same_seed_twice_is_refused_before_anything_runs():
    with pytest.raises(ValueError, match="the same seed is no second run"):
        repeat(pytest.fail, seeds=[1, 1])


# Claims.


@given(st.lists(st.floats(-10, 10), min_size=5, max_size=8), st.floats(-10, 10))
def test_claim_holds_if_and_only_if_every_run_is_above(values, bound):
    assert holds(runs_of(*values), above=bound) == all(x > bound for x in values)


@given(st.lists(st.floats(-10, 10), min_size=5, max_size=8), st.floats(-10, 10))
def test_claim_holds_if_and_only_if_every_run_is_below(values, bound):
    assert holds(runs_of(*values), below=bound) == all(x < bound for x in values)


@pytest.mark.parametrize(
    ("above", "below", "expected"), [(14, 26, True), (15, 26, False), (14, 25, False)]
)
def test_claim_with_both_bounds_means_between(above, below, expected):
    assert holds(RATIO, above=above, below=below) is expected


@pytest.mark.parametrize("bound", [{"above": 14.9}, {"below": 25.1}])
def test_run_on_the_bound_breaks_the_claim(bound):
    assert not holds(RATIO, **bound)


@pytest.mark.parametrize("bound", [{"above": 0}, {"below": 9}, {"above": 0, "below": 9}])
def test_failed_run_breaks_every_claim(bound):
    with pytest.raises(ClaimError, match=r"2 of 5 runs are not .*: nan \(seed 4\), nan \(seed 9\)"):
        claim("It works.", FAILED, **bound)


def test_infinite_run_is_above_every_bound():
    assert holds(runs_of(*range(4), math.inf), above=-1)
    assert not holds(runs_of(*range(4), math.inf), below=1e300)


def holds(runs, **bounds):
    try:
        return isinstance(claim("It holds.", runs, **bounds), Claim)
    except ClaimError:
        return False


def test_broken_claim_names_the_sentence_the_bound_and_the_runs():
    with pytest.raises(ClaimError) as caught:
        claim("It divides the error by {above}.", RATIO, above=17.5)

    assert isinstance(caught.value, AssertionError)
    assert str(caught.value) == (
        '"It divides the error by 17.5." does not hold: 2 of 5 runs are not above 17.5: '
        "14.9 (seed 1), 17.3 (seed 3)."
    )


def test_broken_claim_about_a_number_says_which_number():
    with pytest.raises(ClaimError, match="the number is not between 1 and 2: 3\\."):
        claim("It is small.", 3, above=1, below=2)


@pytest.mark.parametrize(
    ("bounds", "margin"),
    [
        ({"above": 5}, "above 5; the closest, 14.9, is 2.98 times the bound"),
        ({"below": 100}, "below 100; the closest, 25.1, is 0.251 times the bound"),
        ({"above": -1}, "above −1; the closest, 14.9, is 15.9 from the bound"),
        ({"above": 0}, "above 0; the closest, 14.9, is 14.9 from the bound"),
        (
            {"above": 10, "below": 26},
            "between 10 and 26; the closest, 25.1, is 0.900 from the bound",
        ),
    ],
)
def test_evidence_says_how_far_the_closest_run_is_from_the_bound(bounds, margin):
    summary = "5 runs: median 18.2, 94 % interval 14.9 to 25.1."

    assert claim("It works.", RATIO, **bounds).evidence == f"{summary} Every run is {margin}."


def test_negative_runs_are_measured_by_their_distance():
    made = claim("It falls.", -1 * RATIO, below=5)

    assert made.evidence.endswith("the closest, −14.9, is 19.9 from the bound.")


def test_runs_that_agree_are_said_to():
    made = claim("It looks back 15 steps.", runs_of(*[15] * 5), above=10)

    assert made.evidence == "5 runs, all 15. This is above 10: 1.50 times the bound."


def test_number_is_said_to_involve_no_chance():
    made = claim("It looks back {value} steps.", np.int64(15), above=10)

    assert made.sentence == "It looks back 15 steps."
    assert made.evidence == "Computed without chance: 15. This is above 10: 1.50 times the bound."


def test_placeholders_hold_the_numbers_of_the_check():
    made = claim(
        "{above} {below} {median} {low} {high} {n} {median:.2f} {above:.0%}",
        RATIO,
        above=0.5,
        below=12345.6,
    )

    assert made.sentence == "0.500 12,346 18.2 14.9 25.1 5 18.20 50%"


def test_doubled_braces_are_left_for_formulas():
    assert claim("At $x_{{t-1}}$.", RATIO, above=0).sentence == "At $x_{t-1}$."


@pytest.mark.parametrize("placeholder", ["{below}", "{value}", "{medain}", "{}", "{0}", "{t-1}"])
def test_placeholder_without_a_number_is_refused(placeholder):
    with pytest.raises(ValueError, match="may be above, median, low, high, n; got"):
        claim(f"It is {placeholder}.", RATIO, above=5)


def test_sentence_of_several_lines_becomes_one():
    made = claim("It\n    works.", RATIO, above=0)

    assert made.sentence == "It works."


def test_claim_displays_as_one_quotation():
    made = claim("It **works**.", RATIO, above=5)

    assert made._repr_markdown_().splitlines() == [
        "> It **works**.",
        ">",
        "> *5 runs: median 18.2, 94\N{NO-BREAK SPACE}% interval 14.9 to 25.1. "
        "Every run is above 5; the closest, 14.9, is 2.98 times the bound.*",
    ]


def test_claim_prints_within_78_columns():
    made = claim("In every run " + "dilation helps " * 10, RATIO, above=5)

    assert max(map(len, repr(made).splitlines())) <= 78
    assert " ".join(repr(made).split()) == f"{made.sentence} {made.evidence}"


def test_printed_evidence_is_indented():
    made = claim("It works.", RATIO, above=5)

    assert [line[:4] for line in repr(made).splitlines()] == ["It w", "  5 ", "  cl"]


def test_fewer_than_five_runs_bear_no_claim():
    with pytest.raises(ValueError, match="at least 5 runs.*got 4"):
        claim("It works.", runs_of(1, 2, 3, 4), above=0)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "above or below; got neither"),
        ({"above": math.nan}, "bounds must be finite"),
        ({"below": math.inf}, "bounds must be finite"),
        ({"above": 2, "below": 1}, "above must be less than below"),
        ({"above": 1, "below": 1}, "above must be less than below"),
    ],
)
def test_bounds_that_say_nothing_are_refused(bounds, message):
    with pytest.raises(ValueError, match=message):
        claim("It works.", RATIO, **bounds)


def test_bound_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="above must be a single real number; got Runs"):
        claim("It works.", RATIO, above=RATIO)


def test_results_that_are_no_runs_are_refused():
    with pytest.raises(TypeError, match="runs must be a single real number; got list"):
        claim("It works.", [1, 2, 3, 4, 5], above=0)


# Tables.


def test_table_displays_as_markdown_with_baselines_last():
    made = table({("plain", 2): RATIO}, {"a | b": np.float32(0.5)}, name="network")

    assert made._repr_markdown_() == (
        "| network | median | 94 % interval | runs |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| plain, 2 | 18.2 | 14.9 to 25.1 | 5 |\n"
        "| a \\| b | 0.500 | – | – |"
    )


def test_table_prints_in_columns():
    made = table({"plain": RATIO, 16: runs_of(*[1234.5] * 5)})

    assert repr(made) == (
        "experiment  median   94 % interval  runs\n"
        "plain         18.2    14.9 to 25.1     5\n"
        "16           1,234  1,234 to 1,234     5"
    )


def test_table_keeps_the_order_given():
    made = table({"z": RATIO, "a": RATIO}, {"y": 1, "b": 2})

    assert [row[0] for row in made.rows] == ["experiment", "z", "a", "y", "b"]


def test_table_names_the_coverage_of_every_row():
    made = table({"few": runs_of(1, 2, 3), "many": RATIO})

    assert made.rows[0][2] == "75 % or 94 % interval"


def test_table_names_the_failed_runs():
    made = table({"deep": FAILED})

    assert made.rows[1] == ("deep", "nan", "not a number for seed 4, 9", "5")


def test_table_rounds_to_the_digits_asked_for():
    assert table({"a": RATIO}, digits=2).rows[1][1:3] == ("18", "15 to 25")


def test_table_needs_runs():
    with pytest.raises(ValueError, match="at least one Runs"):
        table({}, {"last value": 1.0})


def test_baseline_among_the_rows_is_refused():
    with pytest.raises(TypeError, match="rows must hold Runs; got float for 'last value'"):
        table({"last value": 1.0})


def test_runs_among_the_baselines_are_refused():
    with pytest.raises(TypeError, match="the baseline 'plain' must be a single real number"):
        table({"a": RATIO}, {"plain": RATIO})


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (15, "15"),
        (-0.5, "−0.500"),
        (0.046, "0.0460"),
        (9.996, "10.0"),
        (999.6, "1,000"),
        (123456, "123,456"),
        (1e6, "1.00·10⁶"),
        (1e-4, "0.000100"),
        (-2.5e-5, "−2.50·10⁻⁵"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers_are_written_as_in_print(number, shown):
    assert table({"a": RATIO}, {"b": number}).rows[-1][1] == shown


def test_table_is_a_value():
    assert table({"a": RATIO}) == Table(table({"a": RATIO}).rows)
