"""``initbench audit``: test whether weights follow the law of a scheme."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initbench.cli.colours import show
from initbench.cli.messages import as_json
from initbench.cli.options import PLUGINS
from initbench.errors import UsageError

if TYPE_CHECKING:
    from initbench.initializers.audit import Audit
    from initbench.report.lines import Line


@click.command("audit")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--claims",
    metavar="NAME",
    required=True,
    help='Claimed scheme, or with options, "{name: random, std: 0.1}".',
)
@click.option(
    "--activation",
    metavar="NAME",
    default="relu",
    show_default=True,
    help='Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@click.option(
    "--significance",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Probability of rejecting a true claim.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@PLUGINS
def command(
    *,
    files: Sequence[Path],
    claims: str,
    activation: str,
    significance: float,
    is_json: bool,
    plugins: Sequence[str],
) -> None:
    """Test weights against the law of a scheme, layer by layer.

    FILE is an .npz with arrays W1, b1, W2, b2, … of shape (fan_in, fan_out), or one .npy per layer,
    in order. The exit code is 1 if the weights are not consistent with the claimed scheme.
    """
    from initbench.config.experiment import ActivationConfig, InitConfig
    from initbench.config.loading import make_choice
    from initbench.initializers import INITIALIZERS, bind
    from initbench.initializers.audit import audit

    with INITIALIZERS.including(plugins):
        claimed = make_choice(InitConfig, claims, "initializer", f"--claims {claims}")
        hidden = make_choice(
            ActivationConfig, activation, "activation", f"--activation {activation}"
        )
        result = audit(
            _arrays(files),
            bind(claimed.name, **claimed.options),
            activation=hidden.name,
            significance=significance,
        )
    if is_json:
        click.echo(as_json(asdict(result)))
    else:
        show(_lines(result))
    if not result.consistent:
        sys.exit(1)


def _arrays(files: Sequence[Path]) -> Mapping[str, Any]:
    from initbench.initializers.weightfiles import load_array, load_arrays

    if all(path.suffix == ".npy" for path in files):
        return {f"W{number}": load_array(path) for number, path in enumerate(files, start=1)}
    if len(files) > 1:
        raise UsageError("give one .npz, or one .npy per layer")
    return load_arrays(files[0])


def _lines(result: "Audit") -> list["Line"]:
    """Return a table with a line per layer, the rejected tests below it, and the verdict."""
    from initbench.initializers.audit import CONSISTENT
    from initbench.report.lines import BLANK, Piece, Role
    from initbench.report.table_model import Column, as_lines

    layers = result.layers
    verdicts = [each.verdict for each in layers]
    roles = [Role.GOOD if verdict == CONSISTENT else Role.BAD for verdict in verdicts]
    (head, *rows), _ = as_lines(
        [
            Column("layer", [each.name for each in layers]),
            Column("shape", ["{} × {}".format(*each.shape) for each in layers], align="left"),
            Column("std", [f"{each.found_std:.4g}" for each in layers], align="left"),
            Column("claimed", [f"{each.claimed_std:.4g}" for each in layers], align="left"),
            Column("verdict", verdicts, align="left", roles=roles),
        ]
    )
    lines = [head]
    for row, layer in zip(rows, layers, strict=True):
        lines.append(row)
        lines += [
            (Piece(f"      {check.name}: {check.finding} (p {check.p_value:.1g})"),)
            for check in layer.checks
            if layer.verdict != CONSISTENT and check.p_value < result.significance
        ]
    text, role = (
        (f"The weights are consistent with {result.claim}.", Role.GOOD)
        if result.consistent
        else (f"The weights are not consistent with {result.claim}.", Role.BAD)
    )
    return [*lines, BLANK, (Piece(text, role),)]
