"""The style of all figures, independent of the user's Matplotlib configuration.

A figure is made and rendered within `house_style`, which starts from Matplotlib's defaults, not
from what a ``matplotlibrc`` or a notebook has made of them, and leaves nothing behind.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

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
    "axes.titley": 1.0,  # no ticks are above a panel, so titles need not look for them
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
    """Use the style of all figures within a block, with this text size in points.

    Numbers that overflow while drawing are not finite, and Matplotlib draws nothing there.
    """
    settings: dict[Any, Any] = {
        key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault.keys() - _NOT_STYLE
    }
    style = mpl.rc_context(settings | _SETTINGS | {"font.size": text_size})
    with style, np.errstate(all="ignore"):
        yield


def render(figure: Figure, format: str, dpi: float = DPI) -> bytes:  # noqa: A002 - its usual name
    """Return the figure as a file of a format.

    `format`: ``"png"``, ``"svg"`` or ``"pdf"``.
    `dpi`: pixels an inch, where there are pixels.

    Raises `UsageError` if there is no such format.
    """
    if format not in _RENDERERS:
        known = ", ".join(_RENDERERS)
        raise UsageError(f"figures cannot be written as {format!r}. Known: {known}.")
    with house_style():
        return _RENDERERS[format](figure, dpi)


# `Figure.savefig` draws twice, the first time to find a layout, which these figures have already.
def _png(figure: Figure, dpi: float) -> bytes:
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    file = BytesIO()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]  # pages are opaque
    Image.fromarray(pixels).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def _svg(figure: Figure, dpi: float) -> bytes:
    figure.set_dpi(dpi)
    file = BytesIO()
    images = [image for axes in figure.axes for image in axes.images]
    for image in images:
        image.set_interpolation("none")  # its own pixels, where a PNG has those of the page
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(file, metadata={"Date": None, "Creator": None})
    for image in images:
        image.set_interpolation("bilinear")
    return file.getvalue()


def _pdf(figure: Figure, dpi: float) -> bytes:
    file = BytesIO()
    metadata = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    figure.savefig(file, format="pdf", dpi=dpi, metadata=metadata)
    return file.getvalue()


_RENDERERS: Final[Mapping[str, Callable[[Figure, float], bytes]]] = {
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
}
"""No format notes the day or the program."""
