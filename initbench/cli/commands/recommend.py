"""``initbench recommend``: which initializations a network may start from, by a short race."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from initbench.cli.messages import Verbosity, as_json, logging_to_stderr
from initbench.cli.progress import ProgressBar
from initbench.cli.settings import Setting, naming_flags, sections_first, setting_option


@click.command("recommend")
@click.argument("config", required=False, type=click.Path(path_type=Path, readable=False))
@setting_option(
    "--activation",
    "network.activation",
    metavar="NAME",
    help="What hidden layers apply.  [default: relu, or CONFIG's]",
)
@setting_option("--depth", "network.depth", metavar="N", help="Hidden layers.")
@setting_option(
    "--width", "network.width", metavar="N", help="Units of each.  [default: 64, or CONFIG's]"
)
@setting_option(
    "--hidden",
    "network.hidden",
    is_list=True,
    metavar="N,N",
    help="Units of each hidden layer, in place of --depth and --width.",
)
@setting_option(
    "--dataset",
    "dataset",
    metavar="NAME|FILE",
    help="What is learned.  [default: digits, or CONFIG's]",
)
@setting_option(
    "--optimizer",
    "training.optimizer",
    metavar="NAME",
    help="Update rule; each scheme finds a learning rate of its own.  [default: sgd, or CONFIG's]",
)
@setting_option(
    "--inits",
    "inits",
    is_list=True,
    metavar="A,B",
    help="Schemes to race.  [default: a short list for the activation, or CONFIG's]",
)
@click.option(
    "--budget",
    metavar="TIME|STEPS",
    default="60s",
    show_default=True,
    help='What it may take: 60s, 5m, or steps of single runs, as "200000 steps".',
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Another setting of a config, as network.residual=true; repeatable.",
)
@click.option(
    "--results", metavar="DIR", help="Where runs are kept.  [default: results/recommend-HASH]"
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes that train.  [default: one a core, or none where there is little to do]",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    *,
    config: Path | None,
    budget: str,
    overrides: Sequence[str],
    results: str | None,
    jobs: int | None,
    is_json: bool,
    quiet: bool,
    **settings: Setting | None,
) -> None:
    """Recommend initializations for a network.

    Schemes that apply to the network and can train it are raced within a budget, each at a learning
    rate of its own; the answer is a ranking with intervals, in which a tie is called one. With a
    CONFIG, its schemes, data, network and training are meant, and flags change them.
    """
    from initbench.recommending import recommend
    from initbench.recommending.report import recommendation_document, recommendation_text

    given = sections_first([setting for setting in settings.values() if setting is not None])
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
    if is_json:
        click.echo(as_json(recommendation_document(found)))
    else:
        click.echo(recommendation_text(found))


def _layers(
    config: Path | None, depth: Setting | None, hidden: Setting | None, overrides: Sequence[str]
) -> dict[str, Any]:
    """Return some layers for the flags to put theirs in the place of, of the same kind."""
    if config is not None:
        return {}
    if hidden is not None and depth is not None:
        raise click.UsageError("--depth and --hidden exclude each other")
    if hidden is not None or any(text.startswith("network.hidden=") for text in overrides):
        return {"hidden": [1]}
    if depth is not None or any(text.startswith("network.depth=") for text in overrides):
        return {"depth": 1}
    raise click.UsageError("Missing option '--depth' or '--hidden', or a CONFIG.")
