"""A field: a network's opinion over the plane, as colours.

A place has the colour of the class that is most probable there, and is the paler the less sure the
network is; where it cannot tell, the place is white. For two classes that is a diverging map.
"""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.plots.palette import look

STRENGTH: Final = 0.5
"""Share of a class's colour where the network is certain; that class's points still stand out."""


def class_probabilities(probabilities: FloatArray) -> FloatArray:
    """Return probabilities of all K classes ``(K, …)``, also where those of class 1 stand alone."""
    if len(probabilities) > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities])


def field_colours(probabilities: FloatArray) -> FloatArray:
    """Return the colours of a field.

    Parameters
    ----------
    probabilities : ndarray of shape (C, …)
        Of class 1, or of each of K > 2 classes.

    Returns
    -------
    ndarray of shape (…, 3)
        Red, green and blue, from 0 to 1.

    Examples
    --------
    >>> field_colours(np.array([[0.5]]))
    array([[1., 1., 1.]])
    """
    from matplotlib.colors import to_rgb

    each = class_probabilities(probabilities)
    guess = 1 / len(each)
    certainty = np.clip((each.max(axis=0) - guess) / (1 - guess), 0, 1)
    colours = np.array([to_rgb(look(place).colour) for place in range(len(each))])
    strength = STRENGTH * certainty[..., np.newaxis]
    mixed: FloatArray = 1 - strength * (1 - colours[each.argmax(axis=0)])
    return mixed


def thin(labels: IntArray, most: int) -> IntArray:
    """Return the indices of at most about `most` points, evenly from each class.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    most : int
    """
    share = min(1.0, most / max(len(labels), 1))
    kept = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = max(round(share * len(members)), 1)
        kept.append(members[np.linspace(0, len(members) - 1, count).round().astype(np.int64)])
    return np.sort(np.concatenate(kept)) if kept else np.zeros(0, dtype=np.int64)
