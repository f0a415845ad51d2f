"""Score curves: the score of both parts of the data per epoch, medians and quartiles by scheme."""

from initbench.figures.describing import (
    cell_caption,
    chance_label,
    labels_of,
    series_of,
    settings_of,
    title_of,
)
from initbench.figures.palette import MOST_BANDS
from initbench.figures.quartiles import summarise_curves
from initbench.figures.records import Axis, Figure, Line, Panel, Rule
from initbench.metric import metric_of
from initbench.results import Results
from initbench.results.outline import PARTS


def score_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the training and the test score per epoch."""
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    setup = results.outline.cells[cell].setup
    name = metric_of(setup.score).title
    limits = (0.0, 1.02) if setup.classes else None
    has_bands = len(labels) <= MOST_BANDS
    panels = []
    for part in PARTS:
        curves = {
            label: summarise_curves(results.curves(label, f"{part}_{setup.score}", cell))
            for label in labels
        }
        lines = tuple(
            Line(
                label,
                epochs,
                one.median,
                one.low if has_bands else None,
                one.high if has_bands else None,
                is_marked=len(epochs) == 1,
                crosses=one.departures,
            )
            for label, one in curves.items()
        )
        panels.append(
            Panel(
                Axis("Epoch", ticks=((0.0, "0"),) if len(epochs) == 1 else None),
                Axis(name, limits=limits),
                (Rule(chance_label(setup), setup.chance), *lines),
                "Training part" if part == "train" else "Test part",
            )
        )
    note = "Line: median over the seeds."
    if has_bands:
        note += " Band: from the lower to the upper quartile."
    if any(results.metrics["cells"][cell]["inits"][label]["diverged"] for label in labels):
        note += " Cross: a run diverges."
    return Figure(
        name="score_curves",
        title=title_of(results, name, settings_of(results, cell)),
        panels=tuple(panels),
        note=note,
        caption=cell_caption(
            results,
            cell,
            f"The {metric_of(setup.score).label} per epoch on the training part and on the test"
            " part. Lines are medians over seeds, and bands lie between the quartiles.",
        ),
        series=series_of(results, labels),
        columns=2,
    )
