"""Starting: a stack with every run's initial weights, and the learning rates that go with them.

Layer by layer a scheme draws from the streams of the run's seed. A scheme that looks at data then
changes what it has drawn, all of its runs at once.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray
from initbench.initializers import Initialization, LayerSpec, layers_of
from initbench.initializers.entry import OptimizerFamily
from initbench.nn import OPTIMIZERS, Architecture, StackedMLP


def specs_of(architecture: Architecture) -> tuple[LayerSpec, ...]:
    """Return what schemes are told of each layer of a network."""
    residual = architecture.residual
    return layers_of(
        architecture.sizes,
        architecture.activation.name,
        branch_layers=0 if residual is None else residual.layers,
        scaled_branches=residual is not None and residual.learned_scale,
    )


def initial_network(
    architecture: Architecture,
    schemes: Sequence[Initialization],
    seeds: Sequence[int],
    dtype: DTypeLike,
) -> StackedMLP:
    """Return a stack of every scheme with every seed, seed by seed, with its initial weights."""
    network = StackedMLP(architecture, runs=len(seeds) * len(schemes), dtype=dtype)
    layers = specs_of(architecture)
    for run, (seed, scheme) in enumerate(product(seeds, schemes)):
        network.set_weights(run, scheme.draw(layers, seed))
        for scale in network.scales:
            scale[run] = scheme.initializer.branch_scale
    return network


def rate_factors(
    network: StackedMLP, schemes: Sequence[Initialization], optimizer: str
) -> FloatArray | None:
    """Return what each scheme multiplies the learning rate of each parameter by.

    Parameters
    ----------
    network : StackedMLP
        A stack of every scheme with every seed, seed by seed.
    schemes : sequence of Initialization
    optimizer : str

    Returns
    -------
    ndarray of shape (R, P), or None where no scheme has rates of its own

    Raises
    ------
    UsageError
        A scheme has rates of its own, and none for this optimizer.
    """
    family = _family(optimizer)
    layers = specs_of(network.architecture)
    factors = np.ones(network.parameters.shape)
    for place, scheme in enumerate(schemes):
        runs = slice(place, None, len(schemes))
        for view, layer in zip(network.layer_views(factors), layers, strict=True):
            weights = scheme.learning_rate_factor(layer, family, "weights")
            view[runs, : layer.fan_in] = weights
            view[runs, layer.fan_in :] = scheme.learning_rate_factor(layer, family, "biases")
    return None if (factors == 1.0).all() else factors


def check_rates(scheme: Initialization, layers: Sequence[LayerSpec], optimizer: str) -> None:
    """Raise a `UsageError` if a scheme has rates of its own, and none for this optimizer."""
    for layer in layers:
        scheme.learning_rate_factor(layer, _family(optimizer))


def _family(optimizer: str) -> OptimizerFamily:
    return "adam" if OPTIMIZERS[optimizer].normalizes else "sgd"
