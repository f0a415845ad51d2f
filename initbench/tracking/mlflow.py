"""A store of MLflow's: an experiment a results folder, in it a run a scheme, and in that the seeds.

Here is what has to be settled before MLflow is imported, which only `store` does.
"""

import contextlib
import os
import sqlite3
import warnings
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
"""The folder beside a database that holds what runs keep as files; MLflow's own name for it."""

ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
"""What MLflow is told, unless the environment says otherwise: it calls nobody but the server that
is named, does not talk, and gives up on a server after seconds instead of minutes."""


@dataclass(frozen=True)
class Exported:
    """What came of an export: the experiment's name, its runs of a seed, and how many are new."""

    name: str
    runs: int
    new: int


def export_to_mlflow(results: Results, uri: str, *, name: str = "") -> Exported:
    """Bring an experiment of a store to what the results hold.

    A run that is there as it should be is left alone, another is replaced, and one of ours that
    the results have no longer is deleted (which MLflow can undo). Runs of others stay.

    Parameters
    ----------
    results : Results
    uri : str
        ``sqlite:///`` and the path of a database, or a server's address.
    name : str
        What the experiment is called; by default as the results folder.

    Raises
    ------
    UsageError
        MLflow is not installed, or there is no such kind of store.
    StorageError
        The store cannot be written to.
    """
    database = _database(uri)
    name = name or tracked_name(results)
    location = None
    if database is not None:
        _check_database(database)
        location = (database.parent / ARTIFACTS / (folder_name(name) or "results")).as_uri()
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow about its own libraries
        for library in LIBRARIES:
            require(library, "mlflow")
        from initbench.tracking import store

        runs, new = store.bring_up_to_date(results, uri, name, location)
    return Exported(name, runs, new)


def _database(uri: str) -> Path | None:
    """Return the path of a database, or None for a server."""
    scheme = urlsplit(uri).scheme
    if scheme in SERVERS:
        return None
    path = uri.removeprefix(SQLITE)
    if path in {uri, ""} or "?" in path:
        raise UsageError(
            f"{uri!r} is no store of MLflow's: give {SQLITE} and the path of a database, as"
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
