"""Animation: decision boundaries while networks train, as a GIF that any slide can show.

Axes, points and titles are drawn once, by Matplotlib, on a transparent ground. Each frame is the
field below that in plain arrays, and the few texts that change are written by Pillow.
"""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from initbench.arrays import FloatArray
from initbench.figures.drawing.marks import STRENGTH, field_colours
from initbench.figures.drawing.page import SIZES, draw
from initbench.figures.drawing.style import INK, NOTHING, house_style
from initbench.figures.palette import COLOURS
from initbench.figures.records import Field, Figure

DPI: Final = 100
FRAME_MS: Final = 250
LAST_MS: Final = 2500

_BLANK: Final = "\N{NO-BREAK SPACE}"
"""A title that takes a line and shows nothing, in the place of a text that changes."""

_SHADES: Final = 24
"""Levels of each class's colour that the palette of the GIF has."""

_LINE: Final = 0.012
"""Inches to either side of a boundary that are drawn dark."""


@np.errstate(all="ignore")  # frames of a run that diverged
def animate(figure: Figure) -> bytes:
    """Return a GIF of the frames of a figure's fields, which starts again at its end.

    Parameters
    ----------
    figure : Figure
        Whose panels have a `Field` each, all with the same epochs.
    """
    fields = [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, Field)]
    epochs = fields[0].epochs
    still, boxes = _still(figure)
    font = ImageFont.truetype(
        str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")),
        round(SIZES["page"].text * DPI / 72),
    )
    palette = _palette(max(2, fields[0].frames.shape[1]))
    alpha = still[..., 3:] / 255
    ink = still[..., :3] * alpha
    images = []
    for frame, epoch in enumerate(epochs):
        ground = np.full((*still.shape[:2], 3), 255.0)
        for field, (left, top, right, bottom) in zip(fields, boxes, strict=True):
            ground[top:bottom, left:right] = _pixels(field, frame, right - left, bottom - top)
        image = Image.fromarray(np.rint(ground * (1 - alpha) + ink).astype(np.uint8))
        pen = ImageDraw.Draw(image)
        for field, (left, top, _, _) in zip(fields, boxes, strict=True):
            pen.text((left, top - 6), field.titles[frame], INK, font, "ls")
        pen.text((image.width - 12, 8), f"epoch {epoch:g}", INK, font, "ra")
        images.append(image.quantize(palette=palette, dither=Image.Dither.NONE))
    file = BytesIO()
    images[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=[*[FRAME_MS] * (len(images) - 1), LAST_MS],
        loop=0,
    )
    return file.getvalue()


def _still(
    figure: Figure,
) -> tuple[NDArray[np.uint8], list[tuple[int, int, int, int]]]:
    """Return the page without its fields, with transparency, and where its panels are in pixels."""
    with house_style():
        panels = []
        for panel in figure.panels:  # a blank line stands where the result of each frame will
            marks = [
                replace(mark, titles=(_BLANK,)) if isinstance(mark, Field) else mark
                for mark in panel.marks
            ]
            panels.append(replace(panel, marks=tuple(marks)))
        page = draw(replace(figure, panels=tuple(panels)))
        page.set_dpi(DPI)
        page.patch.set_alpha(0.0)
        for axes in page.axes:
            for artist in (*axes.images, *axes.collections):
                artist.remove()
            axes.patch.set_alpha(0.0)
            axes.grid(visible=False)
            axes.spines[:].set_visible(True)
        canvas: Any = cast("Any", FigureCanvasAgg(page))
        canvas.draw()
        still = np.asarray(canvas.buffer_rgba()).copy()
    height = still.shape[0]
    boxes = []
    for axes in page.axes:
        box = axes.get_window_extent()
        left, right = round(box.x0), round(box.x1)
        boxes.append((left, height - round(box.y1), right, height - round(box.y0)))
    return still, boxes


def _pixels(field: Field, frame: int, width: int, height: int) -> FloatArray:
    """Return the colours of a frame at each pixel of its panel, from 0 to 255."""
    probabilities = field.frames[frame]
    if not np.isfinite(probabilities).all():
        return np.broadcast_to(255 * np.array(to_rgb(NOTHING)), (height, width, 3))
    fine = np.stack(
        [
            np.asarray(
                Image.fromarray(each.astype(np.float32)).resize(
                    (width, height), Image.Resampling.BILINEAR
                )
            )[::-1]
            for each in probabilities
        ]
    )
    colours = 255 * field_colours(fine)
    if len(fine) == 1:
        is_one = fine[0] > 0.5
        is_edge = np.zeros((height, width), bool)
        reach = max(round(_LINE * DPI), 1)
        for axis in (0, 1):
            is_edge |= is_one != np.roll(is_one, reach, axis)
        is_edge[:reach] = is_edge[:, :reach] = False
        colours[is_edge] = 255 * np.array(to_rgb(INK))
    return colours


def _palette(classes: int) -> Image.Image:
    """Return the colours of all frames: shades of each class, and of grey for texts."""
    shades = max(min(_SHADES, 200 // classes), 2)
    levels = np.linspace(0.0, STRENGTH, shades)[:, np.newaxis]
    names = [np.array(to_rgb(COLOURS[place % len(COLOURS)])) for place in range(min(classes, 100))]
    colours = [1 - levels * (1 - name) for name in names]
    greys = np.linspace(0, 1, 32)[:, np.newaxis] * np.ones(3)
    exact = [np.array(to_rgb(each)) for each in (INK, NOTHING)]
    every = np.concatenate([greys, exact, names[:20], *colours])[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.rint(255 * every).astype(np.uint8).ravel().tolist())
    return palette
