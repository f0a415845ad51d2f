"""Tables of claims: the claim, the measured and the published value, and the verdict."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from initbench.formatting import NONE, compact, listing, printable
from initbench.tables import BLANK, Line, Piece, Role, as_markdown, table_of

VERDICTS: Final = {"PASS": Role.GOOD, "FAIL": Role.BAD, "INCONCLUSIVE": Role.UNSURE}
MARGIN: Final = max(map(len, VERDICTS)) + 2

READING: Final = """\
Measured is what the claim compares, with its 95 % interval over seeds: the mean, unless the claim
says another thing; where it compares several, the pair for which it holds least. A claim is a PASS
where the interval lies on the right side, a FAIL where it lies on the wrong one, and INCONCLUSIVE
where it straddles the threshold. A run that diverged counts with an accuracy of 0 and an infinite
loss. Each claim is judged by itself, without correction for how many there are."""


def claims_lines(claims: Sequence[Mapping[str, Any]], width: int = 80) -> list[Line]:
    """Return each claim with its verdict, what was measured and what was published.

    Parameters
    ----------
    claims : sequence of mapping
        As ``metrics.json`` holds them.
    width : int
        Columns of the terminal.
    """
    lines = [line for claim in claims for line in _paragraph(claim, width)]
    return [*lines, BLANK, (Piece(tally(claims)),)]


def claims_markdown(claims: Sequence[Mapping[str, Any]]) -> str:
    """Return the table as Markdown, with sources and remarks."""
    names = ("claim", "measured", "published", "verdict", "source", "remark")
    rows = [
        (
            claim["claim"],
            measured(claim),
            published(claim),
            claim["verdict"],
            claim["source"] or NONE,
            remarks(claim) or NONE,
        )
        for claim in claims
    ]
    return as_markdown(table_of(names, rows, left=len(names)))


def tally(claims: Sequence[Mapping[str, Any]]) -> str:
    """Count the claims by verdict.

    >>> tally([{"verdict": "PASS"}, {"verdict": "PASS"}, {"verdict": "FAIL"}])
    '2 PASS and 1 FAIL'
    """
    counts = {name: sum(claim["verdict"] == name for claim in claims) for name in VERDICTS}
    return listing([f"{count} {name}" for name, count in counts.items() if count])


def measured(claim: Mapping[str, Any]) -> str:
    """Write what was measured, with its interval.

    >>> measured({"measured": 0.4123, "ci95": [0.38, 0.45]})
    '0.412 (0.380 to 0.450)'
    """
    value, interval = claim["measured"], claim["ci95"]
    if value is None or interval is None:
        return compact(value)
    like = max(map(abs, interval))
    low, high = (compact(end, like) for end in interval)
    return f"{compact(value, like)} ({low} to {high})"


def published(claim: Mapping[str, Any]) -> str:
    """Write what was published, with the margin that is left to it."""
    value, margin = claim["published"], claim["margin"]
    if value is None:
        return NONE
    text = value if isinstance(value, str) else f"{value:g}"
    return text if margin is None else f"{text} ± {margin:g}"


def remarks(claim: Mapping[str, Any]) -> str:
    """Return the finding of the verdict and the note of the claim."""
    return "; ".join(filter(None, [claim["finding"], claim["note"]]))


def _paragraph(claim: Mapping[str, Any], width: int) -> list[Line]:
    """Write a claim, its values and its remarks beside its verdict."""
    figures = [f"measured {measured(claim)}"]
    if claim["published"] is not None:
        figures.append(f"published {published(claim)}")
    texts = [printable(claim["claim"]), ", ".join(figures), printable(remarks(claim))]
    room = width - MARGIN
    lines = [line for text in texts for line in textwrap.wrap(text, room, break_on_hyphens=False)]
    margins = [claim["verdict"], *[""] * (len(lines) - 1)]
    role = VERDICTS[claim["verdict"]]
    return [
        (Piece(f"{margin:{MARGIN}}", role), Piece(line))
        for margin, line in zip(margins, lines, strict=True)
    ]
