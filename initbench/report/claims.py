"""Tables of claims: the claim, the measured and the published value, and the verdict."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from math import floor, log10
from typing import Any, Final

from initbench.claims import parse_claim
from initbench.claims.expressions import Quantity
from initbench.formatting import NONE, compact, listing, printable
from initbench.tables import BLANK, Line, Piece, Role, as_markdown, table_of

VERDICTS: Final = {"PASS": Role.GOOD, "FAIL": Role.BAD, "INCONCLUSIVE": Role.UNSURE}
MARGIN: Final = max(map(len, VERDICTS)) + 2

READING: Final = """\
The column "measured" has the quantity that the claim compares (of two quantities, the left minus
the right), with its 95 % interval over seeds: the mean over seeds, unless the claim names another
statistic. A claim with several comparisons has the numbers of the weakest one. PASS means that the
whole interval satisfies the claim, FAIL that the whole interval contradicts the claim, and
INCONCLUSIVE that the interval contains the threshold.
"Within" is the margin of a comparison: two sides are equivalent (==) if they differ by less, and a
side is as good or better (<= or >=) if it is worse by less. A diverged run counts with an accuracy
of 0 and an infinite loss. Claims are judged separately, without a correction for their number."""


def claims_lines(claims: Sequence[Mapping[str, Any]], width: int = 80) -> list[Line]:
    """Return each claim with its verdict, what was measured and what was published.

    `claims`: as ``metrics.json`` holds them.
    `width`: columns of the terminal.
    """
    lines: list[Line] = []
    for claim in claims:
        values = f"measured {measured(claim)}"
        if claim["published"] is not None:
            values += f", published {published(claim)}"
        texts = [printable(stated(claim)), values, printable(remarks(claim))]
        wrapped = [textwrap.wrap(text, width - MARGIN, break_on_hyphens=False) for text in texts]
        margins = chain([claim["verdict"]], repeat(""))
        lines += [
            (Piece(f"{margin:{MARGIN}}", VERDICTS[claim["verdict"]]), Piece(line))
            for margin, line in zip(margins, chain(*wrapped), strict=False)
        ]
    return [*lines, BLANK, (Piece(tally(claims)),)]


def claims_markdown(claims: Sequence[Mapping[str, Any]]) -> str:
    """Return the table as Markdown, with sources and remarks."""
    names = ("claim", "measured", "published", "verdict", "source", "remark")
    rows = [
        (
            stated(claim),
            measured(claim),
            published(claim),
            claim["verdict"],
            claim["source"] or NONE,
            remarks(claim) or NONE,
        )
        for claim in claims
    ]
    return as_markdown(table_of(names, rows, left=range(len(names))))


def tally(claims: Sequence[Mapping[str, Any]]) -> str:
    """Count the claims by verdict.

    >>> tally([{"verdict": "PASS"}, {"verdict": "PASS"}, {"verdict": "FAIL"}])
    '2 PASS and 1 FAIL'
    """
    counts = {name: sum(claim["verdict"] == name for claim in claims) for name in VERDICTS}
    return listing([f"{count} {name}" for name, count in counts.items() if count])


def measured(claim: Mapping[str, Any]) -> str:
    """Write what was measured, with its interval, to three digits of its larger end or more.

    >>> measured({"measured": 0.4123, "ci95": [0.38, 0.45]})
    '0.412 (0.380 to 0.450)'
    >>> measured({"measured": 0.00053043, "ci95": [0.000526, 0.00053419]})
    '0.000530 (0.000526 to 0.000534)'
    """
    value, interval = claim["measured"], claim["ci95"]
    if value is None or interval is None:
        return compact(value)
    like = max(map(abs, interval))
    if 0.0005 <= like < 0.1:
        decimals = 2 - floor(log10(like))
        middle, low, high = (f"{number:z.{decimals}f}" for number in (value, *interval))
    else:
        middle, low, high = (compact(number, like) for number in (value, *interval))
    return f"{middle} ({low} to {high})"


def published(claim: Mapping[str, Any]) -> str:
    """Write what was published; a number that a claim does not compare has its margin."""
    value, margin = claim["published"], claim["margin"]
    if value is None:
        return NONE
    text = value if isinstance(value, str) else f"{value:g}"
    return f"{text} ± {margin:g}" if margin and _is_quantity(claim) else text


def stated(claim: Mapping[str, Any]) -> str:
    """Write the claim, with the margin of a comparison.

    >>> stated({"claim": "test_loss(a) <= test_loss(b)", "margin": 0.1})
    'test_loss(a) <= test_loss(b) within 0.1'
    """
    margin = claim["margin"]
    has_margin = margin is not None and not _is_quantity(claim)
    return f"{claim['claim']} within {margin:g}" if has_margin else str(claim["claim"])


def _is_quantity(claim: Mapping[str, Any]) -> bool:
    """Tell whether a claim compares nothing, so that its margin is that of the published number."""
    return isinstance(parse_claim(claim["claim"]), Quantity)


def remarks(claim: Mapping[str, Any]) -> str:
    """Return the finding of the verdict and the note of the claim."""
    return "; ".join(filter(None, [claim["finding"], claim["note"]]))
