"""The picture of a data set: what it shows is chosen by what there is, and nothing breaks it."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from initbench.plots import dataset_picture, render

RNG = np.random.default_rng(2)
HOSTILE = ("$x^{2$", "</script>\x00\u202e", "W" * 300)


def samples(features, count=60, scale=1.0):
    """Return samples around zero."""
    return scale * RNG.uniform(-1, 1, (count, features))


def draw(X, y, names=()):
    """Return the picture, rendered once, so that warnings are seen."""
    figure = dataset_picture(X, y, names, title="a set: what it is")
    render(figure, "png")
    return figure


def axis_names(figure):
    """Return what the axes of each panel are called."""
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


def legend_of(figure):
    """Return the names in the legend, none without one."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def note_of(figure):
    """Return the small print below the title."""
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


LABELS = np.arange(60) % 3
NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("features", "axes"),
    [
        (1, [("Feature 1", "Samples")]),
        (2, [("Feature 1", "Feature 2")]),
        (4, [(f"Feature {place}", "Samples") for place in (1, 2, 3, 4)]),
        (13, [("Principal component 1", "Principal component 2")]),
    ],
)
def test_classes_are_shown_as_the_number_of_features_allows(features, axes):
    """Histograms, a plane, or the plane of largest spread; each with a legend of classes."""
    figure = draw(samples(features), LABELS, NAMES)
    assert axis_names(figure) == axes
    assert legend_of(figure) == list(NAMES)
    assert "All 60 samples." in note_of(figure)


@pytest.mark.parametrize(
    ("features", "targets", "axes"),
    [
        (1, 1, [("Feature 1", "Target 1")]),
        (3, 2, [(f"Feature {place}", "Target 1") for place in (1, 2, 3)]),
        (2, 3, [("Feature 1", "Feature 2")] * 3),
        (13, 9, [("Principal component 1", "Principal component 2")] * 6),
    ],
)
def test_numbers_are_shown_as_the_number_of_features_allows(features, targets, axes):
    """Over each feature, or as colours of a plane; what is left out is said."""
    figure = draw(samples(features), samples(targets))
    assert axis_names(figure) == axes
    assert not legend_of(figure)
    assert ("The first" in note_of(figure)) == (targets not in {1, 3})


def test_a_plane_of_numbers_is_coloured_by_them():
    """The lightest point is the largest, and the title says what lightest means."""
    y = samples(1)
    [axes] = draw(samples(2), y).axes
    [points] = [each for each in axes.collections if isinstance(each, PathCollection)]
    np.testing.assert_array_equal(points.get_array(), y[:, 0])
    assert axes.get_title(loc="left").endswith(f"to {y.max():.3g} (light)")


def test_small_square_pictures_are_shown_as_pictures():
    """A row a class, in the order of the classes; a pixel is a pixel."""
    X, y = np.zeros((40, 64), np.uint8), np.arange(40) % 2
    X[y == 1] = 9
    [axes] = draw(X, y, ("dark", "light")).axes
    [image] = axes.images
    mosaic = image.get_array()
    assert mosaic.shape == (2 * 9, 12 * 9)
    np.testing.assert_array_equal(mosaic[:8, :8], 0)
    np.testing.assert_array_equal(mosaic[9:17, -9:-1], 9)
    assert mosaic.mask[8].all()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["dark", "light"]


@pytest.mark.parametrize(
    "X", [samples(64), np.abs(samples(63)), np.abs(samples(49))], ids=["negative", "63", "49"]
)
def test_what_is_no_picture_is_not_shown_as_one(X):
    """Negative numbers, features that fill no square, and squares that are too small."""
    assert not draw(X, LABELS, NAMES).axes[0].images


def test_principal_components_are_those_of_largest_spread():
    """Of thirteen features, two groups that each share a signal are found."""
    one, other = samples(1, 300), samples(1, 300)
    X = np.hstack([np.tile(one, 8), np.tile(other, 4), samples(1, 300)])
    [axes] = draw(X, np.arange(300) % 2, ("a", "b")).axes
    first = np.concatenate([line.get_xdata() for line in axes.lines])
    expected = np.concatenate([one[::2, 0], one[1::2, 0]])
    assert abs(np.corrcoef(first, expected)[0, 1]) > 0.99


def test_many_samples_are_thinned_and_that_is_said():
    """All classes stay."""
    X, y = samples(2, 5000), (np.arange(5000) > 4990).astype(int)
    figure = draw(X, y, ("many", "few"))
    drawn = [len(line.get_xdata()) for line in figure.axes[0].lines]
    assert sum(drawn) < 1600
    assert min(drawn) > 0
    assert f"{sum(drawn)} of 5000 samples." in note_of(figure)


@pytest.mark.parametrize("features", [1, 2, 13])
@pytest.mark.parametrize("scale", [0.0, 1e-300, 1.7e308])
@pytest.mark.parametrize("kind", ["classes", "many classes", "numbers"])
def test_no_numbers_and_no_names_break_it(features, scale, kind):
    """Constant, tiny and huge features, and names that no font has, are drawn without a warning."""
    X = samples(features, scale=scale)
    if kind == "numbers":
        draw(X, samples(2, scale=scale))
    elif kind == "classes":
        draw(np.abs(X), LABELS, HOSTILE)
    else:
        figure = draw(X, np.arange(60) % 30, tuple(map(str, range(30))))
        assert len(legend_of(figure)) == 20
        assert "30 classes, of which the first 20" in note_of(figure)
