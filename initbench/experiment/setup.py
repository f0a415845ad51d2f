"""The setup of a cell: what all of its runs have in common, for a reader of the results.

The outline stores the setup in words, so that a results folder can be read without the data set,
the network or the schemes.
"""

from collections.abc import Mapping

from initbench.experiment.settings import check_stop
from initbench.nn.losses import loss_for
from initbench.options import OptionValue
from initbench.results import Setup
from initbench.training.evaluation import SCORES
from initbench.training.recipe import Named
from initbench.training.unit import NetworkSettings, Unit
from initbench.training.update import CLIP


def setup_of(unit: Unit) -> Setup:
    """Return the setup of the runs of a unit.

    Raises
    ------
    UsageError
        The network, the loss or the stopping rule does not fit the data.
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
