"""``initbench report``: rebuild the derived files of a results folder, or compare two."""

from pathlib import Path
from typing import Final

import click

from initbench.cli.experiments import show_results
from initbench.cli.options import ShowOptions, show_options
from initbench.cli.output import logging_to_stderr

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
@click.option(
    "--columns",
    metavar="A,B",
    help="Columns of the exported table in order, such as scheme,test_accuracy,test_log_loss.",
)
@click.option("--caption", default="", metavar="TEXT", help="Caption of the LaTeX table.")
@click.option("--label", default="", metavar="NAME", help="Label of the LaTeX table.")
@click.option("--trials", is_flag=True, help="Include the trials of a tuned key in the CSV table.")
@show_options
def command(
    *,
    folder: Path,
    other: Path | None,
    form: str,
    columns: str | None,
    caption: str,
    label: str,
    trials: bool,
    options: ShowOptions,
) -> None:
    """Rebuild metrics, figures and report of RESULTS from its runs.

    Only config.yaml and runs/ in the folder are read; nothing is trained. With OTHER, write a page
    in RESULTS that shows both folders side by side, and rebuild nothing.
    """
    from initbench import api
    from initbench.report.exports import TableFormat, TableOptions, export_table
    from initbench.report.rebuilding import write_comparison

    if form == TEXT and (columns or caption or label or trials):
        raise click.UsageError("--columns, --caption, --label and --trials need --table FORM")
    if form != "latex" and (caption or label):
        raise click.UsageError("--caption and --label are for --table latex")
    if form != "csv" and trials:
        raise click.UsageError("--trials is for --table csv")
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
        chosen = tuple(name.strip() for name in (columns or "").split(",") if name.strip())
        table = TableOptions(chosen, caption, label, with_trials=trials)
        click.echo(export_table(results, TableFormat(form), table), nl=False)
