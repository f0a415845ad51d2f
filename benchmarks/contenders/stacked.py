"""initbench itself: the step of its training, on stacks cut as its planner cuts them.

Nothing is recorded, since no peer records anything; what recording costs is measured elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.contenders import Turn
from benchmarks.workloads import Job, Weights, Workload
from initbench.arrays import FloatArray, IntArray
from initbench.experiment.plan import runs_per_stack, stacks
from initbench.nn import (
    OPTIMIZERS,
    Architecture,
    StackedMLP,
    bind_activation,
    fast,
    loss_for,
)
from initbench.training.batches import Batches
from initbench.training.evaluation import Task, make_task
from initbench.training.update import Update


@dataclass(frozen=True)
class Stack:
    """A stack and what trains it."""

    network: StackedMLP
    task: Task
    batches: Batches
    update: Update
    epochs: int

    def all_batches(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield one batch a step."""
        for _ in range(self.epochs):
            yield from self.batches.epoch()

    def train(self) -> None:
        """Take all steps."""
        for step, (inputs, targets) in enumerate(self.all_batches(), start=1):
            logits = self.network.forward(inputs, training=True)
            deltas = self.network.deltas_for(logits)
            self.task.loss.gradient(logits, targets, deltas)
            self.network.backward(deltas)
            self.update.apply(step)


def in_stacks(job: Job) -> Turn:
    """Get ready to train one stack after another."""
    return _in_stacks_of(job, most_runs(job.workload))


def compiled(job: Job) -> Turn:
    """Get ready to train one stack after another with compiled kernels, once they are compiled."""
    turn = _in_stacks_of(job, most_runs(job.workload), kernels=True)
    turn()
    return turn


def one_at_a_time(job: Job) -> Turn:
    """Get ready to train each run by itself, with the same code."""
    return _in_stacks_of(job, 1)


def most_runs(workload: Workload) -> int:
    """Return how many runs the planner puts into a stack."""
    return runs_per_stack(_architecture(workload), workload.batch, workload.dtype)


def stacks_of(workload: Workload, most: int) -> Iterator[tuple[IntArray, range]]:
    """Yield the runs of each stack and the seeds that they read."""
    runs = np.arange(workload.runs).reshape(workload.seeds, workload.variants)
    for seeds, variants in stacks(workload.seeds, workload.variants, most):
        yield runs[seeds, variants].ravel(), range(workload.seeds)[seeds]


def trained(job: Job, most: int) -> Iterator[StackedMLP]:
    """Train stacks of so many runs at most, and yield each when it is done."""
    task = task_of(job)
    for runs, seeds in stacks_of(job.workload, most):
        stack = _make_stack(job, task, runs, seeds)
        stack.train()
        yield stack.network


def first_stack(job: Job) -> "Stack":
    """Return the first of the stacks that the planner makes, about to be trained."""
    runs, seeds = next(stacks_of(job.workload, most_runs(job.workload)))
    return _make_stack(job, task_of(job), runs, seeds)


def task_of(job: Job) -> Task:
    """Return what is learned."""
    classes = job.workload.classes
    samples = {"train": (job.X, job.labels)}
    return make_task(samples, classes, loss_for(classes), job.workload.dtype)


def start(job: Job, runs: IntArray) -> StackedMLP:
    """Return a stack of some runs with their initial weights."""
    workload = job.workload
    network = StackedMLP(_architecture(workload), runs=len(runs), dtype=workload.dtype)
    for layer, (W, b) in zip(network.layers, job.weights, strict=True):
        layer[:, :-1], layer[:, -1] = W[runs], b[runs]
    return network


def hyperparameters(workload: Workload, runs: int) -> dict[str, FloatArray]:
    """Return the optimizer's defaults, but for the learning rate and momentum."""
    options = OPTIMIZERS[workload.optimizer].options
    values = {name: option.default for name, option in options.items()}
    return {
        name: np.full(runs, value)
        for name, value in {**values, "learning_rate": workload.learning_rate}.items()
    }


def _architecture(workload: Workload) -> Architecture:
    return Architecture(workload.sizes, bind_activation("relu"))


def _in_stacks_of(job: Job, most: int, *, kernels: bool = False) -> Turn:
    """Collect the weights of one stack after another; seeds are whole, or all of them are cut."""

    def turn() -> Weights:
        if fast.use(kernels) != kernels:
            raise RuntimeError("numba does not compile the kernels")
        pieces = [network.layers for network in trained(job, most)]
        layers = [np.concatenate(layer) for layer in zip(*pieces, strict=True)]
        return [(layer[:, :-1], layer[:, -1]) for layer in layers]

    return turn


def _make_stack(job: Job, task: Task, runs: IntArray, seeds: range) -> Stack:
    network, workload = start(job, runs), job.workload
    streams = np.repeat(np.arange(len(seeds)), len(runs) // len(seeds))
    batches = Batches(task.parts["train"], workload.batch, seeds, streams)
    rates = hyperparameters(workload, len(runs))
    update = Update(network, workload.optimizer, rates, np.ones(job.steps))
    return Stack(network, task, batches, update, job.epochs)
