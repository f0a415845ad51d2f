"""A data frame has a row a run, and nobody needs pandas but for that."""

import builtins
import sys

import pandas as pd
import pytest

from initbench.errors import UsageError
from initbench.results import load_results


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


def test_without_pandas_it_is_said_what_to_do(results, monkeypatch):
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
