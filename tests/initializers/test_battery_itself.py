"""The battery sees what is wrong: schemes that break their law in one way each fail it."""

from dataclasses import replace
from functools import wraps

import numpy as np
import pytest
from scipy import stats

from initbench.initializers import INITIALIZERS, LayerSpec, bind
from initbench.initializers.draws import scaled_normal, scaled_truncated_normal, scaled_uniform
from tests.initializers.battery import (
    check_independence,
    check_law_everywhere,
    check_reproducibility,
)

CUT_STD = stats.truncnorm(-2, 2).std()


def altered(function, mutate):
    """Return a drawing function that returns `mutate(draw, rng, layer)`."""

    @wraps(function)
    def draw(rng, layer, **options):
        return mutate(lambda spec: function(rng, spec, **options), rng, layer)

    return draw


def broken(name, mutate):
    """Return the scheme `name`, bound, drawing its weights otherwise."""
    scheme = INITIALIZERS[name]
    return bind(replace(scheme, draw=altered(scheme.draw, mutate)))


def broken_bias(name, mutate):
    """Return the scheme `name`, bound, drawing its biases otherwise."""
    scheme = INITIALIZERS[name]
    bias = replace(scheme.bias, draw=altered(scheme.bias.draw, mutate))
    return bind(replace(scheme, bias=bias))


def swapped(layer):
    """Return the layer that has as many inputs as this one has units."""
    return replace(layer, fan_in=layer.fan_out, fan_out=layer.fan_in)


def unsigned_orthogonal(_draw, rng, layer):
    """Draw the Q that the factorization happens to give."""
    q, _ = np.linalg.qr(rng.standard_normal((max(layer.shape), min(layer.shape))))
    return q if layer.fan_in >= layer.fan_out else q.T


MUTANTS = {
    "gain": ("he_normal", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of a uniform draw": ("glorot_uniform", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of an orthogonal one": ("orthogonal", lambda draw, _, layer: 1.0001 * draw(layer)),
    "gain of an identity": ("identity", lambda draw, _, layer: 1.0001 * draw(layer)),
    "gain of a truncated one": ("keras:he_normal", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of a mirrored one": ("looks_linear", lambda draw, _, layer: 1.0001 * draw(layer)),
    "gain of a sparse one": ("sparse", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of given lengths": ("nguyen_widrow", lambda draw, _, layer: 1.0001 * draw(layer)),
    "gain in the first layer alone": (
        "siren",
        lambda draw, _, layer: (1.05 if layer.is_first else 1.0) * draw(layer),
    ),
    "gain in the last layer alone": (
        "mup",
        lambda draw, _, layer: (1.05 if layer.is_last else 1.0) * draw(layer),
    ),
    "fan": ("he_normal", lambda draw, _, layer: draw(swapped(layer)).T),
    "fan of a dialect": ("torch:linear", lambda draw, _, layer: draw(swapped(layer)).T),
    "axis of what is silent": ("sparse_martens", lambda draw, _, layer: draw(swapped(layer)).T),
    "position ignored": (
        "fixup",
        lambda draw, _, layer: draw(replace(layer, branch_layers=0, index=0)),
    ),
    "cut moved": ("truncated_normal", lambda draw, _, layer: np.clip(draw(layer), -0.08, 0.08)),
    "mirror broken": ("looks_linear", lambda draw, _, layer: np.abs(draw(layer))),
    "one seed": ("sinusoidal", lambda draw, rng, layer: draw(layer) + rng.normal(0.0, 1e-9)),
    "too few zeros": (
        "sparse",
        lambda draw, _, layer: np.where(draw(layer) == 0.0, 1e-3, draw(layer)),
    ),
    "fan, averaged": (
        "lecun_uniform",
        lambda _, rng, layer: scaled_uniform(rng, layer, variance=2 / sum(layer.shape)),
    ),
    "truncation not corrected": (
        "variance_scaling",
        lambda draw, _, layer: CUT_STD * draw(layer),
    ),
    "truncation left out": (
        "variance_scaling",
        lambda _, rng, layer: scaled_normal(rng, layer, variance=1 / layer.fan_in),
    ),
    "truncation brought in": (
        "lecun_normal",
        lambda _, rng, layer: scaled_truncated_normal(rng, layer, variance=1 / layer.fan_in),
    ),
    "family": (
        "lecun_normal",
        lambda _, rng, layer: scaled_uniform(rng, layer, variance=1 / layer.fan_in),
    ),
    "mean": ("normal", lambda draw, _, layer: draw(layer) + 0.05),
    "sign": ("orthogonal", unsigned_orthogonal),
    "constant": ("zeros", lambda draw, _, layer: draw(layer) + 1e-9),
}


@pytest.mark.parametrize(("name", "mutate"), MUTANTS.values(), ids=MUTANTS)
def test_a_broken_law_fails_the_battery(name, mutate):
    """A wrong gain, fan, truncation, family, mean or sign is seen."""
    scheme = broken(name, mutate)
    with pytest.raises(AssertionError):
        check_law_everywhere(scheme)


BIAS_MUTANTS = {
    "gain": ("torch:linear", lambda draw, _, layer: 1.05 * draw(layer)),
    "fan": ("torch:linear", lambda _, rng, layer: rng.uniform(-1, 1, layer.fan_out) / 8.0),
    "left out": ("sklearn:mlp", lambda _, __, layer: np.zeros(layer.fan_out)),
    "constant": ("playground", lambda draw, _, layer: draw(layer) + 1e-9),
    "activation ignored": (
        "sparse_martens",
        lambda draw, _, layer: draw(replace(layer, activation="tanh")),
    ),
}


@pytest.mark.parametrize(("name", "mutate"), BIAS_MUTANTS.values(), ids=BIAS_MUTANTS)
def test_a_broken_bias_fails_the_battery(name, mutate):
    """Biases of the wrong size, or none where some are stated, are seen."""
    scheme = broken_bias(name, mutate)
    with pytest.raises(AssertionError):
        check_law_everywhere(scheme)


@pytest.mark.parametrize("name", sorted({name for name, _ in MUTANTS.values()}))
def test_an_unbroken_copy_passes_the_battery(name):
    """What fails the mutants is what was changed, not the way that they are made."""
    check_law_everywhere(broken(name, lambda draw, _, layer: draw(layer)))


@pytest.mark.parametrize("name", sorted({name for name, _ in BIAS_MUTANTS.values()}))
def test_an_unbroken_copy_of_a_bias_passes_the_battery(name):
    """What fails the mutants is what was changed, not the way that they are made."""
    check_law_everywhere(broken_bias(name, lambda draw, _, layer: draw(layer)))


def test_an_unseeded_draw_fails_the_battery():
    """Numbers that do not come from the generator that is passed are seen."""
    elsewhere = np.random.default_rng(0)
    scheme = broken("normal", lambda _, __, layer: elsewhere.standard_normal(layer.shape))
    with pytest.raises(AssertionError):
        check_reproducibility(scheme)


REPETITIONS = {
    "layers": lambda _, __, layer: np.random.default_rng(0).standard_normal(layer.shape),
    "rows": lambda draw, _, layer: np.tile(draw(LayerSpec(1, layer.fan_out)), (layer.fan_in, 1)),
}


@pytest.mark.parametrize("mutate", REPETITIONS.values(), ids=REPETITIONS)
def test_repeated_entries_fail_the_battery(mutate):
    """Layers that share their draw, or rows that are alike, are seen."""
    scheme = broken("normal", mutate)
    with pytest.raises(AssertionError):
        check_independence(scheme)
