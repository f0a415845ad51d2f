"""``initbench describe``: what a data set holds, in numbers and as a picture."""

from pathlib import Path
from typing import Final

import click

from initbench.cli.messages import as_json

PICTURES: Final = Path("results", "datasets")
"""Where pictures go that nobody has named a place for."""


@click.command("describe")
@click.argument("dataset")
@click.option(
    "--picture",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where the picture goes, a .png or .svg.  [default: results/datasets/NAME.png]",
)
@click.option("--no-plots", is_flag=True, help="Draw no picture.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(*, dataset: str, picture: Path | None, no_plots: bool, is_json: bool) -> None:
    """Describe and draw DATASET, before anything is trained on it.

    DATASET is a name, a file as mine.csv, or a mapping with options, as "{name: moons, noise: 0.3}"
    or "{path: mine.csv, target: species}". Of a table, each column is listed with how it was read
    and why. How samples are split and scaled makes no difference.
    """
    from initbench.api import describe
    from initbench.config.loading import make_dataset
    from initbench.data.summary import summary_document, summary_text

    if no_plots and picture is not None:
        raise click.UsageError("--picture and --no-plots exclude each other")
    if picture is None and not no_plots:
        config = make_dataset(dataset)
        stem = Path(str(config.options.get("path") or config.name.replace(":", "-"))).stem
        picture = PICTURES / f"{stem}.png"
    made = describe(dataset, picture=picture)
    click.echo(as_json(summary_document(made, picture)) if is_json else summary_text(made, picture))
