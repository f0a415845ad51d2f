"""Sessions: who trains is chosen by what is asked for and what is installed."""

import sys

import pytest

from initbench.errors import UsageError
from initbench.experiment.execution import Execution
from initbench.experiment.session import workers_for


def test_without_dask_the_extra_is_named(monkeypatch):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'initbench\[dask\]'"):
        workers_for([], Execution(scheduler="tcp://127.0.0.1:9"))
