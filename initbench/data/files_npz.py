"""NPZ: NumPy's archive of arrays as a data set."""

import zipfile
from pathlib import Path

from initbench.arrays import Array
from initbench.data.arrayfiles import members_of, read_member
from initbench.data.dataset import Dataset
from initbench.data.targets import Task, read_targets
from initbench.errors import UsageError


def read_npz(path: Path, *, task: Task) -> Dataset:
    """Read ``X`` (N, …) and ``y``, and ``X_test`` and ``y_test`` if they are there.

    Raises
    ------
    UsageError
        An array is missing, damaged, or not what its header says.
    """
    with zipfile.ZipFile(path) as archive:
        stored = members_of(archive)
        names = ["X", "y", *(name for name in ("X_test", "y_test") if name in stored)]
        if missing := [name for name in names if name not in stored]:
            raise UsageError(
                f"holds no array {missing[0]!r}; there are: {', '.join(sorted(stored)[:10])}"
            )
        if len(names) == 3:
            raise UsageError("holds only one of 'X_test' and 'y_test'")
        arrays = {name: read_member(archive, stored[name], path) for name in names}
    targets = read_targets(arrays["y"], arrays.get("y_test"), task)
    return Dataset(
        str(path),
        _as_table("X", arrays["X"]),
        targets.y,
        targets.classes,
        _as_table("X_test", arrays["X_test"]) if "X_test" in arrays else None,
        targets.y_test,
        targets.class_names,
    )


def _as_table(name: str, X: Array) -> Array:
    """Lay each sample's numbers out in a row."""
    if X.ndim < 2:
        raise UsageError(f"{name}: must have samples and features, not shape {X.shape}")
    return X.reshape(len(X), -1)
