"""CSV: what is read from a table, and what is said of one that cannot be."""

import gzip
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import dataset_digest, load_dataset
from initbench.errors import UsageError

FLOWERS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,3,setosa\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes text, or bytes, to a file and reads a data set from it."""

    def write_and_read(text, ending=".csv", **options):
        data = text.encode() if isinstance(text, str) else text
        path = tmp_path / f"table{ending}"
        path.write_bytes(gzip.compress(data) if ending.lower().endswith(".gz") else data)
        return load_dataset("file", path=str(path), **options)

    return write_and_read


def refusal(read, text, ending=".csv", **options):
    """Return what is said of a file after its path."""
    with pytest.raises(UsageError) as caught:
        read(text, ending, **options)
    return str(caught.value).partition(f"table{ending}")[2].removeprefix("'").removeprefix(": ")


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (FLOWERS, ".csv"),
        (FLOWERS, ".csv.gz"),
        (FLOWERS, ".CSV"),
        (FLOWERS, ".Csv.GZ"),
        (FLOWERS, ".tsv.csv"),
        (FLOWERS.replace(",", "\t"), ".TSV"),
        (FLOWERS.replace(",", "\t"), ".tsv"),
        (FLOWERS.replace(",", "\t"), ".tsv.gz"),
        ("\ufeff" + FLOWERS, ".csv"),
        (FLOWERS.replace("\n", "\r\n"), ".csv"),
        (FLOWERS.replace("\n", "\n\n"), ".csv"),
        (FLOWERS.removesuffix("\n"), ".csv"),
        (FLOWERS.replace("setosa", '"setosa"').replace("5.1", " 5.1 "), ".csv"),
        (FLOWERS.partition("\n")[2], ".csv"),
    ],
)
def test_a_table_is_read_however_it_is_written(read, text, ending):
    """Packed or not, marked, quoted, with blank lines, with a header or without."""
    dataset = read(text, ending)
    np.testing.assert_array_equal(dataset.X, [[5.1, 3.5], [7.0, 3.2], [4.9, 3.0]])
    np.testing.assert_array_equal(dataset.y, [0, 1, 0])
    assert dataset.class_names == ("setosa", "versicolor")


@pytest.mark.parametrize(
    ("target", "y"),
    [
        ("", [2, 1]),
        ("c", [2, 1]),
        ("a", [0, 1]),
        ("0", [0, 1]),
        ("-3", [0, 1]),
        ("2", [1, 0]),
        (0, [0, 1]),
        (-3, [0, 1]),
        (2, [2, 1]),
    ],
)
def test_the_target_is_a_name_or_a_number(read, target, y):
    """Counted from 0, or from the end; the last column by itself; text is first of all a name."""
    dataset = read("a,2,c\n0,5,7\n1,4,6\n", target=target, header="present")
    np.testing.assert_array_equal(dataset.y, np.argsort(np.argsort(y)))
    assert dataset.X.shape == (2, 2)


@pytest.mark.parametrize(
    ("words", "task", "y", "classes"),
    [
        ("10 9 10", "auto", [1, 0, 1], 2),
        ("-1 1 -1", "auto", [0, 1, 0], 2),
        ("b a b", "auto", [1, 0, 1], 2),
        ("0.5 1 2", "auto", [[0.5], [1.0], [2.0]], None),
        ("1e1 2 3", "auto", [[10.0], [2.0], [3.0]], None),
        ("1 2 3", "regression", [[1.0], [2.0], [3.0]], None),
        ("0.5 1 0.5", "classification", [0, 1, 0], 2),
        ("nan inf nan", "auto", [1, 0, 1], 2),
    ],
)
def test_words_become_classes_and_numbers_with_a_point_do_not(read, words, task, y, classes):
    """Integers are ordered as numbers, other words as text; the task can be said."""
    text = "".join(f"{row},{word}\n" for row, word in enumerate(words.split()))
    dataset = read(text, task=task)
    np.testing.assert_array_equal(dataset.y, y)
    assert dataset.classes == classes


def test_a_header_of_numbers_must_be_named(read):
    """Where the first line could be either, one says what it is."""
    assert len(read("0,1\n2,3\n4,5\n").X) == 3
    assert len(read("0,1\n2,3\n4,5\n", header="present").X) == 2
    assert refusal(read, "a,b\n1,2\n", header="absent").startswith("line 1: column 0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "holds no samples"),
        ("1\n2\n", "line 1: one field"),
        ("1;2\n3;4\n", "line 1: one field"),
        ("1,2\n3\n", "line 2: 1 fields, where the first has 2"),
        ("1,2\n\n3,4,5\n", "line 3: 3 fields, where the first has 2"),
        ("a,b,c\n1,,3\n", "line 2: column 1 (counted from 0) is missing"),
        ("a,b,c\n1,NA,3\n", "line 2: column 1 (counted from 0) is 'NA', which is no number"),
        ("1,2,a\n3,4, \n", "line 2: what is to be predicted is missing"),
        ("1,2,a\n3,nan,b\n", "line 2: a feature is nan"),
        ("1,2,a\n3,-inf,b\n", "line 2: a feature is -inf"),
        ("1,2,a\n" + "9" * 5000 + ",1,b\n", "line 2: a feature is inf"),
        ("1,2\n1," + "9" * 5000 + "\n", "line 2: '99999"),
        ("1,0.5\n2,NA\n", "line 2: cannot predict 'NA' as a number"),
        ("1,0.5\n2,nan\n", "line 2: cannot predict 'nan' as a number"),
        ("1,0.5\n2,1e999\n", "line 2: cannot predict '1e999' as a number"),
        ("a,b,a\n1,2,3\n", "line 1: two columns are called 'a'"),
        ("1,2\n1,2\n", "y: holds one class alone"),
        ("1,0\n", "y: holds one class alone"),
        ("1,2\n3,caf\xe9\n".encode("latin-1"), "line 2: is not UTF-8"),
        ("1,2\n3,4\n".encode("utf-16"), "line 1: is not UTF-8"),
        ('1,"2\n3,4\n', "line 1: unexpected end of data"),
        ('1,"2"x\n', "line 1: "),
        ("1," + "x" * 200_000 + "\n", "line 1: field larger than field limit"),
        ("1,2\n" + "x" * (4 * 2**20 + 1), "line 2: is longer than"),
        ("".join(f"0,{n}\n" for n in range(1001)), "y: holds 1001 classes, more than 1000"),
        ("1,2\r3,4\r", "line 1: new-line character"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    """The message names the file, the line, and what is there."""
    assert refusal(read, text).startswith(said)


def test_a_hundred_thousand_columns_are_a_matter_of_a_second(read):
    """Names are not compared each with all; the nearest is sought among the first."""
    names = ",".join(f"c{number}" for number in range(100_000))
    started = time.process_time()
    assert "has no column 'd1'" in refusal(read, f"{names}\n", target="d1")
    assert "two columns are called 'c5'" in refusal(read, f"{names},c5\n")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("target", ["d", "3", "-4", "9" * 5000, "1.0", 3, -4, 10**12])
def test_a_column_that_is_not_there_is_refused(read, target):
    """The message says what there is."""
    assert "has no column" in refusal(read, "a,b,c\n1,2,3\n", target=target)


def test_a_near_name_is_offered(read):
    """Names of columns are mistyped too."""
    assert "Did you mean 'species'?" in refusal(read, FLOWERS, target="specie")


def test_a_packed_file_that_unpacks_to_too_much_is_refused(read, monkeypatch):
    """A bomb is noticed long before it has gone off."""
    monkeypatch.setattr("initbench.data.reading.UNPACKED_FREELY", 10_000)
    line = b"0," * 1000 + b"0\n"
    assert len(read(line * 3 + b"0," * 1000 + b"1\n", ".csv.gz").X) == 4
    assert "would unpack from" in refusal(read, line * 1000, ".csv.gz")


@pytest.mark.parametrize("cut", [-1, 4, 20])
def test_a_packed_file_that_is_cut_short_is_refused(tmp_path, cut):
    """The message says that it is damaged."""
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(FLOWERS.encode())[:cut])
    with pytest.raises(UsageError, match=r"t\.csv\.gz: is damaged: "):
        load_dataset("file", path=str(path))


def test_the_digest_follows_the_contents(tmp_path):
    """The name of a file may stay while what it holds does not."""
    path = tmp_path / "t.csv"
    path.write_text(FLOWERS, encoding="utf-8")
    before = dataset_digest("file", path=str(path), target="species")
    path.write_text(FLOWERS + "1,2,setosa\n", encoding="utf-8")
    assert len(before) == 64
    assert dataset_digest("file", path=str(path), target="species") != before
    assert dataset_digest("moons", samples=100) == ""


CELLS = st.text(max_size=5) | st.sampled_from(['"', "1", "nan", "-0", "1e9", ",", "\t", "\0", "٣"])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, max_size=4), max_size=5),
    tail=st.binary(max_size=5),
    header=st.sampled_from(["auto", "present", "absent"]),
    task=st.sampled_from(["auto", "classification", "regression"]),
)
def test_any_text_is_read_or_refused(read, rows, tail, header, task):
    """Nothing but a `UsageError` comes of text that nobody vouches for."""
    text = "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass") + tail
    with suppress(UsageError):
        assert np.isfinite(read(text, header=header, task=task).X).all()
