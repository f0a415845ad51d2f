"""Progress: how far an experiment is, in the words of those who asked for it.

Workers know runs by their keys. What a person who waits wants to know is which schemes train, at
which point of a sweep, and how well each scheme has done so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.options import OptionValue
from initbench.results import Outline


@dataclass(frozen=True)
class Progress:
    """How far an experiment is, and what is being done.

    Attributes
    ----------
    done, total : int
        Epochs of single runs.
    stage : {"training", "probing", "drawing"}
    runs : int
        How many are trained in all.
    runs_done : float
        How many have been, those that are half done counted as halves.
    unit, units : int
        Which unit trains, from 1, and how many there are; where several do, the first of them.
    labels : tuple of str
        Of that unit's schemes; empty where it has all.
    settings : mapping of str to value
        What that unit has of what the sweep varies, where it has one value of it.
    best : mapping of str to float
        By label, the lowest test loss that any run of a scheme has had so far; a scheme of which
        none is known is missing.
    """

    done: int
    total: int
    stage: Literal["training", "probing", "drawing"] = "training"
    runs: int = 0
    runs_done: float = 0.0
    unit: int = 0
    units: int = 0
    labels: tuple[str, ...] = ()
    settings: Mapping[str, OptionValue] = field(default_factory=dict)
    best: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Members:
    """Whose the R runs of a unit are.

    Attributes
    ----------
    labels : tuple of str
    settings : mapping of str to value
        As in `Progress`.
    runs, schemes : ndarray of shape (M,)
        Places of runs, and of the schemes whose they are; a run may be that of several.
    """

    labels: tuple[str, ...]
    settings: Mapping[str, OptionValue]
    runs: IntArray
    schemes: IntArray


class Standings:
    """Whose runs are whose, and the lowest test loss of each scheme so far.

    Parameters
    ----------
    outline : Outline
        What was asked for.

    Attributes
    ----------
    best : mapping of str to float
        As in `Progress`; another one whenever it changes.
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
        """Return whose the runs of these keys are."""
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
        """Take note of the lowest test loss of a unit's runs, ``(R,)``, NaN where there is none."""
        before = self._lowest.copy()
        np.fmin.at(self._lowest, members.schemes, losses[members.runs])
        if not np.array_equal(before, self._lowest, equal_nan=True):
            pairs = zip(self._labels, self._lowest.tolist(), strict=True)
            self.best = {label: loss for label, loss in pairs if np.isfinite(loss)}


def _shared(settings: Sequence[Mapping[str, OptionValue]]) -> dict[str, OptionValue]:
    """Return what is the same in all of them."""
    first = settings[0] if settings else {}
    return {
        path: value
        for path, value in first.items()
        if all(path in other and other[path] == value for other in settings)
    }
