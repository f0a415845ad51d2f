"""The document ``metrics.json``: metrics, comparisons and rankings of all schemes in all cells.

The same outline and runs make the same bytes.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.metric import metric_of
from initbench.results.claims import judge
from initbench.results.entries import describe_entry
from initbench.results.outline import Cell, Outline
from initbench.results.probes import probe_of
from initbench.results.store import Records
from initbench.results.tuning import describe_tuning, tunings
from initbench.results.verdict import describe_probe
from initbench.stats.comparisons import FEWEST, Scores, compare_all
from initbench.stats.cross_dataset import describe_across
from initbench.stats.letters import letters
from initbench.stats.power import power_of_lead

METRICS_FORMAT_VERSION: Final = 2

EQUIVALENCE_MARGIN: Final = 0.01
"""Default of the largest difference of test scores that makes no practical difference.

One accuracy point; of an R², a squared error of a tenth of the targets' standard deviation.
"""

Verdict = Literal["better", "worse", "equivalent", "undecided"]

Entries = Mapping[str, Mapping[str, Any]]


@np.errstate(over="ignore", invalid="ignore")  # what overflows is not finite, and stored as null
def make_metrics(
    outline: Outline,
    runs: Mapping[str, Records],
    probes: Mapping[str, Records] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the document ``metrics.json`` as plain values.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        A run that is not among them is counted as missing.
    probes : mapping of key to Records
        The measurements of untrained networks.

    Returns
    -------
    dict
        ``cells`` hold for each scheme of ``inits`` what `describe_entry` says, its letters as
        ``group``, and as ``probe`` what `describe_probe` says, None where nothing was measured;
        ``comparisons`` of all pairs and the ``test`` that they rest on, as `compare_all` says, each
        with its ``verdict`` at the ``equivalence_margin``; the ``baseline`` of the test part; the
        ``ranking``, best first, as `rank` says; and the ``power`` to tell the first two apart.
        ``across`` is what `describe_across` says of all `reported_cells` together. ``claims`` hold
        the verdict of each claim.
    """
    cells = [_describe_cell(outline, cell, runs, probes) for cell in outline.cells]
    places = [place for place in reported_cells(outline) if outline.cells[place].setup.chance < 1.0]
    return {
        "format_version": METRICS_FORMAT_VERSION,
        "name": outline.name,
        "cells": cells,
        "across": describe_across(
            [counted_scores(cells[place]["inits"], cells[place]["score"]) for place in places],
            [outline.cells[place].setup.chance for place in places],
        ),
        "claims": [judgement.to_json() for judgement in judge(outline, runs, probes)],
        "tuned_key": outline.tuned_key,
        "tuning": {
            label: [describe_tuning(tuning) for tuning in found]
            for label, found in tunings(outline, runs).items()
        },
    }


def reported_cells(outline: Outline) -> list[int]:
    """Return the places of the cells that answer the question of the experiment.

    Where a key is tuned, those are the cells in which each scheme has its own best value.
    """
    roles = {"tuned"} if outline.tuned_key else {"point"}
    return [place for place, cell in enumerate(outline.cells) if cell.role in roles]


def leading_cells(outline: Outline) -> list[int]:
    """Return the places of all cells but trials, in the order in which they are shown.

    Those in which each scheme has its own best value of a tuned key come first.
    """
    first = reported_cells(outline)
    others = [place for place, cell in enumerate(outline.cells) if cell.role != "trial"]
    return first + [place for place in others if place not in first]


def metrics_json(metrics: Mapping[str, Any]) -> bytes:
    """Return the document as it is stored: sorted keys, null for what is not finite."""
    return f"{as_json(metrics)}\n".encode()


def rank(inits: Entries, score: str) -> list[str]:
    """Return the labels of the schemes, highest mean test score first.

    The mean is over all runs. A run that diverged counts as a score of zero, or the lowest that any
    run has, so that a scheme gains nothing by losing its bad runs. Equal schemes are ordered by the
    mean test loss of the runs that did not diverge, then as in the config. A scheme without runs
    comes last.
    """
    scores = counted_scores(inits, score)

    def badness(label: str) -> tuple[float, float]:
        mean = float(scores[label].mean()) if len(scores[label]) else -np.inf
        loss = inits[label]["test_loss"]["mean"]
        return -mean, np.inf if loss is None else loss

    return sorted(inits, key=badness)


def verdict_of(difference: Mapping[str, Any], margin: float, *, is_distinct: bool) -> Verdict:
    """Return how two schemes compare, by the difference of the first less the second.

    ``equivalent`` where the whole 95 % interval lies within the margin, even if the difference is
    significant; ``better`` or ``worse`` where it is significant; else ``undecided``.

    Parameters
    ----------
    difference : mapping
        With ``mean``, ``ci95`` and the number ``n`` of pairs of runs.
    margin : float
    is_distinct : bool
        Whether the difference is significant after the correction for all pairs.
    """
    mean, interval = difference["mean"], difference["ci95"]
    if difference["n"] >= FEWEST and interval is not None and max(map(abs, interval)) <= margin:
        return "equivalent"
    if is_distinct and mean:
        return "better" if mean > 0 else "worse"
    return "undecided"


def counted_scores(inits: Entries, score: str) -> dict[str, FloatArray]:
    """Return each scheme's test scores, (S,); a diverged run counts as 0 or the lowest score."""
    floor = _floor(inits, f"test_{score}")
    return {
        label: np.array([floor if value is None else value for value in values])
        for label, entry in inits.items()
        for values in [entry[f"test_{score}"]["values"]]
    }


def scores_by_seed(entry: Mapping[str, Any], metric: str) -> Scores:
    """Return a scheme's values of a metric by seed, None where the run diverged."""
    return dict(zip(entry["seeds"], entry[metric]["values"], strict=True))


def _floor(inits: Entries, metric: str) -> float:
    values: list[float | None] = [x for entry in inits.values() for x in entry[metric]["values"]]
    return min([0.0, *(value for value in values if value is not None)])


def as_json(value: Any, indent: str = "") -> str:
    """Return a document as text: sorted keys, and no number that is not finite.

    What holds only plain values and lists of them stands in one line, everything else in a line for
    each member, so that a comparison of versions shows what changed.

    Examples
    --------
    >>> print(as_json({"b": {"ci95": [0.5, 0.75], "n": 2}, "a": [1, 2]}))
    {
      "a": [1, 2],
      "b": {"ci95": [0.5, 0.75], "n": 2}
    }

    Raises
    ------
    ValueError
        A number is not finite.
    """
    members = value.values() if isinstance(value, dict) else value
    is_short = not isinstance(value, dict | list) or not any(
        isinstance(each, dict)
        or (isinstance(each, list) and any(isinstance(one, dict | list) for one in each))
        for each in members
    )
    if is_short:
        return json.dumps(value, sort_keys=True, allow_nan=False)
    inner = f"{indent}  "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {as_json(value[key], inner)}" for key in sorted(value)]
    else:
        lines = [as_json(each, inner) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = ",\n".join(f"{inner}{line}" for line in lines)
    return f"{opening}\n{body}\n{indent}{closing}"


def _describe_cell(
    outline: Outline, cell: Cell, runs: Mapping[str, Records], probes: Mapping[str, Records]
) -> dict[str, Any]:
    score = cell.setup.score
    inits = {
        label: describe_entry(cell.setup, outline.target, cell.runs[label], runs)
        for label in outline.labels
    }
    metric = metric_of(f"test_{score}")
    ranking, floor = rank(inits, score), _floor(inits, metric.name)
    scores = {label: scores_by_seed(inits[label], metric.name) for label in outline.labels}
    low, high = metric.bounds
    bounds = low - high, high - low
    comparisons, test = compare_all(scores, floor, bounds)
    margin = outline.equivalence_margin or EQUIVALENCE_MARGIN
    distinct = {frozenset({each["a"], each["b"]}) for each in comparisons if each["distinct"]}
    groups = letters(ranking, distinct)
    return {
        "settings": dict(cell.settings),
        "role": cell.role,
        "chosen": dict(cell.chosen),
        "score": score,
        "baseline": cell.setup.chance,
        "equivalence_margin": margin,
        "inits": {
            label: {**entry, "group": groups[label], "probe": _describe_probe(cell, label, probes)}
            for label, entry in inits.items()
        },
        "comparisons": [
            {
                "metric": metric.name,
                "verdict": verdict_of(each["difference"], margin, is_distinct=each["distinct"]),
                **each,
            }
            for each in comparisons
        ],
        "test": test,
        "ranking": ranking,
        "power": power_of_lead(ranking[0], ranking[1], comparisons) if comparisons else None,
    }


def _describe_probe(cell: Cell, label: str, probes: Mapping[str, Records]) -> dict[str, Any] | None:
    found = probe_of(cell, label, probes)
    return None if found is None else describe_probe(found)
