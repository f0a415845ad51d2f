"""initbench: which weight initialization should this network start from, and why.

The public names are imported when they are first used, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from initbench.api import compare, initialize, load_results, rebuild, run, verify
    from initbench.estimator import MLP

__all__ = ["MLP", "compare", "initialize", "load_results", "rebuild", "run", "verify"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "initbench.estimator" if name == "MLP" else "initbench.api"
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
