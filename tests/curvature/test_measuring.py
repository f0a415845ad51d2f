"""Measuring: what a probe records of a stack, dead and infinite networks included."""

import numpy as np
import pytest

from initbench.curvature.measuring import evenly_spaced, measure_curvature, sharpness_of
from initbench.curvature.products import Linearization
from initbench.nn import Architecture, StackedMLP, bind_activation
from initbench.nn.losses import loss_for
from initbench.results.curvature import NAMES, SchemeCurvature, describe_curvature
from initbench.training.evaluation import make_task
from tests.curvature.conftest import matrix_of


def a_task(samples=40, classes=3, loss="auto"):
    """Return a classification of random points whose classes stand in a row."""
    rng = np.random.default_rng(0)
    y = np.sort(np.arange(samples) % classes)
    X = rng.standard_normal((samples, 4)) + y[:, np.newaxis]
    return make_task({"train": (X, y)}, classes, loss_for(classes, loss), np.float64)


def networks(*scales, **settings):
    """Return one random network for each scale of its weights."""
    architecture = Architecture((4, 6, 6, 3), bind_activation("relu"), **settings)
    network = StackedMLP(architecture, runs=len(scales), dtype=np.float64)
    drawn = np.random.default_rng(1).standard_normal(network.parameters.shape[1])
    network.parameters[:] = np.array(scales)[:, np.newaxis] * drawn
    return network


def measured(network, task):
    """Return what a probe records on the training part of a task."""
    part = task.parts["train"]
    return measure_curvature(network, part.inputs, part.targets, task.loss)


def test_all_numbers_are_those_of_the_full_matrices():
    """Single precision leaves five digits, and every name is recorded."""
    network, task = networks(0.5, 0.3), a_task()
    found = measured(network, task)
    assert set(found) == set(NAMES)
    part = task.parts["train"]
    linear = Linearization(network, part.inputs, part.targets, task.loss)
    hessian = matrix_of(linear.hessian_product, network)
    expected = np.linalg.eigvalsh(hessian)[:, ::-1]
    np.testing.assert_allclose(found["hessian_eigenvalues"][:, 0], expected[:, 0], rtol=1e-3)
    roots = np.sqrt(np.abs(linear.gradient) + 1e-8)
    scaled = hessian / (roots[:, :, np.newaxis] * roots[:, np.newaxis])
    largest = np.linalg.eigvalsh(scaled)[:, -1]
    np.testing.assert_allclose(found["adam_sharpness"], largest, rtol=1e-2)
    sharpness = sharpness_of(network, part.inputs, part.targets, task.loss)
    np.testing.assert_allclose(sharpness, expected[:, 0], rtol=1e-2)


def test_runs_beyond_single_precision_are_measured_in_double():
    """Without biases, the curvature of a squared error grows as the fourth power of the weights."""
    task = a_task(loss="mean_squared_error")
    found = measured(networks(1e3, 1e14, bias=False), task)
    sharpness = found["hessian_eigenvalues"][:, 0]
    assert sharpness[1] == pytest.approx(1e44 * sharpness[0], rel=1e-3)
    alone = measured(networks(1e3, bias=False), task)
    for name in NAMES:
        np.testing.assert_array_equal(alone[name][0], found[name][0])


def test_dead_and_infinite_networks_have_no_limit():
    """Zero weights with zero biases leave curvature in the last bias alone; infinite ones, none."""
    network = networks(0.0, np.inf)
    found = measured(network, a_task())
    dead, infinite = found["hessian_eigenvalues"][:, 0]
    assert dead == pytest.approx(1 / 3, rel=1e-5)  # of softmax with equal probabilities: 1 / K
    assert np.isnan(infinite)
    described = describe_curvature(SchemeCurvature(found))
    assert described["limits"]["sgd"]["n"] == 1
    assert "zero or not finite in 1 of 2 seeds" in described["sentence"]


def test_with_batch_normalization_samples_have_no_gradients():
    """Kernel, confusion and noise are NaN; eigenvalues of the Hessian are not."""
    found = measured(networks(0.5, normalization="batch"), a_task())
    assert np.isfinite(found["hessian_eigenvalues"]).all()
    for name in ("kernel_eigenvalues", "kernel_alignment", "gradient_confusion", "noise_scale"):
        assert np.isnan(found[name]).all()


def test_samples_are_of_all_classes_though_they_stand_in_a_row():
    """A few samples of data that are sorted by class are of every class; all are taken of few."""
    y = a_task(300).parts["train"].y
    assert set(y[evenly_spaced(300, 9)]) == {0, 1, 2}
    np.testing.assert_array_equal(evenly_spaced(300, 1000), np.arange(300))
