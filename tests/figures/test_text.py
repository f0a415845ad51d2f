"""Text is measured as it is set, cut to a width, and only ever text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from initbench.figures.drawing.style import house_style
from initbench.figures.drawing.text import printable, shorten, width_of, wrap
from initbench.figures.training import quartiles_of


@given(st.text(max_size=60), st.floats(0.2, 4.0))
def test_cut_text_fits(text, width):
    """It is no wider than asked for, in one line, and what fits is left as it is."""
    cut = shorten(text, 9.0, width)
    assert width_of(cut, 9.0) <= width
    assert "\n" not in cut
    if width_of(printable(text), 9.0) <= width:
        assert cut == printable(text)


@given(st.text(max_size=120), st.floats(0.5, 4.0))
def test_wrapped_text_fits_and_loses_no_short_word(text, width):
    """Every line fits, and lines together hold the words in their order."""
    lines = wrap(text, 9.0, width)
    assert all(width_of(line, 9.0) <= width for line in lines)
    words = [shorten(word, 9.0, width) for word in printable(text).split()]
    assert " ".join(lines).split() == " ".join(words).split()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31m", "a□b□[31m"),
        ("two\nlines\t and\u2028more", "two lines and more"),
        ("\u202eright to left", "□right to left"),
        ("\U0001f389", "□"),
        ("\ud800", "□"),
        ("$x^2$", "$x^2$"),
        ("σ² ≥ 0…1", "σ² ≥ 0…1"),
    ],
)
def test_characters_missing_in_the_font_are_boxes(text, shown):
    """Nothing steers, nothing turns round, nothing is missing without a trace."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "kerned"),
    [
        ("he", 0.0),
        ("variance scaling (fan_avg)", 0.0),
        ("WWWW", 0.0),
        ("0.001", 0.0),
        ("AVAVAV To", 0.06),  # six pairs of nine characters, which lie closer by a tenth
    ],
)
def test_a_width_is_that_of_the_text_as_it_is_set(text, kerned):
    """Whole pixels make a difference of a few per cent at most, and kerning, which is left out."""
    with house_style():
        figure = Figure()
        artist = figure.text(0, 0, text, size=9.0)
        extent = artist.get_window_extent(FigureCanvasAgg(figure).get_renderer())
    assert extent.width / figure.dpi == pytest.approx(width_of(text, 9.0), rel=0.08 + kerned)


def test_quartiles_are_those_of_the_runs_that_last():
    """From the epoch on at which a run is not finite it counts no more, even if it comes back."""
    curves = np.array([[1.0, 2.0, np.nan, 5.0], [3.0, 4.0, 5.0, 6.0], [5.0, 9.0, 7.0, np.inf]])
    summary = quartiles_of(curves)
    np.testing.assert_array_equal(summary.median, [3.0, 4.0, 6.0, 6.0])
    np.testing.assert_array_equal(summary.low, [2.0, 3.0, 5.5, 6.0])
    np.testing.assert_array_equal(summary.high, [4.0, 6.5, 6.5, 6.0])
    np.testing.assert_array_equal(summary.diverged, [True, False, True])
    np.testing.assert_array_equal(summary.departures, [1, 2])


def test_no_run_has_no_quartiles():
    """What does not exist is not a number."""
    summary = quartiles_of(np.full((2, 3), np.nan))
    assert np.isnan([summary.low, summary.median, summary.high]).all()
    assert summary.departures.size == 0
