"""Snippets are Python that holds nothing but what it should, for every scheme and activation.

They are run in ``tests/frameworks``.
"""

import ast

import numpy as np
import pytest

from initbench.exporting import FRAMEWORKS, draw_start, redraws, snippet
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS
from tests.initializers.battery import NAMES

MODULES = {"numpy", "pathlib", "torch", "keras", "jax"}


def start_of(name, **changes):
    """Return the start of a small network that a scheme is for, if need be by force."""
    activation = (*INITIALIZERS[name].requires.activations, "relu")[0]
    init = {"name": name, "force": True}
    return draw_start({"layers": [6, 4, 2], "init": init, "activation": activation, **changes})


def imports(text):
    """Return the modules that a text imports, having parsed it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", NAMES)
def test_every_scheme_makes_python(name, framework):
    """It is complete, imports its framework, and reads a file only where it has to."""
    start = start_of(name)
    text = snippet(start, framework, "weights.npz")
    assert framework in imports(text)
    assert imports(text) <= MODULES
    is_loaded = not redraws(start, framework)
    assert ("weights.npz" in text) == is_loaded
    assert ("allow_pickle=False" in text) == is_loaded


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_spelled(activation, framework):
    """With its options as numbers."""
    start = start_of("he", activation=activation)
    text = snippet(start, framework)
    compile(text, "start.py", "exec")
    for value in start.architecture.activation.options.values():
        assert repr(value) in text


@pytest.mark.parametrize(
    ("init", "framework", "expected"),
    [
        ("he", "torch", True),
        ("torch:linear", "torch", True),
        ("torch:linear", "keras", False),
        ("playground", "torch", False),
        ("mean_field", "jax", True),
        ({"name": "mean_field", "bias_variance": 0.1}, "jax", False),
        ("lsuv", "torch", False),
        ("keras:he_normal", "torch", False),
        ("rai", "torch", False),
    ],
)
def test_drawn_networks_have_the_biases_of_the_scheme(init, framework, expected):
    """A scheme whose biases do not start at zero is loaded, but for PyTorch's own layer."""
    start = draw_start({"layers": [6, 4, 2], "init": init})
    assert redraws(start, framework) is expected


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_hostile_file_name_stays_text(framework):
    """Quotes, newlines and braces of a name are characters of a literal."""
    hostile = 'a\'"""\n{x}\\\');import os;(.npz'
    text = snippet(start_of("lsuv"), framework, hostile)
    assert imports(text) <= MODULES
    literals = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert hostile in literals


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_hostile_option_stays_a_comment(tmp_path, framework):
    """A path of many lines is shown in one."""
    path = tmp_path / "x\nimport os\n\u2028import sys.npz"
    np.savez(path, W1=np.ones((6, 4)), W2=np.ones((4, 2)))
    start = draw_start({"layers": [6, 4, 2], "init": {"name": "file", "path": str(path)}})
    assert imports(snippet(start, framework, "w.npz")) <= MODULES


def test_a_layer_without_hidden_ones_is_a_network():
    """It has no activation to apply."""
    start = draw_start({"layers": [6, 2], "init": "he"})
    assert "nn.ReLU" not in snippet(start, "torch")
