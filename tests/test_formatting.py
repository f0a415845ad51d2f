"""Numbers, durations and sizes are short, and names are text wherever they are shown."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from initbench.formatting import (
    compact,
    escape,
    listing,
    mean_with_interval,
    printable,
    shortened,
    show_bytes,
    show_seconds,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400

HOSTILE = ["</script><img onerror=x>", "a|b", "**b**", "# h", "- x", "1. x", "`c`", "[l](u)", "$x$"]


@given(st.none() | st.floats(-1e300, 1e300))
def test_a_number_takes_few_characters(value):
    """No number makes a column wide, and none is written as minus nought."""
    text = compact(value)
    assert len(text) <= 9
    assert text != "-0.000"


@given(st.floats(1e-9, 1e9))
@example(0.0095)
def test_a_number_keeps_two_digits(value):
    """What is shown is within five in a hundred of what it is, or half of the last decimal."""
    half = 5e-4 * (1 + 1e-9)  # what lies in the middle may be rounded either way
    assert float(compact(value)) == pytest.approx(value, rel=0.05, abs=half)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00049, "4.9e-04"),
        (0.0006, "0.001"),
        (9.9994, "9.999"),
        (9.9996, "10.0"),
        (999.94, "999.9"),
        (999.96, "1000"),
        (9999.4, "9999"),
        (9999.6, "1.0e+04"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
    ],
)
def test_digits_change_where_rounding_would_add_one(value, text):
    """A number and its negative are written with the same digits."""
    assert compact(value) == text
    assert compact(-value) == (f"-{text}" if value else text)


@pytest.mark.parametrize(
    ("mean", "interval", "text"),
    [
        (0.9512, [0.9390, 0.9634], "0.951 ± 0.012"),
        (0.5, [0.5, 0.5], "0.500 ± 0.000"),
        (0.5, None, "0.500"),
        (None, None, "–"),
        (1234.0, [1134.0, 1334.0], "1234 ± 100"),
        (5.0, [-1e5, 1e5], "5.0e+00 ± 1.0e+05"),
    ],
)
def test_mean_and_interval_have_the_same_digits(mean, interval, text):
    """Both are rounded alike; without an interval none is invented."""
    assert mean_with_interval({"mean": mean, "ci95": interval}) == text


def test_shortened_labels_that_coincide_get_numbers():
    """The number is a label's place among all labels; one that is short enough stays."""
    labels = ["ends alike: a, at the end", "short", "ends alike: b, at the end"]
    assert shortened(labels, 8) == ["ends a…1", "short", "ends a…3"]


@given(st.lists(st.text("ab", min_size=1), max_size=12, unique=True), st.integers(3, 12))
def test_labels_stay_different_when_they_are_cut(labels, width):
    """No label is longer than the width, and short ones are not changed."""
    shown = shortened(labels, width)
    assert len(set(shown)) == len(shown) == len(labels)
    assert all(len(each) <= width for each in shown)
    pairs = zip(labels, shown, strict=True)
    assert all(new == old for old, new in pairs if len(old) <= width)


def test_listings_read_as_sentences():
    """Commas, and one and."""
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c"]) == "a, b and c"


@given(st.text())
def test_nothing_printable_steers_a_terminal(text):
    """Escapes, line breaks, marks of direction and half surrogates are gone."""
    shown = printable(text)
    assert all(letter.isprintable() for letter in shown)
    assert "\u202e" not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_shown_and_not_done(text):
    """No markup is left open, and undoing the escapes gives the text back."""
    shown = escape(text)
    assert not re.search(r"<|(?<!\\)[|`*\[$]|^#|^- |^\d+\. ", shown)
    assert html.unescape(re.sub(r"\\(.)", r"\1", shown)) == text


def test_numbers_need_no_escape():
    """A table's figures stay as they are."""
    assert escape("0.951 ± 0.012") == "0.951 ± 0.012"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (119.4, "119 s"),
        (2 * MINUTE, "2 min"),
        (119 * MINUTE, "119 min"),
        (2 * HOUR, "2 h 0 min"),
        (47 * HOUR + 59 * MINUTE, "47 h 59 min"),
        (48 * HOUR, "2 d 0 h"),
        (999 * DAY + 23 * HOUR, "999 d 23 h"),
        (1461 * DAY, "4 years"),
        (1_461_000 * DAY, "4,000 years"),
    ],
)
def test_a_duration_changes_its_unit_at_two_of_the_next(seconds, text):
    """Days become years at a thousand, and four years have 1461 days."""
    assert show_seconds(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "1 kB"),
        (1_500, "1.5 kB"),
        (9_960, "10 kB"),
        (99_400, "99 kB"),
        (99_600, "100 kB"),
        (999_400, "999 kB"),
        (999_600, "1,000 kB"),
        (1e6, "1 MB"),
        (2.5e9, "2.5 GB"),
        (7e12, "7 TB"),
        (1.2e15, "1.2 PB"),
        (3e18, "3 EB"),
        (4e21, "4,000 EB"),
    ],
)
def test_a_size_changes_its_unit_at_a_thousand(count, text):
    """The units are powers of a thousand, the last one has no end, and no size has an exponent."""
    assert show_bytes(count) == text
