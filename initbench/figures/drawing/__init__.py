"""Drawing: figure records as Matplotlib figures, as files of pictures and as GIFs.

This is the one place that knows Matplotlib. It is imported when the first figure is drawn, and what
a figure looks like does not depend on how Matplotlib is configured there.
"""

import initbench.figures.drawing.loading  # noqa: F401  # Matplotlib must be imported quietly first
from initbench.figures.drawing.animation import animate
from initbench.figures.drawing.page import SIZES, draw
from initbench.figures.drawing.style import render

__all__ = ["SIZES", "animate", "draw", "render"]
