"""Results: a folder read back, its curves and its metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.errors import UsageError
from initbench.registry import did_you_mean
from initbench.results.metrics import curves_of, make_metrics
from initbench.results.outline import Cell, Outline
from initbench.results.store import RunStore


@dataclass(frozen=True)
class Results:
    """What a results folder holds; made by `load_results`.

    Attributes
    ----------
    folder : Path
    outline : Outline
        What was asked for.
    runs : mapping of str to mapping
        The raw arrays of each run that is on disk, by key.
    """

    folder: Path
    outline: Outline
    runs: Mapping[str, Mapping[str, Array]]

    def __repr__(self) -> str:
        labels = ", ".join(self.outline.labels)
        return f"Results({str(self.folder)!r}: {labels}; {len(self.runs)} runs)"

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The document of ``metrics.json``."""
        return make_metrics(self.outline, self.runs)

    def curves(self, label: str, name: str, cell: int = 0) -> FloatArray:
        """Return one curve of each run of a scheme.

        Parameters
        ----------
        label : str
        name : str
            ``train_loss``, ``test_loss``, ``train_accuracy`` or ``test_accuracy``.
        cell : int

        Returns
        -------
        ndarray of shape (S, E + 1)
            NaN from where a run diverged.

        Raises
        ------
        UsageError
            The experiment has no such scheme or cell.
        """
        return curves_of(self.outline, self._cell(label, cell), label, name, self.runs)

    def run(self, label: str, seed: int, cell: int = 0) -> Mapping[str, Array]:
        """Return the raw arrays of one run, named as in ``docs/architecture.md``.

        Raises
        ------
        UsageError
            The experiment has no such run, or it crashed.
        """
        for run in self._cell(label, cell).runs[label]:
            if run.seed == seed and run.key in self.runs:
                return self.runs[run.key]
        raise UsageError(f"{self.folder}: has no run of {label!r} with seed {seed}")

    def median_seed(self, label: str, cell: int = 0) -> int | None:
        """Return the seed of the run whose final test accuracy is the scheme's median.

        Of an even number the lower of the two; ties go to the lower test loss, then to the lower
        seed. A run that diverged comes last; one that crashed is not there to be shown, and where
        all have crashed there is none.
        """
        runs = [run for run in self._cell(label, cell).runs[label] if run.key in self.runs]
        if not runs:
            return None

        def standing(seed: int) -> tuple[float, float, int]:
            run = self.run(label, seed, cell)
            accuracy, loss = float(run["test_accuracy"][-1]), float(run["test_loss"][-1])
            return (np.inf, np.inf, seed) if np.isnan(accuracy) else (-accuracy, loss, seed)

        ordered = sorted((run.seed for run in runs), key=standing)
        return ordered[len(ordered) // 2]

    def _cell(self, label: str, cell: int) -> Cell:
        if label not in self.outline.labels:
            advice = did_you_mean(label, self.outline.labels) or f"It has {self.outline.labels}."
            raise UsageError(f"{self.folder}: has no scheme {label!r}. {advice}")
        if not 0 <= cell < len(self.outline.cells):
            raise UsageError(f"{self.folder}: has {len(self.outline.cells)} cells, and no {cell}")
        return self.outline.cells[cell]


def load_results(folder: Path | str) -> Results:
    """Read a results folder: ``runs/`` alone, so derived files may be gone.

    Raises
    ------
    UsageError
        It is not a results folder.
    StorageError
        It is damaged, or of a newer format.
    """
    store = RunStore(Path(folder))
    outline = store.read_outline()
    keys = {run.key for cell in outline.cells for runs in cell.runs.values() for run in runs}
    return Results(Path(folder), outline, store.read_runs(keys))
