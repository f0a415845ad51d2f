"""Export results to MLflow: one experiment per results folder, with nested runs for the seeds.

This module checks what can be checked before MLflow is imported, which only `mlflow_store` does.
"""

import contextlib
import os
import sqlite3
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from initbench.errors import StorageError, UsageError
from initbench.optional import require
from initbench.results import Results, files
from initbench.tracking.runs import folder_name, tracked_name

LIBRARIES: Final = ("mlflow", "sqlalchemy", "alembic")

SQLITE: Final = "sqlite:///"
SERVERS: Final = ("http", "https")

ARTIFACTS: Final = "mlruns"
"""The folder beside a database that holds the files of runs; MLflow's own name for it."""

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

    A run that is already stored is left alone, a run that differs is replaced, and a run that
    initbench wrote and the results no longer have is deleted (which MLflow can undo). Runs that
    initbench did not write stay.

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
        from initbench.tracking import mlflow_store

        runs, new = mlflow_store.bring_up_to_date(results, uri, name, location)
    return Exported(name, runs, new)


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
    scheme = urlsplit(uri).scheme
    if scheme in SERVERS:
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
