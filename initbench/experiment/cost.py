"""Cost: what a run takes in seconds and bytes, by a model of the work that it is.

The model is the same on every machine, so that an experiment is cut alike wherever it runs; its
constants were measured on one core of a server of 2023. How much faster or slower a machine is,
`initbench.experiment.calibration` measures.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.data import Split
from initbench.experiment.units import Unit, unit_architecture
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count
from initbench.training.batches import steps_per_epoch
from initbench.training.evaluation import ROWS
from initbench.training.layer_statistics import LAYER_STATISTICS
from initbench.training.plane import GRID_SIDE

MULTIPLICATION: Final = 2.6e-11
"""Seconds of a multiplication and an addition of a product of matrices."""

ELEMENT: Final = 1.3e-9
"""Seconds that an activation takes for one unit and sample, there and back."""

PARAMETER: Final = 0.8e-9
"""Seconds that an optimizer takes for one parameter."""

CALLS: Final = 2.0e-5
"""Seconds of Python a layer and step, for a stack of whatever size."""

PROBED_LAYER: Final = 6e-4
PROBED_PARAMETER: Final = 6.7e-8
"""Seconds that a probe of an untrained network takes for a layer and for a parameter."""

SINGULAR: Final = 2.6e-10
"""Seconds that singular values take, over the cube of their number."""

FORECAST: Final = 0.015
"""Seconds that a forecast takes for a layer, of a scheme on one data set."""

PROBE_BYTES: Final = 200
"""What a probe leaves of each layer."""

RUN_OVERHEAD_BYTES: Final = 6_000
"""What a run takes in Python's own objects when results are read."""


@dataclass(frozen=True)
class Cost:
    """What runs of one shape take.

    Attributes
    ----------
    steps : int
        Of one run.
    run_seconds : float
        Of one run in a large stack.
    stack_seconds : float
        Of a stack, whatever the number of its runs.
    run_bytes : int
        Of one run while it trains, and what is recorded of it.
    data_bytes : int
        Of the samples, in each process that trains.
    result_bytes : int
        Of what one run leaves.
    """

    steps: int
    run_seconds: float
    stack_seconds: float
    run_bytes: int
    data_bytes: int
    result_bytes: int

    def seconds_of(self, unit: Unit) -> float:
        """Return what a unit of that shape takes."""
        return self.stack_seconds + unit.runs * self.run_seconds


def cost_of(unit: Unit, split: Split) -> Cost:
    """Return what each run of a unit takes on its data."""
    architecture = unit_architecture(unit, split)
    itemsize = np.dtype(unit.network.dtype).itemsize
    samples, total = len(split.X_train), _samples(split)
    batch = min(unit.recipe.batch_size or samples, samples)
    parameters, units = parameter_count(architecture), sum(architecture.sizes[1:])
    each = steps_per_epoch(samples, batch)
    steps = unit.recipe.epochs * each
    points = unit.recipe.recording.points(unit.recipe.epochs, each)
    passes = points * -(-total // ROWS)
    result = _result_bytes(unit, split, architecture, points)
    return Cost(
        steps=steps,
        run_seconds=steps * _step_seconds(parameters, units, batch)
        + points * _evaluation_seconds(parameters, units, architecture.sizes[-1] * total, total),
        stack_seconds=CALLS * len(architecture.layers) * (steps + 0.5 * passes),
        run_bytes=run_bytes(architecture, batch, itemsize)
        + 3 * result
        + 32 * architecture.sizes[-1] * total,
        data_bytes=3 * 8 * total * (architecture.sizes[0] + 1),
        result_bytes=result,
    )


@dataclass(frozen=True)
class ProbeCost:
    """What probes of untrained networks take: in seconds, and in bytes of what they leave."""

    seconds: float = 0.0
    result_bytes: int = 0

    def __add__(self, other: "ProbeCost") -> "ProbeCost":
        """Return what both take."""
        return ProbeCost(self.seconds + other.seconds, self.result_bytes + other.result_bytes)


def probe_cost_of(architecture: Architecture, networks: int, forecasts: int) -> ProbeCost:
    """Return what it takes to measure so many networks, and to forecast so many schemes."""
    depth = len(architecture.layers)
    middle = min(architecture.layers[(depth - 1) // 2])
    each = (
        PROBED_LAYER * depth
        + PROBED_PARAMETER * parameter_count(architecture)
        + SINGULAR * middle**3
    )
    return ProbeCost(
        seconds=networks * each + forecasts * FORECAST * depth,
        result_bytes=networks * (PROBE_BYTES * depth + 8 * middle),
    )


def run_bytes(architecture: Architecture, batch: int, itemsize: int) -> int:
    """Return what the arrays of one run in a stack take.

    They are its parameters, gradients, state and scratch, then the signals of a batch.
    """
    parameters = 4 * parameter_count(architecture)
    signals = 2 * sum(architecture.sizes[1:]) * (batch + ROWS)
    return (parameters + signals) * itemsize


def _step_seconds(parameters: int, units: int, batch: int) -> float:
    products = 3 * parameters * batch * MULTIPLICATION
    return products + units * batch * ELEMENT + parameters * PARAMETER


def _evaluation_seconds(parameters: int, units: int, outputs: int, samples: int) -> float:
    """Return what a point of the curves takes: a pass forward, and a look at the weights."""
    forward = samples * (parameters * MULTIPLICATION + units * ELEMENT / 2)
    return forward + 10 * outputs * ELEMENT + 5 * parameters * PARAMETER


def _result_bytes(unit: Unit, split: Split, architecture: Architecture, points: int) -> int:
    depth, parts = len(architecture.layers), 3 if split.X_validation is not None else 2
    curves = 2 * parts * 8 + 4 * (depth - 1)
    if unit.recipe.recording.layers:
        curves += 4 * depth * len(LAYER_STATISTICS)
    has_plane = split.X_train.shape[1] == 2 and split.classes is not None
    plane = 2 * architecture.sizes[-1] * GRID_SIDE**2 if has_plane else 0
    return points * curves + plane + 64


def _samples(split: Split) -> int:
    validation = 0 if split.X_validation is None else len(split.X_validation)
    return len(split.X_train) + len(split.X_test) + validation
