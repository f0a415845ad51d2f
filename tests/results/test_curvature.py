"""Predicted rates: by the formulas of their sources, with what is said where there are none."""

import numpy as np
import pytest

from initbench.results.curvature import (
    NAMES,
    SchemeCurvature,
    curvature_sentence,
    describe_curvature,
)


def a_curvature(sharpness, **others):
    """Return the curvature of networks with these largest eigenvalues."""
    values = np.array(sharpness, float)[:, np.newaxis] * [1.0, 0.5, 0.1]
    return SchemeCurvature(
        {"hessian_eigenvalues": values, "gauss_newton_eigenvalues": values, **others}
    )


def test_limits_are_those_of_the_sources():
    """2 / λ, and 2 (1 + μ) / λ with momentum (Cohen et al. 2021)."""
    curvature = a_curvature([8.0, 8.0])
    assert curvature.limit().rate == pytest.approx(0.25)
    assert curvature.limit(momentum=0.9).rate == pytest.approx(0.475)


def test_the_interval_is_students_of_the_logarithms():
    """Three seeds a factor e apart: the mean of logs ± 4.303 standard errors."""
    limit = a_curvature(2.0 / np.exp([0.0, 1.0, 2.0])).limit()
    assert limit.rate == pytest.approx(np.e)
    half = 4.302653 / np.sqrt(3)
    np.testing.assert_allclose([limit.low, limit.high], np.exp([1 - half, 1 + half]), rtol=1e-6)


def test_a_flat_or_broken_loss_has_no_limit_and_says_so():
    """Zero and negative curvature allow any step; what is not finite allows none."""
    assert "zero: no step is too large" in curvature_sentence(a_curvature([0.0, -1.0]))
    assert "not finite" in curvature_sentence(a_curvature([np.nan]))
    assert curvature_sentence(a_curvature([4.0, np.nan])) == (
        "SGD is stable up to about 0.5 (1 seed);"
        " the curvature is zero or not finite in 1 of 2 seeds;"
        " at half of that rate, the error falls by a factor e in 1, 2 and 10 steps along the"
        " leading directions"
    )


def test_rank_and_condition_of_a_kernel():
    """Equal eigenvalues have full rank and condition 1; a single one has rank 1, and no bound."""
    values = np.array([[2.0, 2.0, 2.0, 2.0], [5.0, 0.0, 0.0, 0.0]])
    curvature = SchemeCurvature({"kernel_eigenvalues": values})
    np.testing.assert_allclose(curvature.effective_rank, [4.0, 1.0])
    np.testing.assert_allclose(curvature.condition, [1.0, np.inf])


def test_steps_to_fit_a_direction_are_ratios_of_eigenvalues():
    """At the rate 1 / λ₁ the error along λᵢ falls by a factor e in λ₁ / λᵢ steps."""
    curvature = a_curvature([8.0], gauss_newton_eigenvalues=np.array([[8.0, 4.0, 0.5]]))
    np.testing.assert_allclose(curvature.fit_steps, [[1.0, 2.0, 16.0]])


def test_steps_to_fit_have_an_interval_over_seeds():
    """Three seeds a factor e apart: the mean of logs ± 4.303 standard errors."""
    values = 8.0 / np.exp([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 2.0, 0.0]])
    values[:, 2] = [8.0, 0.0, 0.0]
    curvature = a_curvature([8.0] * 3, gauss_newton_eigenvalues=values)
    half = 4.302653 / np.sqrt(3)
    assert "in 1 (1 to 1), 2.7 (0.23 to 33) and 1 (∞ in 2 of 3 seeds) steps" in curvature_sentence(
        curvature
    )
    arrays = {**dict.fromkeys(NAMES, np.ones(3)), "kernel_eigenvalues": np.ones((3, 2))}
    first, second, third = describe_curvature(SchemeCurvature({**arrays, **curvature.arrays}))[
        "fit_steps"
    ]
    assert first == {"steps": 1.0, "ci95": [1.0, 1.0], "n": 3, "values": [1.0, 1.0, 1.0]}
    np.testing.assert_allclose(second["ci95"], np.exp([1 - half, 1 + half]), rtol=1e-6)
    assert (third["n"], third["ci95"], third["values"]) == (1, None, [1.0, None, None])
