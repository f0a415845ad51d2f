"""Adapting the weights of a module to data, layer by layer, as the schemes of the catalogue do.

The functions are those of `initbench.initializers` for stacks of perceptrons, written for any
module: what a layer returns is seen by a hook. They change weights in place.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from initbench.errors import UsageError
from initbench.seeding import Stream, generator
from initbench.torch.modules import Weight
from initbench.torch.passes import Batch, Loss, call, logits_of, loss_of, without_trace
from initbench.torch.watching import NoDropout, tensors_in

_CALIBRATIONS: Final = 10
"""How often `krahenbuhl` looks at gradients, as in the authors' code."""

_NOISE: Final = 1
"""Key of the random direction of the outputs, as in `initbench.initializers.adapting`."""

_SHRINK: Final = 0.5
"""The smallest part of a weight's norm that a step of `metainit` leaves."""


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
    """Divide each weight by the standard deviation of its outputs until that is near 1.

    References
    ----------
    Mishkin, Matas, "All you need is a good init", ICLR 2016, algorithm 1.
    """
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
    """Standardize each unit on data, then let all layers learn at one rate.

    References
    ----------
    Krähenbühl, Doersch, Donahue, Darrell, "Data-dependent initializations of convolutional neural
    networks", ICLR 2016, sections 3.1 and 3.2.
    """
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
        made = _made_by(model, weight, batch, 0)
        if made is None:
            continue
        axis = _unit_axis(weight, made)
        units = made.double().movedim(axis, 0).flatten(1)
        mean, deviation = units.mean(dim=1), units.std(dim=1, correction=0)
        varies = deviation > 0.0
        scale = torch.where(varies, deviation, torch.ones_like(deviation))
        tensor = weight.tensor.data
        shape = [1] * tensor.ndim
        place = 1 if weight.is_in_out else 0
        shape[place] = len(scale)
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
        made = _made_by(model, weights[-1], batch, 0)
        if made is not None:
            axis = _unit_axis(weights[-1], made)
            units = made.double().movedim(axis, 0).flatten(1)
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
    """Change the norm of each weight so that a step changes the gradient less.

    References
    ----------
    Dauphin, Schoenholz, "MetaInit: initializing learning by learning to initialize", NeurIPS 2019,
    eq. 1 and algorithm 1.
    """
    _refuse_parametrized("metainit", weights)
    parameters = [each for each in model.parameters() if each.requires_grad]
    tensors = [weight.tensor for weight in weights]
    velocity = np.zeros(len(tensors))
    for _ in range(steps):
        with without_trace(model), torch.enable_grad(), NoDropout():
            value = loss_of(loss, call(model, batch.inputs), batch.target)
            gradients = torch.autograd.grad(value, parameters, create_graph=True, allow_unused=True)
            used = [
                (parameter, gradient)
                for parameter, gradient in zip(parameters, gradients, strict=True)
                if gradient is not None
            ]
            halves = sum(gradient.square().sum() for _, gradient in used) / 2.0
            products = torch.autograd.grad(
                halves,
                [parameter for parameter, _ in used],
                create_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
            total = sum(
                ((gradient - product) / (gradient + epsilon * _sign(gradient)) - 1.0).abs().sum()
                for (_, gradient), product in zip(used, products, strict=True)
            )
            count = sum(gradient.numel() for _, gradient in used)
            slopes = torch.autograd.grad(
                total / count, tensors, allow_unused=True, materialize_grads=True
            )
        for place, (tensor, slope) in enumerate(zip(tensors, slopes, strict=True)):
            norm = float(tensor.detach().norm())
            along = float((slope * tensor.detach()).sum())
            velocity[place] = momentum * velocity[place] - learning_rate * np.sign(along)
            grown = 1.0 + velocity[place] / (norm if norm > 0.0 else 1.0)
            tensor.data.mul_(max(grown, _SHRINK))


def _sign(values: torch.Tensor) -> torch.Tensor:
    return torch.where(values >= 0.0, 1.0, -1.0).to(values.dtype)


class _Reached(Exception):  # noqa: N818  # it ends a pass early, and is no error
    """Ends a pass at the layer that was waited for."""


@contextmanager
def _stopping(module: nn.Module, note: Callable[[Any, Any], None]) -> Any:
    """Call `note` with the inputs and outputs of a module, and end the pass there."""

    def after(_module: nn.Module, args: Any, output: Any) -> None:
        note(args, output)
        raise _Reached

    handle = module.register_forward_hook(after)
    try:
        yield
    except _Reached:
        pass
    finally:
        handle.remove()


def _made_by(model: nn.Module, weight: Weight, batch: Batch, place: int) -> torch.Tensor | None:
    """Return the outputs of a weight for a batch; None if they are not seen.

    The projections of attention are computed from the inputs of the module.
    """
    found: list[torch.Tensor] = []
    module = weight.module
    head, _, last = weight.owner.rpartition(".")
    parent = model.get_submodule(head) if last == "out_proj" else None
    if isinstance(parent, nn.MultiheadAttention):
        module = parent

    def note(args: Any, output: Any) -> None:
        if weight.kind == "attention":
            streams = {"q": 0, "k": 1, "v": 2}.get(weight.attribute[0], place)
            given = args[min(streams, len(args) - 1)]
            found.append(given @ weight.matrix_of(weight.tensor, place).to(given.dtype))
        else:
            found.append(next(tensors_in(output)))

    if weight.kind in {"recurrent", "embedding"}:
        return None
    with without_trace(model), torch.no_grad(), NoDropout(), _stopping(module, note):
        call(model, batch.inputs)
    return found[0] if found else None


def _size_given(model: nn.Module, weight: Weight, batch: Batch) -> float:
    """Return the mean magnitude of the inputs of a weight."""
    found: list[torch.Tensor] = []
    with (
        without_trace(model),
        torch.no_grad(),
        NoDropout(),
        _stopping(weight.module, lambda args, _: found.append(next(tensors_in(args)))),
    ):
        call(model, batch.inputs)
    return float(found[0].double().abs().mean()) if found else 1.0


def _unit_axis(weight: Weight, made: torch.Tensor) -> int:
    """Return the axis of the units in the outputs of a weight."""
    return 1 if weight.positions else made.ndim - 1


def _scale(weight: Weight, factor: float, place: int | None) -> None:
    """Multiply a weight, or one of its matrices, by a factor."""
    if weight.matrices > 1 and place is not None and weight.kind == "attention":
        weight.tensor.data[place * weight.units : (place + 1) * weight.units].mul_(factor)
    else:
        from torch.nn.utils import parametrize

        if parametrize.is_parametrized(weight.module, weight.attribute):
            setattr(weight.module, weight.attribute, weight.tensor.detach() * factor)
        else:
            weight.tensor.data.mul_(factor)


def _ratios(model: nn.Module, weights: Sequence[Weight], batch: Batch, seed: int) -> np.ndarray:
    """Return the root mean square of the gradient over that of the weight, for each weight.

    The gradient is that of a random linear function of the outputs.
    """
    _refuse_parametrized("krahenbuhl", weights)
    tensors = [weight.tensor for weight in weights]
    with without_trace(model), torch.enable_grad(), NoDropout():
        logits = logits_of(call(model, batch.inputs))
        size = logits.shape[0]
        noise = generator(seed, Stream.PROBE, _NOISE).standard_normal(
            (logits.numel() // size, size)
        )
        direction = torch.from_numpy(noise.T.copy()).reshape(logits.shape).to(logits)
        gradients = torch.autograd.grad(
            (direction * logits).sum(), tensors, allow_unused=True, materialize_grads=True
        )
    with np.errstate(all="ignore"):
        return np.array(
            [
                np.sqrt(
                    float(gradient.double().square().mean())
                    / np.float64(tensor.detach().double().square().mean())
                )
                for tensor, gradient in zip(tensors, gradients, strict=True)
            ]
        )


def _refuse_parametrized(name: str, weights: Sequence[Weight]) -> None:
    for weight in weights:
        if not weight.tensor.is_leaf:
            raise UsageError(f"{name} cannot change {weight.name}, which is parametrized")


ADAPTING: Final[Mapping[str, Callable[..., None]]] = {
    "lsuv": lsuv,
    "krahenbuhl": krahenbuhl,
    "metainit": metainit,
}
"""The schemes that adapt a module to data: (model, weights, batch, loss, seed, *, options…)."""
