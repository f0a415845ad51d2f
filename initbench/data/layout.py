"""How toy sets are laid out: samples shared among classes, and noise added last."""

from typing import Annotated

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.errors import UsageError
from initbench.options import Bound

Samples = Annotated[int, Bound(2, 10_000_000)]
Classes = Annotated[int, Bound(2, 1000)]


def shares(samples: int, classes: int) -> list[int]:
    """Share samples out so that no class has more than one above another.

    Raises
    ------
    UsageError
        There are fewer samples than classes.
    """
    if samples < classes:
        raise UsageError(f"{samples} samples are too few for {classes} classes")
    return [samples // classes + (index < samples % classes) for index in range(classes)]


def labels(counts: list[int]) -> IntArray:
    """Return the label of each sample, class by class."""
    return np.repeat(np.arange(len(counts)), counts)


def on_circle(turns: FloatArray) -> FloatArray:
    """Return the points of the unit circle at these parts of a turn, ``(N, 2)``."""
    return np.column_stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])


def noisy(rng: np.random.Generator, points: FloatArray, std: float) -> FloatArray:
    """Add normal noise to each coordinate."""
    return points + std * rng.standard_normal(points.shape)
