"""The headline: who learns how soon, and no word more than the seeds say."""

import pytest

from initbench.report.headline import headline


def cell_of(**times):
    """Return a cell of schemes with (median, how many of ten runs) to a target of 0.9."""
    inits = {
        label: {
            "runs": 10 if reached is not None else 0,
            "epochs_to_target": {"target": 0.9, "reached": reached, "median": median},
        }
        for label, (median, reached) in times.items()
    }
    return {"score": "accuracy", "ranking": list(times), "inits": inits}


def test_who_gets_there_is_named_with_its_median_and_who_does_not_is_not_left_out():
    """The quickest first; a scheme that some runs bring there is told from one that none does."""
    cell = cell_of(random=(80.5, 8), he=(1.0, 10), small=(None, 3), zeros=(None, 0))
    assert headline(cell, 100) == (
        "To a test accuracy of 0.9, he needs 1 epoch and random needs 80.5 epochs; small gets"
        " there in no more than half of the runs; no run of zeros gets there in 100."
    )


@pytest.mark.parametrize("times", [{"zeros": (None, 0)}, {"he": (None, 4)}, {"none": (None, None)}])
def test_where_nobody_gets_there_nothing_is_said(times):
    """Not even of a scheme without runs."""
    assert headline(cell_of(**times), 100) == ""


def test_a_scheme_without_runs_is_left_out():
    """No run of it was trained, so nothing is known of how soon it learns."""
    cell = cell_of(he=(2.0, 10), none=(None, None), zeros=(None, 0))
    assert headline(cell, 10) == (
        "To a test accuracy of 0.9, he needs 2 epochs; no run of zeros gets there in 10."
    )


def test_many_schemes_are_counted():
    """Four are named, the others are a number."""
    cell = cell_of(
        **{f"s{number}": (float(number), 10) for number in range(1, 8)},
        **{f"n{number}": (None, 0) for number in range(6)},
    )
    assert headline(cell, 50).endswith(
        "s4 needs 4 epochs, and 3 others take as long or longer; no run of 6 other schemes gets"
        " there in 50."
    )


def test_labels_are_written_as_asked():
    """As bold, or as text that cannot be markup."""
    assert "**he** needs" in headline(cell_of(he=(2.0, 10)), 10, lambda label: f"**{label}**")
