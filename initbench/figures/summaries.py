"""Figures of all cells together: scores over a swept or tuned key, ranks, performance profiles."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import LOWEST_SCORE, swept_axis
from initbench.figures.describing import (
    chance_label,
    grouped,
    role_of,
    series_of,
    summary_caption,
    title_of,
)
from initbench.figures.palette import MOST_BANDS, family_of
from initbench.figures.records import Axis, Figure, Line, Panel, Rule, Span, Strip
from initbench.formatting import printable, show_settings
from initbench.metric import BASELINES, metric_of
from initbench.results import Results
from initbench.results.metrics import counted_scores, reported_cells
from initbench.stats.summaries import summarise

FEWEST_CELLS: Final = 8
"""Cells from which on there is a performance profile: fewer make steps of more than an eighth."""

_LARGEST_FACTOR: Final = 100.0
"""Where the axis of factors ends at the latest."""

MOST_PANELS: Final = 12
"""Panels up to which all are drawn."""

_MOST_COLUMNS: Final = 4
"""Settings up to which each has a column, where schemes have several rows of panels."""


def swept_key(results: Results) -> str:
    """Return the key that takes the most numbers over all cells; empty where none takes two."""
    settings = [results.outline.cells[cell].settings for cell in reported_cells(results.outline)]
    counts = {
        key: len({each[key] for each in settings})
        for key in (settings[0] if settings else ())
        if all(is_number(each.get(key)) for each in settings)
    }
    key = max(counts, key=counts.__getitem__, default="")
    return key if counts.get(key, 0) > 1 else ""


def sweep(results: Results) -> Figure:
    """Build the figure of the mean test score over the key of `swept_key`.

    Each combination of the other keys has a panel; of more than `MOST_PANELS` the first are drawn.
    More schemes than there are colours have a row of panels for each group of ten.
    """
    setup, key = results.outline.cells[0].setup, swept_key(results)
    metric, labels = f"test_{setup.score}", results.outline.labels
    series = series_of(results, labels)
    groups, settings = grouped(series), list(_groups(results, key))
    most = max(MOST_PANELS // len(groups), 1)
    shown = [(title, cells, _means(results, cells)) for title, cells in settings[:most]]
    y = _score_axis(metric_of(metric).axis, setup.chance, [means for _, _, means in shown])
    panels = []
    for group in groups:
        has_bands = len(group) <= MOST_BANDS
        for title, cells, means in shown:
            values = np.array([results.outline.cells[cell].settings[key] for cell in cells], float)
            marks: list[Rule | Line] = [Rule(chance_label(setup), setup.chance)]
            for one in group:
                mean, low, high = np.maximum(means[:, labels.index(one.name)], LOWEST_SCORE)
                band = {"low": low, "high": high} if has_bands else {}
                marks.append(Line(one.name, values, mean, **band, is_marked=True))
            panels.append(Panel(swept_axis(key, values), y, tuple(marks), title))
    rest = f" The first {most} of {len(settings)} panels." if len(settings) > most else ""
    named = metric_of(metric)
    return Figure(
        name="sweep",
        title=title_of(results, f"{named.title} along {key}", role_of(results, settings[0][1][0])),
        panels=tuple(panels),
        note="Line and band: mean and its 95 % interval; a diverged run has the worst score."
        f"{rest}",
        caption=summary_caption(
            results,
            f"The {named.label} after training along {printable(key)}, a panel for each"
            " combination of other settings. Line and band are the mean over seeds and its 95 %"
            " interval, a diverged run counting as the worst score; the dashed line is the"
            f" {BASELINES[setup.score]}.",
        ),
        series=series,
        columns=len(shown) if len(groups) > 1 and len(shown) <= _MOST_COLUMNS else None,
    )


def tuned_families(results: Results) -> dict[str, list[str]]:
    """Return the schemes of each family whose tuned key has numbers, by the family's name."""
    families: dict[str, list[str]] = {}
    for scheme in results.outline.schemes:
        tunings = results.metrics["tuning"].get(scheme.label, [])
        if any(len(each["values"]) > 1 and all(map(is_number, each["values"])) for each in tunings):
            families.setdefault(family_of(scheme.name), []).append(scheme.label)
    return families


def rates(results: Results, family: str) -> Figure:
    """Build the figure of the validation score of a family's trials over the tuned key.

    Each setting of the sweep has a panel, and each scheme's working band is shaded.
    """
    key, labels = results.outline.tuned_key, tuned_families(results)[family]
    setup = next(each for each in results.outline.cells if each.role == "trial").setup
    points: dict[str, dict[str, Mapping[str, Any]]] = {}
    for label in labels:
        for tuning in results.metrics["tuning"][label]:
            points.setdefault(json.dumps(tuning["settings"]), {})[label] = tuning
    every = [each for panel in points.values() for each in panel.values()]
    scores = [np.array(each["scores"], float)[np.newaxis, :, np.newaxis] for each in every]
    y = _score_axis(metric_of(f"validation_{setup.score}").axis, setup.chance, scores)
    panels = []
    for point, tunings in list(points.items())[:MOST_PANELS]:
        marks: list[Line | Span | Rule] = [Rule(chance_label(setup), setup.chance)]
        for label, tuning in tunings.items():
            if tuning["learns"]:
                low, high = map(float, tuning["band"])
                marks.append(Span(label, low, high, "working band"))
        for label, tuning in tunings.items():
            tried = np.array(tuning["values"], float)
            order = np.argsort(tried)
            found = np.maximum(np.array(tuning["scores"], float)[order], LOWEST_SCORE)
            marks.append(Line(label, tried[order], found, is_marked=True))
        tried = np.unique(np.concatenate([each["values"] for each in tunings.values()])).astype(
            float
        )
        title = show_settings(json.loads(point), in_short=True)
        panels.append(Panel(swept_axis(key, tried), y, tuple(marks), title))
    named = metric_of(f"validation_{setup.score}")
    return Figure(
        name=f"rates-{family}",
        title=title_of(results, f"{named.title} along {key}, {family}"),
        panels=tuple(panels),
        note="Line: mean over the trials' seeds. Shaded: the working band, where the score is"
        " at least 95 % of the way from chance to the best.",
        caption=summary_caption(
            results,
            f"The mean {named.label} of the trials along {printable(key)} for schemes of the family"
            f" {printable(family)}. The shaded working band has at least 95 % of the way from"
            " chance to the best score.",
        ),
        series=series_of(results, labels),
    )


def _groups(results: Results, key: str) -> Iterator[tuple[str, list[int]]]:
    """Yield a panel title and the cells that differ in the swept key alone."""
    cells = reported_cells(results.outline)
    settings = {cell: results.outline.cells[cell].settings for cell in cells}
    # Keys that are moved in step with this one make no panels of their own.
    every = list(settings.values())
    pairs = {name: {(str(each[key]), str(each[name])) for each in every} for name in every[0]}
    others = [name for name in pairs if name != key and len(pairs[name]) > len(pairs[key])]
    panels: dict[str, list[int]] = {}
    for cell, each in settings.items():
        panels.setdefault(json.dumps({name: each[name] for name in others}), []).append(cell)
    for shared, members in panels.items():
        title = show_settings(json.loads(shared), in_short=True)
        yield title, sorted(members, key=lambda cell: settings[cell][key])


def _means(results: Results, cells: Sequence[int]) -> FloatArray:
    """Return each scheme's mean score and its interval, (3, schemes, cells); NaN for no number."""
    found = np.full((3, len(results.outline.labels), len(cells)), np.nan)
    for column, cell in enumerate(cells):
        document = results.metrics["cells"][cell]
        bounds = (0.0, 1.0) if document["score"] == "accuracy" else (-np.inf, 1.0)
        scores = counted_scores(document["inits"], document["score"])
        for row, label in enumerate(results.outline.labels):
            summary = summarise(scores[label], bounds)
            if summary["mean"] is not None:
                found[:, row, column] = (
                    summary["mean"],
                    *(summary["ci95"] or (np.nan, np.nan)),
                )
    return found


def _score_axis(label: str, chance: float, found: Sequence[FloatArray]) -> Axis:
    """Return the axis of all panels, from a tenth at or below all scores to one."""
    shown = np.concatenate([each.ravel() for each in found])
    lowest = min(chance, shown[np.isfinite(shown)].min(initial=1.0))
    low = float(np.floor(max(lowest, LOWEST_SCORE) * 10) / 10)
    margin = 0.02 * (1 - low)
    return Axis(label, limits=(low - margin, 1 + margin))


def is_number(value: object) -> bool:
    """Tell whether a setting is a number, and so has a place on an axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def has_ranks(results: Results) -> bool:
    """Tell whether schemes are ranked over several cells."""
    return len(reported_cells(results.outline)) > 1 and bool(results.metrics["across"])


def has_profile(results: Results) -> bool:
    """Tell whether there are enough cells for a performance profile."""
    return has_ranks(results) and len(reported_cells(results.outline)) >= FEWEST_CELLS


def mean_ranks(results: Results) -> Figure:
    """Build the figure of each scheme's mean rank with half the critical difference each way."""
    across = results.metrics["across"]
    ranks = {label: across["inits"][label]["mean_rank"] for label in results.outline.labels}
    half, count = across["critical_difference"] / 2, len(ranks)
    ordered = sorted(ranks, key=ranks.__getitem__)
    series = series_of(results, ordered)
    strips = tuple(
        Strip(
            label,
            row,
            np.zeros(0),
            ranks[label],
            (max(ranks[label] - half, 1.0), min(ranks[label] + half, float(count))),
        )
        for row, label in enumerate(ordered)
    )
    rows = tuple((float(row), label) for row, label in enumerate(ordered))
    places = np.unique(np.linspace(1, count, min(count, 10)).round().astype(int)).tolist()
    return Figure(
        name="mean_ranks",
        title=title_of(results, "Mean ranks over all cells"),
        panels=(
            Panel(
                Axis(
                    "Mean rank (1 is the best)",
                    limits=(1.0, float(count)),
                    ticks=tuple((float(place), str(place)) for place in places),
                ),
                Axis("", "category", ticks=rows, is_reversed=True),
                strips,
            ),
        ),
        note=f"Point: mean rank over {across['cells']} cells. Line: half of the critical"
        f" difference, {2 * half:.2f}, to either side; schemes whose lines overlap do not"
        " differ significantly (Nemenyi, 5 %).",
        caption=summary_caption(
            results,
            "The mean rank of each scheme over all cells, 1 the best, with half of the critical"
            f" difference, {2 * half:.2f}, to either side: schemes whose lines overlap do not"
            " differ significantly (Nemenyi, 5 %).",
        ),
        series=series,
    )


def performance_profile(results: Results) -> Figure:
    """Build the figure of the share of cells in which a scheme is within a factor of the best."""
    across, score = results.metrics["across"], results.outline.cells[0].setup.score
    factors = {
        label: np.array([np.inf if x is None else x for x in across["inits"][label]["factors"]])
        for label in results.outline.labels
    }
    known = np.concatenate(list(factors.values()))
    known = known[np.isfinite(known)]
    end = float(np.clip(1.05 * known.max(initial=1.0), 1.5, _LARGEST_FACTOR))
    ticks = tuple((x, f"{x:g}") for x in (1.0, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100) if x <= end)
    metric, series = metric_of(f"test_{score}"), series_of(results, factors)
    return Figure(
        name="performance_profile",
        title=title_of(results, "Distance to the best scheme of each cell"),
        panels=tuple(
            Panel(
                Axis("Factor τ: error over the least error", "log", (1.0, end), ticks),
                Axis("Share of cells within τ", limits=(0.0, 1.02)),
                tuple(_steps(one.name, factors[one.name], end) for one in group),
            )
            for group in grouped(series)
        ),
        note=f"Error: 1 less the {metric.label}. Higher is better; at τ = 1: share of cells where a"
        " scheme is the best.",
        caption=summary_caption(
            results,
            f"The share of cells in which a scheme's error, 1 less the {metric.label}, is within a"
            " factor τ of the least error of any scheme. Higher is better; at τ = 1 it is how often"
            " the scheme is the best.",
        ),
        series=series,
    )


def _steps(label: str, factors: FloatArray, end: float) -> Line:
    known = np.sort(factors[np.isfinite(factors) & (factors <= end)])
    shares = np.arange(len(known) + 1) / len(factors)
    return Line(
        label,
        np.concatenate([[1.0], known, [end]]),
        np.concatenate([shares, shares[-1:]]),
        style="steps",
    )
