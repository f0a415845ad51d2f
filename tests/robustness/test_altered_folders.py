"""A results folder from anyone opens, or is refused in words; nothing in it is executed."""

import random
import resource
import shutil
import sys

import pytest

import initbench
from initbench.errors import StorageError
from initbench.report.rebuilding import write_report
from initbench.results import load_results
from tests.robustness.altering import alter

CASES = 300
SETTINGS = {
    "name": "small",
    "dataset": {"name": "moons", "samples": 40, "validation_fraction": 0.25},
    "network": {"hidden": [3, 2]},
    "training": {"epochs": 2, "batch_size": 16},
    "record": {"layers": True, "initial_weights": True},
    "probe": True,
    "inits": ["he", {"name": "random", "std": 0.5}],
    "seeds": 2,
    "expect": ["test_accuracy(he) > 0.1", "train_loss(he) < 10 * train_loss(random)"],
}
MEMORY = 200 * 2**20
"""Bytes that a folder may take beyond what its arrays declare."""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a trained results folder."""
    folder = tmp_path_factory.mktemp("trained") / "small"
    initbench.run(SETTINGS, results=folder, plots=False)
    return folder


@pytest.mark.parametrize("part", range(6))
def test_an_altered_folder_is_reported_or_refused_in_words(original, tmp_path, part, caplog):
    """Neither a traceback, nor memory without bound, nor a file elsewhere, nor code that runs."""
    problems = []
    for case in range(part * CASES // 6, (part + 1) * CASES // 6):
        rng = random.Random(f"altered {case}")  # noqa: S311  # no secret
        place = tmp_path / str(case)
        folder = place / "small"
        shutil.copytree(original, folder)
        what = alter(folder, rng)
        before = _outside(place)
        memory = _peak_memory()
        try:
            write_report(load_results(folder), plots=False)
        except StorageError:
            pass
        except Exception as error:  # noqa: BLE001  # all are collected
            problems.append(f"{case}: {what}: {type(error).__name__}: {error}")
        if _outside(place) != before:
            problems.append(f"{case}: {what}: wrote outside of the folder")
        if _peak_memory() - memory > MEMORY:
            problems.append(f"{case}: {what}: took too much memory")
        shutil.rmtree(place)
    assert not problems, "\n".join(problems)
    assert any("is damaged" in each or "does not fit" in each for each in caplog.messages)


def _outside(place):
    """Return the files and folders beside the results folder."""
    return sorted(map(str, (place / "outside").rglob("*")))


def _peak_memory():
    """Return the most bytes that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
