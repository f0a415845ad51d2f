"""Sessions: who trains is chosen by what is asked for and what is installed."""

import sys

import pytest

from initbench.errors import UsageError
from initbench.experiment.execution import Execution
from initbench.experiment.session import manifest, workers_for


def test_without_dask_the_extra_is_named(monkeypatch):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'initbench\[dask\]'"):
        workers_for([], Execution(scheduler="tcp://127.0.0.1:9"))


def test_a_manifest_does_not_hang_on_the_order_in_which_libraries_are_found(monkeypatch):
    """NumPy and SciPy bring a BLAS each, and threadpoolctl lists them as it comes upon them."""
    found = [
        {"user_api": "blas", "internal_api": "openblas", "version": version, "architecture": "Zen"}
        for version in ("0.3.31", "0.3.30")
    ]
    monkeypatch.setattr("initbench.experiment.session.threadpool_info", lambda: found)
    first = manifest(runs_trained=1, runs_reused=2, seconds=0.5)
    found.reverse()
    assert manifest(runs_trained=1, runs_reused=2, seconds=0.5) == first
