"""Watching: what is told of units while they train."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.experiment.progress import Members, Progress, Standings
from initbench.experiment.units import Unit
from initbench.results import Outline

NOTE_SECONDS: Final = 0.1
"""How often losses are taken note of while a unit trains."""


@dataclass(eq=False)
class Attempt:
    """A unit while it trains.

    Attributes
    ----------
    unit : Unit
    keys : tuple of str
        Of its runs.
    members : Members
        Whose those are.
    """

    unit: Unit
    members: Members
    keys: tuple[str, ...]
    _epochs: int = field(default=0, init=False)

    def count(self) -> bool:
        """Take note of an epoch, and return whether that was the last."""
        self._epochs += 1
        return self._epochs >= self.unit.recipe.epochs

    @property
    def done(self) -> int:
        """Epochs of single runs that are done."""
        return min(self.unit.runs * self._epochs, _epochs(self.unit))


class Watch:
    """Follows units through their attempts, and tells of their progress.

    Parameters
    ----------
    units : sequence of Unit
    outline : Outline
        What was asked for, by whose names progress is told.
    report : callable
        Told of the progress before the first attempt, and as it is made.
    """

    def __init__(
        self, units: Sequence[Unit], outline: Outline, report: Callable[[Progress], None]
    ) -> None:
        self._report, self._standings = report, Standings(outline)
        self._total, self._runs = sum(map(_epochs, units)), sum(unit.runs for unit in units)
        self._units = len(units)
        self._done = self._runs_done = self._units_done = 0
        self._attempts: list[Attempt] = []
        self._last: Progress | None = None
        self._noted = -np.inf
        if units:
            self.tell()

    def begin(self, unit: Unit) -> Attempt:
        """Follow a unit that is about to be sent."""
        keys = unit.keys
        attempt = Attempt(unit, self._standings.members(keys), keys)
        self._attempts.append(attempt)
        return attempt

    def count(self, attempt: Attempt, losses: FloatArray | None) -> None:
        """Take note of an epoch and, now and then, of the lowest test losses so far ``(R,)``."""
        is_last = attempt.count()
        if losses is not None:
            now = time.monotonic()
            if is_last or now - self._noted > NOTE_SECONDS:
                self._noted = now
                self._standings.note(attempt.members, losses)
        self.tell()

    def drop(self, attempt: Attempt, parts: int = 1) -> None:
        """Follow an attempt no longer: its unit is tried again, in so many parts."""
        self._attempts.remove(attempt)
        self._units += parts - 1

    def finish(self, attempt: Attempt, losses: FloatArray | None = None) -> None:
        """Take note that a unit is done, with its lowest test losses where it did not crash."""
        self._attempts.remove(attempt)
        self._done += _epochs(attempt.unit)
        self._runs_done += attempt.unit.runs
        self._units_done += 1
        if losses is not None:
            self._standings.note(attempt.members, losses)

    def tell(self) -> None:
        """Report the progress, if there is any."""
        done, last = self._done + sum(each.done for each in self._attempts), self._last
        best = self._standings.best
        if last is not None and done <= last.done and best is last.best:
            return
        first = self._attempts[0] if self._attempts else None
        self._last = Progress(
            max(done, last.done if last else 0),
            self._total,
            runs=self._runs,
            runs_done=self._runs_done + sum(map(_worth, self._attempts)),
            unit=min(self._units_done + 1, self._units),
            units=self._units,
            labels=first.members.labels if first else (),
            settings=first.members.settings if first else {},
            best=best,
        )
        self._report(self._last)


def _epochs(unit: Unit) -> int:
    """Return how many epochs of single runs a unit is."""
    return unit.runs * unit.recipe.epochs


def _worth(attempt: Attempt) -> float:
    """Return how many runs an attempt has done, those that are half done as halves."""
    return attempt.done / max(1, attempt.unit.recipe.epochs)
