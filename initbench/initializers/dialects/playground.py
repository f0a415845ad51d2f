"""The initial weights of the TensorFlow Playground, as in its ``src/nn.ts`` of 2016."""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.layers import LayerSpec

_BIAS = 0.1


def playground(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw from :math:`U(\pm 0.5)`, whatever the fans; biases are 0.1.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    TensorFlow Playground, ``src/nn.ts``, ``Link`` and ``Node``.
    """
    return 0.5 * rng.uniform(-1.0, 1.0, layer.shape)


PLAYGROUND = (
    Initializer(
        name="playground",
        draw=playground,
        variance=lambda _layer: 1.0 / 12.0,
        distribution="uniform",
        formula="U(±0.5)",
        reference="TensorFlow Playground, src/nn.ts",
        summary="the playground in the browser: one size for all layers, and biases at 0.1",
        bias=Bias(
            draw=lambda _rng, layer: np.full(layer.fan_out, _BIAS),
            mean=lambda _layer: _BIAS,
            distribution="constant",
            formula="0.1",
        ),
        recommended_for="comparing with what the playground shows",
    ),
)
