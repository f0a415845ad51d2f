"""Krähenbühl's scheme: where its calibration ends, and what it costs, in numbers written out."""

import numpy as np
import pytest

from initbench.initializers import bind
from initbench.initializers.adapting import Batch
from initbench.nn import Architecture, StackedMLP, bind_activation, loss_for
from initbench.nn.mlp import with_ones

SAMPLES = 40


@pytest.fixture
def adapted():
    """Return an adapter of a stack of two 3-6-6-2 ReLU networks: network, inputs and passes.

    The weights of `dead` of the two outputs are zero.
    """

    def adapt(*, dead=0, **options):
        rng = np.random.default_rng(0)
        architecture = Architecture((3, 6, 6, 2), bind_activation("relu"))
        network = StackedMLP(architecture, runs=2, dtype=np.float64)
        network.parameters[:] = rng.standard_normal(network.parameters.shape)
        network.layers[-1][:, :, 2 - dead :] = 0.0
        inputs = with_ones(rng.standard_normal((2, SAMPLES, 3)), np.float64)
        targets = np.zeros((2, 1, 2, SAMPLES))
        batch = Batch(inputs, targets, loss_for(None, "mean_squared_error"), seeds=(0, 1))
        passes = bind("krahenbuhl", bias=0.0, **options).adapt(network, batch)
        return network, inputs, passes

    return adapt


def test_one_calibration_halves_the_distance_of_the_outputs_deviation_from_one(adapted):
    """One of two outputs is constant, so the mean deviation is 1/2 after units are standardised.

    A layer's target holds the L-th root of that mean, and a layer's factor is the root of its ratio
    over the target. The outputs of a ReLU network grow by the product of all factors, so the mean
    deviation becomes the root of 1/2; and one calibration makes the ratios equal.
    """
    network, inputs, _ = adapted(dead=1)
    deviations = network.forward(inputs).reshape(2, 2, SAMPLES).std(axis=-1)
    np.testing.assert_allclose(deviations.mean(axis=-1), 0.5**0.5, rtol=1e-9)


@pytest.mark.parametrize(
    ("tolerance", "forward", "backward"),
    [(1e9, 2 + 1, 1), (0.01, 2 + 1 + 1 + 1, 2)],
    ids=["no calibration", "one calibration"],
)
def test_every_pass_over_the_samples_is_counted(adapted, tolerance, forward, backward):
    """Two to standardise, a gradient before and after each calibration, one way forward in it."""
    _, _, passes = adapted(dead=1, tolerance=tolerance)
    assert passes.forward.tolist() == [forward * SAMPLES] * 2
    assert passes.backward.tolist() == [backward * SAMPLES] * 2
