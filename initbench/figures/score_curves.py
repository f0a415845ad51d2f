"""Score curves: the score of each part of the data per epoch, each scheme's median and quartiles."""

import numpy as np

from initbench.figures.describing import (
    cell_caption,
    chance_label,
    labels_of,
    metric_label,
    series_of,
    settings_of,
    title_of,
)
from initbench.figures.palette import MOST_BANDS
from initbench.figures.quartiles import summarise_curves
from initbench.figures.records import Axis, Figure, Line, Panel, Rule
from initbench.formatting import metric_name, sentence_case
from initbench.results import Results
from initbench.results.outline import PARTS


def score_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the training and the test score per epoch."""
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    setup = results.outline.cells[cell].setup
    name = sentence_case(metric_name(setup.score))
    low = 0.0 if setup.classes else None
    panels = []
    for part in PARTS:
        lines = []
        for label in labels:
            one = summarise_curves(results.curves(label, f"{part}_{setup.score}", cell))
            has_band = len(labels) <= MOST_BANDS
            lines.append(
                Line(
                    label,
                    epochs,
                    one.median,
                    one.low if has_band else None,
                    one.high if has_band else None,
                    is_marked=len(epochs) == 1,
                    crosses=one.departures,
                )
            )
        panels.append(
            Panel(
                Axis("Epoch", ticks=((0.0, "0"),) if len(epochs) == 1 else None),
                Axis(
                    metric_label(f"{part}_{setup.score}") if low is None else name,
                    limits=None if low is None else (low, 1.02),
                ),
                (Rule(chance_label(setup), setup.chance), *lines),
                f"{'Training' if part == 'train' else 'Test'} part",
            )
        )
    crosses = any(
        np.size(mark.crosses) for p in panels for mark in p.marks if isinstance(mark, Line)
    )
    bands = (
        " Band: from the lower to the upper quartile." if len(labels) <= MOST_BANDS else ""
    ) + (" Cross: a run diverges." if crosses else "")
    return Figure(
        name="score_curves",
        title=title_of(results, name, settings_of(results, cell)),
        panels=tuple(panels),
        note=f"Line: median over the seeds.{bands}",
        caption=cell_caption(
            results,
            cell,
            f"The {metric_name(setup.score)} per epoch on the training part and on the test part."
            " Lines are medians over seeds, and bands lie between the quartiles.",
        ),
        series=series_of(results, labels),
        columns=2,
    )
