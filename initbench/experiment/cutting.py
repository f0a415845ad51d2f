"""Cutting: rectangles of runs become the units that are still to be trained.

Runs that are on disk are left out. The rest is cut into units small enough that their arrays stay
in the cache and a crash costs little, and large enough that many runs share the overhead of Python.
Where the cuts are does not change the numbers of any run.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.experiment.cost import cost_of, run_bytes
from initbench.experiment.probes import PREFIX
from initbench.nn import Architecture
from initbench.training.unit import Unit, Variant

STACK_BYTES: Final = 20 * 2**20
"""Approximate memory of the arrays of one stack."""

UNIT_SECONDS: Final = 5.0
"""Approximate time of a unit of several runs."""


def remaining_units(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units of exactly the runs whose keys are not in `done`."""
    return [unit for group in groups for unit in _remaining(group, done)]


def remaining_probes(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units of exactly the untrained networks whose probe keys are not in `done`."""
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
        # A user's own scheme trains alone, so that the others finish even if it crashes.
        catalogue = tuple(variant for variant in variants if variant.origin is None)
        own = [(variant,) for variant in variants if variant.origin is not None]
        for together in [catalogue, *own] if catalogue else own:
            yield from _cut(replace(group, variants=together, seeds=tuple(seeds)))


def _cut(unit: Unit) -> Iterator[Unit]:
    """Cut a unit into units that fit into the cache and take a few seconds."""
    cost = cost_of(unit)
    in_memory = runs_per_stack(unit.architecture, unit.batch_size, unit.network.dtype)
    in_time = int((UNIT_SECONDS - cost.stack_seconds) / (cost.run_seconds or 1.0))
    most_runs = min(in_memory, max(1, in_time))
    for seeds, variants in stacks(len(unit.seeds), len(unit.variants), most_runs):
        yield replace(unit, seeds=unit.seeds[seeds], variants=unit.variants[variants])


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
