"""Data in memory: arrays and frames as the bytes of a file, which a data set can be read from.

A run is determined by plain values, and workers are sent no data; so data that a caller holds in
memory are stored once, under their own digest, and read as any other file is.
"""

import hashlib
import io
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from initbench.arrays import Array
from initbench.errors import UsageError

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

    Raises
    ------
    UsageError
        The data are neither, or arrays hold Python objects.
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
