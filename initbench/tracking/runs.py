"""Runs as a tracker knows them: each with a place, parameters, curves and final metrics.

A tracker counts in whole steps. They are epochs, or updates of the weights where something was
recorded between two epochs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.options import OptionValue
from initbench.results import Cell, Results, Scheme
from initbench.results.store import Records
from initbench.results.tidy import run_columns

LONGEST_NAME: Final = 60
"""Characters of a name on disk, which may have 255 bytes."""

_UNSAFE: Final = re.compile(r"[^\w.=+-]+")


@dataclass(frozen=True)
class TrackedRun:
    """One run.

    Attributes
    ----------
    place : str
        Where it belongs, as ``he/seed-3``; each part can be the name of a folder.
    seed : int
    key : str
        The run key, under which its raw numbers are stored.
    epochs : ndarray of shape (T,)
    steps : list of int
        The same T points as a tracker counts them.
    curves : mapping of str to ndarray of shape (T,)
        NaN from where the run diverged. What was recorded of every layer is a curve a layer, as
        ``distinct_units/layer_1``.
    finals : mapping of str to float
        Metrics that are no curve.
    """

    place: str
    seed: int
    key: str
    epochs: FloatArray
    steps: list[int]
    curves: Mapping[str, FloatArray]
    finals: Mapping[str, float]


@dataclass(frozen=True)
class TrackedScheme:
    """The runs of one scheme in one cell.

    Attributes
    ----------
    place : str
        Where they belong, as ``he``, or ``cell-0-learning_rate=0.1/he`` in a sweep.
    note : str
        What the catalogue said of the scheme.
    parameters : mapping of str to value
        What all of them have in common.
    summary : mapping of str to float
        How many runs there are, how many of them diverged, and each metric's mean and standard
        deviation.
    runs : tuple of TrackedRun
    """

    place: str
    note: str
    parameters: Mapping[str, OptionValue]
    summary: Mapping[str, float]
    runs: tuple[TrackedRun, ...]


def tracked_schemes(results: Results) -> Iterator[TrackedScheme]:
    """Yield all schemes that have runs, cell by cell, in the order of the config."""
    outline = results.outline
    folders = folder_names(outline.labels)
    for number, cell in enumerate(outline.cells):
        lead = f"{_cell_folder(number, cell)}/" if len(outline.cells) > 1 else ""
        for scheme, folder in zip(outline.schemes, folders, strict=True):
            entry = results.metrics["cells"][number]["inits"][scheme.label]
            if entry["runs"]:
                place = f"{lead}{folder}"
                yield TrackedScheme(
                    place,
                    f"{scheme.formula}\n\n{scheme.summary}\n\n{scheme.reference}",
                    _parameters(cell, scheme, outline.tuned_key),
                    _summary(entry),
                    tuple(_runs(results, cell, entry, place)),
                )


def artifacts(results: Results) -> dict[str, list[Path]]:
    """Return the files that are worth keeping beside the runs, by the folder that they are in."""
    folder = results.folder
    documents = [folder / name for name in ("config.yaml", "REPORT.md", "report.html")]
    return {
        "": [path for path in documents if path.is_file()],
        "plots": sorted((folder / "plots").glob("*.png")),
    }


def tracked_name(results: Results) -> str:
    """Return what a results folder is called in a tracker."""
    return results.folder.resolve().name or results.outline.name


def folder_names(labels: Sequence[str]) -> list[str]:
    """Return for each label a name that a folder can have, all of them different.

    Examples
    --------
    >>> folder_names(["he", "torch:linear", "../x", "HE"])
    ['he', 'torch-linear~1', 'x~2', 'HE~3']
    """
    names: list[str] = []
    for number, label in enumerate(labels):
        name = folder_name(label)
        is_plain = name == label and name.casefold() not in map(str.casefold, names)
        names.append(name if is_plain else f"{name}~{number}")
    return names


def folder_name(text: str) -> str:
    """Return what of a text can be the name of a folder; it may be nothing."""
    return _UNSAFE.sub("-", text).strip("-.")[:LONGEST_NAME]


def _cell_folder(number: int, cell: Cell) -> str:
    """Name a point of a sweep: ``cell-0-learning_rate=0.1``."""
    settings = [
        f"{path.rpartition('.')[2]}={str(value).strip('[]')}"
        for path, value in cell.settings.items()
    ]
    role = [] if cell.role == "point" else [cell.role]
    return folder_name("-".join([f"cell-{number}", *role, *settings]))


def _parameters(cell: Cell, scheme: Scheme, tuned_key: str) -> dict[str, OptionValue]:
    setup = cell.setup
    chosen = cell.chosen.get(scheme.label)
    return {
        "init": scheme.label,
        "init.name": scheme.name,
        **{f"init.{name}": value for name, value in scheme.options.items()},
        "init.formula": scheme.formula,
        "dataset": setup.dataset,
        "scaling": setup.scaling,
        "hidden": "-".join(map(str, setup.hidden)) or "none",
        "network": setup.network,
        "training": setup.training,
        "epochs": setup.epochs,
        **cell.settings,
        **({} if chosen is None else {tuned_key: chosen}),
    }


def _summary(entry: Mapping[str, Any]) -> dict[str, float]:
    moments = {
        f"{name}_{moment}": summary[moment]
        for name, summary in entry.items()
        if isinstance(summary, dict)
        for moment in ("mean", "std")
        if summary.get(moment) is not None
    }
    return {"runs": entry["runs"], "diverged": entry["diverged"], **moments}


def _runs(
    results: Results, cell: Cell, entry: Mapping[str, Any], place: str
) -> Iterator[TrackedRun]:
    columns = run_columns(entry)
    for number, (seed, key) in enumerate(zip(entry["seeds"], entry["keys"], strict=True)):
        records = results.runs[key]
        finals = {name: values[number] for name, values in columns.items()}
        yield TrackedRun(
            place=f"{place}/seed-{seed}",
            seed=seed,
            key=key,
            epochs=records["epochs"],
            steps=_steps(records),
            curves=_curves(records, cell.setup.curves),
            finals={
                name: value
                for name, value in finals.items()
                if value is not None and name not in cell.setup.curves
            },
        )


def _steps(records: Records) -> list[int]:
    """Return points as epochs, or as updates where they lie between epochs.

    A folder of before the number of updates was recorded has points that are only counted.
    """
    epochs = records["epochs"]
    if np.array_equal(epochs, np.rint(epochs)):
        return list(map(int, epochs))
    if "steps_per_epoch" not in records:
        return list(range(len(epochs)))
    return list(map(int, np.rint(epochs * records["steps_per_epoch"])))


def _curves(records: Records, names: Sequence[str]) -> dict[str, FloatArray]:
    of_layers = [name for name in records if name.startswith("layer_")] + ["distinct_units"]
    per_layer = {
        f"{name}/layer_{layer}": curve
        for name in of_layers
        for layer, curve in enumerate(records[name].T.astype(float), start=1)
    }
    return {name: records[name] for name in names} | per_layer
