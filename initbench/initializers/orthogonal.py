"""Orthogonal weights: all singular values are equal, so no direction vanishes or explodes.

A product of random matrices stretches some directions and shrinks others, increasingly with depth;
a product of orthogonal matrices is orthogonal.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.citations import SAXE_2014
from initbench.initializers.draws import signed_orthogonal
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import Positive


def orthogonal(rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0) -> FloatArray:
    r"""Draw a matrix with orthonormal columns (orthonormal rows if it is wide), times `gain`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", ICLR 2014.
    """
    return gain * signed_orthogonal(rng, layer.shape)


ORTHOGONAL = (
    Initializer(
        name="orthogonal",
        draw=orthogonal,
        variance=lambda layer, gain: gain * gain / max(layer.shape),
        distribution="orthogonal",
        formula="gain · Q, QᵀQ = I; QQᵀ = I where fan_in < fan_out",
        reference="Saxe, McClelland & Ganguli (2014)",
        summary="all singular values equal: depth stretches no direction",
        recommended_for="deep linear networks; with gain sqrt(2), ReLU networks",
        citation=SAXE_2014,
        aliases=("torch:orthogonal", "keras:orthogonal", "jax:orthogonal"),
    ),
)
