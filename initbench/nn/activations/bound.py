r"""An activation with its options, and what a start has to know of it: gain and steepest slope.

Both are had from the function itself, once, so that no activation states twice what its formula
says. The gain is an integral over the normal law,

.. math::
    gain = \left(\int \varphi(z)^2\, \mathcal{N}(z; 0, 1)\, dz\right)^{-1/2}

by Gauss's rule on short panels that meet at zero and at every eighth, where kinks are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.options import OptionValue

ArrayFunction: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], None]
"""(given, out, scratch) -> None"""

_REACH: Final = 12
"""Standard deviations that are integrated over; beyond, the normal law holds less than 1e-32."""

_PANELS_PER_UNIT: Final = 8

_NODES_PER_PANEL: Final = 16

_SLOPE_REACH: Final = 40
"""Up to where the slope is looked at; softplus is straight beyond, to 16 digits."""

_SLOPE_STEPS: Final = 1000
"""Points per unit at which the slope is looked at."""


@dataclass(frozen=True)
class BoundActivation:
    """An activation and all of its options; made by `bind_activation`.

    Attributes
    ----------
    entry : Activation
    options : mapping of str to value
    """

    entry: Activation
    options: Mapping[str, OptionValue]

    @property
    def name(self) -> str:
        """The entry's."""
        return self.entry.name

    @property
    def keeps(self) -> Literal["output", "input"]:
        """What `derivative` has to be given."""
        return self.entry.keeps

    @cached_property
    def function(self) -> ArrayFunction:
        """Write the activations: ``(preactivations, out, scratch)``."""
        return partial(self.entry.function, **self.options)

    @cached_property
    def derivative(self) -> ArrayFunction:
        """Write the derivative: ``(kept, out, scratch)``."""
        return partial(self.entry.derivative, **self.options)

    @cached_property
    def gain(self) -> float:
        """Factor on a weight's standard deviation that keeps the second moment of a signal.

        The inverse root of the mean square that the activation gives for a standard normal
        preactivation: √2 for relu. He et al. (2015), section 2.2, for any activation.
        """
        nodes, weights = _normal_quadrature()
        return float(1.0 / np.sqrt(weights @ np.square(self._values(nodes))))

    @cached_property
    def steepest(self) -> float:
        """The largest absolute slope, by a fine grid."""
        grid = np.linspace(-_SLOPE_REACH, _SLOPE_REACH, 2 * _SLOPE_REACH * _SLOPE_STEPS + 1)
        kept = self._values(grid) if self.keeps == "output" else grid
        slopes = np.empty_like(grid)
        self.derivative(kept, slopes, np.empty_like(grid))
        return float(np.abs(slopes).max())

    def _values(self, points: FloatArray) -> FloatArray:
        values = np.empty_like(points)
        self.function(points, values, np.empty_like(points))
        return values


def _normal_quadrature() -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights that integrate over the standard normal law."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES_PER_PANEL)
    half = 0.5 / _PANELS_PER_UNIT
    centres = np.arange(-_REACH + half, _REACH, 2 * half)
    points = (centres[:, np.newaxis] + half * nodes).ravel()
    density = np.exp(-0.5 * np.square(points)) / np.sqrt(2 * np.pi)
    return points, density * np.tile(half * weights, len(centres))
