"""A difference in words says what changed, by how much, and what could not be compared."""

import pytest

from initbench.report.difference import difference_lines
from initbench.results.difference import as_baseline, differences_between
from initbench.tables import plain

HE = [0.9, 0.91, 0.88, 0.9, 0.92, 0.9]


@pytest.fixture
def between(make_results, tmp_path):
    """Return a function from two experiments' scores to the text of their difference."""

    def make(old, new, settings=None):
        sides = [
            as_baseline(make_results(scores, folder=tmp_path / name, planar=False).metrics, name)
            for name, scores in (("old", old), ("new", new))
        ]
        return plain(difference_lines(differences_between(*sides, settings or {})))

    return make


def test_no_change_is_one_line(between):
    """With how many figures that rests on, and that the runs are the same."""
    text = between({"he": HE}, {"he": HE})
    assert text.startswith("No significant difference from old in 6 metrics.")
    assert "6 runs have the same key on both sides" in " ".join(text.split())


def test_a_change_is_a_row(between):
    """Scheme, metric, both means, the change and its interval."""
    text = between({"he": HE, "zeros": [0.5] * 6}, {"he": [x - 0.2 for x in HE], "ones": [0.5] * 6})
    assert "of 6 metrics differ significantly from old." in text
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "he test accuracy 0.902 0.702 -0.200 (-0.200 to -0.200) worse" in rows
    assert "he test loss 0.398 0.598 +0.200 (0.200 to 0.200) worse" in rows
    assert "Only old has zeros." in text
    assert "Only new has ones." in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_sentence_says_that_seeds_are_too_few(between):
    """What cannot be tested is not said to be unchanged."""
    text = between({"he": [0.9, 0.9]}, {"he": [0.1, 0.1]})
    assert "6 have too few runs for a test." in " ".join(text.split())


def test_names_cannot_control_a_terminal(between):
    """A label is text, and a long one is cut."""
    label = "\x1b[31m" + "x" * 50
    text = between({label: HE}, {label: [x - 0.2 for x in HE]})
    assert "\x1b" not in text
    assert "x" * 30 not in text


def test_differences_of_the_configs_come_first(between):
    """Each setting with both values, before any number; a long list is counted."""
    settings = {"training.epochs": ("100", "50"), "network.activation": ("relu", "\x1b[31mtanh")}
    lines = between({"he": HE}, {"he": HE}, settings).splitlines()
    assert lines[:2] == ["The configs differ in 2 settings:", "  training.epochs: 100 -> 50"]
    assert "\x1b" not in lines[2]
    assert lines[3].startswith("No significant difference")
    many = between({"he": HE}, {"he": HE}, {f"key{n}": ("1", "2") for n in range(25)})
    assert "  and 5 more" in many.splitlines()
