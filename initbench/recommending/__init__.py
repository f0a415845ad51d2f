"""Recommending: which initializations suit a network, by short training runs within a budget.

Schemes that do not apply to the network or cannot train it are left out. The others each find their
own learning rate, and the best of them are compared with fresh seeds.
"""

from initbench.recommending.recommending import recommend
from initbench.recommending.report import Recommendation
from initbench.recommending.verdict import Entrant

__all__ = ["Entrant", "Recommendation", "recommend"]
