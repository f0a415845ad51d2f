"""The text of a recommendation, as a terminal shows it."""

import textwrap
from collections.abc import Sequence
from typing import Final

from initbench.formatting import NONE, listing, mean_with_interval
from initbench.metric import metric_of
from initbench.recommending.answer import Recommendation
from initbench.recommending.verdict import Entrant

_WIDTH: Final = 80

_SHOWN: Final = 3
"""Schemes whose lines are shown."""

_STANDINGS: Final = {
    "tied": "best",
    "unclear": "unclear",
    "behind": "behind",
    "left": "left the race",
}


def recommendation_text(found: Recommendation) -> str:
    """Return what a terminal shows: the answer, why, the table, and the lines to paste."""
    blocks = [
        textwrap.fill(_answer(found), _WIDTH),
        textwrap.fill(f"{found.reason}.", _WIDTH),
        _table(found),
        "\n".join(_bullet(note) for note in found.notes),
        *_lines(found),
        "\n".join(_bullet(f"{label} left out: {why}") for label, why in found.left_out.items()),
        textwrap.fill(_effort(found), _WIDTH),
    ]
    return "\n\n".join(filter(None, blocks))


def _answer(found: Recommendation) -> str:
    if not found.tied:
        return f"No answer for {found.network} on {found.dataset}."
    if len(found.tied) == 1:
        return f"Start from {found.pick}: {found.network} on {found.dataset}."
    any_of = listing(found.tied).replace(" and ", " or ")
    return f"A tie: start from any of {any_of}: {found.network} on {found.dataset}."


def _lines(found: Recommendation) -> list[str]:
    """Return the lines of the pick, and of a few that are as good."""
    labels = dict.fromkeys([found.pick, *found.tied] if found.tied else [])
    return [
        "\n".join([label, *(f"  {name:5}  {line}" for name, line in found.lines_of[label].items())])
        for label in list(labels)[:_SHOWN]
    ]


def _table(found: Recommendation) -> str:
    score, epochs = f"test {metric_of(found.score).label}", f"epochs to {found.target:g}"
    heading = ("scheme", score, "behind by", epochs, "rate")
    rows = [(*heading, ""), *(_row(found, each) for each in found.ranking)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(f"  {_line(row, widths)}".rstrip() for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if 0 < place < len(row) - 1 else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others])


def _row(found: Recommendation, entrant: Entrant) -> tuple[str, ...]:
    epochs = entrant.epochs_to_target
    words = _STANDINGS[entrant.standing] if found.tied else NONE
    if entrant.diverged:
        words += f", {entrant.diverged} diverged"
    return (
        entrant.label,
        mean_with_interval(entrant.score),
        NONE if entrant.difference is None else mean_with_interval(entrant.difference),
        NONE if epochs is None else f"{epochs:.3g}",
        f"{entrant.learning_rate:g}",
        words,
    )


def _effort(found: Recommendation) -> str:
    return (
        f"{found.training}; {found.seeds} seeds in the last round. {found.run_steps:,} steps of"
        f' single runs; the same answer again: --budget "{found.budget} steps"'
    )


def _bullet(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="- ", subsequent_indent="  ")
