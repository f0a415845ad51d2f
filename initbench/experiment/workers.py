"""Workers: where units are trained, and what they return.

A worker returns the compressed bytes of a unit's file, so that little is sent between processes and
the parent only has to write them. An error of a unit is returned as a value, because not every
exception can be pickled.
"""

import contextlib
import ctypes
import os
import platform
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing.sharedctypes import RawArray
from typing import Any, Protocol, Self

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.errors import ClusterError, InitbenchError, SchemeError
from initbench.experiment import lifetime
from initbench.results.unitfile import encode_unit
from initbench.training.stack import train_unit
from initbench.training.unit import Unit


@dataclass(frozen=True)
class TrainedUnit:
    """The result of a unit."""

    keys: tuple[str, ...]  # keys of the R runs, as the worker computes them
    data: bytes  # contents of the unit's file
    lowest_loss: FloatArray  # shape (R,): lowest test loss of each run; NaN if there is none


@dataclass(frozen=True)
class FailedUnit:
    """The traceback of a unit that raised or, if a user can cause it, the message and the error."""

    reason: str
    error: InitbenchError | None = None


Outcome = TrainedUnit | FailedUnit

OnEpoch = Callable[[FloatArray | None], None]
"""Called after each epoch, with the lowest test loss of each run so far if it is known."""


class Workers(Protocol):
    """Where units are trained: a context manager that ends all training on exit.

    A future fails with a `ClusterError` if the cluster is lost, and with another error only if its
    worker has died.
    """

    @property
    def capacity(self) -> int:
        """How many units may be in flight at once."""

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Submit a unit; ``on_epoch`` is called in this thread for finished epochs."""

    def poll(self) -> None:
        """Call ``on_epoch`` for the epochs that have finished since the last call."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class InProcess:
    """The process of the caller, which trains one unit at a time."""

    capacity = 1

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Train a unit and return a finished future."""
        future: Future[Outcome] = Future()
        future.set_result(attempt(unit, on_epoch))
        return future

    def poll(self) -> None:
        """Do nothing: `submit` has reported all epochs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def attempt(unit: Unit, on_epoch: Callable[[FloatArray], None]) -> Outcome:
    """Train a unit, and return the contents of its file or the reason for its failure."""
    try:
        records = train_unit(unit, on_epoch)
        keys = unit.keys
        data = encode_unit(keys, records.per_run, records.shared)
        return TrainedUnit(keys, data, np.fmin.reduce(records.per_run["test_loss"], axis=1))
    except SchemeError as error:
        return FailedUnit(str(error))
    except InitbenchError as error:
        return FailedUnit(str(error), error)
    except Exception:  # noqa: BLE001  # a scheme may raise anything; the other units go on
        return FailedUnit(traceback.format_exc())


def attempt_elsewhere(
    unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None
) -> Outcome:
    """Train a unit in a worker process, with one thread for matrix products."""
    _keep_to_one_thread()
    return attempt(unit, on_epoch)


class Processes:
    """Worker processes, each with a pool of its own, so that a dead process identifies its unit."""

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

    `epochs`: shared with all processes; each counts the epochs of its unit in an entry of its own.
    `index`: index of that entry.
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


class Errand:
    """A unit for a node of a cluster: unpickling an errand trains the unit and yields its outcome.

    A Dask worker that cannot unpickle a task drops its connection in silence, and the task waits
    forever. The task is therefore `pickle.loads`, which every node has, and its argument these
    bytes: if a node lacks initbench, or has another, the task fails with the reason.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def __reduce__(self) -> tuple[Any, ...]:
        return _attempt_on_node, (versions(), self._unit)


def versions() -> dict[str, str]:
    """Return the versions that all nodes of a cluster must share to compute the same numbers."""
    from importlib.metadata import version

    return {
        "initbench": version("initbench"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "Dask": version("distributed"),
    }


def _attempt_on_node(expected: dict[str, str], unit: Unit) -> Outcome:
    """Train a unit if the versions of this node are the expected ones."""
    differing = [
        f"{name} {here}, this machine {expected.get(name)}"
        for name, here in versions().items()
        if here != expected.get(name)
    ]
    if differing:
        reason = (
            f"the node {platform.node()} has {'; '.join(differing)}: install the same there."
            " Finished runs are kept: run it again to go on"
        )
        return FailedUnit(reason, ClusterError(reason))
    return attempt_elsewhere(unit)


@cache
def _keep_to_one_thread() -> None:
    """Limit matrix products to one thread for the rest of this process.

    A limit for each unit would end with the first of several units that train at once.
    """
    threadpool_limits(limits=1, user_api="blas")
