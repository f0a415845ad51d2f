"""``initbench run``: run the experiments of configs, one after another."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.experiments import experiment_arguments, run_all
from initbench.cli.options import RunOptions, Setting, given_settings, run_options


@click.command("run")
@experiment_arguments
@run_options
def command(*, configs: Sequence[Path], options: RunOptions, **settings: Setting | None) -> None:
    """Run the experiments of configs, and report the results.

    Runs on disk are not trained again: after a change to CONFIG, only new runs are trained. Results
    go to standard output, messages to standard error.

    Several configs run one after another. If one fails, the others still run, and the exit code is
    the highest of the failures.
    """
    sys.exit(run_all("read_experiment", configs, given_settings(settings), options))
