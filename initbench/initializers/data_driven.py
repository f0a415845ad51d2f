"""Starts that look at data: drawn, and then scaled by what each layer makes of training samples.

Layer by layer, from the input on, a layer is changed before what it makes is given to the next, so
one way through the network is enough.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.initializers.adapting import Batch, Passes, biases_of, gradient, weights_of
from initbench.initializers.citations import Citation
from initbench.initializers.draws import signed_orthogonal
from initbench.initializers.entry import Initializer, scaled_scheme
from initbench.options import NonNegative, Positive, PositiveInt
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
        ratios = _ratios(network, gradient(network, batch, noise))
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
        centres = _centres(white, white.shape[1], generator(seed, Stream.PROBE, _CLUSTERS))
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


def _centres(points: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Return centres of clusters by Lloyd's algorithm, from points chosen at random, ``(k, D)``."""
    centres = points[rng.permutation(len(points))[:count]].copy()
    nearest = np.full(len(points), -1)
    for _ in range(_LLOYD):
        squares = np.square(points[:, np.newaxis] - centres).sum(axis=-1)
        latest = squares.argmin(axis=1)
        if np.array_equal(latest, nearest):
            break
        nearest = latest
        for index in np.unique(nearest):
            centres[index] = points[nearest == index].mean(axis=0)
    return centres


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


def _ratios(network: "StackedMLP", gradients: FloatArray) -> FloatArray:
    """Return the root of the gradient's mean square over the weights', ``(R, L)``."""
    pairs = zip(weights_of(network, gradients), weights_of(network), strict=True)
    columns = [
        np.square(_flat(g)).mean(axis=-1) / np.square(_flat(w)).mean(axis=-1) for g, w in pairs
    ]
    return np.asarray(np.sqrt(np.stack(columns, axis=1)))


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
        formula="orthonormal, then each layer over the deviation of its outputs on data",
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
        formula="N(0, 1), then each unit over the deviation of its output; layers of one rate",
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
        formula="N(0, 0.05²), then each unit over the deviation of its output, less the mean",
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
