"""What the Python reference makes of docstrings: an extension of Griffe.

Parameters that share a description are listed one by one, each with its own default; a name in
backticks that the reference has is a link to it; and formulas are written as in the other pages.
"""  # noqa: INP001  # an extension, not a package

import re
from pathlib import Path
from typing import Any, Final

from griffe import Extension, Object

REFERENCE: Final = Path(__file__).with_name("reference")

_OBJECT: Final = re.compile(r"^::: (\S+)$(?!\n.*show_root_heading: false)", re.MULTILINE)

_SHARED: Final = re.compile(r"^(\w+(?:, \w+)+) : (.*(?:\n +.*)*)", re.MULTILINE)
"""Names, separated by commas, with the type and the description that they share."""

_FORMULA: Final = re.compile(r":math:`([^`]+)`")

_NAME: Final = re.compile(r"(?<!`)`(\w+)`(?!`)")


def documented() -> dict[str, str]:
    """Return the path of each object that has a heading in the reference, by its own name."""
    text = "".join(page.read_text("utf-8") for page in REFERENCE.glob("*.md"))
    return {path.rpartition(".")[2]: path for path in _OBJECT.findall(text)}


def readable(docstring: str, paths: dict[str, str]) -> str:
    """Return a docstring in which names stand alone, and lead to where they are documented."""
    apart = _SHARED.sub(lambda shared: _apart(shared[1], shared[2]), docstring)
    apart = _FORMULA.sub(lambda formula: f"${formula[1]}$", apart)
    return _NAME.sub(lambda name: _link(name[1], paths), apart)


class Readable(Extension):
    """Makes every docstring readable, as it is found."""

    def __init__(self) -> None:
        self._paths = documented()

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of an object, if it has one."""
        if obj.docstring:
            obj.docstring.value = readable(obj.docstring.value, self._paths)


def _apart(names: str, rest: str) -> str:
    return "\n".join(f"{name} : {rest}" for name in names.split(", "))


def _link(name: str, paths: dict[str, str]) -> str:
    return f"[`{name}`][{paths[name]}]" if name in paths else f"`{name}`"
