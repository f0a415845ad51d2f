"""Keras 3, on any backend: a Sequential of Dense layers, whose kernels have shape (in, out)."""

from typing import Final

from initbench.exporting.activations import spelled
from initbench.exporting.snippets.wording import activation_function, heading, reading
from initbench.exporting.starts import Start

_SEED_LIMIT: Final = 2**32
"""Seeds of Keras are less than this."""


def keras_snippet(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet that calls an initializer or, if that is empty, loads the weights.

    An initializer of Keras draws the same numbers each time it is called, so each layer has its
    own.
    """
    if initializer:
        imports = "import keras\n"
        before = f"""\
def initializer():
    return {initializer}


keras.utils.set_random_seed({start.seed % _SEED_LIMIT})
"""
        after, kernel = "", ", kernel_initializer=initializer()"
    else:
        imports = "from pathlib import Path\n\nimport keras\nimport numpy as np\n"
        before = kernel = ""
        after = f"""\

{reading(weights)}for number, layer in enumerate(network.layers, start=1):
    layer.set_weights([arrays[f"W{{number}}"], arrays[f"b{{number}}"]])
"""
    inputs, *hidden, outputs = start.architecture.sizes
    layers = [f"keras.layers.Dense({units}, activation=activation{kernel})" for units in hidden]
    layers.append(f"keras.layers.Dense({outputs}{kernel})")
    return f"""\
{heading(start, initializer)}
{imports}

{activation_function(spelled(start.architecture.activation).keras)}

{before}network = keras.Sequential(
    [
        keras.Input(({inputs},)),
{"".join(f"        {layer},{chr(10)}" for layer in layers)}    ]
)
{after}"""
