"""Jobs: an experiment with its results folder, from the config to the written report.

`initbench.api` offers this to Python and `initbench.cli` to a terminal. An experiment is planned,
what is missing is trained and stored unit by unit, and everything else is derived from what is
stored.
"""

import hashlib
import logging
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from initbench.config.experiment import Experiment
from initbench.config.loading import (
    dump_experiment,
    load_experiment,
    make_experiment,
    with_data,
)
from initbench.data.files import FILE
from initbench.data.memory import Data, data_file
from initbench.errors import CrashedRunsError, UsageError
from initbench.experiment.estimate import Estimate
from initbench.experiment.folders import choose_folder
from initbench.experiment.progress import Progress
from initbench.experiment.session import Execution, plan_session
from initbench.experiment.settings import dataset_settings
from initbench.report import Pictures, report_is_current, write_report
from initbench.results import Results, RunStore, files, load_results
from initbench.results.locking import locked
from initbench.training.samples import load_split

logger = logging.getLogger("initbench")

RESULTS = Path("results")
"""Where results folders are made, below the working directory."""

Config = Path | str | Mapping[str, Any]
"""A YAML file, or what one would say."""

ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class Job:
    """An experiment with its results folder."""

    experiment: Experiment
    folder: Path


def read_experiment(
    config: Config,
    overrides: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
) -> Experiment:
    """Return the experiment of a YAML file, or of what one would say; as `run` takes both."""
    overrides = _checked_overrides(overrides)
    if isinstance(config, Mapping):
        return make_experiment(with_data(config, data), "this", overrides)
    path = checked_path(config, "config must be a path or a mapping")
    return load_experiment(path, overrides, data)


def experiment_job(
    config: Config,
    *,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
    data: Data = None,
) -> Job:
    """Return the experiment that a config describes; parameters are those of `run`."""
    experiment = read_experiment(config, overrides, _stored(data, results))
    return Job(experiment, _folder_of(experiment, results))


def claims_job(
    config: Config,
    *,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
) -> Job:
    """Return an experiment that makes claims; parameters are those of `verify`."""
    job = experiment_job(config, overrides=overrides, results=results)
    if not job.experiment.expect:
        raise UsageError(
            f"{job.experiment.name} makes no claims: list what it shall show under expect, as"
            " `expect: [test_accuracy(he) > 0.9]`"
        )
    return job


def comparison_job(
    settings: Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
    data: Data = None,
) -> Job:
    """Return an experiment that is named after what it asks."""
    unnamed = with_data({**settings, "name": "compare"}, _stored(data, results))
    asked = make_experiment(unnamed, "the comparison", _checked_overrides(overrides))
    named = {} if asked.name != "compare" else {"name": _name(asked)}
    described = {} if asked.description else {"description": _description(asked)}
    experiment = asked.model_copy(update=named | described)
    return Job(experiment, _folder_of(experiment, results))


def run_job(
    job: Job,
    how: Execution,
    *,
    plots: bool | Pictures = True,
    progress: ProgressCallback = lambda _: None,
) -> Results:
    """Train the missing runs and write the report, while the folder is locked."""
    last = Progress(0, 0)

    def tell(each: Progress) -> None:
        nonlocal last
        last = each
        progress(each)

    session = plan_session(job.experiment, job.folder, how)
    if job.experiment.dataset.name == FILE.name:
        samples = dataset_settings(job.experiment.dataset)
        for notice in load_split(samples, job.experiment.training.dtype).notices:
            logger.warning("%s: %s", job.experiment.dataset.options["path"], notice)
    if not how.force and how.scheduler is None:
        session.refuse_too_much()
    with locked(job.folder):
        trained = session.train(tell)
        if trained.probes:
            from initbench.probing import record_probes

            if last.total:
                progress(replace(last, stage="probing"))
            record_probes(trained.probes, RunStore(job.folder))
        results = load_results(job.folder)
        if trained.is_new or not report_is_current(results, plots=plots):
            if plots and last.total:
                progress(replace(last, stage="drawing"))
            write_report(results, plots=plots)
    if trained.crashed:
        raise CrashedRunsError(
            f"{trained.crashed} of {trained.planned} runs crashed; what the others say is in"
            f" {job.folder}. Run it again to try them once more."
        )
    return results


def estimate_job(job: Job, how: Execution) -> Estimate:
    """Return the estimate for the missing runs of a job."""
    return plan_session(job.experiment, job.folder, how).estimate()


def checked_path(path: object, demand: str) -> Path:
    """Return what was given as a path, or raise a `UsageError` that demands one."""
    if not isinstance(path, str | os.PathLike) or path == "":
        raise UsageError(f"{demand}, not {path!r}")
    return Path(path)


def _stored(data: Data, results: Path | str | None) -> dict[str, object] | None:
    """Store data that are held in memory, and return the data set that reads them back."""
    if data is None:
        return None
    name, content, options = data_file(data)
    root = RESULTS if results is None else checked_path(results, "results must be a path")
    path = root / "data" / name
    if not path.exists():  # it is named by its contents
        files.prepare_folder(path.parent)
        files.write_atomically(path, content)
    return {"name": FILE.name, "path": str(path), **options}


def _folder_of(experiment: Experiment, results: Path | str | None) -> Path:
    if results is None:
        return choose_folder(RESULTS, experiment)
    return checked_path(results, "results must be a path")


def _name(asked: Experiment) -> str:
    return f"compare-{hashlib.sha256(dump_experiment(asked).encode()).hexdigest()[:8]}"


def _description(asked: Experiment) -> str:
    labels = ", ".join(init.label for init in asked.inits)
    return f"{textwrap.shorten(labels, 200, placeholder=' …')} on {asked.dataset.name}"


def _checked_overrides(overrides: Sequence[str]) -> list[str]:
    """Return a list of texts; one text alone is a sequence too, of letters, and never meant."""
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise UsageError(f"overrides must be a list of KEY=VALUE texts, not {overrides!r}")
    return list(overrides)
