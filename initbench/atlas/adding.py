"""Adding to the table of the atlas: rows from results folders of configs in ``configs/atlas``.

A folder may hold other schemes of a cell than the table, and its rows are added to those that are
there. ``atlas.json`` says of each cell from which raw runs, versions and config its rows are.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.atlas.table import TABLE, Numbers, Row, factors_of, read_rows, write_rows
from initbench.config.loading import load_experiment
from initbench.errors import UsageError
from initbench.results import RunStore, files
from initbench.results.outline import Cell, Outline
from initbench.results.probes import FAINT, HUGE, SchemeProbe, probe_of
from initbench.results.store import Records
from initbench.results.tuning import Tuning, learns, tunings

SOURCES: Final = "atlas.json"

PREFIX: Final = "atlas-"
HELD_OUT: Final = "held-out-"
"""How the names of experiments begin, and go on if they are held out."""


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
