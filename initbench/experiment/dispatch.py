"""Dispatch: units are submitted to workers, and their results are stored as they arrive.

A unit that raises, or whose worker dies, does not affect other units. The units that were in flight
when a worker died are tried again one at a time, so that the one at fault is known. A unit that
keeps failing is halved until a single variant is left, whose runs are recorded as crashed.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from initbench.errors import ClusterError
from initbench.experiment.progress import Attempt, Progress, ProgressReporter
from initbench.experiment.workers import FailedUnit, Outcome, Workers
from initbench.initializers.trying import how_it_ended
from initbench.results import Outline, RunStore
from initbench.training.unit import Unit

logger: logging.Logger = logging.getLogger(__name__)

RETRIES: Final = 2
"""How often a unit whose worker died is tried again."""

POLL_SECONDS: Final = 0.1

NO_NAMES: Final = Outline("", "", target=0.0, schemes=(), cells=())
"""For runs whose progress is reported without the names of schemes."""


def execute(
    units: Sequence[Unit],
    store: RunStore,
    workers: Workers,
    report: Callable[[Progress], None] = lambda _: None,
    *,
    outline: Outline = NO_NAMES,
    fail_fast: bool = False,
) -> int:
    """Train units and store their results.

    `report`: called with the progress before the first unit and after each change.
    `outline`: names the schemes and settings in the progress.
    `fail_fast`: whether to stop at the first crashed run.

    Returns
    -------
    int
        Number of crashed runs: a user's scheme failed, an unexpected error was raised, or the
        training process ended.

    Raises `InitbenchError` if a unit raised it, results cannot be written, or the cluster is lost.
    """
    execution = _Execution(units, store, workers, ProgressReporter(units, outline, report))
    while execution.has_units and not (fail_fast and execution.crashed):
        execution.advance()
    return execution.crashed


@dataclass
class _Pending:
    """A unit to be trained, with the number of workers that died training it."""

    unit: Unit
    deaths: int = 0


class _Execution:
    """The units that wait, the units in flight, and the units suspected of killing workers."""

    def __init__(
        self, units: Sequence[Unit], store: RunStore, workers: Workers, progress: ProgressReporter
    ) -> None:
        self._store, self._workers, self._progress = store, workers, progress
        self._waiting = deque(map(_Pending, units))
        self._suspects: deque[_Pending] = deque()
        self._in_flight: dict[Future[Outcome], tuple[_Pending, Attempt]] = {}
        self.crashed = 0

    @property
    def has_units(self) -> bool:
        """Whether units wait or are in flight."""
        return bool(self._waiting or self._suspects or self._in_flight)

    def advance(self) -> None:
        """Submit waiting units, and store the results that have arrived."""
        if self._suspects:
            if not self._in_flight:
                self._submit(self._suspects.popleft())
        else:
            while self._waiting and len(self._in_flight) < self._workers.capacity:
                self._submit(self._waiting.popleft())
        done, _ = wait(self._in_flight, POLL_SECONDS, FIRST_COMPLETED)
        self._workers.poll()
        for future in done:
            pending, attempt = self._in_flight.pop(future)
            try:
                outcome = future.result()
            except ClusterError:
                raise
            except Exception as error:  # noqa: BLE001  # each library has its own error for a dead worker
                logger.info(
                    "a worker died (%s): its %d runs are tried again", error, pending.unit.runs
                )
                if pending.deaths < RETRIES:
                    self._progress.drop(attempt)
                    self._suspects.append(replace(pending, deaths=pending.deaths + 1))
                else:
                    self._give_up(pending, attempt, f"the process that trained them ended: {error}")
            else:
                self._take(pending, attempt, outcome)
        self._progress.tell()

    def _submit(self, pending: _Pending) -> None:
        attempt = self._progress.begin(pending.unit)
        for variant in pending.unit.variants:
            if reason := how_it_ended(variant.scheme.name):
                self._give_up(pending, attempt, reason)
                return
        future = self._workers.submit(pending.unit, partial(self._progress.count, attempt))
        self._in_flight[future] = pending, attempt

    def _take(self, pending: _Pending, attempt: Attempt, outcome: Outcome) -> None:
        if isinstance(outcome, FailedUnit):
            if outcome.error is not None:
                raise outcome.error
            self._give_up(pending, attempt, outcome.reason)
            return
        if outcome.keys != attempt.keys:
            raise ClusterError(
                "a node knows other run keys than this machine: install the same initbench there"
            )
        self._store.write_encoded(outcome.keys, outcome.data)
        self._progress.finish(attempt, outcome.lowest_loss)

    def _give_up(self, pending: _Pending, attempt: Attempt, reason: str) -> None:
        """Halve a unit of several variants; record the runs of a single variant as crashed."""
        variants = pending.unit.variants
        if len(variants) > 1:
            middle = len(variants) // 2
            self._progress.drop(attempt, parts=2)
            for part in (variants[:middle], variants[middle:]):
                self._suspects.append(_Pending(replace(pending.unit, variants=part)))
            return
        name, runs = variants[0].scheme.name, pending.unit.runs
        logger.error("%d runs of %s crashed and have no result: %s", runs, name, reason)
        self._store.write_crash(attempt.keys, reason)
        self.crashed += runs
        self._progress.finish(attempt)
