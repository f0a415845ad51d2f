"""Texts of figures: series, labels of metrics, titles and captions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.figures.palette import COLOURS, scheme_looks
from initbench.figures.records import Line, Series
from initbench.formatting import count_of, listing, printable, show_settings
from initbench.results import Results
from initbench.results.metrics import reported_cells
from initbench.results.outline import Setup

_MOST_WIDTHS = 4
"""Hidden layers up to which the width of each is listed."""


def loss_label(setup: Setup) -> str:
    """Return the label of an axis of losses."""
    is_in_nats = setup.classes is not None and "squared error" not in setup.training
    return "Mean loss (nats)" if is_in_nats else "Mean loss"


def chance_label(setup: Setup) -> str:
    """Return the name of the baseline for the legend of a figure."""
    return "majority class" if setup.classes else "mean of the targets"


def labels_of(results: Results, cell: int) -> list[str]:
    """Return the schemes that have a run in a cell, in the order of the config."""
    return [label for label in results.outline.labels if results.seeds(label, cell)]


def series_of(
    results: Results, labels: Iterable[str], notes: Mapping[str, str] | None = None
) -> tuple[Series, ...]:
    """Return the series of schemes, each with the look that it has in all figures of the folder."""
    looks = scheme_looks({scheme.label: scheme.name for scheme in results.outline.schemes})
    return tuple(Series(label, looks[label], (notes or {}).get(label, "")) for label in labels)


def grouped(series: Sequence[Series]) -> list[list[Series]]:
    """Return series in groups in which no colour occurs twice: each group has panels of its own."""
    groups: dict[int, list[Series]] = {}
    for one in series:
        groups.setdefault(one.look // len(COLOURS), []).append(one)
    return list(groups.values())


def median_line(label: str, values: FloatArray) -> Line:
    """Return the line of medians over seeds of values ``(S, n)``, and the band of quartiles."""
    sound = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    found = np.full((3, values.shape[1]), np.nan)
    known = np.isfinite(sound).any(axis=0)
    if known.any():
        found[:, known] = np.nanquantile(sound[:, known], (0.25, 0.5, 0.75), axis=0)
    low, median, high = found
    places = np.arange(1.0, values.shape[1] + 1)
    return Line(label, places, median, low, high, is_marked=len(places) == 1)


def diverged_note(diverged: BoolArray) -> str:
    """Return how many of the runs diverged, in words; empty where none did.

    >>> diverged_note(np.array([True, False]))
    '1 of 2 diverged'
    """
    return f"{np.sum(diverged)} of {diverged.size} diverged" if np.any(diverged) else ""


def settings_of(results: Results, cell: int) -> str:
    """Name a cell by its settings in the sweep and the tuning; empty without either."""
    settings = show_settings(results.outline.cells[cell].settings)
    return ", ".join(filter(None, [settings, role_of(results, cell)]))


def tuned_name(results: Results) -> str:
    """Return the tuned key in words: ``learning rate``."""
    return results.outline.tuned_key.rpartition(".")[2].replace("_", " ")


def role_of(results: Results, cell: int) -> str:
    """Say which values of the tuned key the schemes of a cell have; empty without tuning."""
    return {
        "tuned": f"each scheme at its own best {tuned_name(results)}",
        "fixed": f"all schemes at the config's {tuned_name(results)}",
        "trial": "trial",
    }.get(results.outline.cells[cell].role, "")


def title_of(results: Results, subject: str, settings: str = "") -> str:
    """Return the title of a figure."""
    return f"{subject}: {results.outline.name}{f' ({settings})' if settings else ''}"


def cell_caption(results: Results, cell: int, subject: str) -> str:
    """Return the caption of a figure of one cell."""
    settings = settings_of(results, cell)
    of_cell = f" at {printable(settings)}" if settings else ""
    inits = results.metrics["cells"][cell]["inits"]
    schemes = [f"{printable(label)} ({_runs(inits[label])})" for label in inits]
    return (
        f"{subject} Experiment {printable(results.outline.name)}{of_cell}. Schemes:"
        f" {listing(schemes)}. {setup_of(results.outline.cells[cell].setup)}"
    )


def summary_caption(results: Results, subject: str) -> str:
    """Return the caption of a figure of all cells together."""
    outline, cells = results.outline, reported_cells(results.outline)
    runs = sum(
        entry["runs"]
        for cell in cells
        for entry in results.metrics["cells"][cell]["inits"].values()
    )
    keys = listing([printable(key) for key in outline.cells[cells[0]].settings])
    over = f" over {keys}" if keys else ""
    labels = listing([printable(label) for label in outline.labels])
    return (
        f"{subject} Experiment {printable(outline.name)}: {count_of(len(cells), 'cell')}{over},"
        f" {count_of(runs, 'run')}. Schemes: {labels}."
    )


def setup_of(setup: Setup, name: Callable[[str], str] = printable) -> str:
    """Describe the data, the network and the training of a cell in a few sentences."""
    classes = "a regression" if setup.classes is None else f"{setup.classes} classes"
    widths = setup.hidden
    if len(widths) > _MOST_WIDTHS and len(set(widths)) == 1:
        units = f"{len(widths)} layers of {widths[0]} hidden units"
    else:
        units = f"{listing(list(map(str, widths)))} hidden units" if widths else "no hidden layer"
    return (
        f"Data: {name(setup.dataset)}, {count_of(setup.features, 'feature')}, {classes},"
        f" scaling {name(setup.scaling)}. Network: {units}, {name(setup.network)}."
        f" Training: {name(setup.training)}."
    )


def _runs(entry: Mapping[str, Any]) -> str:
    diverged = f", {entry['diverged']} diverged" if entry["diverged"] else ""
    return f"{count_of(entry['runs'], 'run')}{diverged}"
