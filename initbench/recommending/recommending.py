"""Recommending: from a network to the schemes that it may start from, and why."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from initbench.errors import UsageError
from initbench.experiment.config.experiment import Experiment
from initbench.experiment.config.loading import dump_experiment
from initbench.experiment.execution.cutting import remaining_units
from initbench.experiment.execution.dispatch import Progress
from initbench.experiment.execution.session import Execution, workers_for
from initbench.experiment.planning.units import Unit
from initbench.initializers import Initialization
from initbench.jobs import RESULTS
from initbench.probing import Probe
from initbench.probing.text import shape
from initbench.recommending.budget import DEFAULT, Budget, jobs_in, parse_budget, steps_in
from initbench.recommending.candidates import Candidate, fitting
from initbench.recommending.lines import paste_lines
from initbench.recommending.question import DATASET, WIDTH, Question, ask, network_of
from initbench.recommending.race import Outcome, first_plan, race
from initbench.recommending.sizes import Sizes, sizes_of
from initbench.recommending.striking import probe_candidates, struck
from initbench.recommending.track import Track
from initbench.recommending.verdict import Entrant, judge, quickest
from initbench.recommending.wording import notes, reason
from initbench.results import RunStore, files
from initbench.results.locking import locked

BUDGET_FILE: Final = "budget.json"
"""Remembers in how many run-steps a time came to, so that the same question has one answer."""

POINTS: Final = 10
"""Points of a run's curves, about."""


@dataclass(frozen=True)
class Recommendation:
    """Which schemes a network may start from.

    Attributes
    ----------
    ranking : tuple of Entrant
        Every scheme that was raced, best first.
    tied : tuple of str
        Labels of the best: any of these. Empty where none of them learns.
    pick : str
        The one of these that learns quickest, which the lines are of.
    reason : str
        Why, in a sentence.
    lines : mapping of str to str
        By framework, what to paste.
    lines_of : mapping of label to mapping
        Likewise, of all that are tied.
    notes : tuple of str
        What else one has to know.
    left_out : mapping of label to str
        Schemes that were not raced, and why.
    network, dataset, training, score : str
    target : float
        What `Entrant.epochs_to_target` is the time to.
    epochs, seeds : int
        Of the last round.
    budget : int
        Run-steps: with as many, the answer is the same.
    run_steps : int
        Those that were trained.
    folder : Path
        Where the runs are.
    """

    ranking: tuple[Entrant, ...]
    tied: tuple[str, ...]
    pick: str
    reason: str
    lines: Mapping[str, str]
    lines_of: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]
    left_out: Mapping[str, str]
    network: str
    dataset: str
    training: str
    score: str
    target: float
    epochs: int
    seeds: int
    budget: int
    run_steps: int
    folder: Path


def recommend(
    activation: str | Mapping[str, Any] = "relu",
    *,
    depth: int | None = None,
    width: int = WIDTH,
    hidden: Sequence[int] | None = None,
    dataset: str | Mapping[str, Any] = DATASET,
    optimizer: str | Mapping[str, Any] = "sgd",
    inits: Sequence[str | Mapping[str, Any]] = (),
    budget: str = DEFAULT,
    config: Path | str | Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Recommendation:
    """Race initializations on a network, and say which it may start from.

    Parameters
    ----------
    activation : str or mapping
        A name, or a name with options.
    depth, width : int
        Hidden layers, and units of each.
    hidden : sequence of int, optional
        Units of each hidden layer, in place of `depth` and `width`.
    dataset : str or mapping
        A name, a file, or either with options.
    optimizer : str or mapping
        Its learning rate is where each scheme begins to look for its own.
    inits : sequence of str or mapping
        As in `compare`; a short list for the activation, if none.
    budget : str
        ``"60s"``, ``"5m"`` or ``"200000 steps"``, which are steps of single runs.
    config : path or mapping, optional
        An experiment whose schemes, data, network and training are meant, in the place of all
        above but `budget`.
    overrides : sequence of str
        ``"network.residual=true"``, as ``--set`` takes them.
    results : path, optional
        Where runs are kept; ``results/recommend-<hash>`` by default. Asked again, nothing is
        trained again.
    jobs : int, optional
        Processes that train.
    progress : callable
        Told of the progress.

    Raises
    ------
    ConfigError
        The question is not a valid experiment; all that is wrong is named.
    UsageError
        The data cannot be had, the budget is too small, or no scheme can train this network.
    StorageError
        The folder cannot be read or written.
    """
    start = time.perf_counter()
    allowed = parse_budget(budget)
    network = {} if config is not None else network_of(activation, depth, width, hidden)
    question = ask(
        network,
        dataset=dataset,
        optimizer=optimizer,
        inits=inits,
        config=config,
        overrides=overrides,
    )
    candidates, left_out = fitting(question.experiment, question.architecture)
    _refuse_none(candidates, left_out)
    probe = probe_candidates(question.experiment, candidates)
    left_out |= struck(probe, question.experiment.training.dtype)
    runners = [each for each in candidates if each.label not in left_out]
    _refuse_none(runners, left_out)
    folder = _folder(question.experiment, allowed, results)
    experiment = question.experiment.model_copy(
        update={"inits": tuple(each.config for each in runners)}
    )
    with locked(folder):
        files.prepare_folder(folder)
        files.write_atomically(folder / "config.yaml", dump_experiment(experiment).encode())
        steps = _run_steps(experiment, allowed, folder, start)
        sizes = sizes_of(
            steps,
            len(runners),
            steps_per_epoch=question.steps_per_epoch,
            epochs=experiment.training.epochs,
        )
        outcome = _race(_lasting(experiment, sizes.epochs), sizes, allowed, jobs, folder, progress)
    schemes = {each.label: each.scheme for each in runners}
    return _answer(question, outcome, probe, schemes, left_out, sizes, folder)


def _race(
    experiment: Experiment,
    sizes: Sizes,
    allowed: Budget,
    jobs: int | None,
    folder: Path,
    progress: Callable[[Progress], None],
) -> Outcome:
    """Race in this process or, where there is much to do, in one a core."""
    if jobs is None and allowed.seconds is not None:
        jobs = jobs_in(allowed.seconds)
    store = RunStore(folder)
    files.prepare_folder(folder / "runs")
    store.forget_crashes()
    workers = workers_for(_units(experiment), Execution(jobs=jobs))
    with Track(store, workers, progress, sizes.most_runs * sizes.epochs) as track:
        outcome = race(experiment, sizes, track)
        track.finish()
    store.write_outline(outcome.outline)
    return outcome


def _units(experiment: Experiment) -> list[Unit]:
    """Return the units of the first round."""
    return remaining_units(first_plan(experiment).groups, ())


def _run_steps(experiment: Experiment, allowed: Budget, folder: Path, start: float) -> int:
    """Return the run-steps of a budget; those of a time are measured once, and remembered."""
    if allowed.seconds is None:
        return allowed.steps or 0
    asked = {"question": _digest(experiment), "seconds": allowed.seconds}
    path = folder / BUDGET_FILE
    try:
        stored = json.loads(files.read(path) or b"{}")
        if {name: stored.get(name) for name in asked} == asked:
            return int(stored["run_steps"])
    except (ValueError, TypeError, LookupError, AttributeError):
        pass  # it is measured anew
    left = allowed.seconds - (time.perf_counter() - start)
    steps = steps_in(left, _units(_lasting(experiment, experiment.training.epochs)))
    files.write_atomically(path, json.dumps({**asked, "run_steps": steps}).encode() + b"\n")
    return steps


def _lasting(experiment: Experiment, epochs: int) -> Experiment:
    """Return the experiment with so many epochs, and not many more points on its curves."""
    training = experiment.training.model_copy(update={"epochs": epochs})
    update = {"every": max(1, epochs // POINTS), "unit": "epoch"}
    record = experiment.record.model_copy(update=update)
    return experiment.model_copy(update={"training": training, "record": record})


def _answer(
    question: Question,
    outcome: Outcome,
    probe: Probe,
    schemes: Mapping[str, Initialization],
    left_out: Mapping[str, str],
    sizes: Sizes,
    folder: Path,
) -> Recommendation:
    entrants = judge(outcome)
    tied = tuple(each.label for each in entrants if each.standing == "tied")
    pick = quickest(outcome, tied)
    lines = {label: paste_lines(schemes[label]) for label in tied}
    [cell] = outcome.outline.cells
    return Recommendation(
        ranking=entrants,
        tied=tied,
        pick=pick,
        reason=reason(outcome, entrants, probe, pick),
        lines=lines[pick],
        lines_of=lines,
        notes=tuple(notes(outcome, entrants)),
        left_out=left_out,
        network=f"{shape(question.architecture.sizes)} {cell.setup.network}",
        dataset=cell.setup.dataset,
        training=cell.setup.training,
        score=cell.setup.score,
        target=outcome.outline.target,
        epochs=sizes.epochs,
        seeds=len(next(iter(cell.runs.values()))),
        budget=sizes.budget,
        run_steps=outcome.runs * sizes.steps,
        folder=folder,
    )


def _folder(experiment: Experiment, allowed: Budget, results: Path | str | None) -> Path:
    if results is not None:
        return Path(results)
    asked = f"{_digest(experiment)} {allowed.seconds} {allowed.steps}"
    return RESULTS / f"recommend-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _digest(experiment: Experiment) -> str:
    return hashlib.sha256(dump_experiment(experiment).encode()).hexdigest()


def _refuse_none(candidates: Sequence[Candidate], left_out: Mapping[str, str]) -> None:
    """Raise a `UsageError` that says why of every scheme, if none is left."""
    if not candidates:
        reasons = "".join(f"\n  {label}: {why}" for label, why in left_out.items())
        raise UsageError(f"no scheme that was named can train this network:{reasons}")
