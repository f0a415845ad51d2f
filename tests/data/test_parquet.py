"""Parquet: read where pyarrow is installed, and asked for in words where it is not."""

import sys
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import load_dataset
from initbench.errors import UsageError


@pytest.fixture
def read(tmp_path):
    """Return a function that writes columns or a frame to a file and reads a data set from it."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write_and_read(columns, **options):
        path = tmp_path / "t.parquet"
        if isinstance(columns, pd.DataFrame):
            columns.to_parquet(path)
        else:
            parquet.write_table(arrow.table(columns), path)
        return load_dataset("file", path=str(path), **options)

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


FRAME = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": [True, False, True], "y": ["u", "v", "u"]})
INDICES = {
    "counted": (FRAME, None),
    "shuffled": (FRAME.iloc[[2, 0, 1]], "__index_level_0__"),
    "named": (FRAME.assign(id=[7, 9, 8]).set_index("id"), "id"),
    "of text": (FRAME.assign(id=["p", "q", "r"]).set_index("id"), "id"),
}


@pytest.mark.parametrize("name", INDICES)
def test_an_index_is_no_feature(read, tmp_path, name):
    """The columns are those that pandas reads back; its metadata say what is an index."""
    frame, index = INDICES[name]
    dataset = read(frame)
    expected = pd.read_parquet(tmp_path / "t.parquet")
    np.testing.assert_array_equal(dataset.X, expected[["a", "b"]].to_numpy(np.float64))
    assert [each.name for each in dataset.columns if each.role == "index"] == (
        [index] if index else []
    )
    assert len(dataset.notices) - ("single" in str(dataset.notices)) == (index is not None)


@pytest.mark.parametrize(
    "kind", ["int8", "uint16", "int32", "int64", "float32", "float64", "bool", "category"]
)
def test_each_type_is_read_as_pandas_reads_it(read, tmp_path, kind):
    """Numbers of every width, booleans, and categories, which are text."""
    frame = pd.DataFrame({"a": [0, 1, 1, 0], "y": ["u", "v", "u", "v"]})
    frame = frame.astype({"a": str} if kind == "category" else {}).astype({"a": kind})
    dataset = read(frame, categories="ordinal")
    expected = pd.read_parquet(tmp_path / "t.parquet")["a"]
    expected = expected.cat.codes if kind == "category" else expected
    np.testing.assert_array_equal(dataset.X[:, 0], expected.to_numpy(np.float64))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({**FLOWERS, "petals": [3, None, 4]}, "row 1 .counted from 0.: column 'petals' is missing"),
        ({**FLOWERS, "species": ["a", None, "b"]}, "row 1 .*: the target 'species' is missing"),
        ({**FLOWERS, "length": ["a", "b", "c"]}, "row 0 .*: column 'length' is 'a', which is no"),
        ({**FLOWERS, "length": [[1], [2], [3]]}, "column 'length': holds list"),
        ({**FLOWERS, "length": [1.0, np.nan, 3.0]}, "row 1 .*: column 'length' is missing"),
        ({**FLOWERS, "length": [1.0, np.inf, 3.0]}, "row 1 .*: column 'length' is inf"),
        ({**FLOWERS, "length": [Decimal("1.5")] * 3}, "column 'length': holds decimal128"),
        ({"y": [1, 2]}, "must have two or more columns, of different names"),
        ({"x": np.zeros(0), "y": np.zeros(0, int)}, "holds no samples"),
        ({"x": [1, 2], "y": [[1], [2]]}, "column 'y': holds list"),
        ({"x": [1, 2], "y": [b"a", b"b"]}, "column 'y': holds binary"),
        ({"x": [1, 2], "y": [date(2020, 1, 1)] * 2}, "column 'y': holds dates or times"),
        ({"x": [datetime(2020, 1, 1, 5)] * 2, "y": [1, 2]}, "column 'x': holds dates or times"),  # noqa: DTZ001
        ({"x": [1, 2], "y": [1, 1]}, "y: holds one class alone"),
    ],
)
def test_errors_name_the_column(read, columns, message):
    """The message names the file, the row, the column, and what is there."""
    with pytest.raises(UsageError, match=message) as caught:
        read(columns)
    assert "t.parquet" in str(caught.value)


def test_options_of_text_are_refused(read):
    """Columns have names already, and numbers no decimal sign."""
    for options in ({"header": "absent"}, {"separator": ";"}, {"na_values": ["?"]}):
        with pytest.raises(UsageError, match="this kind of file takes no"):
            read(FLOWERS, **options)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"1,2\n3,4\n"])
def test_a_file_that_is_no_parquet_is_an_error(tmp_path, data):
    """The message says that it is damaged."""
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(UsageError, match=r"t\.parquet: (is damaged|cannot be read): "):
        load_dataset("file", path=str(tmp_path / "t.parquet"))


@pytest.mark.parametrize(
    "metadata", [b"{", b"[]", b'{"index_columns": 3}', b'{"index_columns": [{"kind": "x"}, "y"]}']
)
def test_metadata_that_lie_do_no_harm(tmp_path, metadata):
    """What pandas is said to have written is read as JSON, if at all."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"a": [1.5, 2.5], "b": [3, 4], "y": ["u", "v"]})
    parquet.write_table(
        table.replace_schema_metadata({b"pandas": metadata}), tmp_path / "t.parquet"
    )
    with suppress(UsageError):
        assert load_dataset("file", path=str(tmp_path / "t.parquet")).X.shape[0] == 2


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(read, tmp_path, data):
    """Only a `UsageError` comes of a file with a few bytes changed."""
    read(FRAME.iloc[[2, 0, 1]])
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


def test_a_column_of_another_type_may_be_left_out(read):
    """What cannot be read is no obstacle once it is dropped, and the others keep their numbers."""
    columns = {"price": [Decimal("1.5"), Decimal(2), Decimal(3)], **FLOWERS}
    with pytest.raises(UsageError, match=r"column 'price': holds decimal.*drop: \[0\] leaves"):
        read(columns)
    assert read(columns, drop="price", target=3).feature_names == ("length", "petals")


def test_integers_beside_a_gap_stay_integers(read):
    """A whole target is classes with and without a gap, and large integers are not rounded."""
    columns = {"a": [2**60, None, 2**60 + 2, 2**60 + 3], "y": [0, 1, None, 1]}
    made = read(columns, missing="drop")
    assert (made.X[:, 0].tolist(), made.classes) == ([0, 3], 2)
    filled = read({**columns, "y": list("uvuv")}, missing="mean")
    np.testing.assert_array_equal(filled.X[:, 0], [0, np.nan, 2, 3])


def test_an_index_that_is_kept_is_a_feature(read):
    """It is named under features to be kept, and stands last in the file, but is no target."""
    frame = pd.DataFrame(FLOWERS, index=pd.Index([3.5, 1.5, 2.5], name="hour"))
    made = read(frame, features=["length", "hour"])
    assert made.feature_names == ("length", "hour")
    assert made.class_names == ("a", "b")
    assert any("column 'hour' is an index and no f" in each for each in read(frame).notices)
