"""``initbench recommend``: recommend initializations for a network by a short race."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from initbench.cli.options import (
    JOBS,
    JSON,
    OVERRIDES,
    Setting,
    given_settings,
    naming_flags,
    setting_option,
)
from initbench.cli.output import Verbosity, json_text, logging_to_stderr
from initbench.cli.progress import ProgressBar


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
@setting_option(
    "--inits", "Schemes to race.  [default: a short list for the activation, or CONFIG's]"
)
@click.option(
    "--budget",
    metavar="TIME|STEPS",
    default="60s",
    show_default=True,
    help='Time, such as 60s or 5m, or training steps of single runs, as "200000 steps".',
)
@OVERRIDES
@click.option("--results", metavar="DIR", help="Results folder.  [default: results/recommend-HASH]")
@JOBS
@JSON
@click.option("-q", "--quiet", is_flag=True, help="No progress line.")
def command(
    *,
    config: Path | None,
    budget: str,
    overrides: Sequence[str],
    results: str | None,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
    **settings: Setting | None,
) -> None:
    """Recommend initializations for a network.

    Candidate schemes are compared within a budget, each at its own best learning rate. The answer
    is a ranking with confidence intervals that reports ties. CONFIG provides schemes, data, network
    and training, and options override them.
    """
    from initbench.recommending import recommend
    from initbench.recommending.report import recommendation_document, recommendation_text

    given = given_settings(settings)
    all_overrides = [*(setting.override for setting in given), *overrides]
    verbosity = Verbosity.QUIET if quiet else Verbosity.NORMAL
    with logging_to_stderr(verbosity), naming_flags(given), ProgressBar(verbosity) as progress:
        found = recommend(
            **_layers(config, settings["depth"], settings["hidden"], all_overrides),
            config=config,
            budget=budget,
            overrides=all_overrides,
            results=results,
            jobs=jobs,
            progress=progress,
        )
    if as_json:
        click.echo(json_text(recommendation_document(found)))
    else:
        click.echo(recommendation_text(found))


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
