"""Train what is missing, and print results on standard output."""

import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.colours import show
from initbench.cli.messages import Verbosity, as_json, say
from initbench.cli.options import RunOptions, ShowOptions
from initbench.cli.progress import ProgressBar
from initbench.cli.settings import Setting, naming_flags

if TYPE_CHECKING:
    from initbench.config.experiment import Experiment
    from initbench.experiment.estimate import Estimate
    from initbench.results import Results

MIN_WIDTH: Final = 80
"""Least width of a table in characters, even on a narrower terminal."""


def read_with_flags(
    read: Callable[[Any, Sequence[str]], "Experiment"],
    config: Any,
    settings: Sequence[Setting],
    options: RunOptions,
) -> "Experiment":
    """Read and validate an experiment, with error messages that name the flags.

    Parameters
    ----------
    read : callable
        `config.loading.read_experiment`, `api.read_claims` or `api.read_comparison`.
    config
        The first argument of `read`.
    settings : sequence of Setting
        The given flags; ``--set`` is applied after them and takes precedence.
    options : RunOptions
    """
    overrides = [*(setting.override for setting in settings), *options.overrides]
    with naming_flags(settings):
        return read(config, overrides)


def make_results(experiment: "Experiment", options: RunOptions) -> "Results":
    """Train the missing runs of an experiment under a progress bar, and return its results."""
    from initbench.api import run_experiment

    with ProgressBar(options.verbosity) as progress:
        results = run_experiment(
            experiment,
            options.results,
            options.execution,
            plots=options.plots,
            progress=progress,
        )
    if not progress.began and options.verbosity is not Verbosity.QUIET:
        say(f"{results.folder}: all {len(results.outline.keys)} runs were already on disk")
    return results


def show_estimate(estimate: "Estimate", options: RunOptions) -> None:
    """Print an estimate as JSON or text."""
    from initbench.experiment.estimate import estimate_text

    click.echo(as_json(estimate.as_document()) if options.as_json else estimate_text(estimate))


def show_results(results: "Results", options: ShowOptions) -> None:
    """Print the metrics as JSON, or the table and the paths of the report and figures."""
    from initbench.report import cross_dataset_lines, table_lines
    from initbench.tables import BLANK

    if options.as_json:
        click.echo(as_json(results.metrics))
        return
    width = max(MIN_WIDTH, shutil.get_terminal_size().columns)
    show(table_lines(results, width))
    if together := cross_dataset_lines(results, width):
        show([BLANK, *together])
    if not options.quiet:
        click.echo(_where_to_look(results))


def _where_to_look(results: "Results") -> str:
    from initbench.figures.files import FOLDER

    figures = results.folder / FOLDER
    places = {"Results": results.folder, "Report": results.folder / "report.html"}
    if any(figures.glob("*.*")):
        places["Figures"] = figures
    return "\n".join(["", *(f"{what:8} {place}" for what, place in places.items())])
