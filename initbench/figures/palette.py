"""Colours, dashes and markers: how a scheme or a class looks, the same in every figure.

The colours are Petroff's ten, found by a search over what people with and without colour vision
deficiencies can distinguish and what others rated as pleasing. A look is the index of a colour,
dashes and a marker: the first ten looks have ten colours, the next ten the same colours dashed, and
so on. Renderers take all three from here.

References
----------
Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270 (2021), table 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from zlib import crc32

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
DASHES: Final[tuple[Dashes, ...]] = (
    "solid",
    (0, (5, 1.5)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (1.5, 1.2)),
)
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")

MOST_BANDS: Final = 10
"""Series in one panel up to which bands are drawn; more of them cover one another."""

RAMPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sequential": (
        "#440154",
        "#472d7b",
        "#3b528b",
        "#2c728e",
        "#21918c",
        "#28ae80",
        "#5ec962",
        "#addc30",
        "#fde725",
    ),
    "diverging": (
        "#053061",
        "#2166ac",
        "#4393c3",
        "#92c5de",
        "#d1e5f0",
        "#f7f7f7",
        "#fddbc7",
        "#f4a582",
        "#d6604d",
        "#b2182b",
        "#67001f",
    ),
    "grey": ("#ffffff", "#000000"),
}
"""Colours of maps from the low end to the high one, evenly spaced and mixed between: viridis, and
ColorBrewer's RdBu from blue to red. The sequential one only ever gets lighter."""

FAMILIES: Final = ("he", "random", "glorot", "zeros", "orthogonal", "lecun")
"""The most used families of schemes, each of which has the colour at its place."""

_RESERVED: Final = len(FAMILIES)


@dataclass(frozen=True)
class Look:
    """How one series is drawn."""

    colour: str
    dashes: Dashes
    marker: str


def look(place: int) -> Look:
    """Return the look of an index, from 0; no two of the first 440 are alike."""
    return Look(
        COLOURS[place % len(COLOURS)],
        DASHES[place // len(COLOURS) % len(DASHES)],
        MARKERS[place % len(MARKERS)],
    )


def scheme_looks(names: Mapping[str, str]) -> dict[str, int]:
    """Return the look of each scheme of an experiment.

    A scheme of `FAMILIES` has the colour of its family in every experiment. Any other takes a
    colour that its label determines, or the next one that is free: first of the colours without a
    family, then of families that are absent, then dashed.

    `names`: by label, the canonical name of the scheme, in the order of the config.

    Examples
    --------
    >>> scheme_looks({"small": "random", "mine": "he_normal"})
    {'small': 1, 'mine': 0}
    """
    looks: dict[str, int] = {}
    for label, name in names.items():
        family = family_of(name)
        if family in FAMILIES and FAMILIES.index(family) not in looks.values():
            looks[label] = FAMILIES.index(family)
    free = len(COLOURS) - _RESERVED
    for label in names:
        if label in looks:
            continue
        first = crc32(label.encode("utf-8", "replace")) % free
        wanted = [_RESERVED + (first + step) % free for step in range(free)]
        wanted += [*range(_RESERVED), *range(len(COLOURS), len(COLOURS) + len(names))]
        looks[label] = next(each for each in wanted if each not in looks.values())
    return {label: looks[label] for label in names}


def family_of(name: str) -> str:
    """Return the family of a scheme: its name without the law and without a framework.

    >>> family_of("he_uniform"), family_of("keras:glorot_normal"), family_of("lsuv")
    ('he', 'glorot', 'lsuv')
    """
    plain = re.sub(r"_(normal|uniform)$", "", name.rpartition(":")[2])
    return {"normal": "random", "uniform": "random", "kaiming": "he", "xavier": "glorot"}.get(
        plain, plain
    )


def to_json() -> dict[str, Any]:
    """Return the palette as plain values, for renderers in other languages."""
    return {
        "colours": list(COLOURS),
        "dashes": [[] if each == "solid" else list(each[1]) for each in DASHES],
        "markers": list(MARKERS),
        "ramps": {name: list(colours) for name, colours in RAMPS.items()},
    }
