"""``initbench report``: rebuild the derived files of a results folder, or compare two."""

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
@click.argument(
    "other",
    metavar="[OTHER]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
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
def command(*, folder: Path, other: Path | None, form: str, options: ShowOptions) -> None:
    """Rebuild metrics, figures and report of RESULTS from its runs.

    Only config.yaml and runs/ in the folder are needed; nothing is trained. With
    OTHER, write a page in RESULTS that shows both folders side by side, and
    rebuild nothing.
    """
    from initbench import api
    from initbench.report.comparison import write_comparison
    from initbench.report.exports import TableFormat, export_table

    if form != TEXT and options.as_json:
        raise click.UsageError("--table and --json exclude each other")
    if other is not None:
        if form != TEXT or options.as_json:
            raise click.UsageError("--table and --json take one results folder, not two")
        with logging_to_stderr(options.verbosity):
            page = write_comparison(folder, other)
        click.echo(f"Comparison {page}")
        return
    with logging_to_stderr(options.verbosity):
        results = api.rebuild(folder, plots=options.plots)
    if form == TEXT:
        show_results(results, options)
    else:
        click.echo(export_table(results, TableFormat(form)), nl=False)
