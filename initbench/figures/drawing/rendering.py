"""From a figure to bytes: the same figure gives the same bytes, today and in another process."""

from collections.abc import Mapping
from io import BytesIO
from typing import Final

from matplotlib.figure import Figure

from initbench.errors import UsageError
from initbench.figures.drawing.style import DPI, house_style

_METADATA: Final[Mapping[str, Mapping[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""What a format would note of the day and of the program, and shall not."""


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
