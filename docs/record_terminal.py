# /// script
# requires-python = ">=3.11"
# dependencies = ["click>=8.1", "pillow>=10", "pyte>=0.8"]
# ///
"""Record a command in a terminal as a GIF: ``uv run docs/record_terminal.py [OUTPUT]``.

The command runs in a pseudo-terminal, so the GIF shows what a user sees, the progress line
included. pyte interprets the control sequences and Pillow draws the screen. A pause of more than
`LONGEST` is shortened, so the GIF is faster than the command.

Without initbench in the environment of this script, INITBENCH names the program to record.
"""  # a script, not a package

import os
import pty
import shlex
import struct
import tempfile
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Any, Final

import click
import pyte
from PIL import Image, ImageDraw, ImageFont

ROOT: Final = Path(__file__).parents[1]
OUTPUT: Final = ROOT / "docs" / "terminal.gif"
COMMAND: Final = "initbench compare --inits zeros,random,he"

COLUMNS: Final = 80
ROWS: Final = 21
FONT_SIZE: Final = 15  # pixels
LINE_HEIGHT: Final = 20  # pixels
MARGIN: Final = 14  # pixels

TYPING: Final = 0.05  # seconds per character
INTERVAL: Final = 0.2  # seconds between two frames
LONGEST: Final = 0.6  # seconds that a frame is shown, but for the last one
LAST: Final = 8.0  # seconds that the result is shown

BACKGROUND: Final = "#1e1e2e"
FOREGROUND: Final = "#e4e4ef"
FAINT: Final = "#8a8aa0"
COLOURS: Final = {"red": "#ff8095", "green": "#8fe08f", "brown": "#f5d67b", "blue": "#89b4fa"}
"""Colours of a terminal by the names of pyte, which calls yellow brown."""

Frame = tuple[Image.Image, float]


@click.command()
@click.argument("output", default=OUTPUT, type=click.Path(dir_okay=False, path_type=Path))
def main(output: Path) -> None:
    """Record the command, and write the GIF to OUTPUT."""
    frames = [*typed(COMMAND), *recorded(COMMAND)]
    palette = frames[-1][0].quantize(64, Image.Quantize.FASTOCTREE)  # keeps rare colours
    images = [image.quantize(palette=palette) for image, _ in frames]
    durations = [min(LONGEST, seconds) for _, seconds in frames[:-1]] + [LAST]
    images[0].save(
        output,
        save_all=True,
        append_images=images[1:],
        duration=[round(1000 * seconds) for seconds in durations],
        loop=0,
        optimize=True,
    )
    print(f"{output}: {len(images)} frames, {output.stat().st_size / 1000:.0f} kB")  # noqa: T201


class Screen(pyte.Screen):  # type: ignore[misc]
    """A screen that remembers which text is faint, for which pyte has no attribute."""

    def select_graphic_rendition(self, *attributes: int, **kwargs: Any) -> None:
        """Show faint text (attribute 2) in a colour of its own."""
        super().select_graphic_rendition(*attributes, **kwargs)
        if 2 in attributes:
            self.cursor.attrs = self.cursor.attrs._replace(fg="faint")


def typed(command: str) -> Iterator[Frame]:
    """Yield frames in which the command is typed."""
    for end in range(0, len(command) + 1, 2):
        yield drawn(_screen(f"$ {command[:end]}")), 2 * TYPING


def recorded(command: str) -> Iterator[Frame]:
    """Yield the frames of a command that runs, with the seconds for which each was seen."""
    screen = _screen(f"$ {command}\r\n")
    stream = pyte.ByteStream(screen)
    program = shlex.split(os.environ.get("INITBENCH", "initbench"))
    arguments = [*program, *shlex.split(command)[1:]]
    with tempfile.TemporaryDirectory() as folder:
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
            os.execvp(arguments[0], arguments)  # noqa: S606  # the command above
        ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        shown, image = time.monotonic(), drawn(screen)
        while data := _read(terminal):
            stream.feed(data)
            if (seconds := time.monotonic() - shown) >= INTERVAL:
                yield image, seconds
                shown, image = time.monotonic(), drawn(screen)
        yield image, time.monotonic() - shown
        os.waitpid(process, 0)
    yield drawn(screen), LAST


def _read(terminal: int) -> bytes:
    """Return what was written, or nothing once the program has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other side is closed
        return b""


def _screen(text: str) -> Screen:
    screen = Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(text)
    return screen


def drawn(screen: Screen) -> Image.Image:
    """Return a picture of a screen."""
    font = _font("DejaVuSansMono.ttf")
    bold = _font("DejaVuSansMono-Bold.ttf")
    advance = font.getlength("m")
    size = (round(COLUMNS * advance) + 2 * MARGIN, ROWS * LINE_HEIGHT + 2 * MARGIN)
    image = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(image)
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            place = (MARGIN + column * advance, MARGIN + row * LINE_HEIGHT)
            colour = FAINT if cell.fg == "faint" else COLOURS.get(cell.fg, FOREGROUND)
            draw.text(place, cell.data, colour, bold if cell.bold else font)
    return image


def _font(name: str) -> ImageFont.FreeTypeFont:
    """Return a font that Matplotlib brings, or that the system has."""
    try:
        import matplotlib as mpl
    except ImportError:
        return ImageFont.truetype(name, FONT_SIZE)
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, FONT_SIZE)


if __name__ == "__main__":
    main()
