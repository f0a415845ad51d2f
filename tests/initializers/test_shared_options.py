"""Every scheme takes biases and a zero output layer; runs without them keep their keys."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.config.experiment import InitConfig
from initbench.config.loading import make_experiment
from initbench.errors import ConfigError, UsageError
from initbench.experiment.units import variant_of
from initbench.exporting import paste_line
from initbench.initializers import INITIALIZERS, bind, layers_of
from tests.initializers.battery import check_law, hidden_layer, required_of

SCHEMES = [name for name, entry in INITIALIZERS.items() if "path" not in entry.options]
FREE_BIAS = [name for name in SCHEMES if "bias" not in INITIALIZERS[name].options]
"""Schemes without an option of that name of their own."""
LAWS = [0.1, -2, 0, "normal(0.5)", "uniform(0.25)", "fan_in"]


def a_layer(scheme, **changes):
    """Return the last layer of a network that a scheme is for."""
    layer = hidden_layer(scheme, (32, 16))
    return replace(layer, index=3, activation="linear", **changes)


@pytest.mark.parametrize("given", LAWS)
@pytest.mark.parametrize("name", FREE_BIAS)
def test_biases_of_any_scheme_obey_the_law_that_is_given(name, given):
    """Weights are those without the option, and biases pass the battery."""
    required = required_of(INITIALIZERS[name])
    plain, scheme = bind(name, **required), bind(name, **required, bias=given)
    layer = hidden_layer(scheme, (32, 16))
    [(weights, _)], [(others, biases)] = plain.draw([layer], 5), scheme.draw([layer], 5)
    np.testing.assert_array_equal(weights, others)
    if isinstance(given, int | float):
        np.testing.assert_array_equal(biases, given)
    else:
        law = scheme.bias_law(layer)
        variances = {"normal(0.5)": 0.25, "uniform(0.25)": 1 / 48, "fan_in": 1 / 96}
        assert (law.mean, law.variance) == (0.0, pytest.approx(variances[given]))
        assert np.unique(biases).size == 16


@pytest.mark.parametrize("given", LAWS)
@pytest.mark.parametrize("name", ["he", "rai", "torch:linear", "critical", "zeros"])
def test_a_scheme_with_biases_passes_the_battery(name, given):
    """The biases of a scheme's own law are replaced, also where it draws both together."""
    scheme = bind(name, bias=given)
    check_law(scheme, hidden_layer(scheme, (64, 48)))


@pytest.mark.parametrize("name", SCHEMES)
def test_the_output_layer_of_any_scheme_can_start_at_zero(name):
    """All of its weights, and none of another layer; the stated law says so."""
    required = required_of(INITIALIZERS[name])
    plain, scheme = bind(name, **required), bind(name, **required, zero_output=True)
    last = a_layer(scheme)
    [(weights, biases)], [(_, others)] = scheme.draw([last], 0), plain.draw([last], 0)
    assert not weights.any()
    np.testing.assert_array_equal(biases, others)
    assert (scheme.mean(last), scheme.variance(last)) == (0.0, 0.0)
    assert scheme.distribution(last) == "constant"
    hidden = hidden_layer(scheme, (32, 16))
    np.testing.assert_array_equal(scheme.draw([hidden], 0)[0][0], plain.draw([hidden], 0)[0][0])


def test_biases_of_pytorch_are_those_of_its_layer():
    """``fan_in`` draws the biases that ``torch:linear`` draws."""
    layers = layers_of([7, 9, 3], "relu")
    ours, theirs = bind("he", bias="fan_in").draw(layers, 3), bind("torch:linear").draw(layers, 3)
    for (_, one), (_, other) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("normal( 0.10 )", "normal(0.1)"), ("uniform(1e-2)", "uniform(0.01)"), (1, 1.0)],
)
def test_equivalent_bias_laws_have_one_spelling(given, kept):
    """Two ways to write a law are one run."""
    assert bind("he", bias=given).options["bias"] == kept
    assert InitConfig.model_validate({"name": "he", "bias": given}).options["bias"] == kept


@pytest.mark.parametrize(
    "given",
    ["normal", "normal()", "normal(-1)", "gauss(1)", True, float("nan"), [1], "normal(1e999)"],
)
def test_an_invalid_bias_law_raises_and_lists_the_forms(given):
    """From Python and from a config."""
    with pytest.raises(UsageError, match=r"normal\(std\), uniform\(bound\) or fan_in"):
        bind("he", bias=given)


def test_a_misspelled_option_suggests_the_shared_option():
    """The nearest key is suggested."""
    settings = {"dataset": "moons", "inits": [{"name": "he", "zero_outputs": True}]}
    with pytest.raises(ConfigError, match="Did you mean 'zero_output'"):
        make_experiment(settings, "x")


def test_keys_change_only_where_an_option_is_given():
    """``zero_output: false`` changes nothing, and a bias of 0 replaces biases of a scheme's own."""
    plain, false = (
        variant_of(InitConfig.model_validate(init), ())
        for init in ({"name": "he"}, {"name": "he", "zero_output": False})
    )
    assert plain.identity == false.identity
    assert "bias" not in dict(plain.scheme.options)
    with_bias = variant_of(InitConfig.model_validate({"name": "he", "bias": 0}), ())
    assert with_bias.identity != plain.identity
    assert with_bias.initialization == bind("he", bias=0.0)


def test_an_own_option_named_bias_takes_precedence():
    """The bias of `krahenbuhl` is what it adds after it has standardised a unit."""
    scheme = bind("krahenbuhl", bias=0.3, zero_output=True)
    assert scheme.shared_options == {"zero_output": True}
    assert scheme.bias is None


def test_schemes_with_shared_options_have_no_framework_spelling():
    """No initializer of a framework sets biases or one layer: the weights are exported."""
    line = paste_line(bind("he", bias="fan_in", zero_output=True), "torch")
    assert "initbench export" in line
    assert 'bias: "fan_in", zero_output: true' in line
