"""``initbench explain``: explain a scheme, or compare the definitions of two."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from initbench.cli.options import JSON, PLUGINS
from initbench.cli.output import json_text

if TYPE_CHECKING:
    from initbench.initializers import LayerSpec


def _shape(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """Return fan_in and fan_out of a text such as ``784x256``."""
    parts = value.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        message = f"{value!r} is not a shape: write inputs and units, such as 784x256"
        raise click.BadParameter(message, ctx, param)
    return int(parts[0]), int(parts[1])


@click.command("explain")
@click.argument("names", metavar="NAME [NAME]", nargs=-1, required=True)
@click.option(
    "--shape",
    callback=_shape,
    metavar="NxM",
    default="784x256",
    show_default=True,
    help="Inputs and units of the example layer.",
)
@click.option(
    "--activation",
    metavar="NAME",
    help='Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".'
    "  [default: one that the scheme is designed for]",
)
@click.option("--bibtex", is_flag=True, help="Print BibTeX entries of the papers.")
@JSON
@PLUGINS
def command(
    *,
    names: Sequence[str],
    shape: tuple[int, int],
    activation: str | None,
    bibtex: bool,
    as_json: bool,
    plugins: Sequence[str],
) -> None:
    """Explain a scheme: law, source, names in frameworks, and an example.

    With two names, show the differences. The example layer lies between two hidden layers. NAME may
    have options, as in "{name: torch:kaiming_uniform, a: 2.236}", and may be the name in a
    framework: torch.nn.init.kaiming_normal_ or keras:HeNormal.
    """
    from initbench.config.experiment import InitConfig
    from initbench.config.loading import make_section
    from initbench.initializers import INITIALIZERS, bind
    from initbench.initializers.explain import compare, comparison_text, explain, explanation_text

    if len(names) > 2:
        raise click.UsageError("give one name, or two to compare")
    with INITIALIZERS.including(plugins):
        chosen = [make_section(InitConfig, name, "initializer") for name in names]
        schemes = [bind(each.name, **each.options) for each in chosen]
        layer = _layer(shape, activation, schemes[0].initializer.requires.activations)
        if bibtex:
            click.echo(_bibliography([scheme.initializer for scheme in schemes]))
        elif len(schemes) == 1:
            found = explain(schemes[0], layer)
            click.echo(json_text(found) if as_json else explanation_text(found))
        else:
            both = compare(schemes[0], schemes[1], layer)
            click.echo(json_text(both) if as_json else comparison_text(both))


def _layer(shape: tuple[int, int], activation: str | None, fitting: Sequence[str]) -> "LayerSpec":
    from initbench.config.experiment import ActivationConfig
    from initbench.config.loading import make_section
    from initbench.initializers import LayerSpec
    from initbench.initializers.layers import changed_options
    from initbench.nn import bind_activation

    hidden = bind_activation((*fitting, "relu")[0])
    if activation is not None:
        source = f"--activation {activation}"
        choice = make_section(ActivationConfig, activation, "activation", source)
        hidden = bind_activation(choice.name, **choice.options)
    name, options = hidden.name, changed_options(hidden)
    return LayerSpec(*shape, 1, 3, name, name, activation_options=options)


def _bibliography(entries: Sequence[Any]) -> str:
    cited = dict.fromkeys(entry.citation.bibtex for entry in entries if entry.citation)
    if not cited:
        names = ", ".join(entry.name for entry in entries)
        raise click.UsageError(f"no paper to cite for {names}")
    return "\n\n".join(cited)
