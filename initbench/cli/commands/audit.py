"""``initbench audit``: whether the tensors of a checkpoint were drawn as someone claims."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import click

from initbench.cli.options import JSON, PLUGINS
from initbench.cli.output import json_text, show

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
    help='Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@click.option(
    "--significance",
    metavar="P",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.001,
    show_default=True,
    help="Probability of a finding if the claim is true.",
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
    .keras, .pt or .pth; pickles are never executed. Large tensors are sampled. The exit code is 1
    if there is a finding.
    """
    from initbench.auditing import audit, read_checkpoint
    from initbench.auditing.report import audit_lines
    from initbench.config.audit_claims import claims_of
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_section
    from initbench.initializers import INITIALIZERS
    from initbench.nn import bind_activation

    stating = nullcontext() if claims is None else claims_of(claims)
    with INITIALIZERS.including(plugins), stating as stated:
        hidden = make_section(
            ActivationConfig, activation, "activation", f"--activation {activation}"
        )
        result = audit(
            read_checkpoint(files),
            stated,
            activation=bind_activation(hidden.name, **hidden.options),
            significance=significance,
            layout=LAYOUTS[layout] if layout else None,  # type: ignore[arg-type]  # one of two
        )
    if as_json:
        click.echo(json_text(result))
    else:
        show(audit_lines(result))
    if not result.consistent:
        sys.exit(1)
