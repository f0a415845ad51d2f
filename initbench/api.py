"""The Python interface, and the one place where all stages meet.

    results = initbench.run("configs/moons.yaml")
    results = initbench.compare(["zeros", "random", "he"], dataset="moons")
    weights = initbench.initialize("he", fan_in=784, fan_out=256, seed=0)

An experiment is planned, what is missing is trained and stored unit by unit, and everything else
is derived from what is stored.
"""

import hashlib
import operator
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from initbench.arrays import FloatArray
from initbench.errors import CrashedRunsError, UsageError
from initbench.experiment.config import Experiment
from initbench.experiment.estimate import Estimate
from initbench.experiment.execution import Progress
from initbench.experiment.loading import (
    dump_experiment,
    load_experiment,
    make_experiment,
    with_options,
)
from initbench.experiment.session import Execution, plan_session
from initbench.initializers import INITIALIZERS, Initializer, LayerSpec, as_initializer, bind
from initbench.report import report_is_current, write_report
from initbench.results import Results, RunStore, load_results
from initbench.results.locking import locked
from initbench.seeding import SEED_LIMIT

__all__ = [
    "Estimate",
    "Execution",
    "Progress",
    "compare",
    "estimate",
    "initialize",
    "load_results",
    "read_experiment",
    "rebuild",
    "run",
    "verify",
]

RESULTS = Path("results")
"""Where results folders are made, below the working directory."""

Scheme = str | Initializer | Callable[..., FloatArray]
"""A name of the catalogue, or a scheme of one's own."""

ProgressCallback = Callable[[Progress], None]


class How(TypedDict, total=False):
    """The settings of an `Execution`, each of which may be left out."""

    jobs: int | None
    scheduler: str | None
    fresh: bool
    fail_fast: bool
    force: bool


@dataclass(frozen=True)
class Job:
    """An experiment, and the folder for what comes of it."""

    experiment: Experiment
    folder: Path


def run(
    config: Path | str | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> Results:
    """Run an experiment: train what is not on disk yet, and write the results folder.

    Parameters
    ----------
    config : path or mapping
        A YAML file, or what one would say; a mapping's ``inits`` may be what `compare` takes.
    overrides : sequence of str
        ``"training.epochs=50"``, as ``--set`` takes them.
    plugins : sequence of path
        Python files that define schemes of one's own. They are run.
    results : path, optional
        The results folder; ``results/<name>`` by default.
    plots : bool
        Whether to draw pictures.
    progress : callable
        Told of the progress at the start and as it is made; never where all runs are on disk.
    **how
        ``jobs``, ``scheduler``, ``fresh``, ``fail_fast``, ``force``: as `Execution` has them.

    Raises
    ------
    ConfigError
        The experiment is not valid; all that is wrong is named.
    UsageError
        It is too large for this machine.
    StorageError
        The results folder cannot be read or written, or another process writes to it.
    ClusterError
        The scheduler cannot be reached, or is lost.
    CrashedRunsError
        Some runs raised an error; the others are in the folder.
    """
    settings, own = _with_names(config) if isinstance(config, Mapping) else (config, [])
    with INITIALIZERS.including(plugins, own):
        job = experiment_job(settings, overrides=overrides, results=results)
        return run_job(job, Execution(**how), plots=plots, progress=progress)


def verify(
    config: Path | str | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> Results:
    """Run an experiment and judge the claims that it makes.

    Parameters are those of `run`, which see.

    Returns
    -------
    Results
        ``metrics["claims"]`` has for each claim its ``verdict`` (PASS, FAIL or INCONCLUSIVE), what
        was ``measured``, and the interval ``ci95``.

    Raises
    ------
    UsageError
        The experiment makes no claims. Else as `run`.
    """
    settings, own = _with_names(config) if isinstance(config, Mapping) else (config, [])
    with INITIALIZERS.including(plugins, own):
        job = claims_job(settings, overrides=overrides, results=results)
        return run_job(job, Execution(**how), plots=plots, progress=progress)


def compare(
    inits: Sequence[Scheme | Mapping[str, Any]],
    *,
    dataset: str | Mapping[str, Any] = "moons",
    hidden: Sequence[int] = (32, 32),
    activation: str | Mapping[str, Any] = "relu",
    optimizer: str | Mapping[str, Any] = "sgd",
    learning_rate: float | None = None,
    momentum: float | None = None,
    epochs: int = 100,
    batch_size: int | str = 32,
    seeds: int | Sequence[int] = 10,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> Results:
    """Compare schemes without a config file; parameters are named as in one.

    Results go to ``results/compare-<hash>``, where the hash is of all that was asked for, unless
    `results` names a folder. Everything else is as in `run`, which see.

    Parameters
    ----------
    inits : sequence of str, callable, Initializer or mapping
        ``["zeros", {"name": "random", "std": 10, "label": "large"}, my_scheme]``; a mapping's
        ``name`` may be a scheme of one's own too.
    dataset, activation, optimizer : str or mapping
        A name, or a name with options.
    learning_rate, momentum : float, optional
        Of the optimizer; its own defaults if not given.
    hidden : sequence of int
        Units of each hidden layer.
    batch_size : int or "full"
    seeds : int or sequence of int
        How many, counted from 0, or which.
    """
    settings = {
        "dataset": dataset,
        "network": {"hidden": hidden, "activation": activation},
        "training": {
            "optimizer": with_options(optimizer, learning_rate=learning_rate, momentum=momentum),
            "epochs": epochs,
            "batch_size": batch_size,
        },
        "inits": inits,
        "seeds": seeds,
    }
    settings, own = _with_names(settings)
    with INITIALIZERS.including(plugins, own):
        job = comparison_job(settings, overrides=overrides, results=results)
        return run_job(job, Execution(**how), plots=plots, progress=progress)


def estimate(
    config: Path | str | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    **how: Unpack[How],
) -> Estimate:
    """Say what `run` would still have to train, and what that would take on this machine.

    Nothing is written. A little is trained, for about a second, to see how fast the machine is.
    Parameters and errors are those of `run`.
    """
    settings, own = _with_names(config) if isinstance(config, Mapping) else (config, [])
    with INITIALIZERS.including(plugins, own):
        job = experiment_job(settings, overrides=overrides, results=results)
        return estimate_job(job, Execution(**how))


def rebuild(folder: Path | str, *, plots: bool = True) -> Results:
    """Rebuild all derived files of a results folder from its raw runs.

    Raises
    ------
    UsageError
        It is not a results folder.
    StorageError
        It cannot be read or written.
    """
    folder = Path(folder)
    RunStore(folder).read_outline()
    with locked(folder):
        return write_report(folder, plots=plots)


def read_experiment(
    config: Path | str | Mapping[str, Any], overrides: Sequence[str] = ()
) -> Experiment:
    """Return the experiment of a YAML file, or of what one would say; as `run` takes both."""
    overrides = _checked_overrides(overrides)
    if isinstance(config, Mapping):
        return make_experiment(config, "the experiment", overrides)
    path = _checked_path(config, "config must be a path or a mapping")
    return load_experiment(path, overrides)


def experiment_job(
    config: Path | str | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
) -> Job:
    """Return the experiment that a config describes; parameters are those of `run`."""
    experiment = read_experiment(config, overrides)
    return Job(experiment, _folder_of(experiment, results))


def claims_job(
    config: Path | str | Mapping[str, Any],
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
) -> Job:
    """Return an experiment that is named after what it asks."""
    overrides = _checked_overrides(overrides)
    settings = {**settings, "name": "compare"}
    asked = make_experiment(settings, "the comparison", overrides)
    named = {**settings, "name": _name(asked), "description": _description(asked)}
    experiment = make_experiment(named, "the comparison", overrides)
    return Job(experiment, _folder_of(experiment, results))


def run_job(
    job: Job, how: Execution, *, plots: bool = True, progress: ProgressCallback = lambda _: None
) -> Results:
    """Train what is missing and report, while nobody else may write to the folder."""
    last = Progress(0, 0)

    def tell(each: Progress) -> None:
        nonlocal last
        last = each
        progress(each)

    session = plan_session(job.experiment, job.folder, how)
    if not how.force and how.scheduler is None:
        session.refuse_too_much()
    with locked(job.folder):
        trained = session.train(tell)
        if trained.is_new or not report_is_current(job.folder, plots=plots):
            if plots and last.total:
                progress(replace(last, stage="drawing"))
            results = write_report(job.folder, plots=plots)
        else:
            results = load_results(job.folder)
    if trained.crashed:
        raise CrashedRunsError(
            f"{trained.crashed} of {trained.planned} runs crashed; what the others say is in"
            f" {job.folder}. Run it again to try them once more."
        )
    return results


def estimate_job(job: Job, how: Execution) -> Estimate:
    """Say what is left of a job, and what it would take."""
    return plan_session(job.experiment, job.folder, how).estimate()


def initialize(
    initialization: Scheme,
    *,
    fan_in: int,
    fan_out: int,
    seed: int = 0,
    **options: Any,
) -> FloatArray:
    """Return the first layer's weights that a scheme draws.

    Parameters
    ----------
    initialization : str, Initializer or callable
        A name of the catalogue, or a scheme of one's own.
    fan_in, fan_out : int
    seed : int
    **options
        The scheme's options, such as ``std=0.05``.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    Raises
    ------
    UsageError
        There is no such scheme, it does not take these options, or it needs a whole network and
        data.

    Examples
    --------
    >>> initialize("he", fan_in=784, fan_out=256, seed=0).shape
    (784, 256)
    """
    if not isinstance(initialization, str | Initializer) and not callable(initialization):
        raise UsageError(
            f"initialization must be a name, a function or an Initializer, not {initialization!r}"
        )
    scheme = bind(initialization, **options)
    if scheme.initializer.adapt is not None:
        raise UsageError(
            f"initializer {scheme.initializer.name!r} looks at data, which one layer has not: fit"
            " an MLP with it, and save its weights"
        )
    [(weights, _)] = scheme.draw([LayerSpec(fan_in, fan_out)], _checked_seed(seed))
    return weights


def _folder_of(experiment: Experiment, results: Path | str | None) -> Path:
    if results is None:
        return RESULTS / experiment.name
    return _checked_path(results, "results must be a path")


def _with_names(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[Initializer]]:
    """Return settings in which schemes that were given as objects have their names, and those."""
    own: list[Initializer] = []

    def name_of(given: Any) -> Any:
        if isinstance(given, Mapping):
            return {**given, "name": name_of(given["name"])} if "name" in given else given
        if not isinstance(given, Initializer) and not callable(given):
            return given
        entry = as_initializer(given)
        if not INITIALIZERS.is_listed(entry):
            own.append(entry)
        return entry.name

    inits = settings.get("inits")
    if isinstance(inits, Sequence) and not isinstance(inits, str):
        settings = {**settings, "inits": [name_of(each) for each in inits]}
    return dict(settings), own


def _name(asked: Experiment) -> str:
    return f"compare-{hashlib.sha256(dump_experiment(asked).encode()).hexdigest()[:8]}"


def _description(asked: Experiment) -> str:
    labels = ", ".join(init.label for init in asked.inits)
    return f"{textwrap.shorten(labels, 200, placeholder=' …')} on {asked.dataset.name}"


def _checked_path(path: object, demand: str) -> Path:
    if not isinstance(path, str | os.PathLike) or path == "":
        raise UsageError(f"{demand}, not {path!r}")
    return Path(path)


def _checked_overrides(overrides: Sequence[str]) -> list[str]:
    """Return a list of texts; one text alone is a sequence too, of letters, and never meant."""
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise UsageError(f"overrides must be a list of KEY=VALUE texts, not {overrides!r}")
    return list(overrides)


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < SEED_LIMIT:
        raise UsageError(f"seed must be an integer from 0 to {SEED_LIMIT - 1}, not {seed!r}")
    return operator.index(seed)
