"""Depth scales: how fast correlations decay per layer in the wide limit of a cell's networks.

Mean-field theory computes this from a scheme's law alone, without any run. The factors are stored
with the cell, because a reader of the results has neither the scheme nor the theory.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from initbench.initializers.wide_limit import wide_layers
from initbench.nn import bind_activation
from initbench.theory import correlation_factor
from initbench.training.recipe import Named
from initbench.training.starting import specs_of
from initbench.training.unit import Unit, Variant


def correlation_factors(trained: Mapping[str, tuple[Unit, Variant]]) -> dict[str, float]:
    """Return `Cell.correlation_factors` of each scheme for which the theory has a prediction.

    The theory covers networks of dense layers and activations whose inner layers all have the same
    variances. Schemes outside the catalogue are left out.

    Parameters
    ----------
    trained : mapping of label to (Unit, Variant)
        The variants and seeds of the unit are ignored.
    """
    found = {
        label: _factor(replace(unit, variants=(), seeds=()), replace(variant, hyperparameters=()))
        for label, (unit, variant) in trained.items()
        if variant.origin is None
    }
    return {label: factor for label, factor in found.items() if math.isfinite(factor)}


@lru_cache(maxsize=10_000)
def _factor(unit: Unit, scheme: Variant) -> float:
    architecture = unit.architecture
    if architecture.residual is not None or architecture.normalization != "none":
        return math.nan
    if architecture.dropout is not None:  # it has a depth scale of its own
        return math.nan
    layers = wide_layers(scheme.initialization, specs_of(architecture))
    between = () if layers is None else layers[1:-1]
    weights = {round(layer.scaled, 12) for layer in between}
    biases = {layer.bias_variance if architecture.bias else 0.0 for layer in between}
    if len(weights) != 1 or len(biases) != 1:
        return math.nan
    return _of_variances(unit.network.activation, weights.pop(), biases.pop())


@cache
def _of_variances(activation: Named, weight_variance: float, bias_variance: float) -> float:
    response = bind_activation(activation.name, **dict(activation.options))
    with np.errstate(all="ignore"):
        return correlation_factor(
            response, weight_variance=weight_variance, bias_variance=bias_variance
        )
