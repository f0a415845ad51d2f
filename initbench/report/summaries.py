"""Summaries of many cells as pictures: along keys, by rank and by nearness to the best."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from initbench.metric import metric_of
from initbench.report.formatting import short_names
from initbench.report.map_figures import is_target_met, time_to_target, trainability
from initbench.report.maps import map_keys
from initbench.results import Results
from initbench.results.metrics import counted_scores, reported_cells
from initbench.stats.summaries import summarise

if TYPE_CHECKING:
    from initbench.plots import SweepPanel


def summary_kinds(results: Results) -> list[str]:
    """Return which summaries a folder has."""
    if len(reported_cells(results.outline)) < 2:
        return []
    has = {
        "sweep": bool(results.metrics["across"] and swept_key(results)),
        "trainability": bool(map_keys(results)),
        "time_to_target": bool(map_keys(results)) and is_target_met(results),
        "mean_ranks": bool(results.metrics["across"]),
        "performance_profile": bool(results.metrics["across"]),
    }
    return [kind for kind in DRAW_SUMMARY if has[kind]]


def swept_key(results: Results) -> str:
    """Return the key that takes the most numbers over all cells; empty where none takes two."""
    settings = [results.outline.cells[cell].settings for cell in reported_cells(results.outline)]
    counts = {
        key: len({each[key] for each in settings})
        for key in settings[0]
        if all(_is_number(each.get(key)) for each in settings)
    }
    key = max(counts, key=counts.__getitem__, default="")
    return key if counts.get(key, 0) > 1 else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def draw_summary(results: Results, kind: str, **options: Any) -> Any:
    """Return a Matplotlib figure of all cells together.

    Parameters
    ----------
    results : Results
    kind : str
        One of `summary_kinds`.
    **options
        ``width``, in inches.
    """
    return DRAW_SUMMARY[kind](results, **options)


def _sweep(results: Results, **options: Any) -> Any:
    from initbench.plots import sweep_scores

    setup, key = results.outline.cells[0].setup, swept_key(results)
    name = metric_of(f"test_{setup.score}").title
    return sweep_scores(
        list(_panels(results, key)),
        key=key,
        score=name,
        chance=setup.chance,
        title=f"{name} along {key}: {results.outline.name}",
        **options,
    )


def _panels(results: Results, key: str) -> Iterator["SweepPanel"]:
    """Yield the cells that differ in the key alone, as a panel each."""
    from initbench.plots import SweepPanel

    settings = {
        cell: results.outline.cells[cell].settings for cell in reported_cells(results.outline)
    }
    others = _independent(list(settings.values()), key)
    panels: dict[str, list[int]] = {}
    for cell, each in settings.items():
        panels.setdefault(json.dumps({name: each[name] for name in others}), []).append(cell)
    names = short_names(others)
    for shared, members in panels.items():
        cells = sorted(members, key=lambda cell: settings[cell][key])
        found = [_means(results, cell) for cell in cells]
        yield SweepPanel(
            title=", ".join(f"{names[key]} = {each}" for key, each in json.loads(shared).items()),
            values=np.array([settings[cell][key] for cell in cells], np.float64),
            means={label: np.array([one[label][0] for one in found]) for label in found[0]},
            intervals={label: np.array([one[label][1:] for one in found]) for label in found[0]},
        )


def _independent(settings: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """Return the other keys, but for those that move in step with this one."""
    pairs = {name: {(str(each[key]), str(each[name])) for each in settings} for name in settings[0]}
    count = len(pairs[key])
    return [name for name in settings[0] if name != key and len(pairs[name]) > count]


def _means(results: Results, cell: int) -> dict[str, tuple[float, float, float]]:
    """Return each scheme's mean score and its interval; NaN for what there is not."""
    document = results.metrics["cells"][cell]
    bounds = metric_of(document["score"]).bounds
    found = {}
    for label, scores in counted_scores(document["inits"], document["score"]).items():
        summary = summarise(scores, bounds)
        low, high = summary["ci95"] or (np.nan, np.nan)
        found[label] = (np.nan if summary["mean"] is None else summary["mean"], low, high)
    return found


def _mean_ranks(results: Results, **options: Any) -> Any:
    from initbench.plots import mean_ranks

    across = results.metrics["across"]
    return mean_ranks(
        {label: across["inits"][label]["mean_rank"] for label in results.outline.labels},
        across["critical_difference"],
        cells=across["cells"],
        title=f"Mean ranks over all cells: {results.outline.name}",
        **options,
    )


def _performance_profile(results: Results, **options: Any) -> Any:
    from initbench.plots import performance_profile

    across, score = results.metrics["across"], results.outline.cells[0].setup.score
    return performance_profile(
        {label: across["inits"][label]["factors"] for label in results.outline.labels},
        score=metric_of(f"test_{score}").label,
        title=f"How near to the best scheme of each cell: {results.outline.name}",
        **options,
    )


# What they return is a Figure; that is for initbench.plots to know.
DRAW_SUMMARY: Final[Mapping[str, Callable[..., Any]]] = {
    "sweep": _sweep,
    "trainability": trainability,
    "time_to_target": time_to_target,
    "mean_ranks": _mean_ranks,
    "performance_profile": _performance_profile,
}
