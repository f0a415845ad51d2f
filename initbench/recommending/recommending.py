"""Recommend initializations: read the question, screen the schemes, race them, judge the result."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from initbench.config.experiment import DatasetConfig, Experiment
from initbench.config.loading import checked_path, dump_experiment
from initbench.errors import UsageError
from initbench.experiment.folders import RESULTS
from initbench.experiment.plan import remaining_units
from initbench.experiment.progress import Progress
from initbench.exporting import FRAMEWORKS, paste_code
from initbench.initializers import INITIALIZERS
from initbench.probing.report import shape
from initbench.recommending.budget import (
    DEFAULT,
    BudgetError,
    parse_budget,
    processes_for,
    race_size,
    run_steps_in,
    seconds_for,
    speed_of,
    store_run_steps,
    stored_run_steps,
)
from initbench.recommending.candidates import read_question
from initbench.recommending.race import first_plan, race
from initbench.recommending.report import Recommendation
from initbench.recommending.screening import screen
from initbench.recommending.verdict import effort_of, judge, learns, notes, reason
from initbench.results import files
from initbench.results.locking import locked
from initbench.results.tuning import limit_note
from initbench.training.batches import steps_per_epoch

DATASET: Final = "digits"
"""The default data set: real, bundled, and learned in seconds."""

WIDTH: Final = 64

CURVE_POINTS: Final = 10
"""Approximate number of epochs at which a run is recorded."""


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
    seeds: int | None = None,
    plugins: Sequence[Path | str] = (),
    config: Path | str | Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Recommendation:
    """Compare initializations on a network by short training runs, and recommend the best ones.

    Parameters
    ----------
    activation : str or mapping
        A name, or a name with options.
    depth, width : int
        Number of hidden layers, and of units in each.
    hidden : sequence of int, optional
        Units of each hidden layer, instead of `depth` and `width`.
    dataset : str or mapping
        A name, a file, or either with options.
    optimizer : str or mapping
        Its learning rate is the centre of the rates that each scheme tries. If gradient descent,
        with or without momentum, has none, each scheme tries rates around the limit that its
        curvature predicts.
    inits : sequence of str or mapping
        As in `compare`; by default those of frameworks, and a short list for the network.
    budget : str
        ``"60s"``, ``"5m"`` or ``"200000 steps"``, which are training steps of single runs.
    seeds : int, optional
        Seeds of the last round; by default 5 to 20, depending on the budget.
    plugins : sequence of path
        Python files that define your own schemes.
    config : path or mapping, optional
        An experiment whose schemes, data, network and training are used, instead of all parameters
        above except `budget`.
    overrides : sequence of str
        ``"network.residual=true"``, as ``--set`` takes them.
    results : path, optional
        The results folder; ``results/recommend-<hash>`` by default. Runs that are in it are not
        trained again.
    jobs : int, optional
        Number of training processes.
    progress : callable
        Called with the progress.

    Returns
    -------
    Recommendation

    Raises
    ------
    ConfigError
        The experiment is not valid; the message names all mistakes.
    UsageError
        The data cannot be loaded, the budget is too small, or no scheme can train this network.
    StorageError
        The folder cannot be read or written.
    """
    with INITIALIZERS.including(plugins):
        start = time.perf_counter()
        allowed = parse_budget(budget)
        if config is None and (depth is None) == (hidden is None):
            raise UsageError("give depth, with width, or hidden: which layers has the network?")
        layers = {"depth": depth, "width": width} if hidden is None else {"hidden": hidden}
        question = read_question(
            {**layers, "activation": activation},
            dataset=dataset,
            optimizer=optimizer,
            inits=inits,
            config=config,
            overrides=overrides,
        )
        screening = screen(question)
        experiment, architecture = screening.experiment, question.architecture
        names_rate = (
            config is not None
            or (not isinstance(optimizer, str) and "learning_rate" in optimizer)
            or any("learning_rate" in each for each in overrides)
        )
        centres = {} if names_rate else screening.limits
        if results is None:
            name = f"{_digest(question.experiment)} {allowed.seconds} {allowed.steps}"
            name += "" if seeds is None else f" {seeds}"
            folder = RESULTS / f"recommend-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        else:
            folder = checked_path(results, "results must be a path")

        with locked(folder):
            files.prepare_folder(folder)
            files.write_atomically(folder / "config.yaml", dump_experiment(experiment).encode())
            epochs, batch = experiment.training.epochs, experiment.training.batch_size
            asked = {"question": _digest(experiment), "seconds": allowed.seconds}
            run_steps = allowed.steps or stored_run_steps(folder, asked)
            used, speed = time.perf_counter() - start, 0.0
            if run_steps is None:
                groups = first_plan(_with_epochs(experiment, epochs), centres).groups
                speed = speed_of(remaining_units(groups, ()))
                run_steps = run_steps_in((allowed.seconds or 0.0) - used, speed)
            try:
                size = race_size(
                    run_steps,
                    len(screening.schemes),
                    steps_per_epoch=steps_per_epoch(
                        len(question.split.X_train), None if batch == "full" else batch
                    ),
                    epochs=epochs,
                    seeds=seeds,
                )
            except BudgetError as error:
                if allowed.seconds is None:
                    raise
                needed = allowed.seconds * error.needed / run_steps
                if speed:
                    needed = time.perf_counter() - start + seconds_for(error.needed, speed)
                raise UsageError(
                    f"{budget} is too short for {len(screening.schemes)} schemes on this machine;"
                    f" use at least {math.ceil(needed)}s (--budget) or name fewer schemes with"
                    " --inits"
                ) from None
            if allowed.seconds is not None:
                store_run_steps(folder, asked, run_steps)
                jobs = processes_for(allowed.seconds) if jobs is None else jobs
            trained = _with_epochs(experiment, size.epochs)
            outcome = race(trained, size, folder, jobs, progress, centres=centres)

        entrants = judge(outcome, is_short=size.epochs < experiment.training.epochs)
        tied: list[str] = []
        if learns(outcome, entrants[0]):
            tied = [each.label for each in entrants if each.standing == "tied"]
            tied.sort(key=lambda label: effort_of(screening.schemes[label]))
        pick = tied[0] if tied else ""
        [cell] = outcome.outline.cells
        note = limit_note(outcome.rates, screening.limits)
        return Recommendation(
            ranking=entrants,
            tied=tuple(tied),
            pick=pick,
            reason=reason(outcome, entrants, screening.signals, pick),
            lines_of={
                label: {
                    framework: code
                    for framework in FRAMEWORKS
                    if (
                        code := paste_code(
                            screening.schemes[label],
                            framework,
                            architecture,
                            optimizer=experiment.training.optimizer.name,
                            learning_rate=outcome.rates[label],
                            dataset=named_dataset(experiment.dataset),
                            plugins=list(map(str, plugins)),
                        )
                    )
                }
                for label in tied
            },
            notes=(*notes(entrants, outcome), *([note] if note else [])),
            left_out=screening.left_out,
            chosen_by=question.chosen_by,
            network=f"{shape(architecture.sizes)} {cell.setup.network}",
            dataset=cell.setup.dataset,
            training=cell.setup.training,
            score=cell.setup.score,
            target=outcome.outline.target,
            epochs=size.epochs,
            asked_epochs=experiment.training.epochs,
            seeds=len(next(iter(cell.runs.values()))),
            budget=size.budget,
            run_steps=outcome.runs * size.steps,
            folder=folder,
        )


def _with_epochs(experiment: Experiment, epochs: int) -> Experiment:
    """Return the experiment with this number of epochs, recorded at about `CURVE_POINTS` epochs."""
    training = experiment.training.model_copy(update={"epochs": epochs})
    update = {"every": max(1, epochs // CURVE_POINTS), "unit": "epoch"}
    record = experiment.record.model_copy(update=update)
    return experiment.model_copy(update={"training": training, "record": record})


def named_dataset(dataset: DatasetConfig) -> str:
    """Return a data set as an option names it: its name, or its name with its options."""
    if not dataset.options:
        return dataset.name
    return json.dumps({"name": dataset.name, **dataset.options})


def _digest(experiment: Experiment) -> str:
    return hashlib.sha256(dump_experiment(experiment).encode()).hexdigest()
