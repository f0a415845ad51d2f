"""The catalogue of initializers.

Each family has a file: functions that draw one layer, and below them a table of entries that state
what the draws promise. `INITIALIZERS` joins the tables; `bind` gives a scheme its options.
"""

from initbench.initializers.adapting import Batch, Passes
from initbench.initializers.catalogue import FAMILIES, INITIALIZERS
from initbench.initializers.citations import Citation
from initbench.initializers.entry import Bias, Initializer, Requirement
from initbench.initializers.initialization import Initialization, bind
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec, layers_of, specs_of
from initbench.initializers.own import as_initializer, scheme

__all__ = [
    "FAMILIES",
    "INITIALIZERS",
    "Batch",
    "Bias",
    "Citation",
    "Initialization",
    "Initializer",
    "Law",
    "LayerSpec",
    "Passes",
    "Requirement",
    "as_initializer",
    "bind",
    "layers_of",
    "scheme",
    "specs_of",
]
