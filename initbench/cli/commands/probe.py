"""``initbench probe``: measure signals and gradients of untrained networks and PyTorch models."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initbench.cli.options import (
    BATCHES,
    JSON,
    OVERRIDES,
    Setting,
    batch_for,
    given_settings,
    naming_flags,
    setting_option,
)
from initbench.cli.output import json_text, say

if TYPE_CHECKING:
    from initbench.probing import Probe


@click.command("probe")
@click.argument(
    "config",
    metavar="[CONFIG|MODEL]",
    required=False,
    type=click.Path(path_type=Path, readable=False),
)
@setting_option("--inits", 'Schemes, such as he,torch:linear or "he,{name: random, std: 1}".')
@setting_option("--depth", "Number of hidden layers.  [default: 30, or CONFIG's]")
@setting_option("--width", "Units per hidden layer.  [default: 256, or CONFIG's]")
@setting_option("--activation", "Activation of hidden layers.  [default: relu, or CONFIG's]")
@setting_option("--dataset", "Data set.  [default: gaussian, which is normal noise, or CONFIG's]")
@setting_option("--seeds", "Number of seeds.  [default: 10, or CONFIG's]")
@OVERRIDES
@click.option("--born-dead", is_flag=True, help="Estimate how often a relu network is born dead.")
@click.option(
    "--born-dead-inputs",
    type=click.Choice(["data", "cube"]),
    default="data",
    show_default=True,
    help="Inputs for --born-dead: the training inputs, or the cube from -1 to 1.",
)
@click.option(
    "--curvature", is_flag=True, help="Measure the curvature of the loss, and predict rates."
)
@BATCHES
@click.option(
    "--optimizer",
    type=click.Choice(["sgd", "adam"]),
    default="sgd",
    show_default=True,
    help="Optimizer whose first step is compared with the weights of MODEL.",
)
@click.option(
    "--rate",
    metavar="R",
    type=float,
    help="Its learning rate.  [default: 0.1 for sgd, 0.001 for adam]",
)
@click.option(
    "--plots",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw signals, histograms and Jacobians into this folder; of MODEL also a page.",
)
@JSON
def command(
    *,
    config: Path | None,
    overrides: Sequence[str],
    born_dead: bool,
    born_dead_inputs: str,
    curvature: bool,
    inputs: Sequence[str],
    batch: str | None,
    loss: str | None,
    classes: int | None,
    optimizer: str,
    rate: float | None,
    plots: Path | None,
    as_json: bool,
    **settings: Setting | None,
) -> None:
    """Measure signals and gradients before training.

    One batch passes forward and backward through an untrained network for each scheme and seed.
    Measured values are shown beside the predictions of mean-field theory. CONFIG provides schemes,
    data and network, and options override them; its sweep is ignored.

    MODEL is a PyTorch module, or a function that makes one, in a Python file, which is run:
    model.py:make_model. It takes --input or --batch, --inits, --seeds, --loss, --classes,
    --optimizer, --rate, --curvature, --plots and --json.
    """
    if config is not None and ".py:" in str(config):
        only = [name for name in settings if name not in {"inits", "seeds"} and settings[name]]
        if only or overrides or born_dead:
            raise click.UsageError(f"MODEL takes no --{only[0] if only else 'set or --born-dead'}")
        _probe_model(
            str(config),
            inits=settings["inits"],
            seeds=settings["seeds"],
            data=(inputs, batch, loss, classes),
            optimizer=optimizer,
            rate=rate,
            curvature=curvature,
            plots=plots,
            as_json=as_json,
        )
        return
    if inputs or batch or loss or classes or rate:
        raise click.UsageError("--input, --batch, --loss, --classes and --rate are for a MODEL.")
    from initbench.probing import dead_start, probe
    from initbench.probing.report import probe_document, probe_text

    given = given_settings(settings)
    if config is None and settings["inits"] is None:
        raise click.UsageError("Missing option '--inits', or a CONFIG.")
    with naming_flags(given):
        found = probe(
            config=config,
            overrides=[*(setting.override for setting in given), *overrides],
            born_dead=born_dead,
            curvature=curvature,
        )
    chances = {}
    if born_dead:
        points = found.inputs if born_dead_inputs == "data" else None
        chances = {
            label: dead_start(scheme, found.architecture, points)
            for label, scheme in found.initializations.items()
        }
    if plots is not None:
        _draw(found, plots)
    if as_json:
        document = probe_document(found)
        for label, chance in chances.items():
            document["inits"][label]["born_dead"] = chance
        click.echo(json_text(document))
        return
    click.echo(probe_text(found))
    if chances:
        [asked, *_] = {chance["inputs"] for chance in chances.values()}
        click.echo(f"\nProbability of a network born dead on {asked}, 95 % interval:")
    for label, chance in chances.items():
        click.echo(f"  {label}: {_in_words(chance)}")


def _probe_model(
    model: str,
    *,
    inits: Setting | None,
    seeds: Setting | None,
    data: tuple[Sequence[str], str | None, str | None, int | None],
    optimizer: str,
    rate: float | None,
    curvature: bool,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Probe a PyTorch model with its own initialization, or with each of some schemes."""
    from initbench.config.loading import read_overrides
    from initbench.results import files
    from initbench.torch import probe as probe_model
    from initbench.torch.loading import load_model
    from initbench.torch.report import probe_document, probe_page, probe_pictures

    made = load_model(model)
    batch = batch_for(made, *data)
    given = read_overrides([each.override for each in (inits, seeds) if each is not None])[0]
    values = {each.path[0]: each.value for each in given}
    documents = []
    for place, init in enumerate(values.get("inits", [None])):
        found = probe_model(
            made,
            batch,
            data[2],
            init=init,
            seeds=values.get("seeds", 3),
            optimizer=optimizer,
            learning_rate=rate,
            curvature=curvature,
        )
        documents.append(probe_document(found))
        if not as_json:
            click.echo(f"\n{found}" if place else str(found))
        if plots is not None:
            folder = plots / str(place) if len(values.get("inits", [None])) > 1 else plots
            files.prepare_folder(folder)
            for name, content in (*probe_pictures(found), ("probe.html", probe_page(found))):
                files.write_atomically(folder / name, content)
                say(f"{folder / name}")
    if as_json:
        click.echo(json_text(documents[0] if len(documents) == 1 else documents))


def _in_words(chance: dict[str, Any]) -> str:
    low, high = chance["ci95"]
    text = f"{low:.1%} to {high:.1%} ({chance['dead']} of {chance['networks']} networks)"
    if chance["is_safe"] or not chance["dead"]:
        return text
    return f"{text}; remedy: {', or '.join(chance['mend']) or 'none of those tried'}"


def _draw(probe: "Probe", folder: Path) -> None:
    from initbench.probing.report import probe_pictures
    from initbench.results import files

    files.prepare_folder(folder)
    for name, data in probe_pictures(probe):
        files.write_atomically(folder / name, data)
        say(f"{folder / name}")
