"""Cost: the time and memory of training a unit, by a model.

The model is the same on every machine, so that an experiment is cut the same way wherever it runs.
Its constants were measured on one core of a server of 2023. `initbench.experiment.estimate`
measures how much faster or slower the machine at hand is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.curvature.measuring import KERNEL_SAMPLES, SAMPLES
from initbench.curvature.spectrum import LEADING
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count
from initbench.results.curvature import PER_NETWORK
from initbench.training.batches import steps_per_epoch
from initbench.training.decision_boundary import FRAME_SIDE, GRID_SIDE, frame_epochs
from initbench.training.evaluation import ROWS
from initbench.training.layer_statistics import LAYER_STATISTICS
from initbench.training.unit import Unit

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
    """Time and memory of the runs of a unit, by the model.

    Attributes
    ----------
    steps : int
        Training steps of one run.
    run_seconds : float
        Time of each run in a large stack.
    stack_seconds : float
        Time of a stack that does not depend on its number of runs.
    run_bytes : int
        Memory of one run during training, with its records.
    data_bytes : int
        Memory of the samples in each training process.
    result_bytes : int
        Size of the records of one run.
    """

    steps: int
    run_seconds: float
    stack_seconds: float
    run_bytes: int
    data_bytes: int
    result_bytes: int

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
    result = _result_bytes(unit, architecture, points)
    products = 3 * parameters * batch * MULTIPLICATION
    step_seconds = products + units * batch * ELEMENT + parameters * PARAMETER
    # A recorded point is a forward pass, losses and scores, and statistics of the weights.
    forward = parameters * MULTIPLICATION + units * ELEMENT / 2
    scores = 10 * architecture.sizes[-1] * ELEMENT
    point_seconds = total * (forward + scores) + 5 * parameters * PARAMETER
    on_grids = _grid_points(unit)
    calls = steps + 0.5 * (passes + on_grids // ROWS)
    if unit.recipe.recording.sharpness:
        samples = min(SAMPLES, unit.data.train)
        point_seconds += SHARPNESS_PRODUCTS * _product_seconds(architecture, samples)
        calls += SHARPNESS_PRODUCTS * points
    return Cost(
        steps=steps,
        run_seconds=steps * step_seconds + points * point_seconds + on_grids * forward,
        stack_seconds=CALLS * len(architecture.layers) * calls,
        run_bytes=run_bytes(architecture, batch, itemsize)
        + 3 * result
        + 32 * architecture.sizes[-1] * total,
        data_bytes=3 * 8 * total * (architecture.sizes[0] + 1),
        result_bytes=result,
    )


@dataclass(frozen=True)
class ProbeCost:
    """Seconds of probing untrained networks, and bytes of the records."""

    seconds: float = 0.0
    result_bytes: int = 0

    def __add__(self, other: "ProbeCost") -> "ProbeCost":
        """Return the cost of both."""
        return ProbeCost(self.seconds + other.seconds, self.result_bytes + other.result_bytes)


def probe_cost_of(
    architecture: Architecture, networks: int, forecasts: int, *, curvature: bool
) -> ProbeCost:
    """Return the cost of measuring a number of networks and forecasting a number of schemes."""
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
    return ProbeCost(
        seconds=networks * each + forecasts * FORECAST * depth,
        result_bytes=networks * (PROBE_BYTES * depth + 8 * (middle + numbers)),
    )


def _product_seconds(architecture: Architecture, samples: int) -> float:
    """Return the seconds of a product with the Hessian of one network."""
    parameters, units = parameter_count(architecture), sum(architecture.sizes[1:])
    return samples * (6 * parameters * MULTIPLICATION + units * ELEMENT)


def run_bytes(architecture: Architecture, batch: int, itemsize: int) -> int:
    """Return the bytes of one run's parameters, gradients, optimizer state and activations."""
    parameters = 4 * parameter_count(architecture)
    signals = 2 * sum(architecture.sizes[1:]) * (batch + ROWS)
    return (parameters + signals) * itemsize


def _result_bytes(unit: Unit, architecture: Architecture, points: int) -> int:
    depth, parts = len(architecture.layers), len(unit.data.parts)
    curves = 2 * parts * 8 + 4 * (depth - 1) + 8 * unit.recipe.recording.sharpness
    if unit.recipe.recording.layers:
        curves += 4 * depth * len(LAYER_STATISTICS)
    return points * curves + 2 * architecture.sizes[-1] * _grid_points(unit) + 64


def _grid_points(unit: Unit) -> int:
    """Return the points of all grids on which a run's decision boundary is recorded."""
    if not unit.data.has_boundary:
        return 0
    return GRID_SIDE**2 + len(frame_epochs(unit.recipe.epochs)) * FRAME_SIDE**2
