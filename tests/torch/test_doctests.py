"""The examples in the docstrings of the tools for PyTorch."""

import doctest
import importlib
import pkgutil

import pytest

import initbench.torch

pytestmark = pytest.mark.frameworks
MODULES = [each.name for each in pkgutil.iter_modules(initbench.torch.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_the_output_shown(name):
    """In each module."""
    found = doctest.testmod(importlib.import_module(f"initbench.torch.{name}"))
    assert found.failed == 0
