"""The headline: which schemes reach the target and how soon, in one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from initbench.formatting import listing
from initbench.metric import metric_of
from initbench.report.findings import Naming

NAMED: Final = 4
"""Schemes that a sentence names; the others are counted."""


def headline(cell: Mapping[str, Any], epochs: int, name: Naming = str) -> str:
    """Return from which epoch on each scheme stays at the target; empty where none does.

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
    medians = {
        label: float(time["median"]) for label, time in times.items() if time["median"] is not None
    }
    if not medians:
        return ""
    in_order = sorted(medians, key=medians.__getitem__)
    named = NAMED if len(in_order) > NAMED + 1 else NAMED + 1  # one more is named, not counted
    reached = [f"{name(label)} from epoch {medians[label]:g}" for label in in_order[:named]]
    if len(in_order) > named:
        reached.append(f"{len(in_order) - named} others as late or later")
    others = [label for label in times if label not in medians]
    partly = [
        f"{name(label)} in {times[label]['reached']} of {inits[label]['runs']} runs"
        for label in others
        if times[label]["reached"]
    ]
    never = [label for label in others if not times[label]["reached"]]
    left = [label for label in never if times[label]["touched"]]
    [target] = {time["target"] for time in times.values()}
    parts = [
        (
            f"Test {metric_of(cell['score']).label} of {target:g}, reached and kept to the end:"
            f" {listing(reached)} (medians)"
        ),
        *([f"no more than half of the runs: {_counted(partly)}"] if partly else []),
        *(
            [f"never within {epochs} epochs: {_counted([name(label) for label in never])}"]
            if never
            else []
        ),
        *(
            [f"reached for a time and lost again: {_counted([name(label) for label in left])}"]
            if left
            else []
        ),
    ]
    return f"{'; '.join(parts)}."


def _counted(names: Sequence[str]) -> str:
    return listing(names) if len(names) <= NAMED else f"{len(names)} schemes"
