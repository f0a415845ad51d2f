"""What a failed validation means, in a config's own words.

Pydantic tells what it expected of an input. Who wrote a config wants to know what its keys may be.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from pydantic_core import ErrorDetails

from initbench.config.experiment import Experiment
from initbench.config.sections import Choice, Section
from initbench.config.wording import KeyPath, show_path, show_value, unknown_key
from initbench.registry import did_you_mean

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


def explain(error: ErrorDetails) -> str:
    """Say what is wrong with one value or key."""
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown_key(path_of(error))
    if kind == "literal_error":
        return _unknown_word(given, re.findall("'([^']*)'", error["ctx"]["expected"]))
    context = {name: _plain(each) for name, each in error.get("ctx", {}).items()}
    message = _WORDING.get(kind, "cannot be {value}").format(value=show_value(given), **context)
    is_unquoted = kind == "string_type" and isinstance(given, bool | int | float)
    return f"{message}: put it in quotes" if is_unquoted else message


def path_of(error: ErrorDetails) -> KeyPath:
    """Return where a user finds what is wrong: options stand beside the name."""
    *within, last = error["loc"] or (None,)
    return (*(key for key in within if key != "options"), *([] if last is None else [last]))


def is_about_key(error: ErrorDetails) -> bool:
    """Tell whether the key is wrong, and not its value."""
    return error["type"] in {"extra_forbidden", "unknown_key"}


def _plain(limit: object) -> object:
    """Return a limit without the point that a whole number needs none of."""
    return f"{limit:g}" if isinstance(limit, float) else limit


def _unknown_word(given: object, words: Sequence[str]) -> str:
    advice = did_you_mean(given, words) if isinstance(given, str) else ""
    return f"must be one of {', '.join(words)}, not {show_value(given)}. {advice}".rstrip(". ")


def _unknown_key(path: KeyPath) -> str:
    *within, key = path
    section = tuple(each for each in within if isinstance(each, str))
    elsewhere = [other for other, keys in _KEYS.items() if key in keys and other != section]
    if elsewhere:
        nearest = min(
            elsewhere,
            key=lambda other: (other[: len(section)] != section, other == ("inits",), len(other)),
        )
        return f"unknown key. Did you mean {show_path((*nearest, key))!r}?"
    return unknown_key(str(key), _KEYS[section])


def _keys_of(section: type[Section], path: KeyPath = ()) -> dict[KeyPath, Sequence[str]]:
    """Return the keys of a section and of the sections in it."""
    if issubclass(section, Choice):
        return {path: [*section.keys, *_options_of(section)]}
    found: dict[KeyPath, Sequence[str]] = {path: list(section.model_fields)}
    for name, field in section.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                found |= _keys_of(kind, (*path, name))
    return found


def _options_of(choice: type[Choice]) -> set[str]:
    """Return what some entry that the section can name can be given."""
    return {name for entry in choice.registry.values() for name in entry.options}


_KEYS: Final[Mapping[KeyPath, Sequence[str]]] = _keys_of(Experiment)
