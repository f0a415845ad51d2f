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
    metavar="X",
    help="Variance of a bias.  [default: 0, or what the critical point needs]",
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
    *,
    activation: str,
    bias_var: float | None,
    weight_var: float | None,
    plot: Path | None,
    is_json: bool,
) -> None:
    """Say what mean-field theory knows of wide layers.

    That is the length at which signals settle, how deep they reach, and which variances are
    critical. A critical point is stable if lengths near it approach it, half-stable if they do from
    one side. A network can be trained to a depth of about six times xi_c. A dash stands for a
    number that is infinite or undefined.
    """
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_choice
    from initbench.mean_field_theory import theory_document

    chosen = make_choice(
        ActivationConfig, activation, "activation", f"--activation {activation}"
    ).model_dump()
    found = theory_document(chosen, bias_variance=bias_var, weight_variance=weight_var)
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
        "χ⊥, gradient factor a layer": found["chi_1"],
        "χ∥, length-change factor a layer": found["chi_parallel"],
        "depth scale ξ_q of lengths": found["xi_q"],
        "depth scale ξ_c of correlations": found["xi_c"],
        "trainable depth, about 6 ξ_c": found["trainable_depth"],
    }
    width = max(map(len, rows))
    settled = found["stability"] or "lengths grow without end"
    lines = [
        f"{found['activation']}: {found['phase']}",
        f"  {'universality class':{width}}  {found['universality']}",
        f"  {'stability of q*':{width}}  {settled}",
    ]
    for name, value in rows.items():
        lines.append(f"  {name:{width}}  {'–' if value is None else f'{value:.6g}'}")
    for point in found["critical_points"]:
        where = f"σw² {point['weight_variance']:.6g}, q {point['length']:.6g}"
        factor = f"χ∥ {point['chi_parallel']:.4g}"
        lines.append(f"  {'critical point':{width}}  {where}, {factor}, {point['stability']}")
    return lines


def _draw(activation: Any, path: Path, found: dict[str, Any]) -> None:
    from initbench.mean_field_theory import phase_picture
    from initbench.results import files

    data = phase_picture(
        activation,
        bias_variance=found["bias_var"],
        weight_variance=found["weight_var"],
        form=path.suffix.removeprefix("."),
    )
    files.prepare_folder(path.parent)
    files.write_atomically(path, data)
    say(f"{path}")
