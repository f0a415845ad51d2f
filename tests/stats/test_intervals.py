"""Intervals agree with scipy and statsmodels, and cover the truth as often as the guide says."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from initbench.stats.intervals import (
    BOOTSTRAP_FROM,
    bca_intervals,
    bootstrap_weights,
    mean_intervals,
    student_intervals,
    tail_for,
    wilson_interval,
)

SAMPLES = 4000


def normal(rng, shape):
    """Draw what no interval has trouble with."""
    return rng.normal(1.0, 2.0, shape)


def skewed(rng, shape):
    """Draw from a gamma law of skewness one."""
    return rng.gamma(4.0, 0.25, shape)


def accuracy(rng, shape):
    """Draw accuracies about 0.95 on 150 samples, which end at one."""
    return rng.binomial(150, rng.beta(76, 4, shape)) / 150


LAWS = {"normal": (normal, 1.0), "skewed": (skewed, 1.0), "accuracy": (accuracy, 0.95)}


@pytest.mark.parametrize("n", [5, 10, 20, 30])
@pytest.mark.parametrize("law", LAWS)
def test_intervals_cover_the_mean_as_often_as_they_say(law, n):
    """Between 93 and 97 of a hundred, give or take three errors of the simulation."""
    draw, mean = LAWS[law]
    ends = mean_intervals(draw(np.random.default_rng(n), (SAMPLES, n)))
    covered = ((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean()
    error = 3 * np.sqrt(0.95 * 0.05 / SAMPLES)
    assert 0.93 - error <= covered <= 0.97 + error


def test_the_plain_bootstrap_would_not_cover_for_few_seeds():
    """With five seeds it misses more than every tenth time, which is why Student's stands there."""
    values = np.random.default_rng(0).normal(0, 1, (SAMPLES, 5))
    ends = bca_intervals(values, 0.025)
    assert ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean() < 0.88


@pytest.mark.parametrize("n", [2, 3, 10, 100])
def test_students_interval_is_scipys(n):
    """Mean, spread and quantile are those of scipy.stats."""
    values = np.random.default_rng(n).normal(3, 2, n)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert student_intervals(values[np.newaxis])[0] == pytest.approx(expected)


def test_the_bootstrap_is_scipys():
    """On the same resamples the ends are those of scipy's BCa."""
    values = np.random.default_rng(3).gamma(2.0, 1.0, 15)
    means = values @ bootstrap_weights(15).astype(float)
    draws = stats.bootstrap(
        (values,), np.mean, n_resamples=0, bootstrap_result=Drawn(means), method="BCa"
    )
    expected = draws.confidence_interval
    assert bca_intervals(values[np.newaxis], 0.025)[0] == pytest.approx(tuple(expected), abs=2e-3)


class Drawn:
    """Resampled means, as `scipy.stats.bootstrap` takes those of an earlier call."""

    def __init__(self, means):
        self.bootstrap_distribution = means


def test_tails_are_where_students_law_has_them():
    """They are wider than the normal law's for few values, and become those for many."""
    assert tail_for(10) == pytest.approx(stats.norm.cdf(-np.sqrt(10 / 9) * stats.t.ppf(0.975, 9)))
    assert tail_for(10) < tail_for(30) < 0.025
    assert tail_for(100_000) == pytest.approx(0.025, rel=1e-3)


@pytest.mark.parametrize("n", [3, 12])
def test_an_interval_ends_where_the_mean_must(n):
    """No accuracy is above one, whatever Student's law says."""
    values = np.array([[1.0] * (n - 1) + [0.9]])
    [[low, high]] = mean_intervals(values, (0.0, 1.0))
    assert 0.0 < low < values.mean() < high <= 1.0


@pytest.mark.parametrize("value", [0.1, 0.3])  # of ten times 0.3 the computed mean is not 0.3
@pytest.mark.parametrize("n", [2, BOOTSTRAP_FROM])
def test_equal_values_have_an_interval_without_width(n, value):
    """Seeds that agree to the last bit spread by nothing."""
    [ends] = mean_intervals(np.full((1, n), value))
    np.testing.assert_allclose(ends, value, rtol=1e-15, atol=0)


def test_a_rows_interval_does_not_depend_on_its_neighbours():
    """A thousand rows at once are a thousand rows one by one, to the bit."""
    values = np.random.default_rng(0).normal(0, 1, (1000, 12))
    alone = [mean_intervals(row[np.newaxis])[0].tolist() for row in values[::50]]
    assert mean_intervals(values)[::50].tolist() == alone


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e12, 1e150])
def test_an_interval_scales_with_its_values(scale):
    """The unit of a loss changes no conclusion."""
    values = np.random.default_rng(1).gamma(1.0, 1.0, (1, 20))
    np.testing.assert_allclose(mean_intervals(values * scale) / scale, mean_intervals(values))


@pytest.mark.parametrize(("count", "n"), [(0, 5), (5, 5), (3, 10), (1, 1), (29, 30)])
def test_wilsons_interval_is_that_of_statsmodels(count, n):
    """A share of none or all has an interval too."""
    expected = proportion_confint(count, n, method="wilson")
    assert wilson_interval(count, n) == pytest.approx(list(expected), abs=1e-12)


def test_a_share_of_nothing_has_no_interval():
    """None of none is no share."""
    assert wilson_interval(0, 0) is None
