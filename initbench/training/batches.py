"""What depends on a run's seed alone in each step: the order of the samples, and dropped units."""

from collections.abc import Iterator, Sequence

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.nn import StackedMLP
from initbench.nn.fast import take_rows
from initbench.nn.layers import kept_factor
from initbench.seeding import Stream, generator
from initbench.training.evaluation import Part


class Batches:
    """Batches for a stack whose runs read streams, one stream a seed.

    `batch_size`: None for all samples in one batch, which has no order, so that all streams share
    it.
    `seeds`: one for each of the S streams.
    `streams`: shape (R,); which stream each run reads, in order.
    """

    def __init__(
        self, part: Part, batch_size: int | None, seeds: Sequence[int], streams: IntArray
    ) -> None:
        self._part = part
        self._count = len(part.inputs)
        self.size: int = min(batch_size or self._count, self._count)
        self._generators = [generator(seed, Stream.BATCHES) for seed in seeds]
        self._orders = np.zeros((len(seeds), self._count), np.intp)
        self._buffers: dict[tuple[int, ...], list[FloatArray]] = {}
        self._set_streams(streams)

    @property
    def per_epoch(self) -> int:
        """Number of batches of an epoch; the last may be smaller."""
        return steps_per_epoch(self._count, self.size)

    def keep(self, runs: BoolArray) -> None:
        """Drop all runs but those of a mask ``(R,)``."""
        self._set_streams(self._streams[runs])

    def epoch(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the batches of the next epoch; each batch may overwrite the arrays of the last.

        Yields
        ------
        inputs : ndarray of shape (S', B, D + 1)
        targets : ndarray of shape (S', 1, K, B)
            Run ``s * (R / S') + i`` reads row s. Where as many runs read each stream, there is a
            row a stream; elsewhere a row a run.
        """
        if self.size == self._count:
            yield self._part.inputs[np.newaxis], _as_columns(self._part.targets[np.newaxis])
            return
        for stream in np.unique(self._streams):
            self._orders[stream] = self._generators[stream].permutation(self._count)
        for start in range(0, self._count, self.size):
            rows = self._orders[self._rows, start : start + self.size]
            sources = (self._part.inputs, self._part.targets)
            if rows.shape not in self._buffers:
                self._buffers[rows.shape] = [
                    np.empty((*rows.shape, source.shape[1]), source.dtype) for source in sources
                ]
            inputs, targets = self._buffers[rows.shape]
            take_rows(self._part.inputs, rows, inputs)
            take_rows(self._part.targets, rows, targets)
            yield inputs, _as_columns(targets)

    def _set_streams(self, streams: IntArray) -> None:
        used, counts = np.unique(streams, return_counts=True)
        self._streams = streams
        self._rows = used if (counts == counts[:1]).all() else streams


def steps_per_epoch(samples: int, batch_size: int | None) -> int:
    """Return the number of batches of an epoch."""
    return -(-samples // min(batch_size or samples, samples))


def _as_columns(targets: Array) -> Array:
    """View ``(S, B, K)`` as ``(S, 1, K, B)``."""
    return np.swapaxes(targets, 1, 2)[:, np.newaxis]


class Masks:
    """Masks of dropout for a stack whose runs read streams, one stream a seed.

    All schemes of a seed share its masks, as they share its batches. The masks of a run do not
    depend on the other runs of its stack.

    `network`: its architecture says what is dropped, if anything.
    `seeds`: one for each of the S streams.
    `streams`: shape (R,); which stream each run reads, in order.
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

        `batch`: samples of the step.

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
