"""``initbench export``: initial weights for PyTorch, Keras and JAX."""

from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.messages import say
from initbench.cli.options import PLUGINS
from initbench.cli.settings import Setting, naming_flags, setting_option


@click.command("export")
@setting_option(
    "--init",
    "init",
    required=True,
    metavar="NAME",
    help='Scheme, or with options, "{name: random, std: 10}".',
)
@setting_option(
    "--layers",
    "layers",
    is_list=True,
    required=True,
    metavar="N,N,N",
    help="Number of features, units of each hidden layer, and outputs.",
)
@setting_option(
    "--activation",
    "activation",
    metavar="NAME",
    help="Activation of hidden layers.  [default: relu]",
)
@setting_option(
    "--dataset",
    "dataset",
    metavar="NAME|FILE",
    help="Data for data-dependent schemes.  [default: normal noise]",
)
@setting_option("--seed", "seed", metavar="N", help="Seed of the weights.  [default: 0]")
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

    given = [setting for setting in settings.values() if setting is not None]
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
