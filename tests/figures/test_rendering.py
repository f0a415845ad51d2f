"""Rendering: the same bytes everywhere, whatever Matplotlib is set to."""

import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from initbench.errors import UsageError
from initbench.figures.drawing import draw, render
from tests.figures.conftest import MAKE

ROOT = Path(__file__).parents[2]
FORMATS = ("png", "svg", "pdf")
HOSTILE_SETTINGS = {
    "text.usetex": True,
    "text.parse_math": True,
    "font.size": 40,
    "font.family": "no such font",
    "figure.dpi": 17,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 9,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "svg.hashsalt": None,
    "axes.facecolor": "black",
    "axes.spines.bottom": False,
    "image.origin": "upper",
    "lines.marker": "*",
    "path.sketch": (9, 9, 9),
}
IN_A_PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.figures.conftest import MAKE
from tests.figures.test_rendering import digests
from initbench.figures.drawing import draw
for kind in MAKE:
    print(*digests(draw(MAKE[kind](3))))
"""


def digests(figure):
    """Return what the bytes of a figure hash to, in each format."""
    return [sha256(render(figure, form)).hexdigest() for form in FORMATS]


@cache
def drawn(kind):
    """Return a figure of a kind, and the digests of its first rendering."""
    figure = draw(MAKE[kind](3))
    return figure, digests(figure)


@pytest.mark.parametrize("kind", MAKE)
def test_rendering_again_gives_the_same_bytes(kind):
    """A second rendering of a figure does not differ."""
    figure, first = drawn(kind)
    assert digests(figure) == first


@pytest.mark.parametrize("kind", MAKE)
def test_settings_of_the_reader_neither_matter_nor_change(kind):
    """A second figure, under a matplotlibrc that turns everything over, has the same bytes.

    The settings are left as they were.
    """
    _, first = drawn(kind)
    with mpl.rc_context(HOSTILE_SETTINGS):
        before = dict(mpl.rcParams)
        assert digests(draw(MAKE[kind](3))) == first
        assert dict(mpl.rcParams) == before


def test_another_process_gives_the_same_bytes():
    """Hashes in a process with a hash seed and a time zone of its own agree in every format."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
    )
    hashes = [each for kind in MAKE for each in drawn(kind)[1]]
    assert done.stdout.split() == hashes
    assert len(set(hashes)) == len(hashes) >= 12


def test_pyplot_is_never_loaded():
    """No figure needs a window system, nor leaves a figure open."""
    code = "import sys; from initbench.figures.drawing import *; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib.figure" in done.stdout
    assert "matplotlib.pyplot" not in done.stdout


@pytest.mark.parametrize("kind", MAKE)
def test_any_label_gives_a_valid_svg(kind):
    """It is XML without a script, without what a label smuggles in, and of a bearable size.

    All of the hostile labels are among those of 24 schemes.
    """
    data = render(draw(MAKE[kind](24)), "svg")
    root = ET.fromstring(data)  # noqa: S314 - it is ours
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "img", "foreignObject"}
    assert len(data) < 3_000_000


@pytest.mark.parametrize("kind", MAKE)
def test_a_png_has_the_size_of_the_page(kind):
    """There are 150 pixels to an inch."""
    figure, _ = drawn(kind)
    data = render(figure, "png")
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    assert [width, height] == pytest.approx(figure.get_size_inches() * 150, abs=1)


@pytest.mark.parametrize("form", ["gif", "PNG", "", "png\n", "../png"])
def test_unknown_formats_are_refused(form):
    """What is no format is named, with what is."""
    with pytest.raises(UsageError, match=r"Known: png, svg, pdf\."):
        render(Figure(), form)
