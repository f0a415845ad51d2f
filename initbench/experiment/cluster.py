"""A cluster: units are trained by the workers of a Dask scheduler.

Dask brings units to nodes and what they leave back; everything else, from the order of units to
what is done about one that keeps killing its workers, is as on one machine.
"""

import contextlib
import logging
from concurrent.futures import Future
from typing import Any, Final, Self

from initbench.errors import ClusterError, UsageError
from initbench.experiment.units import Unit
from initbench.experiment.workers import OnEpoch, Outcome, attempt_elsewhere

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 10
CLOSE_SECONDS: Final = 1

UNITS_A_CORE: Final = 2
"""Units in flight for each core of the cluster, so that none waits for the next."""


class Cluster:
    """The workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        As ``tcp://10.0.0.1:8786``.

    Raises
    ------
    UsageError
        Dask is not installed, or this is no address.
    ClusterError
        Nobody answers there.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = _connect(address)
        self._executor = self._client.get_executor(pure=False)
        if not self._client.nthreads():
            logger.warning("%s has no workers yet: waiting for them", address)

    @property
    def capacity(self) -> int:
        """How many units may be in flight; workers may come and go."""
        try:
            cores: int = sum(self._client.nthreads().values())
        except OSError:  # it went while it was asked
            raise self._lost() from None
        return max(1, UNITS_A_CORE * cores)

    def submit(self, unit: Unit, on_epoch: OnEpoch) -> Future[Outcome]:  # noqa: ARG002  # epochs stay on their node
        """Have a unit trained by a node."""
        self.poll()
        future: Future[Outcome] = self._executor.submit(attempt_elsewhere, unit)
        return future

    def poll(self) -> None:
        """See that the scheduler is still there.

        Raises
        ------
        ClusterError
            It is not.
        """
        if self._client.status != "running":
            raise self._lost()

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"the scheduler {self._address} is lost. Finished runs are kept: run it again to go on"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # it may be gone already
            self._executor.shutdown(wait=False)
            self._client.close(timeout=CLOSE_SECONDS)


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask: install it with `pip install 'initbench[dask]'`"
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except ValueError as error:
        raise UsageError(f"{address!r} is no address of a scheduler: {error}") from None
    except OSError as error:
        raise ClusterError(f"the scheduler {address} cannot be reached: {error}") from None
