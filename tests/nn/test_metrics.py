"""Metrics: right by definition, one number a run, and the same bits whatever stands beside it."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from initbench.nn.losses import balanced_accuracy, expected_calibration_error, log_loss, rmse


def logits_of(p):
    """Return the single logits (1, N) of probabilities of class 1."""
    p = np.asarray(p, float)
    return (np.log(p) - np.log1p(-p))[np.newaxis]


def a_classification(outputs, samples=301):
    """Return logits (2, 3, K, N) and labels (N,)."""
    rng = np.random.default_rng(4)
    logits = 2 * rng.standard_normal((2, 3, outputs, samples))
    return logits, rng.integers(max(outputs, 2), size=samples)


def a_regression(outputs=2, samples=57):
    """Return outputs (2, 3, K, N) and targets (K, N)."""
    rng = np.random.default_rng(5)
    return rng.standard_normal((2, 3, outputs, samples)), rng.standard_normal((outputs, samples))


def softmax(logits):
    """Return class probabilities (N, classes) of one run's logits (K, N)."""
    if len(logits) == 1:
        p = 1 / (1 + np.exp(-logits[0]))
        return np.stack([1 - p, p], axis=-1)
    exponentials = np.exp(logits)
    return (exponentials / exponentials.sum(axis=0)).T


def calibration_error(p, labels, bins=15):
    """Return Guo et al.'s equation 3 by a loop over bins."""
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for m in range(1, bins + 1):
        inside = (confidence > (m - 1) / bins) & (confidence <= m / bins)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            error += inside.sum() / len(labels) * gap
    return error


@pytest.mark.parametrize("outputs", [1, 3, 10])
def test_a_classification_is_measured_as_by_others(outputs):
    """Log loss is scikit-learn's, and calibration is the sum over bins by a loop."""
    logits, labels = a_classification(outputs)
    classes = np.arange(max(outputs, 2))
    for run in np.ndindex(2, 3):
        p = softmax(logits[run])
        assert balanced_accuracy(logits, labels)[run] == pytest.approx(
            sklearn_metrics.balanced_accuracy_score(labels, p.argmax(axis=1)), rel=1e-12
        )
        assert log_loss(logits, labels)[run] == pytest.approx(
            sklearn_metrics.log_loss(labels, p, labels=classes), rel=1e-12
        )
        assert expected_calibration_error(logits, labels)[run] == pytest.approx(
            calibration_error(p, labels), rel=1e-10
        )


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_regression_is_measured_as_by_others(outputs):
    """The root mean squared error is the root of scikit-learn's mean squared error."""
    made, targets = a_regression(outputs)
    for run in np.ndindex(2, 3):
        z = made[run].T
        assert rmse(made, targets)[run] == pytest.approx(
            sklearn_metrics.mean_squared_error(targets.T, z) ** 0.5, rel=1e-12
        )


@pytest.mark.parametrize("metric", [balanced_accuracy, log_loss, expected_calibration_error, rmse])
def test_a_run_of_a_stack_is_the_run_alone(metric):
    """Every metric of a run has the same bits in the stack and by itself."""
    made, truth = a_regression() if metric is rmse else a_classification(3)
    together = metric(made, truth)
    assert together.shape == (2, 3)
    for run in np.ndindex(2, 3):
        assert metric(made[run].copy(), truth) == together[run]


def test_calibration_by_hand():
    """Three sure of 0.9 and two right, one of 0.6 and right: (3 |2/3 - 0.9| + 0.4) / 4."""
    logits = logits_of([0.9, 0.9, 0.1, 0.6])
    error = expected_calibration_error(logits, np.array([1, 1, 1, 1]))
    assert error == pytest.approx((3 * abs(2 / 3 - 0.9) + 0.4) / 4, rel=1e-12)


def test_a_perfect_and_sure_network_is_calibrated():
    """Confidence of 1 falls into the last bin, and costs nothing where it is right."""
    logits = np.array([[[800.0, -800.0]], [[-800.0, 800.0]]])
    assert expected_calibration_error(logits, np.array([1, 0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("metric", [balanced_accuracy, log_loss, expected_calibration_error])
def test_a_run_that_diverged_has_no_number_and_leaves_the_others(metric):
    """NaN logits make one run's metric NaN and no other's."""
    logits, labels = a_classification(3)
    expected = metric(logits, labels)
    logits[0, 1] = np.nan
    found = metric(logits, labels)
    assert np.isnan(found[0, 1])
    kept = np.ones((2, 3), bool)
    kept[0, 1] = False
    np.testing.assert_array_equal(found[kept], expected[kept])
