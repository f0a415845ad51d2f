"""The catalogue: every scheme that a config can name."""

from initbench.initializers.constant import CONSTANT
from initbench.initializers.entry import Initializer
from initbench.initializers.orthogonal import ORTHOGONAL
from initbench.initializers.scaling import SCALING
from initbench.initializers.unscaled import UNSCALED
from initbench.registry import Registry

INITIALIZERS: Registry[Initializer] = Registry(
    "initializer", [*CONSTANT, *UNSCALED, *SCALING, *ORTHOGONAL]
)
