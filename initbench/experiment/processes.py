"""Processes of this machine that train units, and end with the process that started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.sharedctypes import RawArray
from types import ModuleType
from typing import Any, Final, Self

from initbench.experiment import lifetime
from initbench.experiment.units import Unit
from initbench.experiment.workers import Outcome, attempt_elsewhere

_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


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

    def submit(self, unit: Unit, on_epoch: Callable[[], None]) -> Future[Outcome]:
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
        self._context = _Context()
        self._future: Future[Outcome] | None = None
        self._told = 0

    @property
    def is_free(self) -> bool:
        return self._future is None or self._future.done()

    def submit(self, unit: Unit, on_epoch: Callable[[], None]) -> Future[Outcome]:
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
            self._on_epoch()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        for process in self._context.started:
            process.kill()

    def close(self) -> None:
        """Wait until the process has ended, and forget it."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool, self._context = None, _Context()

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=self._context,
                initializer=lifetime.begin_work,
                initargs=(self._epochs, self._index, os.getpid()),
            )
        return self._pool


class _Process(SpawnProcess):
    """A process that imports initbench and not the caller's program, and hears no Ctrl-C."""

    def start(self) -> None:
        """Start it, with surroundings that it takes over."""
        with _no_program(), _one_thread_each(), _no_interrupt():
            super().start()


class _Context(SpawnContext):
    """Makes such processes, and knows which it has made."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[_Process] = []

    def Process(self, *args: Any, **settings: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        """Return a process, not yet started."""
        process = _Process(*args, **settings)
        self.started.append(process)
        return process


def _attempt_counting(unit: Unit) -> Outcome:
    return attempt_elsewhere(unit, lifetime.count_epoch)


@contextmanager
def _no_program() -> Iterator[None]:
    """Hide the program that runs, which a new process would import and so run again."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let new processes load matrix libraries with one thread, as they shall use."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let new processes be deaf to Ctrl-C from the start; here, it waits until they have begun."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
