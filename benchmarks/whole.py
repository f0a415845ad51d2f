"""Whole processes on all cores, from the start of a program to its results on disk.

initbench trains as anybody would run it, from the command line with worker processes; JAX and
PyTorch train the same number of the same networks for as many steps in a process of their own,
with as many threads as they take (`benchmarks.process`). A turn is a process, and all take turns;
the clock on the wall judges, so that imports, compilation, evaluation and writing count.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.figure import Figure, spread

SEEDS: Final = 20
EPOCHS: Final = 23
"""With three schemes, on the workload `deep`: sixty runs of 460 steps each."""

MOST_TURNS: Final = 5
DEPTHS_TURNS: Final = 2
"""However many are asked for, since a turn takes a minute, and half a minute."""

PEERS: Final = {"jax_by_seed": "jax", "torch": "torch"}
"""Contenders, and the package that each needs; of JAX the form that takes less time here."""

LABELS: Final[Mapping[str | int, str]] = {
    1: "1 process of initbench",
    "jax_by_seed": "JAX, one seed's runs after another's,",
    "torch": "PyTorch, stacked, by hand,",
}

MORE_PROCESSES: Final = 1.85
"""How many times as long one process should take as two."""

EXPERIMENT: Final = {
    "name": "whole",
    "dataset": {"name": "gaussian", "samples": 1600, "dimensions": 64, "test_fraction": 0.2},
    "network": {"depth": 30, "width": 64, "activation": "relu"},
    "training": {
        "optimizer": {"name": "sgd", "learning_rate": 0.01},
        "epochs": EPOCHS,
        "batch_size": 64,
    },
    "inits": ["he", "glorot", "orthogonal"],
    "seeds": SEEDS,
    "record": {"every": EPOCHS},
}
"""What initbench is asked for, with as little recorded as it can be: before and after training."""

DEPTHS: Final = (
    str(Path(__file__).parents[1] / "configs" / "depths.yaml"),
    "--seeds",
    "4",
)
"""The second experiment: 480 runs of four depths."""

Turn = Callable[[], float]


def whole_processes(turns: int) -> Iterator[Figure]:
    """Measure initbench's processes beside those of peers, and two beside one."""
    peers = {name: partial(_train, name) for name, needs in PEERS.items() if find_spec(needs)}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "whole.yaml")
        config.write_text(json.dumps(EXPERIMENT), encoding="utf-8")  # JSON is YAML
        with_jobs = {jobs: partial(_run, [str(config)], jobs) for jobs in (1, 2)}
        yield from _beside({1: with_jobs[1], **peers}, with_jobs[2], min(turns, MOST_TURNS))
    depths = {jobs: partial(_run, DEPTHS, jobs) for jobs in (1, 2)}
    yield from _beside({1: depths[1]}, depths[2], min(turns, DEPTHS_TURNS), "depths")


def figure_of(
    name: str | int, theirs: Sequence[float], ours: Sequence[float], workload: str
) -> Figure:
    """Say how many times as long as two processes of initbench a contender takes."""
    ratio = spread([b / a for a, b in zip(ours, theirs, strict=True)])
    target = MORE_PROCESSES if name == 1 else 1.0
    return Figure(
        workload,
        f"{LABELS[name]} over 2 processes of initbench, wall",
        f"{ratio}, of {spread(theirs).median:.1f} and {spread(ours).median:.1f} s",
        f"≥ {target:g}",
        ratio.median >= target,
    )


def _beside(
    contenders: Mapping[str | int, Turn], ours: Turn, turns: int, workload: str = "whole"
) -> Iterator[Figure]:
    """Let all take turns, initbench's two processes first."""
    own: list[float] = []
    others: dict[str | int, list[float]] = {name: [] for name in contenders}
    for _ in range(turns):
        own.append(ours())
        for name, turn in contenders.items():
            others[name].append(turn())
    for name, seconds in others.items():
        yield figure_of(name, seconds, own, workload)


def _run(arguments: Sequence[str], jobs: int) -> float:
    """Return the seconds of ``initbench run`` into a folder of its own."""
    with tempfile.TemporaryDirectory() as results:
        quietly = ("--jobs", str(jobs), "--results", results, "--no-plots", "--quiet")
        return _seconds("initbench", "run", *arguments, *quietly)


def _train(peer: str) -> float:
    """Return the seconds of a peer's process."""
    with tempfile.TemporaryDirectory() as results:
        return _seconds("benchmarks.process", peer, str(Path(results, "weights.npz")))


def _seconds(module: str, *arguments: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own
    return time.perf_counter() - start
