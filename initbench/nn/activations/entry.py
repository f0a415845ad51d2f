"""What an activation is: a function of a preactivation, and its derivative by what is kept of it.

A network keeps one array a layer for the way back. Where the derivative can be had from the
output, the activations overwrite the preactivations and are kept; where it cannot, the
preactivations are kept beside them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from initbench.options import Option, options_of


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A function applied to every preactivation of a hidden layer.

    Neither function allocates: `scratch` is of the shape and dtype of the others, and may be
    overwritten. Both take the same keyword-only parameters, the activation's options.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    function : callable (preactivations, out, scratch, *, options…) -> None
        Write the activations to `out`: the preactivations' own array where the output is kept,
        another one where the input is.
    derivative : callable (kept, out, scratch, *, options…) -> None
        Write the derivative to `out`, another array, given what `keeps` names.
    keeps : str
        What the derivative is had from, ``output`` or ``input``.
    kinks : tuple of float
        Preactivations at which function or derivative is not smooth.
    periodic : bool
        Whether it bends as much far out as near zero and near its kinks.
    """

    name: str
    summary: str
    reference: str
    function: Callable[..., None]
    derivative: Callable[..., None]
    keeps: Literal["output", "input"] = "output"
    kinks: tuple[float, ...] = ()
    periodic: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """What the activation can be given, with defaults."""
        return options_of(self.function)
