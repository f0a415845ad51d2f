"""``initbench probe``: measure signals and gradients of untrained networks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initbench.cli.options import (
    JSON,
    OVERRIDES,
    Setting,
    given_settings,
    naming_flags,
    setting_option,
)
from initbench.cli.output import json_text, say

if TYPE_CHECKING:
    from initbench.probing import Probe


@click.command("probe")
@click.argument("config", required=False, type=click.Path(path_type=Path, readable=False))
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
    "--plots",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw signals, histograms and Jacobians into this folder.",
)
@JSON
def command(
    *,
    config: Path | None,
    overrides: Sequence[str],
    born_dead: bool,
    born_dead_inputs: str,
    plots: Path | None,
    as_json: bool,
    **settings: Setting | None,
) -> None:
    """Measure signals and gradients before training.

    One batch passes forward and backward through an untrained network for each scheme and seed.
    Measured values are shown beside the predictions of mean-field theory. CONFIG provides schemes,
    data and network, and options override them; its sweep is ignored.
    """
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
        )
    chances = {}
    if born_dead:
        inputs = found.inputs if born_dead_inputs == "data" else None
        chances = {
            label: dead_start(scheme, found.architecture, inputs)
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
