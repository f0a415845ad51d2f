"""Options shared by several commands, passed to a command as one record."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from initbench.cli.messages import Verbosity

if TYPE_CHECKING:
    from initbench.experiment.session import Execution
    from initbench.report import Pictures

F = TypeVar("F", bound=Callable[..., Any])


def _as_names(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(","))


PLUGINS: Final = click.option(
    "--plugin",
    "plugins",
    metavar="FILE",
    multiple=True,
    help="Python file that defines your own schemes; repeatable.",
)
MAKING: Final = (
    click.option(
        "--set",
        "overrides",
        metavar="KEY=VALUE",
        multiple=True,
        help="Override a setting of the config, such as training.epochs=50; repeatable.",
    ),
    PLUGINS,
    click.option("--results", metavar="DIR", help="Results folder.  [default: results/NAME]"),
    click.option(
        "--fresh", is_flag=True, help="Move finished runs aside and train all of them again."
    ),
)
TRAINING: Final = (
    click.option(
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1),
        help="Worker processes.  [default: one per core; none for a few seconds of work]",
    ),
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
)
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
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option(
        "-q", "--quiet", is_flag=True, help="No progress line, and no list of written files."
    ),
)
VERBOSE: Final = click.option(
    "-v", "--verbose", is_flag=True, help="Log what the program is doing."
)


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
        from initbench.report import Pictures

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
    verbose: bool

    @property
    def execution(self) -> "Execution":
        """Options for training."""
        from initbench.experiment.session import Execution

        names = ("jobs", "scheduler", "fresh", "fail_fast", "force")
        return Execution(**{name: getattr(self, name) for name in names})


def show_options(function: F) -> F:
    """Add the options of `ShowOptions` to a command, which receives them as one record."""
    return _gathered(function, ShowOptions, SHOWING)


def run_options(function: F) -> F:
    """Add the options of `RunOptions` to a command, which receives them as one record."""
    return _gathered(function, RunOptions, (*MAKING, *TRAINING, *SHOWING, VERBOSE))


def _gathered(function: F, kind: type[ShowOptions], options: Any) -> F:
    """Return a function that takes each option separately, as Click passes them."""

    @functools.wraps(function)
    def with_options(**given: Any) -> None:
        own = {each.name: given.pop(each.name) for each in fields(kind) if each.name in given}
        function(options=kind(**own), **given)

    decorated: Any = with_options
    for option in reversed(options):
        decorated = option(decorated)
    result: F = decorated
    return result
