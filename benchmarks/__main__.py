"""What a stack saves: the same runs trained as one stack, and one at a time.

Both contenders train the same networks on the same batches to the same bits, pinned to one core.
They take turns, A B A B, so that a machine whose speed drifts treats both alike; the ratio is taken
turn by turn, and its median is the figure.

    python -m benchmarks
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.data import load_dataset, prepare
from initbench.experiment.recording import Task, make_task
from initbench.experiment.training import Recipe, train
from initbench.initializers import bind, layers_of
from initbench.nn import ACTIVATIONS, StackedMLP

HIDDEN = (32, 32)
RECIPE = Recipe(epochs=20, batch_size=32, optimizer="sgd", learning_rate=0.1, momentum=0.0)
SCHEMES = ("zeros", "random", "he")
SEEDS = range(10)
TURNS = 7


def main() -> None:
    """Print what a run-step costs in a stack and alone."""
    pin_to_one_core()
    task = moons()
    steps = RECIPE.epochs * -(-len(task.parts["train"].labels) // RECIPE.batch_size)
    run_steps = steps * len(SCHEMES) * len(SEEDS)
    stacked, alone = take_turns(lambda: train_stacked(task), lambda: train_alone(task), TURNS)
    ratios = [b / a for a, b in zip(stacked, alone, strict=True)]
    print(f"2-32-32-1, batch 32, SGD, float32, {len(SCHEMES) * len(SEEDS)} runs, one core")
    print(f"  one stack        {1e6 * statistics.median(stacked) / run_steps:7.1f} us a run-step")
    print(f"  one at a time    {1e6 * statistics.median(alone) / run_steps:7.1f} us a run-step")
    print(f"  ratio            {statistics.median(ratios):7.2f}", end="")
    print(f"   ({min(ratios):.2f} to {max(ratios):.2f} over {TURNS} turns)")


def moons() -> Task:
    """Return the task that both contenders learn."""
    data = prepare(
        load_dataset("moons", seed=0, samples=600, noise=0.2),
        test_fraction=0.25,
        scaling="standard",
        seed=0,
        dtype=np.float32,
    )
    samples = {"train": (data.X_train, data.y_train), "test": (data.X_test, data.y_test)}
    return make_task(samples, data.classes, np.float32)


def train_stacked(task: Task) -> None:
    """Train all runs as one stack."""
    train_runs(task, SCHEMES, list(SEEDS))


def train_alone(task: Task) -> None:
    """Train each run by itself, with the same code."""
    for seed in SEEDS:
        for scheme in SCHEMES:
            train_runs(task, [scheme], [seed])


def train_runs(task: Task, schemes: Sequence[str], seeds: Sequence[int]) -> None:
    """Train a rectangle of schemes and seeds."""
    sizes = (task.parts["train"].inputs.shape[1] - 1, *HIDDEN, 1)
    layers = layers_of(sizes, "relu")
    runs = len(schemes) * len(seeds)
    network = StackedMLP(sizes, ACTIVATIONS["relu"], runs=runs, streams=len(seeds))
    for index, (seed, scheme) in enumerate((seed, name) for seed in seeds for name in schemes):
        network.set_weights(index, bind(scheme).draw(layers, seed))
    train(network, task, RECIPE, seeds, lambda: None)


def take_turns(
    a: Callable[[], None], b: Callable[[], None], turns: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of each turn, after one that does not count."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        for contender, kept in zip((a, b), seconds, strict=True):
            start = time.perf_counter()
            contender()
            if turn:
                kept.append(time.perf_counter() - start)
    return seconds


def pin_to_one_core() -> None:
    """Keep this process on one core, where the system can, and matrix products in one thread."""
    threadpool_limits(limits=1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
