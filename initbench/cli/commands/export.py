"""``initbench export``: a start for PyTorch, Keras and JAX."""

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
    help='The scheme, or with options, "{name: random, std: 10}".',
)
@setting_option(
    "--layers",
    "layers",
    is_list=True,
    required=True,
    metavar="N,N,N",
    help="Features, units of each hidden layer, outputs.",
)
@setting_option(
    "--activation", "activation", metavar="NAME", help="Of hidden layers.  [default: relu]"
)
@setting_option(
    "--dataset",
    "dataset",
    metavar="NAME|FILE",
    help="What a scheme that looks at data looks at.  [default: normal noise]",
)
@setting_option("--seed", "seed", metavar="N", help="Of the weights.  [default: 0]")
@click.option(
    "--format",
    "form",
    metavar="FORM",
    default="npz",
    show_default=True,
    help="Weights, npz, or Python for torch, keras or jax.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="An .npz, or a .py.  [default: Python that draws is printed]",
)
@PLUGINS
def command(
    *, form: str, output: Path | None, plugins: Sequence[str], **settings: Setting | None
) -> None:
    """Export a start as weights, or as Python for a framework.

    An .npz holds W1, b1, W2, b2, … of shape (fan_in, fan_out) and (fan_out,). Python builds the
    network and draws with the framework's own initializer of the same law; where there is none, it
    loads the weights, which are written beside it.
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
        say(f"{name} looked at normal noise; --dataset shows it the data that you train on")
    click.echo(made.text, nl=False)
    for path in made.files:
        say(f"{path}")
