"""Captions: what a figure shows, in a text that can be put below it."""

from collections.abc import Callable, Mapping
from typing import Final

from initbench.plots.palette import MOST_BANDS
from initbench.report.formatting import listing, metric_name, printable
from initbench.report.markdown import setup_of
from initbench.report.table import settings_line
from initbench.results import Results


def caption(results: Results, kind: str, cell: int) -> str:
    """Return the caption of a figure, of one paragraph and a line feed.

    Parameters
    ----------
    results : Results
    kind : str
        As `figures.figure_kinds` names it.
    cell : int
    """
    settings = settings_line(results, cell)
    of_cell = f" at {printable(settings)}" if settings else ""
    sentences = [
        f"{SUBJECTS[kind](results, cell)} Experiment {printable(results.outline.name)}{of_cell}.",
        f"Schemes: {_schemes(results, cell)}.",
        setup_of(results.outline.cells[cell].setup, printable),
    ]
    return " ".join(sentences) + "\n"


def _loss_curves(_results: Results, _cell: int) -> str:
    return (
        "Mean loss per epoch on the training part and on the test part. Lines are medians over"
        " seeds, bands lie between the quartiles, and a cross stands where a run diverged."
    )


def _decision_boundaries(results: Results, cell: int) -> str:
    line = (
        " On the line both are equally probable."
        if results.outline.cells[cell].setup.classes == 2
        else ""
    )
    return (
        "The most probable class over the plane of the two features after training, paler where"
        f" the network is less sure.{line} Points are the training part. Each panel is the run of"
        " a scheme that stands in the middle by its test score."
    )


def _final_scores(results: Results, cell: int) -> str:
    score = metric_name(f"test_{results.outline.cells[cell].setup.score}")
    return (
        f"The {score} after training. A point is one seed; diamond and line are the mean over seeds"
        " and its 95 % interval. Runs that diverged have no point."
    )


def _signals(results: Results, _cell: int) -> str:
    has_bands = len(results.outline.schemes) <= MOST_BANDS
    bands = ", with what 95 % of networks lie between" if has_bands else ""
    return (
        "Root mean square of preactivations, and of the loss's derivative by them, in every layer"
        " before training. Lines are medians over seeds, bars lie between the quartiles; dashed is"
        f" what mean-field theory expects{bands}."
    )


def _histograms(_results: Results, _cell: int) -> str:
    return (
        "How the preactivations of each layer are spread before training, the first layer on top,"
        " in units of the first layer's root mean square. Networks are those of the first seed."
    )


def _jacobians(_results: Results, _cell: int) -> str:
    return (
        "Singular values of Jacobians at one input before training: of the logits by the input, and"
        " of the middle layer with its activation. Lines are medians over seeds, bars lie between"
        " the quartiles."
    )


def _schemes(results: Results, cell: int) -> str:
    inits = results.metrics["cells"][cell]["inits"]
    return listing(
        [
            f"{printable(label)} ({entry['runs']} runs{_diverged(entry['diverged'])})"
            for label, entry in inits.items()
        ]
    )


def _diverged(count: int) -> str:
    return f", {count} diverged" if count else ""


SUBJECTS: Final[Mapping[str, Callable[[Results, int], str]]] = {
    "loss_curves": _loss_curves,
    "decision_boundaries": _decision_boundaries,
    "final_scores": _final_scores,
    "signals": _signals,
    "histograms": _histograms,
    "jacobians": _jacobians,
}
