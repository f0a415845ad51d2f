"""Optimizers: rules that move all parameters of a stack at once.

Parameters, gradients and state are flat, ``(R, P)``, so a rule is a handful of array operations
whatever the depth. `OPTIMIZERS` lists the rules, `bind_optimizer` gives one its options,
`stack_hyperparameters` joins those of many runs, and `clip_by_norm` shortens gradients beforehand.
"""

from initbench.nn.optimizers.catalogue import OPTIMIZERS, bind_optimizer
from initbench.nn.optimizers.clipping import clip_by_norm
from initbench.nn.optimizers.entry import BoundOptimizer, Optimizer
from initbench.nn.optimizers.hyperparameters import Hyperparameter, stack_hyperparameters

__all__ = [
    "OPTIMIZERS",
    "BoundOptimizer",
    "Hyperparameter",
    "Optimizer",
    "bind_optimizer",
    "clip_by_norm",
    "stack_hyperparameters",
]
