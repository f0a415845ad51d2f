"""Every optimizer that a config can name."""

from typing import Any

from initbench.errors import UsageError
from initbench.nn.optimizers.adam import ADAM
from initbench.nn.optimizers.adaptive import ADAPTIVE
from initbench.nn.optimizers.descent import DESCENT
from initbench.nn.optimizers.entry import BoundOptimizer, Optimizer
from initbench.options import OptionError, bind_options
from initbench.registry import Registry

OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", [*DESCENT, *ADAPTIVE, *ADAM])


def bind_optimizer(optimizer: str | Optimizer, /, **options: Any) -> BoundOptimizer:
    """Return an optimizer with its options, those that are not given at their defaults.

    Raises
    ------
    UsageError
        There is no such optimizer, or it does not take these options.

    Examples
    --------
    >>> bind_optimizer("momentum", learning_rate=0.01).options
    {'learning_rate': 0.01, 'momentum': 0.9, 'weight_decay': 0.0}
    """
    entry = OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer
    try:
        return BoundOptimizer(entry, bind_options(entry.rule, options))
    except OptionError as error:
        raise UsageError(f"optimizer {entry.name!r}: {error}") from None
