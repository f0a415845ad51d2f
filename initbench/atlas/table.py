"""The table of the atlas: one row for each scheme in each cell, in ``atlas.csv``.

Rows are derived from results folders, which may hold other schemes of the same cell, and are added
to those that are there. ``atlas.json`` says of each cell from which raw runs, versions and config
its rows are.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final, get_type_hints

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.config.experiment import Experiment
from initbench.config.loading import load_experiment
from initbench.errors import UsageError
from initbench.results import RunStore, files
from initbench.results.outline import Cell, Outline
from initbench.results.probes import FAINT, HUGE, SchemeProbe, probe_of
from initbench.results.store import Records
from initbench.results.tuning import Tuning, learns, tunings

TABLE: Final = "atlas.csv"
SOURCES: Final = "atlas.json"

PREFIX: Final = "atlas-"
HELD_OUT: Final = "held-out-"
"""How the names of experiments begin, and go on if they are held out."""

STRUCTURES: Final = ("plain", "layer", "residual")

Numbers = tuple[float, ...]

FAILURES: Final[Mapping[str, str]] = {
    "": "learns",
    "diverged": "most of its runs diverge",
    "dead": "a hidden layer is dead before training",
    "vanished": "signal or gradient vanishes in the untrained network",
    "exploded": "signal or gradient explodes in the untrained network",
    "other": "does not learn, though the untrained network looks sound",
}


@dataclass(frozen=True)
class Row:
    """One scheme in one cell.

    Attributes
    ----------
    cell : str
        Name of the experiment.
    held_out : bool
        Whether the cell serves to test recommendations, and is not used for any.
    activation, structure, optimizer, dataset : str
    depth, width : int
        Hidden layers, and units of each.
    score : str
        ``accuracy`` or ``r2``.
    baseline : float
        The score of the best constant prediction.
    scheme : str
    rate : float
        The learning rate with the best validation score.
    low, high : float
        The working band of rates.
    rates, validation : tuple of float
        All rates, and their mean validation scores.
    scores : tuple of float
        Test scores of fresh seeds at the own rate, by seed; diverged runs and negative scores
        count as 0.
    default_scores : tuple of float
        The same at the catalogue's default rate.
    diverged : int
        How many runs at the own rate diverged.
    xi_c : float
        Depth scale of mean-field theory; NaN where theory has no prediction.
    failure : str
        Why the scheme does not learn, one of `FAILURES`; empty if it learns.
    """

    cell: str
    held_out: bool
    activation: str
    depth: int
    width: int
    structure: str
    optimizer: str
    dataset: str
    score: str
    baseline: float
    scheme: str
    rate: float
    low: float
    high: float
    rates: Numbers
    validation: Numbers
    scores: Numbers
    default_scores: Numbers
    diverged: int
    xi_c: float
    failure: str

    @property
    def mean(self) -> float:
        """The mean test score."""
        return float(np.mean(self.scores))


@dataclass(frozen=True)
class AtlasCell:
    """One cell of the atlas.

    Attributes
    ----------
    rows : tuple of Row
        Of all schemes that are measured, by scheme.
    """

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """A row, for what all rows share."""
        return self.rows[0]

    @cached_property
    def by_scheme(self) -> Mapping[str, Row]:
        """The rows by scheme."""
        return {row.scheme: row for row in self.rows}


@lru_cache(maxsize=1)
def read_atlas() -> tuple[AtlasCell, ...]:
    """Return the cells of the atlas that comes with the package."""
    return cells_of(read_rows(resources("initbench.atlas").joinpath(TABLE).read_text("utf-8")))


def read_table(folder: Path) -> tuple[AtlasCell, ...]:
    """Return the cells of the table in a folder.

    Raises
    ------
    UsageError
        There is no such table.
    """
    table = files.read(folder / TABLE)
    if table is None:
        raise UsageError(f"{folder} holds no {TABLE}")
    return cells_of(read_rows(table.decode()))


def cells_of(rows: Iterable[Row]) -> tuple[AtlasCell, ...]:
    """Return the cells that rows belong to, in the order in which they first occur."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.cell, []).append(row)
    return tuple(AtlasCell(tuple(rows)) for rows in found.values())


def read_rows(text: str) -> list[Row]:
    """Return the rows of a table that `write_rows` wrote.

    Raises
    ------
    UsageError
        The text is no such table.
    """
    hints = get_type_hints(Row)
    parse: dict[Any, Any] = {
        bool: lambda text: text == "1",
        Numbers: lambda text: tuple(map(float, text.split())),
    }
    rows = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            values = {name: parse.get(hints[name], hints[name])(row[name]) for name in row}
            rows.append(Row(**values))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"line {number} of the table is damaged ({error}): restore the file, or remove it"
                " and add the results again"
            ) from None
    return rows


def write_rows(rows: Iterable[Row]) -> str:
    """Return the text of a table, its numbers with five digits."""

    def text(value: Any) -> str:
        if isinstance(value, tuple):
            return " ".join(map(text, value))
        return (
            str(int(value))
            if isinstance(value, bool)
            else (f"{value:.5g}" if isinstance(value, float) else str(value))
        )

    names = [field.name for field in fields(Row)]
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(names)
    for row in sorted(rows, key=lambda row: (row.held_out, row.cell, row.scheme)):
        writer.writerow([text(getattr(row, name)) for name in names])
    return target.getvalue()


def add_results(folders: Sequence[Path], target: Path) -> tuple[int, int]:
    """Add the rows of results folders to the table in a folder, and say how many it has then.

    Parameters
    ----------
    folders : sequence of Path
        Results of configs in ``configs/atlas``, or of other schemes on these networks.
    target : Path
        Where ``atlas.csv`` and ``atlas.json`` are, or are to be.

    Returns
    -------
    cells, rows : int

    Raises
    ------
    UsageError
        A folder does not hold results of the atlas.
    """
    table = files.read(target / TABLE)
    rows = {(row.cell, row.scheme): row for row in read_rows((table or b"").decode())}
    sources = {} if table is None else json.loads((files.read(target / SOURCES) or b"{}").decode())
    for folder in folders:
        found, source = _read_folder(folder)
        rows |= {(row.cell, row.scheme): row for row in found}
        # Results of further schemes do not replace what is known of the others.
        sources.setdefault(found[0].cell, {})[source["raw"][:12]] = source
    files.make_folder(target)
    files.write_atomically(target / TABLE, write_rows(rows.values()).encode())
    text = json.dumps(sources, indent=1, sort_keys=True) + "\n"
    files.write_atomically(target / SOURCES, text.encode())
    return len({row.cell for row in rows.values()}), len(rows)


def factors_of(experiment: Experiment) -> dict[str, Any]:
    """Return the levels of the atlas's factors in an experiment.

    Raises
    ------
    UsageError
        The network is of another kind than those of the atlas.
    """
    network, optimizer = experiment.network, experiment.training.optimizer
    widths = set(network.widths)
    structure = "plain"
    if network.residual is not None:
        structure = "residual"
    elif network.normalization != "none":
        structure = network.normalization
    has_both = network.residual is not None and network.normalization != "none"
    if structure not in STRUCTURES or has_both or len(widths) != 1:
        raise UsageError(
            "the atlas has networks whose hidden layers have one width, without normalization, with"
            " layer normalization, or residual"
        )
    return {
        "activation": network.activation.name,
        "depth": len(network.widths),
        "width": widths.pop(),
        "structure": structure,
        "optimizer": optimizer.name,
        "dataset": experiment.dataset.name,
    }


def _read_folder(folder: Path) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of a results folder, and where they are from."""
    store = RunStore(folder)
    outline = store.read_outline()
    if not outline.name.startswith(PREFIX) or not outline.tuned_key:
        raise UsageError(f"{folder} does not hold results of a config in configs/atlas")
    experiment = load_experiment(folder / "config.yaml")
    runs = store.read_runs(outline.keys | outline.probe_keys, outline)
    tuned, fixed = (
        next((cell for cell in outline.cells if cell.role == role), None)
        for role in ("tuned", "fixed")
    )
    if tuned is None or fixed is None:
        raise UsageError(f"{folder} lacks trials: run its config to the end")
    shared = {
        "cell": outline.name,
        "held_out": outline.name.startswith(PREFIX + HELD_OUT),
        **factors_of(experiment),
        "score": tuned.setup.score,
        "baseline": tuned.setup.chance,
    }
    found = [
        _row(shared, scheme.label, tuning, (tuned, fixed), runs)
        for scheme in outline.schemes
        for tuning in tunings(outline, runs)[scheme.label]
        if all(run.key in runs for run in tuned.runs[scheme.label])
    ]
    if not found:
        raise UsageError(f"{folder} has no scheme with all its runs: run its config to the end")
    return found, _source(folder, outline, runs)


def _row(
    shared: Mapping[str, Any],
    label: str,
    tuning: Tuning,
    cells: tuple[Cell, Cell],
    runs: Mapping[str, Records],
) -> Row:
    """Return the row of a scheme, from its trials and from its cells at its own and fixed rate."""
    tuned, _ = cells
    finals, defaults = (
        np.array([runs[run.key][f"test_{cell.setup.score}"][-1] for run in cell.runs[label]])
        for cell in cells
    )
    scores = _counted(finals)
    has_learned = learns(float(np.mean(scores)), tuned.setup.chance)
    diverged = int((~np.isfinite(finals)).sum())
    probe = probe_of(tuned, label, runs)
    return Row(
        **shared,
        scheme=label,
        rate=float(tuning.value),
        low=float(tuning.values[tuning.low]),
        high=float(tuning.values[tuning.high]),
        rates=tuple(map(float, tuning.values)),
        validation=tuple(tuning.scores),
        scores=scores,
        default_scores=_counted(defaults),
        diverged=diverged,
        xi_c=_depth_scale(tuned, label, runs),
        failure="" if has_learned else failure_of(diverged / len(finals), probe),
    )


def failure_of(diverged: float, probe: SchemeProbe | None) -> str:
    """Return why a scheme does not learn, by the share of diverged runs and its probe."""
    if diverged > 0.5:
        return "diverged"
    if probe is None or probe.layers["dead_fraction"].shape[1] < 2:
        return "other"
    hidden = {name: values[:, :-1] for name, values in probe.layers.items()}
    if np.mean((hidden["dead_fraction"] >= 1.0).any(axis=1)) > 0.5:
        return "dead"
    with np.errstate(all="ignore"):
        ratios = np.array(
            [
                hidden["preactivation_rms"][:, -1] / hidden["preactivation_rms"][:, 0],
                hidden["delta_rms"][:, 0] / hidden["delta_rms"][:, -1],
            ]
        )
    middle = np.median(np.where(np.isnan(ratios), 0.0, ratios), axis=1)
    if (middle < FAINT).any():
        return "vanished"
    return "exploded" if (middle > HUGE).any() else "other"


def _counted(finals: Array) -> Numbers:
    """Return scores in which diverged runs and negative scores count as 0."""
    return tuple(np.where(np.isfinite(finals), np.maximum(finals, 0.0), 0.0).tolist())


def _depth_scale(cell: Cell, label: str, runs: Mapping[str, Records]) -> float:
    scales: FloatArray = np.array(
        [runs[key]["theory_xi_c"] for key in cell.probes.get(label, ()) if key in runs], float
    )
    return float(np.median(scales)) if len(scales) else float("nan")


def _source(folder: Path, outline: Outline, runs: Mapping[str, Records]) -> dict[str, Any]:
    """Return where rows are from: digests of the config and the raw runs, and versions."""
    digest, keys = hashlib.sha256(), sorted(outline.keys & set(runs))
    for key in keys:
        digest.update(key.encode())
        for name, values in sorted(runs[key].items()):
            digest.update(name.encode() + np.asarray(values).tobytes())
    manifest = files.read_json(folder / "manifest.json")
    names = ("initbench", "numeric_format", "python", "numpy", "scipy", "blas", "platform")
    return {
        "raw": digest.hexdigest(),
        "config": hashlib.sha256(files.read(folder / "config.yaml") or b"").hexdigest(),
        "runs": len(keys),
        "diverged": sum(
            not np.isfinite(runs[key]["test_loss"][-1]) for key in outline.keys & set(runs)
        ),
        "schemes": list(outline.labels),
        "seconds": manifest.get("training_seconds"),
        "versions": {name: manifest.get(name) for name in names},
    }
