"""What the outline stores of a cell for readers of the results: setup, depth scales and notes.

A results folder can then be read without the data set, the network, the schemes or the theory. The
depth scales are those of the wide limit of the cell's networks: mean-field theory computes from a
scheme's law alone how fast correlations decay per layer. Notes say how schemes use the options of
the activation, such as the slope of leaky_relu.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from initbench.errors import UsageError
from initbench.experiment.units import check_stop
from initbench.formatting import listing, printable
from initbench.initializers import Initialization, LayerSpec, specs_of
from initbench.initializers.initialization import wide_layers
from initbench.initializers.layers import changed_options
from initbench.nn import bind_activation
from initbench.nn.losses import loss_for
from initbench.options import OptionValue
from initbench.results import Setup
from initbench.theory import correlation_factor
from initbench.training.evaluation import SCORES
from initbench.training.unit import Named, NetworkSettings, Unit, Variant
from initbench.training.update import CLIP


def setup_of(unit: Unit) -> Setup:
    """Return the setup of the runs of a unit.

    Raises `UsageError` if the network, the loss or the stopping rule does not fit the data.
    """
    _ = unit.architecture  # raises if blocks do not divide the layers
    loss = loss_for(unit.data.classes, unit.recipe.loss.name, **dict(unit.recipe.loss.options))
    setup = Setup(
        dataset=unit.dataset.name,
        scaling=unit.dataset.scaling,
        classes=unit.data.classes,
        features=unit.data.features,
        hidden=unit.network.hidden,
        network=describe_network(unit.network),
        training=describe_training(unit, loss.name),
        epochs=unit.recipe.epochs,
        score=SCORES[loss.task],
        parts=unit.data.parts,
        baselines=unit.data.baselines,
    )
    check_stop(unit.recipe.stop, setup.curves)
    return setup


def describe_network(network: NetworkSettings) -> str:
    """Return a network apart from its layer sizes in words: ``relu, layer normalization``."""
    notes = [_name(network.activation)]
    if not network.bias:
        notes.append("no biases")
    if network.normalization != "none":
        notes.append(f"{network.normalization} normalization")
    residual = network.residual
    if residual is not None:
        notes.append(f"residual blocks of {residual.layers}")
        if residual.learned_scale:
            notes.append("a learned scale each")
        if residual.scalar_biases:
            notes.append("scalar biases in them")
        if residual.multiplier != 1.0:
            notes.append(f"multiplied by {residual.multiplier}")
    if network.dropout is not None:
        kind = "alpha dropout" if network.dropout.kind == "alpha" else "dropout"
        notes.append(f"{kind} of {network.dropout.rate:g}")
    return ", ".join(notes)


def describe_training(unit: Unit, loss: str) -> str:
    """Return training in words: ``100 epochs of sgd (learning_rate 0.1), batches of 32``.

    Hyper-parameters that differ between runs are left out.
    """
    recipe, stop = unit.recipe, unit.recipe.stop
    shared = dict(set.intersection(*(set(each.hyperparameters) for each in unit.variants)))
    clip = shared.pop(CLIP, None)
    batches = "full batches" if recipe.batch_size is None else f"batches of {recipe.batch_size}"
    notes = [
        f"{recipe.epochs} epochs of {recipe.optimizer}{_options(shared)}",
        batches,
        f"loss {loss.replace('_', ' ')}{_options(dict(recipe.loss.options))}",
    ]
    if recipe.schedule.name != "constant" or dict(recipe.schedule.options)["warmup"]:
        notes.append(f"learning rate {_name(recipe.schedule)}")
    if clip is not None:
        notes.append(f"gradients clipped at norm {clip:g}")
    if stop is not None:
        rules = {"target": stop.target, "patience": stop.patience}
        given = {name: value for name, value in rules.items() if value is not None}
        notes.append(f"stopped by {stop.monitor.replace('_', ' ')}{_options(given)}")
    return ", ".join([*notes, unit.network.dtype])


def _name(named: Named) -> str:
    return f"{named.name}{_options(dict(named.options))}"


def _options(options: Mapping[str, OptionValue]) -> str:
    """Return non-zero options in brackets: `` (learning_rate 0.1)``; empty if there are none."""
    listed = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in sorted(options.items())
        if value != 0
    )
    return f" ({listed})" if listed else ""


def correlation_factors(trained: Mapping[str, tuple[Unit, Variant]]) -> dict[str, float]:
    """Return `Cell.correlation_factors` of each scheme for which the theory has a prediction.

    The theory covers networks of dense layers and activations whose inner layers all have the same
    variances. Schemes outside the catalogue are left out.

    `trained`: by label; the variants and seeds of the unit are ignored.
    """
    found = {
        label: _factor(replace(unit, variants=(), seeds=()), replace(variant, hyperparameters=()))
        for label, (unit, variant) in trained.items()
        if variant.origin is None
    }
    return {label: factor for label, factor in found.items() if math.isfinite(factor)}


@lru_cache(maxsize=10_000)
def _factor(unit: Unit, scheme: Variant) -> float:
    architecture = unit.architecture
    if architecture.residual is not None or architecture.normalization != "none":
        return math.nan
    if architecture.dropout is not None:  # it has a depth scale of its own
        return math.nan
    layers = wide_layers(scheme.initialization, specs_of(architecture))
    between = () if layers is None else layers[1:-1]
    weights = {round(layer.scaled, 12) for layer in between}
    biases = {layer.bias_variance if architecture.bias else 0.0 for layer in between}
    if len(weights) != 1 or len(biases) != 1:
        return math.nan
    return _of_variances(unit.network.activation, weights.pop(), biases.pop())


@cache
def _of_variances(activation: Named, weight_variance: float, bias_variance: float) -> float:
    response = bind_activation(activation.name, **dict(activation.options))
    with np.errstate(all="ignore"):
        return correlation_factor(
            response, weight_variance=weight_variance, bias_variance=bias_variance
        )


def activation_notes(trained: Mapping[str, tuple[Unit, Variant]]) -> tuple[str, ...]:
    """Return `Cell.activation_notes` of schemes, by their labels.

    Schemes that look at data, and those that state no law, are left out.

    `trained`: by label.
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
