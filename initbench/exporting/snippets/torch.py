"""PyTorch: a Sequential of Linear layers, whose weights have shape (out, in)."""

from itertools import pairwise
from typing import Final

from initbench.exporting.activations import spelled
from initbench.exporting.snippets.wording import heading, reading
from initbench.exporting.starts import Start

DEFAULT: Final = "torch:linear"
"""The scheme that a Linear layer draws by itself, biases included."""

_MODULE: Final = """

class Activation(nn.Module):
    def forward(self, x):
        return {}

"""


def torch_snippet(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet that calls an initializer or, where there is none, loads the weights."""
    imports = "" if initializer else "from pathlib import Path\n\nimport numpy as np\n"
    seeding = f"torch.manual_seed({start.seed})\n" if initializer else ""
    activation = spelled(start.architecture.activation)
    module = "" if activation.is_module else _MODULE.format(activation.torch)
    return f"""\
{heading(start, initializer)}
{imports}import torch
from torch import nn
{module}
{seeding}network = nn.Sequential(
{_modules(start, activation.torch if activation.is_module else "Activation()")})
{_starting(start, initializer, weights)}"""


def _modules(start: Start, activation: str) -> str:
    layers = [
        f"    nn.Linear({given}, {units}),\n" for given, units in pairwise(start.architecture.sizes)
    ]
    return f"    {activation},\n".join(layers)


def _starting(start: Start, initializer: str, weights: str) -> str:
    if initializer and start.scheme.initializer.name == DEFAULT:
        return ""
    linear = "\nlinear = [layer for layer in network if isinstance(layer, nn.Linear)]\n"
    return linear + (_drawing(initializer) if initializer else _loading(weights))


def _drawing(initializer: str) -> str:
    return f"""\
for layer in linear:
    w, b = layer.weight, layer.bias
    {initializer}
    torch.nn.init.zeros_(b)
"""


def _loading(weights: str) -> str:
    return f"""\
{reading(weights)}with torch.no_grad():
    for number, layer in enumerate(linear, start=1):
        layer.weight.copy_(torch.from_numpy(arrays[f"W{{number}}"].T))  # (in, out) in the file
        layer.bias.copy_(torch.from_numpy(arrays[f"b{{number}}"]))
"""
