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
@click.option(
    "--columns",
    metavar="A,B",
    help="Columns of the exported table, in this order, as scheme,test_accuracy,test_log_loss.",
)
@click.option("--caption", default="", metavar="TEXT", help="Caption of the LaTeX table.")
@click.option("--label", default="", metavar="NAME", help="Label of the LaTeX table.")
@click.option("--trials", is_flag=True, help="Include the trials of a tuned key in the CSV table.")
@show_options
def command(
    *,
    folder: Path,
    form: str,
    columns: str | None,
    caption: str,
    label: str,
    trials: bool,
    options: ShowOptions,
) -> None:
    """Make metrics, pictures and report of RESULTS anew.

    Only the folder is needed, with config.yaml and runs/ in it; nothing is trained.
    """
    from initbench import api
    from initbench.report.exports import TableFormat, TableOptions, export_table

    if form == TEXT and (columns or caption or label or trials):
        raise click.UsageError("--columns, --caption, --label and --trials need --table FORM")
    if form != "latex" and (caption or label):
        raise click.UsageError("--caption and --label are for --table latex")
    if form != "csv" and trials:
        raise click.UsageError("--trials is for --table csv")
    if form != TEXT and options.as_json:
        raise click.UsageError("--table and --json exclude each other")
    with logging_to_stderr(options.verbosity):
        results = api.rebuild(folder, plots=options.plots)
    if form == TEXT:
        show_results(results, options)
    else:
        chosen = tuple(name.strip() for name in (columns or "").split(",") if name.strip())
        table = TableOptions(chosen, caption, label, with_trials=trials)
        click.echo(export_table(results, TableFormat(form), table), nl=False)
