"""Sessions: the missing runs of an experiment are found, estimated, trained and stored."""

import json
import logging
import platform
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from threadpoolctl import threadpool_info

from initbench.config.experiment import Experiment
from initbench.config.loading import dump_experiment
from initbench.experiment.cells import (
    BestTrials,
    PlannedCell,
    add_tuned_cells,
    best_trials,
    expand_cells,
)
from initbench.experiment.dispatch import execute
from initbench.experiment.estimate import (
    MOST_SECONDS,
    Estimate,
    longest_first,
    make_estimate,
    refuse_too_much,
    seconds_of,
)
from initbench.experiment.execution import Execution
from initbench.experiment.plan import Plan, make_plan, remaining_probes, remaining_units
from initbench.experiment.progress import Progress
from initbench.experiment.workers import InProcess, Processes, Workers
from initbench.formatting import show_seconds
from initbench.machine import available_cores
from initbench.results import RunStore, files
from initbench.training.unit import NUMERIC_FORMAT, Unit

logger: logging.Logger = logging.getLogger(__name__)

SMALL_SECONDS: Final = 4.0
"""Training time below which starting other processes does not pay."""

WORTH_MEASURING: Final = 0.2
"""Share of `MOST_SECONDS` from which on the speed of the machine is measured."""


@dataclass(frozen=True)
class SessionResult:
    """What a session has done."""

    # planned, trained, crashed: numbers of runs
    planned: int
    trained: int
    crashed: int
    is_new: bool  # whether the runs or the outline in the folder have changed
    probes: list[Unit]  # untrained networks that are still to be measured

    def __add__(self, later: "SessionResult") -> "SessionResult":
        """Return both results as one; the later session has tried the crashed runs again."""
        return SessionResult(
            later.planned,
            self.trained + later.trained,
            later.crashed,
            self.is_new or later.is_new,
            later.probes,
        )


@dataclass(frozen=True)
class Session:
    """An experiment with its missing runs; made by `plan_session`."""

    experiment: Experiment
    folder: Path
    how: Execution
    cells: Sequence[PlannedCell]
    plan: Plan
    # units, probes: what is still to be trained and to be probed
    units: list[Unit]
    probes: list[Unit]

    def estimate(self, *, measure: bool = True) -> Estimate:
        """Return the estimate for the missing runs.

        While trials are missing, each scheme's runs at its own best value cannot be known. The
        estimate then counts its runs at the last value that is tried.

        Parameters
        ----------
        measure : bool
            Whether to measure the speed of this machine by about a second of training.
        """
        whole = self
        if self._awaits_trials:
            trials = sum(cell.role == "trial" for cell in self.cells)
            settings = sum(cell.role == "fixed" for cell in self.cells)
            last = [trials // settings - 1] * settings
            best = {init.label: last for init in self.experiment.inits}
            done = frozenset() if self.how.fresh else RunStore(self.folder).keys()
            whole = self._with_tuned(best, done)
        return make_estimate(
            whole.units,
            whole.probes,
            whole.plan.outline,
            jobs=_jobs(whole.units, self.how),
            measure=measure,
            curvature=self.experiment.probe.curvature,
        )

    def refuse_too_much(self) -> None:
        """Raise a `UsageError` with the estimate if that is too much for this machine."""
        estimate = self.estimate(measure=False)
        if estimate.seconds > WORTH_MEASURING * MOST_SECONDS:
            estimate = self.estimate()
        refuse_too_much(estimate)

    def train(self, progress: Callable[[Progress], None] = lambda _: None) -> SessionResult:
        """Train the missing runs; the folder must be locked.

        `progress`: called with the progress; never if all runs are on disk.

        Raises `StorageError` if the folder cannot be read or written. Raises `ClusterError` if the
        scheduler cannot be reached or is lost.
        """
        store = RunStore(self.folder)
        if self.how.fresh:
            store.set_aside()
        files.prepare_folder(self.folder)
        path, config = self.folder / "config.yaml", dump_experiment(self.experiment).encode()
        if files.read(path) != config:
            files.write_atomically(path, config)
        if self.units:
            store.forget_crashes()
        result = _train_units(self, store, progress)
        if result.crashed and self.how.fail_fast:
            return result
        following = self.after_trials(store)
        return result if following is None else result + _train_units(following, store, progress)

    def after_trials(self, store: RunStore) -> "Session | None":
        """Return the session with the tuned cells, if all trials are finished."""
        best = best_trials(self.plan.outline, store) if self._awaits_trials else None
        return None if best is None else self._with_tuned(best, store.keys())

    @property
    def _awaits_trials(self) -> bool:
        """Whether the plan lacks the cells of each scheme at its own best value."""
        is_complete = any(cell.role == "tuned" for cell in self.cells)
        return self.experiment.tune is not None and not is_complete

    def _with_tuned(self, best: BestTrials, done: Collection[str]) -> "Session":
        cells = add_tuned_cells(self.cells, best, self.plan.outline.tuned_key)
        return _missing(self.experiment, self.folder, self.how, cells, done)


def plan_session(experiment: Experiment, folder: Path, how: Execution) -> Session:
    """Plan an experiment and find its missing runs; nothing is written.

    With `tune`, the plan consists of the trials and the runs at the config's own value until all
    trials are on disk; then it includes each scheme's runs at its own best value.

    Raises `ConfigError` if the experiment is invalid at some setting of its sweep. Raises
    `UsageError` if the experiment cannot be planned, or has too many runs. Raises `StorageError` if
    the folder cannot be read.
    """
    cells = expand_cells(experiment, force=how.force)
    store = RunStore(folder)
    done = frozenset() if how.fresh else store.keys()
    session = _missing(experiment, folder, how, cells, done)
    return session if how.fresh else session.after_trials(store) or session


def workers_for(units: list[Unit], how: Execution) -> Workers:
    """Return the workers that train units: a cluster, local processes, or this process."""
    if how.scheduler is not None:
        from initbench.experiment.cluster import Cluster

        return Cluster(how.scheduler)
    jobs = _jobs(units, how)
    return Processes(min(jobs, len(units))) if jobs > 1 else InProcess()


def _missing(
    experiment: Experiment,
    folder: Path,
    how: Execution,
    cells: Sequence[PlannedCell],
    done: Collection[str],
) -> Session:
    """Return the session of all runs of the cells whose keys are not in `done`."""
    plan = make_plan(experiment, cells)
    units = remaining_units(plan.groups, done)
    probes = remaining_probes(plan.probes, done, curvature=experiment.probe.curvature)
    return Session(experiment, folder, how, cells, plan, units, probes)


def _train_units(
    session: Session, store: RunStore, progress: Callable[[Progress], None]
) -> SessionResult:
    """Write the outline, train all units, and write the manifest."""
    is_new = store.write_outline(session.plan.outline)
    planned, missing = len(session.plan.outline.keys), sum(unit.runs for unit in session.units)
    logger.info("%s: %d of %d runs are to be trained", session.folder, missing, planned)
    if not session.units:
        return SessionResult(planned, 0, 0, is_new, session.probes)
    start = time.perf_counter()
    with workers_for(session.units, session.how) as workers:
        crashed = execute(
            longest_first(session.units),
            store,
            workers,
            progress,
            outline=session.plan.outline,
            fail_fast=session.how.fail_fast,
        )
    seconds = time.perf_counter() - start
    logger.info("%s: trained in %s", session.folder, show_seconds(seconds))
    record = manifest(
        runs_trained=missing - crashed, runs_reused=planned - missing, seconds=seconds
    )
    files.write_atomically(session.folder / "manifest.json", record)
    return SessionResult(planned, missing - crashed, crashed, is_new=True, probes=session.probes)


def _jobs(units: list[Unit], how: Execution) -> int:
    if how.jobs is not None:
        return how.jobs
    return available_cores() if len(units) > 1 and seconds_of(units) > SMALL_SECONDS else 1


def manifest(*, runs_trained: int, runs_reused: int, seconds: float) -> bytes:
    """Return the contents of ``manifest.json``, which the program itself never reads.

    `runs_trained`, `runs_reused`: runs of the latest session that were trained, and that were on
    disk.
    `seconds`: training time.
    """
    libraries = [
        {name: library.get(name) for name in ("internal_api", "version", "architecture")}
        for library in threadpool_info()
        if library.get("user_api") == "blas"
    ]
    document = {
        "initbench": version("initbench"),
        "numeric_format": NUMERIC_FORMAT,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": version("scipy"),
        "blas": sorted(libraries, key=json.dumps),  # they come in any order
        "platform": platform.platform(),
        "processor": _processor(),
        "runs_trained": runs_trained,
        "runs_reused": runs_reused,
        "training_seconds": round(seconds, 3),
    }
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def _processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
