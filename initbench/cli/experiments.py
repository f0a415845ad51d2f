"""Run experiments one after another and show their results: what run, compare and verify share."""

import hashlib
import re
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from initbench.cli.failures import say_error
from initbench.cli.options import (
    RunOptions,
    Setting,
    ShowOptions,
    add_options,
    naming_flags,
    setting_option,
)
from initbench.cli.output import Verbosity, json_text, logging_to_stderr, say, show
from initbench.cli.progress import ProgressBar
from initbench.errors import InitbenchError

if TYPE_CHECKING:
    from initbench.config.experiment import Experiment
    from initbench.results import Results

F = TypeVar("F", bound=Callable[..., Any])

MIN_WIDTH: Final = 80
"""Least width of a table in characters, even on a narrower terminal."""

ARGUMENTS: Final = (
    click.argument(
        "configs",
        metavar="CONFIG...",
        nargs=-1,
        required=True,
        type=click.Path(path_type=Path, readable=False),
    ),
    setting_option(
        "--inits",
        "Schemes to use instead of the config's, such as zeros,he or"
        ' "zeros,{name: random, std: 10}".',
    ),
    setting_option(
        "--equivalence-margin",
        "Largest difference of test scores that makes no practical difference, such as 0.01.",
    ),
    setting_option("--seeds", 'Number of seeds, or a list such as "[3, 14, 15]".'),
)


def experiment_arguments(function: F) -> F:
    """Add the argument for configs and the options for their settings to a command."""
    return add_options(function, ARGUMENTS)


def table_width() -> int:
    """Return the width of tables: that of the terminal, at least `MIN_WIDTH`."""
    return max(MIN_WIDTH, shutil.get_terminal_size().columns)


def show_results(results: "Results", options: ShowOptions) -> None:
    """Print the metrics as JSON, or the table and the paths of the report and figures."""
    from initbench.figures.pictures import FOLDER
    from initbench.report.table import cross_dataset_lines, table_lines
    from initbench.tables import BLANK

    if options.as_json:
        click.echo(json_text(results.metrics))
        return
    show(table_lines(results, table_width()))
    if together := cross_dataset_lines(results, table_width()):
        show([BLANK, *together])
    if not options.quiet:
        places = {"Results": results.folder, "Report": results.folder / "report.html"}
        if any((results.folder / FOLDER).glob("*.*")):
            places["Figures"] = results.folder / FOLDER
        click.echo("\n".join(["", *(f"{what:8} {place}" for what, place in places.items())]))


def run_all(
    read: str,
    configs: Sequence[Any],
    settings: Sequence[Setting],
    options: RunOptions,
    *,
    document: Callable[["Results"], Any] = lambda results: results.metrics,
    show_text: Callable[["Results", RunOptions], None] = show_results,
    exit_code: Callable[["Results"], int] = lambda _: 0,
) -> int:
    """Run and show all experiments; with ``--dry-run``, show their estimates.

    `read`: the function of `config.loading` that returns the experiment of a config and overrides:
    ``read_experiment``, ``read_claims`` or ``read_comparison``.
    `configs`: what `read` takes.
    `settings`: from options such as ``--seeds``; ``--set`` is applied after them and takes
    precedence.
    `document`: return what ``--json`` prints of results; their metrics by default.
    `show_text`: print results as text; `show_results` by default.
    `exit_code`: return the exit code for results.

    Returns
    -------
    int
        The highest exit code.
    """
    overrides = [*(setting.override for setting in settings), *options.overrides]
    request = _request(read, configs, overrides, options)
    found = _finished(request, configs, options)
    if found is not None:
        _say_that_all_was_there(found, options)
        if options.as_json:
            click.echo(json_text(document(found)))
        else:
            show_text(found, options)
        return exit_code(found)

    from initbench.config import loading
    from initbench.initializers import INITIALIZERS

    documents: list[Any] = []
    codes = [0]
    make_document: Callable[[], Any]
    with logging_to_stderr(options.verbosity), INITIALIZERS.including(options.plugins):
        experiments: list[Experiment | InitbenchError] = []
        for config in configs:
            try:
                with naming_flags(settings):
                    experiments.append(getattr(loading, read)(config, overrides))
            except InitbenchError as error:
                experiments.append(error)
        if len(configs) > 1:
            _refuse_shared_folders(configs, experiments, options)
        for experiment in experiments:
            try:
                if isinstance(experiment, InitbenchError):
                    raise experiment
                if options.dry_run:
                    from initbench.experiment.estimate import estimate_text
                    from initbench.running import estimate_experiment

                    estimate = estimate_experiment(experiment, options.results, options.execution)
                    make_document = estimate.as_document
                    show_found = partial(click.echo, estimate_text(estimate))
                else:
                    from initbench.running import run_experiment

                    with ProgressBar(options.verbosity) as progress:
                        results = run_experiment(
                            experiment,
                            options.results,
                            options.execution,
                            plots=options.plots,
                            progress=progress,
                            request=request,
                        )
                    if not progress.began:
                        _say_that_all_was_there(results, options)
                    make_document = partial(document, results)
                    show_found = partial(show_text, results, options)
                    codes.append(exit_code(results))
            except InitbenchError as error:
                say_error(error)
                codes.append(error.exit_code)
                continue
            if options.as_json:
                documents.append(make_document())
                continue
            if len(configs) > 1:
                click.echo(f"\n== {experiment.name} ==\n")
            show_found()
    if options.as_json and (documents or len(configs) > 1):
        click.echo(json_text(documents if len(configs) > 1 else documents[0]))
    return max(codes)


def _request(
    read: str, configs: Sequence[Any], overrides: Sequence[str], options: RunOptions
) -> str:
    """Return a digest of a config's text and of its overrides; empty if it is not one file."""
    if len(configs) != 1 or not isinstance(configs[0], Path) or options.plugins:
        return ""
    try:
        text = configs[0].read_bytes()
    except OSError:
        return ""
    state = hashlib.sha256(repr((read, configs[0].stem, list(overrides))).encode())
    state.update(text)
    return state.hexdigest()


def _finished(request: str, configs: Sequence[Any], options: RunOptions) -> "Results | None":
    """Return the results of a request if its folder is finished, without reading the config.

    The folder is the one of `--results`, or the first that the config may name; where that is
    another one, its record is of another request.
    """
    if not request or options.dry_run or options.fresh:
        return None

    from initbench.results.derived import read_finished

    try:
        name = re.search(rb"^name: *([\w.-]+) *$", configs[0].read_bytes(), re.MULTILINE)
        folder = Path("results", name[1].decode() if name else configs[0].stem)
        return read_finished(Path(options.results or folder), options.plots, request=request)
    except (InitbenchError, OSError):
        return None  # reported when the experiment is run


def _say_that_all_was_there(results: "Results", options: RunOptions) -> None:
    if options.verbosity is not Verbosity.QUIET:
        say(f"{results.folder}: all {len(results.outline.keys)} runs were already on disk")


def _refuse_shared_folders(
    configs: Sequence[Path],
    experiments: "Sequence[Experiment | InitbenchError]",
    options: RunOptions,
) -> None:
    """Raise an error if one config would overwrite the results of another."""
    if options.results is not None:
        raise click.UsageError(
            "--results names one folder, in which several configs would overwrite each other:"
            " omit it, or run the configs one at a time"
        )
    first: dict[str, Path] = {}
    for config, experiment in zip(configs, experiments, strict=True):
        if isinstance(experiment, InitbenchError):
            continue
        name = experiment.name
        if name in first:
            raise click.UsageError(
                f"{first[name]} and {config} are both named {name!r} and would overwrite each"
                " other's results: run them one at a time, with --results"
            )
        first[name] = config
