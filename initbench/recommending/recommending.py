"""Recommending: from a network to the schemes that it may start from, and why."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from initbench.config.experiment import Experiment
from initbench.config.loading import dump_experiment
from initbench.experiment.cutting import remaining_units
from initbench.experiment.progress import Progress
from initbench.experiment.session import Execution, workers_for
from initbench.jobs import RESULTS, checked_path
from initbench.recommending.answer import Recommendation, answer, field_of
from initbench.recommending.budget import DEFAULT, Budget, jobs_in, parse_budget, steps_in
from initbench.recommending.question import DATASET, WIDTH, ask, network_of
from initbench.recommending.race import Outcome, first_plan, race
from initbench.recommending.sizes import Sizes, sizes_of
from initbench.recommending.track import Track
from initbench.results import RunStore, files
from initbench.results.locking import locked
from initbench.training.unit import Unit

BUDGET_FILE: Final = "budget.json"
"""Remembers in how many run-steps a time came to, so that the same question has one answer."""

POINTS: Final = 10
"""Points of a run's curves, about."""


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
    field = field_of(question)
    folder = _folder(question.experiment, allowed, results)
    with locked(folder):
        files.prepare_folder(folder)
        files.write_atomically(folder / "config.yaml", dump_experiment(field.experiment).encode())
        steps = _run_steps(field.experiment, allowed, folder, start)
        sizes = sizes_of(
            steps,
            len(field.runners),
            steps_per_epoch=question.steps_per_epoch,
            epochs=field.experiment.training.epochs,
        )
        if allowed.seconds is not None:
            _remember(field.experiment, allowed, steps, folder)
            jobs = jobs_in(allowed.seconds) if jobs is None else jobs
        outcome = _race(_lasting(field.experiment, sizes.epochs), sizes, jobs, folder, progress)
    return answer(field, outcome, sizes, folder)


def _race(
    experiment: Experiment,
    sizes: Sizes,
    jobs: int | None,
    folder: Path,
    progress: Callable[[Progress], None],
) -> Outcome:
    """Race in this process or, where there is much to do, in one a core."""
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
    """Return the run-steps of a budget; those of a time are remembered, or else measured."""
    if allowed.seconds is None:
        return allowed.steps or 0
    try:
        stored = json.loads(files.read(folder / BUDGET_FILE) or b"{}")
        if _asked(experiment, allowed).items() <= stored.items():
            return int(stored["run_steps"])
    except (ValueError, TypeError, LookupError, AttributeError):
        pass  # nothing that this program wrote
    left = allowed.seconds - (time.perf_counter() - start)
    return steps_in(left, _units(_lasting(experiment, experiment.training.epochs)))


def _remember(experiment: Experiment, allowed: Budget, steps: int, folder: Path) -> None:
    note = {**_asked(experiment, allowed), "run_steps": steps}
    files.write_atomically(folder / BUDGET_FILE, json.dumps(note).encode() + b"\n")


def _asked(experiment: Experiment, allowed: Budget) -> dict[str, Any]:
    return {"question": _digest(experiment), "seconds": allowed.seconds}


def _lasting(experiment: Experiment, epochs: int) -> Experiment:
    """Return the experiment with so many epochs, and not many more points on its curves."""
    training = experiment.training.model_copy(update={"epochs": epochs})
    update = {"every": max(1, epochs // POINTS), "unit": "epoch"}
    record = experiment.record.model_copy(update=update)
    return experiment.model_copy(update={"training": training, "record": record})


def _folder(experiment: Experiment, allowed: Budget, results: Path | str | None) -> Path:
    if results is not None:
        return checked_path(results, "results must be a path")
    asked = f"{_digest(experiment)} {allowed.seconds} {allowed.steps}"
    return RESULTS / f"recommend-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _digest(experiment: Experiment) -> str:
    return hashlib.sha256(dump_experiment(experiment).encode()).hexdigest()
