"""Means over normal preactivations agree with closed forms and with adaptive integration."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from initbench.nn import ACTIVATIONS, bind_activation
from initbench.theory import normal_mean
from initbench.theory.quadrature import pair_mean

LENGTHS = [1e-6, 0.3, 1.0, 7.0, 400.0]
CORRELATIONS = [-1.0, -0.999, -0.4, 0.0, 0.3, 0.9, 0.999, 1 - 1e-5, 1 - 1e-9, 1.0]


def mean_by_adaptive_rule(function, length, kinks):
    """Return E[f(sqrt(q) z)] by SciPy's adaptive rule, split at the kinks."""
    std = math.sqrt(length)
    splits = sorted({-10.0, 10.0, 0.0, *(k / std for k in kinks if abs(k / std) < 10)})

    def integrand(z):
        return function(np.array([std * z]))[0] * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return sum(
        quad(integrand, *pair, epsabs=1e-13, epsrel=1e-12, limit=500)[0]
        for pair in pairwise(splits)
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("length", [0.04, 1.0, 9.0])
def test_a_mean_is_that_of_adaptive_integration(name, length):
    """Squares of every activation and of its slope, to ten digits."""
    activation = bind_activation(name)
    for part in (activation.values, activation.slopes):
        expected = mean_by_adaptive_rule(lambda u, f=part: f(u) ** 2, length, activation.kinks)
        found = normal_mean(activation, lambda u, f=part: f(u) ** 2, np.array(length))
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_mean_over_a_pair_is_the_closed_form(oracle, length, correlation):
    """Kernels of linear, ReLU and erf units to 1e-8, near and at total correlation as well."""
    response, closed = oracle
    lengths = (length, 1.7 * length)
    values, slopes = closed(*lengths, correlation)
    scale = math.sqrt(closed(lengths[0], lengths[0], 1)[0] * closed(lengths[1], lengths[1], 1)[0])
    found = pair_mean(response, response.values, lengths, correlation)
    assert found == pytest.approx(values, abs=1e-8 * scale)
    found = pair_mean(response, response.slopes, lengths, correlation)
    assert found == pytest.approx(slopes, abs=1e-8)


def test_lengths_may_have_any_shape():
    """A mean is taken for each, whether they come together or one by one."""
    relu = bind_activation("relu")
    lengths = np.array([[0.0, 1.0, 2.0], [3.0, 40.0, 5.0]])
    means = normal_mean(relu, lambda u: relu.values(u) ** 2, lengths)
    np.testing.assert_allclose(means, lengths / 2, rtol=1e-12)


def test_a_sharp_step_is_seen():
    """A tanh that is nearly a sign still has the mean square that adaptive integration gives."""
    tanh = bind_activation("tanh")
    expected = mean_by_adaptive_rule(lambda u: np.tanh(u) ** 2, 1e4, ())
    found = normal_mean(tanh, lambda u: np.tanh(u) ** 2, np.array(1e4))
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("omega", [1.0, 30.0])
def test_a_sine_is_integrated_over_all_of_its_waves(omega):
    """The mean square of sin(omega u) is (1 - exp(-2 omega² q)) / 2."""
    sine = bind_activation("sin", omega=omega)
    for length in (0.001, 1.0, 4.0):
        found = normal_mean(sine, lambda u: sine.values(u) ** 2, np.array(length))
        expected = (1 - math.exp(-2 * omega**2 * length)) / 2
        assert found == pytest.approx(expected, rel=1e-10)
