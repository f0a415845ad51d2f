"""Overrides: single settings of a command line that replace those of a config.

``training.optimizer.learning_rate=0.3`` is a path of keys and list indices, and a value in YAML.
After ``sweep.``, the rest of the path is one key, with its dots, as in the config:
``sweep.network.depth=[5, 20]``.
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
"""A key of the sweep, alone, under ``zip``, or in one of several groups under ``zip``."""

_NAMED: Final[Collection[KeyPath]] = {
    ("dataset",),
    ("network", "activation"),
    ("training", "optimizer"),
    ("training", "schedule"),
    ("training", "loss"),
}
"""Sections that may be written as a name alone; each of ``inits`` may be, too."""


@dataclass(frozen=True)
class Override:
    """One setting, with the text that it was read from."""

    text: str
    path: KeyPath
    value: Any

    def covers(self, path: KeyPath) -> bool:
        """Tell whether the value at `path` comes from this override."""
        return path[: len(self.path)] == self.path

    def problem(self, message: str, path: KeyPath = ()) -> Problem:
        """Return a problem of this override, or of a path below its own."""
        place = "" if path in {(), self.path} else f": {show_path(path)}"
        return Problem(0, 0, f"{show_flag(self.text)}{place}", message)


def read_overrides(texts: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Return the overrides of ``KEY=VALUE`` texts, and a problem for each unreadable one."""
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
    """Return a copy of settings with another value at a path.

    Missing sections are added, and a name that stands for a section becomes one:
    ``optimizer: adam`` becomes ``optimizer: {name: adam, …}``.

    Raises
    ------
    ValueError
        The path leads through a value that has no such part.
    """
    return _replaced(root, path, 0, value)


def show_flag(text: str) -> str:
    """Return an override as messages name it."""
    return f"--set {shorten(text if text.isprintable() else repr(text), 120)}"


def _read_override(text: str) -> Override:
    place, equals, value = text.partition("=")
    if not equals:
        raise ValueError("must be KEY=VALUE, as training.epochs=50")
    path: KeyPath
    if swept := _SWEPT.fullmatch(place):
        group, index, key = swept.groups()
        among = () if group is None else (group,) if index is None else (group, int(index))
        path = ("sweep", *among, key)
    elif _PATH.fullmatch(place):
        parts = re.findall(r"\w+", place)
        path = tuple(int(part) if part.isdigit() else part for part in parts)
    else:
        raise ValueError("the key must be names and numbers with dots, as inits.1.std")
    document = read_value(value, "--set")
    if document.problems:
        raise ConfigError("--set", document.problems)
    return Override(text, path, document.value)


def _replaced(node: Any, path: KeyPath, depth: int, value: object) -> Any:
    """Return a copy of the node at ``path[:depth]`` with another value at `path`."""
    if depth == len(path):
        return value
    key, place = path[depth], path[:depth]
    is_scheme = len(place) == 2 and place[0] == "inits"
    if isinstance(node, str) and isinstance(key, str) and (place in _NAMED or is_scheme):
        node = {"name": node}
    if isinstance(key, str) and isinstance(node, Mapping | None):
        section = node or {}
        return {**section, key: _replaced(section.get(key), path, depth + 1, value)}
    if isinstance(key, int) and isinstance(node, list) and key < len(node):
        return [*node[:key], _replaced(node[key], path, depth + 1, value), *node[key + 1 :]]
    if isinstance(node, list):
        problem = f"is a list: name one of its {len(node)} items by its number, from 0"
    elif isinstance(node, Mapping):
        problem = "is a mapping: name one of its keys"
    elif node is None:
        problem = "is not set, so it has no items: set all of it"
    else:
        problem = f"is {show_value(node)}, which has no parts"
    raise ValueError(f"{show_path(place)} {problem}")
