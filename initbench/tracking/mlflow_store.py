"""Runs in an MLflow store, identified by their tags.

The tag ``initbench.place`` names a run; ``initbench.digest`` is a hash of its contents.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunStatus
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

from initbench.errors import StorageError
from initbench.options import OptionValue
from initbench.results import Results, files
from initbench.tracking.runs import TrackedRun, TrackedScheme, artifacts, tracked_schemes

PLACE: Final = "initbench.place"
KEY: Final = "initbench.key"
DIGEST: Final = "initbench.digest"

BATCH: Final = 900
"""Metrics per request; MLflow accepts 1,000 metrics and parameters together."""

REPORT: Final = "(report)"
"""The run that holds the report and the figures; no scheme has this folder name."""


@dataclass(frozen=True)
class Entry:
    """A run as it is written to the store.

    Attributes
    ----------
    place : str
        Its name, unique in the experiment.
    parameters : mapping of str to value
    points : list of (str, float, int)
        Metrics: name, value and step.
    tags : mapping of str to str
    files : mapping of str to list of Path
        Files of the run, by folder.
    """

    place: str
    parameters: Mapping[str, OptionValue] = field(default_factory=dict)
    points: Sequence[tuple[str, float, int]] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Hash of all contents."""
        values = (sorted(self.parameters.items()), list(self.points), sorted(self.tags.items()))
        digest = hashlib.sha256(repr(values).encode("utf-8", "backslashreplace"))
        for folder, paths in self.files.items():
            for path in paths:
                digest.update(f"{folder}/{path.name}\n".encode() + (files.read(path) or b""))
        return digest.hexdigest()[:32]


def bring_up_to_date(
    results: Results, uri: str, name: str, location: str | None
) -> tuple[int, int]:
    """Write runs that are missing or have changed, and delete runs that the results do not have.

    Parameters
    ----------
    results : Results
    uri : str
    name : str
        Name of the experiment.
    location : str or None
        Folder for files if the experiment is created; None lets the store decide.

    Returns
    -------
    int
        Number of seed runs.
    int
        Number of runs that were written.

    Raises
    ------
    StorageError
        MLflow cannot use the store.
    """
    try:
        client = MlflowClient(tracking_uri=uri)
        store = _Store(client, _experiment(client, name, location, results.outline.description))
        return store.mirror(results)
    except (MlflowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise StorageError(f"MLflow cannot write to {uri}: {reason}") from error


class _Store:
    """An experiment of the store, and the runs in it that initbench wrote."""

    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client = client
        self._experiment = experiment
        self._found = {run.data.tags[PLACE]: run for run in self._runs() if PLACE in run.data.tags}

    def mirror(self, results: Results) -> tuple[int, int]:
        """Write the runs of these results, and delete the runs that initbench wrote before."""
        self._put(Entry(REPORT, files=artifacts(results)))
        runs = new = 0
        for scheme in tracked_schemes(results):
            points = [(name, value, 0) for name, value in scheme.summary.items()]
            tags = {MLFLOW_RUN_NOTE: scheme.note}
            parent, _ = self._put(Entry(scheme.place, scheme.parameters, points, tags))
            for run in scheme.runs:
                _, is_new = self._put(_entry_of_run(scheme, run), parent)
                runs, new = runs + 1, new + is_new
        for gone in self._found.values():
            self._client.delete_run(gone.info.run_id)
        return runs, new

    def _put(self, entry: Entry, parent: str = "") -> tuple[str, bool]:
        """Write a run unless it is stored completely; return its id and whether it was written."""
        digest, run = entry.digest, self._found.pop(entry.place, None)
        if run is not None:
            is_finished = run.info.status == RunStatus.to_string(RunStatus.FINISHED)
            if is_finished and run.data.tags.get(DIGEST) == digest:
                if run.data.tags.get(MLFLOW_PARENT_RUN_ID, "") != parent:
                    self._client.set_tag(run.info.run_id, MLFLOW_PARENT_RUN_ID, parent)
                return run.info.run_id, False
            self._client.delete_run(run.info.run_id)
        return self._write(entry, digest, parent), True

    def _write(self, entry: Entry, digest: str, parent: str) -> str:
        """Write a run and return its id; the run is marked finished last."""
        tags = {PLACE: entry.place, DIGEST: digest, **entry.tags}
        if parent:
            tags[MLFLOW_PARENT_RUN_ID] = parent
        run = self._client.create_run(self._experiment, tags=tags, run_name=entry.place)
        run_id: str = run.info.run_id
        now = int(time.time() * 1000)
        params = [
            Param(name, str(value)[:MAX_PARAM_VAL_LENGTH])
            for name, value in entry.parameters.items()
        ]
        metrics = [Metric(name, value, now, step) for name, value, step in entry.points]
        for start in range(0, len(metrics), BATCH):
            batch = metrics[start : start + BATCH]
            self._client.log_batch(run_id, metrics=batch, params=params)
        for folder, paths in entry.files.items():
            for path in paths:
                self._client.log_artifact(run_id, str(path), folder or None)
        self._client.set_terminated(run_id)
        return run_id

    def _runs(self) -> Iterator[Run]:
        """Yield all runs of the experiment, page by page."""
        token = None
        while True:
            page = self._client.search_runs([self._experiment], page_token=token)
            yield from page
            token = page.token
            if not token:
                return


def _experiment(client: MlflowClient, name: str, location: str | None, description: str) -> str:
    """Return the id of an experiment, creating it if necessary."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    tags = {MLFLOW_RUN_NOTE: description} if description else {}
    return str(client.create_experiment(name, location, tags))


def _entry_of_run(scheme: TrackedScheme, run: TrackedRun) -> Entry:
    points = [
        (name, float(value), step)
        for name, curve in run.curves.items()
        for step, value in zip(run.steps, curve, strict=True)
    ]
    points += [(name, value, run.steps[-1]) for name, value in run.finals.items()]
    return Entry(run.place, {**scheme.parameters, "seed": run.seed}, points, {KEY: run.key})
