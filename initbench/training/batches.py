"""Batches: the order in which a run sees the samples, which depends on its seed alone."""

from collections.abc import Iterator, Sequence

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.nn.fast import take_rows
from initbench.seeding import Stream, generator
from initbench.training.evaluation import Part


class Batches:
    """Batches for a stack whose runs read streams, one stream a seed.

    Parameters
    ----------
    batch_size : int or None
        None for all samples in one batch, which has no order, so that all streams share it.
    seeds : sequence of int
        One for each of the S streams.
    streams : ndarray of shape (R,)
        Which stream each run reads, in order.
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
