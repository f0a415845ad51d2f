"""Every loss that a config can name, and the one that fits the data."""

from typing import Any

from initbench.arrays import Array
from initbench.errors import UsageError
from initbench.nn.losses.classification import CLASSIFICATION
from initbench.nn.losses.entry import BoundLoss, Loss
from initbench.nn.losses.regression import REGRESSION
from initbench.options import bind_entry
from initbench.registry import Registry

LOSSES: Registry[Loss] = Registry("loss", [*CLASSIFICATION, *REGRESSION])


def loss_for(classes: int | None, name: str = "auto", /, **options: Any) -> BoundLoss:
    """Return a loss for this many classes, or for numbers.

    Parameters
    ----------
    classes : int or None
        None for a regression.
    name : str
        A name or alias of `LOSSES`, or ``auto`` for the usual one: the binary cross-entropy for two
        classes, the softmax's for more, the mean squared error for numbers.
    **options
        As the loss takes them, such as ``delta=0.5``.

    Raises
    ------
    UsageError
        There is no such loss, it does not fit, or it does not take these options.

    Examples
    --------
    >>> loss_for(2).name, loss_for(10).name, loss_for(None).name
    ('binary_cross_entropy', 'softmax_cross_entropy', 'mean_squared_error')
    """
    usual = LOSSES[_usual_loss(classes)]
    entry = usual if name == "auto" else LOSSES[name]
    if entry.task != usual.task or (entry.task == "classification" and entry is not usual):
        raise UsageError(
            f"loss {entry.name!r} does not fit {_describe_task(classes)}."
            f" Known for it: {', '.join(_fitting(usual))}."
        )
    return BoundLoss(entry, bind_entry("loss", entry, options))


def outputs_for(classes: int | None, y: Array) -> int:
    """Return how many outputs a network needs: one for two classes, else one each or a number.

    Parameters
    ----------
    classes : int or None
        None for a regression.
    y : ndarray of shape (N,) or (N, K)
    """
    if classes is None:
        return 1 if y.ndim == 1 else y.shape[1]
    return 1 if classes == 2 else classes


def _usual_loss(classes: int | None) -> str:
    if classes is None:
        return "mean_squared_error"
    return "binary_cross_entropy" if classes == 2 else "softmax_cross_entropy"


def _fitting(usual: Loss) -> list[str]:
    """Return the names of the losses that can stand for the usual one."""
    if usual.task == "classification":
        return [usual.name]
    return [loss.name for loss in LOSSES.values() if loss.task == usual.task]


def _describe_task(classes: int | None) -> str:
    return "a regression" if classes is None else f"a classification of {classes} classes"
