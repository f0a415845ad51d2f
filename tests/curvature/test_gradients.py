"""Kernels and gradients of samples: by the definitions, from gradients that are written out."""

import numpy as np
import pytest

from initbench.curvature.gradients import (
    BATCH,
    gradient_confusion,
    kernel_alignment,
    kernel_eigenvalues,
    noise_scale,
    tangent_kernel,
)
from initbench.curvature.products import Linearization
from initbench.results.curvature import SchemeCurvature
from tests.curvature.conftest import a_batch, a_network, differences, matrix_of


@pytest.mark.parametrize("settings", [{}, {"normalization": "layer"}, {"normalization": "weight"}])
def test_the_kernel_is_that_of_the_jacobian(settings):
    """It sums over outputs the products of their derivatives, by differences of the outputs."""
    network = a_network((3, 4, 4, 2), "tanh", **settings)
    inputs, targets, loss = a_batch(3, 2, "mean_squared_error")
    jacobian = differences(network, lambda moved: moved.forward(inputs[np.newaxis])[0])
    expected = np.einsum("rkip,rkjp->rij", jacobian, jacobian)
    found = tangent_kernel(Linearization(network, inputs, targets, loss))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_eigenvalues_of_a_kernel_end_where_rounding_begins():
    """In descending order, 0 below 100 machine epsilons of the largest, NaN of a broken kernel."""
    epsilon = np.finfo(np.float64).eps
    kernels = np.stack([np.diag([10 * epsilon, 1.0, 0.5, 1000 * epsilon]), np.full((4, 4), np.inf)])
    found = kernel_eigenvalues(kernels, np.float64)
    np.testing.assert_allclose(found[0], [1.0, 0.5, 1000 * epsilon, 0.0])
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(kernel_eigenvalues(kernels, np.float32)[0], [1.0, 0.5, 0.0, 0.0])


def test_the_gauss_newton_matrix_has_the_eigenvalues_of_the_kernel_of_one_output():
    """Of a mean squared error, times 2 / N: its second derivative by the output of each sample."""
    network = a_network((3, 4, 1), "tanh")
    inputs, targets, loss = a_batch(3, 1, "mean_squared_error")
    linear = Linearization(network, inputs, targets, loss)
    whole = np.linalg.eigvalsh(matrix_of(linear.gauss_newton_product, network))[:, ::-1]
    kernel = kernel_eigenvalues(tangent_kernel(linear), np.float64)
    np.testing.assert_allclose(whole[:, :6], 2.0 / len(inputs) * kernel, rtol=1e-8, atol=1e-12)


def test_the_error_of_a_linear_network_falls_by_a_factor_e_in_the_predicted_steps():
    """Without a hidden layer the network is linear: (1 - 1 / n)^n is 1 / e but for 1 / (2 n)."""
    network = a_network((3, 1), runs=1)
    inputs, targets, loss = a_batch(3, 1, "mean_squared_error")
    inputs = inputs * [1.0, 0.3, 0.1, 1.0]
    linear = Linearization(network, inputs, targets, loss)
    kernel = tangent_kernel(linear)
    values = 2.0 / len(inputs) * kernel_eigenvalues(kernel, np.float64)[:, :3]
    [steps] = SchemeCurvature(
        {"hessian_eigenvalues": values, "gauss_newton_eigenvalues": values}
    ).fit_steps
    direction = np.linalg.eigh(kernel[0])[1][:, -3]
    assert steps[2] > 10
    before = direction @ (linear.outputs[0, 0] - targets[:, 0])
    for _ in range(round(steps[2])):
        slope = Linearization(network, inputs, targets, loss).gradient
        network.parameters[:] -= slope / values[0, 0]
    after = direction @ (network.forward(inputs[np.newaxis])[0, 0, 0] - targets[:, 0])
    assert after / before == pytest.approx(np.exp(-1), rel=1 / steps[2])


def test_alignment_is_one_for_the_kernel_of_the_targets():
    """It is 1 for a multiple of the targets' own products, 0 for targets in another direction."""
    targets = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    other = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    kernels = np.stack([3.0 * targets @ targets.T, other @ other.T])
    np.testing.assert_allclose(kernel_alignment(kernels, targets), [1.0, 0.0], atol=1e-15)
    with np.errstate(invalid="ignore"):
        assert np.isnan(kernel_alignment(kernels, np.ones((4, 1)))).all()


def test_confusion_is_the_lowest_cosine_of_two_batches():
    """It is computed from the batches' mean gradients, written out."""
    gradients = np.random.default_rng(0).standard_normal((1, 3 * BATCH + 5, 4))
    found = gradient_confusion(gradients @ gradients.mT)
    means = [gradients[0, start : 3 * BATCH : 3].mean(axis=0) for start in range(3)]
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in ((means[0], means[1]), (means[0], means[2]), (means[1], means[2]))
    ]
    assert found[0] == pytest.approx(min(cosines))
    assert np.isnan(gradient_confusion(np.ones((1, BATCH, BATCH)))).all()


def test_the_noise_scale_is_the_variance_over_the_squared_mean():
    """For many samples of a known law both terms are those of the law; equal ones have no noise."""
    rng = np.random.default_rng(0)
    gradients = np.array([3.0, 4.0]) + rng.standard_normal((1, 4000, 2))
    assert noise_scale(gradients @ gradients.mT)[0] == pytest.approx(2 / 25, rel=0.1)
    assert noise_scale(np.ones((1, 8, 8)))[0] == pytest.approx(0.0, abs=1e-15)
    opposed = np.array([[[1.0, -1.0], [-1.0, 1.0]]])
    assert noise_scale(opposed)[0] == np.inf
    assert np.isnan(noise_scale(np.zeros((1, 4, 4)))).all()
    assert np.isnan(noise_scale(np.ones((1, 1, 1)))).all()
