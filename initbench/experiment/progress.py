"""Progress: how far an experiment is, in the names of its schemes and settings.

`ProgressReporter` follows the units in training and reports a `Progress` to a callback.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.options import OptionValue
from initbench.results import Outline

if TYPE_CHECKING:
    from initbench.training.unit import Unit

NOTE_SECONDS: Final = 0.1
"""Interval at which the losses of a unit in training are recorded."""


@dataclass(frozen=True)
class Progress:
    """How far an experiment is, in the names of its schemes and settings."""

    # done, total: finished and planned epochs, summed over runs
    done: int
    total: int
    stage: Literal["training", "probing", "drawing"] = "training"
    runs: int = 0  # runs that are trained
    runs_done: float = 0.0  # finished runs; runs in training count in part
    # unit, units: number of the unit in training, from 1, and of all units. If several units train
    # at once, the first of them.
    unit: int = 0
    units: int = 0
    labels: tuple[str, ...] = ()  # schemes of that unit; empty if the unit has all schemes
    # swept keys that have one value in that unit
    settings: Mapping[str, OptionValue] = field(default_factory=dict)
    # by label, the lowest test loss of any run so far, where one is known
    best: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Members:
    """The schemes and settings to which the R runs of a unit belong."""

    labels: tuple[str, ...]
    settings: Mapping[str, OptionValue]  # as in `Progress`
    # runs, schemes: shape (M,): pairs of the index of a run and of its scheme; a run may belong to
    # several schemes
    runs: IntArray
    schemes: IntArray


class Standings:
    """The lowest test loss of each scheme so far.

    Workers know runs by their keys; the outline says to which schemes and cells a key belongs.

    Attributes
    ----------
    best : mapping of str to float
        As in `Progress`; replaced by a new mapping whenever a value changes.
    """

    def __init__(self, outline: Outline) -> None:
        self._labels = outline.labels
        self._settings = [cell.settings for cell in outline.cells]
        self._fixed = _shared(self._settings)
        self._owner: dict[str, int] = {}
        self._others: dict[str, list[int]] = {}
        for place, cell in enumerate(outline.cells):
            for scheme, label in enumerate(outline.labels, place * len(outline.labels)):
                for run in cell.runs[label]:
                    if self._owner.setdefault(run.key, scheme) != scheme:
                        self._others.setdefault(run.key, []).append(scheme)
        self._lowest = np.full(len(outline.labels), np.nan)
        self.best: Mapping[str, float] = {}

    def members(self, keys: Sequence[str]) -> Members:
        """Return the schemes and settings of the runs with these keys."""
        pairs = [
            (run, owner)
            for run, key in enumerate(keys)
            if key in self._owner
            for owner in (self._owner[key], *self._others.get(key, ()))
        ]
        runs, owners = np.array(pairs, np.intp).reshape(-1, 2).T
        cells, schemes = np.divmod(owners, max(1, len(self._labels)))
        present = np.unique(schemes).tolist()
        has_all = len(present) == len(self._labels)
        settings = _shared([self._settings[cell] for cell in np.unique(cells)])
        return Members(
            labels=() if has_all else tuple(self._labels[scheme] for scheme in present),
            settings={path: settings[path] for path in settings if path not in self._fixed},
            runs=runs,
            schemes=schemes,
        )

    def note(self, members: Members, losses: FloatArray) -> None:
        """Record the lowest test loss of a unit's runs, ``(R,)``; NaN if there is none."""
        before = self._lowest.copy()
        np.fmin.at(self._lowest, members.schemes, losses[members.runs])
        if not np.array_equal(before, self._lowest, equal_nan=True):
            pairs = zip(self._labels, self._lowest.tolist(), strict=True)
            self.best = {label: loss for label, loss in pairs if np.isfinite(loss)}


@dataclass(eq=False)
class Attempt:
    """A unit in training, with the keys of its runs."""

    unit: "Unit"
    members: Members
    keys: tuple[str, ...]
    _epochs: int = field(default=0, init=False)

    def count(self) -> bool:
        """Count an epoch, and return whether it was the last."""
        self._epochs += 1
        return self._epochs >= self.unit.recipe.epochs

    @property
    def done(self) -> int:
        """Finished epochs, summed over runs."""
        return min(self.unit.runs * self._epochs, _epochs(self.unit))


class ProgressReporter:
    """Counts what units have done, and reports it to a callback.

    `outline`: names the schemes and settings in reports.
    `report`: called with the progress before the first attempt and after each change.
    """

    def __init__(
        self, units: "Sequence[Unit]", outline: Outline, report: Callable[[Progress], None]
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

    def begin(self, unit: "Unit") -> Attempt:
        """Return the attempt of a unit that is about to be submitted."""
        keys = unit.keys
        attempt = Attempt(unit, self._standings.members(keys), keys)
        self._attempts.append(attempt)
        return attempt

    def count(self, attempt: Attempt, losses: FloatArray | None) -> None:
        """Count an epoch and, every `NOTE_SECONDS`, record the lowest test losses ``(R,)``."""
        is_last = attempt.count()
        if losses is not None:
            now = time.monotonic()
            if is_last or now - self._noted > NOTE_SECONDS:
                self._noted = now
                self._standings.note(attempt.members, losses)
        self.tell()

    def drop(self, attempt: Attempt, parts: int = 1) -> None:
        """End an attempt whose unit is tried again, in a number of parts."""
        self._attempts.remove(attempt)
        self._units += parts - 1

    def finish(self, attempt: Attempt, losses: FloatArray | None = None) -> None:
        """End an attempt, with the lowest test losses ``(R,)`` unless the unit crashed."""
        self._attempts.remove(attempt)
        self._done += _epochs(attempt.unit)
        self._runs_done += attempt.unit.runs
        self._units_done += 1
        if losses is not None:
            self._standings.note(attempt.members, losses)

    def tell(self) -> None:
        """Report the progress if it has changed."""
        done, last = self._done + sum(each.done for each in self._attempts), self._last
        best = self._standings.best
        if last is not None and done <= last.done and best is last.best:
            return
        first = self._attempts[0] if self._attempts else None
        self._last = Progress(
            max(done, last.done if last else 0),
            self._total,
            runs=self._runs,
            runs_done=self._runs_done
            + sum(each.done / max(1, each.unit.recipe.epochs) for each in self._attempts),
            unit=min(self._units_done + 1, self._units),
            units=self._units,
            labels=first.members.labels if first else (),
            settings=first.members.settings if first else {},
            best=best,
        )
        self._report(self._last)


def _epochs(unit: "Unit") -> int:
    """Return the epochs of a unit, summed over runs."""
    return unit.runs * unit.recipe.epochs


def _shared(settings: Sequence[Mapping[str, OptionValue]]) -> dict[str, OptionValue]:
    """Return the settings that are the same everywhere."""
    first = settings[0] if settings else {}
    return {
        path: value
        for path, value in first.items()
        if all(path in other and other[path] == value for other in settings)
    }
