"""Real data sets: the bundled digits, those of scikit-learn, and any of OpenML.

The digits are 1,797 images of 8 × 8 pixels with values 0 to 16, from the test part of E. Alpaydin
and C. Kaynak's "Optical Recognition of Handwritten Digits" (UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49), licensed CC BY 4.0; see ``digits.LICENSE.txt``. The numbers are
those of scikit-learn's ``load_digits``, and a test compares them. The other sets need scikit-learn,
the extra ``datasets``; those of https://www.openml.org are called ``openml:NAME``.
"""

import functools
import re
import warnings
from importlib.resources import files
from typing import Final, TypeGuard

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import XY, Dataset, DatasetEntry
from initbench.data.targets import read_targets
from initbench.errors import UsageError
from initbench.optional import require
from initbench.options import PositiveInt

PREFIX: Final = "openml:"
OPENML: Final = r"openml:[A-Za-z0-9_.()+-]{1,128}"
"""A regular expression of what could be the name of a data set there."""


def is_openml(name: object) -> TypeGuard[str]:
    """Tell whether a name is ``openml:`` and what could be the name of a data set there."""
    return isinstance(name, str) and re.fullmatch(OPENML, name) is not None


def digits(_rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Return the images, row by row, and the digits that they show.

    Returns
    -------
    X : ndarray of shape (1797, 64)
    y : ndarray of shape (1797,)
    """
    with files("initbench.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["X"].astype(np.float64), arrays["y"].astype(np.intp)


DIGITS = DatasetEntry(
    name="digits",
    make=digits,
    summary="1,797 hand-written digits of 8 × 8 pixels",
    reference="Alpaydin & Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0",
)


def iris(_rng: np.random.Generator) -> Dataset:
    """Return 150 irises of three species, by four lengths."""
    return _load_classes("iris")


def wine(_rng: np.random.Generator) -> Dataset:
    """Return 178 wines of three growers, by thirteen measurements."""
    return _load_classes("wine")


def breast_cancer(_rng: np.random.Generator) -> Dataset:
    """Return 569 tumours, malignant or benign, by thirty measurements of cells."""
    return _load_classes("breast_cancer")


def diabetes(_rng: np.random.Generator) -> XY:
    """Return 442 patients by ten measurements, and how far their disease went in a year.

    The measurements are the raw ones: scikit-learn's usual ones were scaled over all patients,
    those that are to be tested on among them.
    """
    X, y = require("sklearn.datasets", "datasets").load_diabetes(return_X_y=True, scaled=False)
    return X, y


def _load_classes(name: str) -> Dataset:
    bunch = getattr(require("sklearn.datasets", "datasets"), f"load_{name}")()
    names = tuple(str(each) for each in bunch.target_names)
    return Dataset(name, bunch.data, bunch.target, len(names), class_names=names)


BUNDLED = (
    DatasetEntry(
        name="iris",
        make=iris,
        summary="150 irises of three species, with four lengths; needs scikit-learn",
        reference="Fisher (1936)",
    ),
    DatasetEntry(
        name="wine",
        make=wine,
        summary="178 wines of three growers, with thirteen measurements; needs scikit-learn",
        reference="Forina et al., PARVUS; UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="breast_cancer",
        make=breast_cancer,
        summary="569 tumours, malignant or benign, with thirty measurements; needs scikit-learn",
        reference="Street, Wolberg & Mangasarian (1993), UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="diabetes",
        make=diabetes,
        summary="disease progression after a year, from ten measurements; needs scikit-learn",
        reference="Efron, Hastie, Johnstone & Tibshirani (2004)",
    ),
)


@functools.lru_cache(maxsize=256)
def openml_entry(name: str) -> DatasetEntry:
    """Return the entry of a data set of OpenML, without asking whether there is one."""

    def openml(_rng: np.random.Generator, *, version: PositiveInt = 1, target: str = "") -> Dataset:
        return _fetch(name, version, target)

    return DatasetEntry(
        name=PREFIX + name,
        make=openml,
        summary=f"{name} of OpenML; needs scikit-learn, and the network once",
        reference="Vanschoren, van Rijn, Bischl & Torgo (2013), openml.org",
    )


def _fetch(name: str, version: int, target: str) -> Dataset:
    """Fetch a data set, or take it from scikit-learn's cache; nominal features become codes."""
    datasets = require("sklearn.datasets", "datasets")
    try:
        with warnings.catch_warnings(action="ignore"):  # of a version that is no longer active
            bunch = datasets.fetch_openml(
                name,
                version=version,
                target_column=target or "default-target",
                as_frame=False,
                parser="liac-arff",
            )
    except OSError as error:
        raise UsageError(f"cannot be fetched from openml.org: {error}") from None
    except ValueError as error:
        raise UsageError(f"openml.org: {error}") from None
    if not isinstance(bunch.data, np.ndarray):
        raise UsageError("holds a sparse table, which is not read")
    if bunch.data.dtype.kind not in "biuf":
        raise UsageError("has features that are text, which are not read")
    y = bunch.target
    if y is None:
        raise UsageError("has no target of its own: name one with target")
    targets = read_targets(y if y.dtype.kind in "biuf" else y.astype(str), None, "auto")
    return Dataset(
        PREFIX + name, bunch.data, targets.y, targets.classes, class_names=targets.class_names
    )
