"""Optimizers: rules that move all parameters of a stack at once.

Parameters, gradients and state are flat, ``(R, P)``, so a rule is a handful of array operations
whatever the depth. `OPTIMIZERS` lists the rules, and `clip_by_norm` shortens gradients beforehand.
"""

from initbench.nn.optimizers.catalogue import OPTIMIZERS
from initbench.nn.optimizers.clipping import clip_by_norm
from initbench.nn.optimizers.entry import Optimizer
from initbench.nn.optimizers.hyperparameters import Hyperparameter

__all__ = ["OPTIMIZERS", "Hyperparameter", "Optimizer", "clip_by_norm"]
