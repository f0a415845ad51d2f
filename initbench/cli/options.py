"""Options that several commands share, and the settings of a config that options stand for.

``--seeds 5`` is short for ``--set seeds=5``: the value is parsed and validated as in a config, and
an error names the option that was given instead of the setting.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from initbench.cli.output import Verbosity
from initbench.errors import ConfigError

if TYPE_CHECKING:
    from initbench.experiment.execution import Execution
    from initbench.figures.pictures import Pictures
    from initbench.torch.passes import Batch

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "--inits": ("inits", "A,B"),
    "--dataset": ("dataset", "NAME|FILE"),
    "--hidden": ("network.hidden", "N,N"),
    "--depth": ("network.depth", "N"),
    "--width": ("network.width", "N"),
    "--activation": ("network.activation", "NAME"),
    "--optimizer": ("training.optimizer", "NAME"),
    "--lr": ("training.optimizer.learning_rate", "X"),
    "--momentum": ("training.optimizer.momentum", "X"),
    "--epochs": ("training.epochs", "N"),
    "--batch-size": ("training.batch_size", "N|full"),
    "--seeds": ("seeds", "N"),
    "--equivalence-margin": ("equivalence_margin", "M"),
    "--init": ("init", "NAME"),
    "--layers": ("layers", "N,N,N"),
    "--seed": ("seed", "N"),
}
"""By option, the path of the setting in a config, and what stands for the value in the help."""

LISTS: Final = ("--inits", "--hidden", "--layers")
"""Options whose value is a list; the brackets may be omitted."""


def _as_names(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(","))


PLUGINS: Final = click.option(
    "--plugin",
    "plugins",
    metavar="FILE",
    multiple=True,
    help="Python file that defines your own schemes; repeatable.",
)
OVERRIDES: Final = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a setting of the config, such as network.bias=false; repeatable.",
)
JOBS: Final = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Worker processes.  [default: one per core; none for a few seconds of work]",
)
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
SHOWING: Final = (
    click.option("--no-plots", is_flag=True, help="Do not draw figures."),
    click.option(
        "--formats",
        metavar="F,F",
        default="png,svg",
        show_default=True,
        callback=_as_names,
        help="Formats of figures: png, svg, pdf.",
    ),
    click.option(
        "--sizes",
        metavar="S,S",
        default="page",
        show_default=True,
        callback=_as_names,
        help="Sizes of figures: page, column, slide.",
    ),
    click.option("--no-titles", is_flag=True, help="Draw figures without titles, for papers."),
    JSON,
    click.option(
        "-q", "--quiet", is_flag=True, help="No progress line, and no list of written files."
    ),
)
RUNNING: Final = (
    OVERRIDES,
    PLUGINS,
    click.option("--results", metavar="DIR", help="Results folder.  [default: results/NAME]"),
    click.option(
        "--fresh", is_flag=True, help="Move finished runs aside and train all of them again."
    ),
    JOBS,
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Train on the workers of this Dask scheduler, such as tcp://10.0.0.1:8786.",
    ),
    click.option("--fail-fast", is_flag=True, help="Stop as soon as a run crashes."),
    click.option(
        "--force", is_flag=True, help="Run even if the estimated time or memory exceeds the limit."
    ),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Train nothing; print the number of missing runs and their estimated cost.",
    ),
    *SHOWING,
    click.option("-v", "--verbose", is_flag=True, help="Log what the program is doing."),
)

_OF_A_BATCH: Final = (
    click.option(
        "--input",
        "inputs",
        metavar="SHAPE",
        multiple=True,
        help="Shape of a random input of MODEL, such as 32x3x32x32, or 8x16:1000 for integers below"
        " 1000; with a name, ids=8x16:1000; repeatable.",
    ),
    click.option(
        "--batch",
        metavar="FILE:NAME",
        help="Instead of --input, a batch (inputs, target) or a function that returns it.",
    ),
    click.option(
        "--loss",
        type=click.Choice(["cross_entropy", "binary_cross_entropy", "mse"]),
        help="Loss of MODEL.  [default: by the target]",
    ),
    click.option(
        "--classes",
        metavar="K",
        type=click.IntRange(min=2),
        help="Number of classes of random targets.  [default: the outputs of MODEL]",
    ),
)
"""Options for the batch of a PyTorch model: shapes of random inputs, or a batch in a file."""


@dataclass(frozen=True, kw_only=True)
class ShowOptions:
    """Options for figures, output and messages."""

    no_plots: bool
    formats: tuple[str, ...]
    sizes: tuple[str, ...]
    no_titles: bool
    as_json: bool
    quiet: bool
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise click.UsageError("-q and -v exclude each other")

    @property
    def plots(self) -> "bool | Pictures":
        """False, or the formats and sizes in which figures are drawn."""
        from initbench.figures.pictures import Pictures

        return not self.no_plots and Pictures(self.formats, self.sizes, not self.no_titles)

    @property
    def verbosity(self) -> Verbosity:
        """How many messages are written to standard error."""
        if self.quiet:
            return Verbosity.QUIET
        return Verbosity.VERBOSE if self.verbose else Verbosity.NORMAL


@dataclass(frozen=True, kw_only=True)
class RunOptions(ShowOptions):
    """Options for training, figures, output and messages."""

    overrides: tuple[str, ...]
    plugins: tuple[str, ...]
    results: str | None
    fresh: bool
    jobs: int | None
    scheduler: str | None
    fail_fast: bool
    force: bool
    dry_run: bool

    @property
    def execution(self) -> "Execution":
        """Options for training."""
        from initbench.experiment.execution import Execution

        return Execution(**{each.name: getattr(self, each.name) for each in fields(Execution)})


def add_options(function: F, options: Sequence[Callable[..., Any]]) -> F:
    """Return a command with more arguments and options, in this order."""
    return functools.reduce(lambda command, option: option(command), reversed(options), function)


def show_options(function: F) -> F:
    """Add the options of `ShowOptions` to a command, which receives them as one record."""
    return _gathered(function, ShowOptions, SHOWING)


def run_options(function: F) -> F:
    """Add the options of `RunOptions` to a command, which receives them as one record."""
    return _gathered(function, RunOptions, RUNNING)


def _gathered(function: F, kind: type[ShowOptions], options: Sequence[Callable[..., Any]]) -> F:
    """Return a function that takes each option separately, as Click passes them."""

    @functools.wraps(function)
    def with_options(**given: Any) -> None:
        own = {each.name: given.pop(each.name) for each in fields(kind) if each.name in given}
        function(options=kind(**own), **given)

    result: Any = add_options(with_options, options)
    decorated: F = result
    return decorated


class Setting(NamedTuple):
    """An option as given, ``--seeds 5``, and its override, ``seeds=5``."""

    shown: str
    override: str


def setting_option(flag: str, text: str, *, path: str = "", **attributes: Any) -> Callable[[F], F]:
    """Return a decorator that adds an option for a setting of the config.

    `flag`: one of `SETTINGS`.
    `text`: help of the option.
    `path`: path of the setting, if it is not that of `SETTINGS`.
    `attributes`: passed to `click.option`.
    """
    usual_path, metavar = SETTINGS[flag]

    def convert(ctx: click.Context, param: click.Parameter, value: str | None) -> Setting | None:
        if value is None:
            return None

        from initbench.config.loading import read_overrides

        is_open = flag in LISTS and not value.lstrip().startswith("[")
        override = f"{path or usual_path}={f'[{value}]' if is_open else value}"
        _, problems = read_overrides([override])
        if problems:
            raise click.BadParameter(f"{value!r} {problems[0].message}", ctx, param)
        return Setting(f"{flag} {value}", override)

    attributes = {"show_default": "default" in attributes, **attributes}
    return click.option(flag, callback=convert, metavar=metavar, help=text, **attributes)


def given_settings(settings: Mapping[str, Setting | None]) -> list[Setting]:
    """Return the settings that were given, each section before the keys inside it."""
    given = [setting for setting in settings.values() if setting is not None]
    return sorted(given, key=lambda each: each.override.partition("=")[0].count("."))


@contextlib.contextmanager
def naming_flags(settings: Sequence[Setting]) -> Iterator[None]:
    """Name the options, not the settings, in validation errors of the config."""
    try:
        yield
    except ConfigError as error:
        from initbench.config.loading import show_flag

        problems = list(error.problems)
        for setting in settings:
            override = show_flag(setting.override)
            problems = [
                replace(each, path=setting.shown + each.path.removeprefix(override))
                if f"{each.path}: ".startswith(f"{override}: ")
                else each
                for each in problems
            ]
        raise ConfigError(error.source, problems, error.kind) from None


def BATCHES(function: F) -> F:  # noqa: N802  # as PLUGINS, an option that several commands have
    """Add the options for a batch to a command."""
    return add_options(function, _OF_A_BATCH)


def batch_for(
    model: Any,
    inputs: Sequence[str],
    batch: str | None,
    loss: str | None,
    classes: int | None,
) -> "Batch":
    """Return the batch that the options describe."""
    from initbench.torch.loading import batch_of_shapes, load_batch

    if bool(inputs) == (batch is not None):
        raise click.UsageError("MODEL needs either --input or --batch.")
    if batch is not None:
        return load_batch(batch)
    return batch_of_shapes(model, inputs, classes=classes, loss=loss)
