"""Own figures: initbench against itself and against the machine."""

import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.stacked import (
    hyperparameters,
    most_runs,
    stacks_of,
    start,
    task_of,
    trained,
)
from benchmarks.figure import Figure, spread
from benchmarks.machine import multiply_rate
from benchmarks.pairing import Timed, take_turns, timed
from benchmarks.workloads import WORKLOADS, Job, Workload, make_job
from initbench.arrays import FloatArray
from initbench.nn.kernels import copies_transposed, kernel_name
from initbench.training.stack import train
from initbench.training.unit import Named, Recipe, Recording

OURS: Final = CONTENDERS["stacked"]

VARIANTS: Final = 8
"""Runs a seed where the number of runs grows."""

RUNS: Final = (32, 128, 512, 2048, 4096)


def share_of_multiply_rate(turns: int) -> Iterator[Figure]:
    """Measure what part of the core's rate in large products the training keeps up."""
    for name, target in (("deep", None), ("wide", 0.75)):
        workload = WORKLOADS[name]
        ours, shares, rates = timed(OURS, workload), [], []
        ours.cost()
        for _ in range(turns):
            rates.append(multiply_rate())
            shares.append(multiplications(workload) / ours.cost().processor / rates[-1])
        found, rate = spread(shares), spread([2e-9 * rate for rate in rates])
        yield Figure(
            name,
            "share of the rate of large float32 products",
            f"{found}, of {rate} GFLOP/s",
            "" if target is None else f"≥ {target}",
            None if target is None else found.median >= target,
        )


def multiplications(workload: Workload) -> int:
    """Count those of a run-step's products; the first layer passes nothing back."""
    each = [(fan_in + 1) * fan_out for fan_in, fan_out in pairwise(workload.sizes)]
    return workload.batch * (3 * sum(each) - each[0])


def growth(turns: int) -> Iterator[Figure]:
    """Measure the cost of a run-step and the memory that training takes as runs are added."""
    few = _with_runs(RUNS[0])
    yield Figure("small", f"memory of {RUNS[0]} runs", f"{_peak(few) / 2**20:.0f} MiB")
    base = timed(OURS, few)
    for runs in RUNS[1:]:
        many = _with_runs(runs)
        found = take_turns(base, timed(OURS, many), turns).ratio()
        yield Figure(
            "small",
            f"a run-step of {runs} runs over one of {RUNS[0]}, and memory",
            f"{found}; {_peak(many) / 2**20:.0f} MiB",
            "0.75 to 1.25",
            0.75 <= found.median <= 1.25,
        )


def cost_of_a_stack(turns: int) -> Iterator[Figure]:
    """Measure what a stack of thirty runs costs beside one run at a time."""
    workload = replace(WORKLOADS["small"], variants=3)
    alone = timed(CONTENDERS["alone"], workload)
    found = take_turns(alone, timed(OURS, workload), turns).ratio()
    yield Figure(
        "small",
        "30 runs in a stack over one at a time",
        f"{found}",
        "≤ 0.2",
        found.median <= 0.2,
    )


def cost_of_recording(turns: int) -> Iterator[Figure]:
    """Measure what recording adds to a training whose every epoch is recorded."""
    recordings: Mapping[str, Recording] = {
        "losses and scores of each epoch": Recording(),
        "statistics of layers besides": Recording(layers=True),
    }
    for name in ("small", "deep"):
        workload = WORKLOADS[name]
        plain = timed(OURS, workload)
        epochs = plain.run_steps // (workload.runs * workload.steps_per_epoch)
        job = make_job(workload, epochs)
        for what, recording in recordings.items():
            recorded = Timed(_recorded(job, recording), job.run_steps)
            found = take_turns(plain, recorded, turns).ratio()
            yield Figure(name, f"training with {what} over training without", f"{found}")


def choices(turns: int) -> Iterator[Figure]:
    """Measure whether the choices for this machine's kernels are the faster ones."""
    rng = np.random.default_rng(0)
    words = {True: "with a copy", False: "without a copy"}
    chosen = copies_transposed()
    for rows, columns, batch in ((33, 32, 32), (65, 64, 64), (257, 256, 128)):
        left = rng.standard_normal((4, rows, batch), np.float32)
        right = rng.standard_normal((4, columns, batch), np.float32)
        count = 10**9 // (left.size * columns)
        ours, theirs = (
            Timed(partial(_multiply, left, right, count, copies=copies), count)
            for copies in (chosen, not chosen)
        )
        found = take_turns(ours, theirs, turns).ratio()
        yield Figure(
            "kernels",
            f"product by a transposed matrix, {rows} × {columns} × {batch}, {kernel_name()}:"
            f" {words[not chosen]} over {words[chosen]}",
            f"{found}",
            "≥ 1",
            found.median >= 1.0,
        )


def _multiply(left: FloatArray, right: FloatArray, count: int, *, copies: bool) -> None:
    out, copy = left @ right.mT, np.ascontiguousarray(right.mT)
    for _ in range(count):
        if copies:
            np.copyto(copy, right.mT)
        np.matmul(left, copy if copies else right.mT, out=out)


def _recorded(job: Job, recording: Recording) -> Callable[[], Any]:
    workload, task = job.workload, task_of(job)
    recipe = Recipe(
        epochs=job.epochs,
        batch_size=workload.batch,
        optimizer=workload.optimizer,
        schedule=Named("constant"),
        loss=Named("auto"),
        recording=recording,
        stop=None,
    )

    def turn() -> None:
        for runs, seeds in stacks_of(workload, most_runs(workload)):
            network = start(job, runs)
            rates = hyperparameters(workload, network.runs)
            train(network, task, recipe, rates, seeds)

    return turn


def _with_runs(runs: int) -> Workload:
    return replace(WORKLOADS["small"], seeds=runs // VARIANTS, variants=VARIANTS)


def _peak(workload: Workload) -> int:
    """Return the most bytes that training holds at a time, the final weights aside."""
    job = make_job(workload, 1)
    tracemalloc.start()
    for _ in trained(job, most_runs(workload)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


FIGURES: Final[tuple[Callable[[int], Iterator[Figure]], ...]] = (
    share_of_multiply_rate,
    growth,
    cost_of_a_stack,
    cost_of_recording,
    choices,
)
