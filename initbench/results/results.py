"""Results: a results folder in memory, with its metrics, curves and runs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.errors import UnknownNameError, UsageError
from initbench.registry import advice_for
from initbench.results.outline import Outline, RunId
from initbench.results.store import Records, RunStore

if TYPE_CHECKING:
    from initbench.results.probes import SchemeProbe


@dataclass(frozen=True, repr=False)
class Results:
    """The results of an experiment.

    Attributes
    ----------
    folder : Path
    outline : Outline
        What was asked for.
    metrics : dict
        What stands in ``metrics.json``.
    runs : mapping of key to Records
        The raw arrays of the runs that are on disk.
    crashes : mapping of key to str
        Why runs crashed when they were last tried, of those that are not on disk.
    probes : mapping of key to Records
        What was measured of untrained networks, where that was asked for.
    """

    folder: Path
    outline: Outline
    metrics: Mapping[str, Any] = field(compare=False)
    runs: Mapping[str, Records] = field(compare=False)
    crashes: Mapping[str, str] = field(compare=False, default_factory=dict)
    probes: Mapping[str, Records] = field(compare=False, default_factory=dict)

    def seeds(self, label: str, cell: int = 0) -> list[int]:
        """Return the seeds of the scheme's finished runs, in the order of `curves`."""
        return [run.seed for run in self._ids(label, cell)]

    def curves(self, label: str, name: str, cell: int = 0) -> Array:
        """Return a curve of every run of a scheme.

        Parameters
        ----------
        label : str
            The scheme, as the config calls it.
        name : str
            ``train_loss``, ``test_loss``, ``train_accuracy``, ``test_accuracy`` (``_r2`` in a
            regression), ``distinct_units`` or, where they were recorded, ``sharpness`` or
            ``layer_`` and the name of a statistic of layers.
        cell : int
            Index of the sweep setting.

        Returns
        -------
        ndarray of shape (S, T), or (S, T, L - 1) for distinct units, or (S, T, L) for layers

        Raises
        ------
        UsageError
            There is no such scheme, curve or cell.
        """
        records = [self.runs[run.key] for run in self._ids(label, cell)]
        for record in records:
            _find("curve", name, record)
        if not records:
            return np.empty((0, len(self.epochs(cell))))
        return np.stack([record[name] for record in records])

    def epochs(self, cell: int = 0) -> FloatArray:
        """Return the epoch of each recorded point, ``(T,)``; epoch 0 alone without any run."""
        ids = (run for label in self.outline.labels for run in self._ids(label, cell))
        first = next(ids, None)
        return np.zeros(1) if first is None else self.runs[first.key]["epochs"]

    def run(self, label: str, seed: int, cell: int = 0) -> Records:
        """Return the arrays of one run, as `RunStore` reads them.

        Raises
        ------
        UsageError
            There is no such scheme or cell, or the scheme has no run of this seed.
        """
        for run in self._ids(label, cell):
            if run.seed == seed:
                return self.runs[run.key]
        known = ", ".join(map(str, self.seeds(label, cell)))
        raise UsageError(f"{label!r} has no run of seed {seed}. Seeds: {known or 'none'}.")

    def median_seed(self, label: str, cell: int = 0) -> int:
        """Return the seed of the median run of a scheme.

        Runs are ordered by final test score, then test loss, then seed, and those that diverged
        are the worst; of an even number, the worse of the middle two is taken.

        Raises
        ------
        UsageError
            There is no such scheme or cell, or the scheme has no run.
        """
        seeds = self.seeds(label, cell)
        if not seeds:
            raise UsageError(f"{label!r} has no run yet")
        entry = self.metrics["cells"][cell]["inits"][label]
        worst_first = sorted(
            zip(
                _worst_if_none(entry[f"test_{self.outline.cells[cell].setup.score}"]["values"]),
                _worst_if_none(entry["test_loss"]["values"], sign=-1.0),
                seeds,
                strict=True,
            )
        )
        return worst_first[(len(seeds) - 1) // 2][2]

    def probe(self, label: str, cell: int = 0) -> "SchemeProbe | None":
        """Return the measurements of a scheme's untrained networks, or None.

        Raises
        ------
        UsageError
            There is no such scheme or cell.
        """
        from initbench.results.probes import probe_of

        self._ids(label, cell)  # refuses what there is none of
        return probe_of(self.outline.cells[cell], label, self.probes)

    def to_pandas(self) -> Any:
        """Return a pandas data frame with a row a run.

        Columns are the ``cell``, its ``role`` (``point``, or ``trial``, ``fixed`` and ``tuned``
        where a key is tuned), its settings and the tuned key by their paths, the scheme's label as
        ``init``, its name as ``scheme``, each of its options as ``option.std``, the ``seed``, each
        metric by its name in ``metrics.json``, and the epoch at which the run reached its target,
        diverged or was stopped. What a run does not have is missing.

        Raises
        ------
        UsageError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise UsageError("to_pandas needs pandas: pip install pandas") from error
        from initbench.results.tidy import run_rows

        return pd.DataFrame(list(run_rows(self.outline, self.metrics)))

    def __repr__(self) -> str:
        labels = ", ".join(self.outline.labels)
        return f"<Results of {str(self.folder)!r}: {labels}; {len(self.runs)} runs>"

    def _ids(self, label: str, cell: int) -> Sequence[RunId]:
        """Return the scheme's runs that are on disk."""
        cells = self.outline.cells
        if not 0 <= cell < len(cells):
            raise UsageError(f"there is no cell {cell}: cells are 0 to {len(cells) - 1}")
        _find("scheme", label, self.outline.labels)
        return [run for run in cells[cell].runs[label] if run.key in self.runs]


@dataclass(frozen=True)
class UnreadRuns(Mapping[str, Records]):
    """Runs that are all on disk, and are read together when the first is used."""

    store: RunStore
    outline: Outline
    stored: frozenset[str]

    def __getitem__(self, key: str) -> Records:
        return self._records[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self.stored)

    @cached_property
    def _records(self) -> Mapping[str, Records]:
        return self.store.read_runs(self.stored, self.outline)


def load_results(folder: Path | str) -> Results:
    """Read a results folder. Metrics are computed from its raw runs, so they are never stale.

    Raises
    ------
    UsageError
        It is not a results folder.
    StorageError
        It cannot be read, or a newer initbench made it.
    """
    from initbench.results.metrics import make_metrics

    folder = Path(folder)
    store = RunStore(folder)
    outline = store.read_outline()
    records = store.read_runs(outline.keys | outline.probe_keys, outline)
    runs, probes = (
        {key: records[key] for key in keys if key in records}
        for keys in (outline.keys, outline.probe_keys)
    )
    lacking = outline.keys - set(runs)
    crashes = {key: why for key, why in store.crashes().items() if key in lacking}
    return Results(folder, outline, make_metrics(outline, runs, probes), runs, crashes, probes)


def _find(kind: str, name: str, known: Collection[str]) -> None:
    """Raise an `UnknownNameError` if a name is not known."""
    if name not in known:
        raise UnknownNameError(f"unknown {kind} {name!r}. {advice_for(name, known)}")


def _worst_if_none(values: Sequence[float | None], sign: float = 1.0) -> list[float]:
    return [-np.inf if value is None else sign * value for value in values]
