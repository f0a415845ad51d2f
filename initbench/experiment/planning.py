"""Planning: from an experiment to what was asked for, and to the units that are still to train.

Runs that are on disk are not planned again. What is left is cut into rectangles of schemes and
seeds, each small enough that its arrays fit in memory and large enough that Python's cost is
shared by many runs.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from initbench.experiment.config import Experiment, InitConfig
from initbench.experiment.recording import ROWS
from initbench.experiment.training import Recipe
from initbench.experiment.units import (
    DatasetSettings,
    NetworkSettings,
    SchemeSettings,
    Unit,
    layer_sizes,
    load_split,
)
from initbench.initializers import INITIALIZERS
from initbench.nn.mlp import parameter_count
from initbench.results import Cell, Outline, RunId, Scheme

STACK_BYTES = 64 * 2**20
"""Roughly what the arrays of one stack may take."""


@dataclass(frozen=True)
class Plan:
    """What was asked for, and the rectangle of runs that answers it."""

    outline: Outline
    runs: Unit


def make_plan(experiment: Experiment) -> Plan:
    """Return the plan of an experiment. The data are loaded, to learn their shape."""
    schemes = {init.label: _scheme(init) for init in experiment.inits}
    runs = Unit(
        dataset=_dataset(experiment),
        network=NetworkSettings(
            hidden=experiment.network.hidden,
            activation=experiment.network.activation,
            dtype=experiment.training.dtype,
        ),
        recipe=_recipe(experiment),
        schemes=tuple(dict.fromkeys(schemes.values())),
        seeds=experiment.seeds,
    )
    key = dict(zip(product(runs.seeds, runs.schemes), runs.keys, strict=True))
    cell = Cell(
        settings={},
        runs={
            label: tuple(RunId(seed, key[seed, scheme]) for seed in runs.seeds)
            for label, scheme in schemes.items()
        },
    )
    return Plan(_outline(experiment, cell), runs)


def remaining_units(runs: Unit, done: Collection[str]) -> list[Unit]:
    """Return units that train every run whose key is not among `done`, and no other."""
    is_missing = dict(
        zip(product(runs.seeds, runs.schemes), (key not in done for key in runs.keys), strict=True)
    )
    seeds_by_schemes: dict[tuple[SchemeSettings, ...], list[int]] = {}
    for seed in runs.seeds:
        missing = tuple(scheme for scheme in runs.schemes if is_missing[seed, scheme])
        seeds_by_schemes.setdefault(missing, []).append(seed)
    return [
        piece
        for schemes, seeds in seeds_by_schemes.items()
        if schemes
        for piece in _cut(replace(runs, schemes=schemes, seeds=tuple(seeds)))
    ]


def _cut(unit: Unit) -> Iterator[Unit]:
    """Cut a rectangle into rectangles that fit in memory, seeds first."""
    most_runs = max(1, STACK_BYTES // _run_bytes(unit))
    schemes_each = min(len(unit.schemes), most_runs)
    seeds_each = max(1, most_runs // schemes_each)
    for first_seed in range(0, len(unit.seeds), seeds_each):
        for first_scheme in range(0, len(unit.schemes), schemes_each):
            yield replace(
                unit,
                seeds=unit.seeds[first_seed : first_seed + seeds_each],
                schemes=unit.schemes[first_scheme : first_scheme + schemes_each],
            )


def _run_bytes(unit: Unit) -> int:
    """Estimate one run's share: parameters, gradients and state, then signals and deltas."""
    split = load_split(unit.dataset, unit.network.dtype)
    sizes = layer_sizes(unit.network, split)
    batch = unit.recipe.batch_size or len(split.X_train)
    numbers = 4 * parameter_count(sizes) + sum(sizes[1:]) * (3 * batch + ROWS)
    return numbers * np.dtype(unit.network.dtype).itemsize


def _scheme(init: InitConfig) -> SchemeSettings:
    return SchemeSettings(init.scheme, tuple(sorted(init.options.items())))


def _dataset(experiment: Experiment) -> DatasetSettings:
    dataset = experiment.dataset
    return DatasetSettings(
        name=dataset.name,
        options=tuple(sorted(dataset.options.items())),
        seed=dataset.seed,
        test_fraction=dataset.test_fraction,
        scaling=dataset.scaling,
    )


def _recipe(experiment: Experiment) -> Recipe:
    training = experiment.training
    return Recipe(
        epochs=training.epochs,
        batch_size=None if training.batch_size == "full" else training.batch_size,
        optimizer=training.optimizer.name,
        learning_rate=training.optimizer.learning_rate,
        momentum=training.optimizer.momentum,
    )


def _outline(experiment: Experiment, cell: Cell) -> Outline:
    split = load_split(_dataset(experiment), experiment.training.dtype)
    return Outline(
        name=experiment.name,
        description=experiment.description,
        dataset=experiment.dataset.name,
        scaling=experiment.dataset.scaling,
        classes=split.classes,
        features=split.X_train.shape[1],
        hidden=experiment.network.hidden,
        activation=experiment.network.activation,
        epochs=experiment.training.epochs,
        target=experiment.target,
        schemes=tuple(_describe(init) for init in experiment.inits),
        cells=(cell,),
    )


def _describe(init: InitConfig) -> Scheme:
    entry = INITIALIZERS[init.scheme]
    return Scheme(
        label=init.label,
        name=entry.name,
        options=init.options,
        formula=entry.formula,
        reference=entry.reference,
        summary=entry.summary,
    )
