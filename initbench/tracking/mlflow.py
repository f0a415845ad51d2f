"""Export results to MLflow: one experiment per results folder, one run per seed.

Runs are found again by the tag ``initbench.digest``, a hash of all that is written of a run.
"""

import contextlib
import hashlib
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from initbench.errors import StorageError, UsageError
from initbench.optional import require
from initbench.options import OptionValue
from initbench.results import Results, files
from initbench.tracking.runs import artifacts, folder_name, tracked_name, tracked_runs

LIBRARIES: Final = ("mlflow", "sqlalchemy", "alembic")

SQLITE: Final = "sqlite:///"
SERVERS: Final = ("http", "https")

ARTIFACTS: Final = "mlruns"
"""The folder beside a database that holds the files of runs; MLflow's own name for it."""

DIGEST: Final = "initbench.digest"
NOTE: Final = "mlflow.note.content"
"""The tag that MLflow shows as the description of an experiment."""

REPORT: Final = "(report)"
"""Name of the run that holds the report and the figures; no scheme has this folder name."""

BATCH: Final = 900
"""Metrics per request; MLflow accepts 1,000 metrics and parameters together."""

LONGEST_PARAMETER: Final = 6000
"""Longest value of a parameter that MLflow accepts, in characters."""

ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
"""Settings for MLflow during an export, unless the environment has other values: it contacts only
the server that is named, prints nothing, and gives up on a server after seconds, not minutes."""

_ENVIRONMENT_LOCK: Final = threading.Lock()
"""MLflow reads its settings from `os.environ`, which the whole process shares, and has no other way
to pass them. One export at a time changes it, and restores it."""


@dataclass(frozen=True)
class Exported:
    """The result of an export: name of the experiment, number of seed runs, how many are new."""

    name: str
    runs: int
    new: int


def export_to_mlflow(results: Results, uri: str, *, name: str = "") -> Exported:
    """Write results to an experiment of an MLflow store, so that both hold the same runs.

    A run that is already stored stays as it is. Runs of an earlier export that have changed, or
    that the results no longer have, are deleted (which MLflow can undo). Runs that initbench did
    not write stay.

    Parameters
    ----------
    results : Results
    uri : str
        ``sqlite:///`` and the path of a database, or a server's address.
    name : str
        Name of the experiment; by default that of the results folder.

    Raises
    ------
    UsageError
        MLflow is not installed, or `uri` is not that of a database or server.
    StorageError
        The store cannot be written to.
    """
    database = _database(uri)
    name = name or tracked_name(results)
    location = None
    if database is not None:
        _check_database(database)
        location = (database.parent / ARTIFACTS / (folder_name(name) or "results")).as_uri()
    with _mlflow_environment(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow about its own libraries
        for library in LIBRARIES:
            require(library, "mlflow")
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            client = MlflowClient(tracking_uri=uri)
            found = client.get_experiment_by_name(name)
            description = results.outline.description
            note = {NOTE: description} if description else {}
            experiment = (
                client.create_experiment(name, location, note)
                if found is None
                else found.experiment_id
            )
            stored = [run for run in _runs(client, experiment) if DIGEST in run.data.tags]
            # A run that an interrupted export left is not finished, and is replaced.
            kept = {run.data.tags[DIGEST] for run in stored if run.info.status == "FINISHED"}
            entries = {entry.digest: entry for entry in _entries(results)}
            new = [entry for digest, entry in entries.items() if digest not in kept]
            for entry in new:
                _write(client, experiment, entry)
            for run in stored:
                if run.info.status != "FINISHED" or run.data.tags[DIGEST] not in entries:
                    client.delete_run(run.info.run_id)
        except (MlflowException, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise StorageError(f"MLflow cannot write to {uri}: {reason}") from error
    return Exported(name, len(entries) - 1, sum(entry.name != REPORT for entry in new))


@dataclass(frozen=True)
class _Entry:
    """All that is written of a run."""

    name: str  # unique in the experiment
    parameters: Mapping[str, OptionValue] = field(default_factory=dict)
    points: Sequence[tuple[str, float, int]] = ()  # metrics: name, value and step
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)  # files of the run, by folder

    @property
    def digest(self) -> str:
        """Hash of all contents."""
        values = (self.name, sorted(self.parameters.items()), list(self.points))
        digest = hashlib.sha256(repr(values).encode("utf-8", "backslashreplace"))
        for folder, paths in self.files.items():
            for path in paths:
                digest.update(f"{folder}/{path.name}\n".encode() + (files.read(path) or b""))
        return digest.hexdigest()[:32]


def _entries(results: Results) -> Iterator[_Entry]:
    """Yield the runs as they are written: one for the report, and one for each seed."""
    yield _Entry(REPORT, files=artifacts(results))
    for run in tracked_runs(results):
        points = [
            (name, float(value), step)
            for name, curve in run.curves.items()
            for step, value in zip(run.steps, curve, strict=True)
        ]
        points += [(name, value, run.steps[-1]) for name, value in run.finals.items()]
        yield _Entry(run.place, run.parameters, points)


def _write(client: Any, experiment: str, entry: _Entry) -> None:
    """Write a run; it is marked finished last."""
    from mlflow.entities import Metric, Param

    run = client.create_run(experiment, tags={DIGEST: entry.digest}, run_name=entry.name)
    run_id, now = run.info.run_id, int(time.time() * 1000)
    params = [
        Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in entry.parameters.items()
    ]
    metrics = [Metric(name, value, now, step) for name, value, step in entry.points]
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH], params=params)
    for folder, paths in entry.files.items():
        for path in paths:
            client.log_artifact(run_id, str(path), folder or None)
    client.set_terminated(run_id)


def _runs(client: Any, experiment: str) -> Iterator[Any]:
    """Yield all runs of the experiment, page by page."""
    token = None
    while True:
        page = client.search_runs([experiment], page_token=token)
        yield from page
        token = page.token
        if not token:
            return


@contextlib.contextmanager
def _mlflow_environment() -> Iterator[None]:
    """Add `ENVIRONMENT` to the variables of the process, and remove it afterwards."""
    with _ENVIRONMENT_LOCK:
        added = {name: value for name, value in ENVIRONMENT.items() if name not in os.environ}
        os.environ.update(added)
        try:
            yield
        finally:
            for name in added:
                os.environ.pop(name, None)


def _database(uri: str) -> Path | None:
    """Return the path of a database, or None for the address of a server."""
    if urlsplit(uri).scheme in SERVERS:
        return None
    path = uri.removeprefix(SQLITE)
    if path in {uri, ""} or "?" in path:
        raise UsageError(
            f"{uri!r} is not an MLflow store: give {SQLITE} and the path of a database, as"
            f" {SQLITE}mlflow.db, or the address of a server, as http://127.0.0.1:5000"
        )
    return Path(path).absolute()


def _check_database(path: Path) -> None:
    """Raise if a database cannot be written to; MLflow would try again for minutes."""
    files.make_folder(path.parent)
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA user_version")
            connection.rollback()
    except sqlite3.Error as error:
        raise StorageError(f"cannot write to the database {path}: {error}") from error
