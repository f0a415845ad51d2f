"""Small tasks, stacks and recipes, for whatever trains."""

from itertools import pairwise

import numpy as np
import pytest

from initbench.nn import Architecture, StackedMLP, bind_activation, loss_for
from initbench.training.evaluation import make_task
from initbench.training.stack import train
from initbench.training.unit import Named, Recipe, Recording

SIZES = (2, 8, 6, 1)


@pytest.fixture
def make_clouds():
    """Return a maker of tasks: separable clouds, a quarter of them for testing."""

    def make(classes=2, samples=50, dtype=np.float32):
        rng = np.random.default_rng(3)
        labels = np.arange(samples) % classes
        X = rng.standard_normal((samples, 2)) + 2.0 * labels[:, np.newaxis]
        cut = samples * 3 // 4
        parts = {"train": (X[:cut], labels[:cut]), "test": (X[cut:], labels[cut:])}
        return make_task(parts, classes, loss_for(classes), dtype)

    return make


@pytest.fixture
def make_plane():
    """Return a maker of tasks: two numbers that depend linearly on two features."""

    def make(samples=60, dtype=np.float64):
        rng = np.random.default_rng(4)
        X = rng.standard_normal((samples, 2))
        y = X @ np.array([[1.0, -2.0], [0.5, 0.3]]) + 0.1 * rng.standard_normal((samples, 2))
        cut = samples // 2
        parts = {"train": (X[:cut], y[:cut]), "test": (X[cut:], y[cut:])}
        return make_task(parts, None, loss_for(None), dtype)

    return make


@pytest.fixture
def make_stack():
    """Return a maker of stacks, seed by seed, whose weights are draws of the seed times a scale."""

    def make(seeds, scales, dtype=np.float32, sizes=SIZES, activation="relu", **settings):
        architecture = Architecture(sizes, bind_activation(activation), **settings)
        network = StackedMLP(architecture, runs=len(seeds) * len(scales), dtype=dtype)
        for run, (seed, scale) in enumerate((seed, scale) for seed in seeds for scale in scales):
            rng = np.random.default_rng(seed)
            weights = [
                (scale * rng.standard_normal(fans), np.zeros(fans[1])) for fans in pairwise(sizes)
            ]
            network.set_weights(run, weights)
        return network

    return make


@pytest.fixture
def make_recipe():
    """Return a maker of short recipes."""

    def make(**changes):
        settings = {
            "epochs": 5,
            "batch_size": 8,
            "optimizer": "sgd",
            "schedule": Named("constant"),
            "loss": Named("auto"),
            "recording": Recording(),
            "stop": None,
        }
        return Recipe(**{**settings, **changes})

    return make


@pytest.fixture
def trained():
    """Return a function that trains a stack and returns its records and final parameters."""

    def run(network, task, recipe, seeds, *, factors=None, grid=None, **hyperparameters):
        given = {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.0, **hyperparameters}
        each = {
            name: np.broadcast_to(np.asarray(value, np.float64), network.runs).copy()
            for name, value in given.items()
            if value is not None
        }
        records = train(network, task, recipe, each, seeds, factors=factors, grid=grid)
        return {
            **records,
            "parameters": network.parameters.copy(),
            "statistics": network.statistics.copy(),
        }

    return run
