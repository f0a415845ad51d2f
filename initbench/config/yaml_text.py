"""Read and write YAML: from text to plain values with the line and column of each, and back.

PyYAML composes the text into nodes, which know their positions, and the nodes are turned into
values here, by the core schema of YAML 1.2: ``1e-3`` is a number, ``no`` is a word, and a date is
text. PyYAML's constructors are not used, so nothing in a file can name a type or make an object.
What would cost much more than its length (nested aliases, deep nesting, huge integers) is refused
before it is built.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

import yaml
from yaml.composer import Composer

from initbench.config.validation import MAX_SHOWN, KeyPath, shorten, show_path, show_value
from initbench.errors import ConfigError, Problem

MAX_BYTES: Final = 2**17
"""Length of a config. The longest useful one lists some thousands of seeds."""

MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
"""Keys and values of a config; the values of an alias count each time."""

MAX_DIGITS: Final = 100
"""Digits of an integer."""

WIDTH: Final = 100
"""Columns of a line that is written."""

_TOO_MANY: Final = f"goes over the {MAX_NODES} values that a config may have"

Scalar: TypeAlias = bool | int | float | str | None

INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_UNREADABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class Position(NamedTuple):
    """A position in a text; lines and columns count from 1, and 0 is none."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """The content of a YAML text."""

    value: Any  # the values of an alias are one object with those of its anchor
    # keys, values: by path: where each key and each value begins; values below an alias have no
    # entry
    keys: Mapping[KeyPath, Position]
    values: Mapping[KeyPath, Position]
    # mistakes in single keys and tags, after which the rest could still be read, so that all
    # mistakes are reported at once. The value of a document with problems is not to be used.
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

    `text`: bytes are UTF-8, with or without a byte-order mark.
    `source`: the name of the text in messages.

    Raises `ConfigError` if the text is not YAML, not one document, not a mapping, or larger than a
    config may be.
    """
    document = read_value(text, source)
    if document.value is None:
        _refuse(source, Position(1, 1), "is empty, where keys and values are expected")
    if not isinstance(document.value, dict):
        shown = show_value(document.value)
        _refuse(source, document.position(()), f"must be a mapping of keys to values, not {shown}")
    return document


def read_value(text: str | bytes, source: str) -> Document:
    """Read a YAML document with any root; an empty one is null.

    Raises `ConfigError` as `read_yaml` does, whatever the root is.
    """
    decoded = _decode(text, source)
    try:
        composer = type("_Nodes", (_Composer, _LOADER), {})
        node = composer(decoded, source).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        _refuse(source, _position_of(mark), _explain(error, decoded[mark.index :]))
    except ConfigError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser in Python lets numbers of escapes and directives through to int() and chr().
        _refuse(source, Position(1, 1), f"is not YAML: {error}")
    if node is None:
        return Document(None, {}, {})
    builder = _Builder(source)
    value = builder.build(node, ())
    return Document(value, builder.keys, builder.values, tuple(builder.problems))


def read_whole(text: str | bytes, source: str, noun: str) -> Document:
    """Read a document as `read_value` does, and refuse one with any problem.

    `noun`: what the text should be, for messages: ``data set``.

    Raises `ConfigError`; the message names all problems.
    """
    try:
        document = read_value(text, source)
    except ConfigError as error:
        raise ConfigError(source, error.problems, noun) from None
    if document.problems:
        raise ConfigError(source, document.problems, noun)
    return document


def resolve(text: str) -> Scalar:
    """Return the value of a plain scalar, by section 10.3.2 of YAML 1.2.

    Raises `ValueError` if it is an integer of more than `MAX_DIGITS` digits.

    Examples
    --------
    >>> resolve("1e-3"), resolve("no"), resolve("0o17"), resolve("~")
    (0.001, 'no', 15, None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if INTEGER.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise ValueError(f"an integer has at most {MAX_DIGITS} digits, not {len(text)}")
        return int(text, 0 if text[:2] in {"0o", "0x"} else 10)
    if FLOAT.fullmatch(text):
        # Python spells infinity and not-a-number without YAML's dot.
        return float(text.lower().replace(".i", "i").replace(".n", "n"))
    return text


class _Composer(Composer):
    """PyYAML's composer with limits, which keeps aliases and tags as they are written."""

    peek_event: Any
    get_event: Any
    nodes = depth = 0

    def __init__(self, text: str, source: str) -> None:
        _LOADER.__init__(self, text)
        self.source, self.anchors = source, {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node, or the event of an alias."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            return self.get_event()
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES:
            _refuse(self.source, _position_of(event.start_mark), _TOO_MANY)
        if self.depth > MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            position = _position_of(event.start_mark)
            _refuse(self.source, position, f"is nested more than {MAX_DEPTH} deep")
        self.anchors.clear()  # an anchor may be set twice
        node: Any = super().compose_node(parent, index)
        node.tag, node.anchor = event.tag, event.anchor
        self.depth -= 1
        return node


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser: libyaml, which is ten times as fast as Python, wherever PyYAML has it."""


class _Builder:
    """Makes values of nodes, and records where each begins and its mistakes."""

    def __init__(self, source: str) -> None:
        self.keys: dict[KeyPath, Position] = {}
        self.values: dict[KeyPath, Position] = {}
        self.problems: list[Problem] = []
        self._source = source
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def build(self, node: Any, path: KeyPath) -> Any:
        """Return the value of a node at a path."""
        self.values[path] = _position_of(node.start_mark)
        return self._value(node, path)

    def _value(self, node: Any, path: KeyPath) -> Any:
        before = self._nodes
        self._count(1, node, path)
        if isinstance(node, yaml.AliasEvent):
            if node.anchor not in self._anchors:
                shown = shorten(str(node.anchor), MAX_SHOWN)
                self._refuse(node, path, f"*{shown} refers to no value that is complete before it")
            value, nodes = self._anchors[node.anchor]
            self._count(nodes, node, path)
            return value
        if node.tag is not None:
            self._note(node, path, f"tags are not supported: leave out {show_value(node.tag)}")
        if isinstance(node, yaml.SequenceNode):
            value = [self.build(item, (*path, place)) for place, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = self._value(key_node, (*path, "?"))
                problem = ""
                if not isinstance(key, str):
                    problem = f"keys are text, not {show_value(key)}: put it in quotes"
                elif key == "<<" and not getattr(key_node, "style", None):
                    problem = "merge keys (<<) are not supported: write the keys out"
                if problem:
                    self._note(key_node, path, problem)
                    self._value(value_node, (*path, "?"))
                    continue
                child = (*path, key)
                if key in mapping:
                    line = self.keys[child].line
                    self._note(key_node, child, f"this key occurs twice, first in line {line}")
                self.keys[child] = _position_of(key_node.start_mark)
                mapping[key] = self.build(value_node, child)
            value = mapping
        else:
            try:
                value = str(node.value) if node.style else resolve(node.value)
            except ValueError as error:
                self._refuse(node, path, str(error))
        if node.anchor is not None:
            self._anchors[node.anchor] = (value, self._nodes - before)
        return value

    def _count(self, nodes: int, node: Any, path: KeyPath) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._refuse(node, path, _TOO_MANY)

    def _note(self, node: Any, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(*_position_of(node.start_mark), show_path(path), message))

    def _refuse(self, node: Any, path: KeyPath, message: str) -> NoReturn:
        """Raise an error with this and all that was noted before."""
        _refuse(self._source, _position_of(node.start_mark), message, path, self.problems)


def _position_of(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _refuse(
    source: str,
    position: Position,
    message: str,
    path: KeyPath = (),
    earlier: Iterable[Problem] = (),
) -> NoReturn:
    """Raise a ConfigError of one problem and those that were found earlier."""
    raise ConfigError(source, [*earlier, Problem(*position, show_path(path), message)]) from None


def _decode(text: str | bytes, source: str) -> str:
    """Return the text without its byte-order mark, or refuse what the parser cannot read."""
    if len(text) > MAX_BYTES:
        _refuse(
            source, Position(1, 1), f"is larger than the {MAX_BYTES} bytes that a config may be"
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"is not UTF-8: byte 0x{error.object[error.start]:02x} has no meaning here"
            _refuse(source, _end_of(error.object[: error.start].decode("utf-8")), message)
    text = text.removeprefix("\ufeff")
    if found := _UNREADABLE.search(text):
        message = f"has a character that YAML bars: U+{ord(found[0]):04X}"
        _refuse(source, _end_of(text[: found.start()]), message)
    return text


def _end_of(text: str) -> Position:
    return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))


_EXPLANATIONS: Final = {
    "cannot start any token": "text cannot begin with {!r}: put it in quotes",
    "mapping values are not allowed": (
        "a ':' is out of place: check the indentation, or put text that holds it in quotes"
    ),
    "unexpected end of stream": "a quotation mark is never closed",
    "another document": "has a second document; an experiment is one",
    "nesting depth": "is nested too deeply",
}
"""From a part of PyYAML's message to the words for it."""


def _explain(error: yaml.MarkedYAMLError, rest: str) -> str:
    """Return why the parser stopped, in plain words; `rest` is the text from there."""
    if rest.startswith("\t"):
        return "a tab cannot indent: use spaces"
    problem = error.problem or "cannot be read"
    for part, words in _EXPLANATIONS.items():
        if part in problem:
            return words.format(rest[:1])
    return f"is not YAML: {problem} {error.context or ''}".rstrip()


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper, which also quotes text that is a number in YAML 1.2 only."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        """Write repeated values out."""
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", INTEGER, list("-+0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))


def write_yaml(settings: Mapping[str, Any]) -> str:
    """Return plain values as YAML, with each section of scalars on one line."""
    return str(
        yaml.dump(
            dict(settings),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=WIDTH,
        )
    )


def write_value(value: Any) -> str:
    """Return one value as YAML on one line.

    Examples
    --------
    >>> write_value({"name": "adam", "beta1": 0.8}), write_value(None)
    ('{name: adam, beta1: 0.8}', 'null')
    """
    text = yaml.dump(
        [value], Dumper=_Dumper, sort_keys=False, default_flow_style=True, width=float("inf")
    )
    return str(text).strip()[1:-1]
