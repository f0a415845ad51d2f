"""Real sets that come with scikit-learn, by the extra ``datasets``."""

import numpy as np

from initbench.data.dataset import XY, Dataset, DatasetEntry
from initbench.optional import require


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
        summary="150 irises of three species, by four lengths; needs scikit-learn",
        reference="Fisher (1936)",
    ),
    DatasetEntry(
        name="wine",
        make=wine,
        summary="178 wines of three growers, by thirteen measurements; needs scikit-learn",
        reference="Forina et al., PARVUS; UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="breast_cancer",
        make=breast_cancer,
        summary="569 tumours, malignant or benign, by thirty measurements; needs scikit-learn",
        reference="Street, Wolberg & Mangasarian (1993), UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="diabetes",
        make=diabetes,
        summary="how far a disease went in a year, by ten measurements; needs scikit-learn",
        reference="Efron, Hastie, Johnstone & Tibshirani (2004)",
    ),
)
