"""Layer statistics: activations, gradients, weights and symmetry of every layer.

Statistics of signals and gradients are measured on one batch, which is the same for all runs and
all epochs: the first rows of the training part.
"""

from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.nn import StackedMLP
from initbench.nn.activations import BoundActivation
from initbench.training.evaluation import ROWS, Task

PROBED: Final = 128
"""Samples of the measured batch."""

DEAD: Final = 1e-6
SATURATED: Final = 0.05
"""Shares of the activation's steepest slope below which a unit is dead or saturated."""

ROUNDING: Final = 256
"""Rounding errors, in units of the last place, up to which two units count as equal.

Constant initial weights of four shapes drifted at most 28 such units in 300 epochs.
"""

LAYER_STATISTICS: Final = (
    "preactivation_mean",
    "preactivation_std",
    "activation_mean",
    "activation_std",
    "dead_fraction",
    "saturated_fraction",
    "delta_rms",
    "gradient_rms",
    "weight_norm",
    "update_ratio",
)


def layer_statistics(
    network: StackedMLP, task: Task, before: FloatArray | None
) -> Mapping[str, FloatArray]:
    """Return each statistic of every layer, ``(R, L)``.

    `before`: shape (R, P); the parameters before the latest step, if there was one.

    Returns
    -------
    dict
        Mean and standard deviation of preactivations and activations; the share of units that are
        dead (no sample of the batch has a slope) and of activations that are saturated (a slope
        below a twentieth of the steepest); the root mean square of the gradient of one sample's
        loss by the preactivations, and of the batch's loss by the weights; the norm of the weights;
        and the norm of the latest step over theirs, NaN before the first step or where all weights
        are zero. The output layer's activation is the identity.
    """
    groups = [
        _statistics_of(group, task, None if before is None else before[runs])
        for runs, group in network.groups(ROWS)
    ]
    return {name: np.concatenate([each[name] for each in groups]) for name in groups[0]}


def _statistics_of(
    network: StackedMLP, task: Task, before: FloatArray | None
) -> dict[str, FloatArray]:
    """Return each statistic of every layer of a copy, whose gradients are overwritten."""
    part, architecture = task.parts["train"], network.architecture
    inputs = part.inputs[np.newaxis, :PROBED]
    targets = part.targets[:PROBED].T
    # One pass serves signals and gradients, unless training normalizes or drops activations.
    is_one_pass = architecture.normalization != "batch" and architecture.dropout is None
    of_signals = []
    for given, made in network.signals(inputs, training=is_one_pass):
        of_signals.append(signal_statistics(architecture.activation, given, made))
        logits = made
    of_signals[-1] |= dict.fromkeys(("dead_fraction", "saturated_fraction"), np.zeros(network.runs))
    if not is_one_pass:
        logits = network.forward(inputs, training=True)
    task.loss.gradient(logits, targets, deltas := network.deltas_for(logits))
    of_deltas = [delta_rms(delta) for delta in network.backward_signals(deltas)]
    found = {name: np.stack([one[name] for one in of_signals], axis=1) for name in of_signals[0]}
    found["delta_rms"] = np.stack(of_deltas[::-1], axis=1)
    norms = _norms(network.layers, network)
    ratios = np.full_like(norms, np.nan)
    if before is not None:
        pairs = zip(network.layers, network.products(before), strict=True)
        moved = tuple(now - then for now, then in pairs)
        ratios = _norms(moved, network) / np.where(norms > 0, norms, np.nan)
    own = {"weight_norm": norms, "update_ratio": ratios}
    return {**found, "gradient_rms": gradient_rms(network), **own}


def dead_fractions(network: StackedMLP, task: Task) -> FloatArray:
    """Return the share of dead units in each hidden layer, ``(R, L - 1)``."""
    activation = network.architecture.activation
    inputs = task.parts["train"].inputs[np.newaxis, :PROBED]
    found = []
    for _, group in network.groups(ROWS):
        hidden = islice(group.signals(inputs), len(network.layers) - 1)
        shares = [signal_statistics(activation, *pair)["dead_fraction"] for pair in hidden]
        found.append(np.stack(shares, axis=1) if shares else np.empty((group.runs, 0)))
    return np.concatenate(found)


def signal_statistics(
    activation: BoundActivation, given: FloatArray, made: FloatArray
) -> dict[str, FloatArray]:
    """Return the statistics of a layer's preactivations and activations, each ``(R,)``.

    `given`, `made`: shape (R, H, B); preactivations and activations.
    """
    slope = np.abs(slopes_of(activation, given, made)) / activation.steepest
    flat = slope.reshape(len(given), -1)
    return {
        **_moments("preactivation", given),
        **_moments("activation", made),
        "dead_fraction": (slope.max(axis=-1) < DEAD).mean(axis=-1),
        "saturated_fraction": (flat < SATURATED).mean(axis=-1),
    }


def slopes_of(activation: BoundActivation, given: FloatArray, made: FloatArray) -> FloatArray:
    """Return the activation's derivative, from preactivations and activations."""
    kept = np.ascontiguousarray(made if activation.keeps == "output" else given)
    slopes, scratch = np.empty_like(kept), np.empty_like(kept)
    activation.derivative(kept, slopes, scratch)
    return slopes


def _moments(name: str, values: FloatArray) -> dict[str, FloatArray]:
    flat = values.reshape(len(values), -1).astype(np.float64)
    mean = flat.mean(axis=-1, keepdims=True)
    return {f"{name}_mean": mean[:, 0], f"{name}_std": flat.std(axis=-1, mean=mean)}


def delta_rms(delta: FloatArray) -> FloatArray:
    """Return the root mean square of the gradient of one sample's loss, ``(R,)``.

    `delta`: shape (R, H, B); gradient of the batch's mean loss by a layer's preactivations.
    """
    samples = delta.shape[-1]
    squares = np.square(delta.reshape(len(delta), -1).astype(np.float64))
    return np.asarray(samples * np.sqrt(squares.mean(axis=-1)))


def gradient_rms(network: StackedMLP) -> FloatArray:
    """Return the root mean square of the gradient by each layer's weights, ``(R, L)``."""
    sizes = np.array([fan_in * fan_out for fan_in, fan_out in network.architecture.layers])
    return np.asarray(_norms(network.layer_gradients, network) / np.sqrt(sizes))


def _norms(layers: tuple[FloatArray, ...], network: StackedMLP) -> FloatArray:
    """Return the Frobenius norm of each layer's weights, biases left out, ``(R, L)``."""
    columns = []
    for layer, (fan_in, _) in zip(layers, network.architecture.layers, strict=True):
        weights = layer[:, :fan_in].reshape(network.runs, -1).astype(np.float64)
        columns.append(np.sqrt(np.square(weights).sum(axis=-1)))
    return np.stack(columns, axis=1)


def distinct_units(layer: FloatArray) -> IntArray:
    """Count the units of a layer whose incoming weights differ.

    Two units with equal weights and biases compute the same; if their outgoing weights are equal
    too, they receive the same updates, so they act as one unit forever.

    Units are projected on a fixed random direction. Where no two projections are close, all units
    differ; elsewhere neighbours along the direction are compared entry by entry.

    `layer`: shape (R, fan_in + 1, fan_out).

    Returns
    -------
    ndarray of shape (R,)
        From 1 to fan_out.
    """
    direction = _direction(layer.shape[1]).astype(layer.dtype)
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


@cache
def _direction(size: int) -> FloatArray:
    return np.random.default_rng(0).standard_normal(size)
