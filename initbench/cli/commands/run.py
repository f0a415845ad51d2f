"""``initbench run``: experiments that configs describe, one after another."""

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from initbench.cli.failures import say_error
from initbench.cli.messages import as_json, logging_to_stderr
from initbench.cli.options import RunOptions, run_options
from initbench.cli.results import make_job, make_results, show_estimate, show_results
from initbench.cli.settings import Setting, setting_option
from initbench.errors import InitbenchError, UsageError


@click.command("run")
@click.argument(
    "configs",
    metavar="CONFIG...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, readable=False),
)
@setting_option(
    "--inits",
    "inits",
    is_list=True,
    metavar="A,B",
    help='These schemes, and not the config\'s, as zeros,he or "zeros,{name: random, std: 10}".',
)
@setting_option("--seeds", "seeds", metavar="N", help='How many seeds, or which, as "[3, 14, 15]".')
@run_options
def command(
    *, configs: Sequence[Path], inits: Setting | None, seeds: Setting | None, options: RunOptions
) -> None:
    """Train what configs describe, and report.

    Runs that are on disk are not trained again: after a change to CONFIG, only what is new is.
    The result goes to standard output, everything else to standard error.

    Several configs are run one after another. One that fails does not keep the others from being
    run; the exit code is then the highest of those that failed.
    """
    settings = [setting for setting in (inits, seeds) if setting is not None]
    if len(configs) > 1:
        _refuse_shared_folders(configs, settings, options)
    with logging_to_stderr(options.verbosity):
        codes = _run_all(configs, settings, options)
    if codes:
        sys.exit(max(codes))


def _run_all(
    configs: Sequence[Path], settings: Sequence[Setting], options: RunOptions
) -> list[int]:
    """Run and show all experiments, and return the exit codes of those that failed."""
    documents, codes = [], []
    for config in configs:
        try:
            documents.append(_run(config, settings, options, is_one=len(configs) == 1))
        except InitbenchError as error:
            say_error(error)
            codes.append(error.exit_code)
    if options.as_json and len(configs) > 1:
        click.echo(as_json(documents))
    return codes


def _run(
    config: Path, settings: Sequence[Setting], options: RunOptions, *, is_one: bool
) -> Mapping[str, Any]:
    """Run an experiment, or estimate it; show what came of it, and return that as JSON has it.

    Of several, JSON is shown by who has it of all.
    """
    from initbench import api
    from initbench.initializers import INITIALIZERS

    document: Mapping[str, Any]
    with INITIALIZERS.including(options.plugins):
        job = make_job(api.experiment_job, config, settings, options)
        if options.dry_run:
            estimate = api.estimate_job(job, options.execution)
            document = estimate.as_document()
            show = functools.partial(show_estimate, estimate, options)
        else:
            results = make_results(job, options)
            document = results.metrics
            show = functools.partial(show_results, results, options)
    if not is_one and not options.as_json:
        click.echo(f"\n== {job.experiment.name} ==\n")
    if is_one or not options.as_json:
        show()
    return document


def _refuse_shared_folders(
    configs: Sequence[Path], settings: Sequence[Setting], options: RunOptions
) -> None:
    """Refuse configs of which one would overwrite the results of another."""
    from initbench.experiment.loading import load_experiment
    from initbench.initializers import INITIALIZERS

    if options.results is not None:
        raise click.UsageError(
            "--results is one folder, in which several configs would overwrite each other:"
            " leave it out, or run them one at a time"
        )
    overrides = [*(setting.override for setting in settings), *options.overrides]
    first: dict[str, Path] = {}
    for config in configs:
        try:
            with INITIALIZERS.including(options.plugins):
                name = load_experiment(config, overrides).name
        except UsageError:
            continue  # its own run will say so
        if name in first:
            raise click.UsageError(
                f"{first[name]} and {config} are both named {name!r}, and would overwrite each"
                " other's results: run them one at a time, with --results"
            )
        first[name] = config
