"""Runs beside others that diverge, constant data, a clock that jumps, and a forked process."""

import subprocess
import sys
import time

import numpy as np
import pytest

import initbench

TINY = {"epochs": 3, "seeds": 2, "plots": False}
DATA = {"dataset": {"name": "moons", "samples": 40}, "hidden": [4]}


def arrays_of(results, label):
    """Return all arrays of a scheme's runs."""
    return [results.run(label, seed) for seed in results.seeds(label)]


def test_a_run_beside_one_that_diverges_has_the_bits_of_a_run_alone(tmp_path):
    """In float32, where weights of 1e30 overflow in the first step."""
    huge = {"name": "random", "std": 1e30}
    beside = initbench.compare([huge, "he"], results=tmp_path / "a", **DATA, **TINY)
    alone = initbench.compare(["he"], results=tmp_path / "b", **DATA, **TINY)
    assert beside.metrics["cells"][0]["inits"]["random"]["diverged"] == 2
    for one, other in zip(arrays_of(beside, "he"), arrays_of(alone, "he"), strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("scaling", ["standard", "none"])
@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_data_driven_schemes_accept_features_without_variance(tmp_path, scaling, constant):
    """What does not vary is left as it is, and not divided by its rounding."""
    labels = np.arange(40) % 2
    results = initbench.compare(
        ["lsuv", "krahenbuhl"],
        data=(np.full((40, 3), constant), labels),
        overrides=[f"dataset.scaling={scaling}"],
        hidden=[4, 3],
        results=tmp_path,
        **TINY,
    )
    for entry in results.metrics["cells"][0]["inits"].values():
        assert (entry["runs"], entry["diverged"]) == (2, 0)
        # A constant prediction of two equally frequent classes has a loss of ln 2.
        assert entry["test_loss"]["mean"] == pytest.approx(np.log(2), abs=0.1)


def test_a_clock_that_is_set_back_changes_nothing(tmp_path, monkeypatch):
    """Progress is measured by a clock that cannot be set."""
    before = initbench.compare(["he"], results=tmp_path / "a", **DATA, **TINY)
    moments = iter(range(10**6, 0, -1))
    monkeypatch.setattr(time, "time", lambda: float(next(moments)))
    after = initbench.compare(["he"], results=tmp_path / "b", **DATA, **TINY)
    assert before.metrics == after.metrics


FORKED = """
import os, sys
import initbench
settings = dict(hidden=[4], epochs=2, seeds=2, plots=False, jobs=2)
first = initbench.compare(["he"], results="a", **settings)
if os.fork() == 0:
    second = initbench.compare(["he"], results="b", **settings)
    os._exit(0 if second.metrics == first.metrics else 1)
_, status = os.wait()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_process_trains_as_its_parent_did(tmp_path):
    """As in a notebook whose user forks."""
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    result = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, timeout=300)
    assert result.returncode == 0, result.stderr.decode()
