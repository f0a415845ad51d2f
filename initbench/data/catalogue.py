"""Every data set that a config can name."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from initbench.data.dataset import Dataset, DatasetEntry, as_dataset, check_dataset
from initbench.data.files import FILE
from initbench.data.idx import MNIST
from initbench.data.reading import digest
from initbench.data.real import BUNDLED, DIGITS, OPENML, PREFIX, is_openml, openml_entry
from initbench.data.regression import REGRESSION
from initbench.data.sklearn_toy import LEGACY
from initbench.data.toy import TOY
from initbench.data.variation import vary
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
