"""Spacing: how the values of a key are spaced, and where the cells around them end.

It needs no Matplotlib, so that pictures and the page can agree.
"""

import numpy as np

from initbench.arrays import FloatArray


def is_log_spaced(values: FloatArray) -> bool:
    """Tell whether values are spaced more evenly on a log scale than on a linear one.

    >>> is_log_spaced(np.array([0.01, 0.1, 1.0])), is_log_spaced(np.array([1.0, 2.0, 3.0]))
    (True, False)
    """
    if len(values) < 2 or values.min() <= 0:
        return False
    if len(values) == 2:
        return bool(values.max() >= 10 * values.min())
    steps, factors = np.diff(np.sort(values)), np.diff(np.log(np.sort(values)))
    return bool(factors.std() / factors.mean() < steps.std() / steps.mean())


def cell_edges(values: FloatArray) -> FloatArray:
    """Return where cells around values end: half way between two, on the scale of the values.

    The first and the last reach as far out as in.

    Parameters
    ----------
    values : ndarray of shape (V,)
        Two or more, in order.

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
    if is_log_spaced(values):
        return np.asarray(np.exp(_edges(np.log(values))))
    return _edges(values)


def between(values: FloatArray, steps: int) -> FloatArray:
    """Return values with so many steps from each to the next, even on the scale of the values.

    >>> between(np.array([1.0, 2.0, 4.0]), 2).round(3).tolist()
    [1.0, 1.414, 2.0, 2.828, 4.0]
    """
    is_log = is_log_spaced(values)
    places = np.log(values) if is_log else values
    at = np.linspace(0, len(values) - 1, steps * (len(values) - 1) + 1)
    fine = np.interp(at, np.arange(len(values)), places)
    return np.asarray(np.exp(fine) if is_log else fine)


def _edges(places: FloatArray) -> FloatArray:
    middles = (places[:-1] + places[1:]) / 2
    first, last = 2 * places[0] - middles[0], 2 * places[-1] - middles[-1]
    return np.concatenate([[first], middles, [last]])
