"""Execution: units go to workers, and what comes back is on disk before more is asked for.

A unit that raises, or whose worker dies, costs no other unit anything. What was in flight when a
worker died is tried again alone, so that none is blamed for another; what still dies or raises is
cut in two, until only the scheme that does it is left, and its runs are noted as crashed.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from initbench.errors import ClusterError
from initbench.experiment.progress import Progress
from initbench.experiment.units import Unit
from initbench.experiment.watching import Attempt, Watch
from initbench.experiment.workers import Failed, Outcome, Workers
from initbench.results import Outline, RunStore

logger = logging.getLogger(__name__)

RETRIES: Final = 2
"""How often a unit whose worker died is tried again, alone."""

POLL_SECONDS: Final = 0.1


NAMELESS: Final = Outline("", "", target=0.0, schemes=(), cells=())
"""Of runs that nobody wants to hear of by name."""


@dataclass
class _Task:
    """A unit that is to be trained, and what is known of it."""

    unit: Unit
    deaths: int = 0


def execute(
    units: Sequence[Unit],
    store: RunStore,
    workers: Workers,
    report: Callable[[Progress], None] = lambda _: None,
    *,
    outline: Outline = NAMELESS,
    fail_fast: bool = False,
) -> int:
    """Train the units and store what they leave.

    Parameters
    ----------
    units : sequence of Unit
    store : RunStore
    workers : Workers
    report : callable
        Told of the progress before the first unit, and as it is made.
    outline : Outline
        What was asked for, by whose names the progress is told.
    fail_fast : bool
        Whether to stop as soon as runs have crashed.

    Returns
    -------
    int
        How many runs crashed: a scheme of one's own failed, something was raised that is no error
        of initbench's own, or the process that trained them ended.

    Raises
    ------
    InitbenchError
        What a unit raised of initbench's own, or the disk or the cluster refuses.
    """
    execution = _Execution(units, store, workers, Watch(units, outline, report))
    while execution.is_going_on and not (fail_fast and execution.crashed):
        execution.advance()
    return execution.crashed


class _Execution:
    """Units that wait, and units in flight."""

    def __init__(
        self, units: Sequence[Unit], store: RunStore, workers: Workers, watch: Watch
    ) -> None:
        self._store, self._workers, self._watch = store, workers, watch
        self._waiting = deque(map(_Task, units))
        self._suspects: deque[_Task] = deque()
        self._flying: dict[Future[Outcome], tuple[_Task, Attempt]] = {}
        self.crashed = 0

    @property
    def is_going_on(self) -> bool:
        """Whether units wait or fly."""
        return bool(self._waiting or self._suspects or self._flying)

    def advance(self) -> None:
        """Send what can be sent, and take what has come back."""
        self._send()
        done, _ = wait(self._flying, POLL_SECONDS, FIRST_COMPLETED)
        self._workers.poll()
        for future in done:
            task, attempt = self._flying.pop(future)
            try:
                outcome = future.result()
            except CancelledError:  # nobody here cancels
                raise ClusterError(
                    "the scheduler has dropped what it was given. Finished runs are kept: run it"
                    " again to go on"
                ) from None
            except Exception as error:  # noqa: BLE001  # each library has its own for this
                self._take_death(task, attempt, error)
            else:
                self._take(task, attempt, outcome)
        self._watch.tell()

    def _send(self) -> None:
        if self._suspects:
            if not self._flying:
                self._submit(self._suspects.popleft())
            return
        while self._waiting and len(self._flying) < self._workers.capacity:
            self._submit(self._waiting.popleft())

    def _submit(self, task: _Task) -> None:
        attempt = self._watch.begin(task.unit)
        future = self._workers.submit(task.unit, partial(self._watch.count, attempt))
        self._flying[future] = task, attempt

    def _take(self, task: _Task, attempt: Attempt, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            if outcome.error is not None:
                raise outcome.error
            self._give_up(task, attempt, outcome.reason)
            return
        if outcome.keys != attempt.keys:
            raise ClusterError(
                "a node knows other run keys than this machine: install the same initbench there"
            )
        self._store.write_encoded(outcome.keys, outcome.data)
        self._watch.finish(attempt, outcome.lowest_loss)

    def _take_death(self, task: _Task, attempt: Attempt, error: Exception) -> None:
        """Try a unit again alone; only what dies alone is to blame."""
        logger.info("a worker died (%s): its %d runs are tried again", error, task.unit.runs)
        if task.deaths < RETRIES:
            self._watch.drop(attempt)
            self._suspects.append(replace(task, deaths=task.deaths + 1))
        else:
            self._give_up(task, attempt, f"the process that trained them ended: {error}")

    def _give_up(self, task: _Task, attempt: Attempt, reason: str) -> None:
        """Cut a unit of several variants in two; of one, note that it crashed."""
        variants = task.unit.variants
        if len(variants) > 1:
            middle = len(variants) // 2
            self._watch.drop(attempt, parts=2)
            for part in (variants[:middle], variants[middle:]):
                self._suspects.append(_Task(replace(task.unit, variants=part)))
            return
        label = variants[0].scheme.name
        logger.error("%d runs of %s crashed and have no result: %s", task.unit.runs, label, reason)
        self._store.write_crash(attempt.keys, reason)
        self.crashed += task.unit.runs
        self._watch.finish(attempt)
