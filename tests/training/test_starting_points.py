"""What a run is before it learns: which units are dead, and what ignoring the features costs."""

import numpy as np
import pytest

from initbench.nn import Architecture, StackedMLP, bind_activation, loss_for
from initbench.training.evaluation import constant_loss, make_task
from initbench.training.layer_statistics import dead_fractions

X = np.random.default_rng(0).normal(0, 1, (40, 2))


def task_of(y, classes, loss="auto"):
    """Return the task of telling these labels, or meeting these numbers."""
    bound = loss_for(classes, loss)
    return make_task({"train": (X, y), "test": (X, y)}, classes, bound, np.float64)


def stack_of(layers):
    """Return a stack of networks whose layers, biases last, are these, ``(R, fan_in + 1, H)``."""
    sizes = (2, *(layer.shape[-1] for layer in layers))
    network = StackedMLP(
        Architecture(sizes, bind_activation("relu")), runs=len(layers[0]), dtype=np.float64
    )
    for view, layer in zip(network.layers, layers, strict=True):
        view[:] = layer
    return network


def test_units_that_no_sample_moves_are_dead_from_the_start():
    """Biases far below zero kill the units that have them, run by run and layer by layer."""
    first = np.random.default_rng(1).normal(0, 1, (3, 3, 4))
    first[1, -1, :2] = -100.0
    first[2] = 0.0
    last = np.ones((3, 5, 1))
    shares = dead_fractions(stack_of([first, last]), task_of(np.arange(40) % 2, 2))
    np.testing.assert_array_equal(shares, [[0.0], [0.5], [1.0]])


def test_a_network_without_hidden_layers_has_none_to_be_dead():
    """The array is there, and empty."""
    shares = dead_fractions(stack_of([np.ones((2, 3, 1))]), task_of(np.arange(40) % 2, 2))
    assert shares.shape == (2, 0)


@pytest.mark.parametrize("counts", [(20, 20), (30, 10), (36, 3, 1)])
def test_a_constant_answer_costs_the_entropy_of_the_classes(counts):
    """No other constant logits have a lower loss."""
    y = np.repeat(np.arange(len(counts)), counts)
    task = task_of(y, len(counts))
    shares = np.array(counts) / 40
    logits = np.log(shares[1:] / shares[0]) if len(counts) == 2 else np.log(shares)
    targets = task.parts["train"].targets.T
    tried = [logits + shift for shift in np.random.default_rng(0).normal(0, 0.1, (50, len(logits)))]
    losses = [
        task.loss.values(np.tile(each[:, np.newaxis], 40), targets).mean()
        for each in (logits, *tried)
    ]
    assert constant_loss(task) == pytest.approx(losses[0])
    assert min(losses) == losses[0]


@pytest.mark.parametrize(
    ("loss", "centre"), [("mean_squared_error", np.mean), ("mean_absolute_error", np.median)]
)
def test_a_constant_number_costs_the_spread(loss, centre):
    """The variance about the mean, or the distance from the median."""
    y = np.random.default_rng(2).gamma(1.0, 1.0, (40, 2))
    distance = np.abs(y - centre(y, axis=0))
    expected = (distance**2 if loss == "mean_squared_error" else distance).mean()
    assert constant_loss(task_of(y, None, loss)) == pytest.approx(expected)
