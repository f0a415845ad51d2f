"""``initbench run``: experiments that configs describe, one after another."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.experiments import Showing, experiment_arguments, run_all
from initbench.cli.messages import logging_to_stderr
from initbench.cli.options import RunOptions, run_options
from initbench.cli.results import show_results
from initbench.cli.settings import Setting


@click.command("run")
@experiment_arguments
@run_options
def command(
    *,
    configs: Sequence[Path],
    inits: Setting | None,
    seeds: Setting | None,
    equivalence_margin: Setting | None,
    options: RunOptions,
) -> None:
    """Train what configs describe, and report.

    Runs that are on disk are not trained again: after a change to CONFIG, only what is new is.
    The result goes to standard output, everything else to standard error.

    Several configs are run one after another. One that fails does not keep the others from being
    run; the exit code is then the highest of those that failed.
    """
    from initbench.config.loading import read_experiment

    settings = [setting for setting in (inits, seeds, equivalence_margin) if setting]
    showing = Showing(lambda results: results.metrics, show_results)
    with logging_to_stderr(options.verbosity):
        codes = run_all(read_experiment, configs, settings, options, showing)
    if codes:
        sys.exit(max(codes))
