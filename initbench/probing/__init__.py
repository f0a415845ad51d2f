"""Probing: what an untrained network does to a signal and to its gradient, measured.

One batch passes forward and back through stacks of networks, one for each scheme and seed. What is
measured stands beside what `initbench.theory` forecasts, and nothing is trained. `probing` answers
whoever asks now; `recording` stores the same numbers with the results of an experiment.
"""

from initbench.probing.born_dead import BornDead, born_dead, dead_start, mend
from initbench.probing.probing import Probe, probe_experiment
from initbench.probing.recording import record_probes

__all__ = [
    "BornDead",
    "Probe",
    "born_dead",
    "dead_start",
    "mend",
    "probe_experiment",
    "record_probes",
]
