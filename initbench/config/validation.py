"""Messages for mistakes in a config, which name its keys and values.

Pydantic says what it expected of an input; the author of a config needs to know what a key may be.
Text of a user is quoted, escaped and shortened, so that each message is one line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from pydantic_core import ErrorDetails

from initbench.registry import advice_for, did_you_mean

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a config to one of its values."""

MAX_SHOWN: Final = 80
"""Characters of a value that a message shows."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")

_WORDING: Final[Mapping[str, str]] = {
    "missing": "is required",
    "bool_type": "must be true or false, not {value}",
    "int_type": "must be an integer, not {value}",
    "float_type": "must be a number, not {value}",
    "finite_number": "must be finite, not {value}",
    "string_type": "must be text, not {value}",
    **dict.fromkeys(("tuple_type", "list_type"), "must be a list, not {value}"),
    **dict.fromkeys(("model_type", "dict_type", "mapping_type"), "must be a mapping, not {value}"),
    "greater_than": "must be greater than {gt}, not {value}",
    "greater_than_equal": "must be at least {ge}, not {value}",
    "less_than": "must be less than {lt}, not {value}",
    "less_than_equal": "must be at most {le}, not {value}",
    "problem": "{message}",
    "unknown_key": "{message}",
    "value_error": "{error}",
}


def explain(error: ErrorDetails, keys: Mapping[KeyPath, Sequence[str]]) -> str:
    """Return the message for one error of a validation.

    `error`: as Pydantic describes it.
    `keys`: by path; the valid keys of each section, for suggestions.
    """
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _misplaced_key(path_of(error), keys)
    if kind == "literal_error":
        words = re.findall("'([^']*)'", error["ctx"]["expected"])
        advice = did_you_mean(given, words) if isinstance(given, str) else ""
        listed = ", ".join(words)
        return f"must be one of {listed}, not {show_value(given)}. {advice}".rstrip(". ")
    # A limit that is a whole number is written without a point.
    context = {
        name: f"{each:g}" if isinstance(each, float) else each
        for name, each in error.get("ctx", {}).items()
    }
    message = _WORDING.get(kind, "cannot be {value}").format(value=show_value(given), **context)
    is_unquoted = kind == "string_type" and isinstance(given, bool | int | float)
    return f"{message}: put it in quotes" if is_unquoted else message


def path_of(error: ErrorDetails) -> KeyPath:
    """Return the path of an error in a config, where options stand beside the name."""
    *within, last = error["loc"] or (None,)
    return (*(key for key in within if key != "options"), *([] if last is None else [last]))


def is_about_key(error: ErrorDetails) -> bool:
    """Return whether the key is wrong, rather than its value."""
    return error["type"] in {"extra_forbidden", "unknown_key"}


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Return the message for an unknown key, with the nearest known one."""
    return f"unknown key. {advice_for(key, known)}"


def show_path(path: KeyPath) -> str:
    """Return a path as text.

    Examples
    --------
    >>> show_path(("inits", 2, "std"))
    'inits[2].std'
    """
    parts = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        else:
            parts.append(f".{key if _PLAIN_KEY.fullmatch(key) else show_value(key)}")
    return "".join(parts).removeprefix(".")


def show_value(value: object) -> str:
    """Return a value as text: the kind of a collection, and any other value in full or shortened.

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
    """Return a text, cut if it is longer than `limit`."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _misplaced_key(path: KeyPath, keys: Mapping[KeyPath, Sequence[str]]) -> str:
    """Return the message for an unknown key, which may be a key of another section."""
    *within, key = path
    section = tuple(each for each in within if isinstance(each, str))
    elsewhere = [other for other, known in keys.items() if key in known and other != section]
    if not elsewhere:
        return unknown_key(str(key), keys[section])
    # Sections inside this one come first, then short paths; `inits` has options of every scheme.
    nearest = min(
        elsewhere,
        key=lambda other: (other[: len(section)] != section, other == ("inits",), len(other)),
    )
    return f"unknown key. Did you mean {show_path((*nearest, key))!r}?"
