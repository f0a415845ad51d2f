"""Dialects draw what their frameworks draw: held to draws of the frameworks themselves.

``fixtures/framework_draws.json`` has moments and quantiles of a few hundred thousand entries each;
``fixtures/make_framework_draws.py`` made it and says with which versions.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, LayerSpec, bind, layers_of
from initbench.nn import bind_activation

FIXTURE = json.loads(
    (Path(__file__).parent / "fixtures" / "framework_draws.json").read_text(encoding="utf-8")
)
SINGLE = float(np.finfo(np.float32).eps)


def number_or_text(value):
    """Return an option as the fixture's name has it."""
    try:
        return float(value)
    except ValueError:
        return value


def read_name(name):
    """Return the scheme, bound, and the activation of the network that it was drawn for."""
    scheme, *pairs = name.split()
    options = {key: number_or_text(value) for key, value in (pair.split("=") for pair in pairs)}
    activation = options.pop("activation", "relu")
    return bind(scheme, **options), activation


def check_summary(drawn, law):
    """Hold a framework's moments and quantiles to a law, within five standard errors."""
    entries = drawn["entries"]
    for order, found in ((1, drawn["mean"]), (2, drawn["mean_square"])):
        spread = max(law.moment(2 * order) - law.moment(order) ** 2, 0.0)
        rounding = SINGLE * law.moment(2 * order) ** 0.5
        assert abs(found - law.moment(order)) <= 5 * math.sqrt(spread / entries) + rounding
    low, high = law.support
    assert low - 4 * SINGLE * abs(low) <= drawn["quantiles"][0]
    assert drawn["quantiles"][-1] <= high + 4 * SINGLE * abs(high)
    if not law.atoms:
        probabilities = np.array(FIXTURE["probabilities"])
        errors = np.sqrt(probabilities * (1 - probabilities) / entries) + 1 / entries
        gaps = np.abs(law.cdf(np.array(drawn["quantiles"])) - probabilities)
        assert np.all(gaps[1:-1] <= 5 * errors[1:-1])
    else:
        share = sum(share for share, value in law.atoms if value == 0.0)
        assert drawn["zeros"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("drawn", FIXTURE["draws"], ids=lambda d: f"{d['name']} {d['fans']}")
def test_a_dialect_has_the_law_of_its_framework(drawn):
    """Weights and biases of the framework cannot be told from the law that the dialect states."""
    initialization, activation = read_name(drawn["name"])
    layer = LayerSpec(*drawn["fans"], 1, 3, activation, activation)
    law = initialization.law(layer)
    if law is None:  # one matrix, of which the law of an entry says nothing
        square = initialization.variance(layer) + initialization.mean(layer) ** 2
        assert drawn["weights"]["mean"] == pytest.approx(initialization.mean(layer), rel=1e-6)
        assert drawn["weights"]["mean_square"] == pytest.approx(square, rel=1e-6)
    else:
        check_summary(drawn["weights"], law)
    check_summary(drawn["biases"], initialization.bias_law(layer))


@pytest.mark.parametrize("drawn", FIXTURE["draws"][:1], ids=lambda d: d["name"])
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("glorot_uniform", "weights"),
        ("he_normal", "weights"),
        ("lecun_uniform", "weights"),
        ("keras:dense", "biases"),
    ],
)
def test_the_comparison_with_a_framework_detects_another_law(drawn, name, part):
    """What PyTorch's layer draws is no other scheme's: the comparison can fail."""
    layer = LayerSpec(*drawn["fans"])
    other = bind(name)
    law = other.law(layer) if part == "weights" else other.bias_law(layer)
    with pytest.raises(AssertionError):
        check_summary(drawn[part], law)


def test_the_fixture_covers_every_dialect_of_an_installable_framework():
    """Every dialect of a framework with a Python package of today was drawn."""
    drawn = {read_name(each["name"])[0].initializer.name for each in FIXTURE["draws"]}
    prefixes = ("torch:", "keras:", "jax:", "flax:", "sklearn:")
    assert {name for name in INITIALIZERS if name.startswith(prefixes)} <= drawn


@pytest.mark.parametrize("slope", [0.1, 0.3, 1.0])
@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("keras:he_uniform", 2 / 16),
        ("keras:HeUniform", 2 / 16),
        ("jax:he_uniform", 2 / 16),
        ("jax.nn.initializers.kaiming_uniform", 2 / 16),
        ("keras:he_normal", 2 / 16),
        ("caffe:msra", 2 / 16),
        ("torch:kaiming_uniform", 2 / 16),
        ("torch:kaiming_normal_", 2 / 16),
    ],
)
def test_a_dialect_does_not_follow_the_activation(name, variance, slope):
    """No framework looks at the network: in one of leaky_relu the variance is that of ReLU."""
    network = bind_activation("leaky_relu", slope=slope)
    layer = layers_of([16, 16, 16], network)[0]
    scheme = bind(name)
    assert scheme.variance(layer) == pytest.approx(variance)
    [(weights, _)] = scheme.draw([LayerSpec(16, 4096, 0, 1)], seed=0)
    assert weights.var() == pytest.approx(variance, rel=0.05)
    assert not scheme.initializer.follows


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("torch:constant", "val"),
        ("torch.nn.init.constant_", "val"),
        ("torch:sparse", "sparsity"),
        ("jax:constant", "value"),
        ("jax:variance_scaling", "distribution"),
    ],
)
def test_options_required_by_the_framework_are_required(name, option):
    """No default is invented."""
    with pytest.raises(UsageError, match=f"{option}: is required"):
        bind(name)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("torch:eye", {"gain": 2.0}),
        ("keras:glorot_uniform", {"gain": 2.0}),
        ("jax:glorot_uniform", {"gain": 2.0}),
        ("jax:orthogonal", {"gain": 2.0}),
        ("keras:truncated_normal", {"cut": 1.0}),
        ("keras:he_uniform", {"mode": "fan_out"}),
    ],
)
def test_options_unknown_to_the_framework_raise(name, options):
    """The dialect takes the framework's options and no others."""
    with pytest.raises(UsageError, match="unknown option"):
        bind(name, **options)


def test_keras_normal_variance_scaling_is_truncated():
    """Keras reads ``normal`` as ``truncated_normal``, and JAX does not."""
    layer = LayerSpec(64, 64)
    assert bind("keras:variance_scaling", distribution="normal").distribution(layer) == (
        "truncated_normal"
    )
    jax = bind("jax:variance_scaling", scale=1.0, mode="fan_in", distribution="normal")
    assert jax.distribution(layer) == "normal"


@pytest.mark.parametrize(
    ("name", "equivalent"),
    [
        ("mxnet:xavier", "glorot_uniform"),
        ("mx.init.MSRAPrelu", "scale: 1.88235"),
        ("mxnet:Orthogonal", "gain: 1.414"),
    ],
)
def test_mxnet_names_raise_and_suggest_an_equivalent(name, equivalent):
    """The project is no longer developed; the message names a scheme of the same law."""
    with pytest.raises(UsageError, match=equivalent):
        bind(name)
