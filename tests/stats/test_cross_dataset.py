"""What holds across cells agrees with scipy and with published tables."""

import numpy as np
import pytest
from scipy import stats

from initbench.results import Cell
from initbench.results.metrics import reported_cells
from initbench.stats.cross_dataset import (
    critical_difference,
    describe_across,
    factors_of,
    friedman_p,
    ranks_of,
    stratified_iqm,
    studentised_range,
)

# Demšar (2006), table 5 (a): critical values of the two-tailed Nemenyi test at 0.05.
NEMENYI = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 7: 2.949, 8: 3.031, 9: 3.102}


@pytest.mark.parametrize("k", NEMENYI)
def test_critical_values_are_the_published_ones(k):
    """The studentised range over the root of two, to the last digit but one of the table."""
    assert studentised_range(k) / 2**0.5 == pytest.approx(NEMENYI[k], abs=2e-3)


@pytest.mark.parametrize("k", [2, 5, 40])
def test_the_studentised_range_is_scipys(k):
    """With as many degrees of freedom as there are numbers."""
    assert studentised_range(k) == pytest.approx(stats.studentized_range.isf(0.05, k, np.inf), 1e-4)


def test_the_critical_difference_is_demsars_example():
    """Four classifiers on fourteen data sets differ from 1.25 ranks on."""
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


def test_ranks_are_scipys():
    """Equals share the middle of their places; more is better."""
    scores = np.random.default_rng(0).integers(0, 4, (6, 5)) / 4
    np.testing.assert_array_equal(ranks_of(scores), stats.rankdata(-scores, axis=1))


def test_friedmans_p_follows_from_scipys_statistic():
    """Iman and Davenport's F of the same chi-squared."""
    scores = np.random.default_rng(1).normal(np.arange(4) / 3, 1, (9, 4))
    chi = stats.friedmanchisquare(*scores.T).statistic
    expected = stats.f.sf(8 * chi / (9 * 3 - chi), 3, 24)
    assert friedman_p(ranks_of(scores)) == pytest.approx(expected)


def test_cells_that_all_rank_alike_leave_no_doubt():
    """F is infinite, and p zero."""
    assert friedman_p(ranks_of(np.array([[0.9, 0.5], [0.8, 0.2], [0.7, 0.6]]))) == 0.0
    assert friedman_p(np.full((5, 3), 2.0)) == pytest.approx(1.0)


def test_a_factor_over_no_error_is_infinite():
    """Only another scheme without error is as good."""
    assert factors_of(np.array([[0.0, 0.1, 0.0]])).tolist() == [[1.0, np.inf, 1.0]]


def test_the_interquartile_mean_is_the_trimmed_mean_over_all_runs():
    """Its value is scipy's, and its interval has it within."""
    rng = np.random.default_rng(0)
    strata = [rng.normal(shift, 0.1, 7) for shift in (0.2, 0.5, 0.9)]
    found = stratified_iqm(strata)
    assert found["iqm"] == pytest.approx(stats.trim_mean(np.concatenate(strata), 0.25))
    low, high = found["ci95"]
    assert low < found["iqm"] < high


def test_runs_are_resampled_within_their_cell():
    """Cells that do not vary leave nothing to chance, however much they differ."""
    found = stratified_iqm([np.full(5, 0.1), np.full(5, 0.9)])
    assert found["ci95"] == [found["iqm"]] * 2


def test_the_interval_covers_the_interquartile_mean():
    """Of 100 experiments of eight cells with ten runs, at least 90 of a hundred cover it."""
    rng = np.random.default_rng(5)
    means = np.linspace(0.2, 0.9, 8)
    big = stratified_iqm([rng.normal(mean, 0.1, 4000) for mean in means])["iqm"]
    covered = 0
    for _ in range(100):
        low, high = stratified_iqm([rng.normal(mean, 0.1, 10) for mean in means])["ci95"]
        covered += low <= big <= high
    assert covered >= 0.9 * 100 - 3 * np.sqrt(0.1 * 0.9 * 100)


def test_schemes_are_described_over_cells():
    """Mean ranks, factors and normalised scores of two cells that differ in difficulty."""
    cells = [
        {"he": np.array([0.9, 0.9]), "zeros": np.array([0.5, 0.5])},
        {"he": np.array([0.4, 0.4]), "zeros": np.array([0.1, 0.1])},
    ]
    found = describe_across(cells, [0.5, 0.1])
    assert found["cells"] == 2
    he, zeros = found["inits"]["he"], found["inits"]["zeros"]
    assert (he["mean_rank"], zeros["mean_rank"]) == (1.0, 2.0)
    assert zeros["factors"] == pytest.approx([1.5, 5.0])
    assert zeros["iqm"] == 0.0
    assert he["iqm"] == pytest.approx((0.8 + 1 / 3) / 2)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [{"he": np.ones(2), "zeros": np.ones(2)}],
        [{"he": np.ones(2)}] * 3,
        [{"he": np.ones(2), "zeros": np.ones(0)}] * 3,
    ],
)
def test_one_cell_or_one_scheme_is_nothing_to_look_across(cells):
    """Cells in which a scheme has no run count as none."""
    assert describe_across(cells, [0.5] * len(cells)) is None


@pytest.mark.parametrize(
    ("tuned_key", "roles", "reported"),
    [
        ("", ["point", "point"], [0, 1]),
        ("rate", ["trial", "trial", "fixed", "tuned"], [3]),
        ("rate", ["trial", "trial"], []),
    ],
)
def test_cells_that_only_try_a_value_are_not_looked_across(
    tuned_key, roles, reported, make_outline, make_setup
):
    """Where a key is tuned, the tuned cells are what was asked for."""
    cells = tuple(Cell({}, make_setup(), {"he": ()}, role=role) for role in roles)
    outline = make_outline(("he",), cells=cells, tuned_key=tuned_key)
    assert reported_cells(outline) == reported
