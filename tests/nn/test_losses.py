"""Losses: right by the definition, stable at any magnitude, and chosen by what is learned."""

import numpy as np
import pytest
from scipy.special import huber, log_softmax

from initbench.errors import UsageError
from initbench.nn.losses import LOSSES, loss_for, outputs_for, predict

OUTPUTS = {"binary_cross_entropy": 1, "softmax_cross_entropy": 4, "class_squared_error": 4}
CLASSIFICATION = list(OUTPUTS)
REGRESSION = ["mean_squared_error", "mean_absolute_error", "huber"]
CASES = [*((name, {}) for name in LOSSES), ("huber", {"delta": 0.3}), ("huber", {"delta": 5.0})]


def a_loss(name, **options):
    """Return a loss with its options."""
    classes = max(OUTPUTS[name], 2) if name in OUTPUTS else None
    return loss_for(classes, name, **options)


def a_batch(name, scale=1.0, samples=9):
    """Return random outputs (2, 3, K, B), labels or numbers, and targets (K, B)."""
    rng = np.random.default_rng(1)
    outputs = OUTPUTS.get(name, 3)
    made = scale * rng.standard_normal((2, 3, outputs, samples))
    if name in REGRESSION:
        y = rng.standard_normal((samples, outputs))
    else:
        y = rng.integers(max(outputs, 2), size=samples)
    return made, y, LOSSES[name].encode(y, max(outputs, 2)).T


def test_binary_is_the_negative_log_probability():
    """Binary cross-entropy is -log p of the label, p by the logistic function."""
    logits, labels, targets = a_batch("binary_cross_entropy")
    p = 1 / (1 + np.exp(-logits[..., 0, :]))
    expected = -np.log(np.where(labels == 1, p, 1 - p))
    np.testing.assert_allclose(a_loss("binary_cross_entropy").values(logits, targets), expected)


def test_softmax_is_the_negative_log_probability():
    """Softmax cross-entropy is -log of scipy's softmax at the label."""
    logits, labels, targets = a_batch("softmax_cross_entropy")
    expected = -log_softmax(logits, axis=-2)[..., labels, np.arange(len(labels))]
    np.testing.assert_allclose(a_loss("softmax_cross_entropy").values(logits, targets), expected)


@pytest.mark.parametrize(
    ("name", "options", "by_distance"),
    [
        ("mean_squared_error", {}, np.square),
        ("mean_absolute_error", {}, np.abs),
        ("huber", {}, lambda d: huber(1.0, d)),
        ("huber", {"delta": 0.3}, lambda d: huber(0.3, d)),
    ],
)
def test_a_regression_averages_over_outputs(name, options, by_distance):
    """A sample's loss is the mean over its outputs of a function of their distance."""
    outputs, _, targets = a_batch(name, scale=2.0)
    expected = by_distance(outputs - targets).mean(axis=-2)
    np.testing.assert_allclose(a_loss(name, **options).values(outputs, targets), expected)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_gradient_is_that_of_the_mean(name, options):
    """Central differences of the batch's mean agree with the gradient."""
    logits, _, targets = a_batch(name)
    loss, step = a_loss(name, **options), 1e-6
    stated, measured = np.empty_like(logits), np.empty_like(logits)
    loss.gradient(logits, targets, stated)
    for index in np.ndindex(logits.shape[-2:]):
        shift = np.zeros_like(logits)
        shift[..., index[0], index[1]] = step
        difference = loss.values(logits + shift, targets) - loss.values(logits - shift, targets)
        measured[..., index[0], index[1]] = difference.mean(axis=-1) / (2 * step)
    np.testing.assert_allclose(stated, measured, atol=1e-9)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_hessian_product_is_the_derivative_of_the_gradient(name, options):
    """Central differences of the gradient along a random change of the outputs agree with it."""
    logits, _, targets = a_batch(name)
    loss, step = a_loss(name, **options), 1e-6
    along = np.random.default_rng(2).standard_normal(logits.shape)
    ends = [np.empty_like(logits) for _ in range(2)]
    for sign, end in zip((1, -1), ends, strict=True):
        loss.gradient(logits + sign * step * along, targets, end)
    expected = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(loss.hessian_product(logits, targets, along), expected, atol=1e-9)


@pytest.mark.parametrize("scale", [1e2, 1e4, 1e30])
@pytest.mark.parametrize("name", LOSSES)
def test_huge_outputs_give_a_finite_loss(name, scale):
    """A start that is far too large is a loss of hundreds or more, not infinity."""
    outputs, _, targets = a_batch(name, scale)
    loss, gradient = a_loss(name), np.empty_like(outputs)
    values = loss.values(outputs, targets)
    loss.gradient(outputs, targets, gradient)
    assert np.isfinite(values).all()
    assert values.max() > 0.1 * scale
    assert np.isfinite(gradient).all()
    if name not in {"mean_squared_error", "class_squared_error"}:
        assert np.abs(gradient).max() <= 1 / outputs.shape[-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_run_of_a_stack_is_the_run_alone(name, options, dtype):
    """Values and gradients of a run have the same bits in the stack and by itself."""
    outputs, _, targets = (array.astype(dtype) for array in a_batch(name))
    loss, together = a_loss(name, **options), np.empty_like(outputs)
    loss.gradient(outputs, targets, together)
    values = loss.values(outputs, targets)
    for run in np.ndindex(2, 3):
        alone = np.empty_like(outputs[run])
        loss.gradient(outputs[run].copy(), targets, alone)
        np.testing.assert_array_equal(alone, together[run])
        np.testing.assert_array_equal(loss.values(outputs[run].copy(), targets), values[run])


@pytest.mark.parametrize("name", ["binary_cross_entropy", "softmax_cross_entropy"])
def test_probabilities_belong_to_the_loss(name):
    """The loss is the negative log of the probability that `probabilities` gives the label."""
    logits, labels, targets = a_batch(name)
    p = a_loss(name).probabilities(logits)
    if OUTPUTS[name] == 1:
        p = np.concatenate([1 - p, p], axis=-2)
    chosen = p[..., labels, np.arange(len(labels))]
    np.testing.assert_allclose(a_loss(name).values(logits, targets), -np.log(chosen))


def test_a_regression_has_no_probabilities():
    """To ask a regression's loss for classes is refused in words."""
    with pytest.raises(UsageError, match=r"'huber' is for numbers"):
        loss_for(None, "huber").probabilities(np.zeros((1, 3)))


def test_the_most_probable_class_is_predicted():
    """One logit is told by its sign, several by their largest."""
    assert predict(np.array([[-1.0, 2.0]])).tolist() == [0, 1]
    assert predict(np.array([[1.0, 0.0], [3.0, -1.0], [2.0, -2.0]])).tolist() == [1, 0]


def test_the_default_loss_depends_on_the_task():
    """Two classes take one logit, more take one each, and numbers take the squared error."""
    assert loss_for(2).name == "binary_cross_entropy"
    assert loss_for(10).name == "softmax_cross_entropy"
    assert loss_for(None).name == "mean_squared_error"
    assert loss_for(None, "mae").name == "mean_absolute_error"


@pytest.mark.parametrize(
    ("classes", "y", "outputs"),
    [
        (2, np.zeros(5, int), 1),
        (3, np.zeros(5, int), 3),
        (None, np.zeros(5), 1),
        (None, np.zeros((5, 4)), 4),
    ],
)
def test_outputs_and_targets_have_one_number(classes, y, outputs):
    """A network has as many outputs as its loss encodes targets for."""
    assert outputs_for(classes, y) == outputs
    assert loss_for(classes).encode(y, classes).shape == (5, outputs)


@pytest.mark.parametrize(
    ("classes", "name", "message"),
    [
        (3, "huber", r"'huber' does not fit a classification of 3 classes"),
        (3, "binary_cross_entropy", r"Known for it: softmax_cross_entropy"),
        (2, "softmax_cross_entropy", r"Known for it: binary_cross_entropy"),
        (None, "binary_cross_entropy", r"does not fit a regression.*mean_absolute_error, huber"),
        (None, "hubert", r"unknown loss 'hubert'. Did you mean 'huber'"),
    ],
)
def test_a_loss_of_another_task_raises_with_a_message(classes, name, message):
    """The message names the loss, the task and what fits it."""
    with pytest.raises(UsageError, match=message):
        loss_for(classes, name)


def test_invalid_options_raise_with_a_message():
    """A delta of zero, and one for a loss that has none, name the loss."""
    with pytest.raises(UsageError, match=r"'huber': delta: must be greater than 0"):
        loss_for(None, "huber", delta=0)
    with pytest.raises(UsageError, match=r"'mean_squared_error': delta: unknown option"):
        loss_for(None, delta=1.0)
