"""The guide to adding a scheme does what it says: its schemes obey their law."""

import ast
import re
from pathlib import Path

import pytest

from initbench.initializers import Initializer, LayerSpec, bind

GUIDE = (Path(__file__).parents[2] / "docs" / "add-a-scheme.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names():
    """Return what the guide's plain code defines, block after block."""
    namespace = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(block, namespace)  # noqa: S102 - the guide is ours, and running it is the test
    return namespace


@pytest.mark.parametrize("scheme", ["double_he", "scaled_he", "biased_he"])
def test_the_schemes_of_the_guide_obey_their_law(names, scheme):
    """The mean square of many entries is the stated variance, within five standard errors."""
    assert isinstance(names[scheme], Initializer)
    layer, initialization = LayerSpec(100, 400), bind(names[scheme])
    [(weights, _)] = initialization.draw([layer], seed=0)
    variance = initialization.variance(layer)
    assert abs((weights**2).mean() - variance) < 5 * variance * (2 / weights.size) ** 0.5


def test_a_scheme_is_a_decorated_function():
    """The first block, imports aside, is one function of a docstring and a line."""
    first = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL).group(1)
    kinds = (ast.Import, ast.ImportFrom)
    [function] = [node for node in ast.parse(first).body if not isinstance(node, kinds)]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
