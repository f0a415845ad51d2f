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

_LINEAR: Final = "\nlinear = [layer for layer in network if isinstance(layer, nn.Linear)]\n"


def torch_snippet(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet that calls an initializer or, if that is empty, loads the weights."""
    if initializer and start.scheme.initializer.name == DEFAULT:
        after = ""
    elif initializer:
        after = f"""\
{_LINEAR}for layer in linear:
    w, b = layer.weight, layer.bias
    {initializer}
    torch.nn.init.zeros_(b)
"""
    else:
        after = f"""\
{_LINEAR}{reading(weights)}with torch.no_grad():
    for number, layer in enumerate(linear, start=1):
        layer.weight.copy_(torch.from_numpy(arrays[f"W{{number}}"].T))  # (in, out) in the file
        layer.bias.copy_(torch.from_numpy(arrays[f"b{{number}}"]))
"""
    imports = "" if initializer else "from pathlib import Path\n\nimport numpy as np\n"
    seeding = f"torch.manual_seed({start.seed})\n" if initializer else ""
    activation = spelled(start.architecture.activation)
    definition = "" if activation.is_module else _MODULE.format(activation.torch)
    between = f"    {activation.torch if activation.is_module else 'Activation()'},\n"
    sizes = pairwise(start.architecture.sizes)
    linear = [f"    nn.Linear({fan_in}, {fan_out}),\n" for fan_in, fan_out in sizes]
    return f"""\
{heading(start, initializer)}
{imports}import torch
from torch import nn
{definition}
{seeding}network = nn.Sequential(
{between.join(linear)})
{after}"""
