"""Activations: what a hidden layer does to its preactivations.

Each family has a file: functions that write whole arrays, and below them a table of entries.
`ACTIVATIONS` joins the tables; `bind_activation` gives an activation its options.
"""

from initbench.nn.activations.bound import BoundActivation
from initbench.nn.activations.catalogue import ACTIVATIONS, bind_activation
from initbench.nn.activations.entry import Activation

__all__ = ["ACTIVATIONS", "Activation", "BoundActivation", "bind_activation"]
