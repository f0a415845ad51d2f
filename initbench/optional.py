"""Optional packages: imported on demand, with an error that names the extra to install."""

import importlib
from typing import Any

from initbench.errors import UsageError


def require(module: str, extra: str) -> Any:
    """Import and return a module of an optional package.

    `extra`: the extra of initbench that installs the package.

    Raises `UsageError` if the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(
            f"needs {module.partition('.')[0]}, which is not installed:"
            f" pip install 'initbench[{extra}]'"
        ) from None
