"""initbench: which weight initialization should this network start from, and why.

The public names are imported when they are first used, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from initbench.api import (
        compare,
        describe,
        estimate,
        initialize,
        load_results,
        rebuild,
        run,
        verify,
    )
    from initbench.estimator import MLP
    from initbench.initializers import scheme
    from initbench.insight import born_dead, mean_field, probe
    from initbench.recommending import recommend

__all__ = [
    "MLP",
    "born_dead",
    "compare",
    "describe",
    "estimate",
    "initialize",
    "load_results",
    "mean_field",
    "probe",
    "rebuild",
    "recommend",
    "run",
    "scheme",
    "verify",
]

_MODULES = {
    "MLP": "initbench.estimator",
    "born_dead": "initbench.insight",
    "mean_field": "initbench.insight",
    "probe": "initbench.insight",
    "recommend": "initbench.recommending",
    "scheme": "initbench.initializers",
}
"""Where the public names are that are not in `initbench.api`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "initbench.api")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
