"""Rendering: the same bytes everywhere, whatever Matplotlib is set to."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from initbench.errors import UsageError
from initbench.figures.drawing import draw, render

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
from hashlib import sha256
sys.path.insert(0, sys.argv[1])
from tests.figures.conftest import MAKE
from initbench.figures.drawing import draw, render
for make in MAKE.values():
    figure = draw(make(3))
    print(*[sha256(render(figure, form)).hexdigest() for form in ("png", "svg", "pdf")])
"""


def digests(figure):
    """Return what the bytes of a figure hash to, in each format."""
    return [sha256(render(figure, form)).hexdigest() for form in FORMATS]


def test_rendering_again_gives_the_same_bytes(make):
    """Neither a second figure nor a second rendering of one differs."""
    figure = draw(make(3))
    assert digests(figure) == digests(figure) == digests(draw(make(3)))


def test_another_process_gives_the_same_bytes():
    """Hashes of two processes with different hash seeds agree in every figure and format."""
    command = [sys.executable, "-c", IN_A_PROCESS, str(Path(__file__).parents[2])]
    outputs = [
        subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"})
    ]
    assert outputs[0] == outputs[1]
    hashes = outputs[0].split()
    assert len(set(hashes)) == len(hashes) >= 12


def test_settings_of_the_reader_neither_matter_nor_change(make):
    """A matplotlibrc that turns everything over leaves the bytes, and is left as it was."""
    expected = digests(draw(make(3)))
    with mpl.rc_context(HOSTILE_SETTINGS):
        before = dict(mpl.rcParams)
        assert digests(draw(make(3))) == expected
        assert dict(mpl.rcParams) == before


def test_pyplot_is_never_loaded():
    """No figure needs a window system, nor leaves a figure open."""
    code = "import sys; from initbench.figures.drawing import *; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib.figure" in done.stdout
    assert "matplotlib.pyplot" not in done.stdout


@pytest.mark.parametrize("count", [1, 40])
def test_an_svg_is_sound_whatever_labels_hold(make, count):
    """It is XML without a script, without what a label smuggles in, and of a bearable size."""
    data = render(draw(make(count)), "svg")
    root = ET.fromstring(data)  # noqa: S314 - it is ours
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "img", "foreignObject"}
    assert len(data) < 3_000_000


def test_a_png_has_the_size_of_the_page(make):
    """There are 150 pixels to an inch."""
    figure = draw(make(3))
    data = render(figure, "png")
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    assert [width, height] == pytest.approx(figure.get_size_inches() * 150, abs=1)


@pytest.mark.parametrize("form", ["gif", "PNG", "", "png\n", "../png"])
def test_unknown_formats_are_refused(form):
    """What is no format is named, with what is."""
    with pytest.raises(UsageError, match=r"Known: png, svg, pdf\."):
        render(Figure(), form)
