"""Parquet: read with pyarrow, and asked for in words without it."""

import sys
from contextlib import suppress
from datetime import date

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import load_dataset
from initbench.errors import UsageError


@pytest.fixture
def read(tmp_path):
    """Return a function that writes columns to a file and reads a data set from it."""

    def write_and_read(columns, **options):
        pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
        return load_dataset("file", path=str(tmp_path / "t.parquet"), **options)

    return write_and_read


FLOWERS = {"length": [5.1, 7.0, 4.9], "petals": [3, 4, 3], "species": ["b", "a", "b"]}


def test_without_pyarrow_it_is_asked_for(tmp_path, monkeypatch):
    """The message says how it is installed."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"needs pyarrow.*pip install 'initbench\[parquet\]'"):
        load_dataset("file", path=str(tmp_path / "t.parquet"))


@pytest.mark.parametrize(
    ("target", "y", "classes"),
    [
        ("", [1, 0, 1], 2),
        ("petals", [0, 1, 0], 2),
        ("0", [[5.1], [7.0], [4.9]], None),
    ],
)
def test_columns_become_features_and_a_target(read, target, y, classes):
    """Text and integers are classes, real numbers are not."""
    columns = FLOWERS if not target else {key: FLOWERS[key] for key in ("length", "petals")}
    dataset = read(columns, target=target)
    np.testing.assert_array_equal(dataset.y, y)
    assert dataset.classes == classes
    assert dataset.X.shape == (3, len(columns) - 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({**FLOWERS, "petals": [3, None, 4]}, "column 'petals': 1 values are missing"),
        ({**FLOWERS, "species": ["a", None, "b"]}, "column 'species': 1 values are missing"),
        ({**FLOWERS, "length": ["a", "b", "c"]}, "column 'length': holds string, where numbers"),
        ({**FLOWERS, "length": [[1], [2], [3]]}, "column 'length': holds list"),
        ({**FLOWERS, "length": [1.0, np.nan, 3.0]}, "X: row 1, column 0"),
        ({"y": [1, 2]}, "must have two or more columns, of different names"),
        ({"x": np.zeros(0), "y": np.zeros(0, int)}, "holds no samples"),
        ({"x": [1, 2], "y": [[1], [2]]}, "column 'y': holds list"),
        ({"x": [1, 2], "y": [b"a", b"b"]}, "column 'y': holds binary"),
        ({"x": [1, 2], "y": [date(2020, 1, 1)] * 2}, "column 'y': holds date32"),
        ({"x": [1, 2], "y": [1, 1]}, "y: holds one class alone"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(read, columns, message):
    """The message names the file, the column, and what is there."""
    with pytest.raises(UsageError, match=message) as caught:
        read(columns)
    assert "t.parquet" in str(caught.value)


def test_a_header_is_refused(read):
    """Columns have names already."""
    with pytest.raises(UsageError, match="this kind of file takes no header"):
        read(FLOWERS, header="absent")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"1,2\n3,4\n"])
def test_what_is_no_parquet_is_refused(tmp_path, data):
    """The message says that it is damaged."""
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(UsageError, match=r"t\.parquet: (is damaged|cannot be read): "):
        load_dataset("file", path=str(tmp_path / "t.parquet"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_read_or_refused(read, tmp_path, data):
    """Nothing but a `UsageError` comes of a file with a few bytes changed."""
    read(FLOWERS)
    path = tmp_path / "t.parquet"
    spoilt = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(spoilt)
    with suppress(UsageError):
        assert np.isfinite(load_dataset("file", path=str(path)).X).all()


def test_rows_that_take_no_room_are_refused(read):
    """Ten million equal numbers are written down once, and are not trusted to be so many."""
    with pytest.raises(UsageError, match="would unpack from"):
        read({"x": np.zeros(10**7), "y": np.zeros(10**7, int)})
