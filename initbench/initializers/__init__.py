"""The catalogue of initializers.

Each family has a file: functions that draw one layer, and below them a table of entries that state
what the draws promise. `INITIALIZERS` joins the tables; `bind` gives a scheme its options.
"""

from initbench.initializers.catalogue import INITIALIZERS
from initbench.initializers.entry import Initializer, LayerSpec, layers_of
from initbench.initializers.initialization import Initialization, bind

__all__ = ["INITIALIZERS", "Initialization", "Initializer", "LayerSpec", "bind", "layers_of"]
