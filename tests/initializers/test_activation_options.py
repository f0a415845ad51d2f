"""Schemes that look at the activation see its options: variances by quadrature and in draws."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from initbench.config.experiment import InitConfig
from initbench.errors import UsageError
from initbench.experiment.units import variant_of
from initbench.initializers import bind, layers_of
from initbench.nn import bind_activation
from initbench.training.unit import Named


def leaky(slope):
    """Return a leaky rectifier of this slope, and its derivative."""
    return (lambda z: z if z > 0 else slope * z), (lambda z: 1.0 if z > 0 else slope)


def elu(alpha):
    """Return an exponential unit that saturates at -alpha, and its derivative."""
    return (
        lambda z: z if z > 0 else alpha * math.expm1(z),
        lambda z: 1.0 if z > 0 else alpha * math.exp(z),
    )


def sine(omega):
    """Return a sine of this frequency, and its derivative."""
    return (lambda z: math.sin(omega * z)), (lambda z: omega * math.cos(omega * z))


WRITTEN_OUT = {
    "leaky_relu": ("slope", leaky, (0.1, 0.3, 1.0)),
    "elu": ("alpha", elu, (0.5, 1.5, 3.0)),
    "sin": ("omega", sine, (0.5, 3.0, 30.0)),
}
CASES = [
    (name, option, value, make(value))
    for name, (option, make, values) in WRITTEN_OUT.items()
    for value in values
]


def mean_square(function, length):
    """Return E[f(√q z)²] by SciPy's adaptive quadrature."""

    def integrand(z):
        square = function(math.sqrt(length) * z) ** 2
        return square * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return quad(integrand, -12, 0, limit=500)[0] + quad(integrand, 0, 12, limit=500)[0]


@pytest.mark.parametrize("scheme", ["critical", "dynamical_isometry"])
@pytest.mark.parametrize("activation", ["gelu", "silu", "mish"])
def test_a_half_stable_point_needs_biases(scheme, activation):
    """Its bias variance is part of the point: a network without biases is refused, with advice."""
    layers = layers_of([64] * 4, activation, has_bias=False)
    with pytest.raises(UsageError, match=r"network\.bias"):
        bind(scheme).check(layers)
    bind(scheme).check(layers_of([64] * 4, activation))
    bind(scheme).check(layers_of([64] * 4, "tanh", has_bias=False))


def hidden_layer(name, options, units=64):
    """Return a layer between hidden ones."""
    return layers_of([units] * 4, bind_activation(name, **options))[1]


@pytest.mark.parametrize(("name", "option", "value", "written"), CASES)
@pytest.mark.parametrize("scheme", ["critical", "dynamical_isometry"])
def test_a_critical_gradient_keeps_its_size_for_every_option(scheme, name, option, value, written):
    """Without biases that is at length zero, where a unit with a kink has both of its slopes."""
    layer = hidden_layer(name, {option: value})
    scaled = layer.fan_in * bind(scheme).variance(layer)
    _, slope = written
    assert scaled * mean_square(slope, 1e-14) == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("sin", {"omega": 30}, 1 / 900),
        ("leaky_relu", {"slope": 0.3}, 2 / 1.09),
        ("leaky_relu", {"slope": 1.0}, 1.0),
        ("elu", {"alpha": 3.0}, 0.2),
    ],
)
def test_what_is_drawn_has_the_critical_variance(name, options, expected):
    """Of 65,536 weights, within five standard errors."""
    layer = hidden_layer(name, options, units=256)
    [(weights, _)] = bind("critical").draw([layer], seed=0)
    assert 256 * weights.var() == pytest.approx(expected, rel=5 * math.sqrt(2 / weights.size))


@pytest.mark.parametrize("omega", [0.5, 3.0, 30.0])
def test_kumar_and_siren_see_the_omega_of_a_sine(omega):
    """Kumar: 1 / (n ω²), by the slope at zero; siren: 2 / (n ω²)."""
    layer = hidden_layer("sin", {"omega": omega})
    assert layer.fan_in * bind("kumar").variance(layer) == pytest.approx(1 / omega**2)
    assert layer.fan_in * bind("siren").variance(layer) == pytest.approx(2 / omega**2)


def test_siren_keeps_an_omega_that_is_set():
    """Another than its default."""
    layer = hidden_layer("sin", {"omega": 3.0})
    assert 64 * bind("siren", omega=10).variance(layer) == pytest.approx(2 / 100)


@pytest.mark.parametrize("scheme", ["he_normal", "he_uniform"])
@pytest.mark.parametrize("slope", [0.0, 0.1, 0.3])
def test_he_keeps_the_second_moment_under_leaky_units_of_every_slope(scheme, slope):
    """The variance times the mean square of leaky activations is that of preactivations."""
    layer = hidden_layer("leaky_relu", {"slope": slope})
    kept = layer.fan_in * bind(scheme).variance(layer) * mean_square(leaky(slope)[0], 1.0)
    assert kept == pytest.approx(1.0, rel=1e-8)


def test_he_keeps_a_slope_that_is_set():
    """2 / (1 + 0.5²), whatever the slope of the network's activation is."""
    layer = hidden_layer("leaky_relu", {"slope": 0.3})
    assert 64 * bind("he", negative_slope=0.5).variance(layer) == pytest.approx(1.6)


def test_a_layer_names_its_activation_and_knows_its_options():
    """A plugin reads names, or values and slopes; a name stands for default options."""
    layer = hidden_layer("leaky_relu", {"slope": 0.3})
    assert (layer.activation, layer.hidden_activation) == ("leaky_relu", "leaky_relu")
    assert layer.bound_activation.values(np.array([-2.0, 1.0])).tolist() == [-0.6, 1.0]
    assert layers_of([3, 4, 2], "leaky_relu") == layers_of([3, 4, 2], bind_activation("leaky_relu"))
    assert replace(layer, fan_in=9).bound_activation.options == {"slope": 0.3}


@pytest.mark.parametrize(
    ("scheme", "activation", "is_revised"),
    [
        ("critical", Named("tanh"), False),
        ("critical", Named("relu"), False),
        ("critical", Named("gelu"), True),
        ("critical", Named("elu", (("alpha", 1.0),)), False),
        ("critical", Named("elu", (("alpha", 3.0),)), True),
        ("dynamical_isometry", Named("silu"), True),
        ("kumar", Named("sin", (("omega", 30.0),)), True),
        ("kumar", Named("gelu"), False),
        ("he_normal", Named("relu"), False),
        ("he_normal", Named("leaky_relu", (("slope", 0.3),)), True),
        ("siren", Named("sin", (("omega", 30.0),)), False),
        ("siren", Named("sin", (("omega", 1.0),)), True),
        ("lecun_normal", Named("gelu"), False),
    ],
)
def test_run_keys_differ_only_where_draws_do(scheme, activation, is_revised):
    """Runs that were drawn with other variances are not taken for those of today."""
    variant = variant_of(InitConfig.model_validate(scheme), ())
    assert bool(variant.revision(activation)) == is_revised


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("softplus", {}, "a softplus network has no critical point"),
        ("gelu", {"bias_variance": 0.05}, "half-stable one at bias_variance 0.172922"),
    ],
)
def test_a_network_without_a_stable_critical_point_is_refused_before_a_draw(name, options, message):
    """With what to set instead, where there is something."""
    layers = layers_of([4, 8, 8, 2], name)
    with pytest.raises(UsageError, match=message):
        bind("critical", **options).check(layers)


@pytest.mark.parametrize(
    ("name", "bias_variance", "weight_variance"),
    [("gelu", 0.17292, 1.98306), ("silu", 0.55514, 1.98800), ("mish", 0.09452, 2.01352)],
)
def test_critical_draws_weights_and_biases_of_the_half_stable_point(
    name, bias_variance, weight_variance
):
    """The known five digits, in the law and, within five standard errors, in the draw."""
    layer = hidden_layer(name, {}, units=512)
    scheme = bind("critical")
    assert 512 * scheme.variance(layer) == pytest.approx(weight_variance, abs=6e-6)
    assert scheme.bias_law(layer).variance == pytest.approx(bias_variance, abs=6e-6)
    [(weights, biases)] = scheme.draw([layer], seed=0)
    assert 512 * weights.var() == pytest.approx(weight_variance, rel=5 * math.sqrt(2 / 512**2))
    assert np.square(biases).mean() == pytest.approx(bias_variance, rel=5 * math.sqrt(2 / 512))
