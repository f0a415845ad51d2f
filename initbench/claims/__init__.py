"""Claims: what an experiment is expected to show, and whether its runs show it.

A claim is a line of text, ``test_accuracy(he) - test_accuracy(zeros) > 0.3``. `parsing` turns the
text into records (`expressions`), `vocabulary` checks its names against those of the experiment,
`evaluation` computes its numbers seed by seed, and `verdict` compares their intervals with the
thresholds. The runs are known only through the protocol `evaluation.Runs`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from initbench.lazy import lazy_names

if TYPE_CHECKING:
    from initbench.claims.expressions import ClaimError
    from initbench.claims.parsing import parse_claim
    from initbench.claims.verdict import Claim, Judgement, Verdict, check_form, judge_claim
    from initbench.claims.vocabulary import Kind, Vocabulary, metrics_of, resolve
__all__ = [
    "Claim",
    "ClaimError",
    "Judgement",
    "Kind",
    "Verdict",
    "Vocabulary",
    "check_form",
    "judge_claim",
    "metrics_of",
    "parse_claim",
    "resolve",
]

__getattr__: Callable[[str], object] = lazy_names(
    __name__,
    {
        "Claim": "verdict",
        "ClaimError": "expressions",
        "Judgement": "verdict",
        "Kind": "vocabulary",
        "Verdict": "verdict",
        "Vocabulary": "vocabulary",
        "check_form": "verdict",
        "judge_claim": "verdict",
        "metrics_of": "vocabulary",
        "parse_claim": "parsing",
        "resolve": "vocabulary",
    },
)
