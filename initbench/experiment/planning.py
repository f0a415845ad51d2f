"""Planning: from an experiment to what was asked for, and to the units that are still to train.

Runs that are on disk are not planned again. What is left is cut into rectangles of variants and
seeds, each small enough that its arrays fit in memory and large enough that Python's cost is
shared by many runs.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import DTypeLike

from initbench.errors import UsageError
from initbench.experiment.config import Experiment, InitConfig
from initbench.experiment.describing import describe_network, describe_training
from initbench.experiment.evaluation import ROWS, SCORES
from initbench.experiment.settings import (
    check_stop,
    dataset_settings,
    hyperparameters,
    named,
    network_settings,
    recipe,
)
from initbench.experiment.starting import rate_factors, specs_of
from initbench.experiment.units import (
    Unit,
    Variant,
    load_split,
    unit_architecture,
)
from initbench.initializers import INITIALIZERS, bind
from initbench.nn import Architecture, StackedMLP
from initbench.nn.losses import loss_for
from initbench.nn.mlp import parameter_count
from initbench.results import Cell, Outline, RunId, Scheme, Setup

STACK_BYTES = 64 * 2**20
"""Roughly what the arrays of one stack may take."""


@dataclass(frozen=True)
class Plan:
    """What was asked for, and the rectangle of runs that answers it."""

    outline: Outline
    runs: Unit


def make_plan(experiment: Experiment) -> Plan:
    """Return the plan of an experiment. The data are loaded, to learn their shape."""
    shared = hyperparameters(experiment.training)
    variants = {init.label: Variant(named(init), shared) for init in experiment.inits}
    runs = Unit(
        dataset=dataset_settings(experiment.dataset),
        network=network_settings(experiment.network, experiment.training),
        recipe=recipe(experiment.training, experiment.record),
        variants=tuple(dict.fromkeys(variants.values())),
        seeds=experiment.seeds,
    )
    key = dict(zip(product(runs.seeds, runs.variants), runs.keys, strict=True))
    cell = Cell(
        settings={},
        setup=_setup(runs),
        runs={
            label: tuple(RunId(seed, key[seed, variant]) for seed in runs.seeds)
            for label, variant in variants.items()
        },
    )
    outline = Outline(
        name=experiment.name,
        description=experiment.description,
        target=experiment.target,
        schemes=tuple(_describe(init) for init in experiment.inits),
        cells=(cell,),
    )
    _check_schemes(experiment, runs)
    return Plan(outline, runs)


def remaining_units(runs: Unit, done: Collection[str]) -> list[Unit]:
    """Return units that train every run whose key is not among `done`, and no other."""
    is_missing = dict(
        zip(product(runs.seeds, runs.variants), (key not in done for key in runs.keys), strict=True)
    )
    seeds_by_variants: dict[tuple[Variant, ...], list[int]] = {}
    for seed in runs.seeds:
        missing = tuple(variant for variant in runs.variants if is_missing[seed, variant])
        seeds_by_variants.setdefault(missing, []).append(seed)
    return [
        piece
        for variants, seeds in seeds_by_variants.items()
        if variants
        for piece in _cut(replace(runs, variants=variants, seeds=tuple(seeds)))
    ]


def runs_per_stack(architecture: Architecture, batch: int, dtype: DTypeLike) -> int:
    """Return how many runs train together: as many as `STACK_BYTES` hold, and at least one.

    A run's share is its parameters, gradients and state, then the signals of a batch.
    """
    parameters = 4 * parameter_count(architecture)
    signals = 2 * sum(architecture.sizes[1:]) * (batch + ROWS)
    return max(1, STACK_BYTES // ((parameters + signals) * np.dtype(dtype).itemsize))


def stacks(seeds: int, variants: int, most_runs: int) -> Iterator[tuple[slice, slice]]:
    """Cut a rectangle of runs into slices of seeds and of variants, whole seeds if they fit."""
    variants_each = min(variants, most_runs)
    seeds_each = max(1, most_runs // variants_each)
    for seed in range(0, seeds, seeds_each):
        for variant in range(0, variants, variants_each):
            yield slice(seed, seed + seeds_each), slice(variant, variant + variants_each)


def _cut(unit: Unit) -> Iterator[Unit]:
    """Cut a unit into units that fit in memory."""
    split = load_split(unit.dataset, unit.network.dtype)
    batch = unit.recipe.batch_size or len(split.X_train)
    most_runs = runs_per_stack(unit_architecture(unit, split), batch, unit.network.dtype)
    for seeds, variants in stacks(len(unit.seeds), len(unit.variants), most_runs):
        yield replace(unit, seeds=unit.seeds[seeds], variants=unit.variants[variants])


def _check_schemes(experiment: Experiment, runs: Unit) -> None:
    """Raise a `UsageError` that names all schemes that do not fit the network or the optimizer."""
    architecture = unit_architecture(runs, load_split(runs.dataset, runs.network.dtype))
    network = StackedMLP(architecture, runs=1, dtype=runs.network.dtype)
    problems = []
    for index, init in enumerate(experiment.inits):
        scheme = bind(init.name, **init.options)
        try:
            scheme.check(specs_of(architecture), force=init.force)
            rate_factors(network, [scheme], runs.recipe.optimizer)
        except UsageError as error:
            problems.append(f"inits[{index}]: {error}")
    if problems:
        raise UsageError("\n".join(problems))


def _setup(runs: Unit) -> Setup:
    split = load_split(runs.dataset, runs.network.dtype)
    unit_architecture(runs, split)
    loss = loss_for(split.classes, runs.recipe.loss.name, **dict(runs.recipe.loss.options))
    setup = Setup(
        dataset=runs.dataset.name,
        scaling=runs.dataset.scaling,
        classes=split.classes,
        features=split.X_train.shape[1],
        hidden=runs.network.hidden,
        network=describe_network(runs.network),
        training=describe_training(runs, loss.name),
        epochs=runs.recipe.epochs,
        score=SCORES[loss.task],
    )
    check_stop(runs.recipe.stop, setup.curves)
    return setup


def _describe(init: InitConfig) -> Scheme:
    entry = INITIALIZERS[init.name]
    return Scheme(
        label=init.label,
        name=entry.name,
        options=init.options,
        formula=entry.formula,
        reference=entry.reference,
        summary=entry.summary,
    )
