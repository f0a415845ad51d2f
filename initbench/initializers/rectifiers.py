"""Starts for ReLU networks that go beyond one variance: against dying, and against shattering.

A ReLU layer passes on what is positive. Paired with its mirror image it loses nothing, and a deep
network starts linear; drawn lopsided, fewer of its units are dead from the start.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.citations import Citation
from initbench.initializers.draws import scaled_normal, scaled_uniform, signed_orthogonal
from initbench.initializers.entry import Bias, Initializer, Requirement, scaled_scheme
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative, Positive

_RAI_SCALE = 0.6007
"""Deviation times sqrt(fan_in) of what is not the one positive entry: of V in Lu et al. (2019)."""


def hanin_rolnick(layer: LayerSpec) -> float:
    r"""Return the variance :math:`2 / n_\text{in}`.

    The variance is He's. What the authors add is about widths: the logarithm of a signal's length
    varies from draw to draw as the sum of 1 / width over the hidden layers.

    References
    ----------
    Hanin, Rolnick, "How to start training: the effect of initialization and architecture", NeurIPS
    2018, pages 571 to 581: failure modes FM1, which the variance avoids, and FM2, which a bounded
    sum of the reciprocal widths does.
    """
    return 2.0 / layer.fan_in


def arpit(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw units of random directions, whose weights all have one length.

    The length, :math:`\sqrt{2 n_\text{in} / n_\text{out}}`, keeps the norm of the signal in
    networks of weight-normalized ReLU layers. The last layer, which the authors leave without
    weight normalization, is :math:`U(\pm 1/\sqrt{n_\text{in}})`. In a network with weight
    normalization, the directions start with the lengths of the weights here, and with lengths near
    one in the authors' code.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Arpit, Campos, Bengio, "How to initialize your network? Robust initialization for WeightNorm and
    ResNets", NeurIPS 2019; the authors' ``init.py`` and, on the last layer, ``nets.py``.
    """
    if layer.is_last:
        return scaled_uniform(rng, layer, variance=1.0 / (3.0 * layer.fan_in))
    directions = rng.standard_normal(layer.shape)
    return np.asarray(_arpit_length(layer) * directions / np.linalg.norm(directions, axis=0))


def irnn(
    rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0, std: NonNegative = 0.001
) -> FloatArray:
    r"""Return `gain` · I for a square layer between hidden ones, and draw others from N(0, std²).

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Le, Jaitly, Hinton, "A simple way to initialize recurrent networks of rectified linear units",
    arXiv:1504.00941; the size of what is not recurrent from Keras' reproduction
    (``mnist_irnn.py``). A recurrent layer is, in a perceptron, a square one.
    """
    if _is_recurrent(layer):
        return gain * np.eye(layer.fan_in)
    return std * rng.standard_normal(layer.shape)


def looks_linear(rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0) -> FloatArray:
    r"""Return :math:`gain \cdot [[H, -H], [-H, H]]`, H orthogonal: a network that starts linear.

    Units come in pairs that see opposite signals, so that one of each pair passes on what the other
    drops. The first layer is :math:`[H, -H]` and the last :math:`[H; -H]`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    Raises
    ------
    UsageError
        A hidden layer has an odd number of units.

    References
    ----------
    Balduzzi, Frean, Leary, Lewis, Ma, McWilliams, "The shattered gradients problem", ICML 2017,
    read in reviews of it: with concatenated ReLUs the right half of a matrix is the negative of the
    left. Mirrored once more for plain ReLUs as in Burkholz, Dubatovka, "Initialization of ReLUs for
    dynamical isometry", NeurIPS 2019, whose text could not be read; that the network is linear at
    the start is tested.
    """
    rows, columns = _mirrors(layer)
    block = gain * signed_orthogonal(rng, (layer.fan_in // rows, layer.fan_out // columns))
    return np.kron(np.outer([1.0, -1.0][:rows], [1.0, -1.0][:columns]), block)


def rai(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw weights and bias of each unit small, but for one of them, which is Beta(2, 1).

    Entries of :math:`[w, b]` are :math:`N(0, 0.6007^2 / n_\text{in})`; one of them, chosen at
    random, is drawn from the positive numbers up to one. Few units are then dead on all inputs. The
    first layer is He's, without biases.

    Returns
    -------
    ndarray of shape (fan_in + 1, fan_out)
        The last row is the bias.

    References
    ----------
    Lu, Shin, Su, Karniadakis, "Dying ReLU and initialization: theory and numerical examples",
    arXiv:1903.06733; read in code that reproduces it.
    """
    if layer.is_first:
        weights = scaled_normal(rng, layer, variance=2.0 / layer.fan_in)
        return np.vstack([weights, np.zeros(layer.fan_out)])
    weights = _rai_std(layer) * rng.standard_normal((layer.fan_in + 1, layer.fan_out))
    chosen = rng.integers(layer.fan_in + 1, size=layer.fan_out)
    weights[chosen, np.arange(layer.fan_out)] = rng.beta(2.0, 1.0, size=layer.fan_out)
    return weights


def _arpit_length(layer: LayerSpec) -> float:
    return float(np.sqrt(2.0 * layer.fan_in / layer.fan_out))


def _arpit_law(layer: LayerSpec) -> Law:
    if layer.is_last:
        return laws.uniform(-1.0 / np.sqrt(layer.fan_in), 1.0 / np.sqrt(layer.fan_in))
    return laws.sphere(_arpit_length(layer), layer.fan_in)


def _is_recurrent(layer: LayerSpec) -> bool:
    return layer.fan_in == layer.fan_out and not layer.is_first and not layer.is_last


def _mirrors(layer: LayerSpec) -> tuple[int, int]:
    """Return how many copies of the block lie below and beside each other."""
    rows, columns = (1 if layer.is_first else 2), (1 if layer.is_last else 2)
    if layer.fan_in % rows or layer.fan_out % columns:
        odd = layer.fan_in if layer.fan_in % rows else layer.fan_out
        raise UsageError(
            f"looks_linear pairs the units of hidden layers, and {odd} of them do not pair:"
            " give every hidden layer an even number"
        )
    return rows, columns


def _longer_side(layer: LayerSpec) -> int:
    rows, columns = _mirrors(layer)
    return max(layer.fan_in // rows, layer.fan_out // columns)


def _rai_std(layer: LayerSpec) -> float:
    return float(_RAI_SCALE / np.sqrt(layer.fan_in))


def _rai_law(layer: LayerSpec) -> Law:
    chance = 1.0 / (layer.fan_in + 1)
    return laws.mixture(
        (1.0 - chance, laws.normal(0.0, _rai_std(layer))), (chance, laws.beta(2.0, 1.0))
    )


def _rai_mean(layer: LayerSpec) -> float:
    return 0.0 if layer.is_first else 2.0 / 3.0 / (layer.fan_in + 1)


def _rai_variance(layer: LayerSpec) -> float:
    if layer.is_first:
        return 2.0 / layer.fan_in
    chance = 1.0 / (layer.fan_in + 1)
    return (1.0 - chance) * _rai_std(layer) ** 2 + chance / 2.0 - _rai_mean(layer) ** 2


RECTIFIERS = (
    scaled_scheme(
        "hanin_rolnick",
        "normal",
        hanin_rolnick,
        formula="N(0, 2 / fan_in)",
        reference="Hanin & Rolnick (2018)",
        summary="He's variance; networks vary as the sum of 1 / width, so depth needs width",
        recommended_for="deep ReLU networks whose widths keep the sum of 1 / width small",
        citation=Citation(
            "Boris Hanin and David Rolnick",
            "How to start training: the effect of initialization and architecture",
            "NeurIPS",
            2018,
        ),
    ),
    Initializer(
        name="irnn",
        draw=irnn,
        variance=lambda layer, gain, std: (
            gain * gain / layer.fan_in * (1.0 - 1.0 / layer.fan_in)
            if _is_recurrent(layer)
            else std * std
        ),
        mean=lambda layer, gain, **_: gain / layer.fan_in if _is_recurrent(layer) else 0.0,
        distribution=lambda layer, **_: "deterministic" if _is_recurrent(layer) else "normal",
        formula="gain · I where square and between hidden layers; else N(0, std²)",
        reference="Le, Jaitly & Hinton (2015)",
        summary="identity matrices: positive signals pass ReLU layers unchanged",
        requires=Requirement(activations=("relu",), why="ReLU repeats the identity unchanged"),
        recommended_for="recurrent ReLU networks; multilayer perceptrons of constant width",
        citation=Citation(
            "Quoc V. Le and Navdeep Jaitly and Geoffrey E. Hinton",
            "A simple way to initialize recurrent networks of rectified linear units",
            "arXiv:1504.00941",
            2015,
        ),
    ),
    Initializer(
        name="looks_linear",
        draw=looks_linear,
        variance=lambda layer, gain: gain * gain / _longer_side(layer),
        distribution="mirrored",
        law=lambda layer, gain: laws.sphere(gain, _longer_side(layer)),
        formula="gain · [[H, -H], [-H, H]], H orthogonal; first layer [H, -H], last [H; -H]",
        reference="Balduzzi et al. (2017)",
        summary="mirrored units: a deep ReLU network starts as an orthogonal linear map",
        requires=Requirement(
            activations=("relu",), why="relu(z) and relu(-z) together keep all of z"
        ),
        recommended_for="deep ReLU networks without residual connections or normalization",
        citation=Citation(
            "David Balduzzi and Marcus Frean and Lennox Leary and J. P. Lewis and Kurt Wan-Duo Ma"
            " and Brian McWilliams",
            "The shattered gradients problem: if resnets are the answer, then what is the"
            " question?",
            "ICML",
            2017,
        ),
        aliases=("mirrored",),
    ),
    Initializer(
        name="rai",
        draw=rai,
        draws_bias=True,
        variance=_rai_variance,
        mean=_rai_mean,
        distribution=lambda layer: "normal" if layer.is_first else "mixture",
        law=lambda layer: (
            laws.normal(0.0, float(np.sqrt(2.0 / layer.fan_in)))
            if layer.is_first
            else _rai_law(layer)
        ),
        formula="[w, b] ~ N(0, 0.6007² / fan_in), one Beta(2, 1); first layer N(0, 2 / fan_in)",
        reference="Lu et al. (2019)",
        summary="one positive weight per unit: fewer narrow ReLU networks are born dead",
        bias=Bias(
            draw=rai,
            variance=lambda layer: 0.0 if layer.is_first else _rai_variance(layer),
            mean=_rai_mean,
            distribution="mixture",
            law=lambda layer: laws.constant(0.0) if layer.is_first else _rai_law(layer),
            formula="as a weight; first layer 0",
        ),
        requires=Requirement(activations=("relu",), why="it keeps ReLU units from dying"),
        recommended_for="deep and narrow ReLU networks",
        citation=Citation(
            "Lu Lu and Yeonjong Shin and Yanhui Su and George Em Karniadakis",
            "Dying ReLU and initialization: theory and numerical examples",
            "arXiv:1903.06733",
            2019,
        ),
        aliases=("randomized_asymmetric",),
    ),
    Initializer(
        name="arpit",
        draw=arpit,
        variance=lambda layer: 1.0 / (3.0 * layer.fan_in) if layer.is_last else 2.0 / layer.fan_out,
        distribution=lambda layer: "uniform" if layer.is_last else "unit_norm",
        law=_arpit_law,
        formula="‖w‖ = sqrt(2 fan_in / fan_out); last layer U(±1 / sqrt(fan_in))",
        reference="Arpit, Campos & Bengio (2019)",
        summary="weight lengths that keep the signal through weight-normalized ReLU layers",
        recommended_for="ReLU networks with weight normalization",
        citation=Citation(
            "Devansh Arpit and Víctor Campos and Yoshua Bengio",
            "How to initialize your network? Robust initialization for WeightNorm and ResNets",
            "NeurIPS",
            2019,
        ),
    ),
)
