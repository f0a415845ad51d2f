"""Runs as a tracker stores them: each with a place, parameters, curves and final metrics.

A tracker counts in whole steps. These are epochs, or updates of the weights if anything was
recorded between two epochs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

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
    """One run.

    Attributes
    ----------
    place : str
        Its path in the tracker, ``he/seed-3``; each part is a valid folder name.
    seed : int
    key : str
        The run key, under which its raw numbers are stored.
    epochs : ndarray of shape (T,)
    steps : list of int
        The same T points as a tracker counts them.
    curves : mapping of str to ndarray of shape (T,)
        NaN once the run has diverged. Values recorded per layer are one curve per layer, such as
        ``distinct_units/layer_1``.
    finals : mapping of str to float
        Metrics without a curve.
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
        Their path in the tracker: ``he``, or ``cell-0-learning_rate=0.1/he`` in a sweep.
    note : str
        Formula, summary and reference of the scheme.
    parameters : mapping of str to value
        Settings that all runs share.
    summary : mapping of str to float
        Number of runs, number of diverged runs, and mean and standard deviation of each metric.
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
        setup = cell.setup
        for scheme, folder in zip(outline.schemes, folders, strict=True):
            entry = results.metrics["cells"][number]["inits"][scheme.label]
            if not entry["runs"]:
                continue
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
            moments = {
                f"{name}_{moment}": summary[moment]
                for name, summary in entry.items()
                if isinstance(summary, dict)
                for moment in ("mean", "std")
                if summary.get(moment) is not None
            }
            yield TrackedScheme(
                place=f"{lead}{folder}",
                note=f"{scheme.formula}\n\n{scheme.summary}\n\n{scheme.reference}",
                parameters=parameters,
                summary={"runs": entry["runs"], "diverged": entry["diverged"], **moments},
                runs=tuple(_runs(results, cell, entry, f"{lead}{folder}")),
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


def _runs(
    results: Results, cell: Cell, entry: Mapping[str, Any], place: str
) -> Iterator[TrackedRun]:
    """Yield the runs of a scheme, given its entry in ``metrics.json``."""
    columns = run_columns(entry)
    names = {*cell.setup.curves, SHARPNESS}
    for number, (seed, key) in enumerate(zip(entry["seeds"], entry["keys"], strict=True)):
        records = results.runs[key]
        curves = {name: values for name, values in records.items() if name in names}
        for name in [*(name for name in records if name.startswith("layer_")), "distinct_units"]:
            for layer, curve in enumerate(records[name].T.astype(float), start=1):
                curves[f"{name}/layer_{layer}"] = curve
        finals = {name: values[number] for name, values in columns.items() if name not in names}
        yield TrackedRun(
            place=f"{place}/seed-{seed}",
            seed=seed,
            key=key,
            epochs=records["epochs"],
            steps=_steps(records),
            curves=curves,
            finals={name: value for name, value in finals.items() if value is not None},
        )


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
