"""Small networks whose matrices can be computed entry by entry."""

import numpy as np

from initbench.nn import Architecture, StackedMLP, bind_activation
from initbench.nn.losses import loss_for
from initbench.nn.mlp import with_ones

SAMPLES = 6


def a_network(sizes, activation="tanh", runs=2, **settings):
    """Return a stack of random float64 networks."""
    architecture = Architecture(sizes, bind_activation(activation), **settings)
    network = StackedMLP(architecture, runs=runs, dtype=np.float64)
    rng = np.random.default_rng(len(sizes))
    network.parameters[:] += 0.7 * rng.standard_normal(network.parameters.shape)
    return network.take(np.arange(runs))


def a_batch(features, outputs, name="auto"):
    """Return inputs (B, D + 1), targets (B, K) and a loss: of a regression if it is named so."""
    rng = np.random.default_rng(features)
    inputs = with_ones(rng.standard_normal((SAMPLES, features)), np.float64)
    if name in {"mean_squared_error", "mean_absolute_error", "huber"}:
        return inputs, rng.standard_normal((SAMPLES, outputs)), loss_for(None, name)
    classes = max(outputs, 2)
    loss = loss_for(classes, name)
    return inputs, loss.encode(np.arange(SAMPLES) % classes, classes), loss


def gradient_of(network, inputs, targets, loss):
    """Return the gradient of the mean loss by the network's own backward pass."""
    logits = network.forward(inputs[np.newaxis], training=True)
    loss.gradient(logits, targets.T, deltas := network.deltas_for(logits))
    network.backward(deltas)
    return network.gradients.copy()


def differences(network, function, step=1e-6):
    """Return central differences of a function by every parameter, as the last axis."""
    columns = []
    for place in range(network.parameters.shape[1]):
        ends = []
        for sign in (1, -1):
            moved = network.take(np.arange(network.runs))
            moved.parameters[:, place] += sign * step
            ends.append(function(moved).copy())
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, axis=-1)


def matrix_of(product, network):
    """Return the matrix (R, P, P) of a product with vectors, column by column."""
    unit = np.zeros_like(network.parameters)
    columns = []
    for place in range(unit.shape[1]):
        unit[:, place] = 1.0
        columns.append(product(unit).copy())
        unit[:, place] = 0.0
    return np.stack(columns, axis=-1)
