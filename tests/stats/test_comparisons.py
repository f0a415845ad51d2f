"""Comparisons agree with brute force and statsmodels, and rarely see what is not there."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from initbench.stats.comparisons import (
    ARRANGEMENTS,
    EXACT_UP_TO,
    arrangements,
    compare_all,
    holm,
    p_values,
    paired_difference,
    permutation_p,
    step_of,
    student_p,
)

ANY_SCORES = st.dictionaries(st.integers(0, 9), st.none() | st.floats(-1, 1))


def by_seed(values):
    """Return values by seed; NaN: the run diverged."""
    return {seed: None if np.isnan(value) else value for seed, value in enumerate(values)}


def compare(scores):
    """Compare schemes, given as values seed by seed."""
    found, test = compare_all({name: by_seed(x) for name, x in scores.items()}, (-1, 1))
    return {(one["a"], one["b"]): one for one in found}, test


@pytest.mark.parametrize("n", [3, 4, 7, 8])
def test_the_permutation_test_is_brute_force(n):
    """All choices of signs, one by one, give the same share, with ties and zeros too."""
    rng = np.random.default_rng(n)
    rows = np.stack([rng.normal(0.5, 1, n), rng.integers(-2, 4, n) / 10, np.zeros(n)])
    for row, p in zip(rows, permutation_p(rows), strict=True):
        sums = [abs(np.dot(signs, row)) for signs in product([1, -1], repeat=n)]
        assert p == np.mean([one >= abs(row.sum()) - 1e-12 for one in sums])


def test_the_permutation_test_is_scipys():
    """Exact where few seeds are compared; sampled elsewhere, as near as samples get."""
    rng = np.random.default_rng(0)
    for n in (9, EXACT_UP_TO + 7):
        row = rng.normal(0.4, 1, n)
        expected = stats.permutation_test(
            (row,), np.mean, permutation_type="samples", n_resamples=50_000
        ).pvalue
        exact = n <= EXACT_UP_TO
        [p] = permutation_p(row[np.newaxis])
        assert p == pytest.approx(expected, abs=1e-12 if exact else 0.02)


def test_students_test_is_scipys():
    """Paired differences against zero."""
    rows = np.random.default_rng(0).normal(0.3, 1, (5, 6))
    np.testing.assert_allclose(student_p(rows), stats.ttest_1samp(rows, 0, axis=1).pvalue)


def test_differences_that_do_not_vary_are_certain_only_beyond_the_steps():
    """Three equal steps can be chance; without any step, equal differences leave no doubt."""
    rows = np.array([[0.1, 0.1, 0.1], [0.0, 0.0, 0.0]])
    assert student_p(rows) == pytest.approx([0.0, 1.0], abs=1e-30)
    assert student_p(rows, resolution=0.1)[0] > 0.05
    assert student_p(5 * rows, resolution=0.1)[0] < 0.05


def test_a_step_is_the_least_difference_that_is_not_rounding():
    """Scores of 20 samples move in steps of a twentieth."""
    assert step_of(np.array([0.1 + 0.2, 0.3, 0.35, np.nan, 0.9])) == pytest.approx(0.05)
    assert step_of(np.array([0.5, 0.5])) == 0.0


@pytest.mark.parametrize("count", [1, 2, 12, 40])
def test_holms_correction_is_that_of_statsmodels(count):
    """Whatever the order, with equal values too."""
    p = np.random.default_rng(count).random(count).round(1) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_no_p_values_are_no_corrected_p_values():
    """No pair, no p."""
    assert holm(np.array([])).tolist() == []


def test_untested_pairs_do_not_count_in_the_correction():
    """A NaN stays one, and the others are corrected without it."""
    adjusted = holm(np.array([0.02, np.nan, 0.03]))
    np.testing.assert_allclose(adjusted, [0.04, np.nan, 0.04])


@pytest.mark.parametrize(
    ("pairs", "n", "test"),
    [
        (1, 2, None),
        (1, 3, "student"),
        (1, 5, "student"),
        (1, 6, "permutation"),
        (3, 10, "permutation"),
        (28, 10, "student"),
        (435, 30, "permutation"),
        (780, 30, "student"),
    ],
)
def test_the_chosen_test_can_be_significant_after_correction(pairs, n, test):
    """Signs are permuted where their rarest choice survives Holm; that depends on counts alone."""
    differences = list(np.random.default_rng(0).normal(5, 1, (pairs, n)))
    p, name = p_values(differences)
    assert name == test
    if test:
        assert holm(p)[0] < 0.05
        assert (test == "permutation") == (pairs / arrangements(n) <= 0.05)


def test_sampled_signs_never_say_never():
    """The choice that was seen is one of those that are tried, so p is not zero."""
    [p] = permutation_p(np.full((1, 30), 1.0))
    assert p == 1 / ARRANGEMENTS


LAWS = {
    "one law": lambda rng, shape: rng.normal(0, 1, shape),
    "common seeds": lambda rng, shape: rng.normal(0, 1, shape[1]) + rng.normal(0, 0.3, shape),
    "20 samples": lambda rng, shape: rng.binomial(20, rng.beta(30, 1.2, shape)) / 20,
    "diverging": lambda rng, shape: np.where(rng.random(shape) < 0.2, 0.0, rng.random(shape)),
}


@pytest.mark.parametrize(("schemes", "n"), [(2, 6), (4, 3), (4, 10), (8, 5), (4, 16)])
@pytest.mark.parametrize("law", LAWS)
def test_identical_schemes_rarely_differ_significantly(law, schemes, n):
    """Any pair at all in at most one cell of twenty, give or take three errors of 400 cells."""
    rng = np.random.default_rng(schemes * n)
    wrong = 0
    for _ in range(400):
        scores = LAWS[law](rng, (schemes, n))
        pairs = [scores[a] - scores[b] for a, b in combinations(range(schemes), 2)]
        p, _ = p_values(pairs, step_of(scores))
        wrong += bool((holm(p) <= 0.05).any())
    assert wrong / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_all_pairs_are_compared_seed_by_seed():
    """Differences are the first scheme's less the second's."""
    found, test = compare({"he": [0.9, 0.89, 0.91], "zeros": [0.5] * 3, "ones": [0.5] * 3})
    assert list(found) == [("he", "zeros"), ("he", "ones"), ("zeros", "ones")]
    assert found["he", "zeros"]["difference"]["mean"] == pytest.approx(0.4)
    assert found["he", "zeros"]["distinct"]
    assert found["zeros", "ones"]["p"] == 1.0
    assert test == "student"


def test_a_run_that_diverged_loses():
    """It counts as the floor in difference and test, and is set apart where neither diverged."""
    found, _ = compare({"wild": [0.99, np.nan, np.nan, np.nan], "sound": [0.7, 0.7, 0.7, np.nan]})
    one = found["wild", "sound"]
    assert (one["wins"], one["ties"], one["losses"]) == (1, 1, 2)
    assert one["difference"]["mean"] == pytest.approx((0.29 - 0.7 - 0.7) / 4)
    assert one["neither_diverged"] == {
        "mean": pytest.approx(0.29),
        "std": None,
        "ci95": None,
        "n": 1,
    }
    assert one["improvement"]["mean"] == pytest.approx(1.5 / 4)


def test_two_seeds_give_no_test():
    """Two differences can agree by chance, so nothing is tested."""
    found, test = compare({"he": [0.9, 0.9], "zeros": [0.5, 0.5]})
    one = found["he", "zeros"]
    assert (one["p"], one["p_holm"], one["distinct"], test) == (None, None, False, None)
    assert one["difference"]["mean"] == pytest.approx(0.4)


def test_a_missing_run_is_left_out():
    """Only seeds that both have are compared."""
    found, _ = compare_all({"a": {0: 0.9, 1: 0.8, 2: 0.9, 3: 0.7}, "b": {1: 0.5}}, (-1, 1))
    assert found[0]["difference"]["n"] == 1
    assert found[0]["p"] is None


def test_the_probability_of_improvement_is_won_pairs_and_half_of_ties():
    """Agarwal's, with pairs of one seed."""
    found, _ = compare({"a": [0.5, 0.6, 0.7, 0.8], "b": [0.5, 0.5, 0.9, 0.7]})
    improvement = found["a", "b"]["improvement"]
    assert improvement["mean"] == 0.625
    assert improvement["ci95"][0] < 0.625 < improvement["ci95"][1]


@given(ANY_SCORES)
def test_a_scheme_does_not_differ_from_itself(values):
    """The paired difference of equals is nought over the seeds that have a value."""
    difference = paired_difference(values, values)
    n = sum(value is not None for value in values.values())
    assert difference["n"] == n
    assert difference["mean"] == (0.0 if n else None)
    assert difference["ci95"] == ([0.0, 0.0] if n > 1 else None)


def test_differences_are_taken_seed_by_seed():
    """Only seeds that both have count, what they share cancels, and a floor fills what diverged."""
    a = {0: 0.9, 1: 0.6, 2: 0.8, 3: None, 4: 0.1}
    b = {2: 0.7, 1: 0.5, 0: 0.8, 3: 0.5, 5: 0.9}
    difference = paired_difference(a, b)
    assert difference["n"] == 3
    assert difference["mean"] == pytest.approx(0.1)
    assert difference["ci95"] == pytest.approx([0.1, 0.1])
    assert paired_difference(a, b, floor=0.0)["mean"] == pytest.approx(-0.05)


def test_pairs_know_more_than_two_summaries():
    """Where seeds matter more than schemes, the paired interval is scipy's, and narrow."""
    rng = np.random.default_rng(1)
    seeds = rng.normal(0, 1, 4)
    a, b = (dict(enumerate(seeds + rng.normal(shift, 0.1, 4))) for shift in (0.3, 0.0))
    low, high = paired_difference(a, b)["ci95"]
    expected = stats.ttest_rel(list(a.values()), list(b.values())).confidence_interval()
    assert (low, high) == pytest.approx(tuple(expected))
    assert low > 0
