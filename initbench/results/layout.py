"""Layout: JSON that people read too, and that a comparison of versions shows line by line.

What holds no more than plain values and lists of them stands in one line, everything else in a line
for each member.
"""

import json
from typing import Any

STEP = "  "


def as_json(value: Any, indent: str = "") -> str:
    """Return a document as text: sorted keys, and no number that is not finite.

    Examples
    --------
    >>> print(as_json({"b": {"ci95": [0.5, 0.75], "n": 2}, "a": [1, 2]}))
    {
      "a": [1, 2],
      "b": {"ci95": [0.5, 0.75], "n": 2}
    }

    Raises
    ------
    ValueError
        A number is not finite.
    """
    if not isinstance(value, dict | list) or _is_short(value):
        return json.dumps(value, sort_keys=True, allow_nan=False)
    inner = indent + STEP
    if isinstance(value, dict):
        members = [f"{json.dumps(key)}: {as_json(value[key], inner)}" for key in sorted(value)]
        return _enclosed("{", members, "}", indent)
    return _enclosed("[", [as_json(each, inner) for each in value], "]", indent)


def _is_short(value: dict[str, Any] | list[Any]) -> bool:
    """Tell whether all members are plain values, or lists of them."""
    members = value.values() if isinstance(value, dict) else value
    return all(not isinstance(each, dict) and not _holds_containers(each) for each in members)


def _holds_containers(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict | list) for each in value)


def _enclosed(opening: str, members: list[str], closing: str, indent: str) -> str:
    lines = ",\n".join(f"{indent}{STEP}{member}" for member in members)
    return f"{opening}\n{lines}\n{indent}{closing}"
