"""The stacked network: its gradients, its views, and that runs do not feel one another."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initbench.nn import ACTIVATIONS, LOSSES, StackedMLP
from initbench.nn.losses import loss_for
from initbench.nn.mlp import parameter_count, with_ones

SHAPES = [(2, 5, 4, 1), (3, 1, 1), (1, 4, 4, 4, 3), (5, 1), (4, 3)]
FUNCTIONS = {
    "linear": lambda z: z,
    "relu": lambda z: anp.maximum(z, 0.0),
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
}


def a_network(sizes, activation="tanh", *, runs=6, streams=3, dtype=np.float64, seed=0):
    """Return a stack with random weights and biases."""
    network = StackedMLP(sizes, ACTIVATIONS[activation], runs=runs, streams=streams, dtype=dtype)
    network.parameters[:] = np.random.default_rng(seed).standard_normal(network.parameters.shape)
    return network


def a_batch(sizes, streams, batch, dtype=np.float64):
    """Return random inputs (S, B, D + 1), targets (S, 1, K, B) and the loss that fits them."""
    rng = np.random.default_rng(2)
    inputs = with_ones(rng.standard_normal((streams, batch, sizes[0])), dtype)
    loss = loss_for(max(sizes[-1], 2))
    labels = rng.integers(max(sizes[-1], 2), size=(streams, batch))
    targets = np.stack([loss.encode(row, sizes[-1]).T for row in labels])[:, np.newaxis]
    return inputs, targets.astype(dtype), loss


def gradients(network, inputs, targets, loss):
    """Return the stack's gradients (R, P) for one batch."""
    loss.gradient(network.forward(inputs), targets, network.logit_deltas(inputs.shape[1]))
    network.backward(inputs)
    return network.gradients.copy()


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_gradients_agree_with_central_differences(sizes, activation, batch):
    """Every parameter's gradient is the measured slope of the mean loss."""
    network = a_network(sizes, activation)
    inputs, targets, loss = a_batch(sizes, 3, batch)
    stated = gradients(network, inputs, targets, loss)
    measured, step = np.empty_like(stated), 1e-6
    for index in range(stated.shape[1]):
        means = []
        for shift in (step, -2 * step, step):
            network.parameters[:, index] += shift
            means.append(loss.values(network.forward(inputs), targets).mean(axis=-1).ravel())
        measured[:, index] = (means[0] - means[1]) / (2 * step)
    np.testing.assert_allclose(stated, measured, atol=2e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_gradients_agree_with_automatic_differentiation(sizes, activation):
    """HIPS autograd on the textbook's batch-major formula finds the same gradients."""
    network = a_network(sizes, activation, runs=1, streams=1)
    inputs, targets, loss = a_batch(sizes, 1, 6)
    stated = gradients(network, inputs, targets, loss)

    def mean_loss(weights):
        signal = inputs[0, :, :-1]
        for depth, (matrix, bias) in enumerate(weights):
            signal = anp.dot(signal, matrix) + bias
            if depth < len(weights) - 1:
                signal = FUNCTIONS[activation](signal)
        wanted = targets[0, 0].T
        if signal.shape[1] == 1:
            return anp.mean(anp.logaddexp(0.0, signal) - wanted * signal)
        return anp.mean(
            anp.log(anp.sum(anp.exp(signal), axis=1)) - anp.sum(wanted * signal, axis=1)
        )

    found = autograd.grad(mean_loss)(network.weights(0))
    flat = np.concatenate([np.vstack([matrix, bias]).ravel() for matrix, bias in found])
    np.testing.assert_allclose(stated[0], flat, rtol=1e-10, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 40), max_size=4),
    outputs=st.sampled_from([1, 3, 10]),
    features=st.integers(1, 33),
    batch=st.integers(1, 70),
    streams=st.integers(1, 3),
    each=st.integers(1, 5),
    dtype=st.sampled_from([np.float32, np.float64]),
    activation=st.sampled_from(list(ACTIVATIONS)),
)
def test_a_run_of_a_stack_is_the_run_alone(
    hidden, outputs, features, batch, streams, each, dtype, activation
):
    """Logits and gradients of each run are bit-identical in the stack and by itself."""
    sizes = (features, *hidden, outputs)
    stack = a_network(sizes, activation, runs=streams * each, streams=streams, dtype=dtype)
    inputs, targets, loss = a_batch(sizes, streams, batch, dtype)
    stacked = gradients(stack, inputs, targets, loss)
    logits = stack.forward(inputs).copy()
    for run in range(stack.runs):
        stream = run // each
        alone = a_network(sizes, activation, runs=1, streams=1, dtype=dtype)
        alone.parameters[:] = stack.parameters[run]
        mine = slice(stream, stream + 1)
        np.testing.assert_array_equal(
            gradients(alone, inputs[mine], targets[mine], loss)[0], stacked[run]
        )
        np.testing.assert_array_equal(alone.forward(inputs[mine])[0, 0], logits[stream, run % each])


def test_a_run_does_not_feel_a_neighbour_of_infinite_weights():
    """NaN and inf stay in the run that made them."""
    sizes = (2, 8, 8, 1)
    network = a_network(sizes, "relu", runs=3, streams=1, dtype=np.float32)
    inputs, targets, loss = a_batch(sizes, 1, 5, np.float32)
    before = gradients(network, inputs, targets, loss)
    network.parameters[1] = np.inf
    with np.errstate(all="ignore"):
        after = gradients(network, inputs, targets, loss)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert not np.isfinite(after[1]).all()


def test_streams_that_read_the_same_may_share_one_batch():
    """One batch for all streams gives what a copy for each gives."""
    sizes = (2, 6, 1)
    network = a_network(sizes)
    inputs, targets, loss = a_batch(sizes, 1, 5)
    shared = gradients(network, inputs, targets, loss)
    copied = gradients(network, np.repeat(inputs, 3, 0), np.repeat(targets, 3, 0), loss)
    np.testing.assert_array_equal(shared, copied)


def test_weights_come_back_as_they_were_set():
    """set_weights and weights are each other's inverse, and touch one run alone."""
    network = a_network((3, 4, 2))
    others = network.parameters[1:].copy()
    rng = np.random.default_rng(5)
    weights = [
        (rng.standard_normal((3, 4)), rng.standard_normal(4)),
        (rng.standard_normal((4, 2)), rng.standard_normal(2)),
    ]
    network.set_weights(0, weights)
    for (matrix, bias), (got_matrix, got_bias) in zip(weights, network.weights(0), strict=True):
        np.testing.assert_array_equal(got_matrix, matrix)
        np.testing.assert_array_equal(got_bias, bias)
    np.testing.assert_array_equal(network.parameters[1:], others)


def test_parameters_are_counted_with_their_biases():
    """2-32-32-1 has 1,185 parameters."""
    assert parameter_count((2, 32, 32, 1)) == 1185


def test_a_large_random_start_has_a_finite_loss():
    """Weights of standard deviation 10 give a float32 loss of hundreds, not infinity."""
    sizes = (2, 32, 32, 1)
    network = a_network(sizes, "relu", runs=1, streams=1, dtype=np.float32)
    network.parameters *= 10
    inputs, targets, _ = a_batch(sizes, 1, 64, np.float32)
    loss = LOSSES["binary_cross_entropy"].values(network.forward(inputs), targets).mean()
    assert 100 < loss < np.inf
