"""Times that are not over count as such: Kaplan and Meier's estimate, as statsmodels has it."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from initbench.stats.survival import (
    describe_times,
    median_time,
    restricted_interval,
    restricted_mean,
    survival_curve,
)

HORIZON = 50.0


def draw(seed, censored=0.4):
    """Return times until something, some of them censored before the horizon and some at it."""
    rng = np.random.default_rng(seed)
    times = np.minimum(rng.integers(1, 70, 25), HORIZON).astype(float)
    return times, (times < HORIZON) & (rng.random(25) > censored)


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_that_of_statsmodels(seed):
    """Moments and shares agree, ties and censored times among them."""
    times, reached = draw(seed)
    moments, share = survival_curve(times, reached)
    expected = SurvfuncRight(times, reached)
    kept = expected.n_events > 0
    np.testing.assert_array_equal(moments, expected.surv_times[kept])
    np.testing.assert_allclose(share, expected.surv_prob[kept])


@pytest.mark.parametrize("seed", range(5))
def test_the_restricted_mean_is_the_area_under_the_curve(seed):
    """A sum over a fine grid of times agrees."""
    times, reached = draw(seed)
    expected = SurvfuncRight(times, reached)
    grid = np.arange(0, HORIZON, 0.01) + 0.005
    place = np.searchsorted(expected.surv_times, grid, side="right")
    area = np.concatenate([[1.0], expected.surv_prob])[place].sum() * 0.01
    assert restricted_mean(times, reached, HORIZON) == pytest.approx(area, rel=1e-6)


@pytest.mark.parametrize(
    ("times", "median"),
    [
        ([], None),
        ([None], None),
        ([0], 0.0),
        ([7, None], None),
        ([7, 9, None], 9.0),
        ([4, 2, 6, None], 5.0),
        ([None, None, 1, 1], None),
        ([3, 1, 2, 2], 2.0),
        ([1, 2], 1.5),
    ],
)
def test_the_median_counts_those_that_never_arrive(times, median):
    """There is one where more than half arrive, and without censored times it is the ordinary."""
    reached = np.array([time is not None for time in times], bool)
    numbers = np.array([HORIZON if time is None else time for time in times], float)
    assert median_time(numbers, reached) == median


def test_a_stopped_run_is_not_at_risk_after_its_last_epoch():
    """A run that was stopped at 5 leaves two that are at risk at 10; one that waited leaves three.

    So the share that still waits falls to 1/2 and 0, or to 2/3 and 1/3.
    """
    reached = np.array([True, True, False])
    early, late = np.array([10.0, 20.0, 5.0]), np.array([10.0, 20.0, 50.0])
    assert median_time(early, reached) == (10.0 + 20.0) / 2
    assert median_time(late, reached) == 20.0
    assert restricted_mean(early, reached, 50.0) == 10.0 + 10.0 / 2
    assert restricted_mean(late, reached, 50.0) == pytest.approx(10.0 + 10.0 * 2 / 3 + 30.0 / 3)


def test_the_restricted_mean_of_early_censoring_is_the_area():
    """Of runs censored at 2 and reaching the target at 7 and 2, S is 1, then 1/2 from 2 to 7.

    The one that is censored at 2 is at risk there: S falls to 2/3 at 2, and to 0 at 7.
    """
    described = describe_times(np.array([2.0, 7.0, 2.0]), np.array([False, True, True]), 10.0)
    assert described["restricted_mean"] == pytest.approx(2.0 + 5.0 * 2 / 3)
    low, high = described["ci95"]
    assert 2.0 <= low < described["restricted_mean"] < high <= 10.0


def test_the_interval_of_a_censored_mean_covers_it():
    """In 300 simulated experiments of 20 runs, exponential times are censored at uniform ones."""
    rng, hits = np.random.default_rng(0), 0
    truth = 10.0 * (1 - np.exp(-1.0))  # of exponential times of mean 10, none above 10
    for _ in range(300):
        times, limits = rng.exponential(10.0, 20), np.minimum(rng.uniform(2.0, 20.0, 20), 10.0)
        low, high = restricted_interval(np.minimum(times, limits), times <= limits, 10.0)
        hits += low <= truth <= high
    assert 0.95 - 3.5 * np.sqrt(0.95 * 0.05 / 300) <= hits / 300


def test_a_scheme_is_not_praised_for_its_lucky_runs():
    """One run in four that is quick leaves a mean near the horizon, and no median."""
    described = describe_times(
        np.array([5.0, 50.0, 50.0, 50.0]), np.array([True, False, False, False]), HORIZON
    )
    assert described["reached"] == 1
    assert described["median"] is None
    assert described["restricted_mean"] == pytest.approx(38.75)
    assert described["values"] == [5.0, None, None, None]
    low, high = described["ci95"]
    assert 0 <= low < 38.75 < high <= HORIZON
