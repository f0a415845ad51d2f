"""Pictures: arrays in, a Matplotlib figure out, and bytes from a figure.

Nothing here reads or writes a file or keeps a state: what a picture shows is in its arguments, and
what it looks like does not depend on how Matplotlib is set up where it is drawn.

Matplotlib is imported when the first picture is drawn. Colours, quartiles and fields do without, so
that a report with charts of its own need not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from initbench.plots.across import mean_ranks, performance_profile
    from initbench.plots.boundaries import decision_boundaries
    from initbench.plots.curves import loss_curves
    from initbench.plots.dataset import dataset_picture
    from initbench.plots.film import boundary_film
    from initbench.plots.layer_maps import layer_map
    from initbench.plots.layer_panels import LayerLine, LinePanel, layer_lines
    from initbench.plots.panels import BoundaryPanel
    from initbench.plots.phases import phase_diagram
    from initbench.plots.rendering import render
    from initbench.plots.ridges import layer_histograms
    from initbench.plots.scores import final_scores
    from initbench.plots.sweeps import SweepPanel, sweep_scores
    from initbench.plots.trainability import MapAxes, MapPanel, MapScale, trainability_map

__all__ = [
    "BoundaryPanel",
    "LayerLine",
    "LinePanel",
    "MapAxes",
    "MapPanel",
    "MapScale",
    "SweepPanel",
    "boundary_film",
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
    "trainability_map",
]

_MODULES = {
    "BoundaryPanel": "panels",
    "LayerLine": "layer_panels",
    "LinePanel": "layer_panels",
    "MapAxes": "trainability",
    "MapPanel": "trainability",
    "MapScale": "trainability",
    "SweepPanel": "sweeps",
    "boundary_film": "film",
    "dataset_picture": "dataset",
    "decision_boundaries": "boundaries",
    "final_scores": "scores",
    "layer_histograms": "ridges",
    "layer_lines": "layer_panels",
    "layer_map": "layer_maps",
    "loss_curves": "curves",
    "mean_ranks": "across",
    "performance_profile": "across",
    "phase_diagram": "phases",
    "render": "rendering",
    "sweep_scores": "sweeps",
    "trainability_map": "trainability",
}
"""Where the names are."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("initbench.plots.loading")  # Matplotlib must be imported quietly first
    return getattr(import_module(f"initbench.plots.{_MODULES[name]}"), name)
