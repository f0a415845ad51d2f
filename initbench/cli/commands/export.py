"""``initbench export``: initial weights for PyTorch, Keras and JAX."""

from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.options import (
    PLUGINS,
    Setting,
    given_settings,
    naming_flags,
    setting_option,
)
from initbench.cli.output import say


@click.command("export")
@setting_option("--init", 'Scheme, or with options, "{name: random, std: 10}".', required=True)
@setting_option(
    "--layers", "Number of features, units of each hidden layer, and outputs.", required=True
)
@setting_option("--activation", "Activation of hidden layers.  [default: relu]", path="activation")
@setting_option("--dataset", "Data for data-dependent schemes.  [default: normal noise]")
@setting_option("--seed", "Seed of the weights.  [default: 0]")
@click.option(
    "--format",
    "form",
    metavar="FORM",
    default="npz",
    show_default=True,
    help="npz for weights, or torch, keras or jax for Python code.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File to write, .npz or .py.  [default: print the Python code]",
)
@PLUGINS
def command(
    *, form: str, output: Path | None, plugins: Sequence[str], **settings: Setting | None
) -> None:
    """Export initial weights, or Python code for a framework.

    An .npz has arrays W1, b1, W2, b2, … of shape (fan_in, fan_out) and (fan_out,). The Python code
    builds the network and calls the framework's own initializer of the same law. If the framework
    has none, the code loads the weights from an .npz that is written beside it.
    """
    from initbench.exporting import draw_start, export_start
    from initbench.initializers import INITIALIZERS

    given = given_settings(settings)
    with INITIALIZERS.including(plugins):
        with naming_flags(given):
            start = draw_start({}, [setting.override for setting in given])
        made = export_start(start, form, output)
    if start.is_noise and made.files:
        name = start.scheme.initializer.name
        say(f"{name} used normal noise as its data; choose your training data with --dataset")
    click.echo(made.text, nl=False)
    for path in made.files:
        say(f"{path}")
