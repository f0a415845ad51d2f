"""Reading YAML: values by the rules of 1.2, positions, and words for what cannot be read."""

import time
import tracemalloc
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from initbench.config import yaml_text
from initbench.config.yaml_text import MAX_DEPTH, MAX_NODES, read_value, read_yaml, resolve
from initbench.errors import ConfigError

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]

BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}' if level else 'x'] * 10)}]\n"
    for level in range(10)
)

HOSTILE = {
    "alias bomb": (BOMB, 5, "20000 values"),
    "self-alias": ("a: &a [1, *a]", 1, "no value that is complete"),
    "self-alias in a mapping": ("a: &a\n  b: *a", 2, "no value that is complete"),
    "unknown alias": ("a: *b", 1, "no value that is complete"),
    "brackets": ("a: " + "[" * 3_000, 1, "is nested"),
    "braces": ("{a: " * 3_000, 1, f"more than {MAX_DEPTH} deep"),
    "indents": ("\n".join(" " * n + "a:" for n in range(300)), 33, f"more than {MAX_DEPTH} deep"),
    "dashes": ("a:\n" + "- " * 3_000, 2, f"more than {MAX_DEPTH} deep"),
    "huge integer": ("a: 1\nb: " + "9" * 5_000, 2, "at most 100 digits"),
    "huge hexadecimal": ("a: 0x" + "f" * 5_000, 1, "at most 100 digits"),
    "too many values": (f"a: [{'1,' * MAX_NODES}]", 1, "20000 values"),
    "too long": ("a: " + "x" * 2**18, 1, "larger than the 131072 bytes"),
    "NUL": ("a: 1\nb: \0", 2, "U+0000"),
    "escape character": ("a: \x1b[2J", 1, "U+001B"),
    "lone surrogate": ("a: \ud800", 1, "U+D800"),
    "tab": ("a:\n\tb: 1", 2, "a tab cannot indent"),
    "bad UTF-8": (b"a: 1\nb: \xff", 2, "not UTF-8: byte 0xff"),
    "UTF-16": ("a: 1".encode("utf-16"), 1, "not UTF-8"),
    "empty": ("", 1, "is empty"),
    "comments alone": ("# nothing\n---\n", 1, "is empty"),
    "list root": ("- a\n- b", 1, "must be a mapping of keys to values, not a list"),
    "scalar root": ("moons", 1, "must be a mapping of keys to values, not 'moons'"),
    "two documents": ("a: 1\n---\nb: 2", 2, "a second document"),
    "open bracket": ("a: 1\nb: [1, 2\nc: 3", 3, "not YAML"),
    "open quote": ("a: 'x", 1, "a quotation mark is never closed"),
    "colon": ("a: b: c", 1, "a ':' is out of place"),
    "at sign": ("a: @x", 1, "text cannot begin with '@': put it in quotes"),
    "huge escape": (r'a: "\UFFFFFFFF"', 1, "not YAML"),
    "version": ("%YAML 2.0\n---\na: 1", 1, "not YAML"),
}

NOTED = {
    "duplicate key": ("a: 1\nb:\n  c: 2\n  c: 3", (4, 3, "b.c"), "occurs twice, first in line 3"),
    "Python tag": ("a: !!python/object/apply:os.system [ls]", (1, 4, "a"), "tags are not"),
    "plain tag": ("a: !!str 3", (1, 4, "a"), "tags are not"),
    "own tag": ("a: !x 3", (1, 4, "a"), "tags are not"),
    "integer key": ("a: 1\n1: 2", (2, 1, ""), "keys are text, not 1"),
    "null key": ("a: {~: 2}", (1, 5, "a"), "keys are text, not null"),
    "list key": ("? [a]\n: 2", (1, 3, ""), "keys are text, not a list"),
    "merge key": ("a: &a {b: 1}\nc:\n  <<: *a", (3, 3, "c"), "merge keys (<<) are not"),
}


@pytest.fixture(autouse=True, params=LOADERS, ids=lambda loader: loader.__name__)
def _parser(request, monkeypatch):
    """Run each test with the parser in C and the one in Python."""
    monkeypatch.setattr(yaml_text, "_LOADER", request.param)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("-2.", -2.0),
        ("12", 12),
        ("-012", -12),
        ("0o17", 15),
        ("0xff", 255),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        *((word, word) for word in ("no", "yes", "on", "off", "y", "N", "nUll", "1_000", "12e")),
        *((word, word) for word in ("2020-01-01", "12:30:00", "0b1", "+0x1", "1e5x", "٣", "inf")),
    ],
)
def test_plain_scalars_follow_the_core_schema(text, value):
    """A scalar means what section 10.3.2 of YAML 1.2 says, and has its type."""
    assert resolve(text) == value
    assert type(read_value(text, "x").value) is type(value)


def test_not_a_number_is_a_float():
    """YAML's .nan is read as one, and left to validation to refuse."""
    assert str(resolve(".nan")) == str(resolve(".NaN")) == "nan"


@pytest.mark.parametrize("text", ["'1'", '"true"', "'~'", "|-\n  1"])
def test_quoted_scalars_are_text(text):
    """A scalar in quotes or in a block is text, whatever it looks like."""
    assert type(read_value(text, "x").value) is str


def test_values_and_positions_are_found():
    """Every key and value is read, and its line and column are where an editor has them."""
    text = "# comment\na: 1\nb:\n  - {c: x}\n  - [2, 3]\n"
    document = read_yaml(text, "x")
    assert document.value == {"a": 1, "b": [{"c": "x"}, [2, 3]]}
    assert document.keys == {("a",): (2, 1), ("b",): (3, 1), ("b", 0, "c"): (4, 6)}
    assert document.values["b", 0, "c"] == (4, 9)
    assert document.values["b", 1, 1] == (5, 9)
    assert document.position(("b", 0, "d", 7)) == document.values["b", 0]
    assert document.position(("a",), of_key=True) == (2, 1)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_changes_nothing(mark):
    """A file that an editor began with a mark reads as one without, columns included."""
    document = read_yaml(mark + "ä: ö\nb: 1".encode(), "x")
    assert document.value == {"ä": "ö", "b": 1}
    assert document.values["ä",] == (1, 4)


def test_ordinary_anchors_are_fine():
    """A value may be repeated; what is below it is said to stand where it is repeated."""
    document = read_yaml("a: &a {b: [1, 2]}\nc: *a\n", "x")
    assert document.value["c"] == {"b": [1, 2]}
    assert document.position(("c", "b", 1)) == (2, 4)


@pytest.mark.parametrize(("text", "line", "words"), HOSTILE.values(), ids=HOSTILE)
def test_unreadable_yaml_raises_with_a_message(text, line, words):
    """A text that is no config is a ConfigError with its line, and costs next to nothing."""
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        read_yaml(text, "x.yaml")
    assert time.process_time() - start < 5  # a bomb that goes off takes hours
    [problem] = caught.value.problems
    assert words in problem.message
    assert problem.line == line
    assert problem.column >= 1
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", [text for text, *_ in HOSTILE.values()], ids=HOSTILE)
def test_unreadable_yaml_takes_little_memory(text):
    """Refusing a text takes less than the hundred megabytes that it is allowed."""
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError):
            read_yaml(text, "x.yaml")
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("text", "place", "words"), NOTED.values(), ids=NOTED)
def test_wrong_keys_and_tags_are_noted_with_the_rest(text, place, words):
    """What is wrong with one key does not keep the others from being read."""
    document = read_yaml(text + "\nz: 1", "x.yaml")
    [problem] = document.problems
    assert (problem.line, problem.column, problem.path) == place
    assert words in problem.message
    assert document.value["z"] == 1


def test_an_error_includes_the_mistakes_found_before_it():
    """A duplicate key before a broken end is not forgotten."""
    with pytest.raises(ConfigError) as caught:
        read_yaml("a: 1\na: 2\nb: *c", "x.yaml")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


YAML_LIKE = st.text(st.sampled_from("ab1.-:?,[]{}&*!|>'\"%@`#~<\\ \t\n\0\x85\u2028é\ud800"))


@given(st.one_of(st.text(), st.binary(), YAML_LIKE, YAML_LIKE.map(lambda text: f"a: {text}")))
def test_arbitrary_text_is_read_or_refused(text):
    """Whatever a file holds, it is a mapping or a ConfigError."""
    with suppress(ConfigError):
        assert isinstance(read_yaml(text, "x.yaml").value, dict)
