"""The factor by series is that of the double integrals."""

import math

import pytest

from initbench.nn import bind_activation
from initbench.theory import correlation_factor, mean_field


@pytest.mark.parametrize("name", ["tanh", "relu", "hard_tanh", "softsign", "sigmoid", "gelu"])
@pytest.mark.parametrize("weight_variance", [0.5, 1.76, 2.0, 4.0])
def test_the_series_has_three_digits_of_the_depth_scale(name, weight_variance):
    """In the ordered and in the chaotic phase, with biases."""
    response = bind_activation(name)
    variances = {"weight_variance": weight_variance, "bias_variance": 0.05}
    exact = mean_field(response, **variances).xi_c
    factor = correlation_factor(response, **variances)
    if not math.isfinite(exact):
        assert math.isnan(factor) or factor == 1.0
        return
    assert -1 / math.log(factor) == pytest.approx(exact, rel=1e-3)


def test_a_critical_network_forgets_nothing():
    """He's variance for ReLU, and one for tanh, without biases."""
    he = correlation_factor(bind_activation("relu"), weight_variance=2.0, bias_variance=0.0)
    tanh = correlation_factor(bind_activation("tanh"), weight_variance=1.0, bias_variance=0.0)
    assert he == tanh == 1.0


@pytest.mark.parametrize(("weight_variance", "factor"), [(1.0, 0.5), (0.4, 0.2), (0.0, 0.0)])
def test_a_vanishing_signal_of_relu_shrinks_by_half_the_variance(weight_variance, factor):
    """Half of the units are off, however small the signal; the kink itself is no slope."""
    relu = bind_activation("relu")
    found = correlation_factor(relu, weight_variance=weight_variance, bias_variance=0.0)
    assert found == pytest.approx(factor)


def test_a_length_without_end_has_no_factor():
    """Theory says nothing then."""
    relu = bind_activation("relu")
    assert math.isnan(correlation_factor(relu, weight_variance=2.5, bias_variance=0.0))
