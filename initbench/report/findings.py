"""Findings: what the numbers of one cell say, in sentences that say no more than the numbers do.

A lead is claimed only where the 95 % interval of the difference, seed by seed, leaves out zero.
"""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from initbench.report.formatting import compact, listing, mean_with_interval, metric_name
from initbench.report.table import collapsed_layers

Naming = Callable[[str], str]


def conclusions(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return what can be said of a cell, a sentence or two an item.

    Parameters
    ----------
    cell : mapping
        One of the ``cells`` of the metrics.
    name : callable
        How a label is to be written.
    """
    inits = cell["inits"]
    each = [(name(label), inits[label]) for label in cell["ranking"]]
    return [
        *_best(cell, name),
        *(sentence for label, entry in each for sentence in _collapse(label, entry)),
        *(sentence for label, entry in each for sentence in _divergence(label, entry)),
        *(sentence for label, entry in each for sentence in _stopping(label, entry)),
        *(sentence for label, entry in each for sentence in _absence(label, entry)),
    ]


def _best(cell: Mapping[str, Any], name: Naming) -> list[str]:
    inits, [best, *rivals] = cell["inits"], cell["ranking"]
    metric = f"test_{cell['score']}"
    score = inits[best][metric]
    if not inits[best]["runs"]:
        return ["No run has finished yet."]
    if not score["n"]:
        return [
            "Every run diverged: at these settings no scheme can be called better than another."
        ]
    seeds = "one seed" if score["n"] == 1 else f"{score['n']} seeds"
    amount = f"{metric_name(metric)} {mean_with_interval(score)}"
    first = f"{name(best)} ranks first: {amount} over {seeds}."
    leads = {rival: _lead(cell, best, rival) for rival in rivals}
    return [
        first,
        *_clear_leads({name(rival): lead for rival, lead in leads.items() if _sign(lead) > 0}),
        *_ties({name(rival): lead for rival, lead in leads.items() if _sign(lead) == 0}),
        *_hollow({name(rival): lead for rival, lead in leads.items() if _sign(lead) < 0}),
        *_unsure([name(rival) for rival, lead in leads.items() if lead["n"] == 1]),
    ]


def _lead(cell: Mapping[str, Any], best: str, rival: str) -> dict[str, Any]:
    """Return the difference, best less rival, whichever way round it was stored."""
    [found] = [one for one in cell["comparisons"] if {one["a"], one["b"]} == {best, rival}]
    difference: dict[str, Any] = found["difference"]
    return difference if found["a"] == best else _reversed(difference)


def _reversed(difference: Mapping[str, Any]) -> dict[str, Any]:
    mean, interval = difference["mean"], difference["ci95"]
    return {
        "n": difference["n"],
        "mean": None if mean is None else -mean,
        "ci95": None if interval is None else [-interval[1], -interval[0]],
    }


def _sign(lead: Mapping[str, Any]) -> float:
    """Return 1 or -1 where the interval leaves out zero, 0 where not, NaN where there is none."""
    if lead["ci95"] is None:
        return float("nan")
    low, high = lead["ci95"]
    return float(low > 0) - float(high < 0)


def _amount(lead: Mapping[str, Any]) -> str:
    low, high = lead["ci95"]
    like = max(abs(low), abs(high))
    return f"{compact(lead['mean'], like)} ({compact(low, like)} to {compact(high, like)})"


def _clear_leads(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not leads:
        return []
    amounts = listing([f"{_amount(lead)} over {rival}" for rival, lead in leads.items()])
    return [f"Seed by seed its lead, with the 95 % interval, is {amounts}."]


def _ties(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not leads:
        return []
    amounts = listing([f"{rival}, {_amount(lead)}" for rival, lead in leads.items()])
    return [f"These data do not tell it apart from {amounts}: the interval contains zero."]


def _hollow(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"Where neither diverged, {rival} is ahead of it by {_amount(_reversed(lead))}; it ranks"
        " lower because a diverged run counts as the worst."
        for rival, lead in leads.items()
    ]


def _unsure(rivals: list[str]) -> list[str]:
    if not rivals:
        return []
    return [f"One seed is too few to tell how sure its lead over {listing(rivals)} is."]


def _collapse(label: str, entry: Mapping[str, Any]) -> list[str]:
    layers, count = collapsed_layers(entry), len(entry["distinct_units"]["of"])
    if not layers:
        return []
    where = (
        ("its hidden layer" if count == 1 else f"each of its {count} hidden layers")
        if len(layers) == count
        else f"hidden {_layers(layers)} of {count}"
    )
    what = "all units there compute the same, and a layer of them can do no more than one"
    return [f"{label} ends with one distinct unit in {where}: {what}."]


def _layers(layers: list[int]) -> str:
    return f"layer{'s' if len(layers) > 1 else ''} {listing([str(layer) for layer in layers])}"


def _divergence(label: str, entry: Mapping[str, Any]) -> list[str]:
    diverged, runs = entry["diverged"], entry["runs"]
    if not diverged:
        return []
    if diverged == runs:
        return [f"{label} diverged in every run and has no final figures."]
    return [f"{label} diverged in {diverged} of {runs} runs; its figures rest on the others."]


def _stopping(label: str, entry: Mapping[str, Any]) -> list[str]:
    epochs = [epoch for epoch in entry["stopped_at"] if epoch is not None]
    if not epochs:
        return []
    share = f"{len(epochs)} of {entry['runs']} runs"
    when = f"the median at epoch {median(epochs):g}"
    return [f"{label} was stopped in {share}, {when}; their final figures are those of then."]


def _absence(label: str, entry: Mapping[str, Any]) -> list[str]:
    missing = entry["missing"]
    if not missing:
        return []
    return [
        f"{label} lacks {missing} of {missing + entry['runs']} runs: run it again to train them."
    ]
