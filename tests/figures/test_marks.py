"""Marks are drawn where the record says, and inside their panel."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from PIL import Image

from initbench.figures.drawing import animate, draw
from initbench.figures.palette import look
from initbench.figures.records import (
    Axis,
    Bars,
    ColourScale,
    Field,
    Figure,
    Line,
    Map,
    Message,
    Panel,
    Points,
    Rule,
    Series,
    Span,
    Strip,
)

X, Y = Axis("x", limits=(0, 10)), Axis("y", limits=(0, 4))


def drawn(*marks, x=X, y=Y, colours=None):
    """Return the axes of a panel with some marks, after drawing."""
    record = Figure("figure", "", (Panel(x, y, marks),), series=(Series("he", 0),), colours=colours)
    page = draw(record)
    FigureCanvasAgg(page).draw()
    return page.axes[0]


def points_of(axes):
    """Return the coordinates of each line that lies in the data, and not across the panel."""
    lines = [line for line in axes.lines if line.get_transform() == axes.transData]
    return [np.array(line.get_data(), float).T for line in lines]


def test_a_line_goes_through_its_points():
    """The band lies between the quartiles, and a cross lies on the point of a divergence."""
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    line = Line("he", x, y, y - 0.5, y + 0.25, crosses=np.array([1]))
    axes = drawn(line)
    whole, crosses = points_of(axes)
    assert whole.tolist() == [[1, 1], [2, 3], [4, 2]]
    assert crosses.tolist() == [[2, 3]]
    [band] = [each for each in axes.collections if isinstance(each, PolyCollection)]
    corners = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    assert {(2.0, 2.5), (2.0, 3.25), (4.0, 1.5), (4.0, 2.25)} <= corners


def test_a_marker_of_theory_has_a_whisker():
    """The whisker ends at the ends of the band."""
    x, y = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    [whiskers] = drawn(Line("he", x, y, y - 0.5, y + 0.25, style="markers")).collections
    ends = [segment.tolist() for segment in whiskers.get_segments()]
    assert ends == [[[1, 0.5], [1, 1.25]], [[2, 2.5], [2, 3.25]]]


def test_a_strip_stays_in_its_row():
    """Points keep their values and lie above the mean and the interval, all within the row."""
    rows = Axis("", "category", ticks=((0.0, "he"), (1.0, "zeros")))
    values = np.array([4.0, 5.0, 5.0, 5.0, 6.0])
    strips = [Strip("he", row, values, 5.0, (4.5, 5.5)) for row in (0, 1)]
    axes = drawn(*strips, y=rows)
    for row, (points, interval, mean) in enumerate(np.split(np.arange(6), 2)):
        lines = points_of(axes)
        assert sorted(lines[points][:, 0]) == values.tolist()
        assert len(np.unique(lines[points], axis=0)) == 5
        assert lines[interval][:, 0].tolist() == [4.5, 5.5]
        assert lines[mean][0, 0] == 5.0
        for each in (points, interval, mean):
            assert np.abs(lines[each][:, 1] - row).max() < 0.5
        assert lines[points][:, 1].max() < lines[mean][0, 1] == lines[interval][0, 1]
    assert axes.yaxis_inverted()  # the first row is on top


def test_a_strip_of_a_mean_alone_lies_on_its_row():
    """There are no points to make room for."""
    rows = Axis("", "category", ticks=((0.0, "he"), (1.0, "zeros")))
    interval, mean = points_of(drawn(Strip("he", 1, np.array([]), 5.0, (4.0, 6.0)), y=rows))
    assert interval.tolist() == [[4, 1], [6, 1]]
    assert mean.tolist() == [[5, 1]]


def test_a_map_has_its_cells_between_its_edges():
    """A cross is in the middle of its cell, of a logarithmic axis in the geometric middle."""
    x = Axis("x", "log", (0.01, 100))
    values, crossed = np.array([[1.0, 2.0], [3.0, np.nan]]), np.zeros((2, 2), bool)
    crossed[1, 1] = True
    mark = Map(np.array([0.01, 1, 100]), np.array([0.0, 1, 4]), values, ~crossed, crossed)
    axes = drawn(mark, x=x, colours=ColourScale("", 1.0, 3.0))
    [mesh] = axes.collections
    assert np.array_equal(mesh.get_coordinates()[..., 0], [[0.01, 1, 100]] * 3)
    assert np.array_equal(mesh.get_coordinates()[:, 0, 1], [0, 1, 4])
    [cross] = points_of(axes)
    assert cross == pytest.approx(np.array([[10, 2.5]]))
    corners = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axes.patches]
    assert corners == [(0.01, 0, 0.99, 1), (1, 0, 99, 1), (0.01, 1, 0.99, 3)]


def test_a_field_has_the_middle_of_each_pixel_on_the_grid():
    """The picture reaches half a step beyond the grid on every side."""
    x, y = np.linspace(1, 9, 5), np.linspace(0.5, 3.5, 7)
    frames = np.linspace(0, 1, 35).reshape(1, 1, 7, 5)
    axes = drawn(Field(x, y, frames, np.array([0])))
    [image] = axes.images
    assert image.get_extent() == pytest.approx([0, 10, 0.25, 3.75])
    assert image.origin == "lower"


def test_points_have_the_colour_of_their_series_or_of_their_values():
    """A value at the low end of the scale has its first colour."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 1.0])
    [line] = drawn(Points("he", x, y)).lines
    assert np.array(line.get_data()).tolist() == [[1, 2], [3, 1]]
    values = Points("", x, y, np.array([1.0, 3.0]))
    axes = drawn(values, colours=ColourScale("", 1.0, 3.0))
    [cloud] = [each for each in axes.collections if isinstance(each, PathCollection)]
    assert cloud.get_offsets().tolist() == [[1, 3], [2, 1]]
    cloud.update_scalarmappable()
    first, last = cloud.get_facecolors()
    assert not np.allclose(first, last)
    assert not axes.lines


def test_bars_start_at_their_base():
    """Each is as high as its number, from its left edge to its right edge."""
    edges, heights = np.array([1.0, 2.0, 5.0]), np.array([0.5, 1.5])
    [shape] = drawn(Bars("he", edges, heights, 1.0)).collections
    corners = {tuple(point) for point in shape.get_paths()[0].vertices.tolist()}
    assert {(1.0, 1.0), (1.0, 1.5), (2.0, 1.5), (2.0, 2.5), (5.0, 2.5), (5.0, 1.0)} <= corners


@pytest.mark.parametrize(("at", "side"), [(0.5, "x0"), (5.0, "middle"), (9.5, "x1")])
def test_a_rule_has_its_label_above_its_end(at, side):
    """In the middle, or beside the line where that is near an end of the axis."""
    axes = drawn(Rule("chance", at, "y"))
    [line] = axes.lines
    assert np.array(line.get_data()).T.tolist() == [[at, 0], [at, 1]]
    [label] = axes.texts
    box, place = label.get_window_extent(), axes.transData.transform((at, 0))[0]
    found = {"x0": box.x0, "middle": (box.x0 + box.x1) / 2, "x1": box.x1}[side]
    assert found == pytest.approx(place, abs=1)
    assert axes.bbox.y1 < box.y0 < axes.bbox.y1 + 10


def test_a_rule_across_has_its_height():
    """It crosses the whole panel."""
    [line] = drawn(Rule("chance", 0.5)).lines
    assert np.array(line.get_data()).T.tolist() == [[0, 0.5], [1, 0.5]]


def test_a_span_covers_its_values_on_the_axis():
    """It is a bar at the foot of the panel and a band over all of it."""
    axes = drawn(Span("he", 2.0, 3.0, "working band"))
    [line] = axes.lines
    assert np.array(line.get_data()).T.tolist() == [[2, 0], [3, 0]]
    [band] = axes.patches
    assert (band.get_x(), band.get_width()) == (2, 1)


@pytest.mark.parametrize("has_field", [False, True])
def test_a_message_is_inside_its_panel(has_field):
    """In the middle of an empty panel, at the foot of one with a field."""
    grid = np.linspace(0, 4, 5)
    field = [Field(grid, grid, np.zeros((1, 1, 5, 5)), np.array([0]))] * has_field
    axes = drawn(*field, Message("diverged"))
    box, panel = axes.texts[-1].get_window_extent(), axes.bbox
    assert panel.x0 < box.x0 < box.x1 < panel.x1
    assert panel.y0 < box.y0 < box.y1 < panel.y1
    middle = (box.x0 + box.x1) / 2
    assert middle == pytest.approx((panel.x0 + panel.x1) / 2, abs=1)
    if has_field:
        assert box.y1 < panel.y0 + panel.height / 4
    else:
        assert (box.y0 + box.y1) / 2 == pytest.approx((panel.y0 + panel.y1) / 2, abs=2)


@pytest.mark.parametrize(
    ("count", "columns", "of_fields"),
    [
        *[(1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 2, 4), (5, 3, 3), (6, 3, 3)],
        *[(7, 3, 4), (9, 3, 4), (10, 4, 4), (12, 4, 4), (13, 4, 5)],
    ],
)
def test_panels_do_not_overlap(count, columns, of_fields):
    """Fields are small and stand closer; four other panels make a square."""
    grid = np.linspace(0, 4, 5)
    field = Field(grid, grid, np.zeros((1, 1, 5, 5)), np.array([0]))
    for mark, expected in ((Rule("chance", 0.5), columns), (field, of_fields)):
        page = draw(Figure("figure", "", (Panel(X, Y, (mark,)),) * count))
        FigureCanvasAgg(page).draw()
        assert len({round(axes.get_position().x0, 3) for axes in page.axes[:count]}) == expected


def test_an_animation_begins_with_the_first_frame():
    """One class fills the field at first, the other one at last."""
    grid = np.linspace(0, 4, 5)
    frames = np.stack([np.zeros((1, 5, 5)), np.ones((1, 5, 5))])
    field = Field(grid, grid, frames, np.array([0, 3]), ("", ""))
    series = (Series("class 0", 0), Series("class 1", 1))
    film = Image.open(BytesIO(animate(Figure("f", "", (Panel(X, X, (field,)),), series=series))))
    found = []
    for place in range(film.n_frames):
        film.seek(place)
        found.append(np.asarray(film.convert("RGB")).reshape(-1, 3).mean(axis=0))
    first, last = (np.array(to_rgb(look(place).colour)) for place in (0, 1))
    assert (found[1] - found[0]) @ (last - first) > 0
