"""Finished folders: recognized by digests, without reading a run.

A folder is finished if every run of its outline is on disk and every derived file shows them. The
file ``derived.json`` then says which figures were asked for, and has a digest of all that the
derived files follow from (the config, the raw files and the program) and one of each derived file.
While all of them agree, an experiment that is run again has nothing to train and nothing to write.
A record counts only for the user and the machine that wrote it: the metrics of a folder from
elsewhere are computed from its runs.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.results import files
from initbench.results.results import Results, UnreadRuns
from initbench.results.store import RunStore

RECORD: Final = "derived.json"
METRICS: Final = "metrics.json"
TEXTS: Final = (METRICS, "curves.csv", "REPORT.md", "report.html")
FOLDERS: Final = ("plots", "initial_weights")
RAW_SUFFIXES: Final = (".npz", ".json")
"""The files in `runs/` that are read: units, the outline and notes of crashes."""

PACKAGE: Final = Path(__file__).parents[1]


def read_finished(
    folder: Path, pictures: object, *, config: bytes | None = None, request: str = ""
) -> Results | None:
    """Return the results of a folder that is finished, with the metrics that are stored in it.

    Runs are read when they are first used.

    `folder`: the results folder.
    `pictures`: what is to be drawn; anything whose representation says it. False leaves figures
    alone.
    `config`: what ``config.yaml`` is to hold.
    `request`: in its place, a digest of what was asked for in the words of the user.

    Returns
    -------
    Results or None
        None if the folder is not known to be finished.
    """
    record = files.read_json(folder / RECORD)
    if not isinstance(record, dict):
        return None
    if config is None and (not request or record.get("request") != request):
        return None
    if config is not None and not files.holds(folder / "config.yaml", config):
        return None
    if pictures and record.get("pictures") != repr(pictures):
        return None
    if record.get("source") != _source(folder) or record.get("files") != _files(folder):
        return None
    store = RunStore(folder)
    outline = store.read_outline()
    metrics = _in_order(files.read_json(folder / METRICS), outline.labels)
    runs, probes = (UnreadRuns(store, outline, each) for each in (outline.keys, outline.probe_keys))
    return Results(folder, outline, metrics, runs, {}, probes)


def record_finished(results: Results, pictures: object, request: str = "") -> None:
    """Record that the derived files in a folder are up to date, if all runs are on disk.

    `results`: what the derived files show. Nobody else may be writing to the folder.
    `request`: as in `read_finished`; empty if it does not determine the results.
    """
    folder, outline = results.folder, results.outline
    path = folder / RECORD
    if len(results.runs) < len(outline.keys) or len(results.probes) < len(outline.probe_keys):
        return
    document = {
        "request": request,
        "pictures": repr(pictures),
        "source": _source(folder),
        "files": _files(folder),
    }
    data = f"{json.dumps(document, indent=1)}\n".encode()
    if not files.holds(path, data):
        files.write_atomically(path, data)


def _in_order(value: Any, labels: Sequence[str]) -> Any:
    """Return a document whose mappings by scheme have the schemes in the order of the config."""
    if isinstance(value, list):
        return [_in_order(each, labels) for each in value]
    if not isinstance(value, dict):
        return value
    keys = [label for label in labels if label in value] if value.keys() <= set(labels) else value
    return {key: _in_order(value[key], labels) for key in keys}


def _source(folder: Path) -> str:
    """Return a digest of all that derived files follow from."""
    raw = [path for path in files.matching(folder / "runs", "*") if path.suffix in RAW_SUFFIXES]
    state = hashlib.sha256(_program().encode())
    for path in (folder / "config.yaml", *raw):
        state.update(f"{path.name} {files.digest(path)}".encode())
    return state.hexdigest()


def _files(folder: Path) -> dict[str, str | None]:
    """Return a digest of every derived file, by its name relative to the results folder."""
    found = [folder / name for name in TEXTS]
    for name in FOLDERS:
        found += sorted(path for path in (folder / name).rglob("*.*") if path.is_file())
    return {path.relative_to(folder).as_posix(): files.digest(path) for path in found}


@cache
def _program() -> str:
    """Return a digest of this package's files, of the libraries it computes with, and the owner."""
    scipy = files.digest(Path(np.__file__).parents[1] / "scipy" / "version.py")  # not imported
    text = f"{sys.version} {np.__version__} {scipy} {files.tree_digest(PACKAGE)} {_owner()}"
    return hashlib.sha256(text.encode()).hexdigest()


def _owner() -> str:
    """Return what tells this user on this machine from others."""
    try:
        machine = Path("/etc/machine-id").read_text("utf-8")
    except (OSError, UnicodeError):
        machine = ""
    return f"{platform.node()} {machine} {os.getuid()}"
