"""The Python interface, and the one place where all stages meet.

    results = initbench.run("configs/moons.yaml")
    results = initbench.compare(["zeros", "random", "he"], dataset="moons")
    weights = initbench.initialize("he", fan_in=784, fan_out=256, seed=0)

An experiment is planned, what is missing is trained and stored unit by unit, and everything else
is derived from what is stored.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from initbench.arrays import FloatArray
from initbench.errors import CrashedRunsError
from initbench.experiment.config import Experiment
from initbench.experiment.execution import Progress, execute
from initbench.experiment.loading import dump_experiment, load_experiment, make_experiment
from initbench.experiment.manifest import manifest
from initbench.experiment.planning import make_plan, remaining_units
from initbench.initializers import Initializer, LayerSpec, bind
from initbench.report import report_is_current, write_report
from initbench.results import Results, RunStore, load_results
from initbench.results.files import write_atomically

__all__ = ["Progress", "compare", "initialize", "load_results", "report", "run"]

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
        Told of the progress after every epoch of a stack.

    Raises
    ------
    ConfigError
        The experiment is not valid; all that is wrong is named.
    StorageError
        The results folder cannot be read or written.
    CrashedRunsError
        Some runs raised an error; the others are in the folder.
    """
    if isinstance(config, Mapping):
        experiment = make_experiment(config, "the experiment", overrides)
    else:
        experiment = load_experiment(Path(config), overrides)
    folder = RESULTS / experiment.name if results is None else Path(results)
    return _run(experiment, folder, fresh=fresh, plots=plots, progress=progress)


def compare(
    inits: Sequence[str | Mapping[str, Any]],
    *,
    dataset: str | Mapping[str, Any] = "moons",
    hidden: Sequence[int] = (32, 32),
    activation: str = "relu",
    optimizer: str = "sgd",
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    epochs: int = 100,
    batch_size: int | str = 32,
    seeds: int | Sequence[int] = 10,
    results: Path | str | None = None,
    fresh: bool = False,
    plots: bool = True,
    progress: ProgressCallback = lambda _: None,
) -> Results:
    """Compare schemes without a config file; parameters are named as in one.

    Results go to ``results/compare-<hash>``, where the hash is of all that was asked for, unless
    `results` names a folder. Raises what `run` raises.
    """
    settings = {
        "name": "compare",
        "description": f"{', '.join(map(str, inits))} on {dataset}",
        "dataset": dataset,
        "network": {"hidden": list(hidden), "activation": activation},
        "training": {
            "optimizer": {"name": optimizer, "learning_rate": learning_rate, "momentum": momentum},
            "epochs": epochs,
            "batch_size": batch_size,
        },
        "inits": list(inits),
        "seeds": seeds if isinstance(seeds, int) else list(seeds),
    }
    asked = dump_experiment(make_experiment(settings, "the comparison"))
    name = f"compare-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
    experiment = make_experiment({**settings, "name": name}, "the comparison")
    folder = RESULTS / name if results is None else Path(results)
    return _run(experiment, folder, fresh=fresh, plots=plots, progress=progress)


def report(folder: Path | str, *, plots: bool = True) -> Results:
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
    [(weights, _)] = bind(initialization, **options).draw([LayerSpec(fan_in, fan_out)], seed)
    return weights


def _run(
    experiment: Experiment, folder: Path, *, fresh: bool, plots: bool, progress: ProgressCallback
) -> Results:
    plan = make_plan(experiment)
    store = RunStore(folder)
    if fresh:
        store.set_aside()
    units = remaining_units(plan.runs, store.keys())
    is_new = store.write_outline(plan.outline)
    write_atomically(folder / "config.yaml", dump_experiment(experiment).encode())
    start = time.perf_counter()
    crashed = execute(units, store, progress)
    seconds = time.perf_counter() - start
    if units:
        trained = sum(len(unit.keys) for unit in units) - crashed
        reused = len(plan.runs.keys) - trained - crashed
        record = manifest(runs_trained=trained, runs_reused=reused, seconds=seconds)
        write_atomically(folder / "manifest.json", record)
    if crashed:
        raise CrashedRunsError(f"{crashed} runs crashed; the others are in {folder}")
    if units or is_new or not report_is_current(folder):
        write_report(folder, plots=plots)
    return load_results(folder)
