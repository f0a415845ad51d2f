"""How toy sets are laid out: samples shared among classes, and noise added last."""

from typing import Annotated, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.errors import UsageError
from initbench.options import Bound

Samples = Annotated[int, Bound(2, 10_000_000)]
Classes = Annotated[int, Bound(2, 1000)]

MAX_NUMBERS: Final = 2 * 10**8
"""How many numbers a set that is drawn may hold: 1.6 GB."""


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


def check_size(samples: int, columns: int) -> None:
    """Refuse to draw more than memory may hold.

    Raises
    ------
    UsageError
        There would be more than `MAX_NUMBERS` numbers.
    """
    if samples * columns > MAX_NUMBERS:
        raise UsageError(
            f"{samples:,} samples of {columns:,} numbers each are more than the {MAX_NUMBERS:,}"
            " numbers that may be drawn"
        )


def labels(counts: list[int]) -> IntArray:
    """Return the label of each sample, class by class."""
    return np.repeat(np.arange(len(counts)), counts)


def on_circle(turns: FloatArray) -> FloatArray:
    """Return the points of the unit circle at these parts of a turn, ``(N, 2)``."""
    return np.column_stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])


def noisy(rng: np.random.Generator, points: FloatArray, std: float) -> FloatArray:
    """Add normal noise to each coordinate."""
    return points + std * rng.standard_normal(points.shape)
