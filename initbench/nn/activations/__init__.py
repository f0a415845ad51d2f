"""Activations: the functions that hidden layers apply to their preactivations.

Each family has a file: functions that write whole arrays, and below them a table of entries.
`ACTIVATIONS` joins the tables; `bind_activation` binds the options of an activation.
"""

from typing import Any

from initbench.nn.activations.entry import Activation, BoundActivation
from initbench.nn.activations.exponential import EXPONENTIAL
from initbench.nn.activations.gated import GATED
from initbench.nn.activations.periodic import PERIODIC
from initbench.nn.activations.piecewise import PIECEWISE
from initbench.nn.activations.saturating import SATURATING
from initbench.nn.activations.shaped import SHAPED, transformation
from initbench.options import bind_entry
from initbench.registry import Registry

__all__ = ["ACTIVATIONS", "Activation", "BoundActivation", "bind_activation", "transformation"]

ACTIVATIONS: Registry[Activation] = Registry(
    "activation", [*PIECEWISE, *EXPONENTIAL, *SATURATING, *GATED, *PERIODIC, *SHAPED]
)


def bind_activation(activation: str | Activation, /, **options: Any) -> BoundActivation:
    """Return an activation with its options; options that are not given have their defaults.

    Raises
    ------
    UsageError
        The activation is unknown, or does not take these options, or they contradict each other.

    Examples
    --------
    >>> round(bind_activation("leaky_relu", slope=0.2).gain, 4)
    1.3868
    """
    entry = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    bound = BoundActivation(entry, bind_entry("activation", entry, options))
    if entry.check is not None:
        entry.check(**bound.options)
    return bound
