"""One style for all figures, however the reader's own Matplotlib is configured.

A figure is made and rendered within `house_style`, which starts from Matplotlib's defaults, not
from what a ``matplotlibrc`` or a notebook has made of them, and leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
import numpy as np

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


@contextmanager
def house_style(text_size: float = TEXT_SIZE) -> Iterator[None]:
    """Draw within in the style of all figures, with texts of so many points.

    What overflows on its way to the paper is not finite, and Matplotlib draws nothing there.
    """
    settings: dict[Any, Any] = {
        key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault.keys() - _NOT_STYLE
    }
    style = mpl.rc_context(settings | _SETTINGS | {"font.size": text_size})
    with style, np.errstate(all="ignore"):
        yield
