"""Dialects draw what their frameworks draw: held to draws of the frameworks themselves.

``fixtures/framework_draws.json`` has moments and quantiles of a few hundred thousand entries each;
``fixtures/make_framework_draws.py`` made it and says with which versions.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from initbench.initializers import INITIALIZERS, LayerSpec, bind

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
    check_summary(drawn["weights"], initialization.law(layer))
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
def test_another_law_is_told_from_the_framework(drawn, name, part):
    """What PyTorch's layer draws is no other scheme's: the comparison can fail."""
    layer = LayerSpec(*drawn["fans"])
    other = bind(name)
    law = other.law(layer) if part == "weights" else other.bias_law(layer)
    with pytest.raises(AssertionError):
        check_summary(drawn[part], law)


def test_the_fixture_covers_every_dialect_of_an_installable_framework():
    """All but MXNet and the Playground, which have no Python package of today, were drawn."""
    drawn = {read_name(each["name"])[0].initializer.name for each in FIXTURE["draws"]}
    prefixes = ("torch:", "keras:", "jax:", "flax:", "sklearn:")
    assert {name for name in INITIALIZERS if name.startswith(prefixes)} <= drawn
