"""Planning: the cells of an experiment become an outline, and units of runs to train.

Cells that differ only in schemes and hyper-parameters share a rectangle of runs, so that their runs
train in the same stacks. Planning needs the shapes of the data, never the samples.

Runs that are on disk are left out. The rest is cut into units small enough that their arrays stay
in the cache and a crash costs little, and large enough that many runs share the overhead of Python.
Where the cuts are does not change the numbers of any run.
"""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from initbench.config.claims import check_claims, vocabulary
from initbench.config.experiment import Experiment
from initbench.errors import UsageError
from initbench.experiment.cells import PlannedCell, expand_cells
from initbench.experiment.estimate import cost_of, run_bytes
from initbench.experiment.setup import activation_notes, correlation_factors, setup_of
from initbench.experiment.units import (
    hyperparameters,
    probe_prefix,
    probe_unit,
    probe_variant,
    unit_of,
    variant_of,
)
from initbench.initializers import INITIALIZERS, specs_of
from initbench.initializers.trying import EndedError, how_it_ended, try_drawing
from initbench.nn import Architecture
from initbench.results import Cell, Claim, Outline, RunId, Scheme
from initbench.training.initial_weights import check_rates
from initbench.training.unit import Unit, Variant, draw_once

DEPTH: Final = "network.depth"
"""The swept key for which correlation factors are computed."""

STACK_BYTES: Final = 20 * 2**20
"""Approximate memory of the arrays of one stack."""

UNIT_SECONDS: Final = 5.0
"""Approximate time of a unit of several runs."""

Runs: TypeAlias = tuple[tuple[Unit, ...], Variant]
"""The runs of one label in one cell: units without variants, and the variant that they train.

There is one unit or, if each seed draws samples of its own, one for each seed.
"""

Keys: TypeAlias = Mapping[Unit, Mapping[tuple[int, Variant], str]]
"""By unit without variants, the key of each run by seed and variant."""


@dataclass(frozen=True)
class Plan:
    """An outline, with the rectangles of runs and of probes that it consists of."""

    outline: Outline
    groups: tuple[Unit, ...]
    probes: tuple[Unit, ...] = ()


def make_plan(experiment: Experiment, cells: Sequence[PlannedCell] | None = None) -> Plan:
    """Return the plan of an experiment.

    `cells`: by default, those of `expand_cells`.

    Raises `ConfigError` if the experiment is invalid at some setting of its sweep. Raises
    `UsageError` if the data cannot be read, or a loss, a scheme or a stopping rule does not fit.
    """
    cells = expand_cells(experiment) if cells is None else cells
    trained = [_runs_of(cell) for cell in cells]
    probed: list[dict[str, Runs]] = [
        {
            label: (tuple(map(probe_unit, units)), probe_variant(variant))
            for label, (units, variant) in runs.items()
            if experiment.probe.signals and cell.role != "trial"
        }
        for cell, runs in zip(cells, trained, strict=True)
    ]
    groups, probes = _rectangles(trained), _rectangles(probed)
    keys, probe_keys = _keys_of(groups), _keys_of(probes)
    prefix = probe_prefix(curvature=experiment.probe.curvature)
    outline = Outline(
        name=experiment.name,
        description=experiment.description,
        target=experiment.target,
        schemes=tuple(
            Scheme(
                label=init.label,
                name=entry.name,
                options=init.options,
                formula=entry.formula,
                reference=entry.reference,
                summary=entry.summary,
                bibtex=entry.citation.bibtex if entry.citation else "",
            )
            for init in experiment.inits
            for entry in [INITIALIZERS[init.name]]
        ),
        cells=tuple(
            _outline_cell(*each, keys, probe_keys, prefix=prefix)
            for each in zip(cells, trained, probed, strict=True)
        ),
        tuned_key="" if experiment.tune is None else experiment.tune.key,
        equivalence_margin=experiment.equivalence_margin,
        claims=tuple(Claim(**claim.model_dump()) for claim in experiment.expect),
    )
    if outline.claims:
        _check_claims(experiment, outline, trained)
    return Plan(outline, tuple(groups.values()), tuple(probes.values()))


def _runs_of(cell: PlannedCell) -> dict[str, Runs]:
    """Return the runs of each label of a cell."""
    units: dict[int, tuple[Unit, ...]] = {}
    found: dict[str, Runs] = {}
    for label, experiment in cell.experiments.items():
        if id(experiment) not in units:
            unit = unit_of(experiment)
            units[id(experiment)] = (unit,)
            if experiment.dataset.resample:  # each seed draws its own samples
                units[id(experiment)] = tuple(
                    replace(
                        unit,
                        dataset=replace(unit.dataset, seed=unit.dataset.seed + seed),
                        seeds=(seed,),
                    )
                    for seed in unit.seeds
                )
        [init] = [init for init in experiment.inits if init.label == label]
        variant = variant_of(init, hyperparameters(experiment.training))
        found[label] = units[id(experiment)], variant
    return found


def _rectangles(cells: Iterable[Mapping[str, Runs]]) -> dict[Unit, Unit]:
    """Return, by unit without variants, the unit with all variants that any cell needs."""
    variants: dict[Unit, dict[Variant, None]] = {}
    for runs in cells:
        for units, variant in runs.values():
            for unit in units:
                variants.setdefault(unit, {})[variant] = None
    return {unit: replace(unit, variants=tuple(own)) for unit, own in variants.items()}


def _keys_of(rectangles: Mapping[Unit, Unit]) -> Keys:
    return {
        unit: dict(zip(product(group.seeds, group.variants), group.keys, strict=True))
        for unit, group in rectangles.items()
    }


def _outline_cell(
    cell: PlannedCell,
    trained: Mapping[str, Runs],
    probed: Mapping[str, Runs],
    keys: Keys,
    probe_keys: Keys,
    *,
    prefix: str,
) -> Cell:
    """Return a cell as the outline stores it, after checking that all schemes fit."""
    _check_schemes(cell, trained)
    units, _ = next(iter(trained.values()))
    variants = tuple(variant for _, variant in trained.values())
    first = {label: (own[0], variant) for label, (own, variant) in trained.items()}
    return Cell(
        settings=cell.settings,
        setup=setup_of(replace(units[0], variants=variants)),
        runs={
            label: tuple(
                RunId(seed, keys[unit][seed, variant]) for unit in own for seed in unit.seeds
            )
            for label, (own, variant) in trained.items()
        },
        role=cell.role,
        chosen=cell.chosen,
        limits=cell.limits,
        probes={
            label: tuple(
                prefix + probe_keys[unit][seed, variant] for unit in own for seed in unit.seeds
            )
            for label, (own, variant) in probed.items()
        },
        correlation_factors=correlation_factors(first) if DEPTH in cell.settings else {},
        activation_notes=activation_notes(first),
    )


def _check_schemes(cell: PlannedCell, trained: Mapping[str, Runs]) -> None:
    """Raise a `UsageError` that lists all schemes that do not fit the network or optimizer.

    A scheme that ends the process in which it is tried is no reason: its runs crash.
    """
    problems = []
    for index, (label, (units, variant)) in enumerate(trained.items()):
        unit = replace(units[0], seeds=units[0].seeds[:1])
        init = cell.experiments[label].inits[index]
        if how_it_ended(variant.scheme.name):
            continue
        with contextlib.suppress(EndedError):
            if objection := _objection(unit, probe_variant(variant), force=init.force):
                problems.append(f"inits[{index}]: {objection}")
    if problems:
        raise UsageError("\n".join(problems))


@lru_cache(maxsize=10_000)
def _objection(unit: Unit, scheme: Variant, *, force: bool) -> str:
    """Return why a scheme does not fit, or nothing. A user's own scheme has to draw once.

    Raises `EndedError` if it ended the process in which it was to draw.
    """
    layers = specs_of(unit.architecture)
    try:
        bound = scheme.initialization
        bound.check(layers, force=force)
        if scheme.origin is not None and scheme.origin.kind in {"file", "entry point"}:
            try_drawing(scheme.scheme.name, draw_once, scheme, layers, unit.seeds[0])
        elif scheme.origin is not None:
            draw_once(scheme, layers, unit.seeds[0])
        check_rates(bound, layers, unit.recipe.optimizer)
    except UsageError as error:
        return str(error)
    return ""


def _check_claims(
    experiment: Experiment, outline: Outline, trained: Sequence[Mapping[str, Runs]]
) -> None:
    """Raise a `UsageError` if a claim names a cell or an epoch that will not be recorded."""
    cells, epochs = [], []
    for cell, runs in zip(outline.cells, trained, strict=True):
        if cell.role in {"point", "fixed"}:
            units, _ = next(iter(runs.values()))
            cells.append(cell)
            epochs.append(units[0].recipe.recorded_epochs(units[0].data.train))
    words = vocabulary(
        outline.labels,
        [cell.settings for cell in cells],
        layers=experiment.record.layers,
        sharpness=experiment.record.sharpness,
        probe=experiment.probe.signals,
        curvature=experiment.probe.curvature,
        is_tuned=experiment.tune is not None,
    )
    check_claims(outline.claims, words, cells, epochs)


def remaining_units(groups: Sequence[Unit], done: Collection[str]) -> list[Unit]:
    """Return units of exactly the runs whose keys are not in `done`.

    A user's own scheme trains alone, so that the others finish even if it crashes.
    """
    units: list[Unit] = []
    for group in groups:
        runs = zip(product(group.seeds, group.variants), group.keys, strict=True)
        is_missing = {run: key not in done for run, key in runs}
        seeds_by_variants: dict[tuple[Variant, ...], list[int]] = {}
        for seed in group.seeds:
            missing = tuple(variant for variant in group.variants if is_missing[seed, variant])
            seeds_by_variants.setdefault(missing, []).append(seed)
        for variants, seeds in seeds_by_variants.items():
            catalogue = tuple(variant for variant in variants if variant.origin is None)
            own = [(variant,) for variant in variants if variant.origin is not None]
            for together in [catalogue, *own] if catalogue else own:
                units += _cut(replace(group, variants=together, seeds=tuple(seeds)))
    return units


def remaining_probes(
    groups: Sequence[Unit], done: Collection[str], *, curvature: bool
) -> list[Unit]:
    """Return units of exactly the untrained networks whose probe keys are not in `done`."""
    prefix = probe_prefix(curvature=curvature)
    probed = {key.removeprefix(prefix) for key in done if key.startswith(prefix)}
    return remaining_units(groups, probed)


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
