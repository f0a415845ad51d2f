"""Trainability maps show each cell where its values are, and tell what is bad from what is not."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from initbench.plots import MapAxes, MapPanel, MapScale, trainability_map
from initbench.plots.spacing import between, cell_edges
from initbench.plots.style import NOTHING
from initbench.plots.sweeps import MOST_PANELS

DEPTHS = np.array([5.0, 10.0, 20.0])
VARIANCES = np.array([1.0, 2.0, 4.0, 5.0])
VALUES = np.linspace(0.1, 0.9, 12).reshape(3, 4)
NONE = np.zeros((3, 4), bool)
SCORES = MapScale("Test accuracy", 0.1, 0.9)


def draw(*panels, scale=SCORES, x=VARIANCES, **options):
    """Draw panels over variances and depths."""
    axes = MapAxes(x, DEPTHS, "inits.mean_field.weight_variance", "network.depth")
    names = {"line": "6 ξc", "marks": "best", "title": "Map", "note": "Mean over seeds."}
    return trainability_map(panels, axes, scale, **{**names, **options})


def mesh_of(axes):
    """Return the colours of cells, ``(Y, X)``, and their edges."""
    [mesh] = axes.collections
    corners = mesh.get_coordinates()
    return mesh, corners[0, :, 0], corners[:, 0, 1]


def test_cells_reach_half_way_to_their_neighbours_on_the_scale_of_the_axis():
    """Depths stand on a log axis, as they double; variances do not."""
    axes = draw(MapPanel("he", VALUES, NONE, NONE)).axes[0]
    mesh, x, y = mesh_of(axes)
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    np.testing.assert_allclose(x, [0.5, 1.5, 3.0, 4.5, 5.5])
    np.testing.assert_allclose(y, 5 * 2.0 ** np.array([-0.5, 0.5, 1.5, 2.5]))
    np.testing.assert_allclose(mesh.get_array().reshape(3, 4), VALUES)
    assert axes.get_xlim() == pytest.approx((0.5, 5.5))


def test_all_panels_share_one_scale_of_colours():
    """Whatever each of them holds."""
    page = draw(MapPanel("he", VALUES, NONE, NONE), MapPanel("zeros", VALUES / 9, NONE, NONE))
    norms = [mesh_of(axes)[0].norm for axes in page.axes[:2]]
    assert {(norm.vmin, norm.vmax) for norm in norms} == {(0.1, 0.9)}


def test_colours_only_get_lighter_towards_what_is_better():
    """In grey too; of times the least is the lightest."""
    times = MapScale("Epochs", 1.0, 8.0, lower_is_better=True)
    for scale, values in ((SCORES, VALUES), (times, np.linspace(8, 1, 12).reshape(3, 4))):
        mesh, _, _ = mesh_of(draw(MapPanel("he", values, NONE, NONE), scale=scale).axes[0])
        shades = mesh.cmap(mesh.norm(mesh.get_array().ravel()))[:, :3]
        assert (np.diff(shades @ [0.299, 0.587, 0.114]) > 0).all()


@pytest.mark.parametrize(("high", "is_log"), [(8.0, False), (800.0, True)])
def test_a_scale_of_times_is_logarithmic_where_they_differ_much(high, is_log):
    """One of scores never is."""
    times = MapScale("Epochs", 1.0, high, lower_is_better=True)
    assert isinstance(times.norm, LogNorm) == is_log
    assert not isinstance(MapScale("x", 0.001, 1.0).norm, LogNorm)


def test_what_is_missing_has_diverged_or_has_no_number_is_told_from_a_bad_score():
    """Hatched, crossed and grey, each with its word in the legend."""
    values, missing, diverged = VALUES.copy(), NONE.copy(), NONE.copy()
    values[0, 0] = values[1, 1] = np.nan
    missing[0, 0] = diverged[2, 3] = True
    page = draw(MapPanel("he", values, missing, diverged))
    axes = page.axes[0]
    mesh, _, _ = mesh_of(axes)
    assert mesh.get_array().mask.reshape(3, 4).sum() == 2
    [hatched] = [each for each in axes.patches if isinstance(each, Rectangle) and each.get_hatch()]
    assert hatched.get_xy() == pytest.approx((0.5, 5 / np.sqrt(2)))
    [cross] = [each for each in axes.lines if each.get_marker() == "x"]
    np.testing.assert_allclose(cross.get_xydata(), [[5, 20]])
    assert axes.get_facecolor() == pytest.approx([int(NOTHING[1:3], 16) / 255] * 3 + [1])
    said = [text.get_text() for text in page.legends[0].get_texts()]
    assert said == ["all runs diverged", "no number", "no runs yet"]


def test_a_sound_map_has_no_legend_of_what_it_has_not():
    """Nothing is explained that does not occur."""
    assert draw(MapPanel("he", VALUES, NONE, NONE)).legends == []


def test_lines_and_marks_lie_where_they_are_and_are_named():
    """A line that leaves the map does not move its edges."""
    line = np.array([[1.0, 7.0], [2.0, 900.0], [5.0, 11.0]])
    marks = np.array([[1.0, 10.0], [4.0, 5.0]])
    page = draw(MapPanel("he", VALUES, NONE, NONE, line, marks))
    axes = page.axes[0]
    drawn, circles = axes.lines
    np.testing.assert_allclose(drawn.get_xydata(), line)
    np.testing.assert_allclose(circles.get_xydata(), marks)
    assert axes.get_ylim()[1] == pytest.approx(20 * np.sqrt(2))
    assert [text.get_text() for text in page.legends[0].get_texts()] == ["6 ξc", "best"]


def test_of_many_panels_the_first_are_drawn_and_counted():
    """The note says of how many."""
    page = draw(*[MapPanel(f"he {place}", VALUES, NONE, NONE) for place in range(15)])
    assert len(page.axes) == MOST_PANELS + 1  # and the bar
    assert any("The first 12 of 15." in text.get_text() for text in page.texts)


def test_one_number_everywhere_can_be_drawn():
    """A scale needs no spread."""
    same = MapScale("Test accuracy", 0.1, 0.1)
    page = draw(MapPanel("zeros", np.full((3, 4), 0.1), NONE, NONE), scale=same)
    assert np.isfinite(mesh_of(page.axes[0])[0].norm(0.1))


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 4.0, 5.0], [0.01, 0.1, 1.0], [0.0, 1.0], [3.0, 300.0]]
)
def test_edges_lie_between_values_and_a_line_passes_through_all(values):
    """Each value is within its own cell."""
    values = np.array(values)
    edges, fine = cell_edges(values), between(values, 4)
    assert ((edges[:-1] < values) & (values < edges[1:])).all()
    np.testing.assert_allclose(fine[::4], values, atol=1e-12)
    assert (np.diff(fine) > 0).all()
