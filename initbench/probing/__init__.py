"""Probing: measure signals and gradients of untrained networks, beside the forecasts of theory.

One batch passes forward and backward through stacks of untrained networks, one network for each
scheme and seed. `probe` returns the measurements; `record_probes` stores them with the results of
an experiment; `born_dead` counts ReLU networks whose output is the same for all inputs.
"""

from initbench.probing.born_dead import BornDead, born_dead, count_born_dead, dead_start, mend
from initbench.probing.measuring import record_probes
from initbench.probing.untrained import Probe, probe, probe_experiment

__all__ = [
    "BornDead",
    "Probe",
    "born_dead",
    "count_born_dead",
    "dead_start",
    "mend",
    "probe",
    "probe_experiment",
    "record_probes",
]
