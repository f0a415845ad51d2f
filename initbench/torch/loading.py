"""Models and batches of the command line: a function in a Python file, and inputs as text."""

import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from initbench.errors import UsageError
from initbench.registry import did_you_mean
from initbench.torch.passes import Batch, batch_of, call, logits_of, without_trace
from initbench.torch.probe import model_for

_SHAPE: Final = re.compile(r"(?:([A-Za-z_]\w*)=)?(\d+(?:x\d+)*)(?::(\d+))?", re.ASCII)


def load(reference: str) -> Any:
    """Run a Python file, and return what a name in it stands for.

    Parameters
    ----------
    reference : str
        ``model.py:make_model``. The file's folder is searched for what it imports.
    """
    text, colon, name = reference.rpartition(":")
    path = Path(text)
    if not colon or path.suffix != ".py" or not name.isidentifier():
        raise UsageError(f"{reference!r} is no model: write FILE.py:NAME, as model.py:make_model")
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"_initbench_model_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be run")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path} fails: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    if not hasattr(module, name):
        known = [each for each in vars(module) if not each.startswith("_")]
        advice = did_you_mean(name, known) or f"It defines: {', '.join(known[:8])}."
        raise UsageError(f"{path} defines no {name!r}. {advice}")
    return getattr(module, name)


def load_model(reference: str) -> nn.Module | Callable[..., nn.Module]:
    """Return the model, or the function or class that makes one, of ``model.py:make_model``."""
    found = load(reference)
    if not isinstance(found, nn.Module) and not callable(found):
        raise UsageError(f"{reference} is {type(found).__name__}, not a model or a function")
    return found


def load_batch(reference: str) -> Batch:
    """Return the batch of ``model.py:batch``, a value or a function that returns it."""
    found = load(reference)
    return batch_of(found() if callable(found) and not isinstance(found, torch.Tensor) else found)


def batch_of_shapes(
    model: nn.Module | Callable[..., nn.Module],
    shapes: Sequence[str],
    *,
    classes: int | None = None,
    loss: str | None = None,
) -> Batch:
    """Return a batch of random inputs, and targets that fit the outputs of the model.

    Inputs are standard normal, or random integers. If the model returns a row of at least two
    numbers for each sample, the targets are as many classes, equally often; for other shapes they
    are missing, unless the loss is ``mse`` or ``binary_cross_entropy``.

    Parameters
    ----------
    model : nn.Module or callable
    shapes : sequence of str
        ``32x3x32x32`` for normal numbers, ``8x16:1000`` for integers below 1000; with a name,
        ``ids=8x16:1000``, for keyword arguments.
    """
    draw = torch.Generator().manual_seed(0)
    names, tensors = [], []
    for text in shapes:
        found = _SHAPE.fullmatch(text.strip())
        if found is None or "0" in found[2].split("x"):
            raise UsageError(
                f"{text!r} is no shape: write 32x3x32x32, or 8x16:1000 for integers below 1000"
            )
        sizes = [int(size) for size in found[2].split("x")]
        names.append(found[1])
        if found[3] is None:
            tensors.append(torch.randn(sizes, generator=draw))
        else:
            tensors.append(torch.randint(int(found[3]), sizes, generator=draw))
    if any(names) and not all(names):
        raise UsageError("either all inputs have names or none: --input ids=8x16:1000")
    inputs: Any = dict(zip(names, tensors, strict=True)) if all(names) else tuple(tensors)
    made = model_for(model, 0)
    try:
        with without_trace(made), torch.no_grad():
            logits = logits_of(call(made, inputs))
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise UsageError(
            f"the model fails with inputs {', '.join(shapes)}: {type(error).__name__}: {error}"
        ) from error
    size = len(tensors[0])
    if loss == "mse":
        return Batch(inputs, torch.randn(logits.shape, generator=draw))
    if loss == "binary_cross_entropy":
        return Batch(inputs, (torch.arange(logits.numel()) % 2).reshape(logits.shape))
    if classes is None and logits.ndim == 2 and logits.shape[1] > 1:
        classes = logits.shape[1]
    return Batch(inputs, None if classes is None else torch.arange(size) % classes)
