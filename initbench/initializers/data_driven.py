"""Schemes that look at data: drawn, and then scaled by what layers or gradients make of samples.

Layer by layer, from the input on, a layer is changed before what it makes is given to the next, so
one way through the network is enough. MetaInit and GradInit learn one number a layer, by descent on
a function of the gradient, whose derivatives need products with the Hessian: differences of
gradients here.
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
from initbench.initializers.draws import signed_orthogonal
from initbench.initializers.entry import Initializer, scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative, OpenFraction, Positive, PositiveInt
from initbench.seeding import Stream, generator

if TYPE_CHECKING:
    from initbench.nn import StackedMLP

_CALIBRATIONS: Final = 10
"""How often gradients are looked at, as in the authors' code."""

_LLOYD: Final = 100
"""Steps after which the search for clusters ends."""

_CLUSTERS: Final = 2
"""The stream of the points from which it begins, beside that of batches and noise."""


_ROUNDING: Final = 1e-12
"""Deviation of outputs, as a share of the largest one, that is rounding of a constant."""


def lsuv(
    network: "StackedMLP",
    batch: Batch,
    *,
    tolerance: Positive = 0.02,
    passes: PositiveInt = 20,
) -> Passes:
    """Divide each layer's weights by the deviation of its outputs until that is near one.

    From the input on, until the variance over samples and units is within `tolerance` of 1, at most
    `passes` times. A layer whose outputs do not vary is left as it is.

    References
    ----------
    Mishkin, Matas, "All you need is a good init", ICLR 2016, algorithm 1; tolerance and passes as
    in the authors' ``lsuv_init.py``, which measures before the activation and from then on lets go.
    """
    counted = Passes(network.runs)
    layers = zip(network.given(batch.inputs), network.layers, weights_of(network), strict=True)
    for given, layer, weights in layers:
        going = np.ones(network.runs, bool)
        for _ in range(passes):
            share = layer[0].size / sum(each[0].size for each in network.layers)
            counted.count(batch.size * share, going, backward=0)
            made = _flat(np.matmul(layer.mT, given))
            variance = made.var(axis=-1)
            going &= (np.abs(variance - 1.0) >= tolerance) & _varies(np.sqrt(variance), made)
            if not going.any():
                break
            weights[:] /= np.sqrt(np.where(going, variance, 1.0))[:, np.newaxis, np.newaxis]
    return counted


def krahenbuhl(
    network: "StackedMLP",
    batch: Batch,
    *,
    bias: NonNegative = 0.1,
    tolerance: Positive = 0.01,
) -> Passes:
    r"""Standardise each unit on data, then let all layers learn at one rate.

    A unit's weights are divided by the deviation of its outputs, and its bias becomes
    :math:`b - \mu / \sigma`, b being the option `bias`. Then each layer is multiplied by
    :math:`\sqrt{r / r^*}`, r its ratio of the gradient's mean square to the weights', rooted, and
    :math:`r^*` the geometric mean of all, times the L-th root of the outputs' deviation; biases
    grow with what their layer is given. That is done until ratios are within `tolerance` of each
    other, at most ten times. The gradient is that of a random linear function of the outputs, one
    a seed here, where the authors draw another each time. A run without a gradient stays.

    References
    ----------
    Krähenbühl, Doersch, Donahue, Darrell, "Data-dependent initializations of convolutional neural
    networks", ICLR 2016, sections 3.1 and 3.2; the authors' ``magic_init.py``.
    """
    counted = Passes(network.runs)
    spread = _standardise(network, batch, bias)
    counted.count(2 * batch.size, backward=0)
    inputs = enumerate(network.given(batch.inputs))
    sizes = np.stack([_size(network, given, index) for index, given in inputs], axis=1)
    noise = batch.noise()
    going = np.ones(network.runs, bool)
    for _ in range(_CALIBRATIONS):
        counted.count(batch.size, going)
        slopes = gradient(network, batch, noise)
        pairs = zip(weights_of(network, slopes), weights_of(network), strict=True)
        squares = [[np.square(_flat(each)).mean(axis=-1) for each in pair] for pair in pairs]
        ratios = np.sqrt(np.stack([slope / weight for slope, weight in squares], axis=1))
        logs = np.log(np.where(going[:, np.newaxis], ratios, 1.0))
        target = logs.mean(axis=1) + np.log(spread) / len(network.layers)
        off = np.abs(logs - logs.mean(axis=1, keepdims=True)).max(axis=1)
        going &= np.isfinite(target) & (off >= tolerance)
        if not going.any():
            break
        counted.count(batch.size, going, backward=0)
        factors = np.where(going[:, np.newaxis], np.exp((logs - target[:, np.newaxis]) / 2.0), 1.0)
        sizes, spread = _rescale(network, batch, factors, sizes, going)
    return counted


def salimans_kingma(network: "StackedMLP", batch: Batch) -> Passes:
    r"""Give the outputs of every unit mean 0 and deviation 1 on data, layer after layer.

    A unit's weights are divided by the deviation of its outputs and its bias is minus their mean
    over that. With weight normalization, directions stay as drawn, and only lengths change.

    References
    ----------
    Salimans, Kingma, "Weight normalization: a simple reparameterization to accelerate training of
    deep neural networks", NIPS 2016; deviation 0.05 of the draw as in the authors'
    ``nn.py``.
    """
    counted = Passes(network.runs)
    _standardise(network, batch, 0.0)
    counted.count(2 * batch.size, backward=0)
    return counted


def krahenbuhl_pca(
    network: "StackedMLP",
    batch: Batch,
    *,
    bias: NonNegative = 0.1,
    tolerance: Positive = 0.01,
) -> Passes:
    r"""Start the first layer from principal components of the inputs, then do as `krahenbuhl`.

    Unit i has the i-th component of the centred inputs, from the largest on, over the root of its
    eigenvalue. Units beyond the number of components stay as drawn, and so do all units if there
    are fewer samples than units.

    References
    ----------
    Krähenbühl, Doersch, Donahue, Darrell, "Data-dependent initializations of convolutional neural
    networks", ICLR 2016, section 3.1; ``initializeWeight`` in the authors' ``magic_init.py``.
    """
    for samples, weights in zip(*_first_layer(network, batch), strict=True):
        if len(samples) >= weights.shape[1]:
            components = _whitening(samples, weights.shape[1])
            weights[:, : components.shape[1]] = components
    return krahenbuhl(network, batch, bias=bias, tolerance=tolerance)


def krahenbuhl_kmeans(
    network: "StackedMLP",
    batch: Batch,
    *,
    bias: NonNegative = 0.1,
    tolerance: Positive = 0.01,
) -> Passes:
    r"""Start the first layer from centres of clusters of the inputs, then do as `krahenbuhl`.

    Inputs are centred, whitened and scaled to length 1 before they are clustered, with as many
    centres as there are components. Units beyond that number, and all if there are fewer samples
    than units, stay as drawn. Clusters are found by Lloyd's algorithm, where the authors take
    mini-batches.

    References
    ----------
    Krähenbühl, Doersch, Donahue, Darrell, "Data-dependent initializations of convolutional neural
    networks", ICLR 2016, section 3.1; ``initializeWeight`` in the authors' ``magic_init.py``.
    """
    walk = zip(*_first_layer(network, batch), batch.seeds, strict=True)
    for samples, weights, seed in walk:
        if len(samples) < weights.shape[1]:
            continue
        whitening = _whitening(samples, weights.shape[1])
        white = (samples - samples.mean(axis=0)) @ whitening
        lengths = np.linalg.norm(white, axis=1, keepdims=True)
        white /= np.where(lengths > 0.0, lengths, 1.0)
        # Lloyd's algorithm, from points chosen at random.
        order = generator(seed, Stream.PROBE, _CLUSTERS).permutation(len(white))
        centres, nearest = white[order[: white.shape[1]]].copy(), np.full(len(white), -1)
        for _ in range(_LLOYD):
            squares = np.square(white[:, np.newaxis] - centres).sum(axis=-1)
            latest = squares.argmin(axis=1)
            if np.array_equal(latest, nearest):
                break
            nearest = latest
            for index in np.unique(nearest):
                centres[index] = white[nearest == index].mean(axis=0)
        found = whitening @ centres.T
        drawn = weights[:, : found.shape[1]]
        weights[:, : found.shape[1]] = np.where(np.any(found != 0.0, axis=0), found, drawn)
    return krahenbuhl(network, batch, bias=bias, tolerance=tolerance)


def _first_layer(network: "StackedMLP", batch: Batch) -> tuple[FloatArray, FloatArray]:
    """Return each run's inputs ``(R, B, D)``, and the weights of its first layer, as a view."""
    runs = network.runs // len(batch.inputs)
    return np.repeat(batch.inputs[:, :, :-1], runs, axis=0), next(iter(weights_of(network)))


def _whitening(samples: FloatArray, units: int) -> FloatArray:
    """Return components over the roots of their eigenvalues, largest first, ``(D, k)``."""
    centred = samples - samples.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(values)[::-1][:units]
    values, vectors = values[order], vectors[:, order]
    scale = np.where(values >= 1e-6, 1.0 / np.sqrt(np.maximum(values, 0.0) + 1e-3), 0.0)
    return np.asarray((vectors * scale)[:, values >= 1e-6])


def _standardise(network: "StackedMLP", batch: Batch, bias: float) -> FloatArray:
    """Give the outputs of each unit the mean `bias` and deviation 1; return the last deviation."""
    spread = np.ones(network.runs)
    walk = zip(
        network.given(batch.inputs),
        network.layers,
        weights_of(network),
        biases_of(network),
        strict=True,
    )
    for given, layer, weights, biases in walk:
        biases[:] = 0.0
        made = np.matmul(layer.mT, given)
        mean, deviation = made.mean(axis=-1), made.std(axis=-1)
        varies = _varies(deviation, made)
        scale = np.where(varies, deviation, 1.0)[:, np.newaxis]
        weights[:] /= scale
        biases[:] = bias - np.where(varies, mean, 0.0)[:, np.newaxis] / scale
        spread = varies.mean(axis=-1)
    return np.asarray(np.where(spread > 0.0, spread, 1.0))


def _rescale(
    network: "StackedMLP", batch: Batch, factors: FloatArray, sizes: FloatArray, going: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Multiply layers by factors ``(R, L)`` and biases also by how what they are given has grown.

    Returns
    -------
    sizes : ndarray of shape (R, L)
        What each layer is given now.
    spread : ndarray of shape (R,)
        Mean deviation of the outputs.
    """
    now, spread = sizes.copy(), np.ones(network.runs)
    walk = zip(network.given(batch.inputs), network.layers, biases_of(network), strict=True)
    for index, (given, layer, biases) in enumerate(walk):
        now[:, index] = _size(network, given, index)
        grown = np.where(going & (sizes[:, index] > 0.0), now[:, index] / sizes[:, index], 1.0)
        biases[:] *= grown[:, np.newaxis, np.newaxis]
        layer[:] *= factors[:, index, np.newaxis, np.newaxis]
        spread = np.matmul(layer.mT, given).std(axis=-1).mean(axis=-1)
    return now, spread


def _size(network: "StackedMLP", given: FloatArray, index: int) -> FloatArray:
    """Return the mean absolute input of a layer, ``(R,)``."""
    fan_in, _ = network.architecture.layers[index]
    return np.asarray(np.abs(_flat(given[:, :fan_in])).mean(axis=-1))


def _varies(deviation: FloatArray, made: FloatArray) -> BoolArray:
    """Tell which outputs vary over their last axis, by more than the rounding of a constant."""
    return np.asarray(deviation > _ROUNDING * np.abs(made).max(axis=-1))


def _flat(values: FloatArray) -> FloatArray:
    return values.reshape(len(values), -1)


KRAHENBUHL_2016 = Citation(
    "Philipp Krähenbühl and Carl Doersch and Jeff Donahue and Trevor Darrell",
    "Data-dependent initializations of convolutional neural networks",
    "ICLR",
    2016,
)

DATA_DRIVEN = (
    Initializer(
        name="lsuv",
        draw=lambda rng, layer: signed_orthogonal(rng, layer.shape),
        adapt=lsuv,
        variance=lambda layer: 1.0 / max(layer.shape),
        distribution="orthogonal",
        formula="orthonormal, then each layer divided by the std of its outputs on data",
        reference="Mishkin & Matas (2016), algorithm 1",
        summary="scales each layer until its outputs have variance 1 on training samples",
        recommended_for="deep networks of any activation, without normalization",
        citation=Citation(
            "Dmytro Mishkin and Jiri Matas", "All you need is a good init", "ICLR", 2016
        ),
    ),
    scaled_scheme(
        "krahenbuhl",
        "normal",
        lambda _layer: 1.0,
        adapt=krahenbuhl,
        formula="N(0, 1), then each unit divided by the std of its output; layers of one rate",
        reference="Krähenbühl et al. (2016), sections 3.1 and 3.2",
        summary="standardises every unit on data and equalises the learning speed of layers",
        recommended_for="networks of ReLU units, whose function is unchanged by rescaling",
        citation=KRAHENBUHL_2016,
        aliases=("magic_init",),
    ),
    scaled_scheme(
        "krahenbuhl_pca",
        "normal",
        lambda _layer: 1.0,
        adapt=krahenbuhl_pca,
        formula="N(0, 1), first layer principal components; then as krahenbuhl",
        reference="Krähenbühl et al. (2016), section 3.1",
        summary="krahenbuhl with principal components of the inputs as first-layer weights",
        recommended_for="networks of ReLU units on correlated features",
        citation=KRAHENBUHL_2016,
    ),
    scaled_scheme(
        "krahenbuhl_kmeans",
        "normal",
        lambda _layer: 1.0,
        adapt=krahenbuhl_kmeans,
        formula="N(0, 1), first layer centres of clusters; then as krahenbuhl",
        reference="Krähenbühl et al. (2016), section 3.1",
        summary="krahenbuhl with k-means centres of whitened inputs as first-layer weights",
        recommended_for="networks of ReLU units on inputs with clusters, such as images",
        citation=KRAHENBUHL_2016,
    ),
    scaled_scheme(
        "salimans_kingma",
        "normal",
        lambda _layer: 0.05**2,
        adapt=salimans_kingma,
        keeps_directions=True,
        formula="N(0, 0.05²), then each unit divided by the std of its output, less the mean",
        reference="Salimans & Kingma (2016)",
        summary="standardises every unit on data; with weight normalization, sets lengths only",
        recommended_for="networks with weight normalization",
        citation=Citation(
            "Tim Salimans and Diederik P. Kingma",
            "Weight normalization: a simple reparameterization to accelerate training of deep"
            " neural networks",
            "NIPS",
            2016,
        ),
    ),
)


# --- Schemes that look at gradients ---------------------------------------------------------------


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
