"""Public names of a package that are imported on first use."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package whose names are imported on first use.

    A command then loads the parts that it needs: the catalogue of activations, for instance,
    without the networks.

    `package`: its ``__name__``.
    `modules`: the module that defines each name, relative to the package.
    """

    def find(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return find
