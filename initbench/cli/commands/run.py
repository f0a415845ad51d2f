"""``initbench run``: run the experiments of configs, one after another."""

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
    """Run the experiments of configs, and report the results.

    Runs on disk are not trained again: after a change to CONFIG, only new runs are trained. Results
    go to standard output, messages to standard error.

    Several configs run one after another. If one fails, the others still run, and the exit code is
    the highest of the failures.
    """
    from initbench.config.loading import read_experiment

    settings = [setting for setting in (inits, seeds, equivalence_margin) if setting]
    showing = Showing(lambda results: results.metrics, show_results)
    with logging_to_stderr(options.verbosity):
        codes = run_all(read_experiment, configs, settings, options, showing)
    if codes:
        sys.exit(max(codes))
