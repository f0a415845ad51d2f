"""``initbench describe``: summarize and draw a data set."""

from pathlib import Path
from typing import Final

import click

from initbench.cli.options import JSON
from initbench.cli.output import json_text

PICTURES: Final = Path("results", "datasets")
"""Default folder of the figures."""


@click.command("describe")
@click.argument("dataset")
@click.option(
    "--picture",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File of the figure, .png or .svg.  [default: results/datasets/NAME.png]",
)
@click.option("--no-plots", is_flag=True, help="Do not draw a figure.")
@JSON
def command(*, dataset: str, picture: Path | None, no_plots: bool, as_json: bool) -> None:
    """Describe and draw DATASET without training.

    DATASET is a name, a file such as mine.csv, or a mapping with options, such as
    "{name: moons, noise: 0.3}" or "{path: mine.csv, target: species}". For a table, each column is
    listed with how it was read and why. Splitting and scaling options are ignored.
    """
    from initbench.api import describe
    from initbench.config.loading import make_dataset
    from initbench.data.summary import summary_document, summary_text

    if no_plots and picture is not None:
        raise click.UsageError("--picture and --no-plots exclude each other")
    if picture is None and not no_plots:
        config = make_dataset(dataset)
        stem = Path(str(config.options.get("path") or "")).stem or config.name.replace(":", "-")
        picture = PICTURES / f"{stem}.png"
    made = describe(dataset, picture=picture)
    click.echo(
        json_text(summary_document(made, picture)) if as_json else summary_text(made, picture)
    )
