"""Clusters: units are trained by the workers of a Dask scheduler.

Dask brings units to nodes and results back; everything else, from the order of units to
what is done about a unit that keeps killing its workers, is as on one machine.

Dask's synchronous calls wait without a limit for a scheduler that is stopped or mute, even the one
that connects, whatever its ``timeout``. The client therefore runs asynchronously, in an event loop
in a thread of this module's own, and every answer is waited for in one function, `Cluster._ask`,
which has a deadline and turns whatever goes wrong into a `ClusterError`.
"""

import asyncio
import contextlib
import logging
import pickle
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, Self, TypeVar

from initbench.errors import ClusterError, InitbenchError, UsageError
from initbench.experiment.workers import Errand, OnEpoch, Outcome, versions
from initbench.training.unit import Unit

T = TypeVar("T")

logger: logging.Logger = logging.getLogger(__name__)
DASK_LOGGERS: Final = tuple(
    logging.getLogger(name) for name in ("distributed", "distributed.client", "tornado.application")
)
"""Those that Dask gives a level of their own; all others in it inherit from the first.

They are silenced while connected: they log a lost scheduler with its traceback, from whichever
coroutine notices first, and it is raised as an error instead.
"""

ANSWER_SECONDS: Final = 30.0
"""Time limit for an answer of the scheduler."""

CLOSE_SECONDS: Final = 1.0
"""Time limit for closing the connection; the scheduler notices its end in any case."""

UNITS_A_CORE: Final = 2
"""Units in flight for each core of the cluster, so that none waits for the next."""


class Cluster:
    """The workers of a Dask scheduler.

    `address`: as ``tcp://10.0.0.1:8786``.

    Raises `UsageError` if Dask is not installed, or this is no address. Raises `ClusterError` if no
    scheduler answers at the address, or it has another version of Dask.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError(
                "--scheduler needs Dask: install it with `pip install 'initbench[dask]'`"
            ) from None
        self._address = address
        self._dask: Any = distributed
        self._client: Any = None
        self._levels = [dask_logger.level for dask_logger in DASK_LOGGERS]
        for dask_logger in DASK_LOGGERS:
            dask_logger.setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True)
        self._thread.start()
        try:
            self._ask(self._connect(), ANSWER_SECONDS, "cannot be reached")
            self.poll()
        except BaseException:
            self._close()
            raise
        if not self._cores:
            logger.warning("%s has no workers yet: waiting for them", address)

    @property
    def capacity(self) -> int:
        """How many units may be in flight; workers may come and go."""
        return max(1, UNITS_A_CORE * self._cores)

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:  # noqa: ARG002  # epochs stay on their node
        """Submit a unit to the cluster."""
        return asyncio.run_coroutine_threadsafe(self._train(pickle.dumps(Errand(unit))), self._loop)

    def poll(self) -> None:
        """Ask the scheduler for the number of cores, and so check that it is still there.

        Raises `ClusterError` if it does not answer.
        """
        self._cores = self._ask(self._count_cores(), ANSWER_SECONDS, "is lost")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _ask(self, question: Coroutine[Any, Any, T], seconds: float, failure: str) -> T:
        """Return Dask's answer, or raise a `ClusterError` if there is none in time."""
        asked = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return asked.result(seconds)
        except InitbenchError:
            raise
        except Exception as error:  # noqa: BLE001  # Dask raises assertions, errors of the system and many more
            asked.cancel()
            raise ClusterError(
                f"the scheduler {self._address} {failure}: {_reason(error)}."
                " Finished runs are kept: run it again to go on"
            ) from None

    async def _connect(self) -> None:
        # Half the time is for Dask's own attempts, so that it can say why they fail.
        patience = {"timeout": ANSWER_SECONDS / 2, "set_as_default": False, "asynchronous": True}
        try:
            self._client = self._dask.Client(self._address, **patience)
            await self._client
        except ValueError as error:
            raise UsageError(
                f"{self._address!r} is not the address of a scheduler: {error}"
            ) from None
        packages = (await self._client.scheduler.versions())["packages"]
        ours, theirs = versions()["Dask"], packages["distributed"]
        if theirs != ours:
            raise ClusterError(
                f"the scheduler {self._address} has Dask {theirs}, this machine {ours}:"
                " install the same on both. Finished runs are kept: run it again to go on"
            )

    async def _count_cores(self) -> int:
        if self._client.status != "running":
            raise ConnectionError("the connection was closed")
        return sum((await self._client.nthreads()).values())

    async def _train(self, errand: bytes) -> Outcome:
        """Return the outcome of a unit; fail with `KilledWorker` if its workers keep dying."""
        try:
            future = self._client.submit(pickle.loads, errand, pure=False)
            outcome: Outcome = await future
        except self._dask.KilledWorker:
            raise
        except Exception as error:
            raise ClusterError(
                f"the scheduler {self._address} dropped a unit ({_reason(error)})."
                " Check that its nodes have the same initbench, NumPy, Python and Dask as this"
                " machine. Finished runs are kept: run it again to go on"
            ) from error
        return outcome

    def _close(self) -> None:
        with contextlib.suppress(ClusterError):
            self._ask(self._disconnect(), CLOSE_SECONDS, "is lost")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_SECONDS)
        for dask_logger, level in zip(DASK_LOGGERS, self._levels, strict=True):
            dask_logger.setLevel(level)

    async def _disconnect(self) -> None:
        if self._client is None:
            return
        try:
            await self._client.close()
        finally:
            self._client.status = "closed"  # or it would try again when it is collected


def _reason(error: Exception) -> str:
    """Return the words of an error, which timeouts and assertions do not have."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop until it is stopped; then cancel what still waits."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.get_loop().run_forever()
