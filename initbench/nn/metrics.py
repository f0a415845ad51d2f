"""Metrics of trained networks, from their outputs on one part of the data.

Outputs are ``(…, K, N)`` in float64, one column per sample. Each metric is one number per run, and
sums over the samples of that run only, so it is the same for a run alone and in a stack.
"""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.nn.losses import BoundLoss, loss_for, predict

CALIBRATION_BINS: Final = 15
"""Number of bins in the experiments of Guo et al. (2017)."""


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
    """Return the mean negative log-probability of the true labels.

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
    r"""Return the expected calibration error: the mean gap between confidence and accuracy.

    Samples are binned by the probability of their predicted class, in bins
    :math:`((m - 1) / M, m / M]`. A bin of :math:`|B_m|` of the n samples contributes

    .. math:: \frac{|B_m|}{n} \left|\operatorname{acc}(B_m) - \operatorname{conf}(B_m)\right|

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
        NaN for a run whose probabilities are NaN.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017, eq. 3.
    """
    likely = _cross_entropy(logits).probabilities(logits)
    if logits.shape[-2] == 1:
        likely = np.maximum(likely, 1.0 - likely)
    confidence = np.asarray(likely.max(axis=-2))
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
    squares = np.square(outputs - targets).sum(axis=-1).sum(axis=-1)
    return np.asarray(np.sqrt(squares / targets.size))


def _cross_entropy(logits: FloatArray) -> BoundLoss:
    """Return the cross-entropy that fits one logit for two classes, or one logit per class."""
    return loss_for(max(logits.shape[-2], 2))
