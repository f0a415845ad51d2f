"""The weights of a module in the order of the signal, with what a scheme is told of each.

The order, the activations and the residual branches are read from a pass of a batch. Without a
batch they follow from the registration of the modules, and branches must be named.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import nn

from initbench.errors import UsageError
from initbench.initializers import LayerSpec
from initbench.initializers.layers import changed_options
from initbench.nn import BoundActivation, bind_activation
from initbench.torch.modules import Weight, parameters_of
from initbench.torch.passes import Batch, call, moved, without_trace
from initbench.torch.watching import MODULES, Branch, Call, Watch

ASSUMED: Final = "relu"
"""The activation of the hidden layers if there is no sign of another."""


@dataclass(frozen=True)
class Network:
    """The weights of a module in the order of the signal, and what a scheme is told of each.

    Attributes
    ----------
    specs : mapping of str to LayerSpec
        By name of the weight. The fans are those of one of its matrices.
    activation : BoundActivation
        The most frequent activation of the hidden layers.
    is_assumed : bool
        Whether that is an assumption: no activation was found.
    is_perceptron : bool
        Whether the module is a chain of linear layers, as the networks of the NumPy engine are.
    unused : tuple of str
        Owners of weights that the batch did not reach.
    """

    weights: tuple[Weight, ...]
    specs: Mapping[str, LayerSpec]
    activation: BoundActivation
    is_assumed: bool
    is_perceptron: bool
    branches: tuple[Branch, ...]
    unused: tuple[str, ...]


def network_of(
    model: nn.Module,
    batch: Batch | None = None,
    *,
    activation: str | BoundActivation | None = None,
    branches: Sequence[str] | None = None,
    scaled_branches: bool = False,
) -> Network:
    """Return the weights of a module in the order of the signal.

    Parameters
    ----------
    activation : str or BoundActivation, optional
        Of the hidden layers, if it is not to be found.
    branches : sequence of str, optional
        Patterns of module names, such as ``"blocks.*.mlp"``. Each module whose name matches is one
        residual branch; without them, branches are found with the batch.
    scaled_branches : bool
        Whether each branch is multiplied by a learned factor.
    """
    weights, _ = parameters_of(model)
    if batch is None:
        batch = _batch_for_linear(model, weights)
    calls: list[Call] = []
    found: tuple[Branch, ...] = ()
    if batch is not None:
        calls, found = _watched(model, weights, batch)
    if branches is not None:
        found = _named_branches(model, weights, branches)
    order = list(dict.fromkeys(each.owner for each in calls))
    places = {owner: place for place, owner in enumerate(order)}

    def place_of(weight: Weight) -> tuple[int, int]:
        # Attention uses the weights of its output projection without calling that module.
        head = weight.owner.rpartition(".")[0]
        place = places.get(weight.owner, places.get(head, len(order)))
        return place, weights.index(weight)

    ordered = tuple(sorted(weights, key=place_of)) if calls else tuple(weights)
    hidden, is_assumed = _activation(model, calls, activation)
    is_chain = bool(ordered) and all(
        each.kind == "linear" and not each.is_in_out and len(each.names) <= 1 for each in ordered
    )
    return Network(
        weights=ordered,
        specs=_specs(ordered, hidden, calls, found, scaled_branches=scaled_branches),
        activation=hidden,
        is_assumed=is_assumed,
        is_perceptron=is_chain
        and all(left.units == right.inputs for left, right in pairwise(ordered)),
        branches=found,
        unused=tuple(
            each.owner
            for each in ordered
            if calls and not {each.owner, each.owner.rpartition(".")[0]} & places.keys()
        ),
    )


def spec_of_parameter(tensor: torch.Tensor) -> LayerSpec:
    """Return what a scheme is told of a parameter that is no weight of a known layer.

    A matrix is (out, in), and a vector is a layer of one unit.
    """
    units = tensor.shape[0] if tensor.ndim > 1 else 1
    return LayerSpec(max(tensor.numel() // max(units, 1), 1), max(units, 1))


def _watched(
    model: nn.Module, weights: Sequence[Weight], batch: Batch
) -> tuple[list[Call], tuple[Branch, ...]]:
    """Pass a batch through a model, whose buffers and random numbers stay as they are."""
    watch = Watch(model, weights)
    first = next(model.parameters(), None)
    dtype = first.dtype if first is not None and first.is_floating_point() else None
    inputs = batch.inputs if dtype is None else moved(batch.inputs, dtype)
    try:
        with without_trace(model), torch.enable_grad(), watch.hooked(inputs):
            call(model, inputs)
    except Exception as error:
        raise UsageError(
            f"the model fails with this batch: {type(error).__name__}: {error}"
        ) from error
    return watch.calls, tuple(watch.branches)


def _batch_for_linear(model: nn.Module, weights: Sequence[Weight]) -> Batch | None:
    """Return a batch with which a module of linear layers alone shows its order, or None."""
    if not weights or any(weight.kind != "linear" or weight.is_in_out for weight in weights):
        return None
    if any(isinstance(weight.module, nn.Bilinear) for weight in weights):
        return None
    reference = weights[0].tensor
    for size in dict.fromkeys(weight.inputs for weight in weights):
        batch = Batch(torch.zeros(2, size, dtype=reference.dtype, device=reference.device))
        try:
            calls, _ = _watched(model, weights, batch)
        except UsageError:
            continue
        if len({each.owner for each in calls}) == len(weights):
            return batch
    return None


def _named_branches(
    model: nn.Module, weights: Sequence[Weight], patterns: Sequence[str]
) -> tuple[Branch, ...]:
    found = []
    names = [name for name, _ in model.named_modules() if name]
    for pattern in patterns:
        matching = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
        owners = [
            tuple(
                weight.owner
                for weight in weights
                if f"{weight.owner}.".startswith(f"{name}.") and weight.kind != "embedding"
            )
            for name in matching
        ]
        if not any(owners):
            raise UsageError(f"branches: {pattern!r} matches no module with weights")
        found += [Branch(each) for each in owners if each]
    return tuple(found)


def _activation(
    model: nn.Module, calls: Sequence[Call], given: str | BoundActivation | None
) -> tuple[BoundActivation, bool]:
    """Return the activation of the hidden layers, and whether it is assumed."""
    if isinstance(given, BoundActivation):
        return given, False
    if given is not None:
        return bind_activation(given), False
    found = [
        (each.activation, tuple(each.options.items())) for each in calls[:-1] if each.activation
    ]
    if not found:
        for module in model.modules():
            options: tuple[tuple[str, float], ...] = ()
            if isinstance(module, nn.LeakyReLU):
                options = (("slope", float(module.negative_slope)),)
            elif isinstance(module, nn.ELU):
                options = (("alpha", float(module.alpha)),)
            if named := MODULES.get(type(module).__name__):
                found.append((named, options))
    if not found:
        is_linear = bool(calls) and all(each.activation is None for each in calls)
        return bind_activation("linear" if is_linear else ASSUMED), not is_linear
    name, chosen = max(dict.fromkeys(found), key=found.count)
    return bind_activation(str(name), **dict(chosen)), False


def _specs(
    weights: Sequence[Weight],
    hidden: BoundActivation,
    calls: Sequence[Call],
    branches: Sequence[Branch],
    *,
    scaled_branches: bool,
) -> dict[str, LayerSpec]:
    follows = {each.owner: each.activation for each in calls}
    in_branch = {
        owner: (len(branch.owners), place)
        for branch in branches
        for place, owner in enumerate(branch.owners)
    }
    depth = len(weights)
    specs = {}
    for index, weight in enumerate(weights):
        is_last = index == depth - 1
        length, place = in_branch.get(weight.owner, (0, 0))
        after = follows.get(weight.owner, None if is_last else hidden.name)
        specs[weight.name] = LayerSpec(
            weight.fan_in,
            weight.fan_out,
            index,
            depth,
            activation="linear" if is_last or not after else after,
            hidden_activation=hidden.name,
            branches=len(branches),
            branch_layers=length,
            branch_position=place,
            scaled_branches=scaled_branches,
            activation_options=changed_options(hidden),
        )
    return specs
