"""Every data set that a config can name."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.dataset import Dataset, DatasetEntry, as_dataset, check_dataset
from initbench.data.files import FILE
from initbench.data.moments import moments
from initbench.data.reading import digest
from initbench.data.real import BUNDLED, DIGITS, MNIST, OPENML, PREFIX, is_openml, openml_entry
from initbench.data.toy import LEGACY, REGRESSION, TOY, check_size
from initbench.errors import UsageError
from initbench.options import bind_options
from initbench.registry import Registry
from initbench.seeding import Stream, generator


class DatasetRegistry(Registry[DatasetEntry]):
    """The registry of data sets, which also answers to ``openml:NAME``.

    Iteration and `all_names` list what is here; what OpenML holds is a family, and listed nowhere.
    """

    @property
    def families(self) -> Mapping[str, DatasetEntry]:
        """The family of OpenML's data sets, by the pattern of their names."""
        return {OPENML: openml_entry("NAME")}

    def __getitem__(self, name: object) -> DatasetEntry:
        if is_openml(name):
            return openml_entry(name.removeprefix(PREFIX))
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return is_openml(name) or super().__contains__(name)


DATASETS: Final = DatasetRegistry(
    "data set", [*TOY, *LEGACY, *REGRESSION, DIGITS, *BUNDLED, FILE, *MNIST]
)


def load_dataset(
    name: str,
    *,
    seed: int = 0,
    imbalance: float = 1.0,
    extra_features: int = 0,
    **options: Any,
) -> Dataset:
    """Make or read a data set.

    Parameters
    ----------
    name : str
        A name of the registry, or ``openml:NAME``.
    seed : int
        Of the samples' own random stream.
    imbalance : float
        How many times as many samples the first class has as the last, from 1.
    extra_features : int
        How many features of noise are added.
    **options
        As the data set's function takes them, such as ``noise=0.1``.

    Raises
    ------
    UsageError
        There is no such data set, it does not take these options, or it cannot be read.

    Examples
    --------
    >>> load_dataset("moons", samples=100).X.shape
    (100, 2)
    """
    entry = DATASETS[name]
    rng = generator(seed, Stream.DATA)
    with _naming(entry), np.errstate(over="ignore", invalid="ignore"):  # checked just below
        made = entry.make(rng, **bind_options(entry.options, options))
    dataset = check_dataset(as_dataset(entry.name, made))
    return vary(dataset, imbalance=imbalance, extra_features=extra_features, seed=seed)


def dataset_digest(name: str, **options: Any) -> str:
    """Return the SHA-256 of the files that a data set is read from, one after the other.

    The digest belongs to the key of a run: a file may change while its name stays. It is empty for
    a data set that is read from no file of the user's. Where a file is read differently than by an
    earlier version, the digest covers the difference too: runs that were trained on the earlier
    reading are not taken for runs of this one.

    Raises
    ------
    UsageError
        A file cannot be read, or the options do not fit.
    """
    entry = DATASETS[name]
    with _naming(entry):
        bound = bind_options(entry.options, options)
        found = digest(entry.files(**bound)) if entry.files else ""
        if entry.reading and (reading := entry.reading(**bound)):
            return hashlib.sha256(f"{found} {reading}".encode()).hexdigest()
        return found


@contextmanager
def _naming(entry: DatasetEntry) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise UsageError(f"data set {entry.name!r}: {error}") from None


# --- Variations: class imbalance and features of noise --------------------------------------------


THINNING: Final = 1
EXTRA_FEATURES: Final = 2
"""Tell these streams from that of the samples, which has no key."""


def vary(dataset: Dataset, *, imbalance: float, extra_features: int, seed: int) -> Dataset:
    """Thin classes out, and add features that say nothing.

    Parameters
    ----------
    imbalance : float
        How many times as many samples of the first class are kept as of the last; from one class
        to the next, the share falls by a constant factor. 1 keeps all. A test part of its own is
        left whole.
    extra_features : int
        How many columns of normal noise are added.

    References
    ----------
    Cui, Jia, Lin, Song, Belongie, "Class-balanced loss based on effective number of samples",
    CVPR 2019, section 5.1, for the falling shares.
    """
    if not 1 <= imbalance < np.inf:
        raise UsageError(f"imbalance must be at least 1 and finite, not {imbalance:g}")
    if not 0 <= extra_features <= 10_000:
        raise UsageError(f"extra_features must be from 0 to 10000, not {extra_features}")
    if imbalance > 1:
        if dataset.classes is None:
            raise UsageError(f"data set {dataset.name!r}: imbalance needs classes; it has numbers")
        rng = generator(seed, Stream.DATA, THINNING)
        kept = np.zeros(len(dataset.y), bool)
        for label in range(dataset.classes):
            members = np.flatnonzero(dataset.y == label)
            count = round(len(members) * imbalance ** (-label / (dataset.classes - 1)))
            if count == 0:
                raise UsageError(
                    f"data set {dataset.name!r}: with imbalance {imbalance:g}, none of the"
                    f" {len(members)} samples of class {label} is kept; lower it"
                )
            kept[rng.permutation(members)[:count]] = True
        dataset = replace(dataset, X=dataset.X[kept], y=dataset.y[kept])
    if not extra_features:
        return dataset
    check_size(len(dataset.X), extra_features)
    noise = generator(seed, Stream.DATA, EXTRA_FEATURES)
    # The noise is as large as the data's own columns are on average.
    std = float(np.mean(moments(dataset.X, np.arange(len(dataset.X))).std)) or 1.0

    def widened(X: Array) -> FloatArray:
        more = noise.standard_normal((len(X), extra_features), dtype=np.float32)
        return np.column_stack([X, std * more])

    X_test = None if dataset.X_test is None else widened(dataset.X_test)
    names = tuple(f"noise {place}" for place in range(1, extra_features + 1))
    return replace(
        dataset,
        X=widened(dataset.X),
        X_test=X_test,
        feature_names=dataset.feature_names and (*dataset.feature_names, *names),
    )
