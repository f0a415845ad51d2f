"""Keras 3, on any backend: a Sequential of Dense layers, whose kernels have shape (in, out)."""

from typing import Final

from initbench.exporting.activations import spelled
from initbench.exporting.snippets.wording import activation_function, heading, reading
from initbench.exporting.starts import Start

_SEED_LIMIT: Final = 2**32
"""What Keras takes for a seed is less."""


def keras_snippet(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet that draws with an initializer or, where there is none, loads the weights.

    An initializer of Keras draws the same numbers each time it is called, so each layer has one of
    its own.
    """
    path = "" if initializer else "from pathlib import Path\n\n"
    numpy = "" if initializer else "import numpy as np\n"
    seed = start.seed % _SEED_LIMIT
    before = f"keras.utils.set_random_seed({seed})\n" if initializer else ""
    after = "" if initializer else _loading(weights)
    return f"""\
{heading(start, initializer)}
{path}import keras
{numpy}

{activation_function(spelled(start.architecture.activation).keras)}

{_initializer(initializer)}{before}network = keras.Sequential(
    [
        keras.Input(({start.architecture.sizes[0]},)),
{_layers(start, initializer)}    ]
)
{after}"""


def _initializer(initializer: str) -> str:
    if not initializer:
        return ""
    return f"""\
def initializer():
    return {initializer}


"""


def _layers(start: Start, initializer: str) -> str:
    *hidden, outputs = start.architecture.sizes[1:]
    kernel = ", kernel_initializer=initializer()" if initializer else ""
    lines = [f"keras.layers.Dense({units}, activation=activation{kernel})" for units in hidden]
    lines.append(f"keras.layers.Dense({outputs}{kernel})")
    return "".join(f"        {line},\n" for line in lines)


def _loading(weights: str) -> str:
    return f"""\

{reading(weights)}for number, layer in enumerate(network.layers, start=1):
    layer.set_weights([arrays[f"W{{number}}"], arrays[f"b{{number}}"]])
"""
