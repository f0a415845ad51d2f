"""Passes through a module: what a batch is, what its loss is, and how a pass leaves no trace."""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from initbench.errors import UsageError
from initbench.options import Bound, Option
from initbench.torch.watching import tensors_in

Loss: TypeAlias = Callable[[Any, Any], Any] | str | None

SMALL: Final = 1_000_000
"""Parameters up to which a model is measured on one thread."""

LOSSES: Final = ("cross_entropy", "binary_cross_entropy", "mse")

_NOISE_SEED: Final = 1


_NUMBERS: Final = {
    option.name: option
    for option in (
        Option("seeds", int, bound=Bound(2)),
        Option("epochs", int, bound=Bound(1)),
        Option("batch_size", int, bound=Bound(1)),
        Option("learning_rate", float, bound=Bound(0, open_minimum=True)),
    )
}
"""Ranges of the numbers that describe training."""


def check_numbers(**given: object) -> None:
    """Raise a `UsageError` if a number that describes training is out of its range; None is not."""
    for name, value in given.items():
        try:
            if value is not None:
                _NUMBERS[name].check(value)
        except ValueError as error:
            raise UsageError(f"{name} {error}") from None


@dataclass(frozen=True)
class Batch:
    """Inputs of a model, and the targets that belong to them.

    Attributes
    ----------
    inputs : Tensor, tuple or mapping
        A tuple is passed as positional arguments, a mapping as keyword arguments.
    target : object
        None where there is none.
    """

    inputs: Any
    target: Any = None

    @property
    def size(self) -> int:
        """Number of samples: the first axis of the first tensor."""
        return len(next(tensors_in(self.inputs)))


def batch_of(value: Any) -> Batch:
    """Return a batch: ``(inputs, target)``, or inputs alone.

    A tuple of two is inputs and target; other tuples, and lists, are positional arguments. In a
    mapping, the entry ``labels`` or ``target`` is the target.
    """
    if isinstance(value, Batch):
        return value
    if isinstance(value, Mapping):
        names = [name for name in ("labels", "target", "targets") if name in value]
        inputs: Any = {name: each for name, each in value.items() if name not in names}
        found = Batch(inputs, value[names[0]] if names else None)
    elif isinstance(value, tuple | list) and len(value) == 2:
        found = Batch(*value)
    else:
        found = Batch(value)
    if next(tensors_in(found.inputs), None) is None:
        raise UsageError(
            f"a batch must be a tensor, (inputs, target) or a mapping, not {type(value).__name__}"
        )
    return found


def call(model: nn.Module, inputs: Any) -> Any:
    """Return the output of a model for the inputs of a batch."""
    if isinstance(inputs, Mapping):
        return model(**inputs)
    if isinstance(inputs, tuple | list):
        return model(*inputs)
    return model(inputs)


def logits_of(output: Any) -> torch.Tensor:
    """Return the tensor that a loss is computed from: the logits, or the first tensor."""
    logits = getattr(output, "logits", None)
    if logits is None and isinstance(output, Mapping):
        logits = output.get("logits")
    if isinstance(logits, torch.Tensor):
        return logits
    for tensor in tensors_in(output):
        if tensor.is_floating_point():
            return tensor
    raise UsageError(f"the model returns no floating-point tensor, but {type(output).__name__}")


def loss_of(loss: Loss, output: Any, target: Any) -> torch.Tensor:
    """Return the mean loss of an output.

    Without a loss, it is chosen by the target: cross entropy for integers, and the mean squared
    error for real numbers. Without a target, it is a random linear function of the output, the same
    in each pass, so that gradients have a source.
    """
    if callable(loss):
        return loss(output, target).mean()
    logits = logits_of(output)
    if target is None:
        noise = torch.Generator().manual_seed(_NOISE_SEED)
        weights = torch.randn(logits.shape, generator=noise, dtype=torch.float64).to(logits)
        return (weights * logits).sum() / len(logits)
    name = loss or loss_name(target)
    if name == "mse":
        return F.mse_loss(logits, target.to(logits.dtype).reshape(logits.shape))
    if name == "binary_cross_entropy":
        wanted = target.to(logits.dtype).reshape(logits.shape)
        return F.binary_cross_entropy_with_logits(logits, wanted)
    if name == "cross_entropy":
        classes = logits.shape[1] if logits.ndim == target.ndim + 1 == 4 else logits.shape[-1]
        if logits.ndim == target.ndim + 1 and logits.ndim != 4:
            logits, target = logits.reshape(-1, classes), target.reshape(-1)
        return F.cross_entropy(logits, target)
    raise UsageError(f"unknown loss {name!r}: name one of {', '.join(LOSSES)}, or pass a function")


def loss_name(target: torch.Tensor) -> str:
    """Return the loss that fits a target: cross entropy for integers, squares for real numbers."""
    return "mse" if target.is_floating_point() else "cross_entropy"


def constant_loss(loss: Loss, target: Any) -> float:
    """Return the loss of the best constant output, NaN where it is not known.

    It is the entropy of the class shares for cross entropies, and the variance for squares.
    """
    if callable(loss):
        name = {
            F.cross_entropy: "cross_entropy",
            F.mse_loss: "mse",
            F.binary_cross_entropy_with_logits: "binary_cross_entropy",
        }.get(loss, _MODULE_LOSSES.get(type(loss).__name__, ""))
    elif isinstance(target, torch.Tensor):
        name = loss or loss_name(target)
    else:
        name = ""
    if not name or not isinstance(target, torch.Tensor):
        return math.nan
    values = target.detach().double().cpu().numpy()
    if name == "mse":
        return float(values.var(axis=0).mean())
    _, counts = np.unique(values, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


_MODULE_LOSSES: Final = {
    "CrossEntropyLoss": "cross_entropy",
    "MSELoss": "mse",
    "BCEWithLogitsLoss": "binary_cross_entropy",
}


def copied(model: nn.Module) -> nn.Module:
    """Return a copy of a model, so that the original keeps its buffers and gradients."""
    try:
        return copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        raise UsageError(
            f"the model cannot be copied ({error}): pass a function that makes it"
        ) from None


def mapped(value: Any, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Return nested tuples, lists and mappings with a function of each of their tensors."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, Mapping):
        return {name: mapped(each, function) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(mapped(each, function) for each in value)
    return value


def moved(value: Any, dtype: torch.dtype) -> Any:
    """Return nested tensors with the floating-point ones in another precision."""
    return mapped(value, lambda each: each.to(dtype) if each.is_floating_point() else each)


def limited(value: Any, count: int) -> Any:
    """Return nested tensors with at most `count` samples."""
    return mapped(value, lambda each: each[:count] if each.ndim else each)


def rows_of(batch: Batch, rows: torch.Tensor) -> Batch:
    """Return some samples of a batch."""
    return Batch(
        *(mapped(each, lambda tensor: tensor[rows]) for each in (batch.inputs, batch.target))
    )


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed PyTorch's generator inside the block, and restore it afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@contextmanager
def without_trace(model: nn.Module, seed: int = 0) -> Iterator[None]:
    """Pass something through a model, whose buffers, and PyTorch's generator, stay as they are."""
    kept = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
    try:
        with seeded(seed):
            yield
    finally:
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                if name in kept and buffer.shape == kept[name].shape:
                    buffer.copy_(kept[name])


@contextmanager
def threads_for(model: nn.Module) -> Iterator[None]:
    """Compute on one thread inside the block if the model is small.

    In double precision, PyTorch passes the samples through a convolution one after the other, and
    for each of them several threads wait for each other. In small layers, and wherever a core is
    busy with something else, waiting takes up to a hundred times as long as computing.
    """
    before = torch.get_num_threads()
    counts = (each.numel() for each in model.parameters() if not nn.parameter.is_lazy(each))
    torch.set_num_threads(1 if sum(counts) <= SMALL else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
