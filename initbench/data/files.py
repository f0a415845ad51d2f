"""Files: the user's own data, as the data set ``file``.

The ending of a file's name says its kind. Its contents, and not its name, decide the numbers of a
run: see `initbench.data.dataset_digest`.
"""

import functools
import zipfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset, DatasetEntry, Imputation
from initbench.data.leaks import own_notices
from initbench.data.reading import blaming, check_digest, members_of, read_member, require_file
from initbench.data.tables import (
    Categories,
    Columns,
    Header,
    Missing,
    TableOptions,
    read_table,
)
from initbench.data.targets import Task, read_targets, without_offset
from initbench.errors import UsageError
from initbench.formatting import count_of

TABLES: Final = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")
ENDINGS: Final = (".npz", *TABLES)

CONTAINERS: Final = (
    ("X", "y", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),  # Keras
    ("X_train", "y_train", "X_test", "y_test"),
    ("data", "target", "", ""),  # scikit-learn
)
"""Names of the arrays in an ``.npz``: samples and targets, and those of a test part."""

STORED_OPTIONS: Final = {"path", "target", "header", "task", "sha256"}
"""Options that were there when runs were first stored; see `DatasetEntry.later_options`."""


def is_file_name(name: object) -> bool:
    """Tell whether a name is that of a file that can be read as a data set."""
    return isinstance(name, str) and name.lower().endswith(ENDINGS)


def file(
    _rng: np.random.Generator,
    *,
    path: str,
    target: int | str = "",
    header: Header = "auto",
    task: Task = "auto",
    sha256: str = "",
    features: Columns = (),
    drop: Columns = (),
    missing: Missing = "error",
    categories: Categories = "error",
    separator: str = "auto",
    decimal: str = "auto",
    thousands: str = "",
    encoding: str = "utf-8",
    comment: str = "",
    na_values: Columns = (),
    keep_default_na: bool = True,
) -> Dataset:
    """Read a data set from a file.

    Parameters
    ----------
    path : str
        ``.npz`` with arrays ``X`` and ``y`` and, if there is a test part, ``X_test`` and
        ``y_test`` (or as Keras and scikit-learn name them); or a table: ``.csv``, ``.tsv``
        (``.gz`` may follow) or ``.parquet``. ``~`` is the home folder.
    target : int or str
        The column of a table to predict: its number from 0 (or from the end, as -1), or its name;
        the last column by default.
    header : {"auto", "present", "absent"}
        Whether the first line of a text names the columns; found from the line by default.
    task : {"auto", "classification", "regression"}
        By default, text, booleans and integers are classes, and real numbers are not.
    sha256 : str
        The file's digest, to be sure of its contents.
    features, drop : list of names, numbers or patterns
        Columns of a table to use as features, all by default, and columns to leave out.
    missing : {"error", "drop", "mean", "most_frequent"}
        Refuse missing values, leave out their rows, or fill them in from the training part.
    categories : {"error", "one_hot", "ordinal"}
        Refuse features that are text, make one feature of each value, or number the values.
    separator, decimal, thousands, encoding, comment, na_values, keep_default_na
        How a text is written, as `pandas.read_csv` names them; separator and decimal sign are found
        from the first lines by default.

    Raises
    ------
    UsageError
        The file cannot be read, or is not what it should be; the message says where.
    """
    source = Path(path).expanduser()
    given = TableOptions(
        target=target,
        features=features,
        drop=drop,
        separator=separator,
        decimal=decimal,
        thousands=thousands,
        encoding=encoding,
        header=header,
        comment=comment,
        na_values=na_values,
        keep_default_na=keep_default_na,
        missing=missing,
        categories=categories,
        task=task,
    )
    _require_ending(source)
    require_file(source)
    check_digest([source], sha256)
    made = _read_once(source, _stamp(source), given)
    _read_once.cache_clear()  # whoever asked has it now; a second copy would only take memory
    return made


def _require_ending(path: Path) -> str:
    for ending in ENDINGS:
        if path.name.lower().endswith(ending):
            return ending
    raise UsageError(f"{path}: must end in one of {', '.join(ENDINGS)}")


def _stamp(path: Path) -> tuple[int, ...]:
    """Return modification time, size and inode, which change with a file."""
    with blaming(path):
        status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


@functools.lru_cache(maxsize=1)
def _read_once(path: Path, _stamp: tuple[int, ...], options: TableOptions) -> Dataset:
    """Read a file, which the key of a run and then its samples ask for."""
    ending = _require_ending(path)
    with blaming(path):
        if ending in TABLES:
            no_text = ending == ".parquet"
            _refuse(options, {*_TEXT_OPTIONS} if no_text else set())
            made = read_table(path, options)
        else:
            _refuse(options, {each.name for each in fields(options)} - {"task", "missing"})
            made = read_npz(path, task=options.task, missing=options.missing)
    return replace(made, notices=(*made.notices, *own_notices(made)))


_TEXT_OPTIONS: Final = (
    *("separator", "decimal", "thousands", "encoding", "header", "comment"),
    *("na_values", "keep_default_na"),
)


def _refuse(options: TableOptions, names: set[str]) -> None:
    """Refuse options that have no meaning for this kind of file."""
    usual = TableOptions()
    for name in sorted(names):
        if getattr(options, name) != getattr(usual, name):
            raise UsageError(f"this kind of file takes no {name}")


@functools.lru_cache(maxsize=64)
def _reading_once(path: Path, stamp: tuple[int, ...], options: TableOptions) -> str:
    return _read_once(path, stamp, options).reading


def reading(*, path: str, sha256: str = "", **options: object) -> str:
    """Return how a file is read where an earlier version would have read it differently.

    Raises
    ------
    UsageError
        The file cannot be read.
    """
    del sha256
    source = Path(path).expanduser()
    if _require_ending(source) == ".npz":
        return ""
    require_file(source)
    return _reading_once(source, _stamp(source), TableOptions(**options))  # type: ignore[arg-type]


def read_npz(path: Path, *, task: Task, missing: Missing = "error") -> Dataset:
    """Read the samples and targets of an archive of arrays, and a test part if there is one.

    Samples of more than one axis, as images, are laid out in a row.

    Raises
    ------
    UsageError
        An array is missing, damaged, or not what its header says.
    """
    with zipfile.ZipFile(path) as archive:
        stored = members_of(archive)
        names = _container(stored)
        arrays = {
            role: read_member(archive, stored[name], path)
            for role, name in zip(CONTAINERS[0], names, strict=True)
            if name in stored
        }
        feature_names = _words(archive, stored, path, "feature_names")
        class_names = _words(archive, stored, path, "target_names")
    if ("X_test" in arrays) != ("y_test" in arrays):
        raise UsageError(f"holds only one of {names[2]!r} and {names[3]!r}")
    X, X_test = _as_table(names[0], arrays["X"]), None
    if "X_test" in arrays:
        X_test = _as_table(names[2], arrays["X_test"])
    y, y_test = arrays["y"], arrays.get("y_test")
    notices: list[str] = []
    imputations: tuple[Imputation, ...] = ()
    if X.dtype.kind == "f" and missing != "error":
        X, y, imputations = _without_gaps(X, y, X_test, missing, notices)
    X, X_test = _exact(X, X_test, notices)
    targets = read_targets(y, y_test, task)
    names_fit = len(class_names) == targets.classes and y.dtype.kind in "iu"
    return Dataset(
        str(path),
        X,
        targets.y,
        targets.classes,
        X_test,
        targets.y_test,
        class_names if names_fit else targets.class_names,
        feature_names if len(feature_names) == X.shape[1] else (),
        imputations,
        notices=(*notices, *targets.notices),
    )


def _container(stored: Mapping[str, object]) -> tuple[str, str, str, str]:
    """Return the names under which an archive holds its arrays."""
    for names in CONTAINERS:
        if names[0] in stored and names[1] in stored:
            return names
    missing = "y" if "X" in stored else "X"
    shown = ", ".join(sorted(stored)[:10])
    advice = "; usual names are X and y, x_train and y_train, or data and target"
    if any(name.endswith((".weight", ".bias", "kernel")) for name in stored):
        advice = "; these look like the weights of a network: initbench audit reads them"
    raise UsageError(f"holds no array {missing!r}; there are: {shown}{advice}")


def _words(
    archive: zipfile.ZipFile, stored: Mapping[str, zipfile.ZipInfo], path: Path, name: str
) -> tuple[str, ...]:
    """Return an array of names, if the archive has it as text."""
    if name not in stored or stored[name].file_size > 2**20:
        return ()
    try:
        words = read_member(archive, stored[name], path)
    except UsageError:  # names are of no importance, and often pickled
        return ()
    return tuple(map(str, words)) if words.dtype.kind == "U" and words.ndim == 1 else ()


def _as_table(name: str, X: Array) -> Array:
    """Lay each sample's numbers out in a row."""
    if X.ndim < 2:
        raise UsageError(f"{name}: must have samples and features, not shape {X.shape}")
    return X.reshape(len(X), -1)


def _without_gaps(
    X: Array, y: Array, X_test: Array | None, missing: Missing, notices: list[str]
) -> tuple[Array, Array, tuple[Imputation, ...]]:
    """Leave out rows with missing values, or say how these are to be filled in."""
    gaps = np.isnan(X)
    if missing == "drop":
        kept = ~gaps.any(axis=1)
        if len(y) == len(X) and not kept.all():
            notices.append(
                f"{np.sum(~kept)} of {len(X)} samples have a missing value and are left out"
            )
            return X[kept], y[kept], ()
        return X, y, ()
    has_gaps = gaps.any(axis=0)
    if X_test is not None and X_test.dtype.kind == "f" and X_test.shape[1:] == X.shape[1:]:
        has_gaps |= np.isnan(X_test).any(axis=0)
    strategy = "mean" if missing == "mean" else "most_frequent"
    places = np.flatnonzero(has_gaps)
    return X, y, tuple(Imputation(strategy, (int(place),)) for place in places)  # type: ignore[arg-type]


def _exact(X: Array, X_test: Array | None, notices: list[str]) -> tuple[Array, Array | None]:
    """Count integers beyond 2^53 from the smallest of their column, which float64 holds exactly."""
    if X_test is not None and (X_test.dtype != X.dtype or X_test.shape[1:] != X.shape[1:]):
        return X, X_test
    both = X if X_test is None else np.concatenate([X, X_test])
    if not without_offset(both)[1] and (both.dtype.kind not in "iu" or not both.size):
        return X, X_test
    columns = [without_offset(column) for column in both.T]
    offsets = {place: offset for place, (_, offset) in enumerate(columns) if offset}
    if not offsets:
        return X, X_test
    place, offset = next(iter(offsets.items()))
    notices.append(
        f"integers beyond 2^53 in {count_of(len(offsets), 'feature')} are counted from their"
        f" minimum, to be exact: feature {place} from {offset}"
    )
    exact = np.column_stack([column for column, _ in columns])
    return exact[: len(X)], None if X_test is None else exact[len(X) :]


def _files(*, path: str, **_: object) -> list[Path]:
    return [Path(path).expanduser()]


FILE = DatasetEntry(
    name="file",
    make=file,
    files=_files,
    reading=reading,
    summary="samples from a file: .npz, .csv, .tsv or .parquet",
    reference="yours",
)
FILE = replace(
    FILE, later_options=tuple(name for name in FILE.options if name not in STORED_OPTIONS)
)
