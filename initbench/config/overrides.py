"""Overrides: single settings that a command line puts in the place of a config's.

``training.optimizer.learning_rate=0.3`` names a place by keys and list indices and gives it a
value, which is read by the rules of the config itself. What follows ``sweep.`` is one key, dots and
all, as it is in the config: ``sweep.network.depth=[5, 20]``.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from initbench.config.reading import read_value
from initbench.config.validation import KeyPath, shorten, show_path, show_value
from initbench.errors import ConfigError, Problem

_PATH: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\.[0-9]{1,6}|\[[0-9]{1,6}\])*"
)

_SWEPT: Final = re.compile(r"sweep\.(?:(zip)(?:[.\[]([0-9]{1,6})\]?)?\.)?([^.\[\]].*)")
"""A key of the sweep, or of keys that move together, one group of them or of a list of groups."""

_NAMED: Final[Collection[KeyPath]] = {
    ("dataset",),
    ("network", "activation"),
    ("training", "optimizer"),
    ("training", "schedule"),
    ("training", "loss"),
}


@dataclass(frozen=True)
class Override:
    """One setting, and the text that asked for it."""

    text: str
    path: KeyPath
    value: Any

    def covers(self, path: KeyPath) -> bool:
        """Tell whether what stands at `path` comes from this override."""
        return path[: len(self.path)] == self.path

    def problem(self, message: str, path: KeyPath = ()) -> Problem:
        """Return a problem of this override, at a path below its own if one is given."""
        place = "" if path in {(), self.path} else f": {show_path(path)}"
        return Problem(0, 0, f"{show_flag(self.text)}{place}", message)


def read_overrides(texts: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Read ``KEY=VALUE`` texts; what cannot be read is a problem instead."""
    overrides: list[Override] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            overrides.append(_read_override(text))
        except ConfigError as error:
            problems += [Problem(0, 0, show_flag(text), each.message) for each in error.problems]
        except ValueError as error:
            problems.append(Problem(0, 0, show_flag(text), str(error)))
    return overrides, problems


def replace_at(root: Any, path: KeyPath, value: object) -> Any:
    """Return `root` with another value at `path`. What lies on the way there is copied.

    Sections that are missing come into being; a name that stands for a whole section becomes one.

    Raises
    ------
    ValueError
        The path leads through something that has no such part.
    """
    return _replaced(root, path, 0, value)


def show_flag(text: str) -> str:
    """Return an override as a message names it."""
    return f"--set {shorten(text if text.isprintable() else repr(text), 120)}"


def _read_override(text: str) -> Override:
    place, equals, value = text.partition("=")
    if not equals:
        raise ValueError("must be KEY=VALUE, as training.epochs=50")
    path = _path(place)
    document = read_value(value, "--set")
    if document.problems:
        raise ConfigError("--set", document.problems)
    return Override(text, path, document.value)


def _path(place: str) -> KeyPath:
    if swept := _SWEPT.fullmatch(place):
        group, index, key = swept.groups()
        among = () if group is None else (group,) if index is None else (group, int(index))
        return ("sweep", *among, key)
    if not _PATH.fullmatch(place):
        raise ValueError("the key must be names and numbers with dots, as inits.1.std")
    parts = re.findall(r"\w+", place)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _replaced(node: Any, path: KeyPath, depth: int, value: object) -> Any:
    if depth == len(path):
        return value
    key = path[depth]
    if isinstance(node, str) and isinstance(key, str) and _stands_for_section(path[:depth]):
        node = {"name": node}
    if isinstance(key, str) and isinstance(node, Mapping | None):
        section = node or {}
        return {**section, key: _replaced(section.get(key), path, depth + 1, value)}
    if isinstance(key, int) and isinstance(node, list) and key < len(node):
        return [*node[:key], _replaced(node[key], path, depth + 1, value), *node[key + 1 :]]
    raise ValueError(_explain(node, path[:depth]))


def _stands_for_section(path: KeyPath) -> bool:
    """Tell whether a plain name may stand at `path` for a section with that name."""
    return path in _NAMED or (len(path) == 2 and path[0] == "inits")


def _explain(node: Any, path: KeyPath) -> str:
    place = show_path(path)
    if isinstance(node, list):
        return f"{place} is a list: name one of its {len(node)} items by its number, from 0"
    if isinstance(node, Mapping):
        return f"{place} is a mapping: name one of its keys"
    if node is None:
        return f"{place} is not set, so it has no items: set all of it"
    return f"{place} is {show_value(node)}, which has no parts"
