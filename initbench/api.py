"""The Python interface, and the one place where all stages meet.

    results = initbench.run("configs/moons.yaml")
    results = initbench.compare(["zeros", "random", "he"], dataset="moons")
    weights = initbench.initialize("he", fan_in=784, fan_out=256, seed=0)

An experiment is planned, what is missing is trained and stored unit by unit, and everything else
is derived from what is stored.
"""

import hashlib
import logging
import operator
import os
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from initbench.arrays import FloatArray
from initbench.errors import CrashedRunsError, UsageError
from initbench.experiment.config import Experiment
from initbench.experiment.cutting import remaining_units
from initbench.experiment.execution import Progress, execute
from initbench.experiment.loading import (
    dump_experiment,
    load_experiment,
    make_experiment,
    with_options,
)
from initbench.experiment.manifest import manifest
from initbench.experiment.planning import Plan, make_plan
from initbench.experiment.tuning import choose
from initbench.experiment.units import Unit
from initbench.initializers import Initializer, LayerSpec, bind
from initbench.report import report_is_current, write_report
from initbench.results import Results, RunStore, files, load_results
from initbench.seeding import SEED_LIMIT

__all__ = ["Progress", "compare", "initialize", "load_results", "rebuild", "run"]

logger = logging.getLogger(__name__)

RESULTS = Path("results")
"""Where results folders are made, below the working directory."""

ProgressCallback = Callable[[Progress], None]


def run(
    config: Path | str | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    results: Path | str | None = None,
    fresh: bool = False,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
) -> Results:
    """Run an experiment: train what is not on disk yet, and write the results folder.

    Parameters
    ----------
    config : path or mapping
        A YAML file, or what one would say.
    overrides : sequence of str
        ``"training.epochs=50"``, as ``--set`` takes them.
    results : path, optional
        The results folder; ``results/<name>`` by default.
    fresh : bool
        Set runs that are on disk aside and train all of them again.
    plots : bool
        Whether to draw pictures.
    progress : callable
        Told of the progress at the start and after every epoch of a stack; never where all runs
        are on disk.

    Raises
    ------
    ConfigError
        The experiment is not valid; all that is wrong is named.
    StorageError
        The results folder cannot be read or written.
    CrashedRunsError
        Some runs raised an error; the others are in the folder.
    """
    overrides = _checked_overrides(overrides)
    if isinstance(config, Mapping):
        experiment = make_experiment(config, "the experiment", overrides)
    else:
        path = _checked_path(config, "config must be a path or a mapping")
        experiment = load_experiment(path, overrides)
    folder = _folder_of(experiment, results)
    return _run(experiment, folder, fresh=fresh, plots=plots, progress=progress)


def compare(
    inits: Sequence[str | Mapping[str, Any]],
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
    results: Path | str | None = None,
    fresh: bool = False,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
) -> Results:
    """Compare schemes without a config file; parameters are named as in one.

    Results go to ``results/compare-<hash>``, where the hash is of all that was asked for, unless
    `results` names a folder. Everything else is as in `run`, which see.

    Parameters
    ----------
    inits : sequence of str or mapping
        ``["zeros", {"name": "random", "std": 10, "label": "large"}]``.
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
    overrides = _checked_overrides(overrides)
    settings = {
        "name": "compare",
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
    asked = make_experiment(settings, "the comparison", overrides)
    named = {**settings, "name": _name(asked), "description": _description(asked)}
    experiment = make_experiment(named, "the comparison", overrides)
    folder = _folder_of(experiment, results)
    return _run(experiment, folder, fresh=fresh, plots=plots, progress=progress)


def rebuild(folder: Path | str, *, plots: bool = True) -> Results:
    """Rebuild all derived files of a results folder from its raw runs.

    Raises
    ------
    UsageError
        It is not a results folder.
    StorageError
        It cannot be read or written.
    """
    return write_report(Path(folder), plots=plots)


def initialize(
    initialization: str | Initializer,
    *,
    fan_in: int,
    fan_out: int,
    seed: int = 0,
    **options: Any,
) -> FloatArray:
    """Return the first layer's weights that a scheme draws.

    Parameters
    ----------
    initialization : str or Initializer
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
        There is no such scheme, or it does not take these options.

    Examples
    --------
    >>> initialize("he", fan_in=784, fan_out=256, seed=0).shape
    (784, 256)
    """
    if not isinstance(initialization, str | Initializer):
        raise UsageError(f"initialization must be a name or an Initializer, not {initialization!r}")
    scheme = bind(initialization, **options)
    [(weights, _)] = scheme.draw([LayerSpec(fan_in, fan_out)], _checked_seed(seed))
    return weights


def _run(
    experiment: Experiment, folder: Path, *, fresh: bool, plots: bool, progress: ProgressCallback
) -> Results:
    plan = make_plan(experiment)
    files.prepare_folder(folder)
    store = RunStore(folder)
    if fresh:
        store.set_aside()
    _write_config(folder, experiment)
    crashed, has_news = 0, False
    if experiment.tune is not None and choose(plan.outline, store) is None:
        crashed, has_news = _carry_out(plan, store, folder, progress)
    if experiment.tune is not None:
        plan = make_plan(experiment, choose(plan.outline, store))
    more_crashed, has_more = _carry_out(plan, store, folder, progress)
    crashed += more_crashed
    if has_news or has_more or not report_is_current(folder, plots=plots):
        results = write_report(folder, plots=plots)
    else:
        results = load_results(folder)
    if crashed:
        total = len(plan.outline.keys)
        raise CrashedRunsError(
            f"{crashed} of {total} runs crashed; what the others say is in {folder}"
        )
    return results


def _carry_out(
    plan: Plan, store: RunStore, folder: Path, progress: ProgressCallback
) -> tuple[int, bool]:
    """Train what a plan lacks; return how many runs crashed, and whether there is anything new."""
    units = remaining_units(plan.groups, store.keys())
    is_new = store.write_outline(plan.outline)
    crashed = _train(units, len(plan.outline.keys), store, folder, progress)
    return crashed, is_new or bool(units)


def _train(
    units: Sequence[Unit], planned: int, store: RunStore, folder: Path, progress: ProgressCallback
) -> int:
    """Train the units, leave a manifest, and return how many runs crashed."""
    missing = sum(len(unit.keys) for unit in units)
    logger.info("%s: %d of %d runs are to be trained", folder, missing, planned)
    if not units:
        return 0
    start = time.perf_counter()
    crashed = execute(units, store, progress)
    seconds = time.perf_counter() - start
    logger.info("%s: trained in %.2f s", folder, seconds)
    record = manifest(
        runs_trained=missing - crashed, runs_reused=planned - missing, seconds=seconds
    )
    files.write_atomically(folder / "manifest.json", record)
    return crashed


def _write_config(folder: Path, experiment: Experiment) -> None:
    """Store the experiment as resolved, unless that is what is stored."""
    path, data = folder / "config.yaml", dump_experiment(experiment).encode()
    if files.read(path) != data:
        files.write_atomically(path, data)


def _folder_of(experiment: Experiment, results: Path | str | None) -> Path:
    if results is None:
        return RESULTS / experiment.name
    return _checked_path(results, "results must be a path")


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
