r"""The record of an activation, and an activation with its options.

A network keeps one array per layer for the backward pass. Where the derivative can be computed from
the output, the activations overwrite the preactivations and are kept; where it cannot, the
preactivations are kept beside them.

Gain and steepest slope, which initializers ask for, are computed from the function itself, so that
no entry states them a second time. The gain is an integral over the normal law,

.. math::
    gain = \left(\int \varphi(z)^2\, \mathcal{N}(z; 0, 1)\, dz\right)^{-1/2}

which `initbench.theory` computes, as it does all means over normal preactivations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.options import Option, OptionValue, options_of
from initbench.theory import normal_mean

ArrayFunction: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], None]
"""(given, out, scratch) -> None"""

_SLOPE_REACH: Final = 40
"""Largest |z| at which the slope is evaluated; softplus is linear beyond, to 16 digits."""

_SLOPE_STEPS: Final = 1000
"""Points per unit at which the slope is evaluated."""


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A function applied to every preactivation of a hidden layer.

    Function and derivative do not allocate: `scratch` is of the shape and dtype of the others, and
    may be overwritten. All take the same keyword-only parameters, the activation's options.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    function : callable (preactivations, out, scratch, *, options…) -> None
        Write the activations to `out`: the preactivations' own array where the output is kept,
        another one where the input is.
    derivative : callable (kept, out, scratch, *, options…) -> None
        Write the derivative to `out`, another array, given what `keeps` names.
    second_derivative : callable (preactivations, *, options…) -> ndarray, or None
        The second derivative in a new array, of either side at a kink; None if it is zero
        everywhere but at kinks.
    keeps : str
        What the derivative is computed from: ``output`` or ``input``.
    kinks : tuple of float
        Preactivations at which function or derivative is not smooth.
    periodic : bool
        Whether the function curves as much far from zero as near it.
    """

    name: str
    summary: str
    reference: str
    function: Callable[..., None]
    derivative: Callable[..., None]
    second_derivative: Callable[..., FloatArray] | None = None
    keeps: Literal["output", "input"] = "output"
    kinks: tuple[float, ...] = ()
    periodic: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The options of the activation, with types, ranges and defaults."""
        return options_of(self.function)


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
        """Name of the activation."""
        return self.entry.name

    @property
    def keeps(self) -> Literal["output", "input"]:
        """What `derivative` is computed from: ``output`` or ``input``."""
        return self.entry.keeps

    @cached_property
    def function(self) -> ArrayFunction:
        """Write the activations: ``(preactivations, out, scratch)``."""
        return partial(self.entry.function, **self.options)

    @cached_property
    def derivative(self) -> ArrayFunction:
        """Write the derivative: ``(kept, out, scratch)``."""
        return partial(self.entry.derivative, **self.options)

    def second_derivative(self, preactivations: FloatArray) -> FloatArray | None:
        """Return the second derivative in a new array; None if it is zero but at kinks."""
        if self.entry.second_derivative is None:
            return None
        return self.entry.second_derivative(preactivations, **self.options)

    @cached_property
    def gain(self) -> float:
        """Factor on the weights' standard deviation that keeps the second moment of a signal.

        It is the inverse root of the mean square of the activation for a standard normal
        preactivation: √2 for relu. He et al. (2015), section 2.2, for any activation.
        """
        return float(
            1.0 / np.sqrt(normal_mean(self, lambda z: np.square(self.values(z)), np.ones(())))
        )

    @cached_property
    def steepest(self) -> float:
        """The largest absolute slope, on a fine grid."""
        grid = np.linspace(-_SLOPE_REACH, _SLOPE_REACH, 2 * _SLOPE_REACH * _SLOPE_STEPS + 1)
        return float(np.abs(self.slopes(grid)).max())

    @property
    def kinks(self) -> tuple[float, ...]:
        """Preactivations at which function or derivative is not smooth."""
        return self.entry.kinks

    @property
    def periodic(self) -> bool:
        """Whether the function curves as much far from zero as near it."""
        return self.entry.periodic

    def values(self, preactivations: FloatArray) -> FloatArray:
        """Return the activations in a new array."""
        values = np.empty_like(preactivations)
        self.function(preactivations, values, np.empty_like(preactivations))
        return values

    def slopes(self, preactivations: FloatArray) -> FloatArray:
        """Return the derivative in a new array."""
        kept = self.values(preactivations) if self.keeps == "output" else preactivations
        slopes = np.empty_like(preactivations)
        self.derivative(kept, slopes, np.empty_like(preactivations))
        return slopes
