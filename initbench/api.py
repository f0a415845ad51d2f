"""The Python interface.

results = initbench.run("configs/moons.yaml")
results = initbench.compare(["zeros", "random", "he"], dataset="moons")
weights = initbench.initialize("he", fan_in=784, fan_out=256, seed=0)
"""

import inspect
import logging
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, Unpack

from initbench.arrays import FloatArray
from initbench.config.loading import (
    checked_path,
    make_dataset,
    read_claims,
    read_comparison,
    read_experiment,
    with_options,
)
from initbench.data import DATASETS, DatasetSummary, dataset_summary
from initbench.data.files import FILE, Data, data_file
from initbench.errors import UsageError
from initbench.experiment.estimate import Estimate
from initbench.experiment.execution import Execution
from initbench.experiment.folders import RESULTS
from initbench.experiment.progress import Progress
from initbench.experiment.units import dataset_settings
from initbench.figures.pictures import Pictures
from initbench.initializers import INITIALIZERS, Initializer, LayerSpec, as_initializer, bind
from initbench.notebook import ShownResults, shown
from initbench.registry import did_you_mean
from initbench.report.rebuilding import write_report
from initbench.results import RunStore, files
from initbench.results import load_results as load_plain_results
from initbench.results.locking import locked
from initbench.running import estimate_experiment, run_experiment
from initbench.seeding import SEED_LIMIT
from initbench.training.samples import load_samples

logger: logging.Logger = logging.getLogger("initbench")

Config = Path | str | Mapping[str, Any]
"""A YAML file, or a mapping with the same keys."""

ProgressCallback = Callable[[Progress], None]

Scheme = str | Initializer | Callable[..., FloatArray]
"""A name of the catalogue, or the user's own scheme."""


class How(TypedDict, total=False):
    """The settings of an `Execution`, all optional."""

    jobs: int | None
    scheduler: str | None
    fresh: bool
    fail_fast: bool
    force: bool


def run(
    config: Config,
    *,
    data: Data = None,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    plots: bool | Pictures = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> ShownResults:
    """Run an experiment: train the runs that are not on disk yet, and write the report.

    Parameters
    ----------
    config : path or mapping
        A YAML file, or a mapping with the same keys, whose ``inits`` may be those of `compare`.
    data : tuple or DataFrame, optional
        ``(X, y)``, ``(X, y, X_test, y_test)`` or a pandas DataFrame, used instead of the data set
        of the config. The config still sets how they are split and scaled, and may set ``target``,
        ``categories`` and ``missing`` of a DataFrame. The data are stored under ``data`` in
        ``results``, and their digest is part of the key of each run.
    overrides : sequence of str
        ``"training.epochs=50"``, as ``--set`` takes them.
    plugins : sequence of path
        Python files that define the user's own schemes. The files are executed.
    results : path, optional
        The results folder; ``results/<name>`` by default.
    plots : bool or Pictures
        Whether to draw figures, or their formats and sizes.
    progress : callable
        Called with the progress, first before training; never if all runs are on disk.
    **how
        ``jobs``, ``scheduler``, ``fresh``, ``fail_fast``, ``force``: attributes of `Execution`.

    Returns
    -------
    ShownResults

    Raises
    ------
    ConfigError
        The experiment is not valid; the message names all mistakes.
    UsageError
        The experiment is too large for this machine.
    StorageError
        The results folder cannot be read or written, or another process writes to it.
    ClusterError
        The scheduler cannot be reached, or the connection is lost.
    CrashedRunsError
        Some runs raised an error; the other runs are in the folder.
    """
    execution = _execution(run, how)
    with _own_schemes(config, plugins) as settings:
        experiment = read_experiment(settings, overrides, _store_data(data, results))
        return shown(run_experiment(experiment, results, execution, plots=plots, progress=progress))


def verify(
    config: Config,
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    plots: bool | Pictures = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> ShownResults:
    """Run an experiment and check its claims.

    Parameters and errors are those of `run`.

    Returns
    -------
    ShownResults
        ``metrics["claims"]`` has the ``verdict`` of each claim (PASS, FAIL or INCONCLUSIVE), the
        ``measured`` value, and its interval ``ci95``.

    Raises
    ------
    UsageError
        The experiment makes no claims.
    """
    execution = _execution(verify, how)
    with _own_schemes(config, plugins) as settings:
        experiment = read_claims(settings, overrides)
        return shown(run_experiment(experiment, results, execution, plots=plots, progress=progress))


def compare(
    inits: Sequence[Scheme | Mapping[str, Any]],
    *,
    dataset: str | Mapping[str, Any] = "moons",
    data: Data = None,
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
    plots: bool | Pictures = True,
    progress: ProgressCallback = lambda _: None,
    **how: Unpack[How],
) -> ShownResults:
    """Compare schemes without a config file; parameters have the names of its keys.

    Results go to ``results/compare-<hash>`` unless `results` names a folder; the hash is computed
    from all settings. Other parameters, and errors, are those of `run`.

    Parameters
    ----------
    inits : sequence of str, callable, Initializer or mapping
        ``["zeros", {"name": "random", "std": 10, "label": "large"}, my_scheme]``; a mapping's
        ``name`` may also be a function or an `Initializer`.
    dataset, activation, optimizer : str or mapping
        A name, or a name with options. A data set may be the name of a file, as ``"coins.csv"``.
    data : tuple or DataFrame, optional
        As in `run`; ``dataset`` then has options only, such as ``{"test_fraction": 0.5}``.
    learning_rate, momentum : float, optional
        Hyper-parameters of the optimizer; by default its own values.
    hidden : sequence of int
        Units of each hidden layer.
    batch_size : int or "full"
    seeds : int or sequence of int
        The number of seeds, counted from 0, or the seeds themselves.
    """
    execution = _execution(compare, how)
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
    with _own_schemes(settings, plugins) as settings:
        experiment = read_comparison(settings, overrides, _store_data(data, results))
        return shown(run_experiment(experiment, results, execution, plots=plots, progress=progress))


def estimate(
    config: Config,
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[Path | str] = (),
    results: Path | str | None = None,
    **how: Unpack[How],
) -> Estimate:
    """Return the missing runs of an experiment, and the time and memory that they need here.

    Nothing is written. The speed of the machine is measured by about a second of training.
    Parameters and errors are those of `run`.
    """
    execution = _execution(estimate, how)
    with _own_schemes(config, plugins) as settings:
        experiment = read_experiment(settings, overrides)
        return estimate_experiment(experiment, results, execution)


def rebuild(folder: Path | str, *, plots: bool | Pictures = True) -> ShownResults:
    """Rebuild all derived files of a results folder from its raw runs.

    Raises
    ------
    UsageError
        The folder is not a results folder.
    StorageError
        The folder cannot be read or written.
    """
    folder = Path(folder)
    RunStore(folder).read_outline()
    with locked(folder):
        results = load_results(folder)
        write_report(results, plots=plots)
        return results


def load_results(folder: Path | str) -> ShownResults:
    """Return the results in a folder, with metrics computed from its raw runs.

    Raises
    ------
    UsageError
        The folder is not a results folder.
    StorageError
        The folder cannot be read, or was written by a newer initbench.
    """
    return shown(load_plain_results(folder))


def initialize(
    initialization: Scheme,
    *,
    fan_in: int,
    fan_out: int,
    seed: int = 0,
    **options: Any,
) -> FloatArray:
    """Return the weights that a scheme draws for the first layer of a network.

    Parameters
    ----------
    initialization : str, Initializer or callable
        A name of the catalogue, or the user's own scheme.
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
        The scheme is unknown, does not take these options, or needs a whole network and data.

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
            f"initializer {scheme.initializer.name!r} needs data and a whole network: fit an"
            " MLP with it, and save its weights"
        )
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < SEED_LIMIT:
        raise UsageError(f"seed must be an integer from 0 to {SEED_LIMIT - 1}, not {seed!r}")
    [(weights, _)] = scheme.draw([LayerSpec(fan_in, fan_out)], operator.index(seed))
    return weights


def describe(dataset: str | Mapping[str, Any], *, picture: Path | None = None) -> DatasetSummary:
    """Return the summary of a data set: its size, classes, scales, missing values and notices.

    Parameters
    ----------
    dataset : str or mapping
        As in a config: a name, the name of a file, or a mapping with options. Splitting and scaling
        are ignored.
    picture : path, optional
        A PNG or SVG file to draw the samples into; none by default.

    Raises
    ------
    UsageError
        The data set is unknown or cannot be read, or the picture has another file extension.
    StorageError
        The picture cannot be written.

    Examples
    --------
    >>> describe("moons").class_counts
    (300, 300)
    """
    if picture is not None and picture.suffix not in {".png", ".svg"}:
        raise UsageError(f"{picture}: a picture must end in one of .png, .svg")
    config = make_dataset(dataset)
    samples = load_samples(dataset_settings(config))
    about = "" if config.name == FILE.name else DATASETS[config.name].summary
    summary = dataset_summary(samples, about)
    if picture is not None:
        from initbench.figures.dataset import dataset_figure
        from initbench.figures.drawing import draw, render

        figure = dataset_figure(samples.X, samples.y, summary.class_names, title=summary.title)
        drawn = render(draw(figure), picture.suffix.removeprefix("."))
        files.prepare_folder(picture.parent)
        files.write_atomically(picture, drawn)
    return summary


def _execution(function: Callable[..., Any], how: How) -> Execution:
    """Return the settings of an execution, or raise a `TypeError` as the function itself would."""
    known = {*inspect.signature(function).parameters, *How.__annotations__} - {"how"}
    for name in how:
        if name not in How.__annotations__:
            message = f"{function.__name__}() got an unexpected keyword argument {name!r}"
            raise TypeError(f"{message}. {did_you_mean(name, sorted(known))}".rstrip(". "))
    return Execution(**how)


def _store_data(data: Data, results: Path | str | None) -> dict[str, object] | None:
    """Store data from memory as a file named by its contents; return the data set that reads it."""
    if data is None:
        return None
    name, content, options = data_file(data)
    root = RESULTS if results is None else checked_path(results, "results must be a path")
    path = root / "data" / name
    if not path.exists():
        files.prepare_folder(path.parent)
        files.write_atomically(path, content)
    return {"name": FILE.name, "path": str(path), **options}


@contextmanager
def _own_schemes(config: Config, plugins: Sequence[Path | str]) -> Iterator[Any]:
    """List the user's own schemes while an experiment runs; yield the config with their names.

    Schemes come from plugin files, or stand as functions or `Initializer` objects in the ``inits``
    of a mapping, where their names replace them.
    """
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

    settings: Any = config
    if isinstance(config, Mapping):
        settings = dict(config)
        inits = config.get("inits")
        if isinstance(inits, Sequence) and not isinstance(inits, str):
            settings["inits"] = [name_of(each) for each in inits]
    with INITIALIZERS.including(plugins, own):
        yield settings
