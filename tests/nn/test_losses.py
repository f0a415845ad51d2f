"""Losses: right by the definition, and stable at any magnitude."""

import numpy as np
import pytest
from scipy.special import log_softmax

from initbench.nn import LOSSES
from initbench.nn.losses import loss_for, predict

OUTPUTS = {"binary_cross_entropy": 1, "softmax_cross_entropy": 4}


def a_batch(name, scale=1.0, samples=9):
    """Return random logits (2, 3, K, B), labels (B,) and targets (K, B)."""
    rng = np.random.default_rng(1)
    outputs = OUTPUTS[name]
    logits = scale * rng.standard_normal((2, 3, outputs, samples))
    labels = rng.integers(max(outputs, 2), size=samples)
    return logits, labels, LOSSES[name].encode(labels, outputs).T


def test_binary_is_the_negative_log_probability():
    """Binary cross-entropy is -log p of the label, p by the logistic function."""
    logits, labels, targets = a_batch("binary_cross_entropy")
    p = 1 / (1 + np.exp(-logits[..., 0, :]))
    expected = -np.log(np.where(labels == 1, p, 1 - p))
    np.testing.assert_allclose(LOSSES["binary_cross_entropy"].values(logits, targets), expected)


def test_softmax_is_the_negative_log_probability():
    """Softmax cross-entropy is -log of scipy's softmax at the label."""
    logits, labels, targets = a_batch("softmax_cross_entropy")
    expected = -log_softmax(logits, axis=-2)[..., labels, np.arange(len(labels))]
    np.testing.assert_allclose(LOSSES["softmax_cross_entropy"].values(logits, targets), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_the_mean(name):
    """Central differences of the batch's mean agree with the gradient."""
    logits, _, targets = a_batch(name)
    loss, step = LOSSES[name], 1e-6
    stated, measured = np.empty_like(logits), np.empty_like(logits)
    loss.gradient(logits, targets, stated)
    for index in np.ndindex(logits.shape[-2:]):
        shift = np.zeros_like(logits)
        shift[..., index[0], index[1]] = step
        difference = loss.values(logits + shift, targets) - loss.values(logits - shift, targets)
        measured[..., index[0], index[1]] = difference.mean(axis=-1) / (2 * step)
    np.testing.assert_allclose(stated, measured, atol=1e-9)


@pytest.mark.parametrize("scale", [1e2, 1e4, 1e30])
@pytest.mark.parametrize("name", LOSSES)
def test_huge_logits_give_a_finite_loss(name, scale):
    """A start that is far too large is a loss of hundreds or more, not infinity."""
    logits, _, targets = a_batch(name, scale)
    loss, gradient = LOSSES[name], np.empty_like(logits)
    values = loss.values(logits, targets)
    loss.gradient(logits, targets, gradient)
    assert np.isfinite(values).all()
    assert values.max() > 0.1 * scale
    assert np.abs(gradient).max() <= 1 / logits.shape[-1]


@pytest.mark.parametrize("name", LOSSES)
def test_probabilities_belong_to_the_loss(name):
    """The loss is the negative log of the probability that `probabilities` gives the label."""
    logits, labels, targets = a_batch(name)
    p = LOSSES[name].probabilities(logits)
    if OUTPUTS[name] == 1:
        p = np.concatenate([1 - p, p], axis=-2)
    chosen = p[..., labels, np.arange(len(labels))]
    np.testing.assert_allclose(LOSSES[name].values(logits, targets), -np.log(chosen))


def test_the_most_probable_class_is_predicted():
    """One logit is told by its sign, several by their largest."""
    assert predict(np.array([[-1.0, 2.0]])).tolist() == [0, 1]
    assert predict(np.array([[1.0, 0.0], [3.0, -1.0], [2.0, -2.0]])).tolist() == [1, 0]


def test_the_loss_follows_from_the_classes():
    """Two classes take one logit; more take one each."""
    assert loss_for(2).name == "binary_cross_entropy"
    assert loss_for(10).name == "softmax_cross_entropy"
