"""Sparse schemes: few large weights instead of many small ones.

A unit that sums few inputs can have large weights without saturating, and units that sum different
inputs differ. The two schemes count along different axes: Martens fixes the number of inputs of a
unit, PyTorch the number of units that an input reaches.
"""

import math
from typing import Annotated

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers import laws
from initbench.initializers.citations import Citation
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec
from initbench.options import Bound, NonNegative, PositiveInt

Fraction = Annotated[float, Bound(0, 1)]


def sparse(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    sparsity: Fraction = 0.1,
    std: NonNegative = 0.01,
) -> FloatArray:
    r"""Draw from :math:`N(0, std^2)`, and set a fraction of each input's weights to zero.

    Of the `fan_out` weights of each input, :math:`\lceil sparsity \cdot n_\text{out} \rceil`,
    chosen at random, are zero.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.sparse_``, which asks for `sparsity`; 0.1 is its example.
    """
    weights = std * rng.standard_normal(layer.shape)
    order = rng.random(layer.shape).argsort(axis=1)
    np.put_along_axis(weights, order[:, : _silenced(layer, sparsity)], 0.0, axis=1)
    return weights


def sparse_martens(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    connections: PositiveInt = 15,
    std: NonNegative = 1.0,
) -> FloatArray:
    r"""Draw from :math:`N(0, std^2)` for `connections` random inputs of each unit, zero elsewhere.

    Biases are 0, or 0.5 for tanh units.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Martens, "Deep learning via Hessian-free optimization", ICML 2010, section 5; read in init2winit
    (``sparse_init.py``).
    """
    weights = std * rng.standard_normal(layer.shape)
    order = rng.random(layer.shape).argsort(axis=0)
    np.put_along_axis(weights, order[connections:], 0.0, axis=0)
    return weights


def _silenced(layer: LayerSpec, sparsity: float) -> int:
    return math.ceil(sparsity * layer.fan_out)


def _sparse_law(silent: float, std: float) -> Law:
    return laws.mixture((silent, laws.constant(0.0)), (1.0 - silent, laws.normal(0.0, std)))


def _share_silenced(layer: LayerSpec, sparsity: float) -> float:
    return _silenced(layer, sparsity) / layer.fan_out


def _share_unconnected(layer: LayerSpec, connections: int) -> float:
    return 1.0 - min(connections, layer.fan_in) / layer.fan_in


def _martens_bias(layer: LayerSpec, **_options: float) -> float:
    return 0.5 if layer.activation == "tanh" else 0.0


MARTENS_2010 = Citation(
    "James Martens", "Deep learning via Hessian-free optimization", "ICML", 2010
)

SPARSE = (
    Initializer(
        name="sparse",
        draw=sparse,
        variance=lambda layer, sparsity, std: (1.0 - _share_silenced(layer, sparsity)) * std * std,
        distribution="mixture",
        law=lambda layer, sparsity, std: _sparse_law(_share_silenced(layer, sparsity), std),
        formula="N(0, std²), and 0 for ceil(sparsity · fan_out) of each input's weights",
        reference="PyTorch, torch.nn.init.sparse_, after Martens (2010)",
        summary="normal with a fraction of zeros among the weights of each input",
        recommended_for="experiments on sparsity; PyTorch's reading of Martens",
        citation=MARTENS_2010,
    ),
    Initializer(
        name="sparse_martens",
        draw=sparse_martens,
        variance=lambda layer, connections, std: (
            (1.0 - _share_unconnected(layer, connections)) * std * std
        ),
        distribution="mixture",
        law=lambda layer, connections, std: _sparse_law(
            _share_unconnected(layer, connections), std
        ),
        formula="N(0, std²) for `connections` of a unit's inputs, and 0 for the others",
        reference="Martens (2010), section 5",
        summary="15 connections per unit, so that large weights do not saturate it",
        bias=Bias(
            draw=lambda _rng, layer, **_: np.full(layer.fan_out, _martens_bias(layer)),
            mean=_martens_bias,
            distribution="constant",
            formula="0; 0.5 for tanh units",
        ),
        recommended_for="wide layers of saturating units",
        citation=MARTENS_2010,
    ),
)
