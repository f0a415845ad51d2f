"""Durations and sizes as text."""


def show_seconds(seconds: float) -> str:
    """Return a duration as text.

    >>> [show_seconds(each) for each in (0.2, 75, 7_400, 400_000, 1e10)]
    ['1 s', '75 s', '2 h 3 min', '4 d 15 h', '317 years']
    """
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86_400
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    if minutes < 120:
        return f"{round(minutes)} min"
    if hours < 48:
        return f"{int(hours)} h {int(minutes) % 60} min"
    if days < 1000:
        return f"{int(days)} d {int(hours) % 24} h"
    return f"{round(days / 365.25):,} years"


def show_bytes(count: float) -> str:
    """Return a number of bytes as text.

    >>> [show_bytes(each) for each in (512, 3_400_000, 4e14)]
    ['1 kB', '3.4 MB', '400 TB']
    """
    count, name = count / 1000, "kB"
    for larger in ("MB", "GB", "TB", "PB", "EB"):
        if count >= 1000:
            count, name = count / 1000, larger
    # From 99.5 on, two digits would be 1e+02.
    return f"{max(1, count):.2g} {name}" if count < 99.5 else f"{count:,.0f} {name}"
