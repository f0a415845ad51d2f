"""``initbench theory``: what mean-field theory says of wide layers."""

from pathlib import Path
from typing import Any

import click

from initbench.cli.messages import as_json, say


@click.command("theory")
@click.option(
    "--activation",
    required=True,
    metavar="NAME",
    help='What hidden layers apply, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@click.option(
    "--bias-var",
    type=float,
    default=0.0,
    show_default=True,
    metavar="X",
    help="Variance of a bias.",
)
@click.option(
    "--weight-var",
    type=float,
    metavar="X",
    help="Variance of a weight, times the fan-in.  [default: the critical one]",
)
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the phase diagram into this file, .png or .svg.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(
    *, activation: str, bias_var: float, weight_var: float | None, plot: Path | None, is_json: bool
) -> None:
    """Say what mean-field theory knows of wide layers.

    That is where signals settle, how deep they reach, and which weight variance is critical.
    A network can be trained to a depth of about six times xi_c. Where nothing settles, or where
    the way there is endless, there is no number.
    """
    from initbench import insight
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_choice

    chosen = make_choice(
        ActivationConfig, activation, "activation", f"--activation {activation}"
    ).model_dump()
    found = insight.theory_document(chosen, bias_variance=bias_var, weight_variance=weight_var)
    if plot is not None:
        _draw(chosen, plot, found)
    click.echo(as_json(found) if is_json else "\n".join(_lines(found)))


def _lines(found: dict[str, Any]) -> list[str]:
    rows = {
        "weight variance × fan-in": found["weight_var"],
        "bias variance": found["bias_var"],
        "critical weight variance": found["critical_weight_var"],
        "length q*": found["q_star"],
        "correlation c*": found["c_star"],
        "gradient factor χ1 a layer": found["chi_1"],
        "depth scale ξ_q of lengths": found["xi_q"],
        "depth scale ξ_c of correlations": found["xi_c"],
        "trainable depth, about 6 ξ_c": found["trainable_depth"],
    }
    width = max(map(len, rows))
    lines = [f"{found['activation']}: {found['phase']}"]
    for name, value in rows.items():
        lines.append(f"  {name:{width}}  {'–' if value is None else f'{value:.6g}'}")
    return lines


def _draw(activation: Any, path: Path, found: dict[str, Any]) -> None:
    from initbench import insight
    from initbench.results import files

    data = insight.phase_picture(
        activation,
        bias_variance=found["bias_var"],
        weight_variance=found["weight_var"],
        form=path.suffix.removeprefix("."),
    )
    files.prepare_folder(path.parent)
    files.write_atomically(path, data)
    say(f"{path}")
