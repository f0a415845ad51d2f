"""Animation: decision boundaries while networks train, as a GIF that any slide can show.

Axes, points and titles are drawn once, by Matplotlib, on a transparent ground. A frame consists of
indices into the palette of the GIF: of the fields, of what is drawn over them, and of the few texts
that change, which Pillow writes.
"""

from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.figures.drawing.marks import STRENGTH
from initbench.figures.drawing.page import SIZES, draw
from initbench.figures.drawing.style import INK, NOTHING, house_style
from initbench.figures.palette import COLOURS
from initbench.figures.records import Field, Figure

DPI: Final = 100
FRAME_MS: Final = 250
LAST_MS: Final = 2500

_BLANK: Final = "\N{NO-BREAK SPACE}"
"""A title that takes a line and shows nothing, in the place of a text that changes."""

_GREYS: Final = 32
_INK_LEVEL: Final = round(255 * to_rgb(INK)[0])
"""Levels of grey in the palette of the GIF, and that of texts, from 0 to 255."""

_SHADES: Final = 24
"""Levels of each class's colour that the palette of the GIF has."""

_LINE: Final = 0.012
"""Inches to either side of a boundary that are drawn dark."""


def animate(figure: Figure) -> bytes:
    """Return a GIF of the frames of a figure's fields, which starts again at its end.

    `figure`: whose panels have a `Field` each, all with the same epochs.
    """
    fields = [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, Field)]
    still, boxes = _still(figure)
    palette = _Palette(max(2, fields[0].frames.shape[1]))
    opacity = still[..., 3]
    page = np.full_like(opacity, palette.greys[255])
    inked = np.nonzero(opacity)
    alpha = opacity[inked][:, np.newaxis] / 255
    page[inked] = palette.nearest(255 * (1 - alpha) + still[inked][:, :3] * alpha)
    panels = []
    for left, top, right, bottom in boxes:
        box = np.s_[top:bottom, left:right]
        at = np.nonzero((opacity[box] > 0) & (opacity[box] < 255))
        alpha = opacity[box][at][:, np.newaxis] / 255
        panels.append((box, opacity[box] == 0, at, 1 - alpha, still[box][at][:, :3] * alpha))
    images = []
    for frame, epoch in enumerate(fields[0].epochs):
        indices = page.copy()
        _write(indices, f"epoch {epoch:g}", (page.shape[1] - 12, 8), "ra", palette)
        for field, (left, top, _, _) in zip(fields, boxes, strict=True):
            _write(indices, field.titles[frame], (left, top - 6), "ls", palette)
        for field, (box, clear, at, through, over) in zip(fields, panels, strict=True):
            seen = indices[box]
            ground = palette.field(field.frames[frame], seen.shape[1], seen.shape[0])
            np.copyto(seen, ground, where=clear)
            seen[at] = palette.nearest(palette.colours[ground[at]] * through + over)
        image = Image.fromarray(indices)
        image.putpalette(palette.colours.ravel().tolist())
        images.append(image)
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


def _write(
    indices: NDArray[np.uint8], text: str, place: tuple[int, int], anchor: str, palette: "_Palette"
) -> None:
    """Write a text on the white of a frame."""
    left, top, right, bottom = (int(each) for each in _font().getbbox(text, anchor=anchor))
    blank = Image.new("L", (right - left, bottom - top), 255)
    ImageDraw.Draw(blank).text((-left, -top), text, _INK_LEVEL, _font(), anchor)
    seen = indices[place[1] + top :, place[0] + left :][: blank.height, : blank.width]
    levels = np.asarray(blank)[: seen.shape[0], : seen.shape[1]]
    np.copyto(seen, palette.greys[levels], where=levels < 255)


@cache
def _font() -> ImageFont.FreeTypeFont:
    path = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(path), round(SIZES["page"].text * DPI / 72))


class _Palette:
    """The colours of all frames: greys for texts, the classes', and shades of each class.

    Attributes
    ----------
    colours : ndarray of shape (at most 256, 3)
        From 0 to 255.
    greys : ndarray of shape (256,)
        Index of each level of grey.
    """

    def __init__(self, classes: int) -> None:
        self._shades = max(min(_SHADES, 200 // classes), 2)
        strengths = np.linspace(0.0, STRENGTH, self._shades)[:, np.newaxis]
        names = [np.array(to_rgb(COLOURS[place % len(COLOURS)])) for place in range(classes)][:100]
        greys = np.linspace(0, 1, _GREYS)[:, np.newaxis] * np.ones(3)
        exact = [np.array(to_rgb(each)) for each in (INK, NOTHING)]
        parts = [greys, exact, names[:20], *(1 - strengths * (1 - name) for name in names)]
        self.colours = np.rint(255 * np.concatenate(parts)).astype(np.uint8)
        self.greys = np.rint(np.linspace(0, _GREYS - 1, 256)).astype(np.uint8)
        self._ink, self._nothing = _GREYS, _GREYS + 1
        self._first = _GREYS + len(exact) + len(names[:20])
        self._classes = len(names)
        self._image = Image.new("P", (1, 1))
        self._image.putpalette(self.colours.ravel().tolist())

    def nearest(self, colours: FloatArray) -> NDArray[np.uint8]:
        """Return the index of the colour nearest to each of many, from 0 to 255, ``(…, 3)``."""
        pixels = np.rint(colours).astype(np.uint8).reshape(1, -1, 3)
        image = Image.fromarray(pixels).quantize(palette=self._image, dither=Image.Dither.NONE)
        return np.asarray(image).reshape(colours.shape[:-1])

    def field(self, probabilities: FloatArray, width: int, height: int) -> NDArray[np.uint8]:
        """Return the indices of a field's colours, and of the line where two classes are equal.

        `probabilities`: shape (C, G, G); of class 1, or of each of K > 2 classes.
        `width`, `height`: pixels of the panel.
        """
        if not np.isfinite(probabilities).all():
            return np.full((height, width), self._nothing, np.uint8)
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
        if len(fine) == 1:
            place: IntArray | BoolArray = fine[0] > 0.5
            certainty = np.abs(2 * fine[0] - 1)
        else:
            chance = 1 / len(fine)
            place = fine.argmax(axis=0) % self._classes
            certainty = (fine.max(axis=0) - chance) / (1 - chance)
        shades = np.rint((self._shades - 1) * np.clip(certainty, 0, 1)).astype(np.uint8)
        indices = np.asarray(self._first + self._shades * place + shades, np.uint8)
        if len(fine) == 1:
            is_one = place
            is_edge = np.zeros((height, width), bool)
            reach = max(round(_LINE * DPI), 1)
            is_edge[reach:] |= is_one[reach:] != is_one[:-reach]
            is_edge[:, reach:] |= is_one[:, reach:] != is_one[:, :-reach]
            is_edge[:reach] = is_edge[:, :reach] = False
            indices[is_edge] = self._ink
        return indices


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
