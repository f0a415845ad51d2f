"""Which files figures are drawn in: their formats and sizes."""

from dataclasses import dataclass
from typing import Final

from initbench.errors import UsageError

FOLDER: Final = "plots"
"""Where figures are, in the results folder."""

FORMATS: Final = ("png", "svg", "pdf")
SIZE_NAMES: Final = ("page", "column", "slide")


@dataclass(frozen=True)
class Pictures:
    """The files in which figures are drawn: their formats and sizes.

    Attributes
    ----------
    formats : tuple of str
        Of ``png``, ``svg`` and ``pdf``.
    sizes : tuple of str
        Of ``page``, ``column`` and ``slide``.
    titles : bool
        Whether pages and slides have titles and notes; without, use the captions.

    Raises
    ------
    UsageError
        There is no such format or size.
    """

    formats: tuple[str, ...] = ("png", "svg")
    sizes: tuple[str, ...] = ("page",)
    titles: bool = True

    def __post_init__(self) -> None:
        for what, given, known in (
            ("format", self.formats, FORMATS),
            ("size", self.sizes, SIZE_NAMES),
        ):
            unknown = [name for name in given if name not in known]
            if unknown or not given:
                found = ", ".join(map(repr, unknown)) or "nothing"
                raise UsageError(f"unknown {what} of figures: {found}. Known: {', '.join(known)}.")


DEFAULT: Final = Pictures()
