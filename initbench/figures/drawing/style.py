"""One style for all figures, however the reader's own Matplotlib is configured.

A figure is made and rendered within `house_style`, which starts from Matplotlib's defaults, not
from what a ``matplotlibrc`` or a notebook has made of them, and leaves nothing behind.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from initbench.errors import UsageError

DPI: Final = 150

TEXT_SIZE: Final = 9.0
"""Points of most texts of a page; titles are larger, notes and ticks smaller."""

INK: Final = "#222222"
FAINT_INK: Final = "#5f5f5f"
GRID_INK: Final = "#e3e3e3"
NOTHING: Final = "#cccccc"
"""Colour of what is not known."""

# A backend is no matter of style, and to set one would choose it for the whole program.
_NOT_STYLE: Final = {"backend", "backend_fallback", "interactive", "toolbar"}

_SETTINGS: Final[dict[str, Any]] = {
    "figure.dpi": DPI,  # texts and boxes are measured as they will be rendered
    "font.family": "DejaVu Sans",  # comes with Matplotlib
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "axes.edgecolor": FAINT_INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.labelsize": "medium",
    "grid.color": GRID_INK,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT_INK,
    "ytick.color": FAINT_INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "legend.fontsize": "medium",
    "legend.frameon": False,
    "svg.hashsalt": "initbench",  # names of clip paths and markers are otherwise drawn at random
}

_METADATA: Final[Mapping[str, Mapping[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""What a format would note of the day and of the program, and shall not."""


@contextmanager
def house_style(text_size: float = TEXT_SIZE) -> Iterator[None]:
    """Draw within in the style of all figures, with texts of so many points."""
    settings: dict[Any, Any] = {
        key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault.keys() - _NOT_STYLE
    }
    with mpl.rc_context(settings | _SETTINGS | {"font.size": text_size}):
        yield


def render(figure: Figure, format: str, dpi: float = DPI) -> bytes:  # noqa: A002 - its usual name
    """Return the figure as a file of a format.

    Parameters
    ----------
    figure : Figure
    format : str
        ``"png"``, ``"svg"`` or ``"pdf"``.
    dpi : float
        Pixels an inch, where there are pixels.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if format not in _METADATA:
        raise UsageError(f"figures cannot be written as {format!r}. Known: {', '.join(_METADATA)}.")
    file = BytesIO()
    with house_style():
        figure.savefig(file, format=format, dpi=dpi, metadata=_METADATA[format])
    return file.getvalue()
