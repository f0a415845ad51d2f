"""Exporting: the initial weights of a network, for PyTorch, Keras and JAX.

`paste_line` returns the line that initializes one layer. `draw_start` returns a network with its
initial weights, and `export_start` writes them: as an ``.npz``, or as Python that builds the
network in a framework and either draws with the framework's own initializer or loads the weights.
"""

from initbench.exporting.export import FORMATS, Export, export_start
from initbench.exporting.snippets import paste_line, redraws, snippet
from initbench.exporting.starts import Start, draw_start
from initbench.initializers.spellings import FRAMEWORKS

__all__ = [
    "FORMATS",
    "FRAMEWORKS",
    "Export",
    "Start",
    "draw_start",
    "export_start",
    "paste_line",
    "redraws",
    "snippet",
]
