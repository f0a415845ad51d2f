"""A difference in words says what changed, by how much, and what could not be compared."""

import pytest

from initbench.report import difference_text
from initbench.results.baseline import as_baseline
from initbench.results.difference import differences_between

HE = [0.9, 0.91, 0.88, 0.9, 0.92, 0.9]


@pytest.fixture
def between(make_results, tmp_path):
    """Return a function from two experiments' scores to the text of their difference."""

    def make(old, new):
        sides = [
            as_baseline(make_results(scores, folder=tmp_path / name, planar=False).metrics, name)
            for name, scores in (("old", old), ("new", new))
        ]
        return difference_text(differences_between(*sides))

    return make


def test_nothing_changed_is_said_in_a_line(between):
    """With how many figures that rests on, and that the runs are the same."""
    text = between({"he": HE}, {"he": HE})
    assert text.startswith("Nothing has changed, in 6 figures, beyond what chance explains since")
    assert "6 runs have the same key on both sides" in " ".join(text.split())


def test_a_change_is_a_row(between):
    """Scheme, metric, both means, the change and its interval."""
    text = between({"he": HE, "zeros": [0.5] * 6}, {"he": [x - 0.2 for x in HE], "ones": [0.5] * 6})
    assert "of 6 figures have changed beyond what chance explains since old." in text
    rows = [line.split() for line in text.splitlines()]
    assert [
        "he",
        "test",
        "accuracy",
        "0.902",
        "0.702",
        "-0.200",
        "-0.200",
        "to",
        "-0.200",
    ] in rows
    assert "Only old has zeros." in text
    assert "Only new has ones." in text
    assert max(map(len, text.splitlines())) <= 80


def test_too_few_seeds_are_said_to_be_few(between):
    """What cannot be tested is not said to be unchanged."""
    text = between({"he": [0.9, 0.9]}, {"he": [0.1, 0.1]})
    assert "6 rest on too few runs to tell." in " ".join(text.split())


def test_names_steer_nothing(between):
    """A label is text, and a long one is cut."""
    label = "\x1b[31m" + "x" * 50
    text = between({label: HE}, {label: [x - 0.2 for x in HE]})
    assert "\x1b" not in text
    assert "x" * 30 not in text
