"""Describing: a network and its training in a few words, for whoever reads the results later."""

from collections.abc import Mapping

from initbench.experiment.units import NetworkSettings, Unit
from initbench.options import OptionValue
from initbench.training.stack import Named
from initbench.training.update import CLIP


def describe_network(network: NetworkSettings) -> str:
    """Say what a network has beside its hidden units: ``relu, layer normalization``."""
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
    return ", ".join(notes)


def describe_training(runs: Unit, loss: str) -> str:
    """Say how networks are trained: ``100 epochs of sgd (learning_rate 0.1), batches of 32``.

    A hyper-parameter that differs between runs is left out.
    """
    recipe, stop = runs.recipe, runs.recipe.stop
    shared = dict(set.intersection(*(set(each.hyperparameters) for each in runs.variants)))
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
    return ", ".join([*notes, runs.network.dtype])


def _name(named: Named) -> str:
    return f"{named.name}{_options(dict(named.options))}"


def _options(options: Mapping[str, OptionValue]) -> str:
    """Write options in brackets, zeros left out: `` (learning_rate 0.1)``; nothing for none."""
    listed = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in sorted(options.items())
        if value != 0
    )
    return f" ({listed})" if listed else ""
