"""A film: decision boundaries while networks train, as a GIF that any slide can show."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from initbench.arrays import FloatArray, IntArray
from initbench.plots.boundaries import decision_boundaries, draw_field, name_panel
from initbench.plots.page import MARGIN
from initbench.plots.palette import look
from initbench.plots.panels import BoundaryPanel
from initbench.plots.style import INK, TITLE_SIZE, house_style
from initbench.plots.text import wrap

DPI: Final = 100
COLOURS: Final = 64
PAPER: Final = "#ffffff"
FRAME_MS: Final = 250
LAST_MS: Final = 2500


def boundary_film(
    frames: Sequence[Sequence[BoundaryPanel]],
    grid_x: FloatArray,
    grid_y: FloatArray,
    points: FloatArray,
    point_labels: IntArray,
    *,
    epochs: Sequence[float],
    title: str,
    scaling: str,
) -> bytes:
    """Return a GIF of one picture an epoch, that begins anew when it is over.

    Parameters
    ----------
    frames : sequence of F sequences of BoundaryPanel
        The same schemes in each.
    epochs : sequence of F numbers
    grid_x, grid_y, points, point_labels, title, scaling
        As `decision_boundaries` takes them.
    """
    with house_style():
        page = decision_boundaries(
            frames[0], grid_x, grid_y, points, point_labels, title=title, scaling=scaling
        )
        reel = _Reel(page, len(frames[0]))
        images = []
        for panels, epoch in zip(frames, epochs, strict=True):
            for axes, panel in zip(reel.panels, panels, strict=True):
                for artist in (*axes.images, *axes.collections, *axes.texts):
                    artist.remove()
                draw_field(axes, panel, grid_x, grid_y)
                name_panel(axes, panel, axes.get_position().width * page.get_size_inches()[0])
            images.append(reel.picture(f"{title}, epoch {epoch:g}"))
    classes = [look(int(label)).colour for label in np.unique(point_labels)]
    return _gif(images, [PAPER, INK, *classes])


class _Reel:
    """A page of which only the panels and the title are drawn anew for each picture."""

    def __init__(self, page: Figure, panels: int) -> None:
        page.set_dpi(DPI)
        self.panels = page.axes[:panels]
        self._title, self._width = page.texts[0], page.get_size_inches()[0] - 2 * MARGIN
        self._canvas: Any = cast("Any", FigureCanvasAgg(page))
        self._show(is_shown=False)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(page.bbox)
        self._show(is_shown=True)

    def picture(self, title: str) -> Image.Image:
        """Return the page with its panels as they are now."""
        self._title.set_text("\n".join(wrap(title, TITLE_SIZE, self._width)))
        self._canvas.restore_region(self._still)
        renderer = self._canvas.get_renderer()
        for artist in self._moving():
            artist.draw(renderer)
        return Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3].copy())

    def _moving(self) -> Iterator[Artist]:
        """Yield what changes, and what would be painted over, from the lowest to the highest."""
        yield self._title
        for axes in self.panels:
            yield axes.patch  # grey where a network has no opinion left
            yield from (*axes.images, *axes.collections, *axes.lines, *axes.spines.values())
            yield from (each for each in axes.get_children() if isinstance(each, Text))

    def _show(self, *, is_shown: bool) -> None:
        for artist in self._moving():
            artist.set_visible(is_shown)


def _gif(images: Sequence[Image.Image], kept: Sequence[str]) -> bytes:
    """Return a GIF whose pictures share one palette, with some colours as they are."""
    exact = np.rint(255 * np.array([to_rgb(colour) for colour in kept])).astype(np.uint8)
    palette = _palette(images[:: max(len(images) // 4, 1)], exact)
    first, *others = (_in_colours(image, palette, exact) for image in images)
    file = BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=others,
        duration=[*[FRAME_MS] * len(others), LAST_MS],
        loop=0,
    )
    return file.getvalue()


def _palette(images: Sequence[Image.Image], exact: NDArray[np.uint8]) -> Image.Image:
    """Return colours for all pictures, first those that are to be exact."""
    shown = np.concatenate([np.asarray(image) for image in images])
    found = Image.fromarray(shown).quantize(COLOURS - len(exact), Image.Quantize.MEDIANCUT)
    palette = Image.new("P", (1, 1))
    # Pillow 10.0 returns 256 colours: those that it found, and black.
    palette.putpalette([*exact.ravel().tolist(), *(found.getpalette() or [])][: 3 * COLOURS])
    return palette


def _in_colours(image: Image.Image, palette: Image.Image, exact: NDArray[np.uint8]) -> Image.Image:
    """Return a picture in these colours; Pillow alone would only come near to the exact ones."""
    places = np.array(image.quantize(palette=palette, dither=Image.Dither.NONE))
    pixels = np.asarray(image)
    for place, colour in enumerate(exact):
        places[(pixels == colour).all(axis=-1)] = place
    found = Image.fromarray(places)
    found.putpalette(palette.getpalette() or [])
    return found
