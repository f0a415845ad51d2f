"""``initbench preflight``: checks of a PyTorch model before it is trained, for a CI gate."""

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from initbench.cli.options import BATCHES, JSON, batch_for
from initbench.cli.output import json_text

if TYPE_CHECKING:
    from initbench.torch import Preflight


@click.command("preflight")
@click.argument("model", metavar="MODEL")
@BATCHES
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Number of networks, if MODEL is a function.",
)
@click.option(
    "--widths",
    metavar="N,N",
    help="Widths to compare, if MODEL is a function with a parameter width."
    "  [default: 1, 2 and 4 times its default]",
)
@JSON
def command(
    *,
    model: str,
    inputs: Sequence[str],
    batch: str | None,
    loss: str | None,
    classes: int | None,
    seeds: int,
    widths: str | None,
    as_json: bool,
) -> None:
    """Check a PyTorch model before training.

    MODEL is a module, or a function that makes one, in a Python file, which is run:
    model.py:make_model. One batch passes forward and backward. The checks compare the loss with
    that of a constant prediction, and look for parameters without a gradient, signals that vanish
    or explode, inputs that look alike, equal units, dead units, and weights that were copied or
    never initialized. The exit code is 1 if there is a finding.
    """
    from initbench.torch import preflight
    from initbench.torch.loading import load_model

    made = load_model(model)
    found = preflight(
        made,
        batch_for(made, inputs, batch, loss, classes),
        loss,
        seeds=seeds,
        widths=None if widths is None else _integers(widths),
    )
    click.echo(json_text(_document(found)) if as_json else str(found))
    if not found.passed:
        sys.exit(1)


def _integers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"--widths must be integers, not {text!r}") from None


def _document(found: "Preflight") -> dict[str, Any]:
    """Return the checks as plain values, with None for numbers that are not finite."""

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "model": found.probe.name,
        "passed": found.passed,
        "score": number(found.score),
        "checks": [
            {
                "name": check.name,
                "value": number(check.value),
                "threshold": check.threshold,
                "is_finding": check.is_finding,
                "finding": check.finding,
                "cause": check.cause if check.is_finding else "",
            }
            for check in found.checks
        ],
    }
