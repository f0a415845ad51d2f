"""Why: what was measured of each scheme that explains its result, with one small figure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.why import guess_loss, why
from initbench.formatting import capitalized, compact
from initbench.report.findings import distinct_units
from initbench.report.html.figures import page_figure
from initbench.results import Results


def explain_cell(results: Results, cell: int) -> list[dict[str, Any]]:
    """Return for each scheme, best first, the measurements and the figure that explain its result.

    Returns
    -------
    list of dict
        ``scheme``, its place; ``facts``, pairs of a measurement's name and what it was; ``figure``.
    """
    document, labels = results.metrics["cells"][cell], results.outline.labels
    return [
        {
            "scheme": labels.index(label),
            "facts": _facts(results, label, cell, document["inits"][label]),
            "figure": page_figure(why(results, label, cell), 0.1),
        }
        for label in document["ranking"]
        if document["inits"][label]["runs"] or results.probe(label, cell)
    ]


def _facts(results: Results, label: str, cell: int, entry: Mapping[str, Any]) -> list[list[str]]:
    """Return what was measured of a scheme, each with its name."""
    probe = results.probe(label, cell)
    facts = []
    if entry["runs"]:
        units = distinct_units(entry)
        facts.append(
            ["Identical hidden units", f"{units} distinct after training" if units else "none"]
        )
    for name, words in (("born_dead", "Layer dead before training"), ("stalled", "At chance")):
        share = entry["shares"][name]
        if share:
            facts.append([words, f"{share['count']} of {share['of']} runs"])
    if probe is not None:
        factor, ratio = _median(probe.signal_factor), _median(probe.gradient_ratio)
        if factor is not None:
            facts.append(["Signal from one layer to the next", f"×{factor:.3g}"])
        if ratio is not None:
            facts.append(["Gradient, first layer over last", f"×{ratio:.3g}"])
        verdict = capitalized(str(entry["probe"]["verdict"]))
        facts.append(["Before training", f"{verdict.rstrip('.')}."])
    if entry["runs"]:
        start = _median(results.curves(label, "train_loss", cell)[:, 0])
        guess = guess_loss(results, cell, probe)
        loss = "not finite" if start is None else compact(start)
        beside = "" if guess is None else f", that of a guess {compact(guess)}"
        facts.append(["Training loss before training", f"{loss}{beside}"])
        facts.append(["Diverged", f"{entry['diverged']} of {entry['runs']} runs"])
    return facts


def _median(values: FloatArray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None
