"""Claims: what an experiment says will come of it, and whether it did.

A claim is a line of text, ``test_accuracy(he) - test_accuracy(zeros) > 0.3``. It is parsed into
what it is made of (`parsing`, `syntax`), bound to the names that the experiment has (`vocabulary`),
given numbers seed by seed (`values`), and judged by the interval of what it compares (`judging`).
"""

from initbench.results.claims.judging import Judgement, Verdict, judge
from initbench.results.claims.parsing import parse_claim
from initbench.results.claims.syntax import ClaimError
from initbench.results.claims.vocabulary import Kind, Vocabulary, metrics_of, resolve

__all__ = [
    "ClaimError",
    "Judgement",
    "Kind",
    "Verdict",
    "Vocabulary",
    "judge",
    "metrics_of",
    "parse_claim",
    "resolve",
]
