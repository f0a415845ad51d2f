"""The figures of a results folder, and their names.

A folder of a few cells has figures of each cell; untrained networks that several of them share are
drawn once. Of many cells the summaries alone are drawn, which every folder of several cells has.
Trial cells of a tuned experiment have no figures of their own: their scores over the tuned key are
drawn together, for each family of schemes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from initbench.figures.decision_boundaries import (
    boundary_frames,
    decision_boundaries,
    has_boundaries,
    has_frames,
)
from initbench.figures.describing import labels_of
from initbench.figures.records import Figure
from initbench.figures.summaries import (
    has_profile,
    has_ranks,
    mean_ranks,
    performance_profile,
    rates,
    sweep,
    swept_key,
    tuned_families,
)
from initbench.figures.trainability import has_map, has_times, time_to_target, trainability
from initbench.figures.training import (
    final_scores,
    has_sharpness,
    layer_map,
    layer_statistics,
    loss_curves,
    sharpness_curves,
)
from initbench.figures.untrained import (
    UNTRAINED,
    probed_groups,
    probes_of,
    untrained_figure,
    untrained_kinds,
)
from initbench.formatting import short_names
from initbench.results import Results
from initbench.results.metrics import leading_cells, reported_cells

MOST_CELLS: Final = 6
"""Cells up to which each has figures of its own."""

_LONGEST: Final = 80
"""Characters of a cell's settings in the name of a file."""


@dataclass(frozen=True)
class Drawing:
    """One figure of a folder."""

    kind: str  # such as ``"final_scores"``
    # the stem of its files: the kind, and where there are several cells, the cell's settings
    name: str
    cell: int | None  # None where the figure is of all cells together
    build: Callable[[], Figure]  # without arguments; returns the `Figure`
    is_animated: bool = False  # whether it has frames, and is drawn as a GIF


def drawings(results: Results) -> list[Drawing]:
    """Return all figures of a folder, in the order of a report."""
    found = list(summary_drawings(results))
    repeated = {cell for cells in probed_groups(results) for cell in cells[1:]}
    cells = leading_cells(results.outline)
    for cell in cells if len(cells) <= MOST_CELLS else ():
        found += [
            each
            for each in cell_drawings(results, cell)
            if each.kind not in UNTRAINED or cell not in repeated
        ]
    return found


def summary_drawings(results: Results) -> Iterator[Drawing]:
    """Yield the figures of all cells together."""
    if len(reported_cells(results.outline)) > 1:
        for kind, (exists, build) in _SUMMARIES.items():
            if exists(results):
                yield Drawing(kind, kind, None, partial(_built, build, results))
    for family in tuned_families(results):
        build_rates = partial(_built, rates, results, family)
        yield Drawing("rates", f"rates-{_safe(family)}", None, build_rates)


def _built(build: Callable[..., Figure], results: Results, *arguments: object) -> Figure:
    """Return a figure; what overflows in it is not drawn, like all that is not finite."""
    with np.errstate(all="ignore"):
        return build(results, *arguments)


def cell_drawings(results: Results, cell: int) -> Iterator[Drawing]:
    """Yield the figures of one cell; one without runs has none but those of untrained networks."""
    suffix = cell_name(results, cell)

    def drawing(kind: str, build: Callable[..., Figure], *arguments: str) -> Drawing:
        return Drawing(
            kind, f"{kind}{suffix}", cell, partial(_built, build, results, cell, *arguments)
        )

    if labels_of(results, cell):
        yield drawing("loss_curves", loss_curves)
        if has_sharpness(results, cell):
            yield drawing("sharpness_curves", sharpness_curves)
        if has_boundaries(results, cell):
            yield drawing("decision_boundaries", decision_boundaries)
        yield drawing("final_scores", final_scores)
        probes = probes_of(results, cell)
        for kind in untrained_kinds(probes):
            yield drawing(kind, untrained_figure, kind)
        for kind in layer_statistics(results, cell):
            yield drawing(kind, layer_map, kind)
        if has_frames(results, cell):
            yield replace(drawing("boundary", boundary_frames), is_animated=True)


def cell_name(results: Results, cell: int) -> str:
    """Return the end of the names of a cell's files: ``-depth8-tuned``; empty for an only cell.

    Cells whose settings read alike as a file's name, or too long, have their number.
    """
    if len(results.outline.cells) == 1:
        return ""
    names = []
    for each in results.outline.cells:
        short = short_names(list(each.settings))
        words = [f"{short[key]}{value}" for key, value in each.settings.items()]
        words += [each.role] if results.outline.tuned_key else []
        names.append("".join(f"-{_safe(word)}" for word in words))
    is_fit = len(names[cell]) <= _LONGEST and names.count(names[cell]) == 1
    return names[cell] if is_fit else f"-cell{cell}"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.+-]+|\.\.+", "_", text, flags=re.ASCII).strip("_.") or "x"


_SUMMARIES: Final[Mapping[str, tuple[Callable[[Results], bool], Callable[[Results], Figure]]]] = {
    "sweep": (lambda results: has_ranks(results) and bool(swept_key(results)), sweep),
    "trainability": (has_map, trainability),
    "time_to_target": (has_times, time_to_target),
    "mean_ranks": (has_ranks, mean_ranks),
    "performance_profile": (has_profile, performance_profile),
}
"""Of all cells: whether it exists, and its builder."""

KINDS: Final = frozenset(
    {
        "loss_curves",
        "sharpness_curves",
        "decision_boundaries",
        "final_scores",
        "boundary",
        *UNTRAINED,
        *_SUMMARIES,
    }
)
"""The kinds of figures whose names are fixed, as those of layer statistics are not."""
