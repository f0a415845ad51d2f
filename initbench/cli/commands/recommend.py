"""``initbench recommend``: recommend initializations for a network, from the atlas or by a race."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from initbench.cli.options import (
    JOBS,
    JSON,
    OVERRIDES,
    PLUGINS,
    Setting,
    given_settings,
    naming_flags,
    setting_option,
)
from initbench.cli.output import Verbosity, json_text, logging_to_stderr, say
from initbench.cli.progress import ProgressBar

DEFAULT_BUDGET: Final = "60s"

IN_ATLAS: Final = ("network.", "dataset=", "training.optimizer=")
"""How settings begin that the atlas can take into account."""


@click.command("recommend")
@click.argument("config", required=False, type=click.Path(path_type=Path, readable=False))
@setting_option("--activation", "Activation of hidden layers.  [default: relu, or CONFIG's]")
@setting_option("--depth", "Number of hidden layers.")
@setting_option("--width", "Units per hidden layer.  [default: 64, or CONFIG's]")
@setting_option("--hidden", "Units of each hidden layer, instead of --depth and --width.")
@setting_option("--dataset", "Data set.  [default: digits, or CONFIG's]")
@setting_option(
    "--optimizer",
    "Update rule; the learning rate is tuned for each scheme.  [default: sgd, or CONFIG's]",
)
@setting_option("--inits", "Schemes to race.  [default: a short list for the network, or CONFIG's]")
@click.option(
    "--budget",
    metavar="TIME|STEPS",
    help='Race for a time, such as 60s or 5m, or for training steps of single runs, as "200000'
    ' steps".  [default: 60s]',
)
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=2),
    help="Seeds of the last round.  [default: 5 to 20, as the budget allows]",
)
@click.option("--race", is_flag=True, help="Race even if the atlas has an answer.")
@PLUGINS
@OVERRIDES
@click.option("--results", metavar="DIR", help="Results folder.  [default: results/recommend-HASH]")
@JOBS
@JSON
@click.option("-q", "--quiet", is_flag=True, help="No progress line.")
def command(
    *,
    config: Path | None,
    budget: str | None,
    seeds: int | None,
    race: bool,
    plugins: Sequence[str],
    overrides: Sequence[str],
    results: str | None,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
    **settings: Setting | None,
) -> None:
    """Recommend initializations for a network.

    The atlas answers at once, without training, if the network lies in its range: with the best
    scheme if it has measured this network, else with a shortlist. Outside its range, and with
    --race, a budget or CONFIG, schemes are compared by short training runs, each at its own best
    learning rate: defaults of frameworks, and what is best in near networks of the atlas. The
    answer is then a ranking with confidence intervals that reports ties. CONFIG provides schemes,
    data, network and training, and options override them.
    """
    given = given_settings(settings)
    all_overrides = [*(setting.override for setting in given), *overrides]
    verbosity = Verbosity.QUIET if quiet else Verbosity.NORMAL
    layers = _layers(config, settings["depth"], settings["hidden"], all_overrides)
    for_a_race = (race, config, budget, seeds, plugins, results, jobs)
    if not any(for_a_race) and all(text.startswith(IN_ATLAS) for text in all_overrides):
        with naming_flags(given):
            text = _from_atlas(layers, all_overrides, as_json=as_json, quiet=quiet)
        if text:
            click.echo(text)
            return
    from initbench.recommending import recommend
    from initbench.recommending.report import recommendation_document, recommendation_text

    with logging_to_stderr(verbosity), naming_flags(given), ProgressBar(verbosity) as progress:
        found = recommend(
            **layers,
            config=config,
            budget=budget or DEFAULT_BUDGET,
            seeds=seeds,
            plugins=plugins,
            overrides=all_overrides,
            results=results,
            jobs=jobs,
            progress=progress,
        )
    if as_json:
        click.echo(json_text(recommendation_document(found)))
    else:
        click.echo(recommendation_text(found))


def _from_atlas(
    layers: dict[str, Any], overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> str:
    """Return the atlas's recommendation as text, or say why it has none and return nothing."""
    from initbench.atlas.recommendation import advise_on, read_network, why_outside
    from initbench.atlas.report import advice_document, advice_text

    experiment = read_network({"width": 64, **layers} if "depth" in layers else layers, overrides)
    if why := why_outside(experiment):
        if not quiet:
            say(
                f"The atlas has no answer for this network: {why}."
                " Training candidate schemes instead."
            )
        return ""
    found, lines = advise_on(experiment)
    return json_text(advice_document(found, lines)) if as_json else advice_text(found, lines)


def _layers(
    config: Path | None, depth: Setting | None, hidden: Setting | None, overrides: Sequence[str]
) -> dict[str, Any]:
    """Return placeholder layers of the kind that the options set, `depth` or `hidden`."""
    if config is not None:
        return {}
    if hidden is not None and depth is not None:
        raise click.UsageError("--depth and --hidden exclude each other")
    if hidden is not None or any(text.startswith("network.hidden=") for text in overrides):
        return {"hidden": [1]}
    if depth is not None or any(text.startswith("network.depth=") for text in overrides):
        return {"depth": 1}
    raise click.UsageError("Missing option '--depth' or '--hidden', or a CONFIG.")
