"""Training a stack: the same data in the same order for every run, whatever its weights.

The order of batches is drawn from the seed alone. All runs of a seed read the same batch of the
same stream, so that nothing but the initial weights tells them apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from initbench.arrays import Array, FloatArray, IntArray
from initbench.experiment.recording import Part, Recorder, Task
from initbench.nn import OPTIMIZERS, Loss, Optimizer, StackedMLP
from initbench.nn.optimizers import hyperparameters
from initbench.seeding import Stream, generator


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, its weights and its data aside.

    Attributes
    ----------
    epochs : int
    batch_size : int or None
        None for all samples in one batch.
    optimizer : str
    learning_rate, momentum : float
    """

    epochs: int
    batch_size: int | None
    optimizer: str
    learning_rate: float
    momentum: float


def train(
    network: StackedMLP,
    task: Task,
    recipe: Recipe,
    seeds: Sequence[int],
    on_epoch: Callable[[], None],
) -> dict[str, Array]:
    """Train all runs of a stack, and return their records.

    Parameters
    ----------
    network : StackedMLP
        With its initial weights; it holds the final ones afterwards. Stream s reads batches in the
        order of ``seeds[s]``.
    task : Task
    recipe : Recipe
    seeds : sequence of int
    on_epoch : callable
        Called after each epoch.

    Returns
    -------
    dict
        As `Recorder.records`.
    """
    recorder = Recorder(network, task, recipe.epochs)
    with np.errstate(all="ignore"):  # a run that diverges is a finding, not a warning
        recorder.record(0)
        batches = _Batches(task.parts["train"], recipe.batch_size, seeds)
        optimizer = _Update(network, recipe)
        for epoch in range(1, recipe.epochs + 1):
            for inputs, targets in batches.epoch():
                _take_step(network, task.loss, inputs, targets)
                optimizer.apply()
            recorder.record(epoch)
            on_epoch()
    return recorder.records()


def _take_step(network: StackedMLP, loss: Loss, inputs: FloatArray, targets: FloatArray) -> None:
    """Leave the gradients of one batch in the network."""
    logits = network.forward(inputs)
    loss.gradient(logits, targets, network.logit_deltas(inputs.shape[1]))
    network.backward(inputs)


class _Batches:
    """Batches of every stream, epoch by epoch: ``(S, B, D + 1)`` inputs, ``(S, 1, K, B)`` targets.

    A full batch has no order, so all streams share one.
    """

    def __init__(self, part: Part, batch_size: int | None, seeds: Sequence[int]) -> None:
        self._part = part
        self._size = min(batch_size or len(part.inputs), len(part.inputs))
        self._generators = [generator(seed, Stream.BATCHES) for seed in seeds]

    def epoch(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the batches of the next epoch."""
        count = len(self._part.inputs)
        if self._size == count:
            yield self._gather(np.arange(count)[np.newaxis])
            return
        orders = np.stack([rng.permutation(count) for rng in self._generators])
        for start in range(0, count, self._size):
            yield self._gather(orders[:, start : start + self._size])

    def _gather(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        targets = self._part.targets[rows]
        return self._part.inputs[rows], np.swapaxes(targets, 1, 2)[:, np.newaxis]


class _Update:
    """An optimizer with the state and the hyper-parameters of one stack."""

    def __init__(self, network: StackedMLP, recipe: Recipe) -> None:
        self._network = network
        self._optimizer: Optimizer = OPTIMIZERS[recipe.optimizer]
        each = np.ones(network.runs)
        self._hyperparameters = hyperparameters(
            recipe.learning_rate * each, recipe.momentum * each, network.dtype
        )
        buffers = self._optimizer.buffers(self._hyperparameters)
        self._state = np.zeros((buffers, *network.parameters.shape), network.dtype)

    def apply(self) -> None:
        """Move the network's parameters along the gradients that it holds."""
        self._optimizer.step(
            self._network.parameters, self._network.gradients, self._state, self._hyperparameters
        )
