"""Findings: what the numbers of one cell say, in sentences that say no more than the numbers do.

A lead is claimed only where the two schemes are told apart: seed by seed, and after the correction
for all pairs that were compared.
"""

from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from initbench.formatting import compact, listing, mean_with_interval, metric_name
from initbench.report.power import Naming, power_sentences
from initbench.report.table import collapsed_layers

MOST_NAMED: Final = 5
"""Schemes that a sentence compares the best with; it counts the others."""


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
        *(sentence for label, entry in each for sentence in _standstill(label, entry)),
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
    leads = {name(rival): _lead(cell, best, rival) for rival in rivals}
    clear = {rival: lead for rival, lead in leads.items() if lead["distinct"]}
    ties = {rival: lead for rival, lead in leads.items() if not lead["distinct"]}
    tested = {rival: lead for rival, lead in ties.items() if lead["p"] is not None}
    return [
        f"{name(best)}{' ranks first' if rivals else ''}: {amount} over {seeds}.",
        *_clear_leads(clear),
        *_ties(tested),
        *_hollow(leads),
        *power_sentences(cell, name),
    ]


def _lead(cell: Mapping[str, Any], best: str, rival: str) -> dict[str, Any]:
    """Return the comparison, best less rival, whichever way round it was stored."""
    [found] = [one for one in cell["comparisons"] if {one["a"], one["b"]} == {best, rival}]
    if found["a"] == best:
        return dict(found)
    return {**found, **{key: _reversed(found[key]) for key in ("difference", "neither_diverged")}}


def _reversed(difference: Mapping[str, Any]) -> dict[str, Any]:
    mean, interval = difference["mean"], difference["ci95"]
    return {
        "n": difference["n"],
        "mean": None if mean is None else -mean,
        "ci95": None if interval is None else [-interval[1], -interval[0]],
    }


def _amount(difference: Mapping[str, Any]) -> str:
    low, high = difference["ci95"]
    like = max(abs(low), abs(high))
    return f"{compact(difference['mean'], like)} ({compact(low, like)} to {compact(high, like)})"


def _clear_leads(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not leads:
        return []
    amounts = [f"{_amount(lead['difference'])} over {rival}" for rival, lead in leads.items()]
    shown = amounts[:MOST_NAMED]
    rest = len(amounts) - len(shown)
    more = [f"as clear over {rest} that rank lower"] if rest else []
    return [f"Seed by seed its lead, with the 95 % interval, is {listing([*shown, *more])}."]


def _ties(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not leads:
        return []
    amounts = [f"{rival}, {_amount(lead['difference'])}" for rival, lead in leads.items()]
    shown = amounts[:MOST_NAMED]
    rest = len(amounts) - len(shown)
    more = [f"{rest} more"] if rest else []
    alone = any(_leaves_out_zero(lead["difference"]) for lead in leads.values())
    why = ": an interval without zero is no finding among so many pairs" if alone else ""
    return [f"These data do not tell it apart from {listing([*shown, *more])}{why}."]


def _leaves_out_zero(difference: Mapping[str, Any]) -> bool:
    low, high = difference["ci95"]
    return bool(low > 0 or high < 0)


def _hollow(leads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    behind = {
        rival: _reversed(lead["neither_diverged"])
        for rival, lead in leads.items()
        if lead["neither_diverged"]["ci95"] and lead["neither_diverged"]["ci95"][1] < 0
    }
    return [
        f"Where neither diverged, {rival} is ahead of it by {_amount(ahead)}; it ranks lower"
        " because a diverged run counts as the worst."
        for rival, ahead in behind.items()
    ]


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
        return [f"{label} diverged in every run: all count as lost, and it has no final figures."]
    share = f"{diverged} of {runs} runs, which count as lost in every comparison"
    return [f"{label} diverged in {share}; its figures rest on the others."]


def _standstill(label: str, entry: Mapping[str, Any]) -> list[str]:
    """Say how many runs learned nothing, and whether units that begin dead are why."""
    stalled, dead = entry["shares"]["stalled"], entry["shares"]["born_dead"]
    sentences = []
    if stalled and stalled["count"]:
        share = f"{stalled['count']} of {stalled['of']} runs"
        sentences.append(f"{label} stalled in {share}: no better than a constant answer.")
    if dead and dead["count"]:
        share = f"{dead['count']} of {dead['of']} runs"
        sentences.append(f"{label} has a layer without a living unit from the start in {share}.")
    return [" ".join(sentences)] if sentences else []


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
