"""Files: the user's own data, as the data set ``file``.

The ending of a file's name says its kind. Its contents, and not its name, decide the numbers of a
run: see `initbench.data.dataset_digest`.
"""

import functools
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.dataset import Dataset, DatasetEntry, Imputation
from initbench.data.reading import blaming, check_digest, members_of, read_member, require_file
from initbench.data.tables import (
    Categories,
    Columns,
    Header,
    Missing,
    TableOptions,
    read_table,
)
from initbench.data.targets import (
    Task,
    first_rounded,
    read_targets,
    rounding_notice,
    without_offset,
)
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
    ending, usual = _require_ending(path), TableOptions()
    has_no = {each.name for each in fields(options)} - {"task", "missing"}
    if ending in TABLES:
        has_no = {*_TEXT_OPTIONS} if ending == ".parquet" else set()
    with blaming(path):
        for name in sorted(has_no):
            if getattr(options, name) != getattr(usual, name):
                raise UsageError(f"this kind of file takes no {name}")
        if ending in TABLES:
            made = read_table(path, options)
        else:
            made = read_npz(path, task=options.task, missing=options.missing)
    return replace(made, notices=(*made.notices, *own_notices(made)))


_TEXT_OPTIONS: Final = (
    *("separator", "decimal", "thousands", "encoding", "header", "comment"),
    *("na_values", "keep_default_na"),
)


def reading(*, path: str, sha256: str = "", **options: object) -> str:
    """Return how a file is read where an earlier version would have read it differently."""
    del sha256
    source = Path(path).expanduser()
    if _require_ending(source) == ".npz":
        return ""
    require_file(source)
    return _reading_once(source, _stamp(source), TableOptions(**options))  # type: ignore[arg-type]


@functools.lru_cache(maxsize=64)
def _reading_once(path: Path, stamp: tuple[int, ...], options: TableOptions) -> str:
    return _read_once(path, stamp, options).reading


def read_npz(path: Path, *, task: Task, missing: Missing = "error") -> Dataset:
    """Read the samples and targets of an archive of arrays, and a test part if there is one.

    Samples of more than one axis, as images, are laid out in a row.
    """
    with zipfile.ZipFile(path) as archive:
        stored = members_of(archive)
        names = next((each for each in CONTAINERS if {*each[:2]} <= stored.keys()), None)
        if names is None:
            missing_one = "y" if "X" in stored else "X"
            shown = ", ".join(sorted(stored)[:10])
            advice = "; usual names are X and y, x_train and y_train, or data and target"
            if any(name.endswith((".weight", ".bias", "kernel")) for name in stored):
                advice = "; these look like the weights of a network: initbench audit reads them"
            raise UsageError(f"holds no array {missing_one!r}; there are: {shown}{advice}")
        arrays = {
            role: read_member(archive, stored[name], path)
            for role, name in zip(CONTAINERS[0], names, strict=True)
            if name in stored
        }
        feature_names = _words(archive, stored, path, "feature_names")
        class_names = _words(archive, stored, path, "target_names")
    if ("X_test" in arrays) != ("y_test" in arrays):
        raise UsageError(f"holds only one of {names[2]!r} and {names[3]!r}")
    for name, role in zip(names, CONTAINERS[0], strict=True):
        if role.startswith("X") and role in arrays:  # each sample's numbers are laid out in a row
            if arrays[role].ndim < 2:
                shape = arrays[role].shape
                raise UsageError(f"{name}: must have samples and features, not shape {shape}")
            arrays[role] = arrays[role].reshape(len(arrays[role]), -1)
    X, X_test, y, y_test = arrays["X"], arrays.get("X_test"), arrays["y"], arrays.get("y_test")
    notices: list[str] = []
    imputations: tuple[Imputation, ...] = ()
    if "f" in {X.dtype.kind, y.dtype.kind} and missing != "error":
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


def _without_gaps(
    X: Array, y: Array, X_test: Array | None, missing: Missing, notices: list[str]
) -> tuple[Array, Array, tuple[Imputation, ...]]:
    """Leave out rows with missing values, or say how these are to be filled in."""
    gaps = np.isnan(X) if X.dtype.kind == "f" else np.zeros(X.shape, bool)
    if missing == "drop":
        kept = ~gaps.any(axis=1)
        if len(y) == len(X) and y.dtype.kind == "f":
            kept &= ~np.isnan(y.reshape(len(y), -1)).any(axis=1)
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
    """Count integers beyond 2^53 from the smallest of their column, which float64 holds exactly.

    A notice names the first feature whose integers lie too far apart for that.
    """
    exact, exact_test, offsets = X, X_test, dict[int, int]()
    if X_test is None or (X_test.dtype == X.dtype and X_test.shape[1:] == X.shape[1:]):
        both = X if X_test is None else np.concatenate([X, X_test])
        columns = [without_offset(column) for column in both.T] if both.dtype.kind in "iu" else []
        offsets = {place: offset for place, (_, offset) in enumerate(columns) if offset}
    if offsets:
        place, offset = next(iter(offsets.items()))
        notices.append(
            f"integers beyond 2^53 in {count_of(len(offsets), 'feature')} are counted from their"
            f" minimum, to be exact: feature {place} from {offset}"
        )
        counted = np.column_stack([column for column, _ in columns])
        exact, exact_test = counted[: len(X)], None if X_test is None else counted[len(X) :]
    for given, stored in ((X, exact), (X_test, exact_test)):
        if given is None or stored is None or without_offset(given)[0] is given:
            continue
        for place in range(given.shape[1]):
            numbers = stored[:, place].astype(np.float64)
            if rounded := first_rounded(given[:, place], numbers, offsets.get(place, 0)):
                notices.append(rounding_notice(f"feature {place}", rounded))
                return exact, exact_test
    return exact, exact_test


FILE = DatasetEntry(
    name="file",
    make=file,
    files=lambda *, path, **_: [Path(path).expanduser()],
    reading=reading,
    summary="samples from a file: .npz, .csv, .tsv or .parquet",
    reference="yours",
)
FILE = replace(
    FILE, later_options=tuple(name for name in FILE.options if name not in STORED_OPTIONS)
)


# --- Own data: classes of one sample, and features that leak the target ---------------------------


MAX_ROWS: Final = 2000
"""Samples that the search for a leak looks at; more would not change its answer."""

MAX_FEATURES: Final = 2000
LEAST_ROWS: Final = 50
SHARE: Final = 0.99
"""A feature that alone predicts so much of the target is suspected to have been made from it."""


def own_notices(dataset: Dataset) -> list[str]:
    """Return notices on classes of one sample and on features that leak the target."""
    notices = []
    if dataset.classes is not None and 2 <= dataset.classes <= len(dataset.y):
        counts = np.bincount(dataset.y, minlength=dataset.classes)
        single = np.flatnonzero(counts == 1)
        if len(single):
            names = dataset.class_names or tuple(map(str, range(dataset.classes)))
            shown = ", ".join(names[label] for label in single[:5])
            more = f" and {len(single) - 5} others" if len(single) > 5 else ""
            verb = "has" if len(single) == 1 else "have"
            notices.append(
                f"class{'' if len(single) == 1 else 'es'} {shown}{more} {verb} a single sample,"
                " which cannot be both trained and tested on"
            )
    for place, score in leaking_features(dataset):
        name = dataset.feature_names[place] if dataset.feature_names else f"number {place}"
        what = "the classes" if dataset.classes is not None else "the variance of the target"
        notices.append(
            f"feature {name!r} alone predicts {score:.1%} of {what}: was it made from the target?"
        )
    return notices


def leaking_features(dataset: Dataset) -> list[tuple[int, float]]:
    """Return the features that alone predict the target to more than 99 %, with their scores.

    Classes are predicted by the class of the nearest value in the other half of the samples, or by
    a feature whose sorted values fall into no more intervals than there are classes; numbers by
    interpolation between the nearest values of the other half. The score is the accuracy, or the
    coefficient of determination R². An accuracy counts only if nine tenths of the mistakes of the
    majority class are avoided, so that rare classes do not make every feature suspicious. A data
    set of one feature has no leak: the feature is all there is.
    """
    X, y = dataset.X, dataset.y
    if len(X) != len(y) or len(X) < LEAST_ROWS or not 2 <= X.shape[1] <= MAX_FEATURES:
        return []
    rows = np.random.default_rng(0).permutation(len(X))[:MAX_ROWS]
    half = len(rows) // 2
    X_fit, X_held = (X[part].astype(np.float64) for part in (rows[:half], rows[half:]))
    y_fit, y_held = y[rows[:half]], y[rows[half:]]
    found = []
    for place in range(X.shape[1]):
        fit, held = X_fit[:, place], X_held[:, place]
        is_fit, is_held = np.isfinite(fit), np.isfinite(held)
        if is_fit.sum() < 2 or is_held.mean() < 0.5:
            continue
        if dataset.classes is not None:
            guess = _nearest_class(fit[is_fit], y_fit[is_fit], held[is_held], dataset.classes)
            score = float(np.mean(guess == y_held[is_held]))
            if len(rows) >= 10 * dataset.classes:
                values = np.concatenate([fit[is_fit], held[is_held]])
                labels = np.concatenate([y_fit[is_fit], y_held[is_held]])
                score = max(score, _interval_score(values, labels, dataset.classes))
            majority = np.bincount(y_fit, minlength=dataset.classes).argmax()
            baseline = float(np.mean(y_held[is_held] == majority))
            if score > SHARE and 1 - score < 0.1 * (1 - baseline):
                found.append((place, score))
        elif y.shape[1] == 1 and len(np.unique(fit[is_fit])) > 2:
            score = _interpolation_score(
                fit[is_fit], y_fit[is_fit, 0], held[is_held], y_held[is_held, 0]
            )
            if score > SHARE:
                found.append((place, score))
    return found


def _majorities(values: FloatArray, labels: Array, classes: int) -> tuple[FloatArray, Array]:
    """Return the distinct values, sorted, and the majority class at each."""
    distinct, places = np.unique(values, return_inverse=True)
    pairs, counts = np.unique(places * classes + labels, return_counts=True)
    # Sorted by value, then by count from the largest: the first pair of each value is its majority.
    best = np.lexsort([-counts, pairs // classes])
    first = np.unique((pairs // classes)[best], return_index=True)[1]
    return distinct, (pairs % classes)[best][first]


def _interval_score(values: FloatArray, labels: Array, classes: int) -> float:
    """Return the accuracy of the classes' intervals, 0 if they are more than there are classes."""
    distinct, majority = _majorities(values, labels, classes)
    if np.count_nonzero(np.diff(majority)) >= classes:
        return 0.0
    return float(np.mean(majority[np.searchsorted(distinct, values)] == labels))


def _nearest_class(fit: FloatArray, labels: Array, held: FloatArray, classes: int) -> Array:
    """Return for each held-out value the majority class at the nearest value that was fitted."""
    values, majority = _majorities(fit, labels, classes)
    if len(values) == 1:
        return np.full(len(held), majority[0])
    right = np.clip(np.searchsorted(values, held), 1, len(values) - 1)
    left = right - 1
    nearest = np.where(held - values[left] <= values[right] - held, left, right)
    return np.asarray(majority[nearest])


def _interpolation_score(
    fit: FloatArray, targets: FloatArray, held: FloatArray, wanted: FloatArray
) -> float:
    """Return R² of linear interpolation between the mean targets of the fitted values."""
    values, places = np.unique(fit, return_inverse=True)
    with np.errstate(all="ignore"):  # numbers too large: the score is then no number, and no leak
        means = np.bincount(places, weights=targets) / np.bincount(places)
        errors = np.interp(held, values, means) - wanted
        variance = np.var(wanted)
        return float(1 - np.mean(errors**2) / variance) if variance > 0 else 0.0


# --- Data in memory: arrays and frames as the bytes of a file -------------------------------------
# A run is determined by plain values, and workers are sent no data; so data that a caller holds in
# memory are stored once, under their own digest, and read as any other file is.


Data: TypeAlias = Any
"""``(X, y)``, ``(X, y, X_test, y_test)``, or a pandas DataFrame that holds its target."""

FRAME_OPTIONS: Final[Mapping[str, Any]] = {
    "header": "present",
    "separator": "comma",
    "decimal": ".",
    "keep_default_na": False,
    "na_values": [""],
}
"""How the text of a frame is written: only an empty field is a missing value."""


def data_file(data: Data) -> tuple[str, bytes, dict[str, Any]]:
    """Return data as a file: its name, its bytes, and the options to read it with.

    Parameters
    ----------
    data : tuple or DataFrame
        ``(X, y)`` or ``(X, y, X_test, y_test)`` of arrays, or ``(X, y)`` of a pandas DataFrame and
        its target, or a DataFrame alone, whose target is named by ``dataset.target``, the last
        column by default.

    Returns
    -------
    name : str
        The digest of the bytes, with the ending of the kind of file.
    content : bytes
    options : dict
        Of the data set ``file``.
    """
    if hasattr(data, "iloc"):
        content, ending, options = _frame_text(data, None), ".csv", FRAME_OPTIONS
    elif not isinstance(data, tuple | list) or len(data) not in {2, 4}:
        raise UsageError(
            "data must be (X, y), (X, y, X_test, y_test) or a DataFrame, not"
            f" {type(data).__name__}{f' of {len(data)}' if isinstance(data, tuple | list) else ''}"
        )
    elif hasattr(data[0], "iloc"):
        if len(data) == 4:
            raise UsageError("data of frames must be (X, y); a test part is split off")
        content, ending, options = _frame_text(*data), ".csv", FRAME_OPTIONS
    else:
        names = ("X", "y", "X_test", "y_test")
        arrays = {name: _plain(name, each) for name, each in zip(names, data, strict=False)}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        content, ending, options = buffer.getvalue(), ".npz", {}
    return f"{hashlib.sha256(content).hexdigest()[:16]}{ending}", content, dict(options)


def _plain(name: str, values: Any) -> Array:
    """Return values as an array of numbers or text."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise UsageError(f"data: {name} is no array: {error}") from None
    if array.dtype.kind == "O" and all(isinstance(each, str) for each in array.flat):
        array = array.astype(str)
    if array.dtype.kind not in "biufUS":
        raise UsageError(f"data: {name} must hold numbers or text, not {array.dtype}")
    return array


def _frame_text(X: Any, y: Any) -> bytes:
    """Return a frame as CSV, the target last; numbers are written so that they are read exactly."""
    import pandas as pd

    frame = pd.DataFrame(X)
    if y is not None:
        if len(y) != len(frame):
            raise UsageError(f"data: X has {len(frame)} samples, y has {len(y)}")
        name = getattr(y, "name", None)
        name = "target" if name is None or name in frame.columns else name
        while name in frame.columns:
            name = f"{name}_"
        frame = frame.assign(**{str(name): np.asarray(y)})
    narrow = frame.select_dtypes(["float16", "float32"]).columns
    frame = frame.astype(dict.fromkeys(narrow, "float64"))
    text = frame.to_csv(index=False, lineterminator="\n")
    return bytes(text, "utf-8", "surrogatepass")
