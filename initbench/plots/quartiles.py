"""What a scheme's curves are summarised to: quartiles over the runs that are still finite.

A run that diverges leaves the summary at that epoch, for good; where no run is left there is none.
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
    low, median, high : ndarray of shape (E + 1,)
        Over the runs that are finite up to that epoch; NaN where there is none.
    lengths : ndarray of shape (S,)
        Epochs, the start among them, before each run is not finite; E + 1 where it always is.
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
        """Epochs at which at least one run is seen for the last time."""
        return np.unique(self.lengths[self.diverged & (self.lengths > 0)]) - 1


def summarise_curves(curves: FloatArray) -> Summary:
    """Summarise the curves ``(S, E + 1)`` of a scheme's runs."""
    sound = np.logical_and.accumulate(np.isfinite(curves), axis=1)
    survivors = sound.sum(axis=0)
    ordered = np.sort(np.where(sound, curves, np.inf), axis=0)
    quartiles = np.full((len(_QUARTILES), curves.shape[1]), np.nan)
    for count in np.unique(survivors[survivors > 0]):
        here = survivors == count
        quartiles[:, here] = np.quantile(ordered[:count, here], _QUARTILES, axis=0)
    low, median, high = quartiles
    return Summary(low, median, high, lengths=sound.sum(axis=1))
