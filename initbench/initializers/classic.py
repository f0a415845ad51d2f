"""Schemes from before rectifiers: uniform weights for networks of saturating units."""

import math

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers import laws
from initbench.initializers.citations import Citation
from initbench.initializers.entry import Bias, Initializer, Requirement, scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.initializers.scaling import GLOROT_2010

_OUTPUT_BOUND = 0.5
"""Bound of the uniform draw, before the weights of hidden units are rescaled."""


def nguyen_widrow(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw random directions, scaled so that the active regions of the units cover the inputs.

    The weights of a hidden unit have length :math:`\beta = 0.7 \cdot n_\text{out}^{1/n_\text{in}}`
    and its bias is :math:`U(\pm\beta)`, for inputs within ±1. The last layer is :math:`U(\pm 0.5)`,
    without a bias.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Nguyen, Widrow, "Improving the learning speed of 2-layer neural networks by choosing initial
    values of the adaptive weights", IJCNN 1990. Lengths as in MATLAB's ``initnw`` (revision 1.8),
    which spaces the biases evenly over ±β where the Java version of Encog 3 draws them from U(±β).
    """
    directions = rng.uniform(-_OUTPUT_BOUND, _OUTPUT_BOUND, layer.shape)
    if layer.is_last:
        return directions
    return np.asarray(_steepness(layer) * directions / np.linalg.norm(directions, axis=0))


def glorot_standard(layer: LayerSpec) -> float:
    r"""Return the variance of :math:`U(\pm 1/\sqrt{n_\text{in}})`, usual before Glorot and Bengio.

    References
    ----------
    Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, eq. 1.
    """
    return 1.0 / (3.0 * layer.fan_in)


def _steepness(layer: LayerSpec) -> float:
    return 0.7 * math.pow(layer.fan_out, 1.0 / layer.fan_in)


def _bias_bound(layer: LayerSpec) -> float:
    return 0.0 if layer.is_last else _steepness(layer)


CLASSIC = (
    Initializer(
        name="nguyen_widrow",
        draw=nguyen_widrow,
        variance=lambda layer: (
            _OUTPUT_BOUND**2 / 3.0 if layer.is_last else _steepness(layer) ** 2 / layer.fan_in
        ),
        distribution=lambda layer: "uniform" if layer.is_last else "unit_norm",
        formula="‖w‖ = β = 0.7 · fan_out^(1 / fan_in) for each hidden unit; last layer U(±0.5)",
        reference="Nguyen & Widrow (1990)",
        summary="spreads the active regions of hidden units over the input range ±1",
        bias=Bias(
            draw=lambda rng, layer: _bias_bound(layer) * rng.uniform(-1.0, 1.0, layer.fan_out),
            variance=lambda layer: _bias_bound(layer) ** 2 / 3.0,
            distribution="uniform",
            formula="U(±β); last layer 0",
            law=lambda layer: laws.uniform(-_bias_bound(layer), _bias_bound(layer)),
        ),
        requires=Requirement(
            activations=("tanh", "sigmoid", "scaled_tanh", "softsign", "hard_tanh"),
            why="it places the range in which a unit is active, which has to be bounded",
        ),
        recommended_for="one hidden layer of tanh units, and inputs within ±1",
        citation=Citation(
            "Derrick Nguyen and Bernard Widrow",
            "Improving the learning speed of 2-layer neural networks by choosing initial values"
            " of the adaptive weights",
            "IJCNN",
            1990,
        ),
    ),
    scaled_scheme(
        "glorot_standard",
        "uniform",
        glorot_standard,
        formula="U(±1 / sqrt(fan_in))",
        reference="Glorot & Bengio (2010), eq. 1",
        summary="the usual law before Glorot (2010): gradients shrink with depth",
        recommended_for="a baseline for glorot_uniform",
        citation=GLOROT_2010,
    ),
)
