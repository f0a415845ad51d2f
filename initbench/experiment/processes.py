"""Processes of this machine that train units, and end with the process that started them."""

import contextlib
import ctypes
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import RawArray
from typing import Any, Self

from initbench.experiment import lifetime
from initbench.experiment.units import Unit
from initbench.experiment.workers import OnEpoch, Outcome, attempt_elsewhere


class Processes:
    """Processes of this machine, each with a pool of its own: if one dies, its unit is known.

    Parameters
    ----------
    jobs : int
    """

    def __init__(self, jobs: int) -> None:
        self.capacity = jobs
        epochs = RawArray(ctypes.c_int64, jobs)
        self._places = [_Place(epochs, index) for index in range(jobs)]

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Have a unit trained by a process that is free."""
        place = next(place for place in self._places if place.is_free)
        return place.submit(unit, on_epoch)

    def poll(self) -> None:
        """Tell of the epochs that processes have counted."""
        for place in self._places:
            place.poll()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for place in self._places:
            place.kill()
        for place in self._places:
            place.close()


class _Place:
    """One process at a time, and the unit that it trains.

    Parameters
    ----------
    epochs : array of int
        Shared with all processes; each counts its unit's epochs in a place of its own.
    index : int
        Of that place.
    """

    def __init__(self, epochs: Any, index: int) -> None:
        self._epochs, self._index = epochs, index
        self._pool: ProcessPoolExecutor | None = None
        self._context = lifetime.Context()
        self._future: Future[Outcome] | None = None
        self._told = 0

    @property
    def is_free(self) -> bool:
        return self._future is None or self._future.done()

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Send a unit; a process that has died since the last one is replaced."""
        self.poll()
        self._epochs[self._index] = self._told = 0
        self._on_epoch = on_epoch
        try:
            self._future = self._start().submit(_attempt_counting, unit)
        except BrokenProcessPool:
            self.close()
            self._future = self._start().submit(_attempt_counting, unit)
        return self._future

    def poll(self) -> None:
        """Tell of the epochs that the process has counted."""
        for _ in range(self._told, self._epochs[self._index]):
            self._told += 1
            self._on_epoch(None)

    def kill(self) -> None:
        """End the process, whatever it is doing; one that never began has no number."""
        for process in self._context.started:
            if process.pid is not None:
                process.kill()

    def close(self) -> None:
        """Wait until the process has ended, and forget it."""
        if self._pool is not None:
            # A pool whose own thread an interrupt has kept from starting has nothing to wait for.
            with contextlib.suppress(RuntimeError):
                self._pool.shutdown(cancel_futures=True)
        self._pool, self._context = None, lifetime.Context()

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=self._context,
                initializer=lifetime.begin_work,
                initargs=(self._epochs, self._index, os.getpid()),
            )
        return self._pool


def _attempt_counting(unit: Unit) -> Outcome:
    return attempt_elsewhere(unit, lifetime.count_epoch)
