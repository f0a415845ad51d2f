"""Where signals settle, and where a network is critical: published numbers and plain iteration."""

import math

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.nn import ACTIVATIONS, bind_activation
from initbench.theory import critical_point, critical_weight_variance, gradient_factors, mean_field
from initbench.theory.quadrature import correlation_map, length_slope, mean_square


def iterate(response, weight_variance, bias_variance, layers=3000):
    """Return the variance and correlation that many layers lead to, from 1 and 0.6."""
    length, correlation = 1.0, 0.6
    for _ in range(layers):
        correlation = correlation_map(
            response,
            correlation,
            (length, length),
            weight_variance=weight_variance,
            bias_variance=bias_variance,
        )
        length = weight_variance * float(mean_square(response, np.array(length))) + bias_variance
    return length, correlation


@pytest.mark.parametrize(
    ("bias_variance", "weight_variance"),
    [(0.0, 1.0), (1e-4, 1.0860), (0.01, 1.4242), (0.1, 1.9861)],
)
def test_tanh_is_critical_where_it_is_known_to_be(bias_variance, weight_variance):
    """The known critical line of tanh networks, to all digits that are known."""
    found = critical_weight_variance(bind_activation("tanh"), bias_variance)
    assert found == pytest.approx(weight_variance, abs=6e-5)


def test_tanh_is_critical_where_schoenholz_et_al_say():
    """With a bias variance of 0.05 the transition is at a weight variance of 1.76."""
    found = critical_weight_variance(bind_activation("tanh"), 0.05)
    assert found == pytest.approx(1.76, abs=5e-3)


@pytest.mark.parametrize(
    ("activation", "weight_variance"), [("relu", 2.0), ("linear", 1.0), ("abs", 1.0)]
)
def test_units_without_a_scale_are_critical_without_biases_alone(activation, weight_variance):
    """ReLU's critical point is He's variance, and any bias variance moves away from it."""
    response = bind_activation(activation)
    assert critical_weight_variance(response, 0.0) == pytest.approx(weight_variance, rel=1e-9)
    with pytest.raises(UsageError, match=f"a {activation} network is critical with bias_variance"):
        critical_weight_variance(response, 0.01)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_critical_gradient_keeps_its_size(name):
    """At the critical weight variance, the product with the mean squared slope is one."""
    response = bind_activation(name)
    if name == "softplus":
        with pytest.raises(UsageError, match="a softplus network has no critical point"):
            critical_weight_variance(response, 0.0)
        return
    point = critical_point(response)
    found = mean_field(
        response,
        weight_variance=point.weight_variance,
        bias_variance=point.bias_variance,
        length=point.length,
    )
    assert found.chi_1 == pytest.approx(1.0, abs=1e-6)
    assert found.phase == "critical"
    assert found.stability != "unstable"


def test_fixed_points_have_the_closed_forms_of_relu():
    """Below He's variance: q* = σb² / (1 - σw²/2), both depth scales 1 / log(2 / σw²)."""
    found = mean_field(bind_activation("relu"), weight_variance=1.5, bias_variance=0.3)
    assert found.q_star == pytest.approx(1.2, rel=1e-8)
    assert found.c_star == 1.0
    assert found.chi_1 == pytest.approx(0.75, rel=1e-8)
    assert (found.xi_q, found.xi_c) == pytest.approx((1 / math.log(2 / 1.5),) * 2, rel=1e-8)
    grows = mean_field(bind_activation("relu"), weight_variance=2.5, bias_variance=0.3)
    assert (grows.q_star, grows.xi_q, grows.phase) == (math.inf, math.inf, "chaotic")


def test_fixed_points_have_the_closed_forms_of_erf(erf_response):
    """The slope of the length map is the derivative of Williams's arc sine."""
    length = 0.7
    closed = (
        8 / math.pi / ((1 + 2 * length) ** 2 * math.sqrt(1 - (2 * length / (1 + 2 * length)) ** 2))
    )
    assert length_slope(erf_response, length) == pytest.approx(closed / 2, rel=1e-8)


@pytest.mark.parametrize(("weight_variance", "bias_variance"), [(1.2, 0.05), (2.5, 0.05), (4, 0.0)])
def test_a_signal_settles_where_theory_says(weight_variance, bias_variance):
    """Iterating the maps ends at q* and c*, in the ordered and in the chaotic phase."""
    tanh = bind_activation("tanh")
    found = mean_field(tanh, weight_variance=weight_variance, bias_variance=bias_variance)
    length, correlation = iterate(tanh, weight_variance, bias_variance, layers=60)
    assert length == pytest.approx(found.q_star, rel=1e-6)
    # After 60 layers there is exp(-60 / ξ) left of the way.
    left = math.exp(-60 / found.xi_c)
    assert correlation == pytest.approx(found.c_star, abs=2 * left + 1e-8)


def test_the_depth_scale_is_the_rate_of_approach():
    """Ten layers take a signal nearer by exp(-10 / ξ), in length and in correlation."""
    tanh = bind_activation("tanh")
    found = mean_field(tanh, weight_variance=2.5, bias_variance=0.05)
    correlation = found.c_star + 1e-3
    for _ in range(10):
        correlation = correlation_map(
            tanh,
            correlation,
            (found.q_star, found.q_star),
            weight_variance=2.5,
            bias_variance=0.05,
        )
    assert (correlation - found.c_star) / 1e-3 == pytest.approx(
        math.exp(-10 / found.xi_c), rel=0.01
    )
    length = found.q_star * 1.0001
    for _ in range(5):
        length = 2.5 * float(mean_square(tanh, np.array(length))) + 0.05
    assert (length / found.q_star - 1) / 1e-4 == pytest.approx(math.exp(-5 / found.xi_q), rel=0.01)


@pytest.mark.parametrize(("activation", "share"), [("relu", 0.5), ("abs", 1.0), ("linear", 1.0)])
def test_a_vanishing_signal_feels_both_sides_of_a_kink(activation, share):
    """As near zero as it comes, ReLU passes half of a gradient's mean square, abs all of it."""
    found = mean_field(bind_activation(activation), weight_variance=0.8, bias_variance=0.0)
    assert found.q_star == 0.0
    assert found.chi_1 == pytest.approx(0.8 * share, rel=1e-9)
    assert found.xi_c == pytest.approx(-1 / math.log(0.8 * share), rel=1e-9)


def test_selu_without_biases_is_critical_by_both_of_its_slopes():
    """They are λ and λα at zero; the numbers are those of Klambauer et al. (2017)."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    expected = 2 / (scale**2 * (1 + alpha**2))
    found = critical_weight_variance(bind_activation("selu"), 0.0)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_network_without_weights_is_where_its_biases_put_it():
    """With a weight variance of zero, all is settled after one layer."""
    found = mean_field(bind_activation("tanh"), weight_variance=0.0, bias_variance=0.3)
    assert (found.q_star, found.chi_1, found.xi_c) == (pytest.approx(0.3), 0.0, 0.0)


def test_a_diagram_holds_the_factor_of_each_point():
    """Rows are bias variances, columns weight variances."""
    tanh = bind_activation("tanh")
    chi = gradient_factors(tanh, np.array([0.5, 3.0]), np.array([0.0, 0.1, 0.2]))
    assert chi.shape == (3, 2)
    alone = mean_field(tanh, weight_variance=3.0, bias_variance=0.2).chi_1
    assert chi[2, 1] == pytest.approx(alone, rel=1e-12)
