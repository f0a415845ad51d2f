"""Schemes for one kind of activation: saturating units, smooth ones, rectifiers, sines.

The gain follows from what an activation does near zero, or on average. A rectifier passes on what
is positive: paired with its mirror image it loses nothing, and a deep network starts linear; drawn
lopsided, fewer of its units are dead from the start.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.biases import bias_of
from initbench.initializers.citations import Citation
from initbench.initializers.draws import scaled_normal, scaled_uniform, signed_orthogonal
from initbench.initializers.entry import Bias, Initializer, Requirement, scaled_scheme
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec, activation_moments, changed_options
from initbench.initializers.scaling import GLOROT_2010
from initbench.nn import BoundActivation
from initbench.options import NonNegative, Positive

_RANDOM_WALK_GAINS: Final[Mapping[str, Callable[[int], float]]] = {
    "linear": lambda fan_in: math.exp(1.0 / (2.0 * fan_in)),
    "relu": lambda fan_in: math.sqrt(2.0) * math.exp(1.2 / (max(fan_in, 6) - 2.4)),
    "tanh": lambda _fan_in: 1.13,
}


def random_walk(layer: LayerSpec) -> float:
    r"""Return the variance :math:`g^2 / n_\text{in}`, which keeps the gradient's log-norm unbiased.

    A mean square that is kept is not a typical one: in narrow layers the logarithm of a norm drifts
    down, and a larger gain makes up for it. For linear units :math:`g = \exp(1 / 2n)`, for ReLU
    :math:`\sqrt{2} \exp(1.2 / (\max(n, 6) - 2.4))`; for tanh 1.13, found by experiment.

    Raises
    ------
    UsageError
        There is no gain for what the network's hidden layers apply.

    References
    ----------
    Sussillo, Abbott, "Random walk initialization for training very deep feedforward networks",
    arXiv:1412.6558; gains read in TensorFlow's ``init_ops.py`` (``_random_walk``).
    """
    try:
        gain = _RANDOM_WALK_GAINS[layer.hidden_activation]
    except KeyError:
        raise UsageError(
            f"random_walk has gains for {', '.join(_RANDOM_WALK_GAINS)} networks,"
            f" not for {layer.hidden_activation}"
        ) from None
    return gain(layer.fan_in) ** 2 / layer.fan_in


def selu_lecun(layer: LayerSpec) -> float:
    r"""Return the variance :math:`1 / n_\text{in}`, with which SELU networks normalize themselves.

    References
    ----------
    Klambauer, Unterthiner, Mayr, Hochreiter, "Self-normalizing neural networks", NIPS 2017; the
    authors' ``SNNs`` repository names LeCun's start as the one that it requires.
    """
    return 1.0 / layer.fan_in


def kumar(layer: LayerSpec) -> float:
    r"""Return the variance :math:`1 / (n_\text{in} \, g'(0)^2 (1 + g(0)^2))`, g the activation.

    For tanh that is LeCun's variance; for the sigmoid, whose value at zero is not zero, the
    deviation is :math:`3.6 / \sqrt{n_\text{in}}`.

    References
    ----------
    Kumar, "On weight initialization in deep neural networks", arXiv:1704.08863, read in code of
    others, which takes 3.6² / n for the sigmoid. The author's own script for figure 3 passes 3.6
    to Keras' ``VarianceScaling``, and so draws with a variance of 3.6 / n.
    """
    activation, zero = layer.bound_activation, np.zeros(1)
    value, slope = float(activation.values(zero)[0]), float(activation.slopes(zero)[0])
    if slope == 0.0:
        raise UsageError(f"kumar needs a slope at zero, and {layer.hidden_activation} has none")
    return 1.0 / (layer.fan_in * slope**2 * (1.0 + value**2))


def siren(layer: LayerSpec, *, omega: Positive = 30.0) -> float:
    r"""Return the variance of :math:`U(\pm\sqrt{6 / n_\text{in}} / \omega)`, for units sin(ω z).

    In a network of ``sin``, an `omega` of 30, the default, stands for the omega of that activation.
    The first layer is :math:`U(\pm 1 / n_\text{in})`. Biases, which the paper's theorem leaves out,
    start at zero; its code leaves them as PyTorch draws them.

    References
    ----------
    Sitzmann, Martel, Bergman, Lindell, Wetzstein, "Implicit neural representations with periodic
    activation functions", NeurIPS 2020, section 3.2 and, on omega, section 1.5 of the supplement;
    bounds as in the ``SineLayer`` of the authors' ``explore_siren.ipynb``.
    """
    if layer.is_first:
        return 1.0 / (3.0 * layer.fan_in**2)
    return 2.0 / (layer.fan_in * omega * omega)


def autoinit(layer: LayerSpec) -> float:
    r"""Return the variance :math:`1 / (n_\text{in} E[x^2])`, for outputs of variance 1.

    The first layer is given standardised inputs, :math:`E[x^2] = 1`; the others
    :math:`E[\varphi(z)^2]`, z standard normal, for the activation with its options. The authors
    track the distribution through any network; here a layer's inputs are always activations.

    Raises
    ------
    UsageError
        The activation of a standard normal preactivation is zero.

    References
    ----------
    Bingham, Miikkulainen, "AutoInit: analytic signal-preserving weight initialization for neural
    networks", AAAI 2023; the authors' ``estimators/dense.py``, whose draw is truncated.
    """
    if layer.is_first:
        return 1.0 / layer.fan_in
    _, square = activation_moments(layer.hidden_activation, layer.activation_options)
    if square == 0.0:
        raise UsageError(f"autoinit needs a signal, and {layer.hidden_activation} gives none")
    return 1.0 / (layer.fan_in * square)


def tanh_fixed_point(
    rng: np.random.Generator, layer: LayerSpec, *, noise: Positive = 0.085
) -> FloatArray:
    r"""Give each unit one input, and add :math:`N(0, noise^2 / n_\text{in})`.

    Unit j has a weight of one from input j modulo `fan_in`. Where there are fewer units than
    inputs, the inputs that are left give noise alone.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Lee, Choi, Kim, "Robust weight initialization for tanh neural networks with fixed point
    analysis", ICLR 2025, whose noise has deviation :math:`0.085 / \sqrt{n_\text{in}}`; the wrapped
    diagonal as in the authors' notebooks (1HyunwooLee/Tanh-Init), which divide the noise by the
    root of `fan_out`.
    """
    weights = scaled_normal(rng, layer, variance=noise * noise / layer.fan_in)
    units = np.arange(layer.fan_out)
    weights[units % layer.fan_in, units] += 1.0
    return weights


def options_revision(activation: BoundActivation, **_options: object) -> int:
    """Return 1 for activations with options of their own, which the scheme once did not see."""
    return 1 if changed_options(activation) else 0


SITZMANN_2020 = Citation(
    "Vincent Sitzmann and Julien N. P. Martel and Alexander W. Bergman and David B. Lindell"
    " and Gordon Wetzstein",
    "Implicit neural representations with periodic activation functions",
    "NeurIPS",
    2020,
)

ACTIVATION_AWARE = (
    scaled_scheme(
        "random_walk",
        "normal",
        random_walk,
        formula="N(0, g² / fan_in); ReLU g = sqrt(2) · exp(1.2 / (max(fan_in, 6) - 2.4))",
        reference="Sussillo & Abbott (2014)",
        summary="keeps the typical (geometric mean) gradient constant; for narrow layers",
        requires=Requirement(
            activations=tuple(_RANDOM_WALK_GAINS), why="its gains were worked out for these"
        ),
        recommended_for="deep and narrow ReLU, linear or tanh networks",
        citation=Citation(
            "David Sussillo and L. F. Abbott",
            "Random walk initialization for training very deep feedforward networks",
            "arXiv:1412.6558",
            2014,
        ),
    ),
    scaled_scheme(
        "selu_lecun",
        "normal",
        selu_lecun,
        formula="N(0, 1 / fan_in)",
        reference="Klambauer et al. (2017)",
        summary="LeCun's normal law; SELU layers keep mean 0 and variance 1",
        requires=Requirement(
            activations=("selu",), why="mean 0 and variance 1 are a fixed point of SELU alone"
        ),
        recommended_for="deep SELU networks on standardised inputs",
        citation=Citation(
            "Günter Klambauer and Thomas Unterthiner and Andreas Mayr and Sepp Hochreiter",
            "Self-normalizing neural networks",
            "NIPS",
            2017,
        ),
    ),
    scaled_scheme(
        "kumar",
        "normal",
        kumar,
        formula="N(0, 1 / (fan_in · g'(0)² · (1 + g(0)²)))",
        reference="Kumar (2017)",
        summary="variance from the activation's value and slope at 0; sigmoid: std 3.6 / sqrt(n)",
        requires=Requirement(
            activations=(
                "sigmoid",
                "tanh",
                "linear",
                "scaled_tanh",
                "softsign",
                "softplus",
                "gelu",
                "silu",
                "mish",
                "sin",
            ),
            why="it expands an activation around zero, which has to be smooth there",
        ),
        recommended_for="sigmoid networks, whose signal vanishes with Glorot's law",
        citation=Citation(
            "Siddharth Krishna Kumar",
            "On weight initialization in deep neural networks",
            "arXiv:1704.08863",
            2017,
        ),
        revision=options_revision,
    ),
    scaled_scheme(
        "siren",
        "uniform",
        siren,
        formula="U(±sqrt(6 / fan_in) / omega); first layer U(±1 / fan_in)",
        reference="Sitzmann et al. (2020), section 3.2",
        summary="for sine units: preactivations of every layer are standard normal",
        requires=Requirement(activations=("sin",), why="its bounds follow from sin(omega · z)"),
        recommended_for="sine networks that represent images, shapes and fields",
        citation=SITZMANN_2020,
        follows={"omega": ("sin", "omega")},
    ),
    scaled_scheme(
        "siren_pytorch",
        "uniform",
        siren,
        formula="U(±sqrt(6 / fan_in) / omega); first layer U(±1 / fan_in)",
        reference="Sitzmann et al. (2020), explore_siren.ipynb; PyTorch 2.13.0, torch.nn.Linear",
        summary="siren as in the authors' code, with the biases of PyTorch's linear layer",
        bias=bias_of("fan_in"),
        requires=Requirement(activations=("sin",), why="its bounds follow from sin(omega · z)"),
        recommended_for="reproducing the authors' figures, whose activations have std 0.71",
        citation=SITZMANN_2020,
        follows={"omega": ("sin", "omega")},
        aliases=("torch:siren",),
    ),
    scaled_scheme(
        "autoinit",
        "truncated_normal",
        autoinit,
        formula="variance 1 / (fan_in · E[φ(z)²]), cut at two std; first layer 1 / fan_in",
        reference="Bingham & Miikkulainen (2023)",
        summary="outputs of variance 1 in every layer, for any activation and its options",
        recommended_for="deep networks of any activation, on standardised inputs",
        citation=Citation(
            "Garrett Bingham and Risto Miikkulainen",
            "AutoInit: analytic signal-preserving weight initialization for neural networks",
            "AAAI",
            2023,
        ),
    ),
    Initializer(
        name="tanh_fixed_point",
        draw=tanh_fixed_point,
        variance=lambda layer, noise: (
            noise * noise / layer.fan_in + 1.0 / layer.fan_in * (1.0 - 1.0 / layer.fan_in)
        ),
        mean=lambda layer, **_: 1.0 / layer.fan_in,
        distribution="mixture",
        law=lambda layer, noise: laws.mixture(
            (1.0 / layer.fan_in, laws.normal(1.0, noise / math.sqrt(layer.fan_in))),
            (1.0 - 1.0 / layer.fan_in, laws.normal(0.0, noise / math.sqrt(layer.fan_in))),
        ),
        formula="D + N(0, noise² / fan_in), D a diagonal of ones, wrapped at fan_in",
        reference="Lee, Choi & Kim (2025)",
        summary="identity plus small noise: deep tanh networks do not saturate",
        requires=Requirement(
            activations=("tanh",), why="it rests on the fixed points of tanh(a · x)"
        ),
        recommended_for="very deep tanh networks, and networks that solve differential equations",
        citation=Citation(
            "Hyunwoo Lee and Hayoung Choi and Hyunju Kim",
            "Robust weight initialization for tanh neural networks with fixed point analysis",
            "ICLR",
            2025,
        ),
        revision=lambda *_, **__: 1,  # D was transposed
    ),
)


# --- Before rectifiers: uniform weights of saturating units ---------------------------------------


_OUTPUT_BOUND = 0.5
"""Bound of the uniform draw, before the weights of hidden units are rescaled."""


def nguyen_widrow(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw random directions, scaled so that the active regions of the units cover the inputs.

    The weights of a hidden unit have length :math:`\beta = 0.7 \cdot n_\text{out}^{1/n_\text{in}}`
    and its bias is :math:`U(\pm\beta)`, for inputs within ±1. The last layer is :math:`U(\pm 0.5)`,
    without a bias.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Nguyen, Widrow, "Improving the learning speed of 2-layer neural networks by choosing initial
    values of the adaptive weights", IJCNN 1990. Lengths as in MATLAB's ``initnw`` (revision 1.8),
    which spaces the biases evenly over ±β where the Java version of Encog 3 draws them from U(±β).
    """
    directions = rng.uniform(-_OUTPUT_BOUND, _OUTPUT_BOUND, layer.shape)
    if layer.is_last:
        return directions
    return np.asarray(_steepness(layer) * directions / np.linalg.norm(directions, axis=0))


def glorot_standard(layer: LayerSpec) -> float:
    r"""Return the variance of :math:`U(\pm 1/\sqrt{n_\text{in}})`, usual before Glorot and Bengio.

    References
    ----------
    Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, eq. 1.
    """
    return 1.0 / (3.0 * layer.fan_in)


def _steepness(layer: LayerSpec) -> float:
    return 0.7 * math.pow(layer.fan_out, 1.0 / layer.fan_in)


def _bias_bound(layer: LayerSpec) -> float:
    return 0.0 if layer.is_last else _steepness(layer)


CLASSIC = (
    Initializer(
        name="nguyen_widrow",
        draw=nguyen_widrow,
        variance=lambda layer: (
            _OUTPUT_BOUND**2 / 3.0 if layer.is_last else _steepness(layer) ** 2 / layer.fan_in
        ),
        distribution=lambda layer: "uniform" if layer.is_last else "unit_norm",
        formula="‖w‖ = β = 0.7 · fan_out^(1 / fan_in) for each hidden unit; last layer U(±0.5)",
        reference="Nguyen & Widrow (1990)",
        summary="spreads the active regions of hidden units over the input range ±1",
        bias=Bias(
            draw=lambda rng, layer: _bias_bound(layer) * rng.uniform(-1.0, 1.0, layer.fan_out),
            variance=lambda layer: _bias_bound(layer) ** 2 / 3.0,
            distribution="uniform",
            formula="U(±β); last layer 0",
            law=lambda layer: laws.uniform(-_bias_bound(layer), _bias_bound(layer)),
        ),
        requires=Requirement(
            activations=("tanh", "sigmoid", "scaled_tanh", "softsign", "hard_tanh"),
            why="it places the range in which a unit is active, which has to be bounded",
        ),
        recommended_for="one hidden layer of tanh units, and inputs within ±1",
        citation=Citation(
            "Derrick Nguyen and Bernard Widrow",
            "Improving the learning speed of 2-layer neural networks by choosing initial values"
            " of the adaptive weights",
            "IJCNN",
            1990,
        ),
    ),
    scaled_scheme(
        "glorot_standard",
        "uniform",
        glorot_standard,
        formula="U(±1 / sqrt(fan_in))",
        reference="Glorot & Bengio (2010), eq. 1",
        summary="the usual law before Glorot (2010): gradients shrink with depth",
        recommended_for="a baseline for glorot_uniform",
        citation=GLOROT_2010,
    ),
)


# --- Rectifiers: against dying, and against shattering --------------------------------------------


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
        law=lambda layer: (
            laws.uniform(-1.0 / np.sqrt(layer.fan_in), 1.0 / np.sqrt(layer.fan_in))
            if layer.is_last
            else laws.sphere(_arpit_length(layer), layer.fan_in)
        ),
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
