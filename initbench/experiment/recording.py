"""What a run is seen to do: its curves, its distinct units, and what it says of the plane.

All of it is computed for the whole stack between epochs, in float64 from the network's logits, over
a number of rows at a time that does not depend on the stack.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray, IntArray
from initbench.nn import Loss, StackedMLP
from initbench.nn.losses import loss_for, predict
from initbench.nn.mlp import with_ones

ROWS = 256
"""Samples that are evaluated at a time."""

ROUNDING = 256
"""Units of the last place within which equal units may drift apart.

Constant starts of four shapes drifted at most 28 such units in 300 epochs.
"""

GRID_SIDE = 80
GRID_MARGIN = 0.15


@dataclass(frozen=True)
class Part:
    """One part of the data (train, test) as a network reads it.

    Attributes
    ----------
    inputs : ndarray of shape (N, D + 1)
        The last feature is one.
    labels : ndarray of shape (N,)
    targets : ndarray of shape (N, K)
    """

    inputs: FloatArray
    labels: IntArray
    targets: FloatArray


@dataclass(frozen=True)
class Task:
    """What is learned: parts of one data set, by name, and the loss.

    ``train`` is trained on; all parts are recorded, so ``train`` gives the curves ``train_loss``
    and ``train_accuracy``.
    """

    parts: Mapping[str, Part]
    loss: Loss


def make_task(
    samples: Mapping[str, tuple[FloatArray, IntArray]], classes: int, dtype: DTypeLike
) -> Task:
    """Return the task of telling `classes` classes apart.

    Parameters
    ----------
    samples : mapping of str to (X (N, D), labels (N,))
        ``train`` and others.
    classes : int
    dtype : dtype
        float32 or float64.
    """
    loss = loss_for(classes)
    return Task(
        {name: _make_part(*pair, classes, loss, dtype) for name, pair in samples.items()}, loss
    )


def _make_part(X: FloatArray, labels: IntArray, classes: int, loss: Loss, dtype: DTypeLike) -> Part:
    targets = np.ascontiguousarray(loss.encode(labels, classes), dtype)
    return Part(with_ones(X, dtype), labels, targets)


class Recorder:
    """Keeps the curves of a stack's runs.

    Parameters
    ----------
    network : StackedMLP
    task : Task
    epochs : int
        E; `record` is called E + 1 times, epoch 0 first.
    """

    def __init__(self, network: StackedMLP, task: Task, epochs: int) -> None:
        self._network, self._task = network, task
        names = [f"{part}_{metric}" for part in task.parts for metric in ("loss", "accuracy")]
        self._curves = {name: np.full((network.runs, epochs + 1), np.nan) for name in names}
        hidden_layers = len(network.layers) - 1
        self._distinct = np.zeros((network.runs, epochs + 1, hidden_layers), np.int32)

    def record(self, epoch: int) -> None:
        """Measure the network as it stands after this epoch."""
        for name, part in self._task.parts.items():
            loss, accuracy = evaluate(self._network, part, self._task.loss)
            self._curves[f"{name}_loss"][:, epoch] = loss
            self._curves[f"{name}_accuracy"][:, epoch] = accuracy
        for index, layer in enumerate(self._network.layers[:-1]):
            self._distinct[:, epoch, index] = distinct_units(layer)

    def records(self) -> dict[str, Array]:
        """Return ``(R, E + 1)`` curves and ``(R, E + 1, L - 1)`` distinct units.

        From the first epoch at which a run's loss is not finite, its curves are NaN and its
        distinct units 0: it has diverged, and what it computes from there means nothing.
        """
        losses = [curve for name, curve in self._curves.items() if name.endswith("loss")]
        finite = np.logical_and.reduce([np.isfinite(curve) for curve in losses])
        sound = np.logical_and.accumulate(finite, axis=1)
        curves = {name: np.where(sound, curve, np.nan) for name, curve in self._curves.items()}
        return {**curves, "distinct_units": self._distinct * sound[..., np.newaxis]}


def evaluate(network: StackedMLP, part: Part, loss: Loss) -> tuple[FloatArray, FloatArray]:
    """Return the mean loss and the accuracy of every run, each ``(R,)``."""
    total = np.zeros((network.runs,))
    right = np.zeros((network.runs,))
    for rows, logits in logits_by_rows(network, part.inputs):
        targets = part.targets[rows].T
        total += loss.values(logits, targets).sum(axis=-1).ravel()
        right += np.equal(predict(logits), part.labels[rows]).sum(axis=-1).ravel()
    count = len(part.inputs)
    return total / count, right / count


def logits_by_rows(network: StackedMLP, inputs: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Yield slices of the samples ``(N, D + 1)`` and their logits ``(S, R / S, K, B)``, float64."""
    for start in range(0, len(inputs), ROWS):
        rows = slice(start, min(start + ROWS, len(inputs)))
        yield rows, network.forward(inputs[np.newaxis, rows]).astype(np.float64)


def distinct_units(layer: FloatArray) -> IntArray:
    """Count the units of a layer whose incoming weights differ.

    Two units whose weights and biases agree compute the same and, where their outgoing weights
    agree too, learn the same: a layer that starts so never becomes more than one unit. Units are
    projected on a fixed random direction. Where no two projections are close, all units differ;
    elsewhere neighbours along the direction are compared entry by entry.

    Parameters
    ----------
    layer : ndarray of shape (R, fan_in + 1, fan_out)

    Returns
    -------
    ndarray of shape (R,)
        From 1 to fan_out.
    """
    rng = np.random.default_rng(0)
    direction = rng.standard_normal((layer.shape[1],)).astype(layer.dtype)
    projections = direction @ layer
    tolerance = ROUNDING * np.finfo(layer.dtype).eps * np.abs(layer).max(axis=(1, 2))[:, np.newaxis]
    gaps = np.diff(np.sort(projections, axis=-1), axis=-1)
    may_agree = ~(gaps > tolerance * np.abs(direction).sum()).all(axis=-1)
    counts = np.full(len(layer), layer.shape[-1])
    order = np.argsort(projections[may_agree], axis=-1)
    units = np.take_along_axis(layer[may_agree], order[:, np.newaxis], axis=-1)
    differences = np.abs(np.diff(units, axis=-1)).max(axis=1)
    counts[may_agree] = 1 + (differences > tolerance[may_agree]).sum(axis=-1)
    return counts


def boundary(network: StackedMLP, points: FloatArray, loss: Loss) -> dict[str, Array]:
    """Return every run's class probabilities over the plane around `points`.

    Parameters
    ----------
    points : ndarray of shape (N, 2)
        The training part.

    Returns
    -------
    dict
        ``boundary`` (R, 1, C, G, G), and the axes ``grid_x`` and ``grid_y`` (G,).
    """
    grid_x, grid_y = _axis_around(points[:, 0]), _axis_around(points[:, 1])
    grid = np.stack(np.meshgrid(grid_x, grid_y), axis=-1).reshape(-1, 2)
    pieces = [
        loss.probabilities(logits)
        for _, logits in logits_by_rows(network, with_ones(grid, network.dtype))
    ]
    probabilities = np.concatenate(pieces, axis=-1).astype(np.float16)
    shape = (network.runs, 1, -1, GRID_SIDE, GRID_SIDE)
    return {"boundary": probabilities.reshape(shape), "grid_x": grid_x, "grid_y": grid_y}


def _axis_around(values: FloatArray) -> FloatArray:
    low, high = float(values.min()), float(values.max())
    margin = GRID_MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, GRID_SIDE)
