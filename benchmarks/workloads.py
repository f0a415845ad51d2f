"""Workloads: what is trained, and the start, the data and the batches that all contenders share.

A job is a workload for so many epochs. Its arrays are plain: every contender makes of them what
suits it best before its turn begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.training.batches import Batches
from initbench.training.evaluation import Part

Weights: TypeAlias = Sequence[tuple[FloatArray, FloatArray]]
"""``(W (R, fan_in, fan_out), b (R, fan_out))``, layer by layer."""


@dataclass(frozen=True)
class Workload:
    """A network, and how many of it are trained in what way.

    Attributes
    ----------
    name : str
    sizes : tuple of int
        Units from input to output.
    batch : int
    optimizer : {"sgd", "adam"}
    learning_rate : float
    seeds, variants : int
        Runs are every variant with every seed; those of one seed read the same batches.
    samples : int
        Whole batches of them.
    epochs : int
        What an experiment would train for.
    dtype : str
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    optimizer: str
    learning_rate: float
    seeds: int
    variants: int
    samples: int
    epochs: int
    dtype: str = "float32"

    @property
    def runs(self) -> int:
        """R."""
        return self.seeds * self.variants

    @property
    def classes(self) -> int:
        """Two where there is one output."""
        return max(2, self.sizes[-1])

    @property
    def steps_per_epoch(self) -> int:
        """Batches in the data."""
        return self.samples // self.batch

    @property
    def title(self) -> str:
        """What is trained, in a line."""
        *hidden, outputs = self.sizes[1:]
        same = len(set(hidden)) == 1 and len(hidden) > 3
        middle = f"({hidden[0]}×{len(hidden)})" if same else "-".join(map(str, hidden))
        batch = "full batch" if self.batch == self.samples else "batch"
        return (
            f"{self.sizes[0]}-{middle}-{outputs}, {batch} {self.batch},"
            f" {self.optimizer.upper()}, {self.dtype}, {self.runs} runs"
        )


@dataclass(frozen=True)
class Job:
    """A workload for so many epochs, with everything that determines its numbers.

    Attributes
    ----------
    workload : Workload
    epochs : int
    X : ndarray of shape (N, D)
    labels : ndarray of shape (N,)
    weights : sequence of (W, b)
        The start.
    """

    workload: Workload
    epochs: int
    X: FloatArray
    labels: IntArray
    weights: Weights

    @property
    def steps(self) -> int:
        """T."""
        return self.epochs * self.workload.steps_per_epoch

    @property
    def run_steps(self) -> int:
        """Steps of single networks, the unit of all costs."""
        return self.steps * self.workload.runs

    @cached_property
    def targets(self) -> FloatArray:
        """What outputs are compared with, ``(N, K)``: labels as they are, or one-hot."""
        if self.workload.sizes[-1] == 1:
            return self.labels[:, np.newaxis].astype(self.X.dtype)
        return np.eye(self.workload.classes, dtype=self.X.dtype)[self.labels]

    @cached_property
    def order(self) -> IntArray:
        """Which samples each seed reads in each step, ``(T, S, B)``, as initbench draws them."""
        seeds = self.workload.seeds
        indices = np.arange(len(self.X))[:, np.newaxis]
        part = Part(indices, self.labels, indices)
        batches = Batches(part, self.workload.batch, range(seeds), np.arange(seeds))
        drawn = [batch[..., 0].copy() for _ in range(self.epochs) for batch, _ in batches.epoch()]
        shape = (seeds, self.workload.batch)  # a full batch is drawn once for all seeds
        return np.stack([np.broadcast_to(batch, shape) for batch in drawn])

    @cached_property
    def order_of_runs(self) -> IntArray:
        """Likewise for each run, ``(T, R, B)``."""
        return np.repeat(self.order, self.workload.variants, axis=1)


def make_job(workload: Workload, epochs: int) -> Job:
    """Draw data, labels that a linear teacher gives, and a He start."""
    rng = np.random.default_rng(0)
    dtype, sizes = np.dtype(workload.dtype), workload.sizes
    X = rng.standard_normal((workload.samples, sizes[0]))
    logits = X @ rng.standard_normal((sizes[0], workload.classes))
    starts = [rng.standard_normal((workload.runs, *fans)) for fans in pairwise(sizes)]
    weights = [
        (
            (np.sqrt(2.0 / W.shape[1]) * W).astype(dtype),
            np.zeros((workload.runs, W.shape[2]), dtype),
        )
        for W in starts
    ]
    return Job(workload, epochs, X.astype(dtype), logits.argmax(axis=1), weights)


def by_layer(weights: Weights) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield copies that may be trained in place."""
    return ((W.copy(), b.copy()) for W, b in weights)


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        Workload(
            name="small",
            sizes=(2, 32, 32, 1),
            batch=32,
            optimizer="sgd",
            learning_rate=0.1,
            seeds=10,
            variants=12,
            samples=480,
            epochs=100,
        ),
        Workload(
            name="deep",
            sizes=(64, *[64] * 30, 10),
            batch=64,
            optimizer="sgd",
            learning_rate=0.01,
            seeds=10,
            variants=3,
            samples=1280,
            epochs=20,
        ),
        Workload(
            name="wide",
            sizes=(784, 256, 256, 10),
            batch=128,
            optimizer="adam",
            learning_rate=0.001,
            seeds=4,
            variants=2,
            samples=1280,
            epochs=20,
        ),
        Workload(
            name="full",
            sizes=(2, 10, 5, 1),
            batch=300,
            optimizer="sgd",
            learning_rate=0.01,
            seeds=1,
            variants=3,
            samples=300,
            epochs=15_000,
            dtype="float64",
        ),
    )
}
