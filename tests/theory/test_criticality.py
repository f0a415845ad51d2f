"""Critical points: published classes, quadrature by SciPy, and networks that are iterated."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf, expit

from initbench.errors import UsageError
from initbench.nn import ACTIVATIONS, bind_activation
from initbench.theory import (
    critical_point,
    critical_points,
    critical_weight_variance,
    half_stable_point,
    mean_field,
    universality_class,
)


def gelu(z):
    """Return z Φ(z)."""
    return z * (1 + erf(z / math.sqrt(2))) / 2


def gelu_slope(z):
    """Return the derivative of gelu."""
    return (1 + erf(z / math.sqrt(2))) / 2 + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def silu(z):
    """Return z times the logistic function."""
    return z * expit(z)


def silu_slope(z):
    """Return the derivative of silu."""
    return expit(z) * (1 + z * (1 - expit(z)))


def mish(z):
    """Return z tanh(log(1 + exp(z)))."""
    return z * math.tanh(math.log1p(math.exp(z)))


def mish_slope(z):
    """Return the derivative of mish."""
    inner = math.tanh(math.log1p(math.exp(z)))
    return inner + z * expit(z) * (1 - inner**2)


WRITTEN_OUT = {
    "gelu": (gelu, gelu_slope, 0.17292, 1.98306),
    "silu": (silu, silu_slope, 0.55514, 1.98800),
    "mish": (mish, mish_slope, 0.09452, 2.01352),
}
"""Activation, slope, and the bias and weight variance of the half-stable point to five digits."""


def normal_mean(function, length):
    """Return E[f(√q z)] by SciPy's adaptive quadrature."""

    def integrand(z):
        return function(math.sqrt(length) * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return quad(integrand, -12, 12, points=[0], epsabs=1e-13, epsrel=1e-13, limit=200)[0]


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_both_susceptibilities_are_one_at_the_half_stable_point(name):
    """By SciPy's quadrature of formulas written out here; variances are the known five digits."""
    function, slope, bias_variance, weight_variance = WRITTEN_OUT[name]
    found = half_stable_point(bind_activation(name))
    assert found.bias_variance == pytest.approx(bias_variance, abs=6e-6)
    assert found.weight_variance == pytest.approx(weight_variance, abs=6e-6)
    perpendicular = normal_mean(lambda u: slope(u) ** 2, found.length)
    parallel = normal_mean(lambda u: function(u) * slope(u) * u, found.length) / found.length
    squares = normal_mean(lambda u: function(u) ** 2, found.length)
    assert found.weight_variance * perpendicular == pytest.approx(1.0, abs=1e-9)
    assert found.weight_variance * parallel == pytest.approx(1.0, abs=1e-9)
    settled = found.weight_variance * squares + found.bias_variance
    assert settled == pytest.approx(found.length, rel=1e-9)
    assert found.stability == "half-stable"


@pytest.mark.parametrize(
    ("expected", "names"),
    [
        ("scale-invariant", ["linear", "relu", "leaky_relu", "abs"]),
        ("K* = 0", ["tanh", "sin", "hard_tanh", "softsign", "scaled_tanh", "elu", "selu"]),
        ("half-stable", ["gelu", "silu", "mish", "tat"]),
        ("none", ["softplus", "sigmoid", "dks"]),
    ],
)
def test_activations_have_the_class_of_roberts_yaida_and_hanin(expected, names):
    """ReLU, tanh, gelu and softplus are their examples; all that a config can name have one."""
    for name in names:
        assert universality_class(bind_activation(name)) == expected, name


def test_every_activation_has_a_class_that_is_tested():
    """Those above are all of the catalogue."""
    assert len(ACTIVATIONS) == 4 + 7 + 4 + 3


@pytest.mark.parametrize(("name", "root"), [("gelu", 4.0), ("silu", 4.0), ("mish", 1 / 0.36)])
def test_a_point_that_signals_leave_is_not_called_critical(name, root):
    """Without biases 1 / φ'(0)² solves the equation, and every length grows away from zero."""
    response = bind_activation(name)
    [point] = critical_points(response, 0.0)
    assert point.weight_variance == pytest.approx(root, rel=1e-9)
    assert (point.length, point.stability) == (0.0, "unstable")
    with pytest.raises(UsageError, match=r"no stable critical point .* half-stable one"):
        critical_weight_variance(response, 0.0)
    assert critical_point(response) == half_stable_point(response)


@pytest.mark.parametrize("base", ["tanh", "softplus"])
def test_tat_is_critical_for_standard_inputs_without_biases(base):
    """Its constants give unit lengths, a slope of one of their map, and one of correlations."""
    point = critical_point(bind_activation("tat", base=base, depth=30))
    assert (point.weight_variance, point.length) == pytest.approx((1.0, 1.0), abs=1e-6)
    assert point.bias_variance == pytest.approx(0.0, abs=1e-6)
    assert point.stability == "half-stable"


def test_silu_has_no_critical_point_with_a_bias_variance_of_0_3():
    """At 2.0787 signals of length one settle elsewhere, where gradients shrink by 0.83 a layer."""
    silu_response = bind_activation("silu")
    with pytest.raises(UsageError, match=r"weight variance 2\.07871 / fan_in, signals leave"):
        critical_weight_variance(silu_response, 0.3)
    settled = mean_field(silu_response, weight_variance=2.0787, bias_variance=0.3)
    assert settled.chi_1 == pytest.approx(0.83, abs=0.005)
    assert settled.phase == "ordered"


def test_a_stable_point_of_gelu_with_a_bias_variance_of_its_own_is_taken():
    """Above the half-stable bias variance there is one that attracts lengths."""
    [point] = critical_points(bind_activation("gelu"), 0.3)
    assert point.stability == "stable"
    assert point.chi_parallel < 1.0


@pytest.mark.parametrize("name", ["tanh", "hard_tanh", "sin", "softsign"])
def test_at_the_critical_point_without_biases_every_length_shrinks_to_zero(name):
    """As slowly as that may be; no rounding is taken for a length that is kept."""
    found = mean_field(bind_activation(name), weight_variance=1.0, bias_variance=0.0)
    assert found.q_star == pytest.approx(0.0, abs=1e-6)
    assert found.phase == "critical"
    assert found.stability == "stable"


@pytest.mark.parametrize("name", ["gelu", "silu", "mish"])
def test_a_signal_stays_near_the_half_stable_length_for_fifty_layers(name):
    """From half of it to 1.2 times, a gradient still keeps its mean square to 5 % a layer."""
    point, response = half_stable_point(bind_activation(name)), bind_activation(name)
    for start in (0.5, 1.0, 1.2):
        length = start * point.length
        for _ in range(50):
            squares = normal_mean(lambda u: float(response.values(np.array([u]))[0]) ** 2, length)
            length = point.weight_variance * squares + point.bias_variance
        slope = normal_mean(lambda u: float(response.slopes(np.array([u]))[0]) ** 2, length)
        assert point.weight_variance * slope == pytest.approx(1.0, abs=0.05)
