"""A peer's whole process: import it, train all runs of the workload `deep`, store their weights.

    python -m benchmarks.process jax weights.npz

The data and the batches' order are made as for the other benchmarks, from initbench's own streams.
"""

import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.whole import EPOCHS, SEEDS
from benchmarks.workloads import WORKLOADS, Job, make_job


def whole_job() -> Job:
    """Return as many runs and steps as `benchmarks.whole.EXPERIMENT` has."""
    return make_job(replace(WORKLOADS["deep"], seeds=SEEDS), EPOCHS)


def main(peer: str, path: Path) -> None:
    """Train, and store the weights that come of it."""
    weights = CONTENDERS[peer].get_ready(whole_job())()
    np.savez(path, *chain.from_iterable(weights))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
