"""The headline says which schemes reach the target and how soon, no more than the runs show."""

import pytest

from initbench.report.findings import headline


def cell_of(**times):
    """Return a cell of schemes with (median, how many of ten runs hold, touch) a target of 0.9."""
    inits = {
        label: {
            "runs": 10 if reached is not None else 0,
            "epochs_to_target": {
                "target": 0.9,
                "reached": reached,
                "touched": touched,
                "median": median,
            },
        }
        for label, (median, reached, touched) in times.items()
    }
    return {"score": "accuracy", "ranking": list(times), "inits": inits}


def test_each_scheme_is_named_with_its_median_or_with_how_many_runs_hold_the_target():
    """The quickest first; a target that is touched and lost again is not reached."""
    cell = cell_of(
        random=(80.5, 8, 9),
        he=(1.0, 10, 10),
        small=(None, 3, 3),
        zeros=(None, 0, 4),
        ones=(None, 0, 0),
    )
    assert headline(cell, 100) == (
        "Test accuracy of 0.9, reached and kept to the end: he from epoch 1 and random from epoch"
        " 80.5 (medians); no more than half of the runs: small in 3 of 10 runs; never within 100"
        " epochs: ones; reached for a time and lost again: zeros."
    )


@pytest.mark.parametrize(
    "times", [{"zeros": (None, 0, 0)}, {"he": (None, 5, 5)}, {"none": (None, None, None)}]
)
def test_where_no_scheme_reaches_the_target_nothing_is_said(times):
    """Not even of a scheme without runs."""
    assert headline(cell_of(**times), 100) == ""


def test_a_scheme_without_runs_is_left_out():
    """No run of it was trained, so nothing is known of how soon it learns."""
    cell = cell_of(he=(2.0, 10, 10), none=(None, None, None), zeros=(None, 0, 0))
    assert headline(cell, 10) == (
        "Test accuracy of 0.9, reached and kept to the end: he from epoch 2 (medians); never within"
        " 10 epochs: zeros."
    )


def test_many_schemes_are_counted():
    """Four are named, the others are a number."""
    cell = cell_of(
        **{f"s{number}": (float(number), 10, 10) for number in range(1, 8)},
        **{f"n{number}": (None, 0, 0) for number in range(6)},
    )
    assert headline(cell, 50).endswith(
        "s4 from epoch 4 and 3 others as late or later (medians); never within 50 epochs: 6"
        " schemes."
    )


def test_labels_are_written_as_asked():
    """As bold, or as text that cannot be markup."""
    said = headline(cell_of(he=(2.0, 10, 10)), 10, lambda label: f"**{label}**")
    assert "**he** from epoch 2" in said
