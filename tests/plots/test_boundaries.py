"""Decision boundaries: a field of colours a scheme, under the points that it was trained on."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from initbench.plots import BoundaryPanel, decision_boundaries, render
from initbench.plots.feature_axis import feature_ticks, thin_ticks
from initbench.plots.fields import STRENGTH, field_colours, thin
from initbench.plots.palette import look

AXIS = np.linspace(-1, 1, 5)
RAMP = np.tile(np.linspace(0, 1, 5), (1, 5, 1))
POINTS = np.array([[-0.5, 0.5], [0.5, 0.25], [0.75, -0.5], [0.0, 0.0]])
LABELS = np.array([0, 1, 1, 0])


def draw(*panels, scaling="standard", points=POINTS, labels=LABELS):
    """Draw panels on a small grid."""
    return decision_boundaries(panels, AXIS, AXIS, points, labels, title="t", scaling=scaling)


def panel(probabilities=RAMP, label="he", seed=3, accuracy=0.875):
    """Return a panel."""
    return BoundaryPanel(label, seed, accuracy, probabilities)


def test_a_title_names_scheme_seed_and_accuracy():
    """What is shown is one run, and which one is said."""
    first, second, _ = draw(panel(), panel(label="zeros", seed=11, accuracy=0.5)).axes
    assert first.get_title(loc="left") == "he\naccuracy 0.875, seed 3"
    assert second.get_title(loc="left") == "zeros\naccuracy 0.500, seed 11"


def test_the_field_lies_where_the_grid_is():
    """Cells are centred on the grid's points, x to the right and y upwards."""
    probabilities = np.full((1, 5, 5), 0.5)
    probabilities[0, 4, 0] = 1.0
    axes = draw(panel(probabilities)).axes[0]
    [image] = axes.images
    assert image.get_extent() == [-1.25, 1.25, -1.25, 1.25]
    assert image.origin == "lower"
    assert (axes.get_xlim(), axes.get_ylim()) == ((-1, 1), (-1, 1))
    field = image.get_array()
    assert field.shape == (5, 5, 3)
    np.testing.assert_allclose(field[0, 0], 1.0)
    assert (field[4, 0] < 1).any()


def test_points_are_told_apart_by_colour_and_marker():
    """Each class has a line of markers in its own look."""
    lines = draw(panel()).axes[0].lines
    for label, line in enumerate(lines):
        np.testing.assert_array_equal(line.get_xydata(), POINTS[label == LABELS])
        assert (line.get_color(), line.get_marker()) == (look(label).colour, look(label).marker)
        assert line.get_linestyle() == "None"


def test_a_line_stands_where_both_classes_are_equally_probable():
    """A ramp from 0 to 1 has it in the middle; a field of halves has none."""
    [contour] = draw(panel()).axes[0].collections
    np.testing.assert_allclose(contour.get_paths()[0].vertices[:, 0], 0, atol=1e-12)
    assert not draw(panel(np.full((1, 5, 5), 0.5))).axes[0].collections
    assert not draw(panel(np.full((1, 5, 5), 0.9))).axes[0].collections


@pytest.mark.parametrize(
    "gone",
    [panel(RAMP * np.nan), panel(accuracy=np.nan), panel(np.where(RAMP > 0.9, np.inf, RAMP))],
)
def test_a_diverged_run_is_said_in_words(gone):
    """There is no field and no point, but the word, in the panel and in its title."""
    axes = draw(gone).axes[0]
    assert [text.get_text() for text in axes.texts] == ["diverged"]
    assert axes.get_title(loc="left") == "he\ndiverged, seed 3"
    assert [*axes.images, *axes.lines, *axes.collections] == []


@pytest.mark.parametrize(("classes", "has_bar"), [(2, True), (3, False), (10, False)])
def test_colours_are_explained(classes, has_bar):
    """The legend names the classes; a bar tells the probabilities of two."""
    probabilities = RAMP if classes == 2 else np.full((classes, 5, 5), 1 / classes)
    figure = draw(panel(probabilities))
    [legend] = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == [f"class {place}" for place in range(classes)]
    titles = [axes.get_title(loc="left") for axes in figure.axes[1:]]
    assert titles == (["Probability of class 1"] if has_bar else [])


@pytest.mark.parametrize(
    ("scaling", "said"),
    [("standard", " (standardised)"), ("minmax", " (scaled to 0…1)"), ("none", "")],
)
def test_axes_say_how_features_are_scaled(scaling, said):
    """Each feature is named once for all panels."""
    texts = [text.get_text() for text in draw(panel(), panel(), scaling=scaling).texts]
    assert texts[2:] == [f"Feature 1{said}", f"Feature 2{said}"]


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (4, 4, 1), (5, 3, 2), (40, 5, 8)]
)
def test_panels_wrap_into_a_grid(count, columns, rows):
    """They stand in rows and columns, of one size."""
    figure = draw(*[panel(label=str(place)) for place in range(count)])
    boxes = [axes.get_position().bounds for axes in figure.axes[:count]]
    corners = np.array(boxes).round(6)
    assert (len(set(corners[:, 0])), len(set(corners[:, 1]))) == (columns, rows)
    assert len({tuple(size) for size in corners[:, 2:]}) == 1


@pytest.mark.parametrize("count", [0, 1, 50_000])
def test_any_number_of_points_leaves_the_field_visible(count):
    """Markers of many points are smaller and fewer, and cover less than half of the panel."""
    points = np.random.default_rng(0).uniform(-1, 1, (count, 2))
    figure = draw(panel(), points=points, labels=np.arange(count) % 2)
    lines = figure.axes[0].lines
    inked = sum(len(line.get_xdata()) * line.get_markersize() ** 2 for line in lines)
    width, height = figure.axes[0].get_window_extent().size / figure.dpi * 72
    assert inked < 0.5 * width * height
    assert len(render(figure, "svg")) < 1_000_000


def test_a_field_is_the_colour_of_the_class_and_white_where_nobody_knows():
    """At certainty the colour has its full strength; between, it goes straight to white."""
    for label in range(3):
        certain = np.eye(3)[label][:, np.newaxis]
        full = 1 - STRENGTH * (1 - np.array(to_rgb(look(label).colour)))
        np.testing.assert_allclose(field_colours(certain)[0], full)
        half = certain / 2 + 1 / 6
        np.testing.assert_allclose(field_colours(half)[0], (full + 1) / 2)
    np.testing.assert_allclose(field_colours(np.full((3, 1), 1 / 3)), 1)


def test_two_classes_are_coloured_from_the_probability_of_the_second():
    """One array of probabilities gives what both would give."""
    p = np.linspace(0, 1, 7)[np.newaxis]
    np.testing.assert_array_equal(field_colours(p), field_colours(np.concatenate([1 - p, p])))


def test_thinning_keeps_every_class():
    """Shares stay, and a class of one point is not lost, whatever the order."""
    labels = np.array([0, 1] * 500 + [2])
    kept = labels[thin(labels, 100)]
    assert np.bincount(kept).tolist() == [50, 50, 1]
    np.testing.assert_array_equal(thin(labels, 5000), np.arange(1001))


def test_ticks_have_room():
    """Labels that are wide or alike are fewer, and never at the edge."""
    assert set(feature_ticks(1e6, 1e6 + 1).values()) == {"1e+06"}
    ticks = feature_ticks(-1.2345e8, 1.1e8)
    assert thin_ticks(ticks, 8.0, 9.0) == ticks
    assert len(thin_ticks(ticks, 8.0, 0.1)) == 1
    assert all(-1.1e8 < value < 1e8 for value in ticks)
