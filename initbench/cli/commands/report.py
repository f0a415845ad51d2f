"""``initbench report``: the derived files of a results folder, made anew."""

from pathlib import Path

import click

from initbench.cli.messages import logging_to_stderr
from initbench.cli.options import ShowOptions, show_options
from initbench.cli.results import show_results


@click.command("report")
@click.argument(
    "folder", metavar="RESULTS", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@show_options
def command(*, folder: Path, options: ShowOptions) -> None:
    """Make metrics, pictures and report of RESULTS anew.

    Only the folder is needed, with config.yaml and runs/ in it; nothing is trained.
    """
    from initbench import api

    with logging_to_stderr(options.verbosity):
        results = api.rebuild(folder, plots=options.plots)
    show_results(results, options)
