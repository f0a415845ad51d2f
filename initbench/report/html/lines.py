"""Lines: the curves of one cell, each scheme as its quartiles, at as many points as are seen."""

from typing import Any, Final

from initbench.figures.quartiles import summarise_curves
from initbench.metric import metric_of
from initbench.report.html.packing import evenly, rounded
from initbench.results import Results

POINTS: Final = 12_000
"""Points over all schemes and cells, before a curve is thinned."""

FEWEST: Final = 60
MOST: Final = 400

PARTS: Final = ("train", "test", "validation")


def curve_lines(results: Results, cell: int) -> dict[str, Any]:
    """Return the curves of a cell.

    Returns
    -------
    dict
        ``epochs`` of the points; ``parts``, the names of those that were recorded; and
        ``measures``, each with its ``name`` and, part by part, for each scheme
        ``[low, median, high]``, or None where it has no run.
    """
    labels = results.outline.labels
    share = POINTS // (len(labels) * len(results.outline.cells))
    epochs = results.epochs(cell)
    shown = evenly(len(epochs), min(max(share, FEWEST), MOST))
    score = results.outline.cells[cell].setup.score
    parts = [part for part in PARTS if _is_recorded(results, cell, f"{part}_loss")]
    return {
        "epochs": rounded(epochs[shown], 6),
        "parts": parts,
        "measures": [
            {
                "name": metric_of(measure).label,
                "lines": {
                    part: [
                        _quartiles(results, label, f"{part}_{measure}", cell, shown)
                        for label in labels
                    ]
                    for part in parts
                },
            }
            for measure in ("loss", score)
        ],
    }


def _quartiles(results: Results, label: str, name: str, cell: int, shown: Any) -> Any:
    if not results.seeds(label, cell):
        return None
    summary = summarise_curves(results.curves(label, name, cell))
    return [rounded(line[shown]) for line in (summary.low, summary.median, summary.high)]


def _is_recorded(results: Results, cell: int, name: str) -> bool:
    """Tell whether every run of a cell has a curve."""
    records = [
        results.run(label, seed, cell)
        for label in results.outline.labels
        for seed in results.seeds(label, cell)
    ]
    return bool(records) and all(name in record for record in records)
