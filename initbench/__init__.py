"""initbench: which weight initialization should this network start from, and why.

The public names are imported when they are first used, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from initbench.api import compare, estimate, initialize, load_results, rebuild, run, verify
    from initbench.estimator import MLP
    from initbench.initializers import scheme

__all__ = [
    "MLP",
    "compare",
    "estimate",
    "initialize",
    "load_results",
    "rebuild",
    "run",
    "scheme",
    "verify",
]

_ELSEWHERE = {"MLP": "initbench.estimator", "scheme": "initbench.initializers"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "initbench.api")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
