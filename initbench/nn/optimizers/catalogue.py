"""Every optimizer that a config can name."""

from initbench.nn.optimizers.adam import ADAM
from initbench.nn.optimizers.adaptive import ADAPTIVE
from initbench.nn.optimizers.descent import DESCENT
from initbench.nn.optimizers.entry import Optimizer
from initbench.registry import Registry

OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", [*DESCENT, *ADAPTIVE, *ADAM])
