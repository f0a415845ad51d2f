"""Final accuracy: every seed has a point at its value, and none hides another."""

import numpy as np
import pytest

from initbench.plots import final_accuracy, render
from initbench.plots.palette import look
from initbench.plots.style import INK
from initbench.plots.swarm import swarm_offsets

VALUES = {
    "zeros": np.full(10, 0.5),
    "random": np.array([0.7, 0.9, np.nan, 0.8]),
    "gone": np.array([np.nan, np.nan]),
    "one": np.array([0.95]),
}
INTERVALS = {"zeros": (0.5, 0.5), "random": (0.55, 1.05), "gone": None, "one": None}


@pytest.fixture(scope="module")
def axes():
    """Return the axes of a picture of `VALUES`."""
    [axes] = final_accuracy(VALUES, INTERVALS, chance=0.5, title="Accuracy").axes
    return axes


def swarms_of(axes):
    """Return the points of each scheme, by colour."""
    return {
        line.get_color(): line.get_xydata()
        for line in axes.lines
        if line.get_linestyle() == "None" and line.get_color() != INK
    }


def summaries_of(axes):
    """Return means and intervals, as arrays of their places along the axis."""
    return [line.get_xdata(orig=False).tolist() for line in axes.lines if line.get_color() == INK]


def test_every_run_that_ends_has_a_point_at_its_accuracy(axes):
    """Points of a scheme lie in its row, at the values, in its colour."""
    swarms = swarms_of(axes)
    rows = axes.get_ylim()[0] / len(VALUES)
    for place, values in enumerate(VALUES.values()):
        points = swarms[look(place).colour]
        np.testing.assert_array_equal(points[:, 0], values[np.isfinite(values)])
        assert all(place * rows < height < (place + 0.75) * rows for height in points[:, 1])


def test_equal_accuracies_are_all_seen(axes):
    """Ten points at one value have ten heights, at least two pixels apart."""
    points = swarms_of(axes)[look(0).colour]
    heights = np.sort(axes.transData.transform(points)[:, 1])
    assert np.diff(heights).min() > 2


def test_mean_and_interval_stand_apart_from_the_points(axes):
    """A scheme without an interval has its mean alone, one without a sound run neither."""
    assert summaries_of(axes) == [
        [0.5, 0.5],
        [0.5],
        [0.55, 1.05],
        [pytest.approx(0.8)],
        [0.95],
    ]


def test_chance_is_marked_and_named(axes):
    """A line stands at it, and words above it."""
    [line] = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert line.get_xdata() == [0.5, 0.5]
    assert [text.get_text() for text in axes.texts] == ["chance: 0.5"]


def test_labels_count_the_runs_that_diverged(axes):
    """They stand in the order of the config, from the top."""
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["zeros", "random (1 of 4 diverged)", "gone (2 of 2 diverged)", "one"]
    assert axes.yaxis_inverted()


@pytest.mark.parametrize(
    ("values", "chance", "low"),
    [([0.93, 0.99], 0.5, 0.5), ([0.24], 0.5, 0.2), ([np.nan], 0.1, 0.1)],
)
def test_the_axis_reaches_from_the_lowest_to_one(values, chance, low):
    """Chance is always within, and nothing that cannot be."""
    figure = final_accuracy({"he": np.array(values)}, {"he": None}, chance=chance, title="t")
    assert figure.axes[0].get_xlim() == pytest.approx((low, 1), abs=0.02)


def test_intervals_beyond_what_can_be_are_cut():
    """An interval of two runs may leave 0…1; the axis does not."""
    figure = final_accuracy(
        {"he": np.array([0.1, 0.9])}, {"he": (-4.0, 5.0)}, chance=0.5, title="t"
    )
    assert figure.axes[0].get_xlim() == pytest.approx((0, 1), abs=0.02)
    assert render(figure, "png")


@pytest.mark.parametrize("height", [0.0, 3.0, 100.0])
def test_a_swarm_stays_in_its_row_and_no_two_points_touch_where_there_is_room(height):
    """Discs lie apart in a high row; in a low one they close up within it."""
    positions = np.random.default_rng(0).normal(0, 5, 60).round()
    offsets = swarm_offsets(positions, 1.0, height)
    assert np.abs(offsets).max() <= max(height - 1, 0) / 2
    if height == 100.0:
        across, up = (np.subtract.outer(x, x) for x in (positions, offsets))
        distances = np.hypot(across, up)[np.triu_indices(60, 1)]
        assert distances.min() >= 1 - 1e-9


def test_a_swarm_is_no_matter_of_chance():
    """Values alone decide, and the first of equal ones is in the middle."""
    positions = np.array([3.0, 1.0, 1.0])
    np.testing.assert_array_equal(swarm_offsets(positions, 1.0, 9.0), [0.0, 0.0, 1.0])
    assert swarm_offsets(np.zeros(0), 1.0, 9.0).shape == (0,)
