"""Registries: read-only tables from a name to what it stands for.

A registry is made once, from the entries at the foot of the modules that define them, and never
changes. Two entries that claim one name are a mistake that is found on import; a name that nobody
claims is a user's mistake that is answered with the nearest name.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from initbench.errors import UnknownNameError


class Entry(Protocol):
    """What can be registered: something with a name, other names, and one line about itself."""

    @property
    def name(self) -> str:
        """The canonical name."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that find it."""

    @property
    def summary(self) -> str:
        """One line on what it is."""


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """A read-only mapping that finds entries by name or alias and iterates canonical names.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular, for messages: ``initializer``.
    entries : iterable of Entry
        In the order in which they are listed.

    Raises
    ------
    ValueError
        Two entries claim one name.
    """

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}
        self._by_any_name: dict[str, E] = {}
        for entry in entries:
            self._entries[entry.name] = entry
            for name in (entry.name, *entry.aliases):
                if name in self._by_any_name:
                    raise ValueError(f"two {kind}s claim the name {name!r}")
                self._by_any_name[name] = entry

    @property
    def families(self) -> Mapping[str, E]:
        """Entries that stand for all names of a form: from a regular expression to the entry."""
        return {}

    def __getitem__(self, name: object) -> E:
        entry = self._by_any_name.get(name) if isinstance(name, str) else None
        if entry is None:
            raise UnknownNameError(f"unknown {self.kind} {name!r}. {self._advice(name)}")
        return entry

    def __contains__(self, name: object) -> bool:
        return name in self._by_any_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Canonical names and aliases."""
        return tuple(self._by_any_name)

    def _advice(self, name: object) -> str:
        suggestion = did_you_mean(str(name), self.all_names)
        return suggestion or f"Known: {', '.join(self)}."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'x'?`` for the nearest known name, or nothing where none is near.

    Capitals make no name further: ``ReLU`` is as near to ``relu`` as can be.
    """
    by_folded = {one.casefold(): one for one in known}
    nearest = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"Did you mean {by_folded[nearest[0]]!r}?" if nearest else ""
