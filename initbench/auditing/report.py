"""The audit of a checkpoint for a terminal: a line for each tensor, with its findings."""

import math
from typing import Final

from initbench.auditing import Audit
from initbench.auditing.audit import CONSISTENT, ODD, REFUTED, UNCLAIMED
from initbench.formatting import count_of, show_p
from initbench.tables import BLANK, Line, Piece, Role, as_lines, table_of

COLUMNS: Final = ("tensor", "shape", "fan_in", "fan_out", "mean", "std", "claimed std", "verdict")
ROLES: Final = {CONSISTENT: Role.GOOD, REFUTED: Role.BAD, ODD: Role.BAD, UNCLAIMED: Role.PLAIN}


def audit_lines(audit: Audit) -> list[Line]:
    """Return a line for each tensor, with its findings below it, and the conclusion."""
    rows = []
    for tensor in audit.tensors:
        verdict = tensor.verdict
        if tensor.consistent_with and verdict == UNCLAIMED:
            verdict = f"may be {', '.join(tensor.consistent_with)}"
        rows.append(
            (
                tensor.name,
                " × ".join(map(str, tensor.shape)) or "1",
                f"{tensor.fan_in or ''}",
                f"{tensor.fan_out or ''}",
                f"{tensor.mean:.3g}",
                f"{tensor.std:.4g}",
                "" if math.isnan(tensor.claimed_std) else f"{tensor.claimed_std:.4g}",
                verdict,
            )
        )
    (head, *table), _ = as_lines(table_of(COLUMNS, rows, left=range(len(COLUMNS))))
    lines: list[Line] = [head]
    for tensor, (*row, verdict_piece) in zip(audit.tensors, table, strict=True):
        lines.append((*row, verdict_piece._replace(role=ROLES[tensor.verdict])))
        for check in tensor.findings:
            p_value = "an exact fact" if check.is_exact else show_p(check.p_value)
            lines.append((Piece(f"      {check.name}: {check.finding} ({p_value})"),))
        if tensor.cause:
            lines.append((Piece(f"      likely cause: {tensor.cause}"),))
    total, against = len(audit.tensors), ", ".join(audit.claims)
    found = sum(bool(tensor.findings) for tensor in audit.tensors)
    claimed = sum(bool(tensor.claim) for tensor in audit.tensors)
    if found:
        against = f" against {against}" if against else ""
        text = f"Findings{against} in {found} of {count_of(total, 'tensor')}."
    elif not against:
        text = f"No findings in {count_of(total, 'tensor')}."
    else:
        rest = f" in the {claimed} of {total} tensors it speaks of" if claimed < total else ""
        text = f"No finding against {against}{rest}."
    return [*lines, BLANK, (Piece(text, ROLES[CONSISTENT if audit.consistent else ODD]),)]
