"""The headline: who learns and how soon, in one sentence that says no more than the seeds do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from initbench.formatting import listing, metric_name
from initbench.report.power import Naming

NAMED: Final = 4
"""Schemes that a sentence names; the others are counted."""


def headline(cell: Mapping[str, Any], epochs: int, name: Naming = str) -> str:
    """Say how many epochs each scheme takes to the target; nothing where none gets there.

    Parameters
    ----------
    cell : mapping
        One of the ``cells`` of the metrics.
    epochs : int
        How many are trained.
    name : callable
        How a label is to be written.
    """
    inits = {label: cell["inits"][label] for label in cell["ranking"]}
    times = {label: entry["epochs_to_target"] for label, entry in inits.items() if entry["runs"]}
    there = {label: time for label, time in times.items() if time["median"] is not None}
    if not there:
        return ""
    [target] = {time["target"] for time in times.values()}
    in_order = sorted(there, key=lambda label: float(there[label]["median"]))
    needs = [f"{name(label)} needs {_epochs(there[label]['median'])}" for label in in_order]
    absent = [label for label in times if label not in there]
    partly = [name(label) for label in absent if times[label]["reached"]]
    never = [name(label) for label in absent if not times[label]["reached"]]
    score = metric_name(f"test_{cell['score']}")
    parts = [
        _named(needs, "others take as long or longer"),
        *(
            [f"{_who(partly)} {_get(partly)} there in no more than half of the runs"]
            if partly
            else []
        ),
        *([f"no run of {_who(never)} gets there in {epochs}"] if never else []),
    ]
    return f"To a {score} of {target:g}, {'; '.join(parts)}."


def _epochs(median: float) -> str:
    return f"{median:g} epoch{'s' if median != 1 else ''}"


def _named(items: Sequence[str], others: str) -> str:
    if len(items) <= NAMED:
        return listing(items)
    return f"{', '.join(items[:NAMED])}, and {len(items) - NAMED} {others}"


def _who(labels: Sequence[str]) -> str:
    return listing(labels) if len(labels) <= NAMED else f"{len(labels)} other schemes"


def _get(labels: Sequence[str]) -> str:
    return "gets" if len(labels) == 1 else "get"
