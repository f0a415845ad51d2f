"""Formatting: numbers, sizes and durations in few characters, and names as text without markup."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

NONE = "–"
"""What stands where there is no number."""


SMALLEST_P: Final = 1e-300
"""Below this, the tails of distributions underflow to 0, which no p-value is."""


def compact(value: float | None, like: float | None = None) -> str:
    """Write a number in about five characters.

    `like`: write it with no more digits than this number would have.

    Examples
    --------
    >>> [compact(value) for value in (0.69314, 12.345, 1234.5, 12345.6, 0.00012, None)]
    ['0.693', '12.3', '1234', '1.2e+04', '1.2e-04', '–']
    >>> compact(0.00012, like=0.7), compact(-2.5e220, like=1.0), compact(float("nan"))
    ('0.000', '-2.5e+220', '–')
    """
    if value is None or not isfinite(value):
        return NONE
    size = max(abs(value), abs(like or 0.0))
    if size >= 9999.5 or 0 < size < 0.0005:
        return f"{value:z.1e}"
    decimals = 3 if size < 9.9995 else 1 if size < 999.95 else 0
    return f"{value:z.{decimals}f}"


def mean_with_interval(summary: Mapping[str, Any], least: float = 0.0) -> str:
    """Write a mean with the half-width of its 95 % interval, where it has one.

    `summary`: with ``mean`` and ``ci95``.
    `least`: with no more decimals than this number would have.

    Examples
    --------
    >>> mean_with_interval({"mean": 0.9512, "ci95": [0.9390, 0.9634]})
    '0.951 ± 0.012'
    >>> mean_with_interval({"mean": -0.00012, "ci95": [-0.0002, 0.0]}, least=1.0)
    '0.000 ± 0.000'
    """
    mean, interval = summary["mean"], summary["ci95"]
    if mean is None:
        return compact(mean)
    if interval is None:
        return compact(mean, max(abs(mean), least))
    half_width = (interval[1] - interval[0]) / 2
    like = max(abs(mean), half_width, least)
    return f"{compact(mean, like)} ± {compact(half_width, like)}"


def show_p(p: float) -> str:
    """Write a p-value; one that is too small for a number is below the smallest that is written.

    >>> show_p(0.0123), show_p(3e-6), show_p(0.0)
    ('p = 0.012', 'p = 3e-06', 'p < 1e-300')
    """
    return f"p = {p:.2g}" if p >= SMALLEST_P else f"p < {SMALLEST_P:g}"


def shortened(labels: Sequence[str], width: int) -> list[str]:
    """Cut labels to at most `width` characters so that different labels stay different.

    One that is too long is cut at its end or, where that would make it the same as another, in its
    middle; where even that does, it gets a number.

    Examples
    --------
    >>> shortened(["zeros", "random normal 0.01", "random normal 0.1"], 12)
    ['zeros', 'random… 0.01', 'random…l 0.1']
    """
    for tail in (0, (width - 1) // 2):
        found = [
            label
            if len(label) <= width
            else f"{label[: width - 1 - tail]}…{label[len(label) - tail :]}"
            for label in labels
        ]
        if len(set(found)) == len(set(labels)):
            return found
    numbers = [f"…{place}" for place in range(1, len(labels) + 1)]
    return [
        label if len(label) <= width else label[: max(width - len(number), 0)] + number
        for label, number in zip(labels, numbers, strict=True)
    ]


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Return the last word of each key, or the whole key if another has the same last word.

    >>> short_names(["network.depth", "inits.a.std", "inits.b.std"])
    {'network.depth': 'depth', 'inits.a.std': 'inits.a.std', 'inits.b.std': 'inits.b.std'}
    """
    last = {key: key.rpartition(".")[2] for key in keys}
    words = list(last.values())
    return {key: word if words.count(word) == 1 else key for key, word in last.items()}


def show_settings(settings: Mapping[str, object], *, in_short: bool = False) -> str:
    """Write settings by their paths or, in short, by the last words of these.

    >>> show_settings({"network.depth": 3, "training.epochs": 50})
    'network.depth = 3, training.epochs = 50'
    >>> show_settings({"network.depth": 3, "training.epochs": 50}, in_short=True)
    'depth = 3, epochs = 50'
    """
    names = short_names(list(settings)) if in_short else {path: path for path in settings}
    return ", ".join(f"{names[path]} = {value}" for path, value in settings.items())


def capitalized(text: str) -> str:
    """Return a text with its first letter in upper case.

    >>> capitalized("test R²")
    'Test R²'
    """
    return f"{text[:1].upper()}{text[1:]}"


def count_of(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where it is not one.

    >>> count_of(1, "feature"), count_of(2, "feature")
    ('1 feature', '2 features')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listing(items: Sequence[str], most: int | None = None) -> str:
    """Join items with commas and a last "and"; those beyond `most` are counted.

    >>> listing([]), listing(["zeros"]), listing(["zeros", "ones", "he"])
    ('', 'zeros', 'zeros, ones and he')
    >>> listing(["zeros", "ones", "he"], most=1)
    'zeros and 2 more'
    """
    if most is not None and len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def printable(text: str) -> str:
    r"""Return text of one line in which nothing steers a terminal or turns the writing around.

    >>> printable("a\x1b[31m\nb")
    'a�[31m b'
    """
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )


def escape(text: str) -> str:
    r"""Return text as Markdown that shows it literally.

    >>> print(escape("</script>|_a_"))
    &lt;/script&gt;\|\_a\_
    """
    text = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", printable(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"^([#+=-])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", text)


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
