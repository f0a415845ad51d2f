"""Files: data sets of one's own.

What a file is, its name says. Its contents, and not its name, decide the numbers of a run: see
`initbench.data.dataset_digest`.
"""

from pathlib import Path
from typing import Final

import numpy as np

from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.files_csv import Header, read_csv
from initbench.data.files_npz import read_npz
from initbench.data.files_parquet import read_parquet
from initbench.data.reading import blaming, check_digest, require_file
from initbench.data.targets import Task
from initbench.errors import UsageError

ENDINGS: Final = (".npz", ".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")


def file(
    _rng: np.random.Generator,
    *,
    path: str,
    target: int | str = "",
    header: Header = "auto",
    task: Task = "auto",
    sha256: str = "",
) -> Dataset:
    """Read a data set from a file.

    Parameters
    ----------
    path : str
        ``.npz`` with arrays ``X`` and ``y`` and, if there is a test part, ``X_test`` and
        ``y_test``; or a table: ``.csv``, ``.tsv`` (``.gz`` may follow) or ``.parquet``.
    target : int or str
        Of a table, the column to predict: its number from 0 (or from the end, as -1), or its name;
        the last, if none.
    header : {"auto", "present", "absent"}
        Whether the first line of a CSV names the columns; by itself, if it holds no number.
    task : {"auto", "classification", "regression"}
        By itself, text and integers are classes, and real numbers are not.
    sha256 : str
        Of the file, to be sure of it.

    Raises
    ------
    UsageError
        The file cannot be read, or is not what it should be; the message says where.
    """
    source = Path(path)
    ending = next((each for each in ENDINGS if source.name.lower().endswith(each)), None)
    if ending is None:
        raise UsageError(f"{source}: must end in one of {', '.join(ENDINGS)}")
    require_file(source)
    check_digest([source], sha256)
    with blaming(source):
        if ending == ".npz":
            _refuse(target=target != "", header=header != "auto")
            return read_npz(source, task=task)
        if ending == ".parquet":
            _refuse(header=header != "auto")
            return read_parquet(source, target=target, task=task)
        return read_csv(source, target=target, header=header, task=task)


def _refuse(**is_given: bool) -> None:
    """Refuse options that say nothing of this kind of file."""
    for name, given in is_given.items():
        if given:
            raise UsageError(f"this kind of file takes no {name}")


def _files(*, path: str, **_: object) -> list[Path]:
    return [Path(path)]


FILE = DatasetEntry(
    name="file",
    make=file,
    files=_files,
    summary="samples of one's own: .npz, .csv, .tsv or .parquet",
    reference="yours",
)
