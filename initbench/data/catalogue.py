"""Every data set that a config can name."""

from typing import Any

from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.digits import DIGITS
from initbench.data.toy import TOY
from initbench.options import bind_entry
from initbench.registry import Registry
from initbench.seeding import Stream, generator

DATASETS: Registry[DatasetEntry] = Registry("data set", [*TOY, DIGITS])


def load_dataset(name: str, *, seed: int = 0, **options: Any) -> Dataset:
    """Make a data set.

    Parameters
    ----------
    name : str
        A name of the registry.
    seed : int
        Of the samples' own random stream.
    **options
        As the data set's function takes them, such as ``noise=0.1``.

    Raises
    ------
    UsageError
        There is no such data set, or it does not take these options.

    Examples
    --------
    >>> load_dataset("moons", samples=100).X.shape
    (100, 2)
    """
    entry = DATASETS[name]
    bound = bind_entry("data set", entry, options)
    X, y = entry.make(generator(seed, Stream.DATA), **bound)
    return Dataset(entry.name, X, y, classes=int(y.max()) + 1)
