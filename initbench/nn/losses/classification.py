r"""Cross-entropies on logits, stable at any magnitude.

A loss never sees a probability: :math:`\log(1 + e^z)` and the log of a sum of exponentials are
finite however large the logits are, so a start that is far too large shows as a loss of hundreds
and not as infinity.
"""

import numpy as np
from scipy.special import expit

from initbench.arrays import Array, FloatArray, IntArray
from initbench.nn.losses.entry import Loss


def predict(logits: FloatArray) -> IntArray:
    """Return the most probable class of each sample, ``(…, K, B)`` to ``(…, B)``."""
    if logits.shape[-2] == 1:
        return (logits[..., 0, :] > 0.0).astype(np.intp)
    return np.asarray(np.argmax(logits, axis=-2))


def _encode_binary(labels: Array, _classes: int | None) -> FloatArray:
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


def _encode_one_hot(labels: Array, classes: int | None) -> FloatArray:
    return np.asarray(np.eye(classes or 0)[labels])


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


CLASSIFICATION = (
    Loss(
        name="binary_cross_entropy",
        summary="log(1 + exp(z)) - y z on one logit, for two classes",
        reference="Bishop (2006), eq. 4.90",
        task="classification",
        encode=_encode_binary,
        values=_binary_values,
        gradient=_binary_gradient,
        probabilities=_binary_probabilities,
    ),
    Loss(
        name="softmax_cross_entropy",
        summary="log(sum(exp(z))) - z_y on a logit a class, for more than two",
        reference="Bishop (2006), eq. 4.108",
        task="classification",
        encode=_encode_one_hot,
        values=_softmax_values,
        gradient=_softmax_gradient,
        probabilities=_softmax_probabilities,
    ),
)
