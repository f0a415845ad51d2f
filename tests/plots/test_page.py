"""Pages: nothing overlaps or leaves them, however many schemes and however long their labels."""

from itertools import combinations

import pytest

from initbench.plots.page import label_for_legend, legend_size
from initbench.plots.style import TEXT_SIZE
from initbench.plots.text import width_of
from tests.plots.conftest import DRAW, DRAW_COLUMNS

TOLERANCE = 1.0
"""Pixels: glyphs are put at whole ones."""


@pytest.fixture(params=DRAW | DRAW_COLUMNS)
def draw(request):
    """Return a function from a count of schemes to a figure, for each kind and width."""
    return (DRAW | DRAW_COLUMNS)[request.param]


def meet(one, other):
    """Tell whether two boxes share more than a line of pixels."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    up = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > TOLERANCE and up > TOLERANCE


@pytest.mark.parametrize("count", [1, 3, 12, 40])
def test_no_two_texts_overlap_and_none_leaves_the_page(draw, read_page, count):
    """The boxes of all texts are apart, and on the page."""
    page = read_page(draw, count)
    assert len(page.texts) > 5
    assert [
        (one.text, other.text)
        for one, other in combinations(page.texts, 2)
        if meet(one.box, other.box)
    ] == []
    width, height = page.figure.bbox.size
    outside = [
        text.text
        for text in page.texts
        if min(text.box.x0, text.box.y0) < 0 or text.box.x1 > width or text.box.y1 > height
    ]
    assert outside == []


@pytest.mark.parametrize("count", [1, 12, 40])
def test_no_text_lies_on_a_frame_but_where_it_is_said_to(draw, read_page, count):
    """Only the word for a diverged run stands within axes."""
    page = read_page(draw, count)
    frames = [axes.get_window_extent() for axes in page.figure.axes]
    within = {text.text for text in page.texts for frame in frames if meet(text.box, frame)}
    assert within <= {"diverged"}


@pytest.mark.parametrize("count", [1, 3, 40])
def test_no_panel_meets_another(draw, read_page, count):
    """Frames are apart, and on the page."""
    figure = read_page(draw, count).figure
    boxes = [axes.get_window_extent() for axes in figure.axes]
    assert not any(meet(one, other) for one, other in combinations(boxes, 2))
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < figure.bbox.x1 for box in boxes)


def test_every_scheme_is_named(draw, read_page):
    """A label, or as much of it as there is room for, is on the page."""
    said = [text.text for text in read_page(draw, 12).texts]
    for place in range(4, 12):
        start = "variance scaling" if (place - 4) % 2 else f"he {place - 4}"
        assert any(text.startswith(start) for text in said)


def test_a_legend_takes_no_more_columns_than_it_has_room_for():
    """Columns are as wide as the widest label; rows are as even as may be."""
    assert legend_size(["ab"] * 3, 8.0) == (3, 1)
    assert legend_size(["ab"] * 40, 0.1) == (1, 40)
    columns, rows = legend_size(["W" * 20] * 7, 8.0)
    assert columns * (width_of("W" * 20, TEXT_SIZE) + 0.45) < 8.0
    assert (columns - 1) * rows < 7 <= columns * rows


def test_a_note_is_never_cut():
    """A label too long is cut before its note, which stays whole."""
    label = label_for_legend("W" * 99, "3 of 10 diverged")
    assert label.endswith("W… (3 of 10 diverged)")
    assert label_for_legend("he") == "he"
