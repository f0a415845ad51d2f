"""Text that fits: measured in its font, and shortened or wrapped to a width.

Labels of schemes can be any text. Here they become one line, with a box for every character that
the font does not have, and with an ellipsis where they are too long.
"""

from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.font_manager import get_font
from matplotlib.ft2font import FT2Font

ELLIPSIS: Final = "…"
MISSING: Final = "□"

_EM: Final = 100.0
_POINTS_PER_INCH: Final = 72.0


def printable(text: str) -> str:
    """Return `text` in one line, in characters that the font has."""
    return "".join(_glyph(character) for character in " ".join(text.split()))


def width_of(text: str, size: float) -> float:
    """Return how wide a line of text is, in inches, at a size in points."""
    return sum(map(_advance, text)) * size / _POINTS_PER_INCH


def shorten(text: str, size: float, width: float) -> str:
    """Return `text` in one line, cut to a width in inches."""
    text = printable(text)
    if width_of(text, size) <= width:
        return text
    end = len(text)
    while end and width_of(text[:end].rstrip() + ELLIPSIS, size) > width:
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def wrap(text: str, size: float, width: float) -> list[str]:
    """Return `text` in lines of at most a width in inches, broken between words."""
    lines: list[str] = []
    for whole in printable(text).split():
        word = shorten(whole, size, width)
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


@cache
def _font() -> FT2Font:
    return get_font(str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")))


@cache
def _glyph(character: str) -> str:
    """Return the character, or a box where the font has none or where nothing would be seen."""
    seen = character.isprintable() and _font().get_char_index(ord(character))
    return character if seen else MISSING


@cache
def _advance(character: str) -> float:
    """Return how far a character moves the pen, in units of the font size."""
    font = _font()
    font.set_size(_EM, _POINTS_PER_INCH)
    return font.load_char(ord(character)).linearHoriAdvance / 65536 / _EM
