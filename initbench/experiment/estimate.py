"""Time and memory of an experiment: a model of the cost of a unit, and estimates for this machine.

The model is the same on every machine, so that an experiment is cut the same way wherever it runs.
Its constants were measured on one core of a server of 2023. For an estimate, units of a few costs
are trained for a moment, to measure how much faster or slower this machine is.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np

from initbench.curvature.measuring import KERNEL_SAMPLES, SAMPLES
from initbench.curvature.spectrum import LEADING
from initbench.data import Split
from initbench.errors import UsageError
from initbench.formatting import show_bytes, show_seconds
from initbench.machine import available_memory
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count
from initbench.results import Outline
from initbench.results.curvature import PER_NETWORK
from initbench.training.batches import steps_per_epoch
from initbench.training.decision_boundary import FRAME_SIDE, GRID_SIDE, frame_epochs
from initbench.training.evaluation import ROWS
from initbench.training.layer_statistics import LAYER_STATISTICS
from initbench.training.samples import load_split
from initbench.training.stack import train_on
from initbench.training.unit import DataShape, Unit, Variant

MULTIPLICATION: Final = 2.6e-11
"""Seconds per multiply-add of a matrix product."""

ELEMENT: Final = 1.3e-9
"""Seconds of an activation's forward and backward pass, per hidden unit and sample."""

PARAMETER: Final = 0.8e-9
"""Seconds of an optimizer step per parameter."""

CALLS: Final = 2.0e-5
"""Seconds of Python per layer and step, independent of the size of the stack."""

PROBED_LAYER: Final = 6e-4
PROBED_PARAMETER: Final = 6.7e-8
"""Seconds of probing an untrained network, per layer and per parameter."""

SINGULAR: Final = 2.6e-10
"""Seconds of computing singular values, divided by the cube of their number."""

FORECAST: Final = 0.015
"""Seconds of a mean-field forecast per layer, for one scheme and data set."""

CURVATURE_PRODUCTS: Final = 40
"""Hessian products, in each of which are six products of a layer's matrices, for one network."""

SHARPNESS_PRODUCTS: Final = 16
"""Likewise for the largest eigenvalue of the Hessian alone, at each recorded point."""

CURVATURE_PARAMETER: Final = 3e-7
"""Seconds of Lanczos's method per parameter of a network, for its basis."""

CURVATURE_LAYER: Final = 1e-4
"""Seconds of Python per layer, network and output, for kernels and products of small networks."""

PROBE_BYTES: Final = 200
"""Bytes that a probe stores for each layer."""

RUN_OVERHEAD_BYTES: Final = 6_000
"""Bytes of Python objects per run when results are read."""


@dataclass(frozen=True)
class Cost:
    """Time and memory of the runs of a unit, by the model."""

    steps: int  # training steps of one run
    run_seconds: float  # time of each run in a large stack
    stack_seconds: float  # time of a stack that does not depend on its number of runs
    run_bytes: int  # memory of one run during training, with its records
    data_bytes: int  # memory of the samples in each training process
    result_bytes: int  # size of the records of one run

    def seconds_of(self, unit: Unit) -> float:
        """Return the seconds that a unit of this cost takes."""
        return self.stack_seconds + unit.runs * self.run_seconds


def cost_of(unit: Unit) -> Cost:
    """Return the cost of the runs of a unit."""
    architecture, batch = unit.architecture, unit.batch_size
    itemsize = np.dtype(unit.network.dtype).itemsize
    total = unit.data.samples
    parameters, units = parameter_count(architecture), sum(architecture.sizes[1:])
    each = steps_per_epoch(unit.data.train, batch)
    steps = unit.recipe.epochs * each
    points = unit.recipe.recording.points(unit.recipe.epochs, each)
    passes = points * -(-total // ROWS)
    depth, parts = len(architecture.layers), len(unit.data.parts)
    curves = 2 * parts * 8 + 4 * (depth - 1)
    if unit.recipe.recording.layers:
        curves += 4 * depth * len(LAYER_STATISTICS)
    curves += 8 * unit.recipe.recording.sharpness
    on_grids = 0  # points on which the decision boundary is recorded
    if unit.data.has_boundary:
        on_grids = GRID_SIDE**2 + len(frame_epochs(unit.recipe.epochs)) * FRAME_SIDE**2
    result = points * curves + 2 * architecture.sizes[-1] * on_grids + 64
    products = 3 * parameters * batch * MULTIPLICATION
    step_seconds = products + units * batch * ELEMENT + parameters * PARAMETER
    # A recorded point is a forward pass, losses and scores, and statistics of the weights.
    forward = parameters * MULTIPLICATION + units * ELEMENT / 2
    scores = 10 * architecture.sizes[-1] * ELEMENT
    point_seconds = total * (forward + scores) + 5 * parameters * PARAMETER
    calls = steps + 0.5 * (passes + on_grids // ROWS)
    if unit.recipe.recording.sharpness:
        samples = min(SAMPLES, unit.data.train)
        point_seconds += SHARPNESS_PRODUCTS * _product_seconds(architecture, samples)
        calls += SHARPNESS_PRODUCTS * points
    return Cost(
        steps=steps,
        run_seconds=steps * step_seconds + points * point_seconds + on_grids * forward,
        stack_seconds=CALLS * depth * calls,
        run_bytes=run_bytes(architecture, batch, itemsize)
        + 3 * result
        + 32 * architecture.sizes[-1] * total,
        data_bytes=3 * 8 * total * (architecture.sizes[0] + 1),
        result_bytes=result,
    )


def probe_cost_of(
    architecture: Architecture, networks: int, forecasts: int, *, curvature: bool
) -> tuple[float, int]:
    """Return the seconds of measuring networks and forecasting schemes, and the bytes of records.

    `networks`, `forecasts`: numbers of networks and of schemes.
    """
    depth = len(architecture.layers)
    middle = min(architecture.layers[(depth - 1) // 2])
    each = (
        PROBED_LAYER * depth
        + PROBED_PARAMETER * parameter_count(architecture)
        + SINGULAR * middle**3
    )
    numbers = 0
    if curvature:
        each += CURVATURE_PRODUCTS * _product_seconds(architecture, SAMPLES)
        each += CURVATURE_PARAMETER * parameter_count(architecture)
        each += CURVATURE_LAYER * depth * architecture.sizes[-1]
        numbers = 2 * LEADING + KERNEL_SAMPLES + len(PER_NETWORK)
    seconds = networks * each + forecasts * FORECAST * depth
    return seconds, networks * (PROBE_BYTES * depth + 8 * (middle + numbers))


def _product_seconds(architecture: Architecture, samples: int) -> float:
    """Return the seconds of a product with the Hessian of one network."""
    parameters, units = parameter_count(architecture), sum(architecture.sizes[1:])
    return samples * (6 * parameters * MULTIPLICATION + units * ELEMENT)


def run_bytes(architecture: Architecture, batch: int, itemsize: int) -> int:
    """Return the bytes of one run's parameters, gradients, optimizer state and activations."""
    parameters = 4 * parameter_count(architecture)
    signals = 2 * sum(architecture.sizes[1:]) * (batch + ROWS)
    return (parameters + signals) * itemsize


MOST_SECONDS: Final = 24 * 3600.0

PROCESS_BYTES: Final = 130_000_000
"""Memory of an idle process."""

SECONDS: Final = 0.1
"""Time for which each measured unit trains, by the model."""

CALIBRATED_UNITS: Final = 5

MOST_BYTES: Final = 2**30
"""Memory of a run from which on a unit is not measured."""

FORCE: Final = "--force runs it anyway"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Time and memory that an experiment needs.

    Attributes
    ----------
    name : str
        Name of the experiment.
    cells, runs, runs_on_disk : int
        Cells and runs of the experiment, and runs that are on disk. With `tune`, these include the
        runs of each scheme at its own best value.
    units : int
        Units that are still to be trained.
    run_steps : int
        Training steps, summed over all runs.
    core_seconds : float
        Training time on one core.
    networks : int
        Untrained networks that are still to be probed.
    probe_seconds : float
        Time of probing them, in one process after training.
    jobs : int
        Processes that train.
    memory_bytes : int
        Peak memory of all processes together, by the model.
    memory_available : int or None
        None if the system does not tell.
    result_bytes : int
        Size of the raw runs before compression.
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
        """Time of training and probing."""
        return self.core_seconds / max(1, min(self.jobs, self.units)) + self.probe_seconds

    @property
    def objections(self) -> list[str]:
        """Reasons why the experiment is too large for this machine."""
        found = []
        if self.seconds > MOST_SECONDS:
            found.append(f"it takes about {show_seconds(self.seconds)}")
        if self.memory_available is not None and self.memory_bytes > self.memory_available:
            need, have = show_bytes(self.memory_bytes), show_bytes(self.memory_available)
            found.append(f"it takes about {need} of memory, and there are {have}")
        return found

    def as_document(self) -> dict[str, Any]:
        """Return the estimate as plain values, for ``--json``."""
        return {
            **vars(self),
            "runs_to_train": self.runs - self.runs_on_disk,
            "seconds": self.seconds,
            "objections": self.objections,
        }


def make_estimate(
    units: Sequence[Unit],
    probes: Sequence[Unit],
    outline: Outline,
    *,
    jobs: int,
    measure: bool,
    curvature: bool = False,
) -> Estimate:
    """Return the estimate for the missing units of an experiment.

    `units`, `probes`: units that are still to be trained and to be probed.
    `outline`: outline of the whole experiment.
    `jobs`: processes that train.
    `measure`: whether to measure the speed of this machine by about a second of training.
    `curvature`: whether probes measure the curvature of the loss.
    """
    costs = _costs(units)
    factors = dict.fromkeys(costs, 1.0)
    if measure:
        first = {kind_of(unit): unit for unit in reversed(units)}
        factors = dict(zip(costs, calibrate([first[shape] for shape in costs]), strict=True))
    left = [(unit, costs[kind_of(unit)], factors[kind_of(unit)]) for unit in units]
    missing, runs = sum(unit.runs for unit in units), len(outline.keys)
    probe_seconds, probe_bytes = _probing(probes, curvature=curvature)
    return Estimate(
        name=outline.name,
        cells=len(outline.cells),
        runs=runs,
        runs_on_disk=runs - missing,
        units=len(units),
        run_steps=sum(unit.runs * cost.steps for unit, cost, _ in left),
        core_seconds=sum(factor * cost.seconds_of(unit) for unit, cost, factor in left),
        networks=sum(unit.runs for unit in probes),
        probe_seconds=probe_seconds,
        jobs=jobs,
        memory_bytes=_memory(units, costs, runs, jobs) + probe_bytes,
        memory_available=available_memory(),
        result_bytes=sum(unit.runs * cost.result_bytes for unit, cost, _ in left) + probe_bytes,
    )


def refuse_too_much(estimate: Estimate) -> None:
    """Raise a `UsageError` with the estimate if the experiment is too large for this machine."""
    if estimate.objections:
        raise UsageError(
            f"{estimate.name} is too large for this machine: {', and '.join(estimate.objections)}."
            f" Make it smaller. {FORCE}"
        )


def estimate_text(estimate: Estimate) -> str:
    """Return an estimate as a few lines of text."""
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


def kind_of(unit: Unit) -> Unit:
    """Return a unit without its variants and seeds; units that agree in this cost the same."""
    return replace(unit, dataset=replace(unit.dataset, seed=0), variants=(), seeds=())


def seconds_of(units: Sequence[Unit]) -> float:
    """Return the seconds that units take one after another, by the model."""
    costs = _costs(units)
    return sum(costs[kind_of(unit)].seconds_of(unit) for unit in units)


def longest_first(units: Sequence[Unit]) -> list[Unit]:
    """Return the units by decreasing time, so that all processes end at about the same time."""
    costs = _costs(units)
    return sorted(units, key=lambda unit: -costs[kind_of(unit)].seconds_of(unit))


def _costs(units: Sequence[Unit]) -> dict[Unit, Cost]:
    """Return the cost of each shape in increasing order."""
    first = {kind_of(unit): unit for unit in reversed(units)}
    costs = {shape: cost_of(unit) for shape, unit in first.items()}
    return dict(sorted(costs.items(), key=lambda each: each[1].run_seconds))


def _probing(units: Sequence[Unit], *, curvature: bool) -> tuple[float, int]:
    """Return seconds and bytes of probes; each scheme is forecast once for each data set."""
    networks: Counter[Unit] = Counter()
    forecasts: dict[Unit, set[tuple[int, Variant]]] = {}
    for unit in units:
        shape = kind_of(unit)
        networks[shape] += unit.runs
        forecasts.setdefault(shape, set()).update(product([unit.dataset.seed], unit.variants))
    costs = [
        probe_cost_of(shape.architecture, count, len(forecasts[shape]), curvature=curvature)
        for shape, count in networks.items()
    ]
    return sum((seconds for seconds, _ in costs), 0.0), sum(size for _, size in costs)


def _memory(units: Sequence[Unit], costs: Mapping[Unit, Cost], runs: int, jobs: int) -> int:
    """Return the peak memory of all processes: during training, or when results are read."""
    each = [unit.runs * costs[kind_of(unit)].run_bytes for unit in units]
    data = max((cost.data_bytes for cost in costs.values()), default=0)
    training = min(jobs, len(units)) * (PROCESS_BYTES + data + max(each, default=0))
    result = max((cost.result_bytes for cost in costs.values()), default=0)
    return PROCESS_BYTES + max(training, runs * (result + RUN_OVERHEAD_BYTES))


def calibrate(units: Sequence[Unit]) -> list[float]:
    """Return the measured training time of each unit divided by the time of the model.

    At most `CALIBRATED_UNITS` of the units are trained, for a moment and on a part of their data;
    the factors of the others are interpolated.

    `units`: one unit of each cost, in increasing order.
    """
    if not units:
        return []
    places = np.unique(np.linspace(0, len(units) - 1, CALIBRATED_UNITS).round().astype(int))
    factors = [_factor(units[place]) for place in places]
    return np.interp(range(len(units)), places, factors).tolist()


def _factor(unit: Unit) -> float:
    """Train a part of a unit, and return the measured time divided by the time of the model."""
    recipe = replace(unit.recipe, epochs=1, stop=None)
    unit = replace(unit, recipe=recipe)
    one_batch = replace(unit, data=_shape_of_first(unit.data, unit.batch_size))
    one = replace(one_batch, variants=unit.variants[:1], seeds=unit.seeds[:1])
    runs = max(1, int(SECONDS / (cost_of(one).run_seconds or SECONDS)))
    variants, seeds = unit.variants[:runs], unit.seeds[: -(-runs // len(unit.variants[:runs]))]
    few = replace(one_batch, variants=variants, seeds=seeds)
    batches = max(1, int(SECONDS / cost_of(few).seconds_of(few)))
    part = replace(few, data=_shape_of_first(unit.data, batches * unit.batch_size))
    epochs = round(SECONDS / cost_of(part).seconds_of(part))
    part = replace(part, recipe=replace(recipe, epochs=max(1, epochs)))
    cost = cost_of(part)
    expected = cost.seconds_of(part)
    if cost.run_bytes > MOST_BYTES or expected > 10 * SECONDS:
        return 1.0
    split = _first(load_split(unit.dataset, unit.network.dtype), part.data.train)
    try:
        train_on(split, replace(part, recipe=replace(part.recipe, epochs=1)))
        start = time.perf_counter()
        train_on(split, part)
    except Exception:  # noqa: BLE001  # training the unit reports the error
        return 1.0
    return (time.perf_counter() - start) / expected


def _shape_of_first(data: DataShape, samples: int) -> DataShape:
    """Return the shape of the data that `_first` returns."""
    return replace(data, train=min(samples, data.train), test=min(samples, data.test))


def _first(split: Split, samples: int) -> Split:
    """Return the first samples of the training part and of the test part."""
    return replace(
        split,
        X_train=split.X_train[:samples],
        y_train=split.y_train[:samples],
        X_test=split.X_test[:samples],
        y_test=split.y_test[:samples],
    )
