"""Power in words: whether there are seeds enough to tell the first two schemes apart."""

from collections.abc import Callable, Mapping
from typing import Any

from initbench.stats.comparisons import FEWEST
from initbench.stats.power import MOST_SEEDS, POWER

Naming = Callable[[str], str]


def power_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return what there is to say of the seeds, in at most one sentence.

    Parameters
    ----------
    cell : mapping
        One of the ``cells`` of the metrics.
    name : callable
        How a label is to be written.
    """
    power = cell["power"]
    if power is None or power["distinct"] or not power["seeds"]:
        return []
    difference = _difference(cell, power)
    best, second = name(power["best"]), name(power["second"])
    if power["seeds"] < FEWEST:
        few = "One seed is" if power["seeds"] == 1 else "Two seeds are"
        return [f"{few} too few to tell {best} from {second}: {FEWEST} are the least."]
    if not difference["mean"]:
        what = "do the same in every seed" if not difference["std"] else "do as well on average"
        return [f"{best} and {second} {what}: there is nothing that more seeds could find."]
    head = f"{power['seeds']} seeds are too few to tell {best} from {second}"
    if power["needed"] is None:
        return [f"{head}: for a difference as small as this one, {MOST_SEEDS:,} would not do."]
    often = f"{100 * POWER:.0f} % of the time"
    return [f"{head}: for a difference as large as this one, {power['needed']} would do {often}."]


def _difference(cell: Mapping[str, Any], power: Mapping[str, Any]) -> Mapping[str, Any]:
    pair = {power["best"], power["second"]}
    [found] = [each for each in cell["comparisons"] if {each["a"], each["b"]} == pair]
    difference: Mapping[str, Any] = found["difference"]
    return difference
