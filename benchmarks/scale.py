"""Plan, key, cut and resume a million runs, with the training left out.

    python -m benchmarks.scale              a million, in some minutes
    python -m benchmarks.scale --runs 10000

Everything but the training is real: the sweep is validated point by point, each run has its key,
units are cut, every unit has its file on the disk, and the second half is taken up where the first
has stopped.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from initbench.config.loading import make_experiment
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import Plan, make_plan, remaining_units
from initbench.experiment.workers import InProcess, OnEpoch, Outcome, TrainedUnit
from initbench.results import RunStore
from initbench.results.unitfile import encode_unit
from initbench.training.unit import Unit

RUNS_A_RATE = 10 * 10 * 10
"""Schemes, seeds and depths."""

INITS = ["he", "he_uniform", "glorot_normal", "glorot_uniform", "lecun", "lecun_uniform"]


@dataclass(frozen=True)
class Stage:
    """What a part of the work took."""

    name: str
    count: int
    seconds: float


class Stub(InProcess):
    """Workers that give back a file of a run's size without training."""

    capacity = 4

    def submit(self, unit: Unit, _on_epoch: OnEpoch) -> Future[Outcome]:
        """Answer at once."""
        keys, future = unit.keys, Future[Outcome]()
        curves = {f"curve_{index}": np.zeros((len(keys), 21)) for index in range(4)}
        data = encode_unit(keys, curves, {"epochs": np.arange(21.0)})
        future.set_result(TrainedUnit(keys, data, np.zeros(len(keys))))
        return future


def settings(runs: int) -> dict[str, Any]:
    """Return an experiment of so many runs, to the next thousand."""
    rates = max(2, -(-runs // RUNS_A_RATE))
    return {
        "name": "scale",
        "dataset": {"name": "moons", "samples": 200},
        "training": {"epochs": 20},
        "inits": [*INITS, "orthogonal", "random", "zeros", "ones"],
        "sweep": {
            "network.depth": list(range(1, 11)),
            "network.width": [16],
            "training.optimizer.learning_rate": {"log": [0.001, 10, rates]},
        },
        "seeds": 10,
    }


def measure(runs: int, folder: Path) -> list[Stage]:
    """Take an experiment of so many runs through all but its training.

    Parameters
    ----------
    runs : int
    folder : Path
        Where its files go.
    """
    stages: list[Stage] = []

    @contextmanager
    def stage(name: str, count: Callable[[], int]) -> Iterator[None]:
        start = time.perf_counter()
        yield
        stages.append(Stage(name, count(), time.perf_counter() - start))

    plan: Plan
    units: list[Unit] = []
    store = RunStore(folder)
    with stage("plan and key", lambda: len(plan.outline.keys)):
        plan = make_plan(make_experiment(settings(runs), "the benchmark"))
    with stage("write the outline", lambda: len(plan.outline.keys)):
        store.write_outline(plan.outline)
    with stage("cut", lambda: len(units)):
        units += remaining_units(plan.groups, store.keys())
    half = len(units) // 2
    with stage("store the first half", lambda: half):
        execute(units[:half], store, Stub(), outline=plan.outline)
    units.clear()
    with stage("read what is there, and cut the rest", lambda: len(units)):
        units += remaining_units(plan.groups, store.keys())
    with stage("store the second half", lambda: len(units)):
        execute(units, store, Stub(), outline=plan.outline)
    with stage("find that all is there", lambda: len(plan.outline.keys & store.keys())):
        units[:] = remaining_units(plan.groups, store.keys())
    assert not units  # noqa: S101  # a benchmark of what does not work is none
    return stages


def main() -> None:
    """Print what each stage takes."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000_000)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        for each in measure(runs, Path(folder)):
            print(f"{each.name:38} {each.count:>10,} {each.seconds:8.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'memory at its largest':38} {peak:19.2f} GB")


if __name__ == "__main__":
    main()
