"""The catalogue: every scheme that a config can name and, for a while, user-defined schemes.

The catalogue never changes. What is added holds within a block, and only for whoever is in it, so
that no experiment finds the schemes of another:

>>> from initbench.initializers import INITIALIZERS, scheme
>>> @scheme
... def mine(rng, layer):
...     return rng.standard_normal(layer.shape)
>>> with INITIALIZERS.including(objects=[mine]):
...     "mine" in INITIALIZERS
True
>>> "mine" in INITIALIZERS
False
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Final

from initbench.errors import UnknownNameError, UsageError
from initbench.initializers.activation_aware import ACTIVATION_AWARE, CLASSIC, RECTIFIERS
from initbench.initializers.data_driven import DATA_DRIVEN, GRADIENT_DRIVEN
from initbench.initializers.deterministic import CONSTANT, PATTERNS
from initbench.initializers.dialects import JAX, KERAS, OTHERS, TORCH
from initbench.initializers.entry import Initializer
from initbench.initializers.mean_field import MEAN_FIELD
from initbench.initializers.own import (
    Origin,
    OwnScheme,
    entry_point_names,
    scheme_of_entry_point,
    scheme_of_object,
    schemes_in,
)
from initbench.initializers.scaling import ORTHOGONAL, SCALING, SPARSE, UNSCALED
from initbench.initializers.spellings import SPELLINGS, canonical_spelling, no_spellings
from initbench.initializers.trying import trials
from initbench.initializers.weightfiles import FROM_FILES
from initbench.initializers.width import RESIDUAL, WIDTH
from initbench.registry import Registry

FAMILIES: Final[Mapping[str, tuple[Initializer, ...]]] = {
    "Constant": CONSTANT,
    "Fixed standard deviation": UNSCALED,
    "Scaled by fans": SCALING,
    "Orthogonal": ORTHOGONAL,
    "Sparse": SPARSE,
    "Classic": CLASSIC,
    "For one activation": ACTIVATION_AWARE,
    "For rectifiers": RECTIFIERS,
    "Mean-field theory": MEAN_FIELD,
    "Deterministic patterns": PATTERNS,
    "Residual networks": RESIDUAL,
    "Width and learning rate": WIDTH,
    "Adapted to data": DATA_DRIVEN,
    "Adapted to gradients": GRADIENT_DRIVEN,
    "Given weights": FROM_FILES,
    "PyTorch": TORCH,
    "Keras": KERAS,
    "JAX and Flax": JAX,
    "Other frameworks": OTHERS,
}
"""Title and table of each family, in the order in which they are listed."""

_own: Final[ContextVar[Mapping[str, OwnScheme]]] = ContextVar("own schemes", default={})  # noqa: B039  # it is never changed

_MXNET: Final = {
    "xavier": "glorot_uniform, or {name: variance_scaling, distribution: normal, scale: 3, mode:"
    " fan_avg} for its gaussian form",
    "msraprelu": "{name: variance_scaling, distribution: normal, scale: 1.88235, mode: fan_avg}",
    "uniform": "{name: uniform, bound: 0.07}",
    "normal": "{name: random, std: 0.01}",
    "orthogonal": "{name: orthogonal, gain: 1.414}",
}
"""Equivalents of the initializers of MXNet, which is no longer developed, with their defaults."""


class InitializerRegistry(Registry[Initializer]):
    """The catalogue, the schemes that `including` adds, and those of installed packages.

    A scheme of the catalogue is also found under the names of frameworks
    (``torch.nn.init.xavier_uniform_``, ``keras:HeNormal``), which `all_names` does not list. The
    scheme of a package is loaded when its name is looked up; iteration and `all_names` do not list
    it.
    """

    def __getitem__(self, name: object) -> Initializer:
        own = self._find_own(name)
        if own is not None:
            return own.entry
        spelling = self._spelling(name)
        framework, _, rest = str(spelling).partition(":")
        if framework == "mxnet" and rest in _MXNET:
            raise UnknownNameError(
                f"initializer {name!r} is of MXNet, which is no longer developed and not"
                f" supported: use {_MXNET[rest]}"
            )
        return super().__getitem__(spelling if super().__contains__(spelling) else name)

    def __contains__(self, name: object) -> bool:
        return self._find_own(name) is not None or super().__contains__(self._spelling(name))

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        yield from dict.fromkeys(own.entry.name for own in _own.get().values())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Canonical names and aliases."""
        return (*super().all_names, *_own.get())

    def is_listed(self, entry: Initializer) -> bool:
        """Return whether an entry belongs to the catalogue."""
        return super().__contains__(entry.name) and super().__getitem__(entry.name) is entry

    def origin(self, name: str) -> Origin | None:
        """Return the origin of a custom scheme; None for schemes of the catalogue."""
        own = self._find_own(name)
        return None if own is None else own.origin

    @contextmanager
    def including(
        self, plugins: Iterable[Path | str] = (), objects: Iterable[Initializer] = ()
    ) -> Iterator[None]:
        """Add custom schemes within a ``with`` block.

        `plugins`: Python files that define initializers. They are run, first in a process apart.
        """
        paths = list(plugins)
        with trials() if paths else nullcontext():
            added = [own for path in paths for own in schemes_in(path)]
            added += [scheme_of_object(entry) for entry in objects]
            names = dict(_own.get())
            for own in added:
                for name in (own.entry.name, *own.entry.aliases):
                    if super().__contains__(name):
                        raise UsageError(
                            f"the catalogue has an initializer {name!r} already: give the one of"
                            f" {own.origin.place} another name"
                        )
                    if names.setdefault(name, own) != own:
                        raise UsageError(
                            f"two schemes are called {name!r}, in {names[name].origin.place} and"
                            f" in {own.origin.place}: give one another name"
                        )
            token = _own.set(names)
            try:
                yield
            finally:
                _own.reset(token)

    def _spelling(self, name: object) -> object:
        """Return a name in the spelling of the catalogue."""
        is_foreign = isinstance(name, str) and not super().__contains__(name)
        return canonical_spelling(str(name)) if is_foreign else name

    def _find_own(self, name: object) -> OwnScheme | None:
        if not isinstance(name, str) or super().__contains__(name):
            return None
        return _own.get().get(name) or scheme_of_entry_point(name)


INITIALIZERS: Final = InitializerRegistry(
    "initializer",
    [
        replace(entry, family=family, spellings=SPELLINGS.get(entry.name, no_spellings))
        for family, table in FAMILIES.items()
        for entry in table
    ],
)
"""The registry of initializers."""


def offered_schemes() -> Iterator[Initializer]:
    """Load and yield the schemes that installed packages offer."""
    for name in entry_point_names():
        if (own := scheme_of_entry_point(name)) is not None:
            yield own.entry
