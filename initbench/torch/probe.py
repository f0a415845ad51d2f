"""Probe a module: what it does to signals and gradients before training, in numbers and a sentence.

One batch passes forward and backward through the module, in double precision where the module
allows it, without dropout and with normalizations in training mode. Every use of a weight is one
*layer*: its signal is what the activation behind it receives, or its output if there is none. The
numbers are those of `initbench.probing` for perceptrons.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from torch import nn

from initbench.arrays import Array, FloatArray
from initbench.errors import UsageError
from initbench.initializers import Initialization
from initbench.initializers.initialization import wide_layers
from initbench.nn import BoundActivation, bind_activation
from initbench.probing.measuring import FORECASTS, magnitudes, scaled_forecast
from initbench.results.probes import scheme_probe
from initbench.theory import Forecast, WideLayer, forecast
from initbench.torch.initialize import Scheme, described, initialize_, scheme_of
from initbench.torch.modules import Weight, parameters_of, require_model
from initbench.torch.passes import (
    Batch,
    Loss,
    batch_of,
    call,
    check_numbers,
    constant_loss,
    copied,
    limited,
    logits_of,
    loss_of,
    moved,
    threads_for,
    without_trace,
)
from initbench.torch.report import Half, Layer, ModelProbe
from initbench.torch.watching import Call, Watch, tensors_in
from initbench.training.layer_statistics import DEAD, PROBED, SATURATED

Maker: TypeAlias = nn.Module | Callable[[], nn.Module]
"""A model, or a function that makes one with fresh weights."""

HALVES: Final = ("float16", "bfloat16")

_RATES: Final = {"sgd": 0.1, "adam": 1e-3}


def probe(
    model: Maker,
    batch: Any,
    loss: Loss = None,
    *,
    init: Scheme | None = None,
    seeds: int | Sequence[int] = 3,
    optimizer: str = "sgd",
    learning_rate: float | None = None,
    overrides: Mapping[str, Scheme | None] | None = None,
    halves: Sequence[str] = HALVES,
    curvature: bool = False,
) -> ModelProbe:
    """Measure signals and gradients of a model before training.

    The model that is passed stays as it is: copies are measured.

    Parameters
    ----------
    model : nn.Module or callable
        A model, which is measured with the weights that it has; or a function that makes one, which
        is called once for each seed, after `torch.manual_seed`.
    batch : Tensor, tuple or mapping
        Inputs, or ``(inputs, target)``; a mapping is passed as keyword arguments. At most 128
        samples are used.
    loss : str or callable, optional
        ``cross_entropy``, ``binary_cross_entropy``, ``mse``, or a function of output and target.
        The default follows from the target; without a target, it is a random linear function of the
        output.
    init : str, mapping or scheme, optional
        A scheme that initializes the model for each seed; by default its own weights are measured.
    seeds : int or sequence of int
        The number of seeds, counted from 0, or the seeds. A model is measured once unless `init` is
        given.
    optimizer : {"sgd", "adam"}
        For the update ratio.
    learning_rate : float, optional
        By default 0.1 for ``sgd`` and 0.001 for ``adam``.
    overrides : mapping, optional
        As in `initialize_`.
    halves : sequence of str
        Types of half precision in which the first seed is computed too.
    curvature : bool
        Whether to measure the curvature of the loss, ``found.measured.curvature``, which predicts
        learning rates.

    Returns
    -------
    ModelProbe

    Raises
    ------
    UsageError
        The model fails with this batch, or the scheme does not apply to it.

    Examples
    --------
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    >>> found = probe(model, torch.randn(8, 4), init="he", seeds=2)
    >>> [layer.name for layer in found.layers], found.measured.layers["cosine"].shape
    (['0', '2'], (2, 2))
    """
    if optimizer not in _RATES:
        raise UsageError(f"optimizer must be one of {', '.join(_RATES)}, not {optimizer!r}")
    check_numbers(learning_rate=learning_rate)
    rate = _RATES[optimizer] if learning_rate is None else learning_rate
    whole = batch_of(batch)
    data = Batch(limited(whole.inputs, PROBED), limited(whole.target, PROBED))
    guess = constant_loss(loss, whole.target)
    chosen = _seeds_of(seeds)
    if isinstance(model, nn.Module) and init is None:
        chosen = chosen[:1]
    if not chosen:
        raise UsageError("seeds must name at least one seed")
    if isinstance(halves, str) or not set(HALVES).issuperset(halves):
        raise UsageError(f"halves must be a list of {' and '.join(HALVES)}, not {halves!r}")
    scheme = None if init is None else scheme_of(init)

    def drawn(seed: int = chosen[0]) -> nn.Module:
        made = model_for(model, seed)
        if scheme is not None:
            initialize_(made, scheme, seed=seed, batch=data, loss=loss, overrides=overrides)
        return made

    records: list[dict[str, Array]] = []
    found: list[_Measured] = []
    for seed in chosen:
        made = drawn(seed)
        with threads_for(made):
            one = _measure(made, data, loss, scheme)
            curved = _curvature(made, data, loss, one.dtype) if curvature else {}
        if found and [each.name for each in one.layers] != [each.name for each in found[0].layers]:
            raise UsageError("the model uses other layers with another seed, so seeds have no mean")
        found.append(one)
        records.append({**one.record, **curved, "guess": np.array(guess)})
    first = found[0]
    silent = set(first.without_gradient).intersection(*(each.without_gradient for each in found))
    gradients = np.stack([each.gradient_to_weight for each in found])
    steps = np.stack([each.weight_rms for each in found])
    with np.errstate(all="ignore"):
        ratios = rate * gradients if optimizer == "sgd" else rate / steps
    return ModelProbe(
        name=first.name,
        scheme="" if scheme is None else described(scheme),
        seeds=tuple(chosen),
        layers=first.layers,
        measured=scheme_probe(records),
        gradient_to_weight=gradients,
        update_ratio=ratios,
        gradient_size=np.array([each.gradient_size for each in found]),
        repeated=np.stack([each.repeated for each in found]),
        optimizer=optimizer,
        learning_rate=rate,
        without_gradient=tuple(name for name in first.without_gradient if name in silent),
        unused=first.unused,
        halves=tuple(_half(name, drawn, data, loss, first) for name in halves),
        dtype=first.dtype,
    )


def _seeds_of(given: Any) -> list[int]:
    """Return seeds that are given as their number or as a list of different seeds."""
    seeds = list(range(given)) if isinstance(given, int) else given
    if isinstance(seeds, str) or not hasattr(seeds, "__iter__"):
        raise UsageError(f"seeds must be a number of seeds or a list of them, not {given!r}")
    if len(set(seeds)) < len(seeds):
        raise UsageError(f"seeds must be different, not {given}")
    return list(seeds)


def model_for(model: Maker, seed: int) -> nn.Module:
    """Return a copy of a model, or what a function makes after seeding."""
    require_model(model, or_maker=True)
    if isinstance(model, nn.Module):
        return copied(model)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            made = model()
        except TypeError as error:
            raise UsageError(f"the function that makes the model fails: {error}") from error
    if not isinstance(made, nn.Module):
        raise UsageError(f"the function must return a torch.nn.Module, not {type(made).__name__}")
    return made


@dataclass(frozen=True)
class _Measured:
    """The measurements of one network."""

    name: str
    layers: tuple[Layer, ...]
    record: dict[str, Array]
    gradient_to_weight: FloatArray
    weight_rms: FloatArray
    gradient_size: float
    repeated: FloatArray
    without_gradient: tuple[str, ...]
    unused: tuple[str, ...]
    deltas: tuple[torch.Tensor | None, ...]
    dtype: str


def _measure(
    model: nn.Module, batch: Batch, loss: Loss, scheme: Initialization | None
) -> _Measured:
    """Measure one network, in double precision if the module can be computed in it."""
    try:
        return _measure_as(copied(model).double(), batch, loss, scheme, torch.float64)
    except (RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
    try:
        first = next((each.dtype for each in model.parameters()), torch.float32)
        return _measure_as(model, batch, loss, scheme, first)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"the model fails with this batch: {type(error).__name__}: {error}"
        ) from error


def _measure_as(
    model: nn.Module, batch: Batch, loss: Loss, scheme: Initialization | None, dtype: torch.dtype
) -> _Measured:
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise UsageError("the model has no parameter that requires a gradient")
    model.train()
    model.zero_grad(set_to_none=True)
    inputs = moved(batch.inputs, dtype)
    if batch.size < 2:
        raise UsageError("a batch must have at least two samples")
    weights, _ = parameters_of(model)
    watch = Watch(model, weights, keep=True)
    with without_trace(model), torch.enable_grad():
        with watch.hooked(inputs):
            output = call(model, inputs)
            value = loss_of(loss, output, moved(batch.target, dtype))
        if not value.requires_grad:
            raise UsageError("the loss depends on no parameter that requires a gradient")
        logits, by_logits = logits_of(output), None
        if logits.requires_grad:
            by_logits = torch.autograd.grad(value, logits, retain_graph=True, allow_unused=True)[0]
        value.backward()
    calls = watch.calls
    if not calls:
        raise UsageError("the batch reaches no weight of a layer that is known")
    by_owner: dict[str, list[Weight]] = {}
    for weight in weights:
        by_owner.setdefault(weight.owner, []).append(weight)
    counts: Counter[str] = Counter()
    layers = []
    for each in calls:
        counts[each.owner] += 1
        name, number, held = each.owner or "model", counts[each.owner], by_owner[each.owner]
        name = name if number == 1 else f"{name} ({number})"
        weight_name = held[0].name if len(held) == 1 else ""
        layers.append(Layer(name, weight_name, held[0].kind, each.activation or ""))
    columns = [_statistics(each, is_last=each is calls[-1], size=batch.size) for each in calls]
    record: dict[str, Array] = {
        name: np.array([column[name] for column in columns]) for name in columns[0]
    }
    record["magnitudes"] = np.stack([column["magnitudes"] for column in columns])
    own = [by_owner[each.owner][0] if len(by_owner[each.owner]) == 1 else None for each in calls]
    weight_rms = np.array([rms_of(None if each is None else each.tensor) for each in own])
    gradient = np.array([rms_of(None if each is None else _gradient(each)) for each in own])
    record["gradient_rms"] = gradient
    record["loss"] = np.array(float(value.detach()))
    expected = _forecast(calls, own, scheme, by_logits)
    record |= dict(zip(FORECASTS, expected, strict=True))
    silent, unused = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and (parameter.grad is None or not parameter.grad.any()):
            silent.append(name)
            if parameter.grad is None:
                unused.append(name)
    with np.errstate(all="ignore"):
        ratio = gradient / weight_rms
    return _Measured(
        name=type(model).__name__,
        layers=tuple(layers),
        record=record,
        gradient_to_weight=ratio,
        weight_rms=weight_rms,
        gradient_size=math.fsum(
            float(each.double().abs().sum()) for each in map(_gradient, weights) if each is not None
        ),
        repeated=np.array(
            [0.0 if each is None or each.kind == "embedding" else _repeated(each) for each in own]
        ),
        without_gradient=tuple(silent),
        unused=tuple(unused),
        deltas=tuple(each.delta for each in calls),
        dtype=str(dtype).removeprefix("torch."),
    )


def _curvature(model: nn.Module, batch: Batch, loss: Loss, dtype: str) -> dict[str, Array]:
    """Measure the curvature of one network, in the precision in which it was measured."""
    from initbench.torch.curvature import curvature_of

    made = copied(model).to(getattr(torch, dtype)).train()
    try:
        return curvature_of(made, batch, loss)
    except (RuntimeError, NotImplementedError) as error:
        raise UsageError(
            f"the model has no second derivatives: {type(error).__name__}: {error}"
        ) from error


def _statistics(each: Call, *, is_last: bool, size: int) -> dict[str, Any]:
    """Return the statistics of one use of a weight, as `initbench.probing` defines them."""
    assert each.given is not None  # noqa: S101  # values are kept
    given = each.given.double()
    is_sample_first = given.shape[0] % size == 0  # as parts of images, one sample after another
    made = given if each.made is None else each.made.detach().double()
    if made.shape != given.shape:
        made = given
    samples = given.reshape(size, -1) if is_sample_first else given.reshape(1, -1)
    after = made.reshape(samples.shape)
    flat = given.flatten()
    with np.errstate(all="ignore"):
        gram = after @ after.T
        rank = float(gram.trace() ** 2 / gram.square().sum()) if is_sample_first else math.nan
        one, other = samples[0], samples[min(1, len(samples) - 1)]
        cosine = float((one * other).sum() / (one.norm() * other.norm()))
    dead = saturated = 0.0
    if each.slopes is not None and not is_last:
        axis = 1 if given.ndim > 2 and each.is_image else given.ndim - 1
        slopes = each.slopes.double().abs()
        steepest = max(float(slopes.max()), DEAD)  # of an unknown activation, as far as seen
        if each.activation:
            steepest = bind_activation(each.activation, **dict(each.options)).steepest
        slopes = slopes.movedim(axis, 0).flatten(1) / steepest
        dead = float((slopes.amax(dim=1) < DEAD).double().mean())
        saturated = float((slopes < SATURATED).double().mean())
    delta = 0.0 if each.delta is None else size * rms_of(each.delta)
    rms = rms_of(given)
    with np.errstate(all="ignore"):
        counts = magnitudes(flat.numpy()[np.newaxis], np.array([rms]))[0]
    return {
        "preactivation_mean": float(flat.mean()),
        "preactivation_std": float(flat.std(correction=0)),
        "preactivation_rms": rms,
        "activation_mean": float(made.mean()),
        "activation_std": float(made.std(correction=0)),
        "activation_rms": rms_of(made),
        "dead_fraction": dead,
        "saturated_fraction": saturated,
        "effective_rank": rank,
        "cosine": cosine,
        "delta_rms": delta,
        "magnitudes": counts,
    }


def rms_of(tensor: torch.Tensor | None) -> float:
    """Return the root mean square of a tensor, or NaN without one."""
    if tensor is None:
        return math.nan
    return float(tensor.detach().double().square().mean().sqrt())


def _repeated(weight: Weight) -> float:
    """Return the share of the units that have the weights and the gradients of another unit.

    Numbers are compared to a relative precision of 1e-9, in which equal units are equal.
    """
    gradient = _gradient(weight)
    if gradient is None:
        return 0.0
    count = total = 0
    for place in range(weight.matrices):
        both = []
        for tensor in (weight.tensor.detach(), gradient):
            matrix = weight.matrix_of(tensor, place).double()
            size = float(matrix.abs().max())
            both.append((matrix / size * 1e9).round() if size > 0.0 else matrix)
        units = torch.cat(both).T
        total += len(units)
        if len(units) > 1:
            count += len(units) - len(torch.unique(units, dim=0))
    return count / total


def _gradient(weight: Weight) -> torch.Tensor | None:
    """Return the gradient of a weight; of a parametrized one, None."""
    tensor = weight.tensor
    return tensor.grad if tensor.is_leaf and tensor.grad is not None else None


def _forecast(
    calls: Sequence[Call],
    weights: Sequence[Weight | None],
    scheme: Initialization | None,
    by_logits: torch.Tensor | None,
) -> list[FloatArray]:
    """Return what theory expects of each layer, NaN where the path is no chain it knows."""
    unknown = [np.full(len(calls), np.nan)] * len(FORECASTS)
    activation = _chain(calls, weights)
    if activation is None or by_logits is None:
        return unknown
    linear = [weight for weight in weights if weight is not None]
    layers = None
    if scheme is not None and scheme.initializer.adapt is None:
        from initbench.initializers.layers import layers_of

        sizes = [linear[0].inputs, *(weight.units for weight in linear)]
        layers = wide_layers(scheme, layers_of(sizes, activation))
        if layers is not None:
            layers = [
                WideLayer(each.fan_in, each.fan_out, each.weight_variance, 0.0)
                if not weight.bias
                else each
                for each, weight in zip(layers, linear, strict=True)
            ]
    elif scheme is None:
        layers = []  # with the mean squares of their weights and biases as variances
        for weight in linear:
            bias = getattr(weight.module, weight.bias) if weight.bias else None
            variances = rms_of(weight.tensor) ** 2, 0.0 if bias is None else rms_of(bias) ** 2
            layers.append(WideLayer(weight.inputs, weight.units, *variances))
    first = calls[0].inputs
    if layers is None or first is None:
        return unknown
    inputs = first.detach().double().numpy()
    expected: Forecast = forecast(activation, layers, inputs)
    squares = np.square(len(inputs) * by_logits.detach().double().numpy()).mean(axis=1)
    return [np.broadcast_to(each, len(calls)) for each in scaled_forecast(expected, squares)]


def _chain(calls: Sequence[Call], weights: Sequence[Weight | None]) -> BoundActivation | None:
    """Return the activation of a chain of linear layers, each fed by the one before; or None."""
    known = {(each.activation, tuple(each.options.items())) for each in calls[:-1]}
    if calls[-1].activation or len(known) > 1 or any(not name for name, _ in known):
        return None
    if any(weight is None or weight.kind != "linear" for weight in weights):
        return None
    first = calls[0].inputs
    if first is None or first.ndim != 2 or first.requires_grad:
        return None
    for before, after in itertools.pairwise(calls):
        if before.made is None or after.inputs is not before.made or before.is_changed:
            return None
    name, options = next(iter(known), ("linear", ()))
    return bind_activation(str(name), **dict(options))


def _half(
    name: str, drawn: Callable[[], nn.Module], batch: Batch, loss: Loss, measured: _Measured
) -> Half:
    """Return what a type of half precision makes of a pass."""
    dtype = getattr(torch, name)
    smallest = float(torch.finfo(dtype).smallest_normal) * float(torch.finfo(dtype).eps)
    underflow = []  # shares of the gradients that are not zero but too small for the type
    for delta in measured.deltas:
        sizes = torch.zeros(1) if delta is None else delta.abs()
        count = int((sizes > 0.0).sum())
        lost = int(((sizes > 0.0) & (sizes <= smallest / 2.0)).sum())
        underflow.append(lost / count if count else 0.0)
    made = drawn().to(dtype).train()
    inputs = moved(batch.inputs, dtype)
    weights, _ = parameters_of(made)
    watch = Watch(made, weights)
    try:
        with without_trace(made), threads_for(made), torch.no_grad(), watch.hooked(inputs):
            output = call(made, inputs)
            value = loss_of(loss, moved(output, torch.float32), moved(batch.target, torch.float32))
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        return Half(name, "", True, tuple(underflow), str(error).splitlines()[0])
    broken = [
        layer.name
        for layer, each in zip(measured.layers, watch.calls, strict=False)
        if not torch.isfinite(each.output).all()
    ]
    is_finite = bool(torch.isfinite(value)) and all(
        bool(torch.isfinite(tensor).all())
        for tensor in tensors_in(output)
        if tensor.is_floating_point()
    )
    return Half(name, broken[0] if broken else "", is_finite, tuple(underflow))
