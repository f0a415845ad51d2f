"""Masks of dropout: which activations a step drops, drawn from the seed of a run alone.

Every seed has a stream of its own, and all schemes of a seed share its masks, as they share its
batches. The masks of a run do not depend on the other runs of its stack.
"""

from collections.abc import Sequence

import numpy as np

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.nn import StackedMLP
from initbench.nn.layers import kept_factor
from initbench.seeding import Stream, generator


class Masks:
    """Masks for a stack whose runs read streams, one stream a seed.

    Parameters
    ----------
    network : StackedMLP
        Its architecture says what is dropped, if anything.
    seeds : sequence of int
        One for each of the S streams.
    streams : ndarray of shape (R,)
        Which stream each run reads, in order.
    """

    def __init__(self, network: StackedMLP, seeds: Sequence[int], streams: IntArray) -> None:
        self._dropout = network.architecture.dropout
        self._hidden, self._dtype = network.architecture.sizes[1:-1], network.dtype
        self._generators = [generator(seed, Stream.DROPOUT) for seed in seeds]
        self._streams = streams

    def keep(self, runs: BoolArray) -> None:
        """Drop all runs but those of a mask ``(R,)``."""
        self._streams = self._streams[runs]

    def draw(self, batch: int) -> list[FloatArray]:
        """Return the masks of the next step, one for each hidden layer; none without dropout.

        Parameters
        ----------
        batch : int
            Samples of the step.

        Returns
        -------
        list of ndarray of shape (S', 1, H, B)
            Factors of activations, a row for each stream or, where streams have different numbers
            of runs, for each run.
        """
        if self._dropout is None:
            return []
        used, places, counts = np.unique(self._streams, return_inverse=True, return_counts=True)
        is_even = (counts == counts[0]).all()
        order = np.arange(len(used)) if is_even else places
        masks = [np.empty((len(used), 1, units, batch), self._dtype) for units in self._hidden]
        factor = kept_factor(self._dropout)
        for place, stream in enumerate(used):
            for mask in masks:
                draws = self._generators[stream].random(mask.shape[2:], np.float32)
                np.multiply(draws >= self._dropout.rate, factor, out=mask[place, 0])
        return [mask[order] for mask in masks]
