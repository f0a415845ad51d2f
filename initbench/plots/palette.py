"""Colours, dashes and markers: a scheme looks the same in every figure, by its place.

The colours are Petroff's ten, found by a search over what people with and without colour vision
deficiencies can tell apart and what others rated as pleasing. Dashes and markers say the same
again, for print in grey and for the schemes after the tenth.

References
----------
Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270 (2021), table 1.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Dashes: TypeAlias = Literal["solid"] | tuple[float, tuple[float, ...]]

COLOURS: Final = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MOST_BANDS: Final = 3
"""Schemes up to which bands that theory expects can be told apart."""

DASHES: Final[tuple[Dashes, ...]] = (
    "solid",
    (0, (5, 1.5)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (1.5, 1.2)),
)
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")


@dataclass(frozen=True)
class Look:
    """How one scheme, or one class, is drawn."""

    colour: str
    dashes: Dashes
    marker: str


def look(place: int) -> Look:
    """Return the look of the scheme or class at a place, from 0.

    No two of the first forty share both colour and dashes, nor of the first hundred and ten both
    colour and marker.
    """
    # Ten colours and four dashes would meet again after twenty places; a shift makes it forty.
    dashes = DASHES[(place + place // 20) % len(DASHES)]
    return Look(COLOURS[place % len(COLOURS)], dashes, MARKERS[place % len(MARKERS)])
