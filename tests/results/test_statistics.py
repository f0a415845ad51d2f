"""Statistics agree with scipy's, and know what they cannot know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from initbench.results.statistics import median_reached, paired_difference, summarise

ANY_FLOATS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12)


@pytest.mark.parametrize("n", [2, 3, 10, 100])
def test_the_interval_is_students(n):
    """Mean, spread and interval are those that scipy.stats gives."""
    values = np.random.default_rng(n).normal(3, 2, n)
    summary = summarise(values)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert summary["ci95"] == pytest.approx(expected)
    assert summary["mean"] == pytest.approx(values.mean())
    assert summary["std"] == pytest.approx(values.std(ddof=1))
    assert summary["median"] == pytest.approx(np.median(values))
    assert summary["n"] == n


def test_intervals_cover_the_true_mean_as_often_as_they_say():
    """Of 4,000 samples of five, 95 % have the true mean in their interval, within 4 errors."""
    samples = np.random.default_rng(0).normal(1.0, 2.0, (4000, 5))
    covered = sum(low <= 1.0 <= high for low, high in (summarise(x)["ci95"] for x in samples))
    assert abs(covered / 4000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)


def test_diverged_runs_are_left_out_and_counted():
    """Statistics rest on finite values, say their number, and keep the place of the others."""
    summary = summarise([1.0, np.nan, 3.0, np.inf, -np.inf])
    assert summary["values"] == [1.0, None, 3.0, None, None]
    assert (summary["n"], summary["mean"], summary["median"]) == (2, 2.0, 2.0)


@pytest.mark.parametrize(
    ("values", "mean"), [([], None), ([np.nan, np.inf], None), ([0.5], 0.5), ([0.5, np.nan], 0.5)]
)
def test_one_value_has_no_spread_and_none_has_no_mean(values, mean):
    """What cannot be known is None, not zero and not a warning."""
    summary = summarise(values)
    assert (summary["mean"], summary["median"]) == (mean, mean)
    assert (summary["std"], summary["ci95"]) == (None, None)


def test_equal_values_have_an_interval_without_width():
    """Seeds that agree to the last bit spread by nothing."""
    summary = summarise([0.5] * 10)
    assert (summary["std"], summary["ci95"]) == (0.0, [0.5, 0.5])


@given(ANY_FLOATS)
def test_any_values_have_a_summary_without_a_warning(values):
    """Nothing overflows into a warning, an infinity or a NaN, whatever the values."""
    summary = summarise(values)
    numbers = [summary["mean"], summary["std"], summary["median"], *(summary["ci95"] or [])]
    assert all(number is None or np.isfinite(number) for number in numbers)
    assert len(summary["values"]) == len(values)


@given(st.dictionaries(st.integers(0, 9), st.none() | st.floats(-1, 1)))
def test_a_scheme_does_not_differ_from_itself(values):
    """The paired difference of equals is nought over the seeds that have a value."""
    difference = paired_difference(values, values)
    n = sum(value is not None for value in values.values())
    assert difference["n"] == n
    assert difference["mean"] == (0.0 if n else None)
    assert difference["ci95"] == ([0.0, 0.0] if n > 1 else None)


def test_differences_are_taken_seed_by_seed():
    """Only seeds that both have count, and what they share cancels."""
    a = {0: 0.9, 1: 0.6, 2: 0.8, 3: None, 4: 0.1}
    b = {2: 0.7, 1: 0.5, 0: 0.8, 3: 0.5, 5: 0.9}
    difference = paired_difference(a, b)
    assert difference["n"] == 3
    assert difference["mean"] == pytest.approx(0.1)
    assert difference["ci95"] == pytest.approx([0.1, 0.1])


def test_pairs_know_more_than_two_summaries():
    """Where seeds matter more than schemes, the paired interval is the narrower one."""
    rng = np.random.default_rng(1)
    seeds = rng.normal(0, 1, 20)
    a, b = (dict(enumerate(seeds + rng.normal(shift, 0.1, 20))) for shift in (0.2, 0.0))
    low, high = paired_difference(a, b)["ci95"]
    expected = stats.ttest_rel(list(a.values()), list(b.values())).confidence_interval()
    assert (low, high) == pytest.approx(tuple(expected))
    assert low > 0


@pytest.mark.parametrize(
    ("epochs", "median"),
    [
        ([], None),
        ([None], None),
        ([0], 0.0),
        ([7, None], None),
        ([7, 9, None], 9.0),
        ([4, 2, 6, None], 5.0),
        ([None, None, 1, 1], None),
    ],
)
def test_the_median_epoch_counts_those_that_never_arrive(epochs, median):
    """There is a median where more than half arrive, and it is not that of the lucky."""
    assert median_reached(epochs) == median
