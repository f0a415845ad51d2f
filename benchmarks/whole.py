"""Whole processes, from the start of a program to its results on disk.

initbench trains as anybody would run it, from the command line; JAX and PyTorch train the same
number of the same networks for as many steps in a process of their own (`benchmarks.process`). All
have one core, or all cores with as many worker processes or threads as they take. A turn is a
process, and all take turns; the clock on the wall judges, so that imports, compilation, evaluation
and writing count.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from benchmarks.figure import Figure, spread
from benchmarks.workloads import WORKLOADS

EPOCHS: Final = 100

MOST_TURNS: Final = 3
DEPTHS_TURNS: Final = 2
"""However many are asked for, since a turn takes minutes, and half a minute."""

PEERS: Final = {
    "small": {"jax": "jax", "torch": "torch"},
    "deep": {"jax_by_seed": "jax", "torch": "torch"},
    "wide": {"jax_by_seed": "jax", "torch": "torch"},
}
"""Contenders on each workload, in the form that is fastest there, and the package each needs."""

LABELS: Final = {
    "initbench": "1 process of initbench",
    "jax": "JAX, vmap in scan,",
    "jax_by_seed": "JAX, one seed's runs after another's,",
    "torch": "PyTorch, stacked, by hand,",
}

TWO_PROCESSES: Final = 1.85
"""How many times as long one process should take as two."""

FIRST: Final = 1.3
"""How many times as long a peer should take."""

SCHEMES: Final = (
    *("he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal"),
    *("lecun_uniform", "orthogonal", "torch:linear", "normal", "uniform", "random", "spectral"),
)

DEPTHS: Final = (
    str(Path(__file__).parents[1] / "configs" / "depths.yaml"),
    "--seeds",
    "4",
)
"""The last experiment: 480 runs of four depths."""

Turn = Callable[[], float]


def experiment_of(name: str) -> dict[str, Any]:
    """Return the config of a workload; it records only before and after training."""
    workload = WORKLOADS[name]
    inputs, *hidden, _ = workload.sizes
    return {
        "name": name,
        "dataset": {
            "name": "gaussian",
            "samples": workload.samples * 5 // 4,
            "dimensions": inputs,
            "classes": workload.classes,
            "test_fraction": 0.2,
        },
        "network": {"depth": len(hidden), "width": hidden[0], "activation": "relu"},
        "training": {
            "optimizer": {"name": workload.optimizer, "learning_rate": workload.learning_rate},
            "epochs": EPOCHS,
            "batch_size": workload.batch,
        },
        "inits": list(SCHEMES[: workload.variants]),
        "seeds": workload.seeds,
        "record": {"every": EPOCHS},
    }


def whole_processes(turns: int) -> Iterator[Figure]:
    """Measure initbench's processes beside those of peers, and two beside one."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    for name, needs in PEERS.items():
        peers = {peer: partial(_train, peer, name) for peer in needs if find_spec(needs[peer])}
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, f"{name}.yaml")
            config.write_text(json.dumps(experiment_of(name)), encoding="utf-8")  # JSON is YAML
            ours = {jobs: partial(_run, [str(config)], jobs) for jobs in (1, 2)}
            together = {"initbench": ours[1], **peers}
            yield from _beside(together, ours[2], min(turns, MOST_TURNS), name)
            if cores:
                os.sched_setaffinity(0, cores[-1:])
                try:
                    yield from _beside(peers, ours[1], min(turns, MOST_TURNS), name, cores=1)
                finally:
                    os.sched_setaffinity(0, cores)
    depths = {jobs: partial(_run, DEPTHS, jobs) for jobs in (1, 2)}
    yield from _beside({"initbench": depths[1]}, depths[2], min(turns, DEPTHS_TURNS), "depths")


def figure_of(
    peer: str, theirs: Sequence[float], ours: Sequence[float], workload: str, cores: int = 2
) -> Figure:
    """Return how many times as long a contender takes as initbench, with a process for each core.

    Of initbench itself, the contender is one process.
    """
    ratio = spread([b / a for a, b in zip(ours, theirs, strict=True)])
    target = TWO_PROCESSES if peer == "initbench" else FIRST
    where = "one core" if cores == 1 else "all cores"
    own = "2 processes" if peer == "initbench" else "initbench"
    return Figure(
        workload,
        f"whole process on {where}, wall: {LABELS[peer]} over {own}",
        f"{ratio}, of {spread(theirs).median:.1f} and {spread(ours).median:.1f} s",
        f"≥ {target:g}",
        ratio.median >= target,
    )


def _beside(
    contenders: Mapping[str, Turn], ours: Turn, turns: int, workload: str, cores: int = 2
) -> Iterator[Figure]:
    """Let all take turns, initbench first."""
    own: list[float] = []
    others: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(turns):
        own.append(ours())
        for name, turn in contenders.items():
            others[name].append(turn())
    for name, seconds in others.items():
        yield figure_of(name, seconds, own, workload, cores)


def _run(arguments: Sequence[str], jobs: int) -> float:
    """Return the seconds of ``initbench run`` into a folder of its own."""
    with tempfile.TemporaryDirectory() as results:
        quietly = ("--jobs", str(jobs), "--results", results, "--no-plots", "--quiet")
        return _seconds("initbench", "run", *arguments, *quietly)


def _train(peer: str, workload: str) -> float:
    """Return the seconds of a peer's process."""
    with tempfile.TemporaryDirectory() as results:
        return _seconds("benchmarks.process", peer, workload, str(Path(results, "weights.npz")))


def _seconds(module: str, *arguments: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own
    return time.perf_counter() - start
