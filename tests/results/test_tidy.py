"""A data frame has a row a run, and nobody needs pandas but for that."""

import builtins
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from initbench.errors import UsageError
from initbench.results import Cell, RunId, load_results


@pytest.fixture
def results(tmp_path, make_outline, make_runs, fill):
    """Return results of two schemes with two seeds, of which one run diverged."""
    arrays = {"he": make_runs([0.9, 0.8]), "wild": make_runs([0.9, 0.8], diverged_at={1: 2})}
    fill(tmp_path, make_outline(("he", "wild"), (3, 5)), arrays)
    return load_results(tmp_path)


def test_each_run_is_a_row(results):
    """Scheme, seed and every metric; what a run has not is missing."""
    frame = results.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["init"]) == ["he", "he", "wild", "wild"]
    assert list(frame["seed"]) == [3, 5, 3, 5]
    assert frame["test_accuracy"].tolist()[:3] == pytest.approx([0.9, 0.8, 0.9])
    assert pd.isna(frame["test_accuracy"][3])
    assert frame["diverged_at"][3] == 2
    assert frame["test_accuracy"].mean() == pytest.approx(2.6 / 3)


def test_role_settings_and_options_are_columns(tmp_path, make_outline, make_runs, make_setup, fill):
    """What a run was trained with stands in its row, a tuned value under its key."""
    ids = {"he": (RunId(0, "he-0"),)}
    setup = make_setup()
    cells = (
        Cell({"network.depth": 2, "lr": 0.1}, setup, ids, "trial"),
        Cell({"network.depth": 2}, setup, ids, "tuned", {"he": 0.1}),
    )
    outline = make_outline(("he",), cells=cells, tuned_key="lr")
    schemes = tuple(replace(one, name="normal", options={"std": 0.5}) for one in outline.schemes)
    arrays = make_runs([0.9]) | {"validation_accuracy": np.full((1, 4), 0.9)}
    fill(tmp_path, replace(outline, schemes=schemes), {"he": arrays})
    frame = load_results(tmp_path).to_pandas()
    assert frame["role"].tolist() == ["trial", "tuned"]
    assert frame["lr"].tolist() == [0.1, 0.1]
    assert frame["network.depth"].tolist() == [2, 2]
    assert frame["scheme"].tolist() == ["normal", "normal"]
    assert frame["option.std"].tolist() == [0.5, 0.5]


def test_without_pandas_the_error_names_the_extra(results, monkeypatch):
    """The message names the command."""
    original = builtins.__import__

    def refuse(name, *arguments, **options):
        if name == "pandas":
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with pytest.raises(UsageError, match="pip install pandas"):
        results.to_pandas()
