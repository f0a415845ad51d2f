"""How messages name the places and values of a config, in the words of who wrote it.

What comes from a user is shown in quotes, escaped and cut: a message stays one line whatever the
config holds.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from initbench.registry import did_you_mean

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a config to one of its values."""

MAX_SHOWN: Final = 80
"""Characters of a value that a message shows."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")


def show_path(path: KeyPath) -> str:
    """Return a path as a message names it.

    Examples
    --------
    >>> show_path(("inits", 2, "std"))
    'inits[2].std'
    """
    parts = (f"[{key}]" if isinstance(key, int) else f".{_show_key(key)}" for key in path)
    return "".join(parts).removeprefix(".")


def show_value(value: object) -> str:
    """Return a value as a message shows it: collections by their kind, the rest in full or cut.

    Examples
    --------
    >>> show_value("ten"), show_value(None), show_value(True), show_value([1, 2])
    ("'ten'", 'null', 'true', 'a list')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return shorten(repr(value), MAX_SHOWN)


def shorten(text: str, limit: int) -> str:
    """Return `text`, cut where it is longer than `limit`."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Say that a key is unknown, and which was likely meant."""
    listed = f"Known: {', '.join(known)}."
    return f"unknown key. {did_you_mean(key, known) or listed}"


def _show_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else show_value(key)
