"""Reaching: how far a signal gets in the networks of a cell, before any of them is trained.

Mean-field theory says it of a scheme's law alone, so it costs no run. It is stored with the cell:
who reads the results later has neither the scheme nor the theory.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from initbench.experiment.units import Unit, Variant, load_split, unit_architecture
from initbench.initializers.wide_limit import wide_layers
from initbench.nn import bind_activation
from initbench.theory import correlation_factor
from initbench.training.stack import Named
from initbench.training.starting import specs_of


def correlation_factors(trained: Mapping[str, tuple[Unit, Variant]]) -> dict[str, float]:
    """Return `Cell.correlation_factors` of the schemes that theory has something to say of.

    That takes layers between hidden ones, all with the same variances, and no more than products
    and activations. Schemes that are not of the catalogue are left out.

    Parameters
    ----------
    trained : mapping of label to (Unit, Variant)
        Of the unit, neither the variants nor all but one of the seeds matter.
    """
    found = {
        label: _factor(
            replace(unit, variants=(), seeds=unit.seeds[:1]), replace(variant, hyperparameters=())
        )
        for label, (unit, variant) in trained.items()
        if variant.origin is None
    }
    return {label: factor for label, factor in found.items() if math.isfinite(factor)}


@lru_cache(maxsize=10_000)
def _factor(shape: Unit, scheme: Variant) -> float:
    architecture = unit_architecture(shape, load_split(shape.dataset, shape.network.dtype))
    if architecture.residual is not None or architecture.normalization != "none":
        return math.nan
    layers = wide_layers(scheme.initialization, specs_of(architecture))
    between = () if layers is None else layers[1:-1]
    weights = {round(layer.scaled, 12) for layer in between}
    biases = {layer.bias_variance if architecture.bias else 0.0 for layer in between}
    if len(weights) != 1 or len(biases) != 1:
        return math.nan
    return _of_variances(shape.network.activation, weights.pop(), biases.pop())


@cache
def _of_variances(activation: Named, weight_variance: float, bias_variance: float) -> float:
    response = bind_activation(activation.name, **dict(activation.options))
    with np.errstate(all="ignore"):
        return correlation_factor(
            response, weight_variance=weight_variance, bias_variance=bias_variance
        )
