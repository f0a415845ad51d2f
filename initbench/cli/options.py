"""Options that several commands take, gathered into one value for each command."""

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
    help="Run a Python file that defines schemes of your own; repeatable.",
)
MAKING: Final = (
    click.option(
        "--set",
        "overrides",
        metavar="KEY=VALUE",
        multiple=True,
        help="Put a setting in the place of the config's, as training.epochs=50; repeatable.",
    ),
    PLUGINS,
    click.option("--results", metavar="DIR", help="Results folder.  [default: results/NAME]"),
    click.option(
        "--fresh", is_flag=True, help="Set finished runs aside, and train all of them again."
    ),
)
TRAINING: Final = (
    click.option(
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1),
        help="Processes that train.  [default: one a core, or none where there is little to do]",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Have the workers of this Dask scheduler train, as tcp://10.0.0.1:8786.",
    ),
    click.option("--fail-fast", is_flag=True, help="Stop as soon as a run crashes."),
    click.option("--force", is_flag=True, help="Begin even what takes too long or too much."),
    click.option(
        "--dry-run", is_flag=True, help="Train nothing; say what there is to train and its price."
    ),
)
SHOWING: Final = (
    click.option("--no-plots", is_flag=True, help="Draw no pictures."),
    click.option(
        "--formats",
        metavar="F,F",
        default="png,svg",
        show_default=True,
        callback=_as_names,
        help="Formats of pictures: png, svg, pdf.",
    ),
    click.option(
        "--sizes",
        metavar="S,S",
        default="page",
        show_default=True,
        callback=_as_names,
        help="Sizes of pictures: page, column, slide.",
    ),
    click.option("--no-titles", is_flag=True, help="Leave titles out of figures, as for papers."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option("-q", "--quiet", is_flag=True, help="No progress, and no hints where to look."),
)
VERBOSE: Final = click.option("-v", "--verbose", is_flag=True, help="Tell what is being done.")


@dataclass(frozen=True, kw_only=True)
class ShowOptions:
    """What is drawn and said of results."""

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
        """Whether to draw, and in which formats and sizes."""
        from initbench.report import Pictures

        return not self.no_plots and Pictures(self.formats, self.sizes, not self.no_titles)

    @property
    def verbosity(self) -> Verbosity:
        """How much is said beside the result."""
        if self.quiet:
            return Verbosity.QUIET
        return Verbosity.VERBOSE if self.verbose else Verbosity.NORMAL


@dataclass(frozen=True, kw_only=True)
class RunOptions(ShowOptions):
    """How results are made, and what is drawn and said of them."""

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
        """How to train."""
        from initbench.experiment.session import Execution

        names = ("jobs", "scheduler", "fresh", "fail_fast", "force")
        return Execution(**{name: getattr(self, name) for name in names})


def show_options(function: F) -> F:
    """Give a command the options that it gets as `ShowOptions`."""
    return _gathered(function, ShowOptions, SHOWING)


def run_options(function: F) -> F:
    """Give a command the options that it gets as `RunOptions`."""
    return _gathered(function, RunOptions, (*MAKING, *TRAINING, *SHOWING, VERBOSE))


def _gathered(function: F, kind: type[ShowOptions], options: Any) -> F:
    """Return `function` as Click calls it: with each option by itself."""

    @functools.wraps(function)
    def with_options(**given: Any) -> None:
        own = {each.name: given.pop(each.name) for each in fields(kind) if each.name in given}
        function(options=kind(**own), **given)

    decorated: Any = with_options
    for option in reversed(options):
        decorated = option(decorated)
    result: F = decorated
    return result
