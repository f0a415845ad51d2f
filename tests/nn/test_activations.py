"""Activations: the stated derivative is the function's, everywhere."""

import numpy as np
import pytest

from initbench.nn import ACTIVATIONS

KINK = {"relu": 0.0}


def apply(name, z):
    """Return the activations of z."""
    out = np.empty_like(z)
    ACTIVATIONS[name].function(z, out)
    return out


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_is_that_of_the_function(name):
    """Central differences agree with the derivative away from kinks."""
    z = np.linspace(-4, 4, 81)
    z = z[np.abs(z - KINK.get(name, np.inf)) > 1e-3]
    step = 1e-6
    measured = (apply(name, z + step) - apply(name, z - step)) / (2 * step)
    stated = np.empty_like(z)
    ACTIVATIONS[name].derivative(apply(name, z), stated)
    np.testing.assert_allclose(stated, measured, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_extremes_are_finite_and_quiet(name, dtype):
    """At ±1e4 neither value nor derivative overflows or warns."""
    z = np.array([-1e4, 0.0, 1e4], dtype)
    activations, slope = apply(name, z), np.empty_like(z)
    ACTIVATIONS[name].derivative(activations, slope)
    assert np.isfinite(activations).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_function_may_write_over_its_input(name):
    """In place gives what out of place gives, to the last bit."""
    z = np.random.default_rng(0).standard_normal((3, 5, 7)).astype(np.float32)
    expected = apply(name, z)
    ACTIVATIONS[name].function(z, z)
    np.testing.assert_array_equal(z, expected)


def test_a_rectifier_is_off_at_zero():
    """The derivative of relu at its kink is taken to be 0, so a dead start stays dead."""
    slope = np.empty(1)
    ACTIVATIONS["relu"].derivative(np.zeros(1), slope)
    assert slope == 0.0
