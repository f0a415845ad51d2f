"""The page gets records as JSON: bounded, rounded, and with what is packed to be unpacked."""

import base64
import json
import zlib

import numpy as np
import pytest

from initbench.figures.records import (
    Axis,
    ColourScale,
    Field,
    Figure,
    Line,
    Map,
    Panel,
    Rule,
    Series,
    Strip,
)
from initbench.figures.serializing import UNKNOWN, encode, to_json


def unpack(text):
    """Return the bytes that were packed."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


def figure_of(*marks, colours=None):
    """Return a figure of one panel."""
    panel = Panel(Axis("x"), Axis("y", "log", (1.0, 10.0)), marks)
    return Figure("name", "title", (panel,), series=(Series("he", 0),), colours=colours)


def marks_of(document):
    """Return the marks of the one panel."""
    [panel] = document["panels"]
    return panel["marks"]


def test_every_record_is_json(make):
    """Without a NaN, whatever it holds; and defaults are left out."""
    for count in (1, 3, 12):
        document = to_json(make(count))
        json.dumps(document, allow_nan=False)
        assert document["name"] == make(count).name
        assert len(document["panels"]) == len(make(count).panels)
        assert all("kind" in mark for panel in document["panels"] for mark in panel["marks"])


def test_axes_are_serialized_without_defaults():
    """A linear axis without limits is its label."""
    [panel] = to_json(figure_of())["panels"]
    assert panel["x"] == {"label": "x", "scale": "linear"}
    assert panel["y"] == {"label": "y", "scale": "log", "limits": [1.0, 10.0]}


def test_zero_is_a_number_that_stays():
    """The first look, the first row and a reference at zero are not left out."""
    document = to_json(figure_of(Rule("chance", 0.0), Strip("he", 0, np.zeros(1), 0.0)))
    rule, strip = marks_of(document)
    assert (rule["at"], strip["row"], strip["mean"]) == (0.0, 0, 0.0)
    assert document["series"] == [{"name": "he", "look": 0}]


def test_a_long_line_is_thinned_and_keeps_its_ends_and_crosses():
    """Among at most 400 points."""
    x = np.arange(100_001.0)
    line = Line("he", x, np.sqrt(x), crosses=np.array([3, 77_777]))
    [mark] = marks_of(to_json(figure_of(line)))
    assert len(mark["x"]) == len(mark["y"]) <= 402
    assert (mark["x"][0], mark["x"][-1]) == (0.0, 100_000.0)
    assert [mark["x"][place] for place in mark["crosses"]] == [3.0, 77_777.0]


def test_non_finite_numbers_are_null():
    """Gaps of a line remain gaps."""
    line = Line("he", np.arange(3.0), np.array([1.0, np.nan, np.inf]))
    assert marks_of(to_json(figure_of(line)))[0]["y"] == [1.0, None, None]


@pytest.mark.parametrize("is_log", [False, True])
def test_a_map_is_bytes_on_its_scale(is_log):
    """0 is the low end, 254 the high one, 255 no number; few cells have their numbers too."""
    values = np.array([[1.0, 10.0, 100.0], [np.nan, 0.5, 1000.0]])
    scale = ColourScale("c", 1.0, 100.0, is_log=is_log)
    missing = np.zeros((2, 3), bool)
    missing[1, 0] = True
    mark = Map(np.arange(4.0), np.arange(3.0), values, missing)
    [found] = marks_of(to_json(figure_of(mark, colours=scale)))
    middle = 127 if is_log else round(254 * 9 / 99)
    assert unpack(found["values"]).tolist() == [0, middle, 254, UNKNOWN, 0, 254]
    assert found["missing"] == [[1, 0]]
    assert found["numbers"] == [[1.0, 10.0, 100.0], [None, 0.5, 1000.0]]


@pytest.mark.parametrize(("columns", "has_numbers"), [(30, True), (31, False)])
def test_a_map_of_at_most_six_hundred_cells_has_its_numbers(columns, has_numbers):
    """More would make the page large, and their colours are enough."""
    mark = Map(np.arange(columns + 1.0), np.arange(21.0), np.zeros((20, columns)))
    [found] = marks_of(to_json(figure_of(mark, colours=ColourScale("c", 0.0, 1.0))))
    assert ("numbers" in found) is has_numbers


def test_a_field_is_bytes_of_class_and_certainty():
    """Of two classes from 0 to 126 for class 0 and from 127 to 253 for class 1."""
    frame = np.array([[0.0, 0.5, 1.0], [0.25, 0.75, np.nan], [0.5, 0.5, 0.5]])
    field = Field(np.arange(3.0), np.arange(3.0), frame[np.newaxis, np.newaxis], np.array([4.0]))
    [found] = marks_of(to_json(figure_of(field)))
    bytes_ = unpack(found["frames"][0]).reshape(found["side"], found["side"])
    assert bytes_[0].tolist() == [126, 0, 253]
    assert bytes_[1].tolist() == [63, 127 + 63, UNKNOWN]
    assert (found["classes"], found["levels"], found["epochs"]) == (2, 127, [4.0])


def test_all_classes_of_a_field_can_be_decoded():
    """Whatever their number, up to 255."""
    for classes in (3, 10, 200):
        certain = np.eye(classes)[np.newaxis, :, :, np.newaxis]
        levels = UNKNOWN // classes
        assert (encode(certain)[0, :, 0] // levels).tolist() == list(range(classes))


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_a_long_and_wide_run_makes_a_small_document(share):
    """Hundreds of frames, thousands of epochs and tens of layers, in some hundred kilobytes."""
    rng = np.random.default_rng(0)
    field = Field(np.arange(64.0), np.arange(64.0), rng.random((300, 1, 64, 64)), np.arange(300.0))
    mark = Map(np.arange(5001.0), np.arange(51.0), rng.random((50, 5000)))
    lines = [Line("he", np.arange(5000.0), rng.random(5000)) for _ in range(20)]
    figure = figure_of(field, mark, *lines, colours=ColourScale("c", 0.0, 1.0))
    assert len(json.dumps(to_json(figure, share))) < 1_000_000 * max(share, 0.3)
