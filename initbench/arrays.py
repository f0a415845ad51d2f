"""Array types, and the letters for axes in docstrings.

| letter | axis                                              |
|--------|---------------------------------------------------|
| R      | runs of one stack                                 |
| S      | seeds                                             |
| B      | batch                                             |
| N      | samples of a data set                             |
| D      | input features                                    |
| K      | classes or outputs                                |
| L      | layers with weights                               |
| H      | units of a hidden layer                           |
| P      | parameters of one network                         |
| E      | epochs; a curve has E + 1 points, epoch 0 first   |
| G      | points along one side of a grid                   |
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
Array = NDArray[Any]
