"""``initbench report``: the derived files of a results folder, made anew."""

from pathlib import Path
from typing import Final

import click

from initbench.cli.messages import logging_to_stderr
from initbench.cli.options import ShowOptions, show_options
from initbench.cli.results import show_results

TEXT: Final = "text"
TABLES: Final = (TEXT, "markdown", "csv", "latex")


@click.command("report")
@click.argument(
    "folder", metavar="RESULTS", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--table",
    "form",
    type=click.Choice(TABLES),
    default=TEXT,
    metavar="FORM",
    help="Print the table as text, markdown, csv or latex (booktabs).  [default: text]",
)
@show_options
def command(*, folder: Path, form: str, options: ShowOptions) -> None:
    """Make metrics, pictures and report of RESULTS anew.

    Only the folder is needed, with config.yaml and runs/ in it; nothing is trained.
    """
    from initbench import api
    from initbench.report.exports import TableFormat, export_table

    if form != TEXT and options.as_json:
        raise click.UsageError("--table and --json exclude each other")
    with logging_to_stderr(options.verbosity):
        results = api.rebuild(folder, plots=options.plots)
    if form == TEXT:
        show_results(results, options)
    else:
        click.echo(export_table(results, TableFormat(form)), nl=False)
