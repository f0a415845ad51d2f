r"""An activation with its options, and what a start has to know of it: gain and steepest slope.

Both are had from the function itself, once, so that no activation states twice what its formula
says. The gain is an integral over the normal law,

.. math::
    gain = \left(\int \varphi(z)^2\, \mathcal{N}(z; 0, 1)\, dz\right)^{-1/2}

which `initbench.theory` takes, as it does all means over normal preactivations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.options import OptionValue
from initbench.theory import normal_mean

ArrayFunction: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], None]
"""(given, out, scratch) -> None"""

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
        return float(1.0 / np.sqrt(normal_mean(self, self._squares, np.ones(()))))

    @cached_property
    def steepest(self) -> float:
        """The largest absolute slope, by a fine grid."""
        grid = np.linspace(-_SLOPE_REACH, _SLOPE_REACH, 2 * _SLOPE_REACH * _SLOPE_STEPS + 1)
        return float(np.abs(self.slopes(grid)).max())

    @property
    def kinks(self) -> tuple[float, ...]:
        """Preactivations at which function or derivative is not smooth."""
        return self.entry.kinks

    @property
    def periodic(self) -> bool:
        """Whether it bends as much far out as near zero and near its kinks."""
        return self.entry.periodic

    def values(self, preactivations: FloatArray) -> FloatArray:
        """Return the activations, in an array of their own."""
        values = np.empty_like(preactivations)
        self.function(preactivations, values, np.empty_like(preactivations))
        return values

    def slopes(self, preactivations: FloatArray) -> FloatArray:
        """Return the derivative, in an array of its own."""
        kept = self.values(preactivations) if self.keeps == "output" else preactivations
        slopes = np.empty_like(preactivations)
        self.derivative(kept, slopes, np.empty_like(preactivations))
        return slopes

    def _squares(self, preactivations: FloatArray) -> FloatArray:
        return np.square(self.values(preactivations))
