"""How a stack of networks is trained: the plain values of a training recipe."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.options import OptionValue
from initbench.training.batches import steps_per_epoch

Options = tuple[tuple[str, OptionValue], ...]
"""Names and values of options, sorted by name."""


@dataclass(frozen=True)
class Named:
    """An entry of a registry with all of its options."""

    name: str
    options: Options = ()


@dataclass(frozen=True)
class Recording:
    """Which points of training are recorded, and what is recorded besides losses and scores.

    Attributes
    ----------
    every : int
        Number of units between two points.
    unit : {"epoch", "step"}
        Whether `every` counts epochs or steps. The first and the last point are always recorded.
    layers : bool
        Whether to record the statistics of each layer.
    initial_weights : bool
        Whether to record the initial weights.
    """

    every: int = 1
    unit: Literal["epoch", "step"] = "epoch"
    layers: bool = False
    initial_weights: bool = False

    def steps(self, epochs: int, steps_per_epoch: int) -> IntArray:
        """Return the step of each recorded point, in order; 0 is the untrained network."""
        each = self.every * (steps_per_epoch if self.unit == "epoch" else 1)
        last = epochs * steps_per_epoch
        return np.union1d(np.arange(0, last, each), [last])

    def points(self, epochs: int, steps_per_epoch: int) -> int:
        """Return the length of `steps` without building the array."""
        each = self.every * (steps_per_epoch if self.unit == "epoch" else 1)
        return -(-epochs * steps_per_epoch // each) + 1


@dataclass(frozen=True)
class Stop:
    """When to stop a run early.

    Attributes
    ----------
    monitor : str
        Name of the monitored curve. A loss should fall; any other curve should rise.
    target : float or None
        Stop at the first point at which the curve reaches this value.
    patience : int or None
        Stop after this many points in a row without an improvement.
    """

    monitor: str
    target: float | None
    patience: int | None


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, apart from its initial weights, data and hyper-parameters.

    Attributes
    ----------
    epochs : int
    batch_size : int or None
        None for full batches.
    optimizer : str
    schedule : Named
        Learning-rate schedule.
    loss : Named
    recording : Recording
    stop : Stop or None
    """

    epochs: int
    batch_size: int | None
    optimizer: str
    schedule: Named
    loss: Named
    recording: Recording
    stop: Stop | None

    def recorded_epochs(self, samples: int) -> FloatArray:
        """Return the epoch of each recorded point, ``(T,)``, for a number of training samples."""
        per_epoch = steps_per_epoch(samples, self.batch_size)
        return self.recording.steps(self.epochs, per_epoch) / per_epoch
