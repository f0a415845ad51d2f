"""Pictures: arrays in, a Matplotlib figure out, and bytes from a figure.

Nothing here reads or writes a file or keeps a state: what a picture shows is in its arguments, and
what it looks like does not depend on how Matplotlib is set up where it is drawn.
"""

from initbench.plots import loading  # noqa: F401 - Matplotlib must be imported quietly first
from initbench.plots.accuracy import final_accuracy
from initbench.plots.boundaries import decision_boundaries
from initbench.plots.curves import loss_curves
from initbench.plots.panels import BoundaryPanel
from initbench.plots.rendering import render

__all__ = ["BoundaryPanel", "decision_boundaries", "final_accuracy", "loss_curves", "render"]
