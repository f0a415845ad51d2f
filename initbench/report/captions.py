"""Captions: what a figure shows, in a text that can be put below it."""

from collections.abc import Callable, Mapping
from typing import Final

from initbench.metric import metric_of
from initbench.plots.palette import MOST_BANDS
from initbench.report.figures import LAYERS
from initbench.report.formatting import count_of, listing, printable
from initbench.report.map_figures import has_best_rates, has_line
from initbench.report.maps import map_keys
from initbench.report.markdown import setup_of
from initbench.report.summaries import swept_key
from initbench.report.table import settings_line
from initbench.results import Results
from initbench.results.metrics import reported_cells


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
    subject = SUBJECTS[kind](results, cell) if kind in SUBJECTS else _layer_map(kind)
    sentences = [
        f"{subject} Experiment {printable(results.outline.name)}{of_cell}.",
        f"Schemes: {_schemes(results, cell)}.",
        setup_of(results.outline.cells[cell].setup, printable),
    ]
    return " ".join(sentences) + "\n"


def summary_caption(results: Results, kind: str) -> str:
    """Return the caption of a figure of all cells, of one paragraph and a line feed.

    Parameters
    ----------
    results : Results
    kind : str
        As `summaries.summary_kinds` names it.
    """
    outline, cells = results.outline, reported_cells(results.outline)
    labels = listing([printable(label) for label in outline.labels])
    runs = sum(
        entry["runs"]
        for cell in cells
        for entry in results.metrics["cells"][cell]["inits"].values()
    )
    count = f"{count_of(len(cells), 'cell')} over"
    keys = listing([printable(key) for key in outline.cells[cells[0]].settings])
    sentences = [
        SUMMARIES[kind](results),
        f"Experiment {printable(outline.name)}: {count} {keys}, {count_of(runs, 'run')}.",
        f"Schemes: {labels}.",
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
    score = metric_of(f"test_{results.outline.cells[cell].setup.score}").label
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


def _layer_map(kind: str) -> str:
    name = metric_of(kind.removeprefix(LAYERS)).label
    return (
        f"The {name} of each layer, the first on top, over the epochs of training: the median over"
        " seeds that have not diverged, grey where none is left. All panels share one scale."
    )


def _sweep(results: Results) -> str:
    score = metric_of(f"test_{results.outline.cells[0].setup.score}").label
    return (
        f"The {score} after training along {printable(swept_key(results))}, a panel for each"
        " combination of other settings. Line and band are the mean over seeds and its 95 %"
        " interval, a diverged run counting as the worst score; dashes stand at a constant answer."
    )


def _trainability(results: Results) -> str:
    score = metric_of(f"test_{results.outline.cells[0].setup.score}").label
    return (
        f"The {score} after training, the mean over seeds, a diverged run counting as the worst"
        f" score, {_over(results)}{_best_rates(results)}"
    )


def _time_to_target(results: Results) -> str:
    score = metric_of(f"test_{results.outline.cells[0].setup.score}").label
    return (
        f"The median number of epochs to a {score} of {results.outline.target:g}, grey where half"
        f" of the runs or more never get there, {_over(results)}"
    )


def _over(results: Results) -> str:
    x, y = map(printable, map_keys(results)[0])
    line = (
        " The line is six times the depth scale of mean-field theory for the untrained network,"
        " known at the swept values and interpolated between them; up to there Schoenholz et al."
        " (ICLR 2017, figure 5) could train."
        if has_line(results)
        else ""
    )
    return (
        f"over {x} (to the right) and {y} (upwards). A cell reaches half way to its neighbours, and"
        f" all panels share one scale of colours.{line}"
    )


def _best_rates(results: Results) -> str:
    if not has_best_rates(results):
        return ""
    return (
        " Circles are the best learning rate of each width among those that were tried, by this"
        " score. The line keeps that of the narrowest network: under the maximal update"
        " parametrization all lie on it (Yang et al. 2022, figure 1)."
    )


def _mean_ranks(results: Results) -> str:
    across = results.metrics["across"]
    return (
        "The mean rank of each scheme over all cells, 1 the best, with half of the critical"
        f" difference, {across['critical_difference']:.2f}, to either side: schemes whose lines"
        " overlap are not told apart (Nemenyi, 5 %)."
    )


def _performance_profile(results: Results) -> str:
    score = metric_of(f"test_{results.outline.cells[0].setup.score}").label
    return (
        f"The share of cells in which a scheme's error, 1 less the {score}, is within a factor τ of"
        " the least error of any scheme. Higher is better; at τ = 1 it is how often the scheme is"
        " the best."
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

SUMMARIES: Final[Mapping[str, Callable[[Results], str]]] = {
    "sweep": _sweep,
    "trainability": _trainability,
    "time_to_target": _time_to_target,
    "mean_ranks": _mean_ranks,
    "performance_profile": _performance_profile,
}
