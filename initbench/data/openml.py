"""OpenML: any data set of https://www.openml.org by name, as ``openml:NAME``."""

import functools
import re
import warnings
from typing import Final, TypeGuard

import numpy as np

from initbench.data.dataset import Dataset, DatasetEntry
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
