"""Snippets: Python that builds a network in a framework and sets its initial weights.

A snippet draws with the framework's own initializer if that has the scheme's law and biases start
at zero; otherwise it loads the weights from the file beside it. It needs the framework and NumPy,
but not initbench.
"""

from collections.abc import Callable, Mapping
from typing import Final

from initbench.exporting.snippets.jax import jax_snippet
from initbench.exporting.snippets.keras import keras_snippet
from initbench.exporting.snippets.torch import DEFAULT, torch_snippet
from initbench.exporting.starts import Start
from initbench.initializers.laws import constant

_SNIPPETS: Final[Mapping[str, Callable[[Start, str, str], str]]] = {
    "torch": torch_snippet,
    "keras": keras_snippet,
    "jax": jax_snippet,
}


def redraws(start: Start, framework: str) -> bool:
    """Return whether a framework's own initializers have the law of these initial weights."""
    scheme = start.scheme
    if framework == "torch" and scheme.initializer.name == DEFAULT:
        return True
    has_biases = any(scheme.bias_law(layer) != constant(0.0) for layer in start.layers)
    return framework in scheme.spellings and not has_biases


def snippet(start: Start, framework: str, weights: str = "") -> str:
    """Return Python that builds the network in a framework and sets its initial weights.

    Parameters
    ----------
    start : Start
    framework : {"torch", "keras", "jax"}
    weights : str
        Name of the file of weights beside the snippet; only needed where the snippet loads it.
    """
    initializer = start.scheme.spellings[framework] if redraws(start, framework) else ""
    return _SNIPPETS[framework](start, initializer, weights)
