"""Registries: read-only tables that map names to entries.

A registry is made once, from the entries at the foot of the modules that define them, and never
changes. Two entries with one name are an error on import. An unknown name is an error of the user,
and the message suggests the nearest known name.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import ne
from typing import Final, Generic, Protocol, TypeVar

from initbench.errors import UnknownNameError

NEAR: Final = 0.7
"""Similarity from which a name is a slip of another; ``data`` and ``atlas`` have 0.67."""

SHORTEST: Final = 3
"""Letters of a word from which one that is wrong makes a slip, and not another word."""


class Entry(Protocol):
    """An entry of a registry: it has a name, aliases and a summary."""

    @property
    def name(self) -> str:
        """The canonical name."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names of the entry."""

    @property
    def summary(self) -> str:
        """One-line description."""


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """A read-only mapping that finds entries by name or alias and iterates canonical names.

    `kind`: singular noun for the entries, used in messages: ``initializer``.
    `entries`: entries in the order in which they are listed.

    Raises `ValueError` if two entries have one name.
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
        """Entries for all names that match a regular expression, by that expression."""
        return {}

    def __getitem__(self, name: object) -> E:
        entry = self._by_any_name.get(name) if isinstance(name, str) else None
        if entry is None:
            advice = did_you_mean(str(name), self.all_names) or f"Known: {', '.join(self)}."
            raise UnknownNameError(f"unknown {self.kind} {name!r}. {advice}")
        return entry

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._by_any_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Canonical names and aliases."""
        return tuple(self._by_any_name)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the nearest known name, or an empty text if none is near.

    Upper and lower case are treated alike: ``ReLU`` is nearest to ``relu``.
    """
    by_folded, folded = {one.casefold(): one for one in known}, name.casefold()
    near = difflib.get_close_matches(folded, by_folded, n=1, cutoff=NEAR)
    near += [one for one in by_folded if _is_short_slip(one, folded)]
    return by_folded[near[0]] if near else ""


def _is_short_slip(one: str, other: str) -> bool:
    """Return whether words of one length differ in a letter, or in the order of letters alone.

    In a short word that leaves little in common: ``npy`` and ``npz``, ``sdg`` and ``sgd``.
    """
    if len(one) != len(other) or len(one) < SHORTEST:
        return False
    return sorted(one) == sorted(other) or sum(map(ne, one, other)) == 1


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'x'?`` for the nearest known name, or an empty text if none is near."""
    near = nearest(name, known)
    return f"Did you mean {near!r}?" if near else ""


def advice_for(name: str, known: Collection[str]) -> str:
    """Return ``Did you mean 'x'?`` for the nearest known name, or list all if none is near."""
    return did_you_mean(name, known) or f"Known: {', '.join(known)}."
