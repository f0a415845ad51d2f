"""What a data set is: samples, what is to be said of them, and the function that makes both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.options import Option, options_of

XY: TypeAlias = tuple[FloatArray, Array]
"""Samples (N, D), and their labels (N,) or targets (N, K)."""


@dataclass(frozen=True)
class Dataset:
    """Samples with their labels, or with the numbers that a network is to find.

    Attributes
    ----------
    name : str
    X : ndarray of shape (N, D)
        Real numbers of any type; pictures stay bytes until they are prepared.
    y : ndarray
        To classify: integers (N,) from 0 to ``classes - 1``, each of them present. Regression:
        float64 (N, K).
    classes : int or None
        None for regression.
    X_test, y_test : ndarray, optional
        A test part that the data set comes with; then none is split off.
    class_names : tuple of str
        Of the classes, where they have names.
    """

    name: str
    X: Array
    y: Array
    classes: int | None
    X_test: Array | None = None
    y_test: Array | None = None
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """A data set of the registry.

    Attributes
    ----------
    name, aliases, summary, reference
        As listed.
    make : callable (rng, *, options…) -> (X (N, D), y) or Dataset
        Its keyword-only parameters are the data set's options. Integers as `y` are classes,
        other numbers are targets; a `Dataset` says more.
    files : callable (options…) -> list of Path, optional
        The files that the samples are read from, where they are.
    """

    name: str
    make: Callable[..., XY | Dataset]
    summary: str
    reference: str
    aliases: tuple[str, ...] = ()
    files: Callable[..., list[Path]] | None = None

    @property
    def options(self) -> Mapping[str, Option]:
        """What the data set can be given, with defaults."""
        return options_of(self.make)


def as_dataset(name: str, made: XY | Dataset) -> Dataset:
    """Return what a data set's function made as a record."""
    if isinstance(made, Dataset):
        return made
    X, y = made
    if y.dtype.kind == "f":
        return Dataset(name, X, y.reshape(len(y), -1), classes=None)
    return Dataset(name, X, y, classes=int(np.max(y)) + 1)
