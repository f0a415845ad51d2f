"""Tests of the tools for PyTorch, which run where it is installed: ``make frameworks``."""

import importlib.util

import pytest

# The notebooks install torch alone.
PACKAGES = ("torch", "transformers")
collect_ignore_glob = [] if all(map(importlib.util.find_spec, PACKAGES)) else ["*.py"]


@pytest.fixture(autouse=True)
def _one_thread_and_seed():
    """Compute on one thread and draw from one seed, whatever the cores and the order of tests."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)
