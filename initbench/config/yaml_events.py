"""From the text of a YAML document to the parser's events, or to words on why it is none.

PyYAML's parser is a state machine that hands out one event at a time, so what reads the events can
stop it before a nested or repeated text has cost anything.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from initbench.config.wording import KeyPath, show_path
from initbench.errors import ConfigError, Problem

MAX_BYTES: Final = 2**17
"""Length of a config. The longest that makes sense lists some thousands of seeds."""

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class Position(NamedTuple):
    """A place in a text; lines and columns count from 1, and 0 is no place."""

    line: int
    column: int


def events_of(text: str | bytes, source: str) -> Iterator[Any]:
    """Yield the events of a YAML stream.

    Raises
    ------
    ConfigError
        The text is too long, not UTF-8, or not YAML.
    """
    decoded = _decode(text, source)
    try:
        yield from yaml.parse(decoded, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        position = Position(mark.line + 1, mark.column + 1)
        refuse(source, position, _explain(error, decoded[mark.index :]))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser in Python lets numbers of escapes and directives through to int() and chr().
        refuse(source, Position(1, 1), f"is not YAML: {error}")


def position_of(event: Any) -> Position:
    """Return where an event begins."""
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def refuse(
    source: str,
    position: Position,
    message: str,
    path: KeyPath = (),
    earlier: Iterable[Problem] = (),
) -> NoReturn:
    """Raise a ConfigError of one problem, beside those that were found earlier."""
    raise ConfigError(source, [*earlier, Problem(*position, show_path(path), message)]) from None


def _decode(text: str | bytes, source: str) -> str:
    """Return the text without its byte-order mark, if the parser may read it."""
    if len(text) > MAX_BYTES:
        refuse(source, Position(1, 1), f"is larger than the {MAX_BYTES} bytes that a config may be")
    decoded = _decode_utf8(text, source) if isinstance(text, bytes) else text
    decoded = decoded.removeprefix("\ufeff")
    if found := _UNREADABLE.search(decoded):
        place = _end_of(decoded[: found.start()])
        refuse(source, place, f"has a character that YAML bars: U+{ord(found[0]):04X}")
    return decoded


def _decode_utf8(text: bytes, source: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _end_of(text[: error.start].decode("utf-8"))
        refuse(source, place, f"is not UTF-8: byte 0x{text[error.start]:02x} has no meaning here")


def _end_of(text: str) -> Position:
    return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _explain(error: yaml.MarkedYAMLError, rest: str) -> str:
    """Say in plain words what the parser stumbled over; `rest` begins where it did."""
    problem = error.problem or "cannot be read"
    if rest.startswith("\t"):
        return "a tab cannot indent: use spaces"
    if "cannot start any token" in problem:
        return f"text cannot begin with {rest[:1]!r}: put it in quotes"
    if "mapping values are not allowed" in problem:
        return "a ':' is out of place: check the indentation, or put text that holds it in quotes"
    if "unexpected end of stream" in problem:
        return "a quotation mark is never closed"
    if "nesting depth" in problem:
        return "is nested much too deep"
    context = f" {error.context}" if error.context else ""
    return f"is not YAML: {problem}{context}"
