r"""Dropout of hidden activations: each is multiplied by a factor that training draws.

A mask holds the factor M of each activation. Standard dropout multiplies by 0 or
:math:`1 / (1 - p)`. Alpha dropout, of SELU units, replaces a dropped activation by
:math:`\alpha' = -\lambda\alpha` and then applies an affine map that restores mean 0 and variance 1,

.. math::
    a\,(x d + \alpha' (1 - d)) + b, \qquad
    a = \left(q + \alpha'^2 q (1 - q)\right)^{-1/2}, \qquad b = -a\,(1 - q)\,\alpha',

with d 0 or 1 and q = 1 - p: a product with :math:`M = a d` and a sum. Without a mask, activations
pass unchanged, as in evaluation.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.architecture import Dropout
from initbench.nn.layers import Planned, Workspace

ALPHA: Final = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
"""What SELU approaches for large negative preactivations."""


def kept_factor(dropout: Dropout) -> float:
    """Return what an activation that is not dropped is multiplied by."""
    kept = 1.0 - dropout.rate
    if dropout.kind == "alpha":
        return 1.0 / math.sqrt(kept + ALPHA * ALPHA * kept * dropout.rate)
    return 1.0 / kept


class Drop:
    """Dropout after an activation.

    Parameters
    ----------
    dropout : Dropout
    index : int
        Index of the layer before which it stands.
    """

    shapes: Sequence[tuple[int, ...]] = ()

    def __init__(self, dropout: Dropout, workspace: Workspace, *, index: int) -> None:
        self._dropout, self._workspace, self._name = dropout, workspace, f"dropped {index}"
        factor = kept_factor(dropout)
        self._offset = factor * ALPHA - factor * dropout.rate * ALPHA

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        pass

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        if not training:
            return signal, []
        _, rows, batch = signal.shape
        made = self._workspace.array(self._name, rows, batch)
        self.mask: FloatArray = self._workspace.array(f"{self._name} mask", rows - 1, batch)
        self.shift: FloatArray = self._workspace.array(f"{self._name} shift", rows - 1, batch)
        product = partial(np.multiply, signal[:, :-1], self.mask, out=made[:, :-1])
        if self._dropout.kind == "standard":
            return made, [product]
        return made, [product, partial(np.add, made[:, :-1], self.shift, out=made[:, :-1])]

    def set_shift(self, mask: FloatArray, shift: FloatArray) -> None:
        """Fill the shifts of alpha dropout, which follow from the factors, ``(R, H, B)``."""
        np.multiply(mask, -ALPHA, out=shift)
        np.add(shift, self._offset, out=shift)

    def backward(self, delta: FloatArray) -> Planned:
        return delta, [partial(np.multiply, delta[:, :-1], self.mask, out=delta[:, :-1])]
