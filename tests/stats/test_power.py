"""The power of the paired test, and the seeds that it takes, are those of statsmodels."""

import math

import pytest
from statsmodels.stats.power import TTestPower

from initbench.stats.power import POWER, power_of, power_of_lead, seeds_needed


@pytest.mark.parametrize("effect", [0.2, 0.5, 1.0, -2.0])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_seeds_needed_are_those_of_statsmodels(effect, alpha):
    """The fewest whole number whose power is eighty in a hundred."""
    expected = TTestPower().solve_power(abs(effect), alpha=alpha, power=POWER)
    assert seeds_needed(effect, alpha) == math.ceil(expected)


@pytest.mark.parametrize("n", [3, 10, 100])
def test_power_is_that_of_statsmodels(n):
    """For an effect of half a standard deviation."""
    assert power_of(0.5, n, 0.05) == pytest.approx(TTestPower().power(0.5, n, 0.05))


def test_a_difference_of_next_to_nothing_needs_more_seeds_than_anyone_has():
    """Then no number is told."""
    assert seeds_needed(1e-4, 0.05) is None


@pytest.mark.parametrize("effect", [20.0, 1e9])
def test_a_difference_that_hardly_varies_needs_the_fewest(effect):
    """However large it is."""
    assert seeds_needed(effect, 0.05) == 3


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
    }
    assert power_of_lead("lecun", "he", pairs[:2])["level"] == 0.05
    assert power_of_lead("he", "zeros", pairs)["needed"] is None


@pytest.mark.parametrize(
    ("mean", "std", "needed"), [(0.0, 0.1, None), (None, None, None), (0.1, None, None), (1, 0, 6)]
)
def test_what_is_not_known_is_not_told(mean, std, needed):
    """Equals can never be told apart, one seed has no spread, and it is always one seed more."""
    [pair] = [comparison("a", "b", mean=mean, std=std)]
    assert power_of_lead("a", "b", [pair])["needed"] == needed
