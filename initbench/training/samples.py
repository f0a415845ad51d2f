"""The samples that a unit trains on: how they are made, and what planning must know of them.

Planning works on a `DataShape`, a few numbers for each data set. The samples themselves are loaded
where they are used.
"""

import threading
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray
from initbench.data import Dataset, Split, load_dataset, prepare
from initbench.errors import UsageError
from initbench.formatting import show_bytes
from initbench.machine import available_memory
from initbench.nn.losses import loss_for, outputs_for
from initbench.training.evaluation import Task, constant_score, make_task
from initbench.training.unit import DatasetSettings, DataShape, Named

KEPT_BYTES: Final = 2**28
"""Size up to which the latest data sets are kept in memory; the latest always is."""

_kept: dict[tuple[DatasetSettings, str], Split] = {}
_kept_lock: Final = threading.Lock()


@lru_cache(maxsize=100_000)
def data_shape(dataset: DatasetSettings, dtype: str) -> DataShape:
    """Return the shape of a data set, which is loaded once to learn it.

    Loading the data while planning also rejects data that cannot be read or split before anything
    is written.
    """
    split = load_split(dataset, dtype)
    return DataShape(
        features=split.X_train.shape[1],
        classes=split.classes,
        outputs=outputs_for(split.classes, split.y_train),
        train=len(split.X_train),
        test=len(split.X_test),
        validation=0 if split.X_validation is None else len(split.X_validation),
        baselines=tuple(constant_score(y, split.classes) for _, y in parts_of(split).values()),
    )


def load_samples(dataset: DatasetSettings) -> Dataset:
    """Return the samples of a data set before they are split and scaled."""
    options: dict[str, Any] = dict(dataset.options)
    # Numbers are drawn, split and scaled in double precision.
    need, have = (
        6 * 8 * options.get("samples", 0) * (2 + dataset.extra_features),
        available_memory(),
    )
    if have is not None and need > have:
        raise UsageError(
            f"the samples take about {show_bytes(need)} of memory, and there are"
            f" {show_bytes(have)}: ask for fewer"
        )
    return load_dataset(
        dataset.name,
        seed=dataset.seed,
        imbalance=dataset.imbalance,
        extra_features=dataset.extra_features,
        **options,
    )


def load_split(dataset: DatasetSettings, dtype: str) -> Split:
    """Return the split and scaled samples; the latest data sets of a process are kept.

    Planning, training and probing of one process thus load a data set once, unless all data sets
    together are larger than `KEPT_BYTES`.
    """
    with _kept_lock:
        split = _kept.pop((dataset, dtype), None)
    if split is None:
        split = prepare(
            load_samples(dataset),
            test_fraction=dataset.test_fraction,
            scaling=dataset.scaling,
            seed=dataset.seed,
            dtype=np.dtype(dtype),
            validation_fraction=dataset.validation_fraction,
            folds=dataset.folds,
            fold=dataset.fold,
        )
    with _kept_lock:
        _kept[dataset, dtype] = split  # the latest is the last
        sizes = [
            sum(X.nbytes + y.nbytes for X, y in parts_of(each).values()) for each in _kept.values()
        ]
        while len(sizes) > 1 and sum(sizes) > KEPT_BYTES:
            del _kept[next(iter(_kept))], sizes[0]
    return split


def parts_of(split: Split) -> dict[str, tuple[FloatArray, Array]]:
    """Return the samples ``X`` and the labels or targets ``y`` of each part, by its name."""
    parts = {"train": (split.X_train, split.y_train), "test": (split.X_test, split.y_test)}
    if split.X_validation is not None and split.y_validation is not None:
        parts["validation"] = (split.X_validation, split.y_validation)
    return parts


def task_of(split: Split, loss: Named, dtype: DTypeLike) -> Task:
    """Return the parts of the data as arrays of a dtype, with the loss that is trained on them."""
    bound = loss_for(split.classes, loss.name, **dict(loss.options))
    return make_task(parts_of(split), split.classes, bound, dtype)
