"""initbench: which weight initialization should this network use, and why.

Public names are imported on first use, so that the command line starts without delay.
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
    from initbench.mean_field_theory import mean_field
    from initbench.probing import born_dead, probe
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
    "born_dead": "initbench.probing",
    "mean_field": "initbench.mean_field_theory",
    "probe": "initbench.probing",
    "recommend": "initbench.recommending",
    "scheme": "initbench.initializers",
}
"""The modules of the public names that `initbench.api` does not define."""


def __getattr__(name: str) -> object:
    if name == "errors":
        return import_module("initbench.errors")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "initbench.api")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "errors"])
