"""Tables: a battery of small files, each beside what pandas reads, and what is said of bad ones."""

import gzip
import io
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import dataset_digest, dataset_summary, load_dataset
from initbench.data.summary import summary_text
from initbench.errors import UsageError

PLAIN = "a,b,y\n1.5,2,u\n-0.25,3e2,v\n7,0.1,u\n"
FLOWERS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,3,setosa\n"
GERMAN = "a;b;y\n1,5;2;u\n-0,25;3;v\n7;0,1;u\n"

# name: (text, ending, options of initbench, options of pandas, features, target)
BATTERY = {
    # Separators
    "commas": (PLAIN, ".csv", {}, {}, "ab", "y"),
    "semicolons": (PLAIN.replace(",", ";"), ".csv", {}, {"sep": ";"}, "ab", "y"),
    "tabs in a csv": (PLAIN.replace(",", "\t"), ".csv", {}, {"sep": "\t"}, "ab", "y"),
    "tabs in a tsv": (PLAIN.replace(",", "\t"), ".tsv", {}, {"sep": "\t"}, "ab", "y"),
    "commas in a tsv": (PLAIN, ".tsv", {}, {}, "ab", "y"),
    "pipes": (PLAIN.replace(",", "|"), ".csv", {}, {"sep": "|"}, "ab", "y"),
    "one blank": (PLAIN.replace(",", " "), ".csv", {}, {"sep": r"\s+"}, "ab", "y"),
    "several blanks": (PLAIN.replace(",", "   "), ".csv", {}, {"sep": r"\s+"}, "ab", "y"),
    "blanks before lines": (
        "".join(f"  {line}\n" for line in PLAIN.replace(",", "  ").splitlines()),
        *(".csv", {}, {"sep": r"\s+"}, "ab", "y"),
    ),
    "a named separator": (
        *(PLAIN.replace(",", ":"), ".csv", {"separator": ":"}, {"sep": ":"}, "ab", "y"),
    ),
    "separator by its word": (
        *(PLAIN.replace(",", "|"), ".csv", {"separator": "pipe"}, {"sep": "|"}, "ab", "y"),
    ),
    "blanks after commas": (
        *(PLAIN.replace(",", ", "), ".csv", {}, {"skipinitialspace": True}, "ab", "y"),
    ),
    "commas in quotes": ('a,b,y\n1,2,"u, v"\n3,4,w\n', ".csv", {}, {}, "ab", "y"),
    "semicolons in text": ("a,b,y\n1,2,u;v\n3,4,w;x\n", ".csv", {}, {}, "ab", "y"),
    # Decimal signs and thousands
    "decimal comma": (GERMAN, ".csv", {}, {"sep": ";", "decimal": ","}, "ab", "y"),
    "decimal comma and tabs": (
        *(GERMAN.replace(";", "\t"), ".tsv", {}, {"sep": "\t", "decimal": ","}, "ab", "y"),
    ),
    "decimal comma and blanks": (
        *(GERMAN.replace(";", " "), ".csv", {}, {"sep": r"\s+", "decimal": ","}, "ab", "y"),
    ),
    "decimal comma without header": (
        *("1,5;2;0\n2,5;3;1\n", ".csv", {}, {"sep": ";", "decimal": ",", "header": None}),
        *([0, 1], 2),
    ),
    "decimal comma, said": (
        *(GERMAN, ".csv", {"decimal": ","}, {"sep": ";", "decimal": ","}, "ab", "y"),
    ),
    "semicolons and points": ("a;b;y\n1.5;2;u\n3;4;v\n", ".csv", {}, {"sep": ";"}, "ab", "y"),
    "thousands in quotes": (
        'a,b,y\n"1,234",2,u\n"12,345,678",3,v\n',
        *(".csv", {"thousands": ","}, {"thousands": ","}, "ab", "y"),
    ),
    "thousands with points": (
        "a;b;y\n1.234,5;2;u\n12.345;3;v\n",
        *(".csv", {"thousands": ".", "decimal": ","}),
        *({"sep": ";", "thousands": ".", "decimal": ","}, "ab", "y"),
    ),
    "exponents and signs": ("a,b,y\n+1e5,-2E-3,u\n.5,5.,v\n", ".csv", {}, {}, "ab", "y"),
    "seventeen digits": ("a,y\n0.1234567890123456789,u\n1e-310,v\n", ".csv", {}, {}, "a", "y"),
    # Headers
    "no header": ("1.5,2,u\n3,4,v\n", ".csv", {}, {"header": None}, [0, 1], 2),
    "no header, said": (
        *("0,1,2\n3,4,5\n6,7,2\n", ".csv", {"header": "absent"}, {"header": None}, [0, 1], 2),
    ),
    "header of numbers": ("0,1,2\n1.5,2,0\n3.5,4,1\n", ".csv", {}, {}, "01", "2"),
    "header of pixels": ("0,1,2,3,4\n9,8,7,6,0\n5,4,3,2,1\n", ".csv", {}, {}, "0123", "4"),
    "header from one": ("1,2,3\n1.5,2,0\n3.5,4,1\n", ".csv", {}, {}, "12", "3"),
    "numbers and a label": ("0,1,label\n5,6,u\n7,8,v\n7,9,u\n", ".csv", {}, {}, "01", "label"),
    "years": (
        "y,1990,1991,1992,1993\nu,5,6,7,8\nv,7.5,8,9,2\n",
        *(".csv", {"target": "y"}, {}, ["1990", "1991", "1992", "1993"], "y"),
    ),
    "header of numbers, said": (
        *("0,5,2\n1,2,0\n3,4,1\n", ".csv", {"header": "present"}, {}, "05", "2"),
    ),
    "names in quotes": ('"a b","c,d","y"\n1,2,u\n3,4,v\n', ".csv", {}, {}, ["a b", "c,d"], "y"),
    "one name twice": ("a,a,y\n1,2,u\n3,4,v\n", ".csv", {}, {}, ["a", "a.1"], "y"),
    # Indices
    "unnamed index": (",a,y\n0,5.5,u\n1,6.5,v\n", ".csv", {}, {"index_col": 0}, "a", "y"),
    "unnamed shuffled index": (",a,y\n7,5.5,u\n3,6.5,v\n", ".csv", {}, {"index_col": 0}, "a", "y"),
    "index saved twice": (
        "Unnamed: 0,a,y\n0,5.5,u\n1,6.5,v\n",
        *(".csv", {}, {"index_col": 0}, "a", "y"),
    ),
    "index and numbers": (",0,1\n0,5.5,1\n1,6.5,0\n", ".csv", {}, {"index_col": 0}, "0", "1"),
    "rownames": (*("rownames,a,y\n1,5.5,u\n2,6.5,v\n", ".csv", {}, {"index_col": 0}, "a", "y"),),
    "row names in words": (
        *('"","a","y"\n"Mazda",5.5,"u"\n"Datsun",6,"v"\n', ".csv", {}, {"index_col": 0}, "a", "y"),
    ),
    "row names as R writes them": ("a y\nr1 5.5 u\nr2 6.5 v\n", ".csv", {}, {"sep": " "}, "a", "y"),
    "an index that is asked for": (
        *(",a,y\n0,5.5,u\n1,6.5,v\n", ".csv", {"features": [0, "a"]}, {}, ["Unnamed: 0", "a"], "y"),
    ),
    # Lines, packing, encoding
    "windows lines": (PLAIN.replace("\n", "\r\n"), ".csv", {}, {}, "ab", "y"),
    "old macintosh lines": (PLAIN.replace("\n", "\r"), ".csv", {}, {}, "ab", "y"),
    "blank lines": (PLAIN.replace("\n", "\n\n"), ".csv", {}, {}, "ab", "y"),
    "no end of the last line": (PLAIN.removesuffix("\n"), ".csv", {}, {}, "ab", "y"),
    "a line within quotes": ('a,y\n1,"u\nv"\n2,w\n', ".csv", {}, {}, "a", "y"),
    "packed": (PLAIN, ".csv.gz", {}, {}, "ab", "y"),
    "packed tabs": (PLAIN.replace(",", "\t"), ".tsv.gz", {}, {"sep": "\t"}, "ab", "y"),
    "capital ending": (PLAIN, ".CSV", {}, {}, "ab", "y"),
    "byte-order mark": ("\ufeff" + PLAIN, ".csv", {}, {}, "ab", "y"),
    "umlauts": ("größe,y\n1,ä\n2,ö\n", ".csv", {}, {}, ["größe"], "y"),
    "latin-1": (
        "größe,y\n1,ä\n2,ö\n".encode("latin-1"),
        *(".csv", {"encoding": "latin-1"}, {"encoding": "latin-1"}, ["größe"], "y"),
    ),
    "cp1252": (
        "a,y\n1,€\n2,ö\n".encode("cp1252"),
        *(".csv", {"encoding": "cp1252"}, {"encoding": "cp1252"}, "a", "y"),
    ),
    "utf-16": (
        *(PLAIN.encode("utf-16"), ".csv", {"encoding": "utf-16"}, {"encoding": "utf-16"}),
        *("ab", "y"),
    ),
    "comments": (
        *("# from R\n" + PLAIN + "# end\n", ".csv", {"comment": "#"}, {"comment": "#"}, "ab", "y"),
    ),
    # Types
    "booleans": ("a,b,y\nTrue,1,u\nFalse,2,v\n", ".csv", {}, {}, "ab", "y"),
    "capital booleans": ("a,b,y\nTRUE,1,u\nFALSE,2,v\n", ".csv", {}, {}, "ab", "y"),
    "boolean target": ("a,y\n1,True\n2,False\n3,True\n", ".csv", {}, {}, "a", "y"),
    "integers as classes": ("a,y\n1,10\n2,9\n3,10\n", ".csv", {}, {}, "a", "y"),
    "negative classes": ("a,y\n1,-1\n2,1\n3,-1\n", ".csv", {}, {}, "a", "y"),
    "real target": ("a,y\n1,0.5\n2,1\n3,2\n", ".csv", {}, {}, "a", "y"),
    "unsigned integers": (
        "a,y\n18446744073709551615,u\n18446744073709551614,v\n",
        *(".csv", {}, {}, None, "y"),
    ),
    # Missing values
    "dropped rows": (*("a,b,y\n1,,u\n2,3,v\n4,5,u\n", ".csv", {"missing": "drop"}, {}, "ab", "y"),),
    "dropped targets": ("a,y\n1,u\n2,NA\n3,v\n", ".csv", {"missing": "drop"}, {}, "a", "y"),
    "other missing values": (
        "a,y\n1,u\n?,v\n-999,v\n4,v\n",
        *(".csv", {"missing": "drop", "na_values": ["?", -999]}),
        *({"na_values": ["?", "-999"]}, "a", "y"),
    ),
    "NA as a class": (
        *("a,y\n1,NA\n2,DE\n", ".csv", {"keep_default_na": False}, {"keep_default_na": False}),
        *("a", "y"),
    ),
    "kept gaps": ("a,b,y\n1,,u\n2,3,v\n4,5,u\n", ".csv", {"missing": "mean"}, {}, "ab", "y"),
    # Columns
    "target by name": (PLAIN, ".csv", {"target": "b"}, {"usecols": ["a", "b"]}, None, "b"),
    "some features": (PLAIN, ".csv", {"features": ["b"]}, {}, "b", "y"),
    "features by number": (PLAIN, ".csv", {"features": [1, 0]}, {}, "ab", "y"),
    "features by pattern": (
        *("x1,x2,z,y\n1,2,3,u\n4,5,6,v\n", ".csv", {"features": "x*"}, {}, ["x1", "x2"], "y"),
    ),
    "dropped by name": (PLAIN, ".csv", {"drop": "a"}, {}, "b", "y"),
    "dropped last": (PLAIN, ".csv", {"drop": [-1], "target": "b"}, {}, "a", "b"),
    "dropped text": ("a,id,y\n1,p,u\n2,q,v\n", ".csv", {"drop": ["i*"]}, {}, "a", "y"),
}


@pytest.mark.parametrize("name", BATTERY)
def test_a_table_is_read_as_pandas_reads_it(read, name, tmp_path):
    """Features are pandas' columns to the last bit, and the target is its column of that name."""
    text, ending, options, kwargs, features, target = BATTERY[name]
    if name in {"unsigned integers", "target by name"}:
        return  # their features have tests of their own
    dataset = read(text, ending, **options)
    version = tuple(map(int, pd.__version__.split(".")[:2]))
    exact = {"float_precision": "round_trip"} if version < (3, 1) else {}
    compression = "gzip" if ending.endswith(".gz") else None
    frame = pd.read_csv(tmp_path / f"table{ending}", compression=compression, **kwargs, **exact)
    if options.get("missing") == "drop":
        frame = frame.dropna()
    expected = frame[list(features)].to_numpy(np.float64)
    np.testing.assert_array_equal(dataset.X, expected)
    column = frame[target]
    if column.dtype.kind == "f":
        np.testing.assert_array_equal(dataset.y[:, 0], column)
        assert dataset.classes is None
    else:
        words = sorted(column.unique())
        np.testing.assert_array_equal(dataset.y, [words.index(each) for each in column])
        assert dataset.class_names == tuple(map(str, words))


def test_the_battery_is_large():
    """Sixty files and more are each read beside pandas."""
    assert len(BATTERY) >= 60


def test_categories_become_one_feature_each_or_numbers(read):
    """One-hot columns are pandas' dummies; ordinal codes count the sorted texts."""
    text = "a,size,y\n1,big,u\n2,small,v\n3,big,u\n4,mid,v\n"
    frame = pd.read_csv(io.StringIO(text))
    dummies = pd.get_dummies(frame[["size"]]).to_numpy(np.float64)
    made = read(text, categories="one_hot")
    np.testing.assert_array_equal(made.X, np.column_stack([frame["a"], dummies]))
    assert made.feature_names == ("a", "size=big", "size=mid", "size=small")
    np.testing.assert_array_equal(read(text, categories="ordinal").X[:, 1], [0, 2, 0, 1])


def test_booleans_with_gaps_are_numbers_with_gaps(read):
    """True and false stay 1 and 0 beside a missing value."""
    made = read("a,b,y\nTrue,1,u\n,2,v\nFalse,3,u\n", missing="most_frequent")
    np.testing.assert_array_equal(made.X[:, 0], [1, np.nan, 0])


def test_integers_beyond_float64_keep_their_differences(read):
    """2^60 and 2^60 + 1 are different features, though float64 cannot tell them apart."""
    made = read(f"a,b,y\n{2**60},1,u\n{2**60 + 1},2,v\n{2**60 + 1000},3,u\n")
    np.testing.assert_array_equal(made.X[:, 0], [0, 1, 1000])
    assert "beyond 2^53" in made.columns[0].why
    unsigned = read(BATTERY["unsigned integers"][0])
    np.testing.assert_array_equal(unsigned.X[:, 0], [1, 0])


@pytest.mark.parametrize(
    ("first", "separator", "options"),
    [
        ("sep=;", ";", {}),
        ("SEP=;", ";", {}),
        ('"sep=;"', ";", {}),
        ("\ufeffsep=;", ";", {}),
        ("sep=,", ",", {}),
        ("sep=\t", "\t", {}),
        ("sep=\\t", "\t", {}),
        ("sep=:", ":", {}),
        ("sep=|", ";", {"separator": ";"}),
        ("sep=;", ";", {"encoding": "utf-16"}),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_of_excel_names_the_separator(read, first, separator, options, end):
    """The line is no header; a separator that is said counts instead."""
    rows = (("a", "b", "y"), ("1.5", "2", "u"), ("2.5", "3", "v"))
    text = end.join([first, *map(separator.join, rows)])
    dataset = read(text.encode(options.get("encoding", "utf-8")), **options)
    assert dataset.feature_names == ("a", "b")
    np.testing.assert_array_equal(dataset.X, [[1.5, 2], [2.5, 3]])
    assert dataset.class_names == ("u", "v")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sep=;\na;b;y\n1;2;u\nx;2;u\n1;2;v\n", "line 4: column 'a' is 'x'"),
        ("sep=;\na;b;y\n1;2;u\n1;2;3;u\n", "line 4: 4 fields, where the lines before have 3"),
        ("sep=;\na;b;y\n1;2;u\n1;;u\n", "line 4: column 'b' is missing"),
        ("sep=;\n", "is empty"),
        ("sep=;\nab\n1\n2\n", "line 2: one field"),
        ("sep=;\nx;7;2\n3;4;5\n6;7;8\n", "line 2: holds numbers, and 'x' above"),
        ("sep=;\na;b\n1;2;3;4\n5;6;7;8\n", "line 3: 4 fields, where the header has 2"),
    ],
)
def test_lines_are_counted_from_the_line_that_names_the_separator(refusal, text, words):
    """A message names the line of the file."""
    assert refusal(text).startswith(words)


@pytest.mark.parametrize(
    ("text", "options", "name", "given", "stored"),
    [
        (f"a,b,y\n{10**20 + 1},1,u\n5,2,v\n", {}, "column 'a'", 10**20 + 1, 10**20),
        (f"a,b,y\n{10**19 + 1},1,u\n-5,2,v\n", {}, "column 'a'", 10**19 + 1, 10**19),
        (f"a,b,y\n1,1,u\n{2**60 + 2},2,v\n", {}, "column 'a'", 2**60 + 2, 2**60 + 1),
        (f"a,b,y\n0,1,u\n{2**60 + 1},2,v\n", {}, "column 'a'", 2**60 + 1, 2**60),
        (
            f"a,b,y\n{10**20 + 1},1,u\n,2,v\n",
            *({"missing": "mean"}, "column 'a'", 10**20 + 1, 10**20),
        ),
        (
            f"a,b,c,y\n{2**53 + 1},0,1,u\n0,{2**53 + 1},2,v\n",
            *({}, "column 'a', one of 2 such columns,", 2**53 + 1, 2**53),
        ),
        (
            f"a,y\n1.5,{2**53 + 1}\n2.5,4\n",
            *({"task": "regression"}, "target 'y'", 2**53 + 1, 2**53),
        ),
        (
            f"a,y\n1.5,{10**20 + 1}\n2.5,4\n",
            *({"task": "regression"}, "target 'y'", 10**20 + 1, 10**20),
        ),
    ],
)
def test_integers_that_lose_digits_are_noticed(read, text, options, name, given, stored):
    """Of features and of targets, however pandas reads them; the first such integer is shown."""
    words = f"{name} holds integers that float64 cannot store exactly: {given} is read as {stored}"
    dataset = read(text, **options)
    [notice] = [each for each in dataset.notices if "float64" in each]
    assert notice.removesuffix("; drop leaves the column out") == words
    assert "to be exact" not in " ".join(column.why for column in dataset.columns)


@pytest.mark.parametrize("gap", ["", "NA"])
def test_a_gap_among_integers_of_twenty_digits_is_a_missing_value(read, refusal, gap):
    """Of a feature and of a target, as among smaller integers; pandas leaves it as text."""
    text = f"a,b\n{10**19 + 4096},1.5\n{gap},2.5\n{10**19},3.5\n"
    assert refusal(text).startswith("line 3: column 'a' is missing")
    assert refusal(text, target="a").startswith("line 3: the target 'a' is missing")
    np.testing.assert_array_equal(
        read(text, missing="mean").X[:, 0], [10**19 + 4096, np.nan, 10**19]
    )
    dropped = read(text, target="a", missing="drop")
    assert dropped.class_names == (str(10**19), str(10**19 + 4096))
    assert "gaps=a" in dropped.reading


def test_large_integers_that_keep_their_digits_are_not_noticed(read):
    """Powers of two, integers that lie near each other, and classes of any number of digits."""
    text = f"a,b,y\n{2**70},{2**60 + 1},{10**20 + 1}\n5,{2**60 + 3},{10**20 + 2}\n"
    dataset = read(text)
    assert dataset.class_names == (str(10**20 + 1), str(10**20 + 2))
    assert not [each for each in dataset.notices if "float64" in each]


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
        ("b a b", "auto", [1, 0, 1], 2),
        ("1e1 2 3", "auto", [[10.0], [2.0], [3.0]], None),
        ("1 2 3", "regression", [[1.0], [2.0], [3.0]], None),
        ("0.5 1 0.5", "classification", [0, 1, 0], 2),
        ("1 b 1", "auto", [0, 1, 0], 2),
    ],
)
def test_words_become_classes_and_numbers_with_a_point_do_not(read, words, task, y, classes):
    """Integers are ordered as numbers, other words as text; the task can be said."""
    text = "".join(f"{row}.5,{word}\n" for row, word in enumerate(words.split()))
    dataset = read(text, task=task)
    np.testing.assert_array_equal(dataset.y, y)
    assert dataset.classes == classes


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        ("a,b\n", {}, "holds no samples"),
        ("1\n2\n", {}, "line 1: one field"),
        ("1;2\n3;4\n", {"separator": ","}, "line 1: one field"),
        ("1,2\n3\n", {}, "line 2 (with 1 fields, where the first line has 2): the target '1' is"),
        ("1,2\n\n3,4,5\n", {}, "line 3: 3 fields, where the lines before have 2"),
        ("a,b,c\n1,,3\n", {}, "line 2: column 'b' is missing (1 missing in the column); missing: "),
        ("a,b,c\n\n1,4,3\n1,NA,3\n", {}, "line 4: column 'b' is missing"),
        ("#\na,b,c\n1,4,3\n\n1,x,3\n", {"comment": "#"}, "line 5: column 'b' is 'x', which is no"),
        ("1,2,a\n3,4, \n", {}, "line 2: the target '2' is missing"),
        ("1,2,a\n3,-inf,b\n", {}, "line 2: column '1' is -inf, where a finite number"),
        ("1,0.5\n2,NA\n", {}, "line 2: the target '1' is missing"),
        ("1,0.5\n2,none of them\n", {}, "line 2: cannot predict 'none of them' as a number"),
        ("1,0.5\n2,1e999\n", {}, "line 2: "),
        ("1,2\n1,2\n", {}, "y: holds one class alone"),
        ("1,2\n3,caf\xe9\n".encode("latin-1"), {}, "line 2: is not UTF-8 (byte 0xe9); name its"),
        ("1,2\n3,4\n".encode("utf-16"), {}, "line 1: is not UTF-8 (byte 0xff); name its encoding"),
        (b"1,2\n3,\0\n", {}, "line 2: holds a zero byte"),
        (
            "1,2\n3,4\n".encode("utf-16-le"),
            {},
            "line 1: holds a zero byte, so the file is no utf-8",
        ),
        (
            gzip.compress(b"1,2\n3,4\n", mtime=0),
            {},
            "is compressed with gzip; let its name end in .gz",
        ),
        ("1,2\n", {"encoding": "latin-99"}, "encoding 'latin-99' is unknown; usual ones are"),
        ("1,2\n", {"encoding": "base64"}, "encoding 'base64' is unknown"),
        ('1,"2\n3,4\n', {}, "line 1: a quote is opened and never closed"),
        ("1,2\n" + "x" * (4 * 2**20 + 1), {}, "line 2: is longer than"),
        ("".join(f"0,{n}\n" for n in range(1001)), {}, "y: holds 1001 classes, more than 1000"),
        ("a,b,y\n1,x,u\n2,5,v\n3,6,v\n", {}, "line 2: column 'b' is 'x', which is no number; na_"),
        ("a,b,y\n1,x,u\n2,z,v\n", {}, "line 2: column 'b' is 'x', which is no number; categories"),
        (
            "a,d,y\n1,2020-01-31,u\n2,2020-02-01,v\n",
            {},
            "column 'd': holds dates or times, as 2020",
        ),
        (
            "a,d,y\n1,31/01/2020 10:15,u\n2,01/02/2020 11:20,v\n",
            {"categories": "one_hot"},
            "column 'd': holds dates or times",
        ),
        ("a,y\n1,2020-01-31\n2,2020-02-01\n", {}, "column 'y': holds dates or times"),
        ("a,b,y\n1,2,u,\n3,4,v,\n", {}, "lines end with a separator, and the header does not"),
        ("a;b;y\n1,234;2;u\n5,678;3;v\n", {}, "'1,234' can be read in two ways: say decimal"),
        ("5,id,7\n1,2,3\n4,5,6\n", {}, "line 1: holds numbers, and 'id' above a column of numbers"),
        ("a,y\n,u\n,v\n", {"missing": "drop"}, "column 'a' is empty in every row; drop: [0] "),
        ("a,b,y\n,1,u\n1,,v\n", {"missing": "drop"}, "has a missing value in every row"),
        ("a,b,y,\n1,2,u,\n1,2,v,\n", {}, "column 'Unnamed: 3' is empty in every row (do its"),
        ("1,2\n3,4\n", {"decimal": "ab"}, "decimal must be one character that is no letter"),
        ("1,2\n3,4\n", {"thousands": ".", "decimal": "."}, "decimal and thousands are both '.'"),
        ("1,2\n3,4\n", {"separator": "ab"}, "separator must be auto, one character"),
        (PLAIN, {"drop": ["a", "b"]}, "has no feature"),
        (PLAIN, {"drop": [2020]}, "has no column 2020. There are 3 columns, counted from 0."),
        (PLAIN, {"drop": ["a", "b", "y"]}, "has no column to predict"),
        (PLAIN, {"drop": "y", "target": "y"}, "target 'y' is also among the columns to drop"),
        (PLAIN, {"target": "*"}, "target '*' fits several columns"),
        (PLAIN, {"features": ["c*"]}, "has no column 'c*'"),
        (FLOWERS, {"features": ["widht"]}, "has no column 'widht'. Did you mean 'width'?"),
    ],
)
def test_errors_name_the_line(refusal, text, options, said):
    """The message names the file, the line, the column, and what to do."""
    assert refusal(text, **options).startswith(said)


@pytest.mark.parametrize(
    ("place", "said"), [(999, "Did you mean 'width'?"), (1000, "1001 columns")]
)
def test_a_mistyped_name_is_sought_among_the_first_thousand(refusal, place, said):
    """A table of very many columns is not searched as a whole for the nearest name."""
    names = [f"c{number}" for number in range(1001)]
    names[place] = "width"
    assert said in refusal(",".join(names) + "\n", target="widht")


@pytest.mark.parametrize("target", ["d", "3", "-4", "9" * 5000, "1.0", 3, -4, 10**12])
def test_a_column_that_is_not_there_is_refused(refusal, target):
    """The message says what there is."""
    assert "has no column" in refusal("a,b,c\n1,2,3\n", target=target)


def test_a_packed_file_that_unpacks_to_too_much_is_refused(read, refusal, monkeypatch):
    """A bomb is noticed long before it has gone off."""
    line = b"0," * 1000 + b"0\n"
    assert len(read(line * 3 + b"0," * 1000 + b"1\n", ".csv.gz").X) == 4
    monkeypatch.setattr("initbench.data.reading.UNPACKED_FREELY", 10_000)
    assert "would unpack from" in refusal(line * 1000, ".csv.gz")
    monkeypatch.undo()
    monkeypatch.setattr("initbench.data.tables.FREE_CELLS", 10_000)
    assert "fields, and is not trusted to" in refusal(line * 1000, ".csv.gz")


def test_a_table_larger_than_memory_is_refused_before_it_is_read(refusal, monkeypatch):
    """The estimate stands beside what there is."""
    monkeypatch.setattr("initbench.data.tables.available_memory", lambda: 1000)
    assert "of memory to read, and there are 1 kB" in refusal(PLAIN * 100)


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


def test_columns_are_described_with_the_reason(read):
    """Each column's role and kind are listed, those that are left out too."""
    made = read(",a,b,c,y\n0,True,5,x,u\n1,False,6.5,z,v\n", drop="c")
    assert [(each.name, each.role, each.kind) for each in made.columns] == [
        ("Unnamed: 0", "index", ""),
        ("a", "feature", "booleans"),
        ("b", "feature", "numbers"),
        ("c", "left out", ""),
        ("y", "target", "classes"),
    ]
    lines = summary_text(dataset_summary(made)).splitlines()
    [row] = [line for line in lines if line.startswith("Unnamed: 0  index  ")]
    assert row.endswith("  a first column without a name counts the rows")


NOTICES = {
    "counts": (
        "".join(f"{n % 7}.5,{n % 13},{n % 31 + 3}\n" for n in range(200)),
        "target '2' holds 31 different integers from 3 to 33, and is read as 31 classes; task:",
    ),
    "zero and one with a point": (
        "a,y\n1,0.0\n2,1.0\n3,1.0\n",
        "target 'y' holds only 0.0 and 1.0, written with a point, and is read as numbers to",
    ),
    "a single sample": (
        "a,y\n1,u\n2,u\n3,rare\n",
        "class rare has a single sample, which cannot be both trained and tested on",
    ),
    "an index": (
        ",a,y\n0,1.5,u\n1,2.5,v\n",
        "column 'Unnamed: 0' is an index and no feature (a first",
    ),
    "a column that counts": (
        "id,a,y\n" + "".join(f"{n},{n % 3}.5,{n % 2}\n" for n in range(20)),
        "column 'id' counts the rows, and is read as a feature; drop: [id] leaves it out",
    ),
    "a leak": (
        "a,leak,y\n" + "".join(f"{n * 7 % 11}.5,{n % 2}.25,{n % 2}\n" for n in range(100)),
        "feature 'leak' alone predicts 100.0% of the classes: was it made from the target?",
    ),
    "one name twice": ("a,a,y\n1,2,u\n3,4,v\n", "several columns are called 'a'; the others"),
    "short header of numbers": ("0,1\n2,3\n4,5\n", "the first line, 0,1, is read as a sample"),
}


@pytest.mark.parametrize("name", NOTICES)
def test_surprising_readings_are_logged(read, name):
    """One line names what was done and the option that changes it."""
    text, words = NOTICES[name]
    assert any(notice.startswith(words) for notice in read(text).notices)


@pytest.mark.parametrize(
    ("classes", "options", "texts"),
    [
        ("01 1 2 2", {}, "'01' and '1'"),
        ("2 +1 1 01 2", {}, "'+1', '1' and '01'"),
        ("01 02 01 02", {}, ""),
        ("1 2 1 2", {}, ""),
        ("01 1 2 2", {"task": "regression"}, ""),
        ("01 1 a a", {}, ""),
    ],
)
def test_texts_that_become_one_class_are_noticed(read, classes, options, texts):
    """Leading zeros and signs are not part of a number, as pandas reads it."""
    text = "a,y\n" + "".join(f"{row}.5,{word}\n" for row, word in enumerate(classes.split()))
    found = [each for each in read(text, **options).notices if "read as class" in each]
    assert [each.partition("; ")[0] for each in found] == (
        [f"target 'y': the texts {texts} are read as class 1"] if texts else []
    )


@pytest.mark.parametrize("name", ["commas", "semicolons", "integers as classes", "no header"])
def test_usual_tables_have_no_notice_but_of_single_samples(read, name):
    """Nothing is said of what is as expected."""
    text, ending, options, *_ = BATTERY[name]
    assert not [each for each in read(text, ending, **options).notices if "single" not in each]


def test_a_feature_that_leaks_a_regression_target_is_noticed(read):
    """The target is twice one feature; a feature that is only correlated is not named."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 3))
    y = 2 * X[:, 1] + 1
    rows = np.column_stack([X[:, 0], X[:, 1], X[:, 1] + X[:, 2], y])
    text = "a,b,c,y\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())
    [notice] = read(text).notices
    assert notice.startswith("feature 'b' alone predicts")


CELLS = st.text(max_size=5) | st.sampled_from(
    [
        '"',
        "1",
        "nan",
        "-0",
        "1e9",
        ",",
        ";",
        "\t",
        "\0",
        "٣",
        "True",
        "NA",
        "1,5",
        "2020-01-01",
        "#",
    ]
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "target": st.sampled_from(["", "a", 0, -1, "*", "1"]),
        "header": st.sampled_from(["auto", "present", "absent"]),
        "task": st.sampled_from(["auto", "classification", "regression"]),
        "features": st.lists(st.sampled_from(["a", 0, "*", -1]), max_size=2),
        "drop": st.lists(st.sampled_from(["a", 0, "1*", -1]), max_size=2),
        "missing": st.sampled_from(["error", "drop", "mean", "most_frequent"]),
        "categories": st.sampled_from(["error", "one_hot", "ordinal"]),
        "separator": st.sampled_from(["auto", ",", ";", "blanks", "tab", "x", "ab", '"']),
        "decimal": st.sampled_from(["auto", ".", ",", ""]),
        "thousands": st.sampled_from(["", ",", ".", " "]),
        "comment": st.sampled_from(["", "#", "%"]),
        "encoding": st.sampled_from(["utf-8", "latin-1", "utf-16", "idna", "rot13"]),
        "na_values": st.lists(st.sampled_from(["?", -1, ""]), max_size=2),
        "keep_default_na": st.booleans(),
    },
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(CELLS, max_size=4), max_size=6),
    separator=st.sampled_from([",", ";", "\t", " ", "|"]),
    tail=st.binary(max_size=5),
    options=OPTIONS,
)
def test_any_text_and_options_are_read_or_refused(read, rows, separator, tail, options):
    """Only a `UsageError` comes of text and options that nobody vouches for."""
    text = "\n".join(separator.join(row) for row in rows).encode("utf-8", "surrogatepass") + tail
    with suppress(UsageError):
        made = read(text, **options)
        assert np.isfinite(made.X).all() or made.imputations
        assert np.isfinite(made.y).all()


def test_a_name_that_yaml_reads_as_a_number_is_a_name(read):
    """A column called 2020 is named without quotes; the numbers of columns go first."""
    text = "2019,2020,1,y\n1,2,3,u\n4,5,6,v\n"
    made = read(text, header="present", drop=[2019])
    assert made.feature_names == ("2020", "1")
    assert read(text, header="present", drop=[1]).feature_names == ("2019", "1")
