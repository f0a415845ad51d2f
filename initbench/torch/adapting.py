"""Adapting the weights of a module to data, layer by layer, as the schemes of the catalogue do.

The functions are those of `initbench.initializers.data_driven` for stacks of perceptrons, where
their sources stand, written for any module: what a layer returns is seen by a hook. They change
weights in place.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.seeding import Stream, generator
from initbench.torch.modules import Weight
from initbench.torch.passes import (
    Batch,
    Loss,
    call,
    logits_of,
    loss_of,
    rows_of,
    without_trace,
)
from initbench.torch.watching import NoDropout, tensors_in

_CALIBRATIONS: Final = 10
"""How often `krahenbuhl` looks at gradients, as in the authors' code."""

_NOISE: Final = 1
"""Key of the random direction of the outputs, as in `initbench.initializers.adapting`."""

_LEAST: Final = 0.01
"""The smallest factor that `gradinit` learns."""

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8
"""Of Adam, which moves the factors of `gradinit`."""

_SHRINK: Final = 0.5
"""The smallest part of a weight's norm that a step of `metainit` leaves."""


_UNUSED: Final[Mapping[str, bool]] = {"allow_unused": True, "materialize_grads": True}
"""For derivatives by tensors that may have no influence: zeros."""


def lsuv(
    model: nn.Module,
    weights: Sequence[Weight],
    batch: Batch,
    _loss: Loss,
    _seed: int,
    *,
    tolerance: float,
    passes: int,
) -> None:
    """Divide each weight by the standard deviation of its outputs until that is near 1."""
    for weight in weights:
        for place in range(weight.matrices if weight.kind == "attention" else 1):
            for _ in range(passes):
                made = _made_by(model, weight, batch, place)
                if made is None:
                    break
                variance = float(made.double().var(correction=0))
                if not (variance > 0.0 and abs(variance - 1.0) >= tolerance):
                    break
                _scale(weight, variance**-0.5, place)


def krahenbuhl(
    model: nn.Module,
    weights: Sequence[Weight],
    batch: Batch,
    _loss: Loss,
    seed: int,
    *,
    bias: float,
    tolerance: float,
) -> None:
    """Standardize each unit on data, then let all layers learn at one rate."""
    unfit = [each.name for each in weights if each.kind in {"attention", "recurrent"}]
    if unfit:
        raise UsageError(
            f"krahenbuhl standardizes the outputs of each unit, and those of {unfit[0]} are not"
            " seen outside its module"
        )
    weights = [weight for weight in weights if weight.kind != "embedding"]
    share = 1.0
    for weight in weights:
        vector = getattr(weight.module, weight.bias) if weight.bias else None
        if vector is not None:
            vector.data.zero_()
        units = _units_made(model, weight, batch)
        if units is None:
            continue
        mean, deviation = units.mean(dim=1), units.std(dim=1, correction=0)
        varies = deviation > 0.0
        scale = torch.where(varies, deviation, torch.ones_like(deviation))
        tensor = weight.tensor.data
        shape = [1] * tensor.ndim
        shape[int(weight.is_in_out)] = len(scale)
        tensor.div_(scale.to(tensor.dtype).reshape(shape))
        if vector is not None:
            centred = bias - torch.where(varies, mean, torch.zeros_like(mean)) / scale
            vector.data.copy_(centred)
        share = float(varies.double().mean())
    sizes = {weight.name: _size_given(model, weight, batch) for weight in weights}
    spread = share if share > 0.0 else 1.0
    for _ in range(_CALIBRATIONS):
        ratios = _ratios(model, weights, batch, seed)
        logs = np.log(ratios)
        target = logs.mean() + np.log(spread) / len(weights)
        if not np.isfinite(target) or np.abs(logs - logs.mean()).max() < tolerance:
            break
        for weight, factor in zip(weights, np.exp((logs - target) / 2.0), strict=True):
            now = _size_given(model, weight, batch)
            if weight.bias:
                getattr(weight.module, weight.bias).data.mul_(now / sizes[weight.name] * factor)
            sizes[weight.name] = now
            _scale(weight, float(factor), None)
        units = _units_made(model, weights[-1], batch)
        if units is not None:
            spread = float(units.std(dim=1, correction=0).mean())


def metainit(
    model: nn.Module,
    weights: Sequence[Weight],
    batch: Batch,
    loss: Loss,
    _seed: int,
    *,
    learning_rate: float,
    momentum: float,
    steps: int,
    epsilon: float,
) -> None:
    """Change the norm of each weight so that a step changes the gradient less."""
    _refuse_parametrized("metainit", weights)
    parameters = [each for each in model.parameters() if each.requires_grad]
    tensors = [weight.tensor for weight in weights]
    velocity = np.zeros(len(tensors))
    for _ in range(steps):
        with without_trace(model), torch.enable_grad(), NoDropout():
            value = loss_of(loss, call(model, batch.inputs), batch.target)
            gradients = torch.autograd.grad(value, parameters, create_graph=True, allow_unused=True)
            pairs = zip(parameters, gradients, strict=True)
            used = [(parameter, slope) for parameter, slope in pairs if slope is not None]
            halves = sum(slope.square().sum() for _, slope in used) / 2.0
            reached = [parameter for parameter, _ in used]
            products = torch.autograd.grad(halves, reached, create_graph=True, **_UNUSED)
            total = 0.0
            for (_, slope), product in zip(used, products, strict=True):
                sign = torch.where(slope >= 0.0, 1.0, -1.0).to(slope.dtype)
                total += ((slope - product) / (slope + epsilon * sign) - 1.0).abs().sum()
            count = sum(slope.numel() for _, slope in used)
            slopes = torch.autograd.grad(total / count, tensors, **_UNUSED)
        for place, (tensor, slope) in enumerate(zip(tensors, slopes, strict=True)):
            norm = float(tensor.detach().norm())
            along = float((slope * tensor.detach()).sum())
            velocity[place] = momentum * velocity[place] - learning_rate * np.sign(along)
            grown = 1.0 + velocity[place] / (norm if norm > 0.0 else 1.0)
            tensor.data.mul_(max(grown, _SHRINK))


def gradinit(
    model: nn.Module,
    weights: Sequence[Weight],
    batch: Batch,
    loss: Loss,
    _seed: int,
    *,
    eta: float,
    gamma: float,
    learning_rate: float,
    steps: int,
) -> None:
    """Learn a factor for each weight and bias, so that the loss after one step is small."""
    _refuse_parametrized("gradinit", weights)
    third = max(batch.size // 3, 1)
    rows = torch.arange(batch.size)
    first = rows_of(batch, rows[: 2 * third])
    second = rows_of(batch, torch.cat([rows[:third], rows[-third:]]))
    parts = [weight.tensor for weight in weights]
    parts += [getattr(weight.module, weight.bias) for weight in weights if weight.bias]
    parameters = [each for each in model.parameters() if each.requires_grad]
    places = [next(k for k, one in enumerate(parameters) if one is part) for part in parts]
    start = [part.detach().clone() for part in parts]
    factors, moments, counts = np.ones(len(parts)), np.zeros((2, 2, len(parts))), np.zeros(2)

    def slopes(samples: Batch, *, of_length: bool) -> tuple[list[torch.Tensor], float]:
        """Return the gradient of the loss, or of the length of that gradient, and the length."""
        with without_trace(model), torch.enable_grad(), NoDropout():
            value = loss_of(loss, call(model, samples.inputs), samples.target)
            found = torch.autograd.grad(value, parameters, create_graph=of_length, **_UNUSED)
            length = torch.stack([each.square().sum() for each in found]).sum().sqrt()
            if of_length:
                found = torch.autograd.grad(length, parameters, **_UNUSED)
        return [each.detach() for each in found], float(length)

    for _ in range(steps):
        gradient, length = slopes(first, of_length=False)
        is_long = length > gamma
        if is_long:
            derivative, _ = slopes(first, of_length=True)
        else:
            for parameter, each in zip(parameters, gradient, strict=True):
                parameter.data.sub_(eta * each)
            derivative, _ = slopes(second, of_length=False)
            derivative = [each / eta for each in derivative]
            for parameter, each in zip(parameters, gradient, strict=True):
                parameter.data.add_(eta * each)
        pairs = zip(places, start, strict=True)
        along = np.array([float((derivative[place] * one).sum()) for place, one in pairs])
        kind, clipped = int(is_long), np.clip(along, -1.0, 1.0)
        mean, square = moments[kind]
        mean[:] = _BETA1 * mean + (1.0 - _BETA1) * clipped
        square[:] = _BETA2 * square + (1.0 - _BETA2) * clipped**2
        counts[kind] += 1
        step = mean / (1.0 - _BETA1 ** counts[kind])
        step /= np.sqrt(square / (1.0 - _BETA2 ** counts[kind])) + _TINY
        factors = np.maximum(factors - learning_rate * step, _LEAST)
        for part, one, factor in zip(parts, start, factors.tolist(), strict=True):
            part.data.copy_(one * factor)


class _Reached(Exception):  # noqa: N818  # it ends a pass early, and is no error
    """Ends a pass at the layer that was waited for."""


def _seen(model: nn.Module, module: nn.Module, batch: Batch) -> tuple[Any, Any] | None:
    """Return the inputs and outputs of a module for a batch; None if the pass does not reach it."""
    found: list[tuple[Any, Any]] = []

    def after(_module: nn.Module, args: Any, output: Any) -> None:
        found.append((args, output))
        raise _Reached

    handle = module.register_forward_hook(after)
    try:
        with without_trace(model), torch.no_grad(), NoDropout(), suppress(_Reached):
            call(model, batch.inputs)
    finally:
        handle.remove()
    return found[0] if found else None


def _made_by(model: nn.Module, weight: Weight, batch: Batch, place: int) -> torch.Tensor | None:
    """Return the outputs of a weight for a batch; None if they are not seen.

    The projections of attention are computed from the inputs of the module.
    """
    if weight.kind in {"recurrent", "embedding"}:
        return None
    module = weight.module
    head, _, last = weight.owner.rpartition(".")
    parent = model.get_submodule(head) if last == "out_proj" else None
    if isinstance(parent, nn.MultiheadAttention):
        module = parent
    seen = _seen(model, module, batch)
    if seen is None:
        return None
    args, output = seen
    if weight.kind != "attention":
        return next(tensors_in(output))
    given = args[min({"q": 0, "k": 1, "v": 2}.get(weight.attribute[0], place), len(args) - 1)]
    made: torch.Tensor = given @ weight.matrix_of(weight.tensor, place).to(given.dtype)
    return made


def _size_given(model: nn.Module, weight: Weight, batch: Batch) -> float:
    """Return the mean magnitude of the inputs of a weight."""
    seen = _seen(model, weight.module, batch)
    return 1.0 if seen is None else float(next(tensors_in(seen[0])).double().abs().mean())


def _units_made(model: nn.Module, weight: Weight, batch: Batch) -> torch.Tensor | None:
    """Return the outputs of each unit of a weight, ``(units, n)``; None if they are not seen."""
    made = _made_by(model, weight, batch, 0)
    if made is None:
        return None
    return made.double().movedim(1 if weight.positions else made.ndim - 1, 0).flatten(1)


def _scale(weight: Weight, factor: float, place: int | None) -> None:
    """Multiply a weight, or one of its matrices, by a factor."""
    if weight.matrices > 1 and place is not None and weight.kind == "attention":
        weight.tensor.data[place * weight.units : (place + 1) * weight.units].mul_(factor)
    elif parametrize.is_parametrized(weight.module, weight.attribute):
        setattr(weight.module, weight.attribute, weight.tensor.detach() * factor)
    else:
        weight.tensor.data.mul_(factor)


def _ratios(model: nn.Module, weights: Sequence[Weight], batch: Batch, seed: int) -> FloatArray:
    """Return the root mean square of the gradient over that of the weight, for each weight.

    The gradient is that of a random linear function of the outputs.
    """
    _refuse_parametrized("krahenbuhl", weights)
    tensors = [weight.tensor for weight in weights]
    with without_trace(model), torch.enable_grad(), NoDropout():
        logits = logits_of(call(model, batch.inputs))
        size = logits.shape[0]
        shape = (logits.numel() // size, size)
        noise = generator(seed, Stream.PROBE, _NOISE).standard_normal(shape)
        direction = torch.from_numpy(noise.T.copy()).reshape(logits.shape).to(logits)
        gradients = torch.autograd.grad((direction * logits).sum(), tensors, **_UNUSED)
    sizes = np.array(
        [
            [float(each.detach().double().square().mean()) for each in pair]
            for pair in zip(gradients, tensors, strict=True)
        ]
    )
    with np.errstate(all="ignore"):
        return np.asarray(np.sqrt(sizes[:, 0] / sizes[:, 1]))


def _refuse_parametrized(name: str, weights: Sequence[Weight]) -> None:
    for weight in weights:
        if not weight.tensor.is_leaf:
            raise UsageError(f"{name} cannot change {weight.name}, which is parametrized")


ADAPTING: Final[Mapping[str, Callable[..., None]]] = {
    "lsuv": lsuv,
    "krahenbuhl": krahenbuhl,
    "metainit": metainit,
    "gradinit": gradinit,
}
"""The schemes that adapt a module to data: (model, weights, batch, loss, seed, *, options…)."""
