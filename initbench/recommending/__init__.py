"""Recommending: which of many schemes a network may start from, by a short race within a budget.

Candidates are left out where they do not apply to the network or cannot train it, each finds its
own learning rate, and those that may be best are compared at theirs with fresh seeds.
"""

from initbench.recommending.answer import Recommendation
from initbench.recommending.recommending import recommend
from initbench.recommending.verdict import Entrant

__all__ = ["Entrant", "Recommendation", "recommend"]
