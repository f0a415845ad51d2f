"""Tables: CSV, TSV and Parquet files as pandas reads them, as features and a target.

A table passes through three stages, which are the three parts of this module:

1. *reading* (`_read_csv`, `_read_parquet`): from a file to a `Table`, a pandas frame with what was
   found out about the file. What pandas takes as options (separator, decimal sign, header) is
   found in the first lines where the user does not say it;
2. *roles* (`_choose_columns`): which column is the target, which are features, which are left out;
3. *encoding* (`_encode_features`, `_read_target`): from columns to the arrays of a `Dataset`.

Each column's role and how it was read are kept, with the reason, as `Dataset.columns`. What a
reader of the file may not expect is kept as `Dataset.notices`, one line each. What an earlier
version would have read differently is kept as `Dataset.reading`, which belongs to the key of a
run: a run that was trained on a wrong reading of a file is not reused.
"""

import codecs
import csv
import fnmatch
import functools
import gzip
import importlib
import io
import itertools
import re
import reprlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from initbench.arrays import Array, BoolArray
from initbench.data.dataset import Column, Dataset, Imputation
from initbench.data.reading import check_unpacking
from initbench.data.targets import (
    Targets,
    Task,
    first_rounded,
    read_targets,
    rounding_notice,
    without_offset,
)
from initbench.errors import UsageError
from initbench.formatting import listing, show_bytes
from initbench.machine import available_memory
from initbench.optional import require
from initbench.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

Header = Literal["auto", "present", "absent"]
Missing = Literal["error", "drop", "mean", "most_frequent"]
Categories = Literal["error", "one_hot", "ordinal"]
Columns = tuple[int | str, ...]

HEAD: Final = 2**16
"""Bytes at the beginning of a text from which its format is found, and more if lines are long."""

MAX_LINE: Final = 4 * 2**20
"""Bytes of one line: two hundred thousand numbers, written out in full."""

CELL_BYTES: Final = 48
"""Memory that pandas and the array of features take for one field of a text."""

FREE_CELLS: Final = 8_000_000
CELLS_PER_BYTE: Final = 32
"""A packed text may have so many fields, or so many for each of its bytes. Real ones have three."""

MAX_CATEGORIES: Final = 1000
"""Distinct values of one column of text that may become features."""

ADVISED: Final = 1000
"""How many names of columns are searched for one that was mistyped."""

SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "blanks": r"\s+"}
INDEX_NAMES: Final = {"rownames", "row.names", "__index_level_0__"}
"""Names that R and pandas give to a column that numbers or names the rows."""

_NAMED: Final = re.compile(r'"?sep=(\\t|[^\w"\r\n])"?[ ]*', re.IGNORECASE)
"""A first line that names the separator, as Excel writes and reads it: ``sep=;``."""

_INDEX: Final = re.compile(r"Unnamed: 0(\.\d+|_level_\d+)?")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.IGNORECASE)
_COMMA_NUMBER: Final = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_POINT_NUMBER: Final = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_DATE: Final = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([T ]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"
)


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How a table is read, as the options of the data set `file` say it."""

    target: int | str = ""
    features: Columns = ()
    drop: Columns = ()
    separator: str = "auto"
    decimal: str = "auto"
    thousands: str = ""
    encoding: str = "utf-8"
    header: Header = "auto"
    comment: str = ""
    na_values: Columns = ()
    keep_default_na: bool = True
    missing: Missing = "error"
    categories: Categories = "error"
    task: Task = "auto"


@dataclass
class Table:
    """A frame that was read from a file.

    Attributes
    ----------
    names : list of str
        The name of each column; of a table without a header, its number.
    index : dict of int to str
        Columns that number or name the rows, by their place, each with the reason.
    notices, reading : list of str
        As in `Dataset`.
    rounded : dict of str to (int, int)
        By feature, the first integer that loses digits, and what it becomes.
    head : list of list of str
        The first records of a text, without a header.
    place : callable
        From the number of a row to the words that say where it is in the file.
    """

    frame: "pd.DataFrame"
    names: list[str]
    index: dict[int, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)
    rounded: dict[str, tuple[int, int]] = field(default_factory=dict)
    head: list[list[str]] = field(default_factory=list)
    place: Callable[[int], str] = "row {} (counted from 0)".format


def read_table(path: Path, options: TableOptions) -> Dataset:
    """Read a table as a data set."""
    is_parquet = path.name.lower().endswith(".parquet")
    table = _read_parquet(path, options) if is_parquet else _read_csv(path, options)
    return frame_dataset(str(path), table, options)


def frame_dataset(name: str, table: Table, options: TableOptions) -> Dataset:
    """Return a frame as a data set, its columns encoded as the options say."""
    _find_index(table)
    target, features, columns = _choose_columns(table, options)
    if not len(table.frame):
        raise UsageError("holds no samples")
    is_missing = table.frame.iloc[:, [*features, target]].isna().to_numpy()
    for place, is_empty in zip([*features, target], is_missing.all(axis=0), strict=True):
        if is_empty and len(is_missing) > 1:
            unnamed = re.fullmatch(r"Unnamed: \d+", table.names[place])
            why = " (do its lines end with a separator?)" if unnamed else ""
            raise UsageError(
                f"column {table.names[place]!r} is empty in every row{why}; drop: [{place}] leaves"
                " the column out"
            )
    kept = np.ones(len(is_missing), bool)
    if options.missing == "drop":
        kept = ~is_missing.any(axis=1)
        if not kept.any():
            raise UsageError("has a missing value in every row, so missing: drop leaves no sample")
        if not kept.all():
            table.notices.append(
                f"{np.sum(~kept)} of {len(kept)} rows have a missing value and are left out"
            )
    X, names, imputations = _encode_features(table, features, kept, columns, options)
    targets = _read_target(table, target, kept, columns, options)
    return Dataset(
        name,
        X,
        targets.y,
        targets.classes,
        class_names=targets.class_names,
        feature_names=tuple(names),
        imputations=tuple(imputations),
        columns=tuple(columns[place] for place in sorted(columns)),
        notices=(*table.notices, *targets.notices),
        reading="; ".join(table.reading),
    )


def _pandas() -> Any:
    """Return pandas, which is imported when the first table is read."""
    return importlib.import_module("pandas")


# --- Reading: from a file to a frame --------------------------------------------------------------


def _read_parquet(path: Path, options: TableOptions) -> Table:
    """Read a Parquet file; the index that pandas wrote into it is no column."""
    parquet, arrow = require("pyarrow.parquet", "parquet"), require("pyarrow", "parquet")
    try:
        with parquet.ParquetFile(path) as file:
            size, schema = file.metadata, file.schema_arrow
            check_unpacking(path.stat().st_size, 8 * size.num_rows * size.num_columns)
            names = list(schema.names)
            if len(set(names)) < len(names) or len(names) < 2:
                raise UsageError("must have two or more columns, of different names")
            types = arrow.types  # dates are refused later
            fitting = (
                *(types.is_integer, types.is_floating, types.is_boolean, types.is_string),
                *(types.is_large_string, types.is_dictionary, types.is_temporal, types.is_null),
                *([types.is_string_view] if hasattr(types, "is_string_view") else []),
            )
            dropped = {place for each in options.drop for place in find_columns(each, names)}
            for place, each in enumerate(schema):
                if not (any(fits(each.type) for fits in fitting) or place in dropped):
                    raise UsageError(
                        f"column {each.name!r}: holds {each.type}, where numbers or text must be;"
                        f" drop: [{place}] leaves the column out"
                    )
            stored = file.read([name for place, name in enumerate(names) if place not in dropped])
            for place in sorted(dropped):  # so that columns keep their numbers
                stored = stored.add_column(place, names[place], arrow.nulls(len(stored)))
        stored.validate(full=True)  # that words are Unicode, and that there is one for each index
        try:
            metadata = schema.pandas_metadata
        except ValueError:  # it is no JSON
            metadata = None
        written = metadata.get("index_columns", []) if isinstance(metadata, dict) else []
        frame = stored.replace_schema_metadata(None).to_pandas()
        for place, column in enumerate(stored.columns):  # integers without a rounding to float64
            if types.is_integer(column.type) and 0 < column.null_count < len(column):
                whole = "UInt64" if types.is_uint64(column.type) else "Int64"
                objects = column.to_pandas(integer_object_nulls=True)
                frame.isetitem(place, objects.astype(whole))
    except arrow.ArrowException as error:
        raise UsageError(f"is damaged: {error}") from None
    index = {
        names.index(name): "written by pandas as an index, as the file's metadata say"
        for name in (written if isinstance(written, list) else [])
        if isinstance(name, str) and name in names
    }
    table = Table(frame, names, index)
    if index:
        table.reading.append(f"index={sorted(index)}")
    return table


def _read_csv(path: Path, options: TableOptions) -> Table:
    """Read a text with pandas, its format found from its first lines where it is not given."""
    pandas = _pandas()
    head = _check_text(path, options)
    named = _NAMED.fullmatch(head.splitlines()[0])
    separator, decimal = _find_format(path, head, options, named[1] if named else "")
    _check_marks(separator, decimal, options)
    first, *body = _records(head, separator, options.comment) or [[]]
    if not first:
        raise UsageError("is empty")
    top = 2 if named else 1
    if len(first) < 2 and not (body and len(body[0]) == len(first) + 1):
        words = {each: name for name, each in SEPARATORS.items()}
        raise UsageError(
            f"line {top}: one field, where a sample and its target must be; fields are separated"
            f" by {words.get(separator, repr(separator))} here: say separator if something else"
            " separates them"
        )
    has_header, notices = _find_header(first, body, options, top)
    # From 3.1, pandas reads decimal numbers to the last bit by itself, and warns of being asked to.
    version = tuple(map(int, pandas.__version__.split(".")[:2]))
    exact = {"float_precision": "round_trip"} if version < (3, 1) else {}
    read = functools.partial(
        pandas.read_csv,
        path,
        sep=separator,
        header=0 if has_header else None,
        skiprows=1 if named else None,
        decimal=decimal,
        thousands=options.thousands or None,
        comment=options.comment or None,
        encoding=_codec(options.encoding),
        compression="gzip" if path.suffix.lower() == ".gz" else None,
        na_values=[str(value) for value in options.na_values] or None,
        keep_default_na=options.keep_default_na,
        skipinitialspace=True,
        low_memory=False,
        **exact,
    )
    gaps_read: list[str] = []
    try:
        frame = read()
        # pandas reads integers as real numbers where one of them is missing, unless it is asked.
        gaps = frame.isna().any().to_numpy() & [dtype.kind == "f" for dtype in frame.dtypes]
        if gaps.any() and options.missing != "error":
            whole = read(dtype_backend="numpy_nullable")
            for place in np.flatnonzero(gaps & ~frame.isna().all().to_numpy()):
                if whole.iloc[:, place].dtype.kind in "iu":
                    frame.isetitem(place, whole.iloc[:, place])
        # Of integers beyond 64 bits with a sign, pandas leaves missing values as they are written.
        large = [name for name, column in frame.items() if _holds_large(column)]
        texts = read(dtype=dict.fromkeys(large, str)) if large else frame
        for name in large:
            if (texts[name].isna() & frame[name].notna()).any():
                frame[name] = texts[name]
                gaps_read.append(f"gaps={name}")
    except pandas.errors.EmptyDataError:
        raise UsageError("is empty") from None
    except (pandas.errors.ParserError, OverflowError, ValueError) as error:
        message = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message):
            expected, line, saw = found.groups()
            message = f"line {line}: {saw} fields, where the lines before have {expected}"
        elif found := re.search(r"EOF inside string starting at row (\d+)", message):
            message = f"line {int(found.group(1)) + 1}: a quote is opened and never closed"
        else:
            message = f"cannot be read as a table: {message}"
        raise UsageError(message) from None
    names = [str(name).strip() if has_header else str(place) for place, name in enumerate(frame)]
    table = Table(frame, names, notices=notices, head=body if has_header else [first, *body])
    table.reading += gaps_read
    table.place = functools.partial(_line_of, path, separator, options, int(has_header))
    if has_header:
        for repeated in [name for name, times in Counter(first).items() if name and times > 1][:1]:
            table.notices.append(
                f"several columns are called {reprlib.repr(repeated)}; the others are named"
                " with a number, as pandas does"
            )
    if has_header and body and len(body[0]) > len(first):
        _check_row_names(table, len(first), top)
    usual = "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else ","
    if named:
        table.reading.append("separator in line 1")
    if separator != usual:
        table.reading.append(f"separator={separator}")
    if decimal != ".":
        table.reading.append(f"decimal={decimal}")
    if has_header and options.header == "auto" and any(map(_is_number, first)):
        table.reading.append("header of numbers")
    return table


def _holds_large(column: "pd.Series[Any]") -> bool:
    """Return whether a column of text begins with whole numbers beyond 64 bits with a sign."""
    return getattr(column.dtype, "kind", "O") == "O" and any(
        isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{19,}", value.strip())
        for value in column.head(1000)
    )


def _check_text(path: Path, options: TableOptions) -> str:
    """Check the bytes of a text before pandas reads them, and return its first lines.

    Its size, packed and unpacked, its encoding and the length of its lines are checked in one pass
    that keeps only the first lines.
    """
    try:
        b"a".decode(options.encoding, "ignore")  # refuses what turns bytes into bytes, as base64
        decoder = codecs.getincrementaldecoder(_codec(options.encoding))()
    except (LookupError, ValueError):
        raise UsageError(
            f"encoding {options.encoding!r} is unknown; usual ones are utf-8, cp1252, latin-1 and"
            " utf-16"
        ) from None
    is_packed, stored = path.suffix.lower() == ".gz", path.stat().st_size
    head, unpacked, lines, length, cells = "", 0, 0, 0, 0
    with gzip.open(path) if is_packed else path.open("rb") as file:
        while True:
            chunk = file.read(2**20)
            if not unpacked and chunk[:2] == b"\x1f\x8b":
                raise UsageError("is compressed with gzip; let its name end in .gz, or unpack it")
            unpacked += len(chunk)
            if is_packed:
                check_unpacking(stored, unpacked)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                shown = "UTF-8" if options.encoding == "utf-8" else options.encoding
                if not isinstance(error, UnicodeDecodeError):
                    raise UsageError(f"line {lines + 1}: is not {shown}: {error}") from None
                line = lines + 1 + error.object[: error.start].count(b"\n")
                is_utf16 = error.object[:2] in {b"\xff\xfe", b"\xfe\xff"}
                advice = "utf-16" if is_utf16 else "cp1252 (Windows) or latin-1"
                bad = error.object[error.start : error.start + 1].hex()
                raise UsageError(
                    f"line {line}: is not {shown} (byte 0x{bad}); name its encoding, as {advice}"
                ) from None
            if "\0" in text:
                line = lines + 1 + text[: text.index("\0")].count("\n")
                raise UsageError(
                    f"line {line}: holds a zero byte, so the file is no {options.encoding} text;"
                    " name its encoding, as utf-16-le, or export it as text"
                )
            lines += text.count("\n")
            cells += sum(map(text.count, ",;\t|\n\r")) + (0 if "," in text else text.count(" "))
            ends = max(text.rfind("\n"), text.rfind("\r"))
            length = len(text) - ends - 1 if ends >= 0 else length + len(text)
            if length > MAX_LINE:
                raise UsageError(f"line {lines + 1}: is longer than {MAX_LINE:,} bytes")
            if len(head) < HEAD or head.count("\n") < 20:
                head += text
            if is_packed and cells > max(FREE_CELLS, CELLS_PER_BYTE * stored):
                raise UsageError(
                    f"would unpack from {stored:,} bytes to more than {cells:,} fields, and is not"
                    " trusted to; store it uncompressed"
                )
            if not chunk:
                break
    need, have = unpacked + CELL_BYTES * cells, available_memory()
    if have is not None and need > have:
        raise UsageError(
            f"takes about {show_bytes(need)} of memory to read, and there are {show_bytes(have)}"
        )
    if not head.strip():
        raise UsageError("is empty")
    if unpacked > len(head.encode("utf-8", "surrogatepass")):  # its last line may be cut
        head = head[: head.rfind("\n") + 1] or head
    return head


def _find_format(path: Path, head: str, options: TableOptions, named: str) -> tuple[str, str]:
    """Return the separator and the decimal sign, found from the first lines if not given.

    `named`: the separator that the first line names; empty if it names none.

    A separator fits if it cuts all lines into the same number of fields, two or more; a header may
    have one field fewer, as R writes it. Among those that fit, the one whose fields are numbers
    most often is taken, and among equals the usual one of the file's ending.
    """
    is_tsv = path.name.lower().removesuffix(".gz").endswith(".tsv")
    usual = "\t" if is_tsv else ","
    separator, best = usual, -1.0
    if options.separator != "auto":
        separator = SEPARATORS.get(options.separator, options.separator)
        is_known = separator in SEPARATORS.values()
        if not is_known and (len(separator) != 1 or separator in '"\r\n' or separator.isalnum()):
            raise UsageError(
                f"separator must be auto, one character that is no letter and no digit, or one of"
                f" {', '.join(SEPARATORS)}, not {reprlib.repr(options.separator)}"
            )
    elif named:
        separator = "\t" if named == "\\t" else named
    else:
        for candidate in dict.fromkeys([usual, *SEPARATORS.values()]):
            first, *body = _records(head, candidate, options.comment) or [[]]
            widths = {len(record) for record in body} or {len(first)}
            if len(widths) != 1 or max(widths) < 2 or max(widths) - len(first) not in {0, 1}:
                continue
            fields = [each.strip() for record in body or [first] for each in record]
            fields = [each for each in fields if each]
            is_number = [
                bool(_is_number(each) or (candidate != "," and _COMMA_NUMBER.fullmatch(each)))
                for each in fields
            ]
            score = sum(is_number) / max(len(fields), 1)
            if score > best:
                separator, best = candidate, score
    if options.decimal != "auto":
        return separator, options.decimal
    if separator == ",":
        return separator, "."
    fields = [
        each.strip() for record in _records(head, separator, options.comment)[1:] for each in record
    ]
    commas = [each for each in fields if _COMMA_NUMBER.fullmatch(each)]
    if not commas or options.thousands == "," or any(map(_POINT_NUMBER.fullmatch, fields)):
        return separator, "."
    if all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", each) for each in commas):
        raise UsageError(
            f"{commas[0]!r} can be read in two ways: say decimal: ',' or thousands: ','"
        )
    return separator, ","


def _records(text: str, separator: str, comment: str) -> list[list[str]]:
    """Return the first records of a text, blank and commented lines left out.

    There are 200 of them at most; of wide tables, as many as have 20,000 fields, but at least five.
    """
    found: list[list[str]] = []
    size = 0
    for _, fields in _numbered(io.StringIO(text, newline=None), separator, comment):
        found.append(fields)
        size += len(fields)
        if len(found) == 200 or (size > 20_000 and len(found) >= 5):
            break
    return found


def _numbered(
    lines: Iterator[str] | io.TextIOBase, separator: str, comment: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line on which each record ends, and its fields.

    A first line that names the separator is as good as blank.
    """
    number = 0

    def counted() -> Iterator[str]:
        nonlocal number
        for line in lines:
            number += 1
            text = line.partition(comment)[0] if comment else line
            if number == 1 and _NAMED.fullmatch(text.rstrip("\n")):
                text = ""
            yield text.rstrip("\n") + "\n"

    if separator == SEPARATORS["blanks"]:
        split: Iterator[list[str]] = (line.split() for line in counted())
    else:
        split = csv.reader(counted(), delimiter=separator, skipinitialspace=True)
    try:
        for fields in split:
            if not any(each.strip() for each in fields) and len(fields) < 2:
                continue
            yield number, fields
    except csv.Error:
        return


def _codec(encoding: str) -> str:
    """Return the name of an encoding for Python; a mark at the beginning of UTF-8 is no text."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _line_of(path: Path, separator: str, options: TableOptions, first: int, row: int) -> str:
    """Return the line of a row, which is looked up only when there is something to say of it.

    The first row has the number `first` among the records of the text: 1 below a header.
    """
    with (
        gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as opened,
        io.TextIOWrapper(opened, _codec(options.encoding), newline=None) as text,
    ):
        width = 0
        for place, (line, fields) in enumerate(_numbered(text, separator, options.comment)):
            if place == row + first:
                short = f" (with {len(fields)} fields, where the first line has {width})"
                return f"line {line}{short if len(fields) < width else ''}"
            width = width or len(fields)
    return f"row {row} (counted from 0)"


def _check_marks(separator: str, decimal: str, options: TableOptions) -> None:
    """Raise an error if two of the signs are equal."""
    marks = {"decimal": decimal, "thousands": options.thousands, "comment": options.comment}
    for name, mark in marks.items():
        is_odd = len(mark) > 1 or mark in {'"', "\n", "\r"} or mark.isalnum()
        if is_odd or (name, mark) == ("decimal", ""):
            raise UsageError(f"{name} must be one character that is no letter and no digit")
    for one, other in (("decimal", "thousands"), ("decimal", "comment"), ("thousands", "comment")):
        if marks[one] and marks[one] == marks[other]:
            raise UsageError(f"{one} and {other} are both {marks[one]!r}; say which is which")
    for name in ("decimal", "comment"):
        if marks[name] == separator:
            raise UsageError(f"separator and {name} are both {separator!r}; say which is which")


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _find_header(
    first: Sequence[str], body: Sequence[Sequence[str]], options: TableOptions, line: int
) -> tuple[bool, list[str]]:
    """Tell whether the first record names the columns, and what to notice about that.

    `line`: its line.

    A line without any number is a header. So is one that counts, 0, 1, 2, … as pandas names the
    columns of an array, if it cannot well be a sample: it counts four fields or more, or the fields
    below have a decimal point, or there is text beside the numbers where the text below repeats
    itself. Such text must in any case differ from all text below it.
    """
    if options.header != "auto":
        return options.header == "present", []
    fields = [each.strip() for each in first]
    numbers = [each for each in fields if _is_number(each)]
    if not numbers:
        return True, []
    words = [place for place, each in enumerate(fields) if each and not _is_number(each)]
    below: list[list[str]] = [
        [record[place].strip() for record in body if place < len(record)]
        for place in range(len(fields))
    ]
    counts = all(re.fullmatch(r"\d+", each) for each in numbers) and all(
        int(right) - int(left) == 1 for left, right in itertools.pairwise(numbers)
    )
    from_start = counts and int(numbers[0]) in {0, 1}
    is_real = any(
        _is_number(each) and not re.fullmatch(r"[+-]?\d+", each)
        for place, column in enumerate(below)
        for each in column
        if _is_number(fields[place])
    )
    is_new = all(fields[place] not in below[place] for place in words)
    repeats = all(len(set(below[place])) < len(below[place]) for place in words)
    is_strange = repeats if words else is_real
    has_blank_corner = not fields[0]
    if body and is_new and counts and (len(numbers) > 1 or has_blank_corner):
        if len(numbers) > 3 or (from_start and (is_strange or has_blank_corner)):
            return True, []
        if from_start:
            notice = (
                f"the first line, {','.join(fields)}, is read as a sample; if it names the columns,"
                " say header: present"
            )
            return False, [notice]
    for place in words:
        column = [each for each in below[place] if each]
        if column and all(map(_is_number, column)):
            raise UsageError(
                f"line {line}: holds numbers, and {reprlib.repr(fields[place])} above a column of"
                " numbers; say header: present if the line names the columns, or correct it"
            )
    return False, []


def _check_row_names(table: Table, width: int, line: int) -> None:
    """Check the index that pandas took, where lines have one field more than the header."""
    frame = table.frame
    if frame.index.nlevels > 1:
        raise UsageError(
            f"line {line + 1}: {width + frame.index.nlevels} fields, where the header has {width}"
        )
    if frame.iloc[:, -1].isna().all():
        raise UsageError(
            "lines end with a separator, and the header does not: take it away, or add a name"
        )
    table.notices.append(
        "lines have one field more than the header: the first field is taken for the name of the"
        " row, as R writes it"
    )
    table.reading.append("row names")
    table.frame = frame.reset_index(drop=True)


# --- Roles: which columns are features, and which is the target -----------------------------------


def _find_index(table: Table) -> None:
    """Find a first column that numbers or names the rows, as pandas and R write one."""
    name = table.names[0]
    if table.index or (
        len(table.names) < 3 and not (name in {"", *INDEX_NAMES} or _INDEX.fullmatch(name))
    ):
        return
    column = table.frame.iloc[:, 0]
    is_unnamed = not name or _INDEX.fullmatch(name) is not None
    if is_unnamed or name in INDEX_NAMES:
        shown = "without a name" if is_unnamed else f"called {name!r}"
        is_whole = column.dtype.kind in "iu" and bool((column >= 0).all())
        if is_whole or column.dtype.kind not in "iufb":
            what = "counts" if is_whole else "names"
            table.index[0] = f"a first column {shown} {what} the rows"
            table.reading.append("index=[0]")
        else:
            table.notices.append(
                f"the first column is {shown} and read as a feature; drop: [0] leaves it out"
            )


def _choose_columns(
    table: Table, options: TableOptions
) -> tuple[int, list[int], dict[int, Column]]:
    """Return the positions of target and features, and the records of the other columns."""
    width = len(table.names)
    dropped = {place for each in options.drop for place in find_columns(each, table.names)}
    wanted = {place for each in options.features for place in find_columns(each, table.names)}
    index = {place for place in table.index if place not in wanted}
    if options.target == "":
        left = [place for place in range(width) if place not in dropped | table.index.keys()]
        if not left:
            raise UsageError("has no column to predict: all are left out")
        target = left[-1]
    else:
        [target, *others] = find_columns(options.target, table.names)
        if others:
            raise UsageError(f"target {options.target!r} fits several columns; name one of them")
        if target in dropped:
            raise UsageError(f"target {options.target!r} is also among the columns to drop")
    columns = {}
    for place in range(width):
        if place == target:
            continue
        if place in dropped:
            why = "named under drop"
        elif place in index:
            why = table.index[place]
            table.notices.append(
                f"column {table.names[place]!r} is an index and no feature ({why}); features: names"
                " the columns to keep"
            )
        elif wanted and place not in wanted:
            why = "not among features"
        else:
            continue
        role: Literal["index", "left out"] = "index" if place in index else "left out"
        columns[place] = Column(table.names[place], role, "", why)
    features = [place for place in range(width) if place != target and place not in columns]
    if not features:
        raise UsageError("has no feature: a sample and its target must be in two columns")
    for place in features if len(features) > 1 else ():
        column = table.frame.iloc[:, place]
        is_whole = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"
        if place >= 20 or not is_whole or len(column) < 10:
            continue
        values = column.to_numpy()
        if values[0] in {0, 1} and (np.diff(values) == 1).all():
            name = table.names[place]
            table.notices.append(
                f"column {name!r} counts the rows, and is read as a feature; drop: [{name}] leaves"
                " it out"
            )
    return target, features, columns


def find_columns(wanted: int | str, names: Sequence[str]) -> list[int]:
    """Return the places of the columns that a name, a number or a pattern means.

    Examples
    --------
    >>> names = ["length", "width", "kind"]
    >>> [find_columns(wanted, names) for wanted in ("width", -1, "*th")]
    [[1], [2], [0, 1]]
    """
    width = len(names)
    is_place = re.fullmatch(r"-?[0-9]{1,9}", str(wanted)) and -width <= int(wanted) < width
    if wanted in names or (str(wanted) in names and not is_place):  # YAML reads a year as a number
        return [names.index(str(wanted))]
    if is_place:
        return [int(wanted) % width]
    if isinstance(wanted, str) and re.search(r"[*?\[]", wanted):
        found = [place for place, name in enumerate(names) if fnmatch.fnmatchcase(name, wanted)]
        if found:
            return found
    advice = did_you_mean(wanted, names[:ADVISED]) if isinstance(wanted, str) else ""
    known = advice or f"There are {width} columns, counted from 0."
    raise UsageError(f"has no column {reprlib.repr(wanted)}. {known}")


# --- Encoding: from columns to arrays -------------------------------------------------------------


def _encode_features(
    table: Table,
    features: Sequence[int],
    kept: BoolArray,
    columns: dict[int, Column],
    options: TableOptions,
) -> tuple[Array, list[str], list[Imputation]]:
    """Return the features (N, D), their names, and how missing values of theirs are filled in."""
    frame = table.frame.iloc[:, list(features)]
    frame = frame if kept.all() else frame[kept]
    missing = frame.isna().sum().to_numpy()
    parts: list[Array] = []
    names: list[str] = []
    imputations: list[Imputation] = []
    rows = np.flatnonzero(kept)
    for local, (place, gaps) in enumerate(zip(features, missing, strict=True)):
        name = table.names[place]
        if gaps and options.missing == "error":
            row = int(rows[int(frame.iloc[:, local].isna().to_numpy().argmax())])
            raise UsageError(
                f"{table.place(row)}: column {name!r} is missing ({gaps} missing in the column);"
                " missing: drop leaves such rows out, mean or most_frequent fills them in"
            )
        column = frame.iloc[:, local]
        values, kind, why, own = _encode(table, column, name, rows, options)
        if gaps:
            is_mean = options.missing == "mean" and kind != "categories"
            filled: Literal["mean", "most_frequent"] = "mean" if is_mean else "most_frequent"
            places = tuple(range(len(names), len(names) + len(own)))
            imputations.append(Imputation(filled, places))
            why = f"{why}; {gaps} missing, filled in with the {filled.replace('_', ' ')} value"
        columns[place] = Column(name, "feature", kind, why)
        parts.append(values)
        names += own
    if table.rounded:
        (name, rounded), *others = table.rounded.items()
        more = f", one of {len(others) + 1} such columns," if others else ""
        notice = rounding_notice(f"column {name!r}{more}", rounded)
        table.notices.append(f"{notice}; drop leaves the column out")
    X = np.column_stack(parts)
    if X.dtype.kind == "f":
        may_miss = options.missing in {"mean", "most_frequent"}
        bad = np.isinf(X) if may_miss else ~np.isfinite(X)
        if bad.any():
            row, place = np.argwhere(bad)[0]
            raise UsageError(
                f"{table.place(int(rows[row]))}: column {names[place]!r} is {X[row, place]}, where"
                " a finite number must be"
            )
    return X, names, imputations


def _encode(
    table: Table, column: "pd.Series[Any]", name: str, rows: Array, options: TableOptions
) -> tuple[Array, str, str, list[str]]:
    """Return a column as numbers (N,) or (N, K), its kind, the reason, and the features' names."""
    pandas, dtype = _pandas(), column.dtype
    if getattr(dtype, "kind", "O") in "iu":
        gaps = column.isna().to_numpy()
        integers = column[~gaps].to_numpy(getattr(dtype, "numpy_dtype", dtype))
        values, offset = without_offset(integers)
        if offset:
            table.reading.append(f"offset={name}")
        rounded = first_rounded(integers, values, offset) if values.dtype.kind == "f" else None
        if rounded:
            table.rounded[name] = rounded
        if gaps.any():
            present, values = values, np.full(len(gaps), np.nan)
            values[~gaps] = present
        why = "whole numbers"
        if offset:
            why = f"counted from {offset}{'' if rounded else ', to be exact beyond 2^53'}"
        values = values if values.dtype.itemsize < 8 else values.astype(np.float64)
        return values, "integers", why, [name]
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return column.to_numpy(), "numbers", "real numbers", [name]
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return column.to_numpy(np.float64), "booleans", "true and false are 1 and 0", [name]
    _refuse_dates(column, dtype, name)
    present = column.dropna()
    if all(isinstance(value, bool | np.bool_) for value in present):
        as_numbers = column.map({True: 1.0, False: 0.0}).to_numpy(np.float64)
        return as_numbers, "booleans", "true and false are 1 and 0", [name]
    numbers = pandas.to_numeric(present, errors="coerce")
    share = float(numbers.notna().mean())
    if share == 1.0:
        values = pandas.to_numeric(column).to_numpy(np.float64)
        if rounded := first_rounded(column.to_numpy(), values):
            table.rounded[name] = rounded
        return values, "numbers", "numbers", [name]
    if options.categories == "error" or share >= 0.9:
        local = column.index.get_indexer([numbers.index[int(numbers.isna().argmax())]])[0]
        value, row = column.iloc[local], int(rows[local])
        advice = (
            "; categories: one_hot or ordinal reads text as features, drop leaves the column out"
            if share < 0.5
            else f"; na_values: [{value!r}] makes it a missing value"
        )
        raise UsageError(
            f"{table.place(row)}: column {name!r} is {reprlib.repr(value)}, which is no number"
            f"{advice}"
        )
    words = column.map(lambda word: word.strip() if isinstance(word, str) else word)
    codes, categories = pandas.factorize(words, sort=True)
    if len(categories) > MAX_CATEGORIES:
        raise UsageError(
            f"column {name!r}: holds {len(categories):,} different texts, more than"
            f" {MAX_CATEGORIES:,}; drop leaves the column out"
        )
    listed = [str(each) for each in categories]
    is_gap = codes < 0
    if options.categories == "ordinal":
        ordinal = np.where(is_gap, np.nan, codes)
        return ordinal, "categories", f"text as 0 to {len(listed) - 1}, sorted", [name]
    one_hot = (codes[:, np.newaxis] == np.arange(len(listed))).astype(np.float64)
    one_hot[is_gap] = np.nan
    own = [f"{name}={each}" for each in listed]
    return one_hot, "categories", f"text, one feature for each of {len(listed)} values", own


def _refuse_dates(column: "pd.Series[Any]", dtype: Any, name: str) -> None:
    words = column.dropna().head(1000)
    is_date = getattr(dtype, "kind", "O") in "mM" or (
        len(words) > 0
        and all(
            (isinstance(word, str) and _DATE.fullmatch(word.strip()))
            or type(word).__module__ == "datetime"
            or hasattr(word, "isoformat")
            for word in words
        )
    )
    if is_date:
        raise UsageError(
            f"column {name!r}: holds dates or times, as"
            f" {str(words.iloc[0]) if len(words) else dtype}, which are not read; drop: [{name}]"
            " leaves the column out, or write them as numbers"
        )


def _read_target(
    table: Table,
    place: int,
    kept: BoolArray,
    columns: dict[int, Column],
    options: TableOptions,
) -> Targets:
    """Return the targets: numbers, or classes in the order of their values."""
    pandas = _pandas()
    name, column = table.names[place], table.frame.iloc[:, place]
    column = column if kept.all() else column[kept]
    rows = np.flatnonzero(kept)
    gaps = column.isna().to_numpy()
    if gaps.any():
        row = int(rows[int(gaps.argmax())])
        raise UsageError(
            f"{table.place(row)}: the target {name!r} is missing ({gaps.sum()} missing in the"
            " column); missing: drop leaves such rows out"
            + (", keep_default_na: false reads NA and None as text" * options.keep_default_na)
        )
    if getattr(column.dtype, "kind", "O") in "iu" and not isinstance(column.dtype, np.dtype):
        column = column.astype(column.dtype.numpy_dtype)  # integers whose gaps are left out
        table.reading.append("classes with gaps")
    dtype = column.dtype
    if not (isinstance(dtype, np.dtype) and dtype.kind in "biuf"):
        _refuse_dates(column, dtype, name)
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        values = column.to_numpy()
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row = int(rows[int((~np.isfinite(values)).argmax())])
            raise UsageError(f"{table.place(row)}: the target {name!r} is not finite")
        if values.dtype.kind == "f" and options.task == "classification":
            table.reading.append("classes of real numbers")
        targets = read_targets(values, None, options.task, name=f"target {name!r}")
        if values.dtype.kind in "iu" and targets.classes is not None:
            table.notices += _merged_classes(table, place)
    else:
        words = column.map(lambda word: word.strip() if isinstance(word, str) else word)
        if not all(isinstance(word, str | bool | int | float) for word in words):
            raise UsageError(f"column {name!r}: holds {dtype}, where numbers or text must be")
        texts = words.map(str)
        numbers = pandas.to_numeric(texts, errors="coerce")
        has_point = any(_POINT_NUMBER.fullmatch(word) for word in texts.head(100_000))
        if options.task == "regression" or (options.task == "auto" and has_point):
            bad = numbers.isna().to_numpy()
            if bad.any():
                local = int(bad.argmax())
                raise UsageError(
                    f"{table.place(int(rows[local]))}: cannot predict"
                    f" {reprlib.repr(texts.iloc[local])} as a number; if it is a class, say task:"
                    " classification"
                )
            values = numbers.to_numpy(np.float64)
            if rounded := first_rounded(texts.to_numpy(), values):
                table.notices.append(rounding_notice(f"target {name!r}", rounded))
            targets = read_targets(values, None, "regression")
        else:
            codes, classes = pandas.factorize(texts, sort=True)
            targets = Targets(codes, None, len(classes), tuple(map(str, classes)))
    kind = getattr(column.dtype, "kind", "O")
    what = {"i": "whole numbers", "u": "whole numbers", "b": "true and false"}.get(kind, "text")
    why = f"{what} are classes, {targets.classes} of them"
    if options.task != "auto":
        why = f"task: {options.task}"
    elif targets.classes is None:
        why = "real numbers are predicted as numbers"
    which = "the last column" if options.target == "" else "named as the target"
    read_as = "numbers" if targets.classes is None else "classes"
    columns[place] = Column(name, "target", read_as, f"{which}; {why}")
    return targets


def _merged_classes(table: Table, place: int) -> list[str]:
    """Return a notice if different texts among the first of a column are one integer."""
    texts: dict[int, dict[str, None]] = {}
    for record in table.head:  # counted from the end: names of rows may come first
        text = record[place - len(table.names)].strip() if len(record) >= len(table.names) else ""
        if re.fullmatch(r"[+-]?[0-9]+", text):
            texts.setdefault(int(text), {})[text] = None
    merged = [(label, list(each)) for label, each in texts.items() if len(each) > 1]
    return [
        f"target {table.names[place]!r}: the texts {listing(list(map(repr, each)))} are read as"
        f" class {label}; put a letter before them to keep them apart"
        for label, each in merged[:1]
    ]
