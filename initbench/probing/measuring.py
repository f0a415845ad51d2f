r"""Measuring: one batch, forward and back, through a stack of untrained networks.

The effective rank is the participation ratio of a layer's activations,
:math:`(\sum_i \lambda_i)^2 / \sum_i \lambda_i^2` over the eigenvalues of their matrix of second
moments: 1 where all samples lie on one line through the origin, up to as many as there are samples
or units. It falls to 1 as inputs come to look alike.
"""

from collections.abc import Collection
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.nn import StackedMLP
from initbench.results.probes import BINS, DECADES, HIGHEST
from initbench.training.evaluation import Part, Task
from initbench.training.layer_statistics import (
    PROBED,
    delta_rms,
    gradient_rms,
    signal_statistics,
    slopes_of,
)

SHOWN: Final = 8_000
"""Preactivations a layer that histograms are made of."""

LARGEST_JACOBIAN: Final = 512
"""A layer's Jacobian has its singular values taken if one of its sides is at most this."""


def measure(network: StackedMLP, task: Task) -> dict[str, FloatArray]:
    """Return what a batch becomes in every layer of every run.

    Parameters
    ----------
    network : StackedMLP
        Its gradients are overwritten.
    task : Task

    Returns
    -------
    dict
        The names of `BY_LAYER` ``(R, L)``; ``loss`` (R,); ``magnitudes`` (R, L, n),
        histograms of preactivations; ``backpropagated`` (R, B), the mean square of the derivative
        of a sample's loss by its logits.
    """
    part = batch_of(task)
    inputs, targets = part.inputs[np.newaxis], part.targets.T
    by_layer: list[dict[str, Array]] = []
    # As in training: batch normalization takes the batch's own moments.
    for given, made in network.signals(inputs, training=True):
        by_layer.append(_of_layer(network, given, made))
        logits = made
    by_layer[-1] |= dict.fromkeys(("dead_fraction", "saturated_fraction"), np.zeros(network.runs))
    found = {name: np.stack([one[name] for one in by_layer], axis=1) for name in by_layer[0]}
    logits = logits[np.newaxis]
    found["loss"] = task.loss.values(logits, targets).mean(axis=-1).ravel()
    task.loss.gradient(logits, targets, deltas := network.deltas_for(logits))
    found["backpropagated"] = np.square(deltas.shape[-1] * deltas[0]).mean(axis=1)
    back = [delta_rms(delta) for delta in network.backward_signals(deltas)]
    return {
        **found,
        "delta_rms": np.stack(back[::-1], axis=1),
        "gradient_rms": gradient_rms(network),
    }


def batch_of(task: Task) -> Part:
    """Return the samples that are passed through."""
    part = task.parts["train"]
    return Part(part.inputs[:PROBED], part.y[:PROBED], part.targets[:PROBED])


def root_mean_square(signals: FloatArray) -> FloatArray:
    """Return the size of what a layer holds, ``(R, units, B)`` to (R,)."""
    return np.asarray(np.sqrt(np.square(signals).mean((1, 2))))


def _of_layer(network: StackedMLP, given: FloatArray, made: FloatArray) -> dict[str, Array]:
    gram = np.matmul(made.mT, made)
    with np.errstate(all="ignore"):
        trace = np.trace(gram, axis1=1, axis2=2)
        rank = trace**2 / np.square(gram).sum((1, 2))
        cosine = (given[:, :, 0] * given[:, :, 1]).sum(1) / np.sqrt(
            np.square(given[:, :, 0]).sum(1) * np.square(given[:, :, 1]).sum(1)
        )
    return {
        **signal_statistics(network.architecture.activation, given, made),
        "preactivation_rms": (rms := root_mean_square(given)),
        "activation_rms": root_mean_square(made),
        "effective_rank": rank,
        "cosine": cosine,
        "magnitudes": magnitudes(given.reshape(network.runs, -1), rms),
    }


def magnitudes(values: FloatArray, rms: FloatArray) -> Array:
    """Return histograms of magnitudes in units of their root mean square, on a log scale.

    The highest bin counts as `HIGHEST`; what is beyond `DECADES`, or no number, is left out.

    Parameters
    ----------
    values : ndarray of shape (R, n)
    rms : ndarray of shape (R,)

    Returns
    -------
    ndarray of shape (R, BINS)
    """
    kept = np.linspace(0, values.shape[1] - 1, SHOWN).astype(np.int64)
    with np.errstate(all="ignore"):
        decades = np.log10(np.abs(values[:, kept]) / rms[:, np.newaxis])
        places = (decades - DECADES[0]) * (BINS / (DECADES[1] - DECADES[0]))
    counts = np.zeros((len(values), BINS))
    runs, which = np.nonzero((places >= 0) & (places < BINS))
    np.add.at(counts, (runs, places[runs, which].astype(np.int64)), 1)
    highest = np.maximum(counts.max(axis=1, keepdims=True), 1)
    heights: Array = np.rint(HIGHEST * counts / highest).astype(np.uint8)
    return heights


def spectra(network: StackedMLP, task: Task) -> dict[str, FloatArray]:
    """Return what is known of the singular values of ``jacobian`` and ``layer_jacobian``.

    The latter is that of the middle one of the hidden layers, the logits' where there is none.
    """
    middle = (len(network.architecture.layers) - 1) // 2
    found = {
        "jacobian": jacobian_spectrum(network, task),
        "layer_jacobian": layer_spectra(network, task, [middle])[0],
    }
    return {name: values for name, values in found.items() if values is not None}


def jacobian_spectrum(network: StackedMLP, task: Task) -> FloatArray | None:
    """Return the singular values of the logits' derivative by the first input, ``(R, min(D, K))``.

    None with batch normalization, where an output depends on the other samples too.
    """
    if network.architecture.normalization == "batch":
        return None
    features, outputs = network.architecture.sizes[0], network.architecture.sizes[-1]
    inputs = np.repeat(task.parts["train"].inputs[np.newaxis, :1], outputs, axis=1)
    deltas = network.deltas_for(network.forward(inputs, training=True))
    deltas[:] = np.eye(outputs)
    *_, first = network.backward_signals(deltas)
    return _singular_values(np.matmul(network.layers[0][:, :features], first))


def layer_spectra(
    network: StackedMLP, task: Task, layers: Collection[int]
) -> list[FloatArray | None]:
    """Return the singular values of some layers' Jacobians at the first input, each ``(R, n)``.

    A layer is its product and its activation. None where a layer is too large, or where it is
    normalized between the two.
    """
    inputs = task.parts["train"].inputs[np.newaxis, :1]
    return [
        _layer_spectrum(network, index, given, made)
        for index, (given, made) in enumerate(network.signals(inputs))
        if index in layers
    ]


def _layer_spectrum(
    network: StackedMLP, index: int, given: FloatArray, made: FloatArray
) -> FloatArray | None:
    architecture = network.architecture
    fan_in, fan_out = architecture.layers[index]
    if min(fan_in, fan_out) > LARGEST_JACOBIAN or architecture.normalization != "none":
        return None
    is_last = index == len(architecture.layers) - 1
    slopes = np.ones_like(given) if is_last else slopes_of(architecture.activation, given, made)
    return _singular_values(network.layers[index][:, :fan_in] * slopes.mT)


def _singular_values(matrices: FloatArray) -> FloatArray:
    """Return the singular values, the largest first; NaN for a matrix that is not finite."""
    finite = np.asarray(np.isfinite(matrices).all(axis=(1, 2), keepdims=True))
    sound: FloatArray = np.where(finite, matrices, 0.0).astype(np.float64)
    return np.where(finite[:, 0], np.linalg.svd(sound, compute_uv=False), np.nan)
