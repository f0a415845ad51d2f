"""Pictures: arrays in, a Matplotlib figure out, and bytes from a figure.

Nothing here reads or writes a file or keeps a state: what a picture shows is in its arguments, and
what it looks like does not depend on how Matplotlib is set up where it is drawn.
"""

from initbench.plots import loading  # noqa: F401 - Matplotlib must be imported quietly first
from initbench.plots.across import mean_ranks, performance_profile
from initbench.plots.boundaries import decision_boundaries
from initbench.plots.curves import loss_curves
from initbench.plots.dataset import dataset_picture
from initbench.plots.layer_lines import LayerLine, LinePanel, layer_lines
from initbench.plots.layer_maps import layer_map
from initbench.plots.panels import BoundaryPanel
from initbench.plots.phases import phase_diagram
from initbench.plots.rendering import render
from initbench.plots.ridges import layer_histograms
from initbench.plots.scores import final_scores
from initbench.plots.sweeps import SweepPanel, sweep_scores

__all__ = [
    "BoundaryPanel",
    "LayerLine",
    "LinePanel",
    "SweepPanel",
    "dataset_picture",
    "decision_boundaries",
    "final_scores",
    "layer_histograms",
    "layer_lines",
    "layer_map",
    "loss_curves",
    "mean_ranks",
    "performance_profile",
    "phase_diagram",
    "render",
    "sweep_scores",
]
