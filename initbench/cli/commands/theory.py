"""``initbench theory``: predictions of mean-field theory for wide layers."""

from pathlib import Path
from typing import Any

import click

from initbench.cli.options import JSON
from initbench.cli.output import json_text, say


@click.command("theory")
@click.option(
    "--activation",
    required=True,
    metavar="NAME",
    help='Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@click.option(
    "--bias-var",
    type=float,
    metavar="X",
    help="Variance of a bias.  [default: 0, or that of the critical point]",
)
@click.option(
    "--weight-var",
    type=float,
    metavar="X",
    help="Variance of a weight times the fan-in.  [default: the critical variance]",
)
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the phase diagram into this file, .png or .svg.",
)
@JSON
def command(
    *,
    activation: str,
    bias_var: float | None,
    weight_var: float | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Print mean-field predictions for wide layers.

    These are the fixed points of the length and the correlation of signals, depth scales, and
    critical variances. A critical point is stable if nearby lengths approach it, and half-stable if
    they do so from one side. Networks of a depth up to about 6 xi_c can be trained. A dash means
    infinite or undefined.
    """
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_section
    from initbench.mean_field_theory import theory_document

    chosen = make_section(
        ActivationConfig, activation, "activation", f"--activation {activation}"
    ).model_dump()
    found = theory_document(chosen, bias_variance=bias_var, weight_variance=weight_var)
    if plot is not None:
        _draw(chosen, plot, found)
    click.echo(json_text(found) if as_json else _text(found))


def _text(found: dict[str, Any]) -> str:
    from initbench.report.lines import plain
    from initbench.report.table_model import as_lines, table_of

    numbers = {
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
    rows = [
        ("universality class", found["universality"]),
        ("stability of q*", found["stability"] or "none: lengths grow without bound"),
        *((name, "–" if value is None else f"{value:.6g}") for name, value in numbers.items()),
    ]
    for point in found["critical_points"]:
        where = f"σw² {point['weight_variance']:.6g}, q {point['length']:.6g}"
        factor = f"χ∥ {point['chi_parallel']:.4g}"
        rows.append(("critical point", f"{where}, {factor}, {point['stability']}"))
    lines, _ = as_lines(table_of(("quantity", "value"), rows, left=2))
    return f"{found['activation']}: {found['phase']}\n{plain(lines)}"


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
