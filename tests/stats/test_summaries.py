"""Statistics agree with scipy's, and know what they cannot know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from initbench.stats.intervals import UNBOUNDED
from initbench.stats.summaries import caution, groups_of, summarise, summarise_all

ANY_FLOATS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=15)


@pytest.mark.parametrize("n", [2, 3, 10, 100])
def test_a_summary_is_scipys(n):
    """Mean, spread, median, extremes and interquartile mean are those of numpy and scipy."""
    values = np.random.default_rng(n).normal(3, 2, n)
    summary = summarise(values)
    assert summary["mean"] == pytest.approx(values.mean())
    assert summary["std"] == pytest.approx(values.std(ddof=1))
    assert summary["median"] == pytest.approx(np.median(values))
    assert summary["iqm"] == pytest.approx(stats.trim_mean(values, 0.25))
    assert (summary["min"], summary["max"]) == (values.min(), values.max())
    low, high = summary["ci95"]
    assert low < summary["mean"] < high
    assert summary["n"] == n


def test_many_are_summarised_as_one_is():
    """Whatever their lengths, bounds and order, and those that are not finite."""
    rng = np.random.default_rng(0)
    samples = [(rng.random(size), (0.0, 1.0)) for size in (5, 0, 12, 5, 1)]
    samples[0][0][2] = np.nan
    samples.append((rng.normal(0, 9, 5), UNBOUNDED))
    assert summarise_all(samples) == [summarise(*one) for one in samples]


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


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([0.5] * 10, "equal"),
        ([0.5, 0.5, 0.5, 0.5, 0.7], "tied"),
        ([0.5, 0.5, 0.5, 0.6, 0.7], None),
        ([0.1, 0.94, 0.95, 0.96, 0.95], "mixture"),
        ([0.1, 0.12, 0.11, 0.95, 0.96, 0.94], "mixture"),
        ([0.1, 0.95, 0.96, 0.97], None),
        ([0.940, 0.940, 0.952, 0.952, 0.952], None),
        ([0.80, 0.85, 0.9, 0.95, 0.99], None),
        ([0.5], None),
        ([], None),
    ],
)
def test_samples_without_an_interval_have_a_reason(values, why):
    """Equal values, ties of more than two thirds, and groups that lie apart; below five, none."""
    summary = summarise(values)
    assert summary["caution"] == why
    assert (summary["ci95"] is None) == (why in {"tied", "mixture"} or len(values) < 2)


def test_groups_are_cut_at_the_widest_gap():
    """Each value is in one of the two groups."""
    low, high = groups_of(np.array([0.1, 0.12, 0.94, 0.95, 0.97]))
    assert low.tolist() == [0.1, 0.12]
    assert high.tolist() == [0.94, 0.95, 0.97]


@pytest.mark.parametrize("n", [5, 10, 30])
def test_ordinary_values_are_rarely_called_a_mixture(n):
    """In about one of 200 normal samples of five, and in fewer of more."""
    samples = np.sort(np.random.default_rng(n).normal(0, 1, (4000, n)), axis=1)
    assert np.mean([caution(sample) is not None for sample in samples]) < 0.01


@pytest.mark.parametrize("n", [5, 10, 20])
def test_failing_runs_are_found_in_nearly_every_sample_that_has_some(n):
    """Where a tenth of runs stay at chance, a sample with such a run has no interval."""
    rng = np.random.default_rng(n)
    fails = rng.random((1000, n)) < 0.1
    samples = np.where(fails, 0.5, rng.normal(0.95, 0.01, (1000, n)))
    mixed = fails.any(axis=1) & ~fails.all(axis=1)
    named = np.array([caution(np.sort(sample)) in {"mixture", "tied"} for sample in samples])
    assert named[mixed].mean() > 0.95
