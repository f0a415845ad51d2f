r"""Adapting: what schemes that look at data are given, and what they are made of.

Such a scheme draws, and then changes the weights of a whole stack, each run by itself: it looks at
a batch of the run's own seed, and what it has done to one run does not depend on the others. All of
it is in double precision, since second derivatives are taken as differences of gradients.

What a scheme costs is counted, so that what it wins can be held against training for as long.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.seeding import Stream, generator

if TYPE_CHECKING:
    from initbench.nn import BoundLoss, StackedMLP

NUDGE: Final = 1e-7
"""How far a central difference steps, over the length of the parameters: so little that hardly a
rectifier changes sides between its ends, and enough for rounding to leave eight digits."""

_NOISE: Final = 1


@dataclass(frozen=True)
class Batch:
    """Training samples, others for each seed."""

    inputs: FloatArray  # shape (S, B, D + 1): the last feature is one
    targets: FloatArray  # shape (S, 1, K, B)
    loss: "BoundLoss"
    seeds: tuple[int, ...]

    @property
    def size(self) -> int:
        """B."""
        return int(self.inputs.shape[1])

    def rows(self, *parts: slice) -> "Batch":
        """Return the batch of some of the samples."""
        indices = np.concatenate([np.arange(self.size)[part] for part in parts])
        return replace(self, inputs=self.inputs[:, indices], targets=self.targets[..., indices])

    def noise(self) -> FloatArray:
        """Return standard normal numbers in the targets' shape, the same whenever asked."""
        shape = self.targets.shape[1:]
        streams = [generator(seed, Stream.PROBE, _NOISE) for seed in self.seeds]
        return np.stack([stream.standard_normal(shape) for stream in streams])


class Passes:
    """What was computed for each run of a stack.

    Attributes
    ----------
    forward, backward : ndarray of shape (R,)
        Samples that went through the network, each way; a part of the network is a part of a
        sample.
    """

    def __init__(self, runs: int) -> None:
        self.forward: FloatArray = np.zeros(runs)
        self.backward: FloatArray = np.zeros(runs)

    def count(
        self, samples: float, runs: BoolArray | None = None, *, backward: float | None = None
    ) -> None:
        """Add passes of those runs, or of all; as many samples go back, if not said otherwise."""
        chosen = 1.0 if runs is None else runs.astype(float)
        self.forward += samples * chosen
        self.backward += (samples if backward is None else backward) * chosen

    def epochs(self, samples: int) -> FloatArray:
        """Return the cost in epochs of training on so many samples, ``(R,)``.

        The way back takes two products a layer, the way forward one.
        """
        return np.asarray((self.forward + 2.0 * self.backward) / (3.0 * samples))


def weights_of(network: "StackedMLP", flat: FloatArray | None = None) -> Iterator[FloatArray]:
    """Yield the weights of each layer, biases left out, as views ``(R, fan_in, fan_out)``.

    With `flat`, ``(R, P)``, those of that array and not of the parameters.
    """
    layers = network.layers if flat is None else network.layer_views(flat)
    for layer, (fan_in, _) in zip(layers, network.architecture.layers, strict=True):
        yield layer[:, :fan_in]


def biases_of(network: "StackedMLP", flat: FloatArray | None = None) -> Iterator[FloatArray]:
    """Yield the biases of each layer as views ``(R, 1, fan_out)``; ``(R, 0, fan_out)`` for none.

    With `flat`, ``(R, P)``, those of that array and not of the parameters.
    """
    layers = network.layers if flat is None else network.layer_views(flat)
    for layer, (fan_in, _) in zip(layers, network.architecture.layers, strict=True):
        yield layer[:, fan_in:]


def gradient(network: "StackedMLP", batch: Batch, deltas: FloatArray | None = None) -> FloatArray:
    """Return the gradient of a batch's loss by all parameters, ``(R, P)``.

    `deltas`: shape (S, 1, K, B); the derivative by the logits, where it is not that of the loss.
    """
    logits = network.forward(batch.inputs, training=True)
    buffer = network.deltas_for(logits)
    if deltas is None:
        batch.loss.gradient(logits, batch.targets, buffer)
    else:
        buffer[:] = deltas
    network.backward(buffer)
    return network.gradients.copy()


def hessian_product(network: "StackedMLP", batch: Batch, direction: FloatArray) -> FloatArray:
    r"""Return the Hessian of a batch's loss times a direction, ``(R, P)``: two gradients.

    It is the central difference :math:`(g(\theta + h v) - g(\theta - h v)) / 2h`, with a step
    :math:`h v` that is `NUDGE` times as long as the parameters.
    """
    here = network.parameters.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (NUDGE * lengths(here) / lengths(direction))[:, np.newaxis]
    step[~np.isfinite(step)] = 0.0
    network.parameters[:] = here + step * direction
    above = gradient(network, batch)
    network.parameters[:] = here - step * direction
    below = gradient(network, batch)
    network.parameters[:] = here
    return np.asarray((above - below) / np.where(step > 0.0, 2.0 * step, 1.0))


def lengths(flat: FloatArray) -> FloatArray:
    """Return the norm of each row, ``(R, P)`` to ``(R,)``."""
    return np.asarray(np.sqrt(np.square(flat).sum(axis=-1)))


def dots(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the sum over each run's products, ``(R, n, m)`` twice to ``(R,)``."""
    return np.asarray((one * other).reshape(len(one), -1).sum(axis=-1))
