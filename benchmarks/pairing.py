"""Pairing: two contenders take turns, A B A B, and the ratio is taken turn by turn.

A machine whose speed drifts treats both alike. Besides the clock on the wall there is the
processor's: all contenders run in one thread on one core, so the two differ by what other programs
take of that core, and the latter judges.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.contenders import Contender, Turn
from benchmarks.figure import Spread, spread
from benchmarks.workloads import Job, Workload, make_job

TURN_SECONDS: Final = 1.0
"""Roughly what a turn lasts."""


@dataclass(frozen=True)
class Cost:
    """What one turn took, in seconds a run-step."""

    processor: float
    wall: float


@dataclass(frozen=True)
class Pair:
    """The turns of two contenders."""

    ours: Sequence[Cost]
    theirs: Sequence[Cost]

    def ratio(self, clock: str = "processor") -> Spread:
        """Return how many times as much as ours theirs costs."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return spread([getattr(b, clock) / getattr(a, clock) for a, b in pairs])


@dataclass(frozen=True)
class Timed:
    """A turn, and how many run-steps it takes."""

    turn: Callable[[], Any]
    run_steps: int

    def cost(self) -> Cost:
        """Take a turn."""
        wall, processor = time.perf_counter(), time.process_time()
        self.turn()
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        return Cost(processor / self.run_steps, wall / self.run_steps)


def take_turns(ours: Timed, theirs: Timed, turns: int) -> Pair:
    """Let both take so many turns, after one that does not count."""
    pairs = [(ours.cost(), theirs.cost()) for _ in range(turns + 1)]
    return Pair([a for a, _ in pairs[1:]], [b for _, b in pairs[1:]])


def timed(contender: Contender, workload: Workload) -> Timed:
    """Get a contender ready for as many epochs as make a turn."""
    trial = ready(contender, make_job(workload, 1))
    trial.cost()
    seconds = trial.cost().processor * trial.run_steps
    epochs = max(1, round(TURN_SECONDS / max(seconds, 1e-4)))
    return ready(contender, make_job(workload, epochs))


def ready(contender: Contender, job: Job) -> Timed:
    """Get a contender ready for a job."""
    turn: Turn = contender.get_ready(job)
    return Timed(turn, job.run_steps)
