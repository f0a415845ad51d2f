"""``initbench audit``: whether weights were drawn as someone says."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.colours import show
from initbench.cli.messages import as_json
from initbench.cli.options import PLUGINS
from initbench.errors import UsageError

if TYPE_CHECKING:
    from initbench.initializers.audit import Audit, LayerAudit
    from initbench.report.lines import Line

HEADINGS: Final = ("layer", "shape", "deviation", "claimed", "verdict")


@click.command("audit")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--claims",
    metavar="NAME",
    required=True,
    help='The scheme that drew them, or with options, "{name: random, std: 0.1}".',
)
@click.option(
    "--activation",
    metavar="NAME",
    default="relu",
    show_default=True,
    help='Of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@click.option(
    "--significance",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="How often a true claim may be doubted.",
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

    FILE is an .npz with W1, b1, W2, b2, … of shape (fan_in, fan_out), or there is an .npy for each
    layer's weights, in order. The exit code is 1 where they were not drawn as claimed.
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
        raise UsageError("give one .npz, or an .npy for each layer")
    return load_arrays(files[0])


def _lines(result: "Audit") -> list["Line"]:
    """Return a line for each layer, with what is to be doubted below it, and the verdict."""
    from initbench.initializers.audit import CONSISTENT
    from initbench.report.lines import BLANK, Piece, Role

    *columns, verdicts = zip(HEADINGS, *map(_row, result.layers), strict=True)
    sizes = [max(map(len, column)) for column in columns]
    head, *rows = (
        "".join(f"{text:{size}}  " for text, size in zip(row, sizes, strict=True))
        for row in zip(*columns, strict=True)
    )
    lines: list[Line] = [(Piece(head + verdicts[0], Role.HEADING),)]
    for row, layer in zip(rows, result.layers, strict=True):
        is_good = layer.verdict == CONSISTENT
        lines.append((Piece(row), Piece(layer.verdict, Role.GOOD if is_good else Role.BAD)))
        if not is_good:
            doubts = [check for check in layer.checks if check.p_value < result.significance]
            lines += [
                (Piece(f"      {each.name}: {each.finding} (p {each.p_value:.1g})"),)
                for each in doubts
            ]
    verdict = "Nothing speaks against" if result.consistent else "This is not"
    role = Role.GOOD if result.consistent else Role.BAD
    return [*lines, BLANK, (Piece(f"{verdict} {result.claim}.", role),)]


def _row(layer: "LayerAudit") -> tuple[str, ...]:
    return (
        layer.name,
        "{} × {}".format(*layer.shape),
        f"{layer.found_std:.4g}",
        f"{layer.claimed_std:.4g}",
        layer.verdict,
    )
