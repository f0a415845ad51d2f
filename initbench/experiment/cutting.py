"""Cutting: from rectangles of runs to the units that are still to train.

Runs that are on disk are left out. What remains is cut into rectangles of variants and seeds, each
small enough that its arrays stay near the processor and that a crash costs little, and large enough
that Python's cost is shared by many runs. Where the cuts are does not matter to any run's numbers.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import DTypeLike

from initbench.experiment.cost import Cost, cost_of, run_bytes
from initbench.experiment.probes import PREFIX
from initbench.experiment.units import Unit, Variant, load_split, unit_architecture
from initbench.nn import Architecture

STACK_BYTES = 20 * 2**20
"""Roughly what the arrays of one stack may take."""

UNIT_SECONDS = 5.0
"""Roughly what a unit of several runs may take."""


def remaining_units(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units that train every run whose key is not among `done`, and no other."""
    return [unit for group in groups for unit in _remaining(group, done)]


def remaining_probes(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units of every untrained network whose probe's key is not among `done`."""
    probed = {key.removeprefix(PREFIX) for key in done if key.startswith(PREFIX)}
    return remaining_units(groups, probed)


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
        for company in _companies(variants):
            yield from _cut(replace(group, variants=company, seeds=tuple(seeds)))


def _companies(variants: tuple[Variant, ...]) -> Iterator[tuple[Variant, ...]]:
    """Part schemes of one's own from the others, which then finish whatever becomes of them."""
    trusted = tuple(variant for variant in variants if variant.origin is None)
    if trusted:
        yield trusted
    yield from ((variant,) for variant in variants if variant.origin is not None)


def runs_per_stack(architecture: Architecture, batch: int, dtype: DTypeLike) -> int:
    """Return how many runs train together: as many as `STACK_BYTES` hold, and at least one."""
    return max(1, STACK_BYTES // run_bytes(architecture, batch, np.dtype(dtype).itemsize))


def stacks(seeds: int, variants: int, most_runs: int) -> Iterator[tuple[slice, slice]]:
    """Cut a rectangle of runs into slices of seeds and of variants, whole seeds if they fit."""
    variants_each = min(variants, most_runs)
    seeds_each = max(1, most_runs // variants_each)
    for seed in range(0, seeds, seeds_each):
        for variant in range(0, variants, variants_each):
            yield slice(seed, seed + seeds_each), slice(variant, variant + variants_each)


def _cut(unit: Unit) -> Iterator[Unit]:
    """Cut a unit into units that fit in memory and take seconds."""
    split = load_split(unit.dataset, unit.network.dtype)
    batch = unit.recipe.batch_size or len(split.X_train)
    in_memory = runs_per_stack(unit_architecture(unit, split), batch, unit.network.dtype)
    most_runs = min(in_memory, _runs_per_unit(cost_of(unit, split)))
    for seeds, variants in stacks(len(unit.seeds), len(unit.variants), most_runs):
        yield replace(unit, seeds=unit.seeds[seeds], variants=unit.variants[variants])


def _runs_per_unit(cost: Cost) -> int:
    """Return how many runs take `UNIT_SECONDS` together, and at least one."""
    return max(1, int((UNIT_SECONDS - cost.stack_seconds) / (cost.run_seconds or 1.0)))
