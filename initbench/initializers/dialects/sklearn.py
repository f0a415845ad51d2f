"""The initial weights of scikit-learn's multilayer perceptron, as in scikit-learn 1.9.1."""

import math

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.draws import scaled_uniform
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.layers import LayerSpec


def mlp(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw from :math:`U(\pm\sqrt{6 / (n_\text{in} + n_\text{out})})`, biases likewise.

    Networks of logistic (sigmoid) units use 2 instead of 6.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    scikit-learn 1.9.1, ``BaseMultilayerPerceptron._init_coef``.
    """
    return scaled_uniform(rng, layer, variance=_variance(layer))


def _variance(layer: LayerSpec) -> float:
    factor = 2.0 if layer.hidden_activation in {"sigmoid", "logistic"} else 6.0
    return factor / 3.0 / sum(layer.shape)


SKLEARN = (
    Initializer(
        name="sklearn:mlp",
        draw=mlp,
        variance=_variance,
        distribution="uniform",
        formula="U(±sqrt(6 / (fan_in + fan_out))); sigmoid networks 2 in place of 6",
        reference="scikit-learn 1.9.1, MLPClassifier",
        summary="scikit-learn's perceptron: glorot_uniform, and biases from the same range",
        bias=Bias(
            draw=lambda rng, layer: (
                math.sqrt(3.0 * _variance(layer)) * rng.uniform(-1.0, 1.0, layer.fan_out)
            ),
            variance=_variance,
            distribution="uniform",
            formula="as a weight",
        ),
        recommended_for="comparing with what scikit-learn does when it is left to itself",
    ),
)
