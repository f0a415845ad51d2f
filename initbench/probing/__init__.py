"""Probing: what an untrained network does to a signal and to its gradient, measured.

One batch passes forward and back through stacks of networks, one for each scheme and seed. What is
measured stands beside what `initbench.theory` forecasts, with a sentence on each scheme. Nothing is
trained and nothing is stored.
"""

from initbench.probing.born_dead import BornDead, born_dead, dead_start, mend
from initbench.probing.probing import Probe, SchemeProbe, probe_experiment
from initbench.probing.verdict import verdict

__all__ = [
    "BornDead",
    "Probe",
    "SchemeProbe",
    "born_dead",
    "dead_start",
    "mend",
    "probe_experiment",
    "verdict",
]
