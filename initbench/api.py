"""The Python interface.

results = initbench.run("configs/moons.yaml")
results = initbench.compare(["zeros", "random", "he"], dataset="moons")
weights = initbench.initialize("he", fan_in=784, fan_out=256, seed=0)
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, Unpack

from initbench.arrays import FloatArray
from initbench.config.loading import make_dataset, with_options
from initbench.data import DATASETS, DatasetSummary, dataset_summary
from initbench.data.files import FILE
from initbench.data.memory import Data
from initbench.errors import UsageError
from initbench.experiment.estimate import Estimate
from initbench.experiment.session import Execution
from initbench.experiment.settings import dataset_settings
from initbench.initializers import INITIALIZERS, Initializer, LayerSpec, as_initializer, bind
from initbench.jobs import (
    Config,
    ProgressCallback,
    claims_job,
    comparison_job,
    estimate_job,
    experiment_job,
    run_job,
)
from initbench.notebook import ShownResults, shown
from initbench.report import Pictures, write_report
from initbench.results import RunStore, files
from initbench.results import load_results as load_plain_results
from initbench.results.locking import locked
from initbench.seeding import SEED_LIMIT
from initbench.training.samples import load_samples

Scheme = str | Initializer | Callable[..., FloatArray]
"""A name of the catalogue, or a scheme of one's own."""


class How(TypedDict, total=False):
    """The settings of an `Execution`, each of which may be left out."""

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
    """Run an experiment: train what is not on disk yet, and write the results folder.

    Parameters
    ----------
    config : path or mapping
        A YAML file, or what one would say; a mapping's ``inits`` may be what `compare` takes.
    data : tuple or DataFrame, optional
        ``(X, y)``, ``(X, y, X_test, y_test)`` or a pandas DataFrame, in place of the data set that
        the config names. The config still says how they are split and scaled, and may name the
        ``target``, ``categories`` and ``missing`` of a frame. The data are stored under ``data`` in
        ``results``, and their digest belongs to the key of each run.
    overrides : sequence of str
        ``"training.epochs=50"``, as ``--set`` takes them.
    plugins : sequence of path
        Python files that define schemes of one's own. They are run.
    results : path, optional
        The results folder; ``results/<name>`` by default.
    plots : bool or Pictures
        Whether to draw pictures, or in which formats and sizes.
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
    with _named(config, plugins) as settings:
        job = experiment_job(settings, overrides=overrides, results=results, data=data)
        return shown(run_job(job, Execution(**how), plots=plots, progress=progress))


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
    """Run an experiment and judge the claims that it makes.

    Parameters are those of `run`, which see.

    Returns
    -------
    ShownResults
        ``metrics["claims"]`` has for each claim its ``verdict`` (PASS, FAIL or INCONCLUSIVE), what
        was ``measured``, and the interval ``ci95``.

    Raises
    ------
    UsageError
        The experiment makes no claims. Else as `run`.
    """
    with _named(config, plugins) as settings:
        job = claims_job(settings, overrides=overrides, results=results)
        return shown(run_job(job, Execution(**how), plots=plots, progress=progress))


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
    """Compare schemes without a config file; parameters are named as in one.

    Results go to ``results/compare-<hash>``, where the hash is of all that was asked for, unless
    `results` names a folder. Everything else is as in `run`, which see.

    Parameters
    ----------
    inits : sequence of str, callable, Initializer or mapping
        ``["zeros", {"name": "random", "std": 10, "label": "large"}, my_scheme]``; a mapping's
        ``name`` may be a scheme of one's own too.
    dataset, activation, optimizer : str or mapping
        A name, or a name with options. A data set may be the name of a file, as ``"coins.csv"``.
    data : tuple or DataFrame, optional
        As in `run`; ``dataset`` then has options alone, as ``{"test_fraction": 0.5}``.
    learning_rate, momentum : float, optional
        Of the optimizer; its own defaults if not given.
    hidden : sequence of int
        Units of each hidden layer.
    batch_size : int or "full"
    seeds : int or sequence of int
        How many, counted from 0, or which.
    """
    asked = {
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
    with _named(asked, plugins) as settings:
        job = comparison_job(settings, overrides=overrides, results=results, data=data)
        return shown(run_job(job, Execution(**how), plots=plots, progress=progress))


def estimate(
    config: Config,
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
    with _named(config, plugins) as settings:
        job = experiment_job(settings, overrides=overrides, results=results)
        return estimate_job(job, Execution(**how))


def rebuild(folder: Path | str, *, plots: bool | Pictures = True) -> ShownResults:
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
        results = load_results(folder)
        write_report(results, plots=plots)
        return results


def load_results(folder: Path | str) -> ShownResults:
    """Read a results folder. Metrics are computed from its raw runs, so they are never stale.

    Raises
    ------
    UsageError
        It is not a results folder.
    StorageError
        It cannot be read, or a newer initbench made it.
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


@contextmanager
def _named(config: Config, plugins: Sequence[Path | str]) -> Iterator[Any]:
    """Let schemes of one's own have names, and give the config in which they stand by these."""
    settings, own = _with_names(config) if isinstance(config, Mapping) else (config, [])
    with INITIALIZERS.including(plugins, own):
        yield settings


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


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < SEED_LIMIT:
        raise UsageError(f"seed must be an integer from 0 to {SEED_LIMIT - 1}, not {seed!r}")
    return operator.index(seed)


def describe(dataset: str | Mapping[str, Any], *, picture: Path | None = None) -> DatasetSummary:
    """Describe a data set before anything is trained on it, and draw it.

    Parameters
    ----------
    dataset : str or mapping
        As in a config: a name, the name of a file, or a mapping with options. How samples would be
        split and scaled makes no difference.
    picture : path, optional
        Where a picture of the samples is written, a PNG or an SVG; none is drawn by default.

    Raises
    ------
    UsageError
        There is no such data set, it cannot be read, or the picture has another ending.
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
