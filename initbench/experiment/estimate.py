"""Estimates: what is left of an experiment, what it will take, and whether that is too much."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Final

from initbench.amounts import show_bytes, show_seconds
from initbench.config.axes import axes_of
from initbench.config.experiment import Experiment
from initbench.errors import UsageError
from initbench.experiment.calibration import calibrate
from initbench.experiment.cost import (
    RUN_OVERHEAD_BYTES,
    Cost,
    ProbeCost,
    cost_of,
    probe_cost_of,
)
from initbench.experiment.units import Unit, Variant, load_split, unit_architecture
from initbench.machine import available_memory
from initbench.results import Outline

MOST_RUNS: Final = 1_000_000
MOST_SECONDS: Final = 24 * 3600.0

PROCESS_BYTES: Final = 130_000_000
"""What a process takes before it has anything to do."""

FORCE: Final = "--force runs it all the same"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an experiment will take.

    Attributes
    ----------
    name : str
        Of the experiment.
    cells, runs, runs_on_disk : int
        What was asked for, and how much of it is there.
    units : int
        Of which each is a task for a worker.
    run_steps : int
        Steps of training, summed over all runs.
    core_seconds : float
        Of training.
    networks : int
        Untrained ones that are to be probed.
    probe_seconds : float
        That this takes, in one process, when training is over.
    jobs : int
        Processes that train.
    memory_bytes : int
        Of all processes at their largest, by the model.
    memory_available : int or None
        None where the system does not tell.
    result_bytes : int
        Of raw runs, before they are compressed.
    """

    name: str
    cells: int
    runs: int
    runs_on_disk: int
    units: int
    run_steps: int
    core_seconds: float
    networks: int
    probe_seconds: float
    jobs: int
    memory_bytes: int
    memory_available: int | None
    result_bytes: int

    @property
    def seconds(self) -> float:
        """How long training and probing take."""
        return self.core_seconds / max(1, min(self.jobs, self.units)) + self.probe_seconds

    @property
    def objections(self) -> list[str]:
        """Why it should not be run as it is."""
        found = []
        if self.seconds > MOST_SECONDS:
            found.append(f"it takes about {show_seconds(self.seconds)}")
        if self.memory_available is not None and self.memory_bytes > self.memory_available:
            need, have = show_bytes(self.memory_bytes), show_bytes(self.memory_available)
            found.append(f"it takes about {need} of memory, and there are {have}")
        return found

    def as_document(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            **vars(self),
            "runs_to_train": self.runs - self.runs_on_disk,
            "seconds": self.seconds,
            "objections": self.objections,
        }


def refuse_too_many(experiment: Experiment) -> None:
    """Raise a `UsageError` if there are more runs than one experiment should have.

    That is known before anything is planned.
    """
    points = prod(len(axis.values) for axis in axes_of(experiment.sweep))
    seeds = len(experiment.seeds)
    if experiment.tune is not None:
        [axis] = axes_of({experiment.tune.key: experiment.tune.values})
        seeds = 2 * seeds + len(axis.values) * experiment.tune.seeds
    runs = points * len(experiment.inits) * seeds
    if runs > MOST_RUNS:
        raise UsageError(
            f"{experiment.name} has {runs:,} runs, more than {MOST_RUNS:,}: make it smaller."
            f" {FORCE}"
        )


def make_estimate(
    units: Sequence[Unit], probes: Sequence[Unit], outline: Outline, *, jobs: int, measure: bool
) -> Estimate:
    """Return what the units that are left of an experiment will take.

    Parameters
    ----------
    units : sequence of Unit
    probes : sequence of Unit
        The untrained networks that are to be measured.
    outline : Outline
        Of the whole experiment.
    jobs : int
        Processes that train.
    measure : bool
        Whether to train a little, for about a second, to see how fast this machine is.
    """
    costs = _costs(units)
    factors = _factors(units, costs) if measure else dict.fromkeys(costs, 1.0)
    left = [(unit, costs[shape_of(unit)], factors[shape_of(unit)]) for unit in units]
    missing, runs = sum(unit.runs for unit in units), len(outline.keys)
    probing = _probing(probes)
    return Estimate(
        name=outline.name,
        cells=len(outline.cells),
        runs=runs,
        runs_on_disk=runs - missing,
        units=len(units),
        run_steps=sum(unit.runs * cost.steps for unit, cost, _ in left),
        core_seconds=sum(factor * cost.seconds_of(unit) for unit, cost, factor in left),
        networks=sum(unit.runs for unit in probes),
        probe_seconds=probing.seconds,
        jobs=jobs,
        memory_bytes=_memory(units, costs, runs, jobs) + probing.result_bytes,
        memory_available=available_memory(),
        result_bytes=sum(unit.runs * cost.result_bytes for unit, cost, _ in left)
        + probing.result_bytes,
    )


def refuse_too_much(estimate: Estimate) -> None:
    """Raise a `UsageError` that tells the estimate, if it is too much for this machine."""
    if estimate.objections:
        raise UsageError(
            f"{estimate.name} is too large for this machine: {', and '.join(estimate.objections)}."
            f" Make it smaller. {FORCE}"
        )


def estimate_text(estimate: Estimate) -> str:
    """Say an estimate in a few lines."""
    left = estimate.runs - estimate.runs_on_disk
    have = estimate.memory_available
    rows = {
        "asked for": f"{_many(estimate.cells, 'cell')}, {_many(estimate.runs, 'run')}",
        "on disk": _many(estimate.runs_on_disk, "run"),
        "to train": f"{_many(left, 'run')} in {_many(estimate.units, 'unit')},"
        f" {_many(estimate.run_steps, 'step')} of single runs",
        "to probe": f"{_many(estimate.networks, 'untrained network')},"
        f" about {show_seconds(estimate.probe_seconds)}",
        "time": f"about {show_seconds(estimate.seconds)} with {_many(estimate.jobs, 'process')},"
        f" {show_seconds(estimate.core_seconds)} of one core",
        "memory": f"about {show_bytes(estimate.memory_bytes)}"
        + (f" of {show_bytes(have)}" if have is not None else ""),
        "raw results": f"at most {show_bytes(estimate.result_bytes)}",
    }
    idle = {"to probe": not estimate.networks, "time": not left and not estimate.networks}
    lines = [f"{name:12}  {value}" for name, value in rows.items() if not idle.get(name)]
    return "\n".join([*lines, *(f"too large: {why}. {FORCE}" for why in estimate.objections)])


def _many(count: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def shape_of(unit: Unit) -> Unit:
    """Return what all units that cost alike have in common."""
    return replace(unit, dataset=replace(unit.dataset, seed=0), variants=(), seeds=())


def seconds_of(units: Sequence[Unit]) -> float:
    """Return what units take by the model, one after another."""
    costs = _costs(units)
    return sum(costs[shape_of(unit)].seconds_of(unit) for unit in units)


def longest_first(units: Sequence[Unit]) -> list[Unit]:
    """Return the units in an order in which processes end at about the same time."""
    costs = _costs(units)
    return sorted(units, key=lambda unit: -costs[shape_of(unit)].seconds_of(unit))


def _costs(units: Sequence[Unit]) -> dict[Unit, Cost]:
    """Return the cost of each shape, the cheapest first."""
    first = {shape_of(unit): unit for unit in reversed(units)}
    costs = {
        shape: cost_of(unit, load_split(unit.dataset, unit.network.dtype))
        for shape, unit in first.items()
    }
    return dict(sorted(costs.items(), key=lambda each: each[1].run_seconds))


def _probing(units: Sequence[Unit]) -> ProbeCost:
    """Return what probes take; a scheme is forecast once on each data set, however it is cut."""
    networks: Counter[Unit] = Counter()
    forecasts: dict[Unit, set[tuple[int, Variant]]] = {}
    for unit in units:
        shape = shape_of(unit)
        networks[shape] += unit.runs
        forecasts.setdefault(shape, set()).update(product([unit.dataset.seed], unit.variants))
    costs = (
        probe_cost_of(
            unit_architecture(shape, load_split(shape.dataset, shape.network.dtype)),
            count,
            len(forecasts[shape]),
        )
        for shape, count in networks.items()
    )
    return sum(costs, start=ProbeCost())


def _factors(units: Sequence[Unit], costs: Mapping[Unit, Cost]) -> dict[Unit, float]:
    """Return how many times as long as the model says each shape takes on this machine."""
    first = {shape_of(unit): unit for unit in reversed(units)}
    return dict(zip(costs, calibrate([first[shape] for shape in costs]), strict=True))


def _memory(units: Sequence[Unit], costs: Mapping[Unit, Cost], runs: int, jobs: int) -> int:
    """Return what all processes take together: while they train, or when results are read."""
    each = [unit.runs * costs[shape_of(unit)].run_bytes for unit in units]
    data = max((cost.data_bytes for cost in costs.values()), default=0)
    training = min(jobs, len(units)) * (PROCESS_BYTES + data + max(each, default=0))
    result = max((cost.result_bytes for cost in costs.values()), default=0)
    return PROCESS_BYTES + max(training, runs * (result + RUN_OVERHEAD_BYTES))
