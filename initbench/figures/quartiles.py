"""Quartiles of a scheme's curves over the runs that have not diverged.

A run that diverges leaves the summary at that point and does not return.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray, IntArray

_QUARTILES: Final = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Summary:
    """Quartiles of a scheme's curves.

    Attributes
    ----------
    low, median, high : ndarray of shape (T,)
        Over the runs that are finite up to that point; NaN where there is none.
    lengths : ndarray of shape (S,)
        Points, the start among them, before each run is not finite; T where it always is.
    """

    low: FloatArray
    median: FloatArray
    high: FloatArray
    lengths: IntArray

    @property
    def diverged(self) -> BoolArray:
        """Which runs do not last."""
        return self.lengths < len(self.median)

    @property
    def departures(self) -> IntArray:
        """Points at which at least one run is seen for the last time."""
        return np.unique(self.lengths[self.diverged & (self.lengths > 0)]) - 1


def summarise_curves(curves: FloatArray) -> Summary:
    """Summarise the curves ``(S, T)`` of a scheme's runs."""
    sound = np.logical_and.accumulate(np.isfinite(curves), axis=1)
    survivors = sound.sum(axis=0)
    ordered = np.sort(np.where(sound, curves, np.inf), axis=0)
    quartiles = np.full((len(_QUARTILES), curves.shape[1]), np.nan)
    for count in np.unique(survivors[survivors > 0]):
        here = survivors == count
        quartiles[:, here] = np.quantile(ordered[:count, here], _QUARTILES, axis=0)
    low, median, high = quartiles
    return Summary(low, median, high, lengths=sound.sum(axis=1))
