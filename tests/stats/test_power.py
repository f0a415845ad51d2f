"""The power of the paired test, and the seeds that it takes, are those of statsmodels."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from initbench.stats.power import POWER, effect_interval, power_of, power_of_lead, seeds_needed


@pytest.mark.parametrize("effect", [0.2, 0.5, 1.0, -2.0])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_seeds_needed_are_those_of_statsmodels(effect, alpha):
    """The fewest whole number whose power is eighty in a hundred."""
    expected = TTestPower().solve_power(abs(effect), alpha=alpha, power=POWER)
    assert seeds_needed(effect, alpha) == math.ceil(expected)


@pytest.mark.parametrize("n", [3, 10, 100])
def test_power_is_that_of_statsmodels(n):
    """For an effect of half a standard deviation."""
    assert power_of(0.5, n, 0.05) == pytest.approx(TTestPower().power(0.5, n, 0.05), rel=1e-6)


def test_a_tiny_difference_needs_more_seeds_than_the_limit():
    """Then no number is told."""
    assert seeds_needed(1e-4, 0.05) is None


@pytest.mark.parametrize(("pairs", "told"), [(9_900, True), (10_100, False), (12_000, False)])
def test_no_number_above_the_limit_is_told(pairs, told):
    """The effect is the one for which the normal law asks for so many pairs."""
    effect = (stats.norm.ppf(0.975) + stats.norm.ppf(POWER)) / math.sqrt(pairs)
    needed = seeds_needed(effect, 0.05)
    assert (needed is not None) == told
    assert needed is None or pairs < needed < pairs + 5


@pytest.mark.parametrize("effect", [20.0, 1e9])
def test_a_difference_that_hardly_varies_needs_the_fewest(effect):
    """However large it is."""
    assert seeds_needed(effect, 0.05) == 3


def test_a_large_effect_at_a_small_level_needs_five_pairs():
    """Where the noncentral t law of some libraries is not a number: 3 pairs have a power of 8 %.

    The share of simulated experiments that find the effect agrees.
    """
    alpha = 0.05 / 45
    assert seeds_needed(5.0, alpha) == 5
    rng = np.random.default_rng(0)
    for n in (3, 4, 5):
        found = stats.ttest_1samp(rng.normal(5.0, 1.0, (4000, n)), 0.0, axis=1).pvalue <= alpha
        power = power_of(5.0, n, alpha)
        assert found.mean() == pytest.approx(power, abs=4 * math.sqrt(power * (1 - power) / 4000))


def test_the_interval_of_an_effect_covers_it():
    """In 95 % of simulated experiments of ten pairs, within four errors of the simulation."""
    rng = np.random.default_rng(1)
    hits = 0
    for values in rng.normal(0.4, 1.0, (600, 10)):
        low, high = effect_interval(values.mean() / values.std(ddof=1), 10)
        hits += low <= 0.4 <= high
    assert hits / 600 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 600))


def test_the_number_of_seeds_needed_has_an_interval():
    """Ten pairs with an effect of a half may come from no effect, so that no number is enough."""
    [pair] = [comparison("a", "b", mean=0.5, std=1.0, n=10)]
    found = power_of_lead("a", "b", [pair])
    fewest, most = found["needed_ci95"]
    assert 10 < fewest < found["needed"]
    assert most is None
    [pair] = [comparison("a", "b", mean=1.5, std=1.0, n=10)]
    fewest, most = power_of_lead("a", "b", [pair])["needed_ci95"]
    assert fewest <= 11 <= most < 100


def comparison(a, b, *, mean=0.1, std=0.1, n=5, distinct=False):
    """Return what is known of a pair."""
    return {"a": a, "b": b, "distinct": distinct, "difference": {"mean": mean, "std": std, "n": n}}


def test_the_lead_is_judged_at_the_level_that_holms_correction_leaves():
    """Pairs that are told apart already no longer count against it."""
    pairs = [
        comparison("he", "lecun"),
        comparison("he", "zeros", distinct=True),
        comparison("lecun", "zeros", distinct=True),
    ]
    power = power_of_lead("lecun", "he", pairs)
    assert power == {
        "best": "lecun",
        "second": "he",
        "seeds": 5,
        "distinct": False,
        "level": 0.05,
        "needed": seeds_needed(1.0, 0.05),
        "needed_ci95": [6, None],
    }
    assert power_of_lead("lecun", "he", pairs[:2])["level"] == 0.05
    assert power_of_lead("he", "zeros", pairs)["needed"] is None


@pytest.mark.parametrize(
    ("mean", "std", "needed"), [(0.0, 0.1, None), (None, None, None), (0.1, None, None), (1, 0, 6)]
)
def test_unknown_numbers_are_left_out(mean, std, needed):
    """Equals can never be told apart, one seed has no spread, and it is always one seed more."""
    [pair] = [comparison("a", "b", mean=mean, std=std)]
    assert power_of_lead("a", "b", [pair])["needed"] == needed
