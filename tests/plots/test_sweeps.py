"""Scores along a key stand where the values of the key are."""

import numpy as np
import pytest

from initbench.plots import SweepPanel, sweep_scores
from initbench.plots.spacing import is_log_spaced
from initbench.plots.sweeps import MOST_PANELS


def panel(values, means, title=""):
    """Return a panel of one scheme whose intervals are a tenth to either side."""
    means = np.array(means, float)
    intervals = np.stack([means - 0.1, means + 0.1], axis=1)
    return SweepPanel(title, np.array(values, float), {"he": means}, {"he": intervals})


def draw(*panels):
    """Draw panels."""
    return sweep_scores(panels, key="rate", score="Test accuracy", chance=0.5, title="Along rate")


@pytest.mark.parametrize(
    ("values", "is_log"),
    [
        ([0.001, 0.01, 0.1], True),
        ([1, 3, 10, 30], True),
        ([1, 2, 3, 4], False),
        ([0, 1, 10, 100], False),
        ([0.1, 10], True),
        ([1, 2], False),
        ([5], False),
    ],
)
def test_an_axis_is_logarithmic_where_values_are_spaced_so(values, is_log):
    """Factors that are even make it so; a zero cannot stand on it."""
    assert is_log_spaced(np.array(values, float)) == is_log
    [axes] = draw(panel(values, [0.5] * len(values))).axes
    assert axes.get_xscale() == ("log" if is_log else "linear")


def test_each_scheme_is_a_line_through_its_means():
    """With its interval as a band, within what the axis shows."""
    [axes] = draw(panel([1, 10, 100], [0.6, np.nan, 0.9])).axes
    [line] = [one for one in axes.lines if len(one.get_xdata()) == 3]
    np.testing.assert_array_equal(line.get_xdata(), [1, 10, 100])
    np.testing.assert_array_equal(line.get_ydata(), [0.6, np.nan, 0.9])
    low, high = axes.get_ylim()
    assert low < 0.5
    assert high > 1


def test_a_score_without_bounds_does_not_flatten_the_others():
    """What is far below the axis stands at its end."""
    [axes] = draw(panel([1, 10, 100], [-1e9, 0.5, 0.9])).axes
    assert axes.get_ylim()[0] > -1.1


def test_ticks_are_numbers_as_one_writes_them():
    """No markup of mathematics, which labels switch off."""
    [axes] = draw(panel([0.001, 0.1, 10], [0.6, 0.7, 0.9])).axes
    texts = [text.get_text() for text in axes.get_xticklabels()]
    assert {"0.001", "0.1", "10"} <= set(texts)


def test_of_many_panels_the_first_are_drawn_and_counted():
    """The note says of how many."""
    figure = draw(*[panel([1, 2, 3], [0.5] * 3, f"depth = {place}") for place in range(20)])
    assert len(figure.axes) == MOST_PANELS
    assert any("The first 12 of 20." in text.get_text() for text in figure.texts)
