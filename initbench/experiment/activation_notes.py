"""Notes on how schemes use the options of a network's activation, as the slope of leaky_relu."""

from collections.abc import Mapping
from dataclasses import replace

from initbench.errors import UsageError
from initbench.formatting import listing, printable
from initbench.initializers import Initialization, LayerSpec
from initbench.initializers.layers import changed_options
from initbench.training.initial_weights import specs_of
from initbench.training.unit import Unit, Variant


def activation_notes(trained: Mapping[str, tuple[Unit, Variant]]) -> tuple[str, ...]:
    """Return `Cell.activation_notes` of schemes, by their labels.

    Schemes that look at data, and those that state no law, are left out.

    Parameters
    ----------
    trained : mapping of label to (Unit, Variant)
    """
    followed, indifferent, given = [], [], ""
    for label, (unit, variant) in trained.items():
        activation = unit.architecture.activation
        if not (changed := changed_options(activation)):
            return ()
        given = ", ".join(f"{name} {value:g}" for name, value in changed)
        given += f" of {activation.name}"
        scheme = variant.initialization
        resolved = scheme.for_activation(activation).options
        options = [
            f"{name} = {value:g}"
            for name, value in resolved.items()
            if value != scheme.options[name] and isinstance(value, int | float)
        ]
        shown = f"`{printable(label)}`"
        if options:
            followed.append(f"{shown} has {listing(options)}, from {given}.")
        elif _is_indifferent(scheme, specs_of(unit.architecture)):
            indifferent.append(shown)
    if indifferent:
        verb = "does" if len(indifferent) == 1 else "do"
        followed.append(f"{listing(indifferent)} {verb} not depend on {given}.")
    return tuple(followed)


def _is_indifferent(scheme: Initialization, layers: tuple[LayerSpec, ...]) -> bool:
    """Return whether the activation's default options would give the same law in every layer."""
    if scheme.initializer.adapt is not None or not scheme.states_law:
        return False
    for layer in layers:
        plain = replace(layer, activation_options=())
        try:
            laws = [
                (scheme.mean(each), scheme.variance(each), scheme.bias_moments(each))
                for each in (layer, plain)
            ]
        except UsageError:  # there is no law with the default options
            return False
        if laws[0] != laws[1]:
            return False
    return True
