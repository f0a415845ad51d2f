"""``initbench audit``: whether the tensors of a checkpoint were drawn as someone claims."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.options import JSON, PLUGINS
from initbench.cli.output import json_text, show
from initbench.errors import UsageError

if TYPE_CHECKING:
    from initbench.auditing import Audit, TensorAudit
    from initbench.report.lines import Line

HEADINGS: Final = ("tensor", "shape", "fan_in", "fan_out", "mean", "std", "claimed std", "verdict")
LAYOUTS: Final = {"out,in": "out_in", "in,out": "in_out"}


@click.command("audit")
@click.argument(
    "files", metavar="CHECKPOINT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--claims",
    metavar="SCHEME|FILE",
    help='The scheme, "{name: random, std: 0.1}", or a YAML file of "pattern": scheme.'
    "  [default: compare with every scheme]",
)
@click.option(
    "--layout",
    type=click.Choice(list(LAYOUTS)),
    help="Axes of all matrices.  [default: recognised from biases, names and container]",
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
    default=0.001,
    show_default=True,
    help="How often a true claim may be doubted.",
)
@JSON
@PLUGINS
def command(
    *,
    files: Sequence[Path],
    claims: str | None,
    layout: str | None,
    activation: str,
    significance: float,
    as_json: bool,
    plugins: Sequence[str],
) -> None:
    """Test the tensors of a checkpoint against the law of a scheme.

    CHECKPOINT is a .safetensors file or a folder of them, .npz, .npy (one for each layer), .h5,
    .keras, .pt or .pth; nothing is unpickled freely. Large tensors are sampled. The exit code is 1
    if there is a finding.
    """
    from initbench.auditing import audit, read_checkpoint
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_section
    from initbench.initializers import INITIALIZERS
    from initbench.nn import bind_activation

    with INITIALIZERS.including(plugins):
        hidden = make_section(
            ActivationConfig, activation, "activation", f"--activation {activation}"
        )
        result = audit(
            read_checkpoint(files),
            None if claims is None else _claims(claims),
            activation=bind_activation(hidden.name, **hidden.options),
            significance=significance,
            layout=LAYOUTS[layout] if layout else None,  # type: ignore[arg-type]  # one of two
        )
    if as_json:
        click.echo(json_text(result))
    else:
        show(_lines(result))
    if not result.consistent:
        sys.exit(1)


def _claims(text: str) -> Any:
    """Return the plain values of claims: those of a file, or of the text itself."""
    from initbench.config.yaml_text import read_value

    path = Path(text)
    is_file = path.suffix in {".yaml", ".yml"}
    if is_file and not path.is_file():
        raise UsageError(f"--claims {text}: there is no such file")
    document = read_value(path.read_bytes() if is_file else text, f"--claims {text}")
    if document.problems:
        raise UsageError(f"--claims {text}: {document.problems[0]}")
    return document.value


def _lines(result: "Audit") -> list["Line"]:
    """Return a line for each tensor, with its findings below it, and the conclusion."""
    from initbench.auditing.audit import CONSISTENT, ODD, REFUTED
    from initbench.report.lines import BLANK, Piece, Role

    roles = {CONSISTENT: Role.GOOD, REFUTED: Role.BAD, ODD: Role.BAD}
    *columns, verdicts = zip(HEADINGS, *map(_row, result.tensors), strict=True)
    sizes = [max(map(len, column)) for column in columns]
    head, *rows = (
        "".join(f"{text:{size}}  " for text, size in zip(row, sizes, strict=True))
        for row in zip(*columns, strict=True)
    )
    lines: list[Line] = [(Piece(head + verdicts[0], Role.HEADING),)]
    for row, verdict, tensor in zip(rows, verdicts[1:], result.tensors, strict=True):
        lines.append((Piece(row), Piece(verdict, roles.get(tensor.verdict, Role.PLAIN))))
        for check in tensor.findings:
            p_value = "an exact fact" if check.is_exact else f"p {check.p_value:.1g}"
            lines.append((Piece(f"      {check.name}: {check.finding} ({p_value})"),))
        if tensor.cause:
            lines.append((Piece(f"      likely cause: {tensor.cause}"),))
    return [
        *lines,
        BLANK,
        (Piece(_conclusion(result), Role.GOOD if result.consistent else Role.BAD),),
    ]


def _conclusion(result: "Audit") -> str:
    found = sum(bool(tensor.findings) for tensor in result.tensors)
    total = len(result.tensors)
    if found:
        against = f" against {', '.join(result.claims)}" if result.claims else ""
        return f"Findings{against} in {found} of {total} tensors."
    if not result.claims:
        return f"Nothing stands out in {total} tensors."
    claimed = sum(bool(tensor.claim) for tensor in result.tensors)
    rest = f" in the {claimed} of {total} tensors it speaks of" if claimed < total else ""
    return f"No finding against {', '.join(result.claims)}{rest}."


def _row(tensor: "TensorAudit") -> tuple[str, ...]:
    from initbench.auditing.audit import UNCLAIMED

    verdict = tensor.verdict
    if tensor.consistent_with and verdict == UNCLAIMED:
        verdict = f"may be {', '.join(tensor.consistent_with)}"
    return (
        tensor.name,
        " × ".join(map(str, tensor.shape)) or "1",
        f"{tensor.fan_in or ''}",
        f"{tensor.fan_out or ''}",
        f"{tensor.mean:.3g}",
        f"{tensor.std:.4g}",
        "" if math.isnan(tensor.claimed_std) else f"{tensor.claimed_std:.4g}",
        verdict,
    )
