"""Tables of a tuned experiment: each scheme at its own best value, and the trials behind it."""

from collections.abc import Mapping
from typing import Any

from initbench.formatting import NONE, compact, mean_with_interval, printable, short_names
from initbench.results import Cell, Results


def tuned_results(results: Results) -> dict[str, Any] | None:
    """Return the score of each scheme at its own best value, setting by setting; None without.

    Where the config's own value was run too, its score is beside.
    """
    outline, cells = results.outline, results.metrics["cells"]
    shown = [
        (place, cell)
        for role in ("tuned", "fixed")
        for place, cell in enumerate(outline.cells)
        if cell.role == role
    ]
    if not outline.tuned_key or not shown:
        return None
    names = short_names([*shown[0][1].settings, outline.tuned_key])
    headings = []
    for _, cell in shown:
        settings = [f"{names[key]} = {value}" for key, value in cell.settings.items()]
        lead = f"best {names[outline.tuned_key]}" if cell.role == "tuned" else "the config's value"
        headings.append(printable(", ".join([lead, *settings])))
    rows = []
    for label in cells[shown[0][0]]["ranking"]:
        row = [printable(label)]
        for place, cell in shown:
            entry = cells[place]["inits"][label]
            score = mean_with_interval(entry[f"test_{cells[place]['score']}"], 1.0)
            row.append(f"{score}{_chosen(results, label, cell)}")
        rows.append(row)
    return {
        "key": printable(outline.tuned_key),
        "headings": ["scheme", *headings],
        "rows": rows,
        "hasEndpoint": _has_endpoint(results),
    }


def trials(results: Results) -> dict[str, Any] | None:
    """Return the mean validation score of each scheme at each value; None where none was tried."""
    found = [
        (label, tuning) for label, each in results.metrics["tuning"].items() for tuning in each
    ]
    if not found:
        return None
    values = list(dict.fromkeys(value for _, tuning in found for value in tuning["values"]))
    settings = list(found[0][1]["settings"])
    names = short_names(settings)
    rows = []
    for label, tuning in found:
        scores = dict(zip(tuning["values"], tuning["scores"], strict=True))
        rows.append(
            [
                printable(label),
                *(str(tuning["settings"][key]) for key in settings),
                _best(tuning),
                *(compact(scores[value], 1.0) if value in scores else NONE for value in values),
            ]
        )
    return {
        "key": printable(results.outline.tuned_key),
        "headings": ["scheme", *(names[key] for key in settings), "best", *map(str, values)],
        "rows": rows,
        "hasEndpoint": _has_endpoint(results),
    }


def _chosen(results: Results, label: str, cell: Cell) -> str:
    """Return which value a scheme has in a tuned cell, in words; empty elsewhere."""
    if cell.role != "tuned":
        return ""
    for tuning in results.metrics["tuning"].get(label, []):
        if tuning["settings"] == dict(cell.settings):
            return f" at {_best(tuning)}" if tuning["learns"] else ", no value learns"
    return ""


def _has_endpoint(results: Results) -> bool:
    return any(each["at_edge"] for found in results.metrics["tuning"].values() for each in found)


def _best(tuning: Mapping[str, Any]) -> str:
    if not tuning["learns"]:
        return "no value learns"
    return f"{tuning['best']}{' (endpoint)' if tuning['at_edge'] else ''}"
