"""Stacks of small networks with random numbers, and batches for them."""

import numpy as np
import pytest

from initbench.nn import LOSSES, Architecture, StackedMLP, bind_activation, loss_for
from initbench.nn.mlp import with_ones


@pytest.fixture
def make_network():
    """Return a maker of stacks whose parameters are all drawn, gains and scales included."""

    def make(sizes, activation="tanh", *, runs=6, dtype=np.float64, seed=0, **settings):
        architecture = Architecture(tuple(sizes), bind_activation(activation), **settings)
        network = StackedMLP(architecture, runs=runs, dtype=dtype)
        rng = np.random.default_rng(seed)
        network.parameters[:] = rng.standard_normal(network.parameters.shape)
        return network

    return make


@pytest.fixture
def make_batch():
    """Return a maker of inputs (S, B, D + 1), targets (S, 1, K, B) and the loss between them."""

    def make(sizes, streams, batch, *, loss="auto", dtype=np.float64):
        rng = np.random.default_rng(2)
        inputs = with_ones(rng.standard_normal((streams, batch, sizes[0])), dtype)
        outputs = sizes[-1]
        if loss == "auto" or LOSSES[loss].task == "classification":
            classes = max(outputs, 2)
            bound = loss_for(classes, loss)
            y = rng.integers(classes, size=(streams, batch))
        else:
            classes, bound = None, loss_for(None, loss)
            y = rng.standard_normal((streams, batch, outputs))
        targets = np.stack([bound.encode(row, classes).T for row in y])[:, np.newaxis]
        return inputs, targets.astype(dtype), bound

    return make


@pytest.fixture
def gradients_of():
    """Return a function that gives a stack's gradients (R, P) for one batch in training."""

    def gradients(network, inputs, targets, loss):
        logits = network.forward(inputs, training=True)
        deltas = network.deltas_for(logits)
        loss.gradient(logits, targets, deltas)
        network.backward(deltas)
        return network.gradients.copy()

    return gradients
