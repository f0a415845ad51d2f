"""Orthogonal starts: every singular value is the same, so no direction dies or explodes.

A product of random matrices stretches some directions and flattens others, ever more with depth; a
product of orthogonal ones is orthogonal.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.entry import Initializer, LayerSpec
from initbench.options import Positive


def orthogonal(rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0) -> FloatArray:
    r"""Draw a matrix with orthonormal columns, or rows where it is wide, times `gain`.

    It is the Q of a normal draw, each column times the sign of R's diagonal entry, without which Q
    would not be uniformly distributed over all such matrices.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", ICLR 2014. Mezzadri, "How to generate random matrices from the classical
    compact groups", Notices of the AMS 54, 2007, on the signs.
    """
    q, r = np.linalg.qr(rng.standard_normal((max(layer.shape), min(layer.shape))))
    q *= np.copysign(1.0, np.diagonal(r))
    return np.asarray(gain * (q if layer.fan_in >= layer.fan_out else q.T))


ORTHOGONAL = (
    Initializer(
        name="orthogonal",
        draw=orthogonal,
        variance=lambda layer, gain: gain * gain / max(layer.shape),
        distribution="orthogonal",
        formula="gain · Q, QᵀQ = I; QQᵀ = I where fan_in < fan_out",
        reference="Saxe, McClelland & Ganguli (2014)",
        summary="all singular values equal: depth stretches no direction",
    ),
)
