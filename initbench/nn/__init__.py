"""Neural networks on stacks: many networks of one shape, trained as one set of arrays.

Everything here works on all runs of a stack at once and allocates nothing in a training step.
"""

from initbench.nn.activations import ACTIVATIONS, Activation, BoundActivation, bind_activation
from initbench.nn.losses import LOSSES, Loss
from initbench.nn.mlp import StackedMLP
from initbench.nn.optimizers import OPTIMIZERS, BoundOptimizer, Optimizer, bind_optimizer

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "Activation",
    "BoundActivation",
    "BoundOptimizer",
    "Loss",
    "Optimizer",
    "StackedMLP",
    "bind_activation",
    "bind_optimizer",
]
