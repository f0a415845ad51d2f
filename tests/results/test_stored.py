"""A results folder that an earlier version stored opens, and its runs are not trained again."""

import shutil
from pathlib import Path

import pytest

import initbench
from initbench.report.markdown import report_markdown
from initbench.results import load_results

STORED = Path(__file__).parent / "stored"


@pytest.fixture
def folder(tmp_path):
    """Return a copy of a folder from before class shares and balanced accuracy were stored."""
    return shutil.copytree(STORED, tmp_path / "stored")


def test_missing_baselines_are_null_or_of_equal_classes(folder):
    """The tuned cell is there with both schemes, and all that is new has a value."""
    results = load_results(folder)
    cell = results.metrics["cells"][-1]
    assert (cell["role"], cell["baseline"], cell["equivalence_margin"]) == ("tuned", 0.5, 0.01)
    assert cell["inits"]["zeros"]["learns"] is False
    assert cell["inits"]["zeros"]["test_accuracy"]["mean"] == 0.5
    assert "test_balanced_accuracy" not in cell["inits"]["zeros"]
    assert [one["verdict"] for one in cell["comparisons"]] == ["undecided"]  # two seeds
    assert "### Each scheme at its own best learning rate" in report_markdown(results, ())


def test_an_experiment_that_is_stored_is_not_trained_again(folder):
    """Its keys are those of today, so every run is found."""
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*.npz")}
    initbench.run(folder / "config.yaml", results=folder, plots=False)
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*.npz")}
    assert after == before
