"""The registry of initializers: the catalogue and, for a while, schemes of one's own.

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
from pathlib import Path
from typing import Final

from initbench.errors import UsageError
from initbench.initializers.entry import Initializer
from initbench.initializers.origins import (
    Origin,
    OwnScheme,
    entry_point_names,
    scheme_of_entry_point,
    scheme_of_object,
    schemes_in,
)
from initbench.initializers.spellings import canonical_spelling
from initbench.initializers.trying import trials
from initbench.registry import Registry

_own: Final[ContextVar[Mapping[str, OwnScheme]]] = ContextVar("own schemes", default={})  # noqa: B039  # it is never changed


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

        Parameters
        ----------
        plugins : iterable of path
            Python files that define initializers. They are run, first in a process apart.
        objects : iterable of Initializer

        Raises
        ------
        UsageError
            A file cannot be run, or two schemes have one name.
        """
        paths = list(plugins)
        with trials() if paths else nullcontext():
            added = [own for path in paths for own in schemes_in(path)]
            added += [scheme_of_object(entry) for entry in objects]
            token = _own.set(self._with_names(added))
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

    def _with_names(self, added: Iterable[OwnScheme]) -> dict[str, OwnScheme]:
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
                        f"two schemes are called {name!r}, in {names[name].origin.place} and in"
                        f" {own.origin.place}: give one another name"
                    )
        return names


def offered_schemes() -> Iterator[Initializer]:
    """Load and yield the schemes that installed packages offer.

    Raises
    ------
    UsageError
        One of them cannot be loaded.
    """
    for name in entry_point_names():
        if (own := scheme_of_entry_point(name)) is not None:
            yield own.entry
