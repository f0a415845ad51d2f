r"""Starts that look at gradients: drawn, and then scaled layer by layer to make training easy.

Both learn one number a layer, by descent on a function of the gradient. Its derivatives need
products with the Hessian, which are differences of gradients here.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.initializers.adapting import (
    Batch,
    Passes,
    biases_of,
    dots,
    gradient,
    hessian_product,
    lengths,
    weights_of,
)
from initbench.initializers.citations import Citation
from initbench.initializers.entry import scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.options import OpenFraction, Positive, PositiveInt

if TYPE_CHECKING:
    from initbench.nn import StackedMLP

_LARGER: Final = 1e-4
"""By which part of itself a layer is larger in a difference of gradient quotients."""

_SHRINK: Final = 0.5
"""The smallest part of a layer's norm that a step of MetaInit leaves."""

_LEAST: Final = 0.01
"""The smallest factor that GradInit learns."""

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8


def scaled_he(layer: LayerSpec, *, gain: Positive = 1.0) -> float:
    r"""Return the variance :math:`2 gain^2 / n_\text{in}` of what is drawn before it is adapted."""
    return 2.0 * gain * gain / layer.fan_in


def metainit(
    network: "StackedMLP",
    batch: Batch,
    *,
    learning_rate: Positive = 0.03,
    momentum: OpenFraction = 0.9,
    steps: PositiveInt = 500,
    epsilon: Positive = 1e-5,
) -> Passes:
    r"""Change the norm of each layer's weights so that a step changes the gradient less.

    What is made small is the gradient quotient, the mean over all parameters of
    :math:`|(g - Hg)_i / (g_i + \epsilon s_i) - 1|`, s the sign of g: the relative change of the
    gradient in one step. Norms move by the sign of its derivative, with momentum. Here a step
    halves a norm at most, and sees one batch of training samples; the authors' sees fresh noise,
    and its rate is 0.1, which is for tensors larger than a small network's.

    References
    ----------
    Dauphin, Schoenholz, "MetaInit: initializing learning by learning to initialize", NeurIPS 2019,
    eq. 1 and algorithm 1; code of the appendix as others reproduce it.
    """
    counted = Passes(network.runs)
    velocity = np.zeros((network.runs, len(network.layers)))
    for _ in range(steps):
        slopes = quotient_slopes(network, batch, epsilon)
        counted.count(3 * (1 + len(network.layers)) * batch.size)
        for index, weights in enumerate(weights_of(network)):
            norm = np.sqrt(dots(weights, weights))
            velocity[:, index] *= momentum
            velocity[:, index] -= learning_rate * np.sign(slopes[:, index])
            grown = 1.0 + velocity[:, index] / np.where(norm > 0.0, norm, 1.0)
            weights[:] *= np.maximum(grown, _SHRINK)[:, np.newaxis, np.newaxis]
    return counted


def gradient_quotient(network: "StackedMLP", batch: Batch, epsilon: float) -> FloatArray:
    """Return the gradient quotient of each run, ``(R,)``: three gradients."""
    found = gradient(network, batch)
    divisor = found + epsilon * np.where(found >= 0.0, 1.0, -1.0)
    off = (found - hessian_product(network, batch, found)) / divisor - 1.0
    return np.asarray(np.abs(off).mean(axis=1))


def quotient_slopes(network: "StackedMLP", batch: Batch, epsilon: float) -> FloatArray:
    """Return what the gradient quotient grows by with the logarithm of each norm, ``(R, L)``.

    It is the difference to a layer that is a little larger. That moves no rectifier to its other
    side while there are no biases, as a step in any other direction would.
    """
    here = gradient_quotient(network, batch, epsilon)
    slopes = []
    for weights in weights_of(network):
        kept = weights.copy()
        weights[:] *= 1.0 + _LARGER
        slopes.append((gradient_quotient(network, batch, epsilon) - here) / _LARGER)
        weights[:] = kept
    return np.stack(slopes, axis=1)


def gradinit(
    network: "StackedMLP",
    batch: Batch,
    *,
    eta: Positive = 0.1,
    gamma: Positive = 1.0,
    learning_rate: Positive = 1e-2,
    steps: PositiveInt = 390,
) -> Passes:
    r"""Learn a factor for each layer, so that the loss after one step of descent is small.

    In each step, a run whose gradient is longer than `gamma` makes it shorter; any other makes
    :math:`L(\theta - \eta g)` smaller, g taken as fixed. Factors, of weights and of biases that are
    not zero, start at one, move by Adam with derivatives that are clipped at ±1, and stay above a
    hundredth. The gradient is of two thirds of the batch, and the loss of two thirds, one of which
    is the same.

    References
    ----------
    Zhu, Ni, Xu, Kong, Huang, Goldstein, "GradInit: learning to initialize neural networks for
    stable and efficient training", NeurIPS 2021, eq. 1 and algorithm 1; the authors'
    ``gradinit_utils.py``, ``gradinit_optimizers.py`` and, for rates and steps of a network without
    normalization, ``run_gradinit.sh``, where the gradient is also divided by its length.
    """
    counted = Passes(network.runs)
    third = max(batch.size // 3, 1)
    first = batch.rows(slice(2 * third))
    second = batch.rows(slice(third), slice(-third, None))
    start = network.parameters.copy()
    scales = _Scales(network, start)
    for _ in range(steps):
        slope = gradient(network, first)
        too_long = lengths(slope) > gamma
        counted.count(first.size)
        if too_long.any():
            counted.count(2 * first.size, too_long)
            by_length = hessian_product(network, first, slope) / lengths(slope)[:, np.newaxis]
            scales.move(by_length, too_long, learning_rate, constraint=True)
        if not too_long.all():
            counted.count(second.size, ~too_long)
            network.parameters -= eta * slope
            ahead = gradient(network, second) / eta
            scales.move(ahead, ~too_long, learning_rate, constraint=False)
        scales.apply()
    return counted


class _Scales:
    """Factors on the parts of a stack, and their two Adams: for the constraint and for the loss."""

    def __init__(self, network: "StackedMLP", start: FloatArray) -> None:
        self._network, self._start = network, start
        parts = [*weights_of(network, start), *biases_of(network, start)]
        self._parts = [part for part in parts if part.size]
        shape = (network.runs, len(self._parts))
        self.factors = np.ones(shape)
        self._moments = np.zeros((2, 2, *shape))
        self._steps = np.zeros((2, network.runs, 1))

    def move(
        self, slope: FloatArray, runs: BoolArray, learning_rate: float, *, constraint: bool
    ) -> None:
        """Take a step of Adam against a derivative by all parameters, in those runs."""
        layers = [*weights_of(self._network, slope), *biases_of(self._network, slope)]
        slopes = [part for part in layers if part.size]
        pairs = zip(slopes, self._parts, strict=True)
        by_factor = np.clip(np.stack([dots(*pair) for pair in pairs], axis=1), -1.0, 1.0)
        mean, square = self._moments[int(constraint)]
        steps = self._steps[int(constraint)]
        chosen = runs[:, np.newaxis]
        np.copyto(mean, _BETA1 * mean + (1.0 - _BETA1) * by_factor, where=chosen)
        np.copyto(square, _BETA2 * square + (1.0 - _BETA2) * by_factor**2, where=chosen)
        steps += chosen
        at = np.maximum(steps, 1.0)
        size = mean / (1.0 - _BETA1**at) / (np.sqrt(square / (1.0 - _BETA2**at)) + _TINY)
        moved = np.maximum(self.factors - learning_rate * size, _LEAST)
        np.copyto(self.factors, moved, where=chosen)

    def apply(self) -> None:
        """Make the parameters what they were at the start, times the factors."""
        self._network.parameters[:] = self._start
        own = [*weights_of(self._network), *biases_of(self._network)]
        for index, part in enumerate(part for part in own if part.size):
            part[:] *= self.factors[:, index, np.newaxis, np.newaxis]


GRADIENT_DRIVEN = (
    scaled_scheme(
        "metainit",
        "normal",
        scaled_he,
        adapt=metainit,
        samples=64,
        formula="N(0, 2 gain² / fan_in), then norms that make the gradient quotient small",
        reference="Dauphin & Schoenholz (2019), eq. 1 and algorithm 1",
        summary="learns the norm of each layer so that one step changes the gradient less",
        recommended_for="correcting badly scaled initial weights of any network",
        citation=Citation(
            "Yann N. Dauphin and Samuel S. Schoenholz",
            "MetaInit: initializing learning by learning to initialize",
            "NeurIPS",
            2019,
        ),
    ),
    scaled_scheme(
        "gradinit",
        "normal",
        scaled_he,
        adapt=gradinit,
        samples=192,
        formula="N(0, 2 gain² / fan_in), then factors that make the loss after a step small",
        reference="Zhu et al. (2021), eq. 1 and algorithm 1",
        summary="learns a factor per layer so that the first step reduces the loss most",
        recommended_for="networks that are trained without normalization or warm-up",
        citation=Citation(
            "Chen Zhu and Renkun Ni and Zheng Xu and Kezhi Kong and W. Ronny Huang and Tom"
            " Goldstein",
            "GradInit: learning to initialize neural networks for stable and efficient training",
            "NeurIPS",
            2021,
        ),
    ),
)
