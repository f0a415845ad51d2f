"""Sessions: what is missing of an experiment is found, estimated, trained and stored."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from initbench.amounts import show_seconds
from initbench.config.experiment import Experiment
from initbench.config.loading import dump_experiment
from initbench.errors import UsageError
from initbench.experiment.cluster import Cluster
from initbench.experiment.cutting import remaining_probes, remaining_units
from initbench.experiment.dispatch import execute
from initbench.experiment.estimate import (
    MOST_SECONDS,
    Estimate,
    longest_first,
    make_estimate,
    refuse_too_many,
    refuse_too_much,
    seconds_of,
)
from initbench.experiment.manifest import manifest
from initbench.experiment.plan import Plan, make_plan
from initbench.experiment.processes import Processes
from initbench.experiment.progress import Progress
from initbench.experiment.tuning import choose
from initbench.experiment.units import Unit
from initbench.experiment.workers import InProcess, Workers
from initbench.machine import available_cores
from initbench.results import RunStore, files

logger = logging.getLogger(__name__)

SMALL_SECONDS: Final = 4.0
"""Training that takes less is not worth the start of other processes."""

WORTH_MEASURING: Final = 0.2
"""The share of `MOST_SECONDS` from which on the model's word is not enough."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How an experiment is trained; nothing of it moves a number.

    Attributes
    ----------
    jobs : int or None
        Processes that train; None for this one alone where there is little to do, else as many as
        there are cores.
    scheduler : str or None
        The address of a Dask scheduler, whose workers train in their place.
    fresh : bool
        Whether to set runs that are on disk aside and train all of them again.
    fail_fast : bool
        Whether to stop when runs crash.
    force : bool
        Whether to begin what takes too long or too much.
    """

    jobs: int | None = None
    scheduler: str | None = None
    fresh: bool = False
    fail_fast: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        if self.jobs is not None and (type(self.jobs) is not int or self.jobs < 1):
            raise UsageError(f"jobs must be an integer of at least 1, not {self.jobs!r}")


@dataclass(frozen=True)
class Trained:
    """What a session has done.

    Attributes
    ----------
    planned, trained, crashed : int
        Runs.
    is_new : bool
        Whether the folder now holds other runs, or those of another experiment.
    probes : list of Unit
        The untrained networks that were asked for and are still to be measured.
    """

    planned: int
    trained: int
    crashed: int
    is_new: bool
    probes: list[Unit]

    def __add__(self, later: "Trained") -> "Trained":
        """Return what both have done; the later one has tried again what crashed in the first."""
        return Trained(
            later.planned,
            self.trained + later.trained,
            later.crashed,
            self.is_new or later.is_new,
            later.probes,
        )


@dataclass(frozen=True)
class Session:
    """An experiment with what is missing of it; made by `plan_session`."""

    experiment: Experiment
    folder: Path
    how: Execution
    plan: Plan
    units: list[Unit]
    probes: list[Unit]

    def estimate(self, *, measure: bool = True) -> Estimate:
        """Return what the missing runs will take on this machine.

        Parameters
        ----------
        measure : bool
            Whether to train a little, for about a second, to see how fast the machine is.
        """
        jobs = _jobs(self.units, self.how)
        return make_estimate(self.units, self.probes, self.plan.outline, jobs=jobs, measure=measure)

    def refuse_too_much(self) -> None:
        """Raise a `UsageError` with the estimate if that is too much for this machine."""
        estimate = self.estimate(measure=False)
        if estimate.seconds > WORTH_MEASURING * MOST_SECONDS:
            estimate = self.estimate()
        refuse_too_much(estimate)

    def train(self, progress: Callable[[Progress], None] = lambda _: None) -> Trained:
        """Train what is missing, in a folder that is locked.

        Parameters
        ----------
        progress : callable
            Told of the progress; never where all runs are on disk.

        Raises
        ------
        StorageError
            The folder cannot be read or written.
        ClusterError
            The scheduler cannot be reached or is lost.
        """
        store = RunStore(self.folder)
        if self.how.fresh:
            store.set_aside()
        files.prepare_folder(self.folder)
        _write_config(self.folder, self.experiment)
        if self.units:
            store.forget_crashes()
        trained = _carry_out(self, store, progress)
        if trained.crashed and self.how.fail_fast:
            return trained
        following = _following(self, store)
        return trained if following is None else trained + _carry_out(following, store, progress)


def plan_session(experiment: Experiment, folder: Path, how: Execution) -> Session:
    """Plan an experiment, and find what is missing of it; nothing is made or written.

    Where a key is tuned and its trials are not all on disk, they are the plan, with the runs at the
    value that the config gives; what they choose is planned when they are done.

    Raises
    ------
    UsageError
        The experiment cannot be planned, or has too many runs.
    StorageError
        The folder cannot be read.
    """
    if not how.force:
        refuse_too_many(experiment)
    plan, store = make_plan(experiment), RunStore(folder)
    done = frozenset() if how.fresh else store.keys()
    units, probes = remaining_units(plan.groups, done), remaining_probes(plan.probes, done)
    session = Session(experiment, folder, how, plan, units, probes)
    return session if how.fresh else _following(session, store) or session


def workers_for(units: list[Unit], how: Execution) -> Workers:
    """Return who trains units: a cluster, processes of this machine, or this process alone."""
    if how.scheduler is not None:
        return Cluster(how.scheduler)
    jobs = _jobs(units, how)
    return Processes(min(jobs, len(units))) if jobs > 1 else InProcess()


def _following(session: Session, store: RunStore) -> Session | None:
    """Return the session of the runs that trials have chosen, if they are to follow."""
    outline = session.plan.outline
    if session.experiment.tune is None or any(cell.role == "tuned" for cell in outline.cells):
        return None
    choices = choose(outline, store)
    if choices is None:
        return None
    plan = make_plan(session.experiment, choices)
    done = store.keys()
    units, probes = remaining_units(plan.groups, done), remaining_probes(plan.probes, done)
    return replace(session, plan=plan, units=units, probes=probes)


def _carry_out(session: Session, store: RunStore, progress: Callable[[Progress], None]) -> Trained:
    """Train the units, and leave a manifest."""
    is_new = store.write_outline(session.plan.outline)
    planned, missing = len(session.plan.outline.keys), sum(unit.runs for unit in session.units)
    logger.info("%s: %d of %d runs are to be trained", session.folder, missing, planned)
    if not session.units:
        return Trained(planned, 0, 0, is_new, session.probes)
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
    return Trained(planned, missing - crashed, crashed, is_new=True, probes=session.probes)


def _jobs(units: list[Unit], how: Execution) -> int:
    if how.jobs is not None:
        return how.jobs
    return available_cores() if len(units) > 1 and seconds_of(units) > SMALL_SECONDS else 1


def _write_config(folder: Path, experiment: Experiment) -> None:
    """Store the experiment as resolved, unless that is what is stored."""
    path, data = folder / "config.yaml", dump_experiment(experiment).encode()
    if files.read(path) != data:
        files.write_atomically(path, data)
