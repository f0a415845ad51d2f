"""Evaluation: losses, scores and final metrics of a stack of networks on a part of the data.

All of it is computed in float64 from the networks' outputs, over a number of rows at a time that
does not depend on the stack.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray
from initbench.nn import StackedMLP
from initbench.nn.losses import (
    BoundLoss,
    balanced_accuracy,
    expected_calibration_error,
    log_loss,
    predict,
    rmse,
)
from initbench.nn.mlp import with_ones

ROWS: Final = 256
"""Samples that are evaluated at a time."""

SCORES: Final = {"classification": "accuracy", "regression": "r2"}
"""The score of each kind of task; higher is better, and 1 is perfect."""


@dataclass(frozen=True)
class Part:
    """One part of the data (train, test) as a network reads it."""

    inputs: FloatArray  # shape (N, D + 1): the last feature is one
    y: Array  # shape (N,) or (N, K): labels, or the targets of a regression
    targets: FloatArray  # shape (N, K): targets as the loss compares them with outputs


@dataclass(frozen=True)
class Task:
    """A learning task: the parts of a data set, by name, and the loss.

    ``train`` is trained on; all parts are recorded, so ``train`` gives the curves ``train_loss``
    and, in a classification, ``train_accuracy``.
    """

    parts: Mapping[str, Part]
    loss: BoundLoss

    @property
    def score(self) -> str:
        """The recorded score: ``accuracy`` or ``r2``."""
        return SCORES[self.loss.task]


def make_task(
    samples: Mapping[str, tuple[FloatArray, Array]],
    classes: int | None,
    loss: BoundLoss,
    dtype: DTypeLike,
) -> Task:
    """Return a classification or regression task.

    `samples`: by part, ``train`` and others: X (N, D), and y (N,) or (N, K).
    `classes`: None for a regression.
    `dtype`: float32 or float64.
    """
    parts = {
        name: Part(with_ones(X, dtype), y, np.ascontiguousarray(loss.encode(y, classes), dtype))
        for name, (X, y) in samples.items()
    }
    return Task(parts, loss)


def evaluate(network: StackedMLP, part: Part, loss: BoundLoss) -> tuple[FloatArray, FloatArray]:
    """Return the mean loss and the score of every run, each ``(R,)``.

    The score is the accuracy or, in a regression, the coefficient of determination, R².
    """
    total = np.zeros(network.runs)
    good = np.zeros(network.runs)
    for runs, group in network.groups(ROWS):
        for rows, logits in logits_by_rows(group, part.inputs):
            targets = part.targets[rows].T.astype(np.float64)
            total[runs] += loss.values(logits, targets).sum(axis=-1).ravel()
            if loss.task == "classification":
                good[runs] += np.equal(predict(logits), part.y[rows]).sum(axis=-1).ravel()
            else:
                squares = np.square(logits - targets).reshape(group.runs, -1)
                good[runs] -= squares.sum(axis=-1)
    count = len(part.inputs)
    if loss.task == "classification":
        return total / count, good / count
    spread = np.square(part.y - part.y.mean(axis=0)).sum()
    return total / count, 1.0 + good / (spread or np.nan)


def constant_loss(task: Task) -> float:
    """Return the mean training loss of the best constant prediction.

    With a cross-entropy that is the shares of the classes, whose cross-entropy is their entropy;
    with other losses the better of mean and median.
    """
    part = task.parts["train"]
    if is_cross_entropy(task.loss):
        _, counts = np.unique(part.y, return_counts=True)
        shares = (counts / counts.sum()).tolist()
        return float(np.sum([-share * log(share) for share in shares]))
    targets = part.targets.T.astype(np.float64)
    answers = [centre(targets, axis=1, keepdims=True) for centre in (np.mean, np.median)]
    return min(
        float(task.loss.values(np.broadcast_to(answer, targets.shape), targets).mean())
        for answer in answers
    )


def is_cross_entropy(loss: BoundLoss) -> bool:
    """Return whether the outputs of a network are logits."""
    return loss.name in {"binary_cross_entropy", "softmax_cross_entropy"}


def constant_score(y: Array, classes: int | None) -> float:
    """Return the score of the best constant prediction on one part of the data.

    That is the share of the largest class or, in a regression, the R² of the mean, which is 0.
    """
    if classes is None or not len(y):
        return 0.0
    _, counts = np.unique(y, return_counts=True)
    return float(counts.max() / len(y))


def final_metrics(network: StackedMLP, task: Task) -> dict[str, FloatArray]:
    """Return the metrics after training, each ``(R,)``, named ``<part>_<metric>``.

    A classification's are the balanced accuracy and, of outputs that are logits, the log loss and
    the expected calibration error; a regression's is the root of the mean squared error.
    """
    found: dict[str, FloatArray] = {}
    for name, part in task.parts.items():
        pieces = [logits for _, logits in logits_by_rows(network, part.inputs)]
        logits = np.concatenate(pieces, axis=-1).reshape(network.runs, -1, len(part.inputs))
        if task.loss.task == "classification":
            found[f"{name}_balanced_accuracy"] = balanced_accuracy(logits, part.y)
            if is_cross_entropy(task.loss):
                found[f"{name}_log_loss"] = log_loss(logits, part.y)
                found[f"{name}_ece"] = expected_calibration_error(logits, part.y)
        else:
            found[f"{name}_rmse"] = rmse(logits, part.y.T)
    return found


def logits_by_rows(network: StackedMLP, inputs: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Yield slices of the samples ``(N, D + 1)`` and their logits ``(1, R, K, B)``, float64."""
    for start in range(0, len(inputs), ROWS):
        rows = slice(start, min(start + ROWS, len(inputs)))
        yield rows, network.forward(inputs[np.newaxis, rows]).astype(np.float64)
