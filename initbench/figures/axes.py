"""Axes: scales, limits and ticks that show the numbers of a figure, and how ticks are written.

Losses of one experiment may differ by many orders of magnitude, and a signal that vanishes falls
through dozens of decades. A log scale is taken where a linear one would flatten what matters. A run
on its way to divergence must not flatten the rest, so that the axis of a loss reaches only so far
from where the smallest one begins.
"""

import sys
from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Final, Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.records import Axis

LOG_FROM: Final = 20.0
"""A log scale is taken where the largest number is more than this many times the smallest."""

LOWEST_SCORE: Final = -1.0
"""Where axes and colours of scores end, whatever is below; no accuracy is."""

_REACH: Final = 1e5
"""How far, as a factor, the axis of a loss reaches up and down from the smallest first loss."""

_EXTREMES: Final = (1e-280, 1e280)
"""Ends of log axes; beyond, renderers cannot compute."""

_MARGIN: Final = 0.04
_LEAST_FACTOR: Final = 10.0
"""The factor that an axis of sizes covers at least: noise must not look like a trend."""

_TICKS: Final = 7
_STEPS: Final = (1, 2, 3, 5, 10, 20, 50, 100)
"""Decades between two ticks."""

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def loss_axis(label: str, lines: Sequence[FloatArray]) -> Axis:
    """Return the axis that shows curves of a loss, each with its first value first."""
    values = _positive(lines)
    if not values.size:
        return Axis(label, limits=(0.0, 1.0))
    starts = _positive([line[:1] for line in lines])
    start = float(starts.min() if starts.size else values.min())
    low, high = max(values.min(), start / _REACH), min(values.max(), start * _REACH)
    if high / low <= LOG_FROM:
        return Axis(label, limits=(0.0, float(high) * (1 + _MARGIN)))
    margin = (high / low) ** _MARGIN
    return log_axis(label, float(low / margin), float(high * margin))


def size_axis(label: str, values: Iterable[FloatArray]) -> Axis:
    """Return a log axis that shows all values that are positive and finite."""
    flat = _positive(values)
    if not flat.size:
        return log_axis(label, 0.1, 10.0)
    low, high = float(flat.min()), float(flat.max())
    missing = max((_LEAST_FACTOR / (high / low)) ** 0.5, 1.0)
    margin = max((high / low) ** _MARGIN, 1.05) * missing
    return log_axis(label, low / margin, high * margin)


def log_axis(label: str, low: float, high: float) -> Axis:
    """Return a log axis between two limits, with ticks at round numbers."""
    return Axis(label, "log", (low, high), named_ticks(log_ticks(low, high)))


def swept_axis(label: str, values: FloatArray) -> Axis:
    """Return the axis of a key that is swept, with its ticks at the values."""
    edges = cell_edges(values) if len(values) > 1 else np.array([values[0] - 1, values[0] + 1])
    return Axis(label, scale_of(values), (float(edges[0]), float(edges[-1])), named_ticks(values))


def scale_of(values: FloatArray) -> Literal["linear", "log"]:
    """Return the scale on which values are spaced more evenly.

    >>> scale_of(np.array([0.01, 0.1, 1.0])), scale_of(np.array([1.0, 2.0, 3.0]))
    ('log', 'linear')
    """
    if len(values) < 2 or values.min() <= 0:
        return "linear"
    if len(values) == 2:
        return "log" if values.max() >= 10 * values.min() else "linear"
    steps, factors = np.diff(np.sort(values)), np.diff(np.log(np.sort(values)))
    is_log = factors.std() / factors.mean() < steps.std() / steps.mean()
    return "log" if is_log else "linear"


def cell_edges(values: FloatArray) -> FloatArray:
    """Return where cells around values end: half way between two, on the scale of the values.

    The first and the last reach as far out as in.

    `values`: shape (V,); two or more, in order.

    Returns
    -------
    ndarray of shape (V + 1,)

    Examples
    --------
    >>> cell_edges(np.array([1.0, 2.0, 4.0, 5.0])).tolist()
    [0.5, 1.5, 3.0, 4.5, 5.5]
    >>> cell_edges(np.array([0.01, 1.0])).round(4).tolist()
    [0.001, 0.1, 10.0]
    """
    is_log = scale_of(values) == "log"
    return np.exp(middle_edges(np.log(values))) if is_log else middle_edges(values)


def middle_edges(places: FloatArray) -> FloatArray:
    """Return the ends of cells around two or more places, as `cell_edges` on a linear scale."""
    middles = (places[:-1] + places[1:]) / 2
    return np.concatenate([2 * places[:1] - middles[:1], middles, 2 * places[-1:] - middles[-1:]])


def between(values: FloatArray, steps: int) -> FloatArray:
    """Return values with interpolated ones between, evenly spaced on the scale of the values.

    >>> between(np.array([1.0, 2.0, 4.0]), 2).round(3).tolist()
    [1.0, 1.414, 2.0, 2.828, 4.0]
    """
    is_log = scale_of(values) == "log"
    places = np.log(values) if is_log else values
    at = np.linspace(0, len(values) - 1, steps * (len(values) - 1) + 1)
    fine = np.interp(at, np.arange(len(values)), places)
    return np.asarray(np.exp(fine) if is_log else fine)


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most so many round numbers between two limits, evenly spaced.

    >>> linear_ticks(0.86, 1.0, 5), linear_ticks(0.49, 0.53, 1)
    ([0.9, 0.95, 1.0], [0.5])
    """
    exponent = floor(log10((high - low) / most))
    for step in (part * 10.0**exponent for part in (1, 2, 2.5, 5, 10, 20, 50)):
        ticks = np.arange(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1) * step
        if len(ticks) <= most:
            break
    return [float(f"{tick:.10g}") for tick in ticks]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two limits, as many as can be read.

    Examples
    --------
    >>> log_ticks(0.03, 20)
    [0.1, 1.0, 10.0]
    >>> log_ticks(0.4, 3)
    [0.5, 1.0, 2.0]
    >>> log_ticks(1e-30, 1)
    [1e-30, 1e-25, 1e-20, 1e-15, 1e-10, 1e-05, 1.0]
    """
    low, high = max(low, sys.float_info.min), min(high, sys.float_info.max)
    decades = log10(high) - log10(low)
    exponents = range(floor(log10(low)) - 1, ceil(log10(high)) + 1)
    step = next((each for each in _STEPS if decades / each <= _TICKS), _STEPS[-1])
    parts = (1, 2, 5) if decades <= 2 else (1,)
    ticks = [
        float(f"{part}e{exponent}")
        for exponent in exponents
        if exponent % step == 0
        for part in parts
    ]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def named_ticks(values: Iterable[float]) -> tuple[tuple[float, str], ...]:
    """Return ticks at values, with their texts."""
    return tuple((float(value), written(float(value))) for value in values)


def written(value: float) -> str:
    """Return a number as text for a tick of an axis.

    Examples
    --------
    >>> written(0.05), written(1e-6), written(-1.5), written(25000)
    ('0.05', '10⁻⁶', '−1.5', '25000')
    """
    exponent = log10(abs(value)) if value else 0.0
    if exponent.is_integer() and not -4 <= exponent <= 4:
        return ("−10" if value < 0 else "10") + str(int(exponent)).translate(_SUPERSCRIPTS)
    text = f"{value:.4g}" if abs(exponent) < 4 or value % 1 else f"{value:g}"
    return text.replace("e+0", "e").replace("-", "−")


def evenly(length: int, most: int) -> IntArray:
    """Return at most `most` evenly spaced indices, including the first and the last.

    >>> evenly(100, 4).tolist(), evenly(3, 10).tolist()
    ([0, 33, 66, 99], [0, 1, 2])
    """
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))


def some_layers(count: int, most: int) -> list[int]:
    """Return layers, from 0, that represent all: the first, the last, and some between.

    >>> some_layers(4, 6), some_layers(60, 4)
    ([0, 1, 2, 3], [0, 20, 40, 59])
    """
    if count <= most:
        return list(range(count))
    step = ceil(count / (most - 1))
    return [*range(0, count - 1 - step // 2, step), count - 1]


def rank_axis(label: str, count: int) -> Axis:
    """Return an axis of numbers from 1, such as layers from left to right."""
    ticks = named_ticks(1.0 + place for place in some_layers(count, 8))
    return Axis(label, limits=(0.5, count + 0.5), ticks=ticks)


def _positive(lines: Iterable[FloatArray]) -> FloatArray:
    values = np.concatenate([np.zeros(0), *(np.ravel(line) for line in lines)])
    positive: FloatArray = np.clip(values[np.isfinite(values) & (values > 0)], *_EXTREMES)
    return positive
