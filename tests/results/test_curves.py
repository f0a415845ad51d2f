"""The table of curves can be read by any program, and computes nothing in a spreadsheet."""

import csv
import io

import numpy as np
import pytest

from initbench.results import load_results
from initbench.results.tidy import COLUMNS, curves_csv


def rows(results):
    """Parse the table back."""
    return list(csv.DictReader(io.StringIO(curves_csv(results.outline, results.runs))))


def test_every_number_is_in_the_table_to_the_last_bit(tmp_path, make_outline, make_runs, fill):
    """A row holds one number, and says which; what diverged is empty."""
    arrays = make_runs(np.random.default_rng(0).random(3), diverged_at={1: 2})
    fill(tmp_path, make_outline(("he",)), {"he": arrays})
    table = rows(load_results(tmp_path))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == 3 * 4 * 4
    for row in table:
        value = arrays[f"{row['split']}_{row['metric']}"][int(row["seed"]), int(row["epoch"])]
        assert row["cell"] == "0"
        if np.isnan(value):
            assert row["value"] == ""
        else:
            assert float(row["value"]) == value


@pytest.mark.parametrize("label", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "=cmd()\n,\"'"])
def test_no_label_is_computed(tmp_path, make_outline, make_runs, fill, label):
    """A label that a spreadsheet takes for a formula is marked as text, and stays one field."""
    fill(tmp_path, make_outline((label,), (0,)), {label: make_runs([0.9])})
    assert {row["init"] for row in rows(load_results(tmp_path))} == {f"'{label}"}


def test_epochs_may_be_fractions(tmp_path, make_outline, make_runs, fill):
    """A point within an epoch stands where it was taken; whole epochs have no decimal point."""
    epochs = (0, 1 / 3, 1, 100)
    fill(tmp_path, make_outline(("he",), (0,)), {"he": make_runs([0.9])}, epochs)
    [*first] = rows(load_results(tmp_path))[:4]
    assert [row["epoch"] for row in first] == ["0", "0.3333333333", "1", "100"]


def test_a_regression_has_r2_for_accuracy(tmp_path, make_outline, make_runs, fill, make_setup):
    """The table names the metrics that there are."""
    outline = make_outline(("he",), (0,), setup=make_setup(classes=None, score="r2"))
    fill(tmp_path, outline, {"he": make_runs([-0.25], score="r2")})
    table = rows(load_results(tmp_path))
    assert {row["metric"] for row in table} == {"loss", "r2"}
    assert [row["value"] for row in table if row["metric"] == "r2"][-1] == "-0.25"


def test_a_carriage_return_breaks_no_row(tmp_path, make_outline, make_runs, fill):
    """What some readers take for the end of a row is a space."""
    fill(tmp_path, make_outline(("\r=1",), (0,)), {"\r=1": make_runs([0.9])})
    assert {row["init"] for row in rows(load_results(tmp_path))} == {"' =1"}


@pytest.mark.parametrize("label", ["he", "large, random", 'a "b"\nc', "1-2", "naïve 漢"])
def test_other_labels_stay_as_they_are(tmp_path, make_outline, make_runs, fill, label):
    """Commas, quotes and line breaks are part of the label."""
    fill(tmp_path, make_outline((label,), (0,)), {label: make_runs([0.9])})
    assert {row["init"] for row in rows(load_results(tmp_path))} == {label}
