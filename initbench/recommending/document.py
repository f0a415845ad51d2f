"""The document of a recommendation: plain values, as ``initbench recommend --json`` prints them.

It holds no time and no place, so that the same question and run-steps make the same bytes.
"""

from dataclasses import asdict
from typing import Any

from initbench.recommending.answer import Recommendation


def recommendation_document(found: Recommendation) -> dict[str, Any]:
    """Return a recommendation as plain values.

    Returns
    -------
    dict
        ``ranking``, an entry as `Entrant` for each scheme that was raced; ``tied``, ``pick``,
        ``reason``, ``notes``; ``lines``, by label and framework, of those that are tied;
        ``left_out``, by label; and what was asked and how much was trained: ``network``,
        ``dataset``, ``training``, ``score``, ``target``, ``epochs``, ``seeds``, ``budget`` and
        ``run_steps``.
    """
    plain = ("pick", "reason", "network", "dataset", "training", "score", "target", "epochs")
    return {
        **{name: getattr(found, name) for name in (*plain, "seeds", "budget", "run_steps")},
        "ranking": [asdict(entrant) for entrant in found.ranking],
        "tied": list(found.tied),
        "notes": list(found.notes),
        "left_out": dict(found.left_out),
        "lines": {label: dict(lines) for label, lines in found.lines_of.items()},
    }
