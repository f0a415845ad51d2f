"""The profile of a step: how much of it is products, activations, and so on.

A step is taken call by call, with a look at the clock after each; Python's part of a call counts
with it. Each call's time is its median over many steps, so that other programs do not count.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from benchmarks.contenders.stacked import Stack, first_stack
from benchmarks.figure import Figure
from benchmarks.workloads import WORKLOADS, make_job
from initbench.arrays import FloatArray

KINDS: Final = {np.matmul: "products", np.copyto: "copies", np.multiply: "activations"}
"""What a call of a pass is for, by the function that it calls; others are activations."""

STEPS: Final = {"small": 900, "deep": 120, "wide": 60, "full": 6000}
"""How many are looked at."""


def shares_of_a_step(_turns: int) -> Iterator[Figure]:
    """Measure where the time of a training step goes."""
    for name, steps in STEPS.items():
        workload = WORKLOADS[name]
        stack = first_stack(make_job(workload, steps // workload.steps_per_epoch))
        spent, calls = profile(stack)
        total, runs = spent.total(), stack.network.runs
        parts = (
            f"{kind} {each / 1e3 / runs:.3g} ({each / total:.0%})"
            for kind, each in spent.most_common()
        )
        yield Figure(
            name,
            f"µs of a run-step, {runs} runs in {calls} calls",
            f"{total / 1e3 / runs:.3g}: {', '.join(parts)}",
        )


def profile(stack: Stack) -> tuple[Counter[str], int]:
    """Train, and return the nanoseconds that each kind of call takes in a step, and all calls."""
    steps, kinds = [], list[str]()
    latest = time.perf_counter_ns()
    for step, batch in enumerate(stack.all_batches(), start=1):
        kinds, clock = ["batches"], [latest, time.perf_counter_ns()]
        for kind, call in _calls(stack, step, *batch):
            call()
            kinds.append(kind)
            clock.append(time.perf_counter_ns())
        steps.append(np.diff(clock))
        latest = time.perf_counter_ns()
    spent = Counter[str]()
    for kind, each in zip(kinds, np.median(steps, axis=0), strict=True):
        spent[kind] += each
    return spent, len(kinds)


def _calls(
    stack: Stack, step: int, inputs: FloatArray, targets: FloatArray
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the calls that `Stack.train` makes for a batch, and what each is for."""
    network = stack.network
    plan = network._latest = network._plan_for(*inputs.shape[:2], training=True)  # noqa: SLF001  # its calls
    yield "batches", partial(np.copyto, plan.columns, inputs.mT)
    yield from ((_kind(call), call) for call in plan.forward)
    deltas = network.deltas_for(plan.logits)
    yield "loss", partial(stack.task.loss.gradient, plan.logits, targets, deltas)
    yield from ((_kind(call), call) for call in plan.backward)
    yield "optimizer", partial(stack.update.apply, step)


def _kind(call: Any) -> str:
    if call.func.__name__ == "fill":
        return "copies"
    return KINDS.get(call.func, "activations")
