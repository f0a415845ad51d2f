"""Cutting: from rectangles of runs to the units that are still to train.

Runs that are on disk are left out. What remains is cut into rectangles of variants and seeds, each
small enough that its arrays stay near the processor and large enough that Python's cost is shared
by many runs.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import DTypeLike

from initbench.experiment.evaluation import ROWS
from initbench.experiment.units import Unit, Variant, load_split, unit_architecture
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count

STACK_BYTES = 20 * 2**20
"""Roughly what the arrays of one stack may take."""


def remaining_units(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units that train every run whose key is not among `done`, and no other."""
    return [unit for group in groups for unit in _remaining(group, done)]


def _remaining(group: Unit, done: Collection[str]) -> Iterator[Unit]:
    is_missing = dict(
        zip(
            product(group.seeds, group.variants),
            (key not in done for key in group.keys),
            strict=True,
        )
    )
    seeds_by_variants: dict[tuple[Variant, ...], list[int]] = {}
    for seed in group.seeds:
        missing = tuple(variant for variant in group.variants if is_missing[seed, variant])
        seeds_by_variants.setdefault(missing, []).append(seed)
    for variants, seeds in seeds_by_variants.items():
        if variants:
            yield from _cut(replace(group, variants=variants, seeds=tuple(seeds)))


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
