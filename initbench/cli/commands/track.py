"""``initbench track``: export the runs of a results folder to an experiment tracker."""

from pathlib import Path

import click

from initbench.cli.output import Verbosity, logging_to_stderr
from initbench.formatting import count_of


@click.command("track")
@click.argument(
    "folder", metavar="RESULTS", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--tensorboard",
    "logs",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write event files for TensorBoard into this folder.",
)
@click.option(
    "--mlflow",
    "uri",
    metavar="URI",
    help="Write runs into this MLflow store, such as sqlite:///mlflow.db.",
)
@click.option(
    "--name", default="", help="Name of the results in the tracker.  [default: name of the folder]"
)
def command(*, folder: Path, logs: Path | None, uri: str | None, name: str) -> None:
    """Export the runs of RESULTS to TensorBoard or MLflow.

    A second export updates the first. Nothing is trained.
    """
    from initbench import tracking
    from initbench.results import load_results

    if logs is None and uri is None:
        raise click.UsageError("name a destination: --tensorboard DIR, --mlflow URI, or both")
    with logging_to_stderr(Verbosity.NORMAL):
        results = load_results(folder)
        if logs is not None:
            top, written = tracking.export_to_tensorboard(results, logs, name=name)
            click.echo(f"TensorBoard  {top}: {count_of(written, 'run')}")
        if uri is not None:
            done = tracking.export_to_mlflow(results, uri, name=name)
            runs = count_of(done.runs, "run")
            click.echo(f"MLflow       {done.name} in {uri}: {runs}, {done.new} new")
