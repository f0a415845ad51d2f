"""Exporting: the initial weights of a network, for PyTorch, Keras and JAX.

`paste_line` returns the line that initializes one layer, and `paste_code` the code for a whole
network with its learning rate. `draw_start` returns a network with its initial weights, and
`export_start` writes them: as an ``.npz``, or as Python that builds the network in a framework and
either draws with the framework's own initializer or loads the weights.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from initbench.initializers.spellings import FRAMEWORKS
from initbench.lazy import lazy_names

if TYPE_CHECKING:
    from initbench.exporting.lines import paste_code, paste_line
    from initbench.exporting.snippets import FORMATS, Export, export_start, redraws, snippet
    from initbench.exporting.starts import Start, draw_start

__all__ = [
    "FORMATS",
    "FRAMEWORKS",
    "Export",
    "Start",
    "draw_start",
    "export_start",
    "paste_code",
    "paste_line",
    "redraws",
    "snippet",
]

__getattr__: Callable[[str], object] = lazy_names(
    __name__,
    {
        "Export": "snippets",
        "FORMATS": "snippets",
        "Start": "starts",
        "draw_start": "starts",
        "export_start": "snippets",
        "paste_code": "lines",
        "paste_line": "lines",
        "redraws": "snippets",
        "snippet": "snippets",
    },
)
