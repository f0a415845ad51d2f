"""Weight normalization, factors on residual branches, dropout, and squared errors on classes."""

from itertools import pairwise

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy import stats

from initbench.nn import Architecture, Residual, StackedMLP, bind_activation, loss_for
from initbench.nn.architecture import Dropout
from initbench.nn.layers import kept_factor
from initbench.nn.losses import LOSSES, predict
from initbench.nn.mlp import with_ones

SIZES = (3, 6, 6, 6, 2)


def a_batch(batch=5):
    """Return inputs (1, B, D + 1) and targets (1, 1, K, B)."""
    rng = np.random.default_rng(1)
    inputs = with_ones(rng.standard_normal((1, batch, SIZES[0])), np.float64)
    return inputs, rng.standard_normal((1, 1, SIZES[-1], batch))


def a_network(runs=1, activation="tanh", **settings):
    """Return a stack with every parameter drawn."""
    network = StackedMLP(
        Architecture(SIZES, bind_activation(activation), **settings), runs=runs, dtype=np.float64
    )
    network.parameters[:] = np.random.default_rng(0).standard_normal(network.parameters.shape)
    return network


def gradients(network, inputs, targets, masks=()):
    """Return the gradients of the mean squared error, (R, P)."""
    loss = loss_for(None)
    logits = network.forward(inputs, training=True, masks=masks)
    loss.gradient(logits, targets, deltas := network.deltas_for(logits))
    network.backward(deltas)
    return network.gradients.copy()


def split(flat, *, lengths):
    """Return (directions, biases, lengths or None) of each layer of a plain network's row."""
    parts, start = [], 0
    for fan_in, fan_out in pairwise(SIZES):
        size = (fan_in + 1) * fan_out
        matrix = flat[start : start + size].reshape(fan_in + 1, fan_out)
        start += size
        gain = None
        if lengths:
            gain, start = flat[start : start + fan_out], start + fan_out
        parts.append((matrix[:-1], matrix[-1], gain))
    return parts


def reference_loss(flat, inputs, targets, *, lengths=False, factor=None, masks=None):
    """Return the mean squared error as the formula has it, sample by row."""
    signal, layers = inputs, split(flat, lengths=lengths)
    for index, (matrix, bias, gain) in enumerate(layers):
        if gain is not None:
            weights = gain * matrix / anp.sqrt(anp.sum(matrix**2, axis=0))
        else:
            weights = matrix
        given = signal if index == 0 else anp.tanh(signal)
        if masks is not None and index > 0:
            given = given * masks[index - 1]
        made = anp.dot(given, weights) + bias
        inner = 0 < index < len(layers) - 1
        signal = signal + factor * made if factor is not None and inner else made
    return anp.mean((signal - targets) ** 2)


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        ({"normalization": "weight"}, {"lengths": True}),
        ({"residual": Residual(1, multiplier=0.3)}, {"factor": 0.3}),
        ({"residual": Residual(1, multiplier="1/L")}, {"factor": 1 / 2}),
        ({"residual": Residual(1, multiplier="1/sqrt(L)")}, {"factor": 2**-0.5}),
        (
            {"residual": Residual(1, multiplier=0.3), "normalization": "weight"},
            {"factor": 0.3, "lengths": True},
        ),
    ],
    ids=str,
)
def test_outputs_and_gradients_agree_with_automatic_differentiation(settings, reference):
    """HIPS autograd on the published formula finds the same loss and the same gradients."""
    network, (inputs, targets) = a_network(**settings), a_batch()
    flat = network.parameters[0].copy()
    found = gradients(network, inputs, targets)[0]

    def loss(row):
        return reference_loss(row, inputs[0, :, :-1], targets[0, 0].T, **reference)

    logits = network.forward(inputs)
    stated = np.square(logits - targets).mean()
    assert stated == pytest.approx(loss(flat), rel=1e-12)
    np.testing.assert_allclose(found, autograd.grad(loss)(flat), rtol=1e-9, atol=1e-12)


def test_dropout_multiplies_activations_and_their_gradients_by_the_mask():
    """With a given mask, outputs and gradients are those of the formula; without, of no dropout."""
    network, (inputs, targets) = a_network(dropout=Dropout(0.4)), a_batch()
    rng = np.random.default_rng(3)
    masks = [(rng.random((1, 1, units, 5)) > 0.4) / 0.6 for units in SIZES[1:-1]]
    flat, samples = network.parameters[0].copy(), inputs[0, :, :-1]

    def loss(row, given):
        return reference_loss(row, samples, targets[0, 0].T, masks=given)

    given = [mask[0, 0].T for mask in masks]
    found = gradients(network, inputs, targets, masks)[0]
    np.testing.assert_allclose(found, autograd.grad(loss)(flat, given), rtol=1e-9, atol=1e-12)
    for training in (True, False):
        logits = network.forward(inputs, training=training)
        assert np.square(logits - targets).mean() == pytest.approx(loss(flat, None), rel=1e-12)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.7])
@pytest.mark.parametrize(
    ("kind", "draw", "mean", "variance"),
    [
        ("standard", lambda rng, size: np.abs(rng.standard_normal(size)), (2 / np.pi) ** 0.5, None),
        ("alpha", lambda rng, size: rng.standard_normal(size), 0.0, 1.0),
    ],
)
def test_dropout_keeps_the_moments_that_it_promises(kind, draw, mean, variance, rate):
    """Standard dropout keeps the mean; alpha dropout keeps mean 0 and variance 1."""
    count, dropout = 200_000, Dropout(rate, kind)
    network = StackedMLP(
        Architecture((1, 1, 1), bind_activation("linear"), dropout=dropout),
        runs=1,
        dtype=np.float64,
    )
    for layer in network.layers:
        layer[0, 0] = 1.0
    rng = np.random.default_rng(0)
    inputs = with_ones(draw(rng, (1, count, 1)), np.float64)
    mask = kept_factor(dropout) * (rng.random((1, 1, 1, count)) >= rate)
    made = network.forward(inputs, training=True, masks=[mask])[0, 0, 0]
    error = made.std() / np.sqrt(count)
    assert abs(made.mean() - mean) < stats.norm.isf(1e-6) * error
    if variance is not None:
        spread = np.square(made - made.mean()).std() / np.sqrt(count)
        assert abs(made.var() - variance) < stats.norm.isf(1e-6) * spread


def test_alpha_dropout_is_the_published_map_of_each_unit():
    """That which `torch.nn.AlphaDropout` documents, for units that stay and that are dropped."""
    dropout, count = Dropout(0.4, "alpha"), 7
    architecture = Architecture((3, 3, 3), bind_activation("linear"), dropout=dropout)
    network = StackedMLP(architecture, runs=1, dtype=np.float64)
    for layer in network.layers:
        layer[0, :-1] = np.eye(3)
    rng = np.random.default_rng(0)
    signal, kept = rng.standard_normal((count, 3)), rng.random((3, count)) >= dropout.rate
    mask = kept_factor(dropout) * kept[np.newaxis, np.newaxis]
    inputs = with_ones(signal[np.newaxis], np.float64)
    made = network.forward(inputs, training=True, masks=[mask])[0, 0]
    low, q = -1.7580993408473766, 1 - dropout.rate
    a = (q + low**2 * q * (1 - q)) ** -0.5
    expected = a * np.where(kept, signal.T, low) - a * (1 - q) * low
    np.testing.assert_allclose(made, expected, rtol=1e-12)


def test_weight_normalization_starts_as_the_weights_that_were_set():
    """The function of the network is that of the plain one; lengths are those of the weights."""
    plain, normed = a_network(runs=2), a_network(runs=2, normalization="weight")
    inputs, _ = a_batch()
    for run in range(2):
        normed.set_weights(run, plain.weights(run))
        for one, other in zip(plain.weights(run), normed.weights(run), strict=True):
            np.testing.assert_allclose(one[0], other[0], rtol=1e-14)
            np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_allclose(plain.forward(inputs), normed.forward(inputs), rtol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [{"normalization": "weight"}, {"dropout": Dropout(0.3)}, {"residual": Residual(1, False)}],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_run_has_the_same_bits_alone_and_in_a_stack(settings, dtype):
    """Outputs and gradients of the third of five runs are those of a stack of one."""
    inputs, targets = (each.astype(dtype) for each in a_batch())
    many = StackedMLP(Architecture(SIZES, bind_activation("relu"), **settings), runs=5, dtype=dtype)
    many.parameters[:] = np.random.default_rng(0).standard_normal(many.parameters.shape)
    alone = many.take(np.array([2]))
    masks = [np.float32(1) * (np.random.default_rng(0).random((1, 1, 6, 5)) > 0.3)] * 3
    together = gradients(many, inputs, targets, masks)
    logits = many.forward(inputs, training=True, masks=masks).copy()
    np.testing.assert_array_equal(gradients(alone, inputs, targets, masks)[0], together[2])
    np.testing.assert_array_equal(
        alone.forward(inputs, training=True, masks=masks)[0, 0], logits[0, 2]
    )


def test_squared_errors_on_classes_take_one_hot_targets():
    """More than two classes are one-hot; two classes, with one output, are -1 and 1."""
    loss = loss_for(3, "mse")
    assert (loss.name, loss.task) == ("class_squared_error", "classification")
    labels = np.array([2, 0])
    np.testing.assert_array_equal(loss.encode(labels, 3), [[0, 0, 1], [1, 0, 0]])
    outputs = np.array([[0.0, 1.0], [0.5, 0.0], [1.0, -1.0]])
    np.testing.assert_allclose(loss.values(outputs, loss.encode(labels, 3).T), [0.25 / 3, 1 / 3])
    two = loss_for(2, "mean_squared_error")
    targets = two.encode(np.array([0, 1]), 2)
    np.testing.assert_array_equal(targets, [[-1.0], [1.0]])
    np.testing.assert_array_equal(predict(targets.T), [0, 1])
    np.testing.assert_array_equal(two.probabilities(np.array([[-3.0, 0.5]])), [[0.0, 0.75]])


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_probabilities_of_squared_errors_are_probabilities(classes):
    """Clipped outputs, positive and with sum one, also where all outputs are negative."""
    outputs = np.random.default_rng(0).standard_normal((classes if classes > 2 else 1, 50))
    outputs[:, 0] = -1.0
    found = LOSSES["class_squared_error"].probabilities(outputs)
    assert np.all((found >= 0) & (found <= 1))
    if classes > 2:
        np.testing.assert_allclose(found.sum(axis=0), 1.0)


@pytest.mark.parametrize("normalization", ["none", "weight"])
def test_products_are_the_weights_of_any_parameters(normalization):
    """Of earlier parameters they are what `layers` were then, whatever has changed since."""
    network = a_network(runs=2, normalization=normalization)
    inputs, _ = a_batch()
    network.forward(inputs)
    before, then = network.parameters.copy(), [layer.copy() for layer in network.layers]
    network.parameters[:] += 1.0
    network.forward(inputs)
    for found, expected in zip(network.products(before), then, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-14)
