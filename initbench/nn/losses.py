r"""Losses on logits, stable at any magnitude.

A loss never sees a probability: :math:`\log(1 + e^z)` and the log of a sum of exponentials are
finite however large the logits are, so a start that is far too large shows as a loss of hundreds
and not as infinity. Arrays are ``(…, K, B)``, one column a sample.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from initbench.arrays import FloatArray, IntArray
from initbench.registry import Registry


@dataclass(frozen=True)
class Loss:
    """What training makes small, averaged over a batch.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    encode : callable (labels (N,), classes) -> ndarray (N, K)
        Targets of the network's K outputs for class labels.
    values : callable (logits (…, K, B), targets (…, K, B)) -> ndarray (…, B)
        Loss of each sample.
    gradient : callable (logits (…, K, B), targets (…, K, B), out (…, K, B)) -> None
        Write the derivative of the mean over the batch by each logit to `out`.
    probabilities : callable (logits (…, K, B)) -> ndarray (…, K, B)
        Class probabilities; with one output, that of class 1.
    """

    name: str
    summary: str
    reference: str
    encode: Callable[[IntArray, int], FloatArray]
    values: Callable[[FloatArray, FloatArray], FloatArray]
    gradient: Callable[[FloatArray, FloatArray, FloatArray], None]
    probabilities: Callable[[FloatArray], FloatArray]
    aliases: tuple[str, ...] = ()


def loss_for(classes: int) -> Loss:
    """Return the cross-entropy for this many classes: binary for two, softmax for more."""
    return LOSSES["binary_cross_entropy" if classes == 2 else "softmax_cross_entropy"]


def predict(logits: FloatArray) -> IntArray:
    """Return the most probable class of each sample, ``(…, K, B)`` to ``(…, B)``."""
    if logits.shape[-2] == 1:
        return (logits[..., 0, :] > 0.0).astype(np.intp)
    return np.asarray(np.argmax(logits, axis=-2))


def _binary_encode(labels: IntArray, _classes: int) -> FloatArray:
    return labels[:, np.newaxis].astype(np.float64)


def _binary_values(logits: FloatArray, targets: FloatArray) -> FloatArray:
    values: FloatArray = np.logaddexp(0.0, logits) - targets * logits
    return np.asarray(values[..., 0, :])


def _binary_gradient(logits: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    expit(logits, out=out)
    np.subtract(out, targets, out=out)
    np.multiply(out, 1.0 / logits.shape[-1], out=out)


def _binary_probabilities(logits: FloatArray) -> FloatArray:
    return np.asarray(expit(logits))


def _softmax_encode(labels: IntArray, classes: int) -> FloatArray:
    return np.asarray(np.eye(classes)[labels])


def _softmax_values(logits: FloatArray, targets: FloatArray) -> FloatArray:
    highest = logits.max(axis=-2)
    shifted = logits - highest[..., np.newaxis, :]
    log_sum = np.log(np.exp(shifted).sum(axis=-2))
    return np.asarray(log_sum - (targets * shifted).sum(axis=-2))


def _softmax_gradient(logits: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    np.subtract(logits, logits.max(axis=-2, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=-2, keepdims=True), out=out)
    np.subtract(out, targets, out=out)
    np.multiply(out, 1.0 / logits.shape[-1], out=out)


def _softmax_probabilities(logits: FloatArray) -> FloatArray:
    exponentials = np.exp(logits - logits.max(axis=-2, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-2, keepdims=True))


LOSSES = Registry(
    "loss",
    [
        Loss(
            name="binary_cross_entropy",
            summary="log(1 + exp(z)) - y z on one logit, for two classes",
            reference="Bishop (2006), eq. 4.90",
            encode=_binary_encode,
            values=_binary_values,
            gradient=_binary_gradient,
            probabilities=_binary_probabilities,
        ),
        Loss(
            name="softmax_cross_entropy",
            summary="log(sum(exp(z))) - z_y on a logit a class, for more than two",
            reference="Bishop (2006), eq. 4.108",
            encode=_softmax_encode,
            values=_softmax_values,
            gradient=_softmax_gradient,
            probabilities=_softmax_probabilities,
        ),
    ],
)
