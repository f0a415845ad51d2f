"""Every activation that a config can name."""

from typing import Any

from initbench.nn.activations.bound import BoundActivation
from initbench.nn.activations.entry import Activation
from initbench.nn.activations.exponential import EXPONENTIAL
from initbench.nn.activations.gated import GATED
from initbench.nn.activations.periodic import PERIODIC
from initbench.nn.activations.piecewise import PIECEWISE
from initbench.nn.activations.saturating import SATURATING
from initbench.options import bind_entry
from initbench.registry import Registry

ACTIVATIONS: Registry[Activation] = Registry(
    "activation", [*PIECEWISE, *EXPONENTIAL, *SATURATING, *GATED, *PERIODIC]
)


def bind_activation(activation: str | Activation, /, **options: Any) -> BoundActivation:
    """Return an activation with its options, those that are not given at their defaults.

    Raises
    ------
    UsageError
        There is no such activation, or it does not take these options.

    Examples
    --------
    >>> round(bind_activation("leaky_relu", slope=0.2).gain, 4)
    1.3868
    """
    entry = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    return BoundActivation(entry, bind_entry("activation", entry, options))
