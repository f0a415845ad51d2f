"""What holds across cells agrees with scipy and with published tables."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

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


@pytest.mark.parametrize(("cells", "schemes"), [(2, 2), (2, 3), (3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("is_tied", [False, True])
def test_friedmans_p_counts_all_orders_of_the_ranks(cells, schemes, is_tied):
    """Every order of every cell's ranks is tried, one by one."""
    rng = np.random.default_rng(cells * schemes)
    scores = rng.integers(0, 2, (cells, schemes)) if is_tied else rng.random((cells, schemes))
    ranks = ranks_of(scores.astype(float))
    orders = list(product(*(list(permutations(row)) for row in ranks.tolist())))
    sizes = [np.square(np.sum(order, axis=0)).sum() for order in orders]
    observed = np.square(ranks.sum(axis=0)).sum()
    assert friedman_p(ranks) == pytest.approx(np.mean(np.array(sizes) >= observed - 1e-9))


@pytest.mark.parametrize(("cells", "schemes", "p"), [(2, 2, 1 / 2), (2, 3, 1 / 6), (4, 2, 1 / 8)])
def test_equal_rankings_have_their_exact_p_value(cells, schemes, p):
    """The first cell may have any order, and every other has the same: k! of k!^N."""
    ranks = np.tile(np.arange(1.0, schemes + 1), (cells, 1))
    assert friedman_p(ranks) == pytest.approx(p)
    assert friedman_p(np.full((cells, schemes), (schemes + 1) / 2)) == pytest.approx(1.0)


def test_friedmans_p_is_exact_up_to_a_number_of_orders(monkeypatch):
    """Two schemes have two orders in each cell; random orders almost never give exactly a half."""
    ranks = np.array([[1.0, 2.0], [1.0, 2.0]])
    monkeypatch.setattr("initbench.stats.cross_dataset.MOST_STATES", 2)
    assert friedman_p(ranks) == 0.5
    monkeypatch.setattr("initbench.stats.cross_dataset.MOST_STATES", 1)
    assert friedman_p(ranks) != 0.5


def test_friedmans_p_of_a_large_table_is_scipys():
    """With many cells, the chi-squared law of the statistic is close."""
    scores = np.random.default_rng(1).normal(np.arange(8) / 12, 1, (60, 8))
    expected = stats.friedmanchisquare(*scores.T).pvalue
    assert friedman_p(ranks_of(scores)) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("cells", "schemes"), [(2, 2), (2, 3), (4, 2), (3, 4), (2, 9)])
def test_schemes_that_do_not_differ_are_rarely_significant(cells, schemes):
    """At most 5 % of tables of chance have a p of at most 0.05, give or take the simulation."""
    rng = np.random.default_rng(7)
    tables = rng.random((400, cells, schemes))
    false = np.mean([friedman_p(ranks_of(table)) <= 0.05 for table in tables])
    assert false <= 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 400)


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
def test_one_cell_or_one_scheme_has_no_comparison_over_cells(cells):
    """Cells in which a scheme has no run count as none."""
    assert describe_across(cells, [0.5] * len(cells)) is None
