"""Checks of a user's own data: classes of one sample, and features that leak the target."""

from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.dataset import Dataset

MAX_ROWS: Final = 2000
"""Samples that the search for a leak looks at; more would not change its answer."""

MAX_FEATURES: Final = 2000
LEAST_ROWS: Final = 50
SHARE: Final = 0.99
"""A feature that alone predicts so much of the target is suspected to have been made from it."""


def own_notices(dataset: Dataset) -> list[str]:
    """Return notices on classes of one sample and on features that leak the target."""
    notices = []
    if dataset.classes is not None and 2 <= dataset.classes <= len(dataset.y):
        counts = np.bincount(dataset.y, minlength=dataset.classes)
        single = np.flatnonzero(counts == 1)
        if len(single):
            names = dataset.class_names or tuple(map(str, range(dataset.classes)))
            shown = ", ".join(names[label] for label in single[:5])
            more = f" and {len(single) - 5} others" if len(single) > 5 else ""
            verb = "has" if len(single) == 1 else "have"
            notices.append(
                f"class{'' if len(single) == 1 else 'es'} {shown}{more} {verb} a single sample,"
                " which cannot be both trained and tested on"
            )
    for place, score in leaking_features(dataset):
        name = dataset.feature_names[place] if dataset.feature_names else f"number {place}"
        what = "the classes" if dataset.classes is not None else "the variance of the target"
        notices.append(
            f"feature {name!r} alone predicts {score:.1%} of {what}: was it made from the target?"
        )
    return notices


def leaking_features(dataset: Dataset) -> list[tuple[int, float]]:
    """Return the features that alone predict the target to more than 99 %, with their scores.

    Classes are predicted by the class of the nearest value in the other half of the samples, or by
    a feature whose sorted values fall into no more intervals than there are classes; numbers by
    interpolation between the nearest values of the other half. The score is the accuracy, or the
    coefficient of determination R². An accuracy counts only if nine tenths of the mistakes of the
    majority class are avoided, so that rare classes do not make every feature suspicious. A data
    set of one feature has no leak: the feature is all there is.
    """
    X, y = dataset.X, dataset.y
    if len(X) != len(y) or len(X) < LEAST_ROWS or not 2 <= X.shape[1] <= MAX_FEATURES:
        return []
    rows = np.random.default_rng(0).permutation(len(X))[:MAX_ROWS]
    half = len(rows) // 2
    X_fit, X_held = (X[part].astype(np.float64) for part in (rows[:half], rows[half:]))
    y_fit, y_held = y[rows[:half]], y[rows[half:]]
    found = []
    for place in range(X.shape[1]):
        fit, held = X_fit[:, place], X_held[:, place]
        is_fit, is_held = np.isfinite(fit), np.isfinite(held)
        if is_fit.sum() < 2 or is_held.mean() < 0.5:
            continue
        if dataset.classes is not None:
            guess = _nearest_class(fit[is_fit], y_fit[is_fit], held[is_held], dataset.classes)
            score = float(np.mean(guess == y_held[is_held]))
            if len(rows) >= 10 * dataset.classes:
                values = np.concatenate([fit[is_fit], held[is_held]])
                labels = np.concatenate([y_fit[is_fit], y_held[is_held]])
                score = max(score, _interval_score(values, labels, dataset.classes))
            majority = np.bincount(y_fit, minlength=dataset.classes).argmax()
            baseline = float(np.mean(y_held[is_held] == majority))
            if score > SHARE and 1 - score < 0.1 * (1 - baseline):
                found.append((place, score))
        elif y.shape[1] == 1 and len(np.unique(fit[is_fit])) > 2:
            score = _interpolation_score(
                fit[is_fit], y_fit[is_fit, 0], held[is_held], y_held[is_held, 0]
            )
            if score > SHARE:
                found.append((place, score))
    return found


def _majorities(values: FloatArray, labels: Array, classes: int) -> tuple[FloatArray, Array]:
    """Return the distinct values, sorted, and the majority class at each."""
    distinct, places = np.unique(values, return_inverse=True)
    pairs, counts = np.unique(places * classes + labels, return_counts=True)
    # Sorted by value, then by count from the largest: the first pair of each value is its majority.
    best = np.lexsort([-counts, pairs // classes])
    first = np.unique((pairs // classes)[best], return_index=True)[1]
    return distinct, (pairs % classes)[best][first]


def _interval_score(values: FloatArray, labels: Array, classes: int) -> float:
    """Return the accuracy of the classes' intervals, 0 if they are more than there are classes."""
    distinct, majority = _majorities(values, labels, classes)
    if np.count_nonzero(np.diff(majority)) >= classes:
        return 0.0
    return float(np.mean(majority[np.searchsorted(distinct, values)] == labels))


def _nearest_class(fit: FloatArray, labels: Array, held: FloatArray, classes: int) -> Array:
    """Return for each held-out value the majority class at the nearest value that was fitted."""
    values, majority = _majorities(fit, labels, classes)
    if len(values) == 1:
        return np.full(len(held), majority[0])
    right = np.clip(np.searchsorted(values, held), 1, len(values) - 1)
    left = right - 1
    nearest = np.where(held - values[left] <= values[right] - held, left, right)
    return np.asarray(majority[nearest])


def _interpolation_score(
    fit: FloatArray, targets: FloatArray, held: FloatArray, wanted: FloatArray
) -> float:
    """Return R² of linear interpolation between the mean targets of the fitted values."""
    values, places = np.unique(fit, return_inverse=True)
    with np.errstate(all="ignore"):  # numbers too large: the score is then no number, and no leak
        means = np.bincount(places, weights=targets) / np.bincount(places)
        errors = np.interp(held, values, means) - wanted
        variance = np.var(wanted)
        return float(1 - np.mean(errors**2) / variance) if variance > 0 else 0.0
