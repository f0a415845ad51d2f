"""Durations and sizes are text of a few characters, in the unit that suits them."""

import pytest

from initbench.formatting import show_bytes, show_seconds

MINUTE, HOUR, DAY = 60, 3600, 86_400


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
