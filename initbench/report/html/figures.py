"""The figures of the page: which sections there are, and the records of each as plain values.

A section has one figure or several to choose from. A kind of figure that `SECTIONS` does not name
has a section of its own, so that a new one needs no more than its builder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from initbench.figures.catalogue import Drawing, cell_drawings, summary_drawings
from initbench.figures.decision_boundaries import boundary_frames, median_runs
from initbench.figures.records import Figure
from initbench.figures.serializing import to_json
from initbench.figures.trainability import cell_maps, map_keys
from initbench.figures.training import score_curves
from initbench.figures.untrained import UNTRAINED, probed_groups, untrained_figure
from initbench.formatting import capitalized
from initbench.metric import LAYER_PREFIX, metric_of
from initbench.results import Results

SECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "rates": ("Score along the tuned value", ""),
    "sweep": ("Score along the sweep", ""),
    "trainability": ("Trainability map", "score"),
    "time_to_target": ("Trainability map", "epochs to the target"),
    "mean_ranks": ("Ranks over all settings", "mean rank"),
    "performance_profile": ("Ranks over all settings", "performance profile"),
    "final_scores": ("Final scores", ""),
    "loss_curves": ("Learning curves", "loss"),
    "score_curves": ("Learning curves", "score"),
    "sharpness_curves": ("Learning curves", "sharpness"),
    "boundary": ("Decision boundaries through training", ""),
    "decision_boundaries": ("Decision boundaries", ""),
    "signals": ("Before training", "signals and gradients"),
    "histograms": ("Before training", "preactivations"),
    "jacobians": ("Before training", "Jacobians"),
    "stable_rates": ("Curvature before training", "stable learning rates"),
    "spectra": ("Curvature before training", "eigenvalues"),
}
"""By kind: the heading of the section, and what the choice within it says."""

_SHARED: Final = ("x", "y", "x_edges", "y_edges", "edges")
"""Keys of marks whose arrays are often equal, such as the epochs of all lines."""

_MAP_BYTES: Final = 6.0
"""Budget of all maps of layers, in units of one figure's."""

_FIELD_BYTES: Final = 1.5
"""Likewise of all fields."""


@dataclass
class Pool:
    """The figures of a page, each of them once."""

    cells: int  # how many cells the page shows, which share its size
    figures: list[dict[str, Any]] = field(default_factory=list)  # what the page's script draws
    _known: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def add(self, drawing: Drawing, budget: float, among: int = 1) -> int:
        """Return the place of a figure, which is built if it is not there yet."""
        key = (drawing.name, drawing.cell)
        if key not in self._known:
            share = min(1.0, budget / max(self.cells, 1) / among)
            self._known[key] = len(self.figures)
            figure = page_figure(drawing.build(), share)
            if drawing.cell is not None:  # colours show enough of a map that is no choice of cells
                for panel in figure["panels"]:
                    for mark in panel["marks"]:
                        mark.pop("numbers", None)
            self.figures.append(figure)
        return self._known[key]


def page_figure(figure: Figure, share: float = 1.0) -> dict[str, Any]:
    """Return a figure as plain values, with the arrays that its marks share once.

    The value of a key of `_SHARED` is the place of the array in ``shared``.
    """
    document = to_json(figure, share)
    shared: dict[str, int] = {}
    arrays: list[list[float]] = []
    for panel in document["panels"]:
        for mark in panel["marks"]:
            for key in filter(mark.__contains__, _SHARED):
                place = shared.setdefault(str(mark[key]), len(shared))
                if place == len(arrays):
                    arrays.append(mark[key])
                mark[key] = place
    return document | {"shared": arrays}


def summary_sections(
    results: Results, pool: Pool, shown: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Return the sections of all cells together.

    `shown`: by place in the outline, the place on the page: the cells that a map lets a reader
    choose.
    """
    found = list(summary_drawings(results))
    sections = _sections(found, pool, {each.name: each.name.partition("-")[2] for each in found})
    links = _links(results, shown)
    for section in sections:
        # Families of which no rate works come last.
        section["tabs"].sort(
            key=lambda tab: (
                (figure := pool.figures[tab["figure"]])["name"].startswith("rates")
                and not any(mark["kind"] == "span" for x in figure["panels"] for mark in x["marks"])
            )
        )
        for tab in section["tabs"]:
            figure = pool.figures[tab["figure"]]
            has_map = any(mark["kind"] == "map" for mark in figure["panels"][0]["marks"])
            for panel, cells in zip(figure["panels"], links if has_map else (), strict=False):
                panel["cells"] = cells
    return sections


def cell_sections(results: Results, cell: int, pool: Pool) -> list[dict[str, Any]]:
    """Return the sections of one cell: its figures, a film in place of its last frame, scores."""
    drawn: list[Drawing] = []
    kinds = {each.kind: each for each in cell_drawings(results, cell)}
    has_frames = "decision_boundaries" in kinds and all(
        "frames" in run for run in median_runs(results, cell).values()
    )
    group = next((cells[0] for cells in probed_groups(results) if cell in cells), cell)
    build: Callable[[], Figure]
    for kind, drawing in kinds.items():
        if kind == "boundary" or (kind == "decision_boundaries" and has_frames):
            continue
        if kind in UNTRAINED:
            build = partial(untrained_figure, results, group, kind)
            drawn.append(Drawing(kind, kind, group, build))
        else:
            drawn.append(drawing)
        if kind == "loss_curves":
            build = partial(score_curves, results, cell)
            drawn.append(Drawing("score_curves", "score_curves", cell, build))
    if has_frames:
        build = partial(boundary_frames, results, cell)
        drawn.append(Drawing("boundary", "boundary", cell, build))
    return _sections(drawn, pool, {})


def _sections(
    drawings: list[Drawing], pool: Pool, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return drawings by section, in the order in which `SECTIONS` names them."""
    order = list(SECTIONS)
    drawings = sorted(
        drawings, key=lambda each: order.index(each.kind) if each.kind in order else len(order)
    )
    layers = sum(each.kind.startswith(LAYER_PREFIX) for each in drawings)
    sections: dict[str, dict[str, Any]] = {}
    for each in drawings:
        is_layer = each.kind.startswith(LAYER_PREFIX)
        budget, among = (_MAP_BYTES, layers) if is_layer else (_FIELD_BYTES, 1)
        place = pool.add(each, budget, among)
        if is_layer:
            title, name = "Layer by layer", metric_of(each.kind.removeprefix(LAYER_PREFIX)).label
        else:
            own = capitalized(each.kind.replace("_", " "))
            title, name = SECTIONS.get(each.kind, (own, ""))
        section = sections.setdefault(title, {"title": title, "tabs": []})
        tab = name or names.get(each.name) or pool.figures[place]["title"]
        section["tabs"].append({"name": tab, "figure": place})
    return list(sections.values())


def _links(results: Results, shown: Mapping[int, int]) -> list[list[list[int]]]:
    """Return for each panel of a map the places on the page of its cells, row by row."""
    if not map_keys(results):
        return []
    return [
        [[shown[cell] for cell in row] for row in each.cells.tolist()]
        for each in cell_maps(results, map_keys(results)[0])
        for _ in results.outline.labels
    ]
