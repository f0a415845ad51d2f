"""Workers: where units are trained, and what comes back.

A worker gives back what a unit's file shall hold, compressed, so that little has to travel and the
parent has only to write it. What a unit raises comes back as a value: an exception may not survive
the way.
"""

import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Protocol, Self

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.errors import InitbenchError, SchemeError
from initbench.experiment.units import Unit, train_unit
from initbench.results.unitfile import encode_unit


@dataclass(frozen=True)
class Trained:
    """A unit that was trained.

    Attributes
    ----------
    keys : tuple of str
        Of its R runs, as the worker knows them.
    data : bytes
        Its file.
    lowest_loss : ndarray of shape (R,)
        The lowest test loss of each run; NaN where there is none.
    """

    keys: tuple[str, ...]
    data: bytes
    lowest_loss: FloatArray


@dataclass(frozen=True)
class Failed:
    """A unit that raised, with the traceback or, where a user can cause it, the error itself."""

    reason: str
    error: InitbenchError | None = None


Outcome = Trained | Failed

OnEpoch = Callable[[FloatArray | None], None]
"""Called for an epoch, with the lowest test loss of each run so far where that is known."""


class Workers(Protocol):
    """Where units are trained; used within a ``with``, which ends whatever still trains.

    A future fails only where its worker is gone.
    """

    @property
    def capacity(self) -> int:
        """How many units may be in flight."""

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Have a unit trained; ``on_epoch`` is called, in this thread, for epochs that are done."""

    def poll(self) -> None:
        """Call ``on_epoch`` of each unit for what has been trained meanwhile."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class InProcess:
    """The process that asks, which trains one unit at a time."""

    capacity = 1

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:
        """Train a unit now."""
        future: Future[Outcome] = Future()
        future.set_result(attempt(unit, on_epoch))
        return future

    def poll(self) -> None:
        """Do nothing: all epochs have been told of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def attempt(unit: Unit, on_epoch: Callable[[FloatArray], None]) -> Outcome:
    """Train a unit, and return what its file shall hold or why there is none."""
    try:
        records = train_unit(unit, on_epoch)
        keys = unit.keys
        data = encode_unit(keys, records.per_run, records.shared)
        return Trained(keys, data, np.fmin.reduce(records.per_run["test_loss"], axis=1))
    except SchemeError as error:
        return Failed(str(error))
    except InitbenchError as error:
        return Failed(str(error), error)
    except Exception:  # noqa: BLE001  # whatever a scheme raises, the other units go on
        return Failed(traceback.format_exc())


def attempt_elsewhere(
    unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None
) -> Outcome:
    """Train a unit in a process that is there for that alone, with one thread for each."""
    _keep_to_one_thread()
    return attempt(unit, on_epoch)


@cache
def _keep_to_one_thread() -> None:
    """Have products computed by one thread, for good: of several units at a time, one may end."""
    threadpool_limits(limits=1, user_api="blas")
