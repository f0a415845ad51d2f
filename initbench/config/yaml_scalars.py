"""What a plain scalar means: the core schema of YAML 1.2 (section 10.3.2).

In it ``1e-3`` is a number, ``no`` is a word, and a date is text.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

MAX_DIGITS: Final = 100
"""Digits of an integer. Longer ones mean nothing here and take time to read."""

INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

Scalar: TypeAlias = bool | int | float | str | None

_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def resolve(text: str) -> Scalar:
    """Return what a plain scalar means.

    Raises
    ------
    ValueError
        It is an integer of more than `MAX_DIGITS` digits.

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
