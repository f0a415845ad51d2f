"""Runs as a tracker stores them: each with a place, parameters, curves and final metrics.

A tracker counts in whole steps. These are epochs, or updates of the weights if anything was
recorded between two epochs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.metric import SHARPNESS
from initbench.options import OptionValue
from initbench.results import Cell, Results
from initbench.results.store import Records
from initbench.results.tidy import run_columns

LONGEST_NAME: Final = 60
"""Longest name in characters; file systems allow 255 bytes."""

_UNSAFE: Final = re.compile(r"[^\w.=+-]+")


@dataclass(frozen=True)
class TrackedRun:
    """One run."""

    # its path in the tracker, ``he/seed-3``, or ``cell-0-learning_rate=0.1/he/seed-3`` in a sweep;
    # each part is a valid folder name
    place: str
    # the scheme and its options, the settings of the cell, and the seed
    parameters: Mapping[str, OptionValue]
    epochs: FloatArray  # shape (T,)
    steps: list[int]  # the same T points as a tracker counts them
    # shape (T,): NaN once the run has diverged. Values recorded per layer are one curve per layer,
    # such as ``distinct_units/layer_1``
    curves: Mapping[str, FloatArray]
    finals: Mapping[str, float]  # metrics without a curve


def tracked_runs(results: Results) -> Iterator[TrackedRun]:
    """Yield all runs, cell by cell and scheme by scheme, in the order of the config."""
    outline = results.outline
    folders = folder_names(outline.labels)
    for number, cell in enumerate(outline.cells):
        lead = f"{_cell_folder(number, cell)}/" if len(outline.cells) > 1 else ""
        setup = cell.setup
        for scheme, folder in zip(outline.schemes, folders, strict=True):
            chosen = cell.chosen.get(scheme.label)
            parameters = {
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
                **({} if chosen is None else {outline.tuned_key: chosen}),
            }
            entry = results.metrics["cells"][number]["inits"][scheme.label]
            columns = run_columns(entry)
            for place, (seed, key) in enumerate(zip(entry["seeds"], entry["keys"], strict=True)):
                records = results.runs[key]
                names = {*setup.curves, SHARPNESS}
                curves = {name: values for name, values in records.items() if name in names}
                by_layer = [name for name in records if name.startswith("layer_")]
                for name in [*by_layer, "distinct_units"]:
                    for layer, curve in enumerate(records[name].T.astype(float), start=1):
                        curves[f"{name}/layer_{layer}"] = curve
                finals = {name: values[place] for name, values in columns.items()}
                yield TrackedRun(
                    place=f"{lead}{folder}/seed-{seed}",
                    parameters={**parameters, "seed": seed},
                    epochs=records["epochs"],
                    steps=_steps(records),
                    curves=curves,
                    finals={
                        name: value
                        for name, value in finals.items()
                        if name not in names and value is not None
                    },
                )


def artifacts(results: Results) -> dict[str, list[Path]]:
    """Return the report and figures to store beside the runs, by folder."""
    folder = results.folder
    documents = [folder / name for name in ("config.yaml", "REPORT.md", "report.html")]
    return {
        "": [path for path in documents if path.is_file()],
        "plots": sorted((folder / "plots").glob("*.png")),
    }


def tracked_name(results: Results) -> str:
    """Return the name of a results folder in a tracker."""
    return results.folder.resolve().name or results.outline.name


def folder_names(labels: Sequence[str]) -> list[str]:
    """Return a valid folder name for each label; all names differ.

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
    """Return a text with the characters removed that a folder name cannot have; may be empty."""
    return _UNSAFE.sub("-", text).strip("-.")[:LONGEST_NAME]


def _cell_folder(number: int, cell: Cell) -> str:
    """Return the folder name of a sweep setting: ``cell-0-learning_rate=0.1``."""
    settings = [
        f"{path.rpartition('.')[2]}={str(value).strip('[]')}"
        for path, value in cell.settings.items()
    ]
    role = [] if cell.role == "point" else [cell.role]
    return folder_name("-".join([f"cell-{number}", *role, *settings]))


def _steps(records: Records) -> list[int]:
    """Return the recorded points as epochs, or as updates if any lies between two epochs.

    Folders written before the number of updates was recorded have points that are only numbered.
    """
    epochs = records["epochs"]
    if np.array_equal(epochs, np.rint(epochs)):
        return list(map(int, epochs))
    if "steps_per_epoch" not in records:
        return list(range(len(epochs)))
    return list(map(int, np.rint(epochs * records["steps_per_epoch"])))
