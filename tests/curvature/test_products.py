"""Products: those of the full matrices, of differences of the exact gradient and of the outputs."""

import numpy as np
import pytest

from initbench.curvature.products import Linearization
from initbench.nn import ACTIVATIONS, LOSSES
from initbench.nn.architecture import Dropout, Residual
from tests.curvature.conftest import a_batch, a_network, differences, gradient_of, matrix_of

BLOCKS = Residual(layers=2)
LEARNED = Residual(layers=1, learned_scale=True, scalar_biases=True, multiplier=0.7)
ARCHITECTURES = {
    "plain": {},
    "without biases": {"bias": False},
    "layer": {"normalization": "layer"},
    "batch": {"normalization": "batch"},
    "weight": {"normalization": "weight"},
    "weight without biases": {"normalization": "weight", "bias": False},
    "residual": {"residual": BLOCKS},
    "learned scales": {"residual": LEARNED},
    "layer, learned scales": {"normalization": "layer", "residual": LEARNED},
    "batch, residual": {"normalization": "batch", "residual": BLOCKS},
    "weight, learned scales": {"normalization": "weight", "residual": LEARNED},
    "dropout": {"dropout": Dropout(0.5)},
}
CASES = [
    *(((2, 3, 3, 3, 2), "tanh", settings, "auto") for settings in ARCHITECTURES.values()),
    *(((2, 3, 2, 2), name, {}, "auto") for name in ACTIVATIONS),
    *(((2, 3, 3), "tanh", {}, name) for name in LOSSES if name != "binary_cross_entropy"),
    ((2, 3, 1), "sigmoid", {}, "binary_cross_entropy"),
    ((3, 2), "tanh", {}, "auto"),
]
SHARED_IDS = [
    *(f"architecture: {name}" for name in ARCHITECTURES),
    *(f"activation: {name}" for name in ACTIVATIONS),
    *(f"loss: {name}" for name in LOSSES if name != "binary_cross_entropy"),
    "one output",
    "linear model",
]


def linearized(sizes, activation, settings, loss):
    """Return a network, its batch and its linearization; two outputs are those of a regression."""
    network = a_network(sizes, activation, **settings)
    if sizes[-1] == 2:
        loss = "mean_squared_error"
    batch = a_batch(sizes[0], sizes[-1], loss)
    return network, batch, Linearization(network, *batch)


@pytest.mark.parametrize("case", CASES, ids=SHARED_IDS)
def test_the_hessian_is_the_derivative_of_the_gradient(case):
    """Its columns are central differences of the network's own gradient, and it is symmetric."""
    network, batch, linear = linearized(*case)
    np.testing.assert_allclose(linear.gradient, gradient_of(network, *batch), atol=1e-14)
    expected = differences(network, lambda moved: gradient_of(moved, *batch))
    found = matrix_of(linear.hessian_product, network)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_allclose(found, found.mT, atol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=SHARED_IDS)
def test_the_gauss_newton_matrix_is_that_of_the_jacobian(case):
    """It is the transposed Jacobian times the loss's Hessian times the Jacobian, by differences."""
    network, (inputs, targets, loss), linear = linearized(*case)

    def outputs(moved):
        return moved.forward(inputs[np.newaxis], training=True)[0]

    jacobian = differences(network, outputs)
    np.testing.assert_allclose(
        matrix_of(linear.jacobian_product, network), jacobian, atol=1e-8, rtol=1e-8
    )
    along = np.moveaxis(jacobian, -1, 0)
    curved = loss.hessian_product(outputs(network), targets.T, along)
    expected = np.einsum("rkbp,qrkb->rpq", jacobian, curved)
    found = matrix_of(linear.gauss_newton_product, network)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    deltas = np.random.default_rng(0).standard_normal(linear.outputs.shape)
    np.testing.assert_allclose(
        linear.transposed_product(deltas), np.einsum("rkbp,rkb->rp", jacobian, deltas), atol=1e-7
    )


@pytest.mark.parametrize(
    "settings",
    [each for each in ARCHITECTURES.values() if each.get("normalization") != "batch"],
)
def test_gradient_products_are_those_of_single_samples(settings):
    """Each sample alone, in a batch of one, has the gradient whose products are taken."""
    network, (inputs, targets, loss), linear = linearized((2, 3, 3, 3, 2), "tanh", settings, "")
    each = np.stack(
        [
            gradient_of(network, inputs[place : place + 1], targets[place : place + 1], loss)
            for place in range(len(inputs))
        ],
        axis=1,
    )
    np.testing.assert_allclose(linear.gradient_products(), each @ each.mT, atol=1e-13)


@pytest.mark.parametrize("settings", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_a_run_of_a_stack_has_the_products_of_the_run_alone(settings):
    """Products of one run are bit-identical in the stack and by themselves."""
    network, batch, together = linearized((2, 3, 3, 3, 2), "gelu", settings, "")
    vectors = np.random.default_rng(0).standard_normal(network.parameters.shape)
    for run in range(network.runs):
        alone = Linearization(network.take(np.array([run])), *batch)
        for name in ("hessian_product", "gauss_newton_product"):
            found = getattr(alone, name)(vectors[run : run + 1])
            np.testing.assert_array_equal(found[0], getattr(together, name)(vectors)[run])
        np.testing.assert_array_equal(
            alone.gradient_products()[0], together.gradient_products()[run]
        )
