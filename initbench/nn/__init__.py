"""Neural networks on stacks: many networks of one shape, trained as one set of arrays.

All operations work on all runs of a stack at once, and a training step of a plain network allocates
no memory.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from initbench.lazy import lazy_names

if TYPE_CHECKING:
    from initbench.nn.activations import ACTIVATIONS, Activation, BoundActivation, bind_activation
    from initbench.nn.architecture import Architecture, Residual
    from initbench.nn.losses import LOSSES, BoundLoss, Loss, loss_for
    from initbench.nn.mlp import StackedMLP
    from initbench.nn.optimizers import OPTIMIZERS, Optimizer
    from initbench.nn.schedules import SCHEDULES, Schedule
__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Activation",
    "Architecture",
    "BoundActivation",
    "BoundLoss",
    "Loss",
    "Optimizer",
    "Residual",
    "Schedule",
    "StackedMLP",
    "bind_activation",
    "loss_for",
]

__getattr__: Callable[[str], object] = lazy_names(
    __name__,
    {
        "ACTIVATIONS": "activations",
        "Activation": "activations",
        "Architecture": "architecture",
        "BoundActivation": "activations",
        "BoundLoss": "losses",
        "LOSSES": "losses",
        "Loss": "losses",
        "OPTIMIZERS": "optimizers",
        "Optimizer": "optimizers",
        "Residual": "architecture",
        "SCHEDULES": "schedules",
        "Schedule": "schedules",
        "StackedMLP": "mlp",
        "bind_activation": "activations",
        "loss_for": "losses",
    },
)
