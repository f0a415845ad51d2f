"""``initbench describe``: what a data set holds, in numbers and as a picture."""

from pathlib import Path

import click

from initbench.cli.messages import as_json


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

    DATASET is what a config says: a name, or a mapping as "{name: moons, noise: 0.3}" or "{name:
    file, path: mine.csv, target: species}". How samples are split and scaled makes no difference
    here.
    """
    from initbench.survey import survey, survey_document, survey_text

    if no_plots and picture is not None:
        raise click.UsageError("--picture and --no-plots exclude each other")
    made = survey(dataset, picture=picture, plots=not no_plots)
    click.echo(as_json(survey_document(made)) if is_json else survey_text(made))
