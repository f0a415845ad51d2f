"""Metrics of finished networks, from their outputs on one part of the data.

Outputs are ``(…, K, N)`` in float64, one column a sample. Every metric is one number a run, and
sums over that run's own samples alone.
"""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.nn.losses import BoundLoss, loss_for, predict

CALIBRATION_BINS: Final = 15
"""As in the experiments of Guo et al. (2017)."""


def accuracy(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the share of samples whose most probable class is their label.

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
    """
    return np.asarray(np.equal(predict(logits), labels).mean(axis=-1))


def balanced_accuracy(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the mean over classes of the share of a class's samples that are predicted right.

    A constant answer has 1 / K, however unequal the K classes are; classes without a sample do not
    count.

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
        NaN for a run whose outputs are not finite.
    """
    is_right = np.equal(predict(logits), labels)
    recalls = [is_right[..., labels == each].mean(axis=-1) for each in np.unique(labels)]
    is_finite = np.isfinite(logits).all(axis=(-2, -1))
    return np.where(is_finite, np.mean(recalls, axis=0), np.nan)


def log_loss(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the mean of the negative log of the probability that a label is given.

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
    """
    loss = _cross_entropy(logits)
    targets = loss.encode(labels, logits.shape[-2]).T
    return np.asarray(loss.values(logits, targets).mean(axis=-1))


def expected_calibration_error(logits: FloatArray, labels: IntArray) -> FloatArray:
    r"""Return how far confidence is from accuracy, on average over samples.

    Samples are gathered by the probability of their predicted class, in bins
    :math:`((m - 1) / M, m / M]`, and a bin of :math:`|B_m|` of n samples counts

    .. math:: \frac{|B_m|}{n} \left|\operatorname{acc}(B_m) - \operatorname{conf}(B_m)\right|

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
        NaN for a run whose probabilities are not numbers.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017, eq. 3.
    """
    confidence = _confidence(logits)
    surplus = np.equal(predict(logits), labels) - confidence
    edges = np.arange(1, CALIBRATION_BINS) / CALIBRATION_BINS
    bins = np.searchsorted(edges, confidence)
    gaps = [
        np.abs(np.where(bins == index, surplus, 0.0).sum(axis=-1))
        for index in range(CALIBRATION_BINS)
    ]
    return np.asarray(np.sum(gaps, axis=0) / logits.shape[-1])


def rmse(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    """Return the root of the mean squared error over outputs and samples.

    Parameters
    ----------
    outputs : ndarray of shape (…, K, N)
    targets : ndarray of shape (K, N)

    Returns
    -------
    ndarray of shape (…)
    """
    return np.asarray(np.sqrt(_squares(outputs - targets) / targets.size))


def r2(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    """Return the share of the targets' variance that the outputs explain, all outputs together.

    Parameters
    ----------
    outputs : ndarray of shape (…, K, N)
    targets : ndarray of shape (K, N)

    Returns
    -------
    ndarray of shape (…)
        1 where perfect, 0 where no better than the mean, NaN where the targets do not vary.
    """
    variation = _squares(targets - targets.mean(axis=-1, keepdims=True))
    explained = _squares(outputs - targets) / np.where(variation > 0.0, variation, np.nan)
    return np.asarray(1.0 - explained)


def _confidence(logits: FloatArray) -> FloatArray:
    """Return the probability of the predicted class, ``(…, N)``."""
    likely = _cross_entropy(logits).probabilities(logits)
    if logits.shape[-2] == 1:
        likely = np.maximum(likely, 1.0 - likely)
    return np.asarray(likely.max(axis=-2))


def _cross_entropy(logits: FloatArray) -> BoundLoss:
    """Return the loss that one logit for two classes, or one for each, are read by."""
    return loss_for(max(logits.shape[-2], 2))


def _squares(differences: FloatArray) -> FloatArray:
    """Sum squares ``(…, K, N)`` over samples, then over outputs."""
    return np.asarray(np.square(differences).sum(axis=-1).sum(axis=-1))
