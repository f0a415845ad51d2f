"""Reading YAML: plain values, and where in the text each of them stands.

Values are built from the parser's events by the few lines below, never by PyYAML's constructors:
nothing in a file can name a type or make an object. What would cost more than it says (nested
aliases, deep nesting, huge integers) is refused at the event that begins it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

from initbench.config.wording import MAX_SHOWN, KeyPath, shorten, show_path, show_value
from initbench.config.yaml_events import Position, events_of, position_of, refuse
from initbench.config.yaml_scalars import Scalar, resolve
from initbench.errors import Problem

MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
"""Keys and values, those that an alias repeats counted each time."""


@dataclass(frozen=True)
class Document:
    """What a YAML text says.

    Attributes
    ----------
    value : dict, list or scalar
        What an alias repeats is one object.
    keys, values : mapping of path to Position
        Where each key and each value begins; what stands below an alias has no entry.
    problems : tuple of Problem
        What is wrong with single keys and tags. The rest could be read, so that everything wrong
        can be said at once; the value of a document with problems is not to be used.
    """

    value: Any
    keys: Mapping[KeyPath, Position]
    values: Mapping[KeyPath, Position]
    problems: tuple[Problem, ...] = ()

    def position(self, path: KeyPath, *, of_key: bool = False) -> Position:
        """Return where a value or its key begins, or the nearest value around it."""
        if of_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Position(0, 0))


def read_yaml(text: str | bytes, source: str) -> Document:
    """Read a YAML document whose root is a mapping.

    Parameters
    ----------
    text : str or bytes
        Bytes are UTF-8, with or without a byte-order mark.
    source : str
        What messages call it.

    Raises
    ------
    ConfigError
        It is not YAML, not one document, not a mapping, or larger than a config may be.
    """
    document = read_value(text, source)
    if document.value is None:
        refuse(source, Position(1, 1), "is empty, where keys and values are expected")
    if not isinstance(document.value, dict):
        shown = show_value(document.value)
        refuse(source, document.position(()), f"must be a mapping of keys to values, not {shown}")
    return document


def read_value(text: str | bytes, source: str) -> Document:
    """Read a YAML document of any kind; an empty one is null.

    Raises
    ------
    ConfigError
        As `read_yaml`, whatever the root is.
    """
    events = events_of(text, source)
    next(events)
    if isinstance(next(events), yaml.StreamEndEvent):
        return Document(None, {}, {})
    builder = _Builder(events, source)
    value = builder.place(next(events), ())
    next(events)
    following = next(events)
    if not isinstance(following, yaml.StreamEndEvent):
        builder.refuse(following, (), "has a second document; an experiment is one")
    return Document(value, builder.keys, builder.values, tuple(builder.problems))


class _Builder:
    """Builds values from events, and notes where they begin."""

    def __init__(self, events: Iterator[Any], source: str) -> None:
        self.keys: dict[KeyPath, Position] = {}
        self.values: dict[KeyPath, Position] = {}
        self.problems: list[Problem] = []
        self._events, self._source = events, source
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def place(self, event: Any, path: KeyPath) -> Any:
        """Return the value that begins with this event and stands at this path."""
        self.values[path] = position_of(event)
        return self._build(event, path)

    def refuse(self, event: Any, path: KeyPath, message: str) -> NoReturn:
        """Raise with this and all that was noted before."""
        refuse(self._source, position_of(event), message, path, self.problems)

    def _build(self, event: Any, path: KeyPath) -> Any:
        before = self._nodes
        self._count(1, event, path)
        if isinstance(event, yaml.AliasEvent):
            return self._repeat(event, path)
        if event.tag is not None:
            self._note(event, path, f"tags are not supported: leave out {show_value(event.tag)}")
        if isinstance(event, yaml.ScalarEvent):
            value: Any = self._scalar(event, path)
        elif len(path) == MAX_DEPTH:
            self.refuse(event, path[:4], f"is nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _note(self, event: Any, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(*position_of(event), show_path(path), message))

    def _count(self, nodes: int, event: Any, path: KeyPath) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self.refuse(event, path, f"goes over the {MAX_NODES} values that a config may have")

    def _repeat(self, event: yaml.AliasEvent, path: KeyPath) -> Any:
        if event.anchor not in self._anchors:
            shown = shorten(str(event.anchor), MAX_SHOWN)
            self.refuse(event, path, f"*{shown} stands for nothing that is complete before it")
        value, nodes = self._anchors[event.anchor]
        self._count(nodes, event, path)
        return value

    def _scalar(self, event: Any, path: KeyPath) -> Scalar:
        if event.style:
            return str(event.value)
        try:
            return resolve(event.value)
        except ValueError as error:
            self.refuse(event, path, str(error))

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self.place(event, (*path, len(items))))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key is None:
                self._build(next(self._events), (*path, "?"))
                continue
            child = (*path, key)
            if key in mapping:
                line = self.keys[child].line
                self._note(event, child, f"this key stands twice, first in line {line}")
            self.keys[child] = position_of(event)
            mapping[key] = self.place(next(self._events), child)
        return mapping

    def _key(self, event: Any, path: KeyPath) -> str | None:
        """Return a key, or note why it cannot be one."""
        key = self._build(event, (*path, "?"))
        if not isinstance(key, str):
            self._note(event, path, f"keys are text, not {show_value(key)}: put it in quotes")
            return None
        if key == "<<" and not event.style:
            self._note(event, path, "merge keys (<<) are not supported: write the keys out")
            return None
        return key
