"""Worker processes on this machine, which end with the process that started them."""

import contextlib
import ctypes
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import RawArray
from typing import Any, Self

from initbench.experiment import lifetime
from initbench.experiment.workers import OnEpoch, Outcome, attempt_elsewhere
from initbench.training.unit import Unit


class Processes:
    """Worker processes, each with a pool of its own, so that a dead process identifies its unit.

    Parameters
    ----------
    jobs : int
    """

    def __init__(self, jobs: int) -> None:
        self.capacity = jobs
        epochs = RawArray(ctypes.c_int64, jobs)
        self._processes = [_WorkerProcess(epochs, index) for index in range(jobs)]

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Submit a unit to an idle process."""
        process = next(process for process in self._processes if process.is_free)
        return process.submit(unit, on_epoch)

    def poll(self) -> None:
        """Report the epochs that the processes have counted."""
        for process in self._processes:
            process.poll()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.close()


class _WorkerProcess:
    """A process and the unit that it trains; a dead process is replaced.

    Parameters
    ----------
    epochs : array of int
        Shared with all processes; each counts the epochs of its unit in an entry of its own.
    index : int
        Index of that entry.
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
        """Submit a unit; a process that has died meanwhile is replaced."""
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
        """Report the epochs that the process has counted."""
        for _ in range(self._told, self._epochs[self._index]):
            self._told += 1
            self._on_epoch(None)

    def kill(self) -> None:
        """Kill the process; a process that has not started has no number."""
        for process in self._context.started:
            if process.pid is not None:
                process.kill()

    def close(self) -> None:
        """Wait until the process has ended."""
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
