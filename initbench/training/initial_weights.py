"""Initial networks: a stack with the initial weights of every run, and its learning-rate factors.

Layer by layer a scheme draws from the streams of the run's seed. A scheme that looks at data then
changes what it has drawn, all of its runs at once.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray
from initbench.errors import UsageError
from initbench.initializers import Batch, Initialization, LayerSpec, specs_of
from initbench.initializers.entry import SAMPLES, OptimizerFamily
from initbench.nn import OPTIMIZERS, Architecture, StackedMLP
from initbench.seeding import Stream, generator
from initbench.training.evaluation import Task


def initial_network(
    architecture: Architecture,
    schemes: Sequence[Initialization],
    seeds: Sequence[int],
    dtype: DTypeLike,
) -> StackedMLP:
    """Return a stack with the weights that every scheme draws for every seed, ordered by seed."""
    network = StackedMLP(architecture, runs=len(seeds) * len(schemes), dtype=dtype)
    layers = specs_of(architecture)
    for run, (seed, scheme) in enumerate(product(seeds, schemes)):
        network.set_weights(run, scheme.draw(layers, seed))
        for scale in network.scales:
            scale[run] = scheme.initializer.branch_scale
    return network


def adapt_network(
    network: StackedMLP, schemes: Sequence[Initialization], seeds: Sequence[int], task: Task
) -> FloatArray:
    """Let data-dependent schemes adapt their initial weights, on samples of each run's seed.

    `network`: from `initial_network`, of the same schemes and seeds.

    Returns
    -------
    ndarray of shape (R,)
        Cost in epochs of training; zero for schemes that only draw.
    """
    costs = np.zeros(network.runs)
    for place, scheme in enumerate(schemes):
        if scheme.initializer.adapt is None:
            continue
        runs = np.arange(place, network.runs, len(schemes))
        stack = network.plain(runs)
        with np.errstate(all="ignore"):  # a run that diverges is a finding, not a warning
            passes = scheme.adapt(stack, _batch(task, scheme, seeds))
            network.put_plain(runs, stack, keep_directions=scheme.initializer.keeps_directions)
        costs[runs] = passes.epochs(len(task.parts["train"].inputs))
    return costs


def initial_weights(network: StackedMLP) -> dict[str, Array]:
    """Return copies of all weights and biases by name, as `results.weights` finds them.

    Returns
    -------
    dict
        ``initial_W1`` (R, fan_in, fan_out), ``initial_b1`` (R, fan_out) and so on.
    """
    found: dict[str, Array] = {}
    fans = network.architecture.layers
    for number, (layer, (fan_in, _)) in enumerate(zip(network.layers, fans, strict=True), start=1):
        found[f"initial_W{number}"] = layer[:, :fan_in].copy()
        found[f"initial_b{number}"] = layer[:, fan_in:].sum(axis=1)
    return found


def _batch(task: Task, scheme: Initialization, seeds: Sequence[int]) -> Batch:
    """Return training samples for each seed, the first of them the same however many there are."""
    part, size = task.parts["train"], int(scheme.options[SAMPLES])
    orders = [generator(seed, Stream.PROBE).permutation(len(part.inputs)) for seed in seeds]
    rows = np.stack([order[:size] for order in orders])
    return Batch(
        inputs=part.inputs[rows].astype(np.float64),
        targets=np.swapaxes(part.targets[rows].astype(np.float64), 1, 2)[:, np.newaxis],
        loss=task.loss,
        seeds=tuple(seeds),
    )


def rate_factors(
    network: StackedMLP, schemes: Sequence[Initialization], optimizer: str
) -> FloatArray | None:
    """Return each scheme's factor on the learning rate of each parameter.

    `network`: a stack of every scheme with every seed, seed by seed.

    Returns
    -------
    ndarray of shape (R, P), or None where no scheme has rates of its own
    """
    family = _family(optimizer)
    layers = specs_of(network.architecture)
    factors = np.ones(network.parameters.shape)
    for place, scheme in enumerate(schemes):
        check_rates(scheme, layers, optimizer)
        runs = slice(place, None, len(schemes))
        for view, layer in zip(network.layer_views(factors), layers, strict=True):
            weights = scheme.learning_rate_factor(layer, family, "weights")
            view[runs, : layer.fan_in] = weights
            view[runs, layer.fan_in :] = scheme.learning_rate_factor(layer, family, "biases")
    return None if (factors == 1.0).all() else factors


def check_rates(scheme: Initialization, layers: Sequence[LayerSpec], optimizer: str) -> None:
    """Raise a `UsageError` if a scheme has rates of its own, and none for this network's training.

    The lengths of weight normalization are parameters for which no scheme states a rate.
    """
    for layer in layers:
        factor = scheme.learning_rate_factor(layer, _family(optimizer))
        if factor != 1.0 and layer.weight_norm:
            raise UsageError(
                f"initializer {scheme.initializer.name!r} states learning rates for weights, and"
                " weight normalization trains lengths and directions: use another normalization"
            )


def _family(optimizer: str) -> OptimizerFamily:
    return "adam" if OPTIMIZERS[optimizer].normalizes else "sgd"
