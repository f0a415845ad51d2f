"""A peer's whole process: import it, train all runs of a workload, store their weights.

    python -m benchmarks.process jax small weights.npz

The data and the batches' order are made as for the other benchmarks, from initbench's own streams.
"""

import sys
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.whole import EPOCHS
from benchmarks.workloads import WORKLOADS, make_job


def main(peer: str, workload: str, path: Path, epochs: int = EPOCHS) -> None:
    """Train, and store the weights that come of it."""
    weights = CONTENDERS[peer].get_ready(make_job(WORKLOADS[workload], epochs))()
    np.savez(path, *chain.from_iterable(weights))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
