"""Drawing: everything has room, at every size, for any number of schemes and whatever labels."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.markers import MarkerStyle
from matplotlib.text import Text
from PIL import Image

from initbench.figures.drawing import SIZES, animate, draw, render
from initbench.figures.drawing.marks import break_points, field_colours, place_on, swarm_offsets
from initbench.figures.drawing.style import house_style
from initbench.figures.palette import look
from initbench.figures.records import Axis
from tests.figures.conftest import MAKE


def page_of(kind, count, size):
    """Return a page, and the texts that are drawn on it with their boxes."""
    page, texts = draw(MAKE[kind](count), size), []
    original = Text.draw

    def note(self, renderer, *arguments, **options):
        if self.get_visible() and self.get_text().strip():
            box = self.get_window_extent(renderer)
            texts.append(SimpleNamespace(text=self.get_text(), box=box))
        return original(self, renderer, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch, house_style(SIZES[size].text):
        patch.setattr(Text, "draw", note)
        FigureCanvasAgg(page).draw()
    return SimpleNamespace(page=page, texts=texts)


PAGES = [(kind, count, "page") for kind in MAKE for count in (1, 3, 12)]
PAGES += [(kind, count, size) for kind in MAKE for count in (1, 3) for size in ("column", "slide")]


@pytest.mark.parametrize(("kind", "count", "size"), PAGES)
def test_texts_lie_within_the_page_and_beside_one_another(kind, count, size):
    """Titles, ticks, labels and legend can be read, but for two pixels of a glyph's own margin."""
    found = page_of(kind, count, size)
    width, height = found.page.get_size_inches() * found.page.dpi
    for place, one in enumerate(found.texts):
        assert one.box.x0 > -3, one.text
        assert one.box.y0 > -3, one.text
        assert one.box.x1 < width + 3, one.text
        assert one.box.y1 < height + 3, one.text
        for other in found.texts[:place]:
            across = min(one.box.x1, other.box.x1) - max(one.box.x0, other.box.x0)
            up = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
            assert across < 3 or up < 3, (one.text, other.text)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("count", [1, 12])
def test_a_slide_is_16_to_9_and_a_column_is_small_and_without_a_title(kind, count):
    """1920 × 1080 pixels; 3.5 inches wide and at most 2.6 high."""
    slide = draw(MAKE[kind](count), "slide")
    assert slide.get_size_inches() * SIZES["slide"].dpi == pytest.approx([1920, 1080])
    column = draw(MAKE[kind](count), "column")
    width, height = column.get_size_inches()
    assert width == 3.5
    assert height <= 2.6
    assert not any("Loss: wide" in each.get_text() for each in column.findobj(Text))


def test_a_slide_is_rendered_in_its_own_pixels():
    """A screen shows it without scaling."""
    slide = render(draw(MAKE["lines"](1), "slide"), "png", SIZES["slide"].dpi)
    assert Image.open(as_file(slide)).size == (1920, 1080)


def test_titles_can_be_left_out():
    """The page is then as much less high."""
    record = MAKE["lines"](3)
    with_title, without = draw(record), draw(record, titles=False)
    assert with_title.get_suptitle().startswith("Loss: wide and deep")
    assert without.get_suptitle() == ""
    assert without.get_size_inches()[1] < with_title.get_size_inches()[1]


def test_labels_are_at_the_ends_of_lines_where_they_have_room_and_else_in_the_legend():
    """Few lines that end apart are labelled there; many are not."""
    few, many = page_of("lines", 3, "page"), page_of("lines", 12, "page")
    in_legend = [text.get_text() for text in few.page.legends[0].get_texts()]
    assert "mean-field theory" in in_legend
    assert "he 0" not in in_legend
    assert "he 0" in {each.text for each in few.texts}
    assert len(many.page.legends[0].get_texts()) >= 12


def test_a_legend_has_drawn_series_only():
    """Cells without runs, and cells without a number, have an entry where there are such."""
    from dataclasses import replace

    record = MAKE["maps"](1)
    [panel] = record.panels
    mark, *rules = panel.marks
    whole = replace(mark, values=np.ones((4, 7)), missing=None, crossed=None)
    clean = replace(record, panels=(replace(panel, marks=(whole, *rules)),))
    names = [
        {text.get_text() for text in draw(each).legends[0].get_texts()} for each in (record, clean)
    ]
    assert names[0] - names[1] == {"no runs yet", "every run diverged", "not reached"}
    assert names[1] == {"6 ξc of mean-field theory", "best rate"}


def test_every_row_of_panels_has_the_ticks_of_their_common_axis_on_its_left():
    """The other panels of a row have none."""
    axes = draw(MAKE["maps"](7)).axes[:7]
    firsts = [each.get_subplotspec().is_first_col() for each in axes]
    assert firsts.count(True) > 1
    assert [each.yaxis.get_tick_params()["labelleft"] for each in axes] == firsts


@pytest.mark.parametrize(("count", "columns"), [(4, 4), (6, 3), (7, 4), (12, 4), (13, 5)])
def test_the_number_of_columns_grows_with_the_number_of_fields(count, columns):
    """Fields are square, and more of them are smaller."""
    first = draw(MAKE["fields"](count)).axes[0]
    assert first.get_subplotspec().get_gridspec().ncols == columns


def test_missing_cells_are_hatched():
    """A cell without runs is not the same as one without a number."""
    patches = draw(MAKE["maps"](1)).axes[0].patches
    assert [bool(patch.get_hatch()) for patch in patches] == [True]


@given(st.floats(0.5, 0.52), st.floats(0.88, 1.0))
def test_a_broken_axis_keeps_the_order_and_shortens_the_gap(left, right):
    """Values on either side are further apart than on the whole axis, the gap is short."""
    axis = Axis("", limits=(0.48, 1.02), break_at=(0.53, 0.87))
    places = place_on(axis, np.array([left, right]))
    assert 0 <= places[0] < places[1] <= 1
    values, ends = break_points(axis)
    assert values == [0.48, 0.53, 0.87, 1.02]
    assert ends[2] - ends[1] == pytest.approx(0.04)


def test_two_strokes_centred_on_the_axis_mark_its_break():
    """Each reaches as far above the axis as below it, and as far to the right as to the left."""
    lines = draw(MAKE["strips"](1)).axes[0].lines
    strokes = [each.get_marker() for each in lines if isinstance(each.get_marker(), list)]
    assert len(strokes) == 2
    for stroke in strokes:
        box = MarkerStyle(stroke).get_path().get_extents()
        assert 0 < box.x1 == -box.x0
        assert 0 < box.y1 == -box.y0


def test_a_field_is_white_at_equal_probabilities_and_grey_where_a_run_diverged():
    """The colour of the most probable class, half as strong where the network is certain."""
    unsure, first, second, gone = field_colours(np.array([[0.5, 0.0, 1.0, np.nan]]))
    assert unsure.tolist() == [1, 1, 1]
    for colour, place in ((first, 0), (second, 1)):
        code = look(place).colour
        expected = [(1 + int(code[i : i + 2], 16) / 255) / 2 for i in (1, 3, 5)]
        assert colour == pytest.approx(expected)
    assert len(set(gone.tolist())) == 1
    assert gone[0] < 1


@pytest.mark.parametrize("height", [100.0, 6.0, 1.0])
def test_a_swarm_stays_in_its_row_and_no_two_points_touch_where_there_is_room(height):
    """Discs lie apart in a high row; in a low one they close up within it."""
    positions = np.random.default_rng(0).normal(0, 5, 60).round()
    offsets = swarm_offsets(positions, 1.0, height)
    assert np.abs(offsets).max() <= max(height - 1, 0) / 2
    if height == 100.0:
        across, up = (np.subtract.outer(x, x) for x in (positions, offsets))
        distances = np.hypot(across, up)[np.triu_indices(60, 1)]
        assert distances.min() >= 1 - 1e-9


@pytest.mark.parametrize("kind", ["fields", "fields of ten classes"])
def test_an_animation_has_an_image_for_each_frame(kind):
    """Of one size, the last is shown longest, and the same record gives the same bytes."""
    record = MAKE[kind](3)
    data = animate(record)
    assert data == animate(record)
    film = Image.open(as_file(data))
    assert film.n_frames == 2
    durations = []
    for frame in range(film.n_frames):
        film.seek(frame)
        durations.append(film.info["duration"])
    assert durations[-1] > durations[0]


def as_file(data):
    """Return bytes as a file that can be read."""
    from io import BytesIO

    return BytesIO(data)
