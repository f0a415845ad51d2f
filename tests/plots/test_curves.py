"""Loss curves: the artists hold the medians, the quartiles and the divergence of the runs."""

import numpy as np
import pytest

from initbench.plots import loss_curves, render
from initbench.plots.palette import look


def draw(curves, test=None):
    """Draw curves of schemes, the same for both parts if only one is given."""
    return loss_curves(curves, curves if test is None else test, title="Loss")


def lines_of(axes):
    """Return the lines that are curves, not crosses."""
    return [line for line in axes.lines if line.get_marker() != "x"]


def crosses_of(axes):
    """Return where there are crosses, as (epoch, height)."""
    return [
        tuple(point)
        for line in axes.lines
        if line.get_marker() == "x"
        for point in line.get_xydata()
    ]


def legend_of(figure):
    """Return what the legend says."""
    [legend] = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def test_each_line_is_the_median_of_its_part_in_the_look_of_its_place():
    """Training curves stand at the left, test curves at the right, on one scale."""
    rng = np.random.default_rng(0)
    train, test = (
        {label: rng.uniform(0.5, 1, (7, 11)) for label in ("zeros", "he")} for _ in range(2)
    )
    figure = draw(train, test)
    left, right = figure.axes
    assert (left.get_title(loc="left"), right.get_title(loc="left")) == (
        "Training part",
        "Test part",
    )
    assert left.get_ylim() == right.get_ylim()
    for axes, part in ((left, train), (right, test)):
        for place, (line, curves) in enumerate(zip(lines_of(axes), part.values(), strict=True)):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(11))
            np.testing.assert_array_equal(line.get_ydata(), np.median(curves, axis=0))
            assert line.get_color() == look(place).colour
    assert legend_of(figure) == ["zeros", "he"]


def test_the_band_lies_between_the_quartiles():
    """Its outline goes through the lower and the upper quartile of each epoch."""
    curves = np.random.default_rng(1).uniform(0.5, 1, (9, 4))
    [band] = draw({"he": curves}).axes[0].collections
    outline = {tuple(point) for point in band.get_paths()[0].vertices}
    low, high = np.quantile(curves, [0.25, 0.75], axis=0)
    assert outline >= {*zip(range(4), low, strict=True), *zip(range(4), high, strict=True)}


def test_many_schemes_have_no_bands():
    """Bands of more than a dozen would hide one another, so the note does not speak of them."""
    figure = draw({str(place): np.ones((3, 4)) for place in range(13)})
    assert not figure.axes[0].collections
    assert "Band" not in figure.texts[1].get_text()


def test_a_run_that_diverges_leaves_the_median_at_a_cross():
    """The median goes on with those that last, and the legend counts who does not."""
    curves = np.array([[1.0, 2.0, np.nan, np.nan], [1.0, 1.0, 0.9, 0.8], [1.0, 1.1, 0.7, 0.6]])
    figure = draw({"zeros": np.ones((3, 4)), "he": curves})
    _, he = lines_of(figure.axes[0])
    np.testing.assert_allclose(he.get_ydata(), [1.0, 1.1, 0.8, 0.7])
    assert crosses_of(figure.axes[0]) == [(1, 1.1)]
    assert legend_of(figure) == ["zeros", "he (1 of 3 diverged)"]
    assert "Cross: a run diverges." in figure.texts[1].get_text()


@pytest.mark.parametrize("schemes", [1, 13])
def test_a_cross_stands_on_its_line_or_at_the_edge(schemes):
    """Where the median is beyond the frame, so is not the cross."""
    curves = {str(place): np.full((2, 5), 100.0) for place in range(schemes)}
    curves["late"] = np.array([[40.0, 60.0, np.nan, np.nan, np.nan]] * 2)
    curves["wild"] = np.array([[1.0, 1e30, np.nan, np.nan, np.nan]] * 2)
    axes = draw(curves).axes[0]
    assert crosses_of(axes) == [(1, 60.0), (1, axes.get_ylim()[1])]


def test_runs_that_never_were_finite_are_counted_without_a_cross():
    """There is no epoch at which to put one."""
    figure = draw({"he": np.full((4, 3), np.nan)})
    assert crosses_of(figure.axes[0]) == []
    assert legend_of(figure) == ["he (4 of 4 diverged)"]
    assert "Cross" not in figure.texts[1].get_text()


def test_an_experiment_without_epochs_shows_points():
    """One epoch has no line, so a marker stands there, at the only tick."""
    [left, _] = draw({"he": np.full((3, 1), 0.7)}).axes
    [line] = lines_of(left)
    assert (line.get_marker(), *line.get_xydata()[0]) == ("o", 0.0, 0.7)
    assert list(left.get_xticks()) == [0]


def test_epochs_without_number_are_thinned():
    """A hundred thousand epochs make a picture of bearable size, first and last among them."""
    [left, _] = draw({"he": np.linspace(1, 0.5, 100_001)[np.newaxis]}).axes
    [line] = lines_of(left)
    assert line.get_xydata()[[0, -1]].tolist() == [[0, 1.0], [100_000, 0.5]]
    assert len(line.get_xdata()) == 6000


@pytest.mark.parametrize(
    "losses",
    [
        np.zeros((3, 6)),
        np.full((3, 6), 0.693),
        np.full((2, 6), 1e300),
        np.full((2, 6), np.finfo(float).max),
        np.full((2, 6), 5e-324),
        np.geomspace(1e-3, 1e308, 40)[np.newaxis],
        np.array([[5e-324, 1e300, 1, 2, 0.5], [1.7e308, 0.1, 1, 0, np.inf]]),
        np.zeros((0, 5)),
        np.full((2, 1), np.nan),
    ],
    ids=["zero", "equal", "huge", "largest", "smallest", "growing", "mixed", "no runs", "nothing"],
)
def test_any_losses_can_be_drawn(losses):
    """Neither an error nor a warning comes of what a run may end with, and axes stay finite."""
    figure = draw({"he": losses})
    assert np.isfinite(figure.axes[0].get_ylim()).all()
    for form in ("png", "svg"):
        assert render(figure, form)
