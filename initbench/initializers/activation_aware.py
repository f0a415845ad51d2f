"""Starts made for one activation: the gain follows from what it does near zero, or on average."""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.biases import bias_of
from initbench.initializers.citations import Citation
from initbench.initializers.draws import scaled_normal
from initbench.initializers.entry import Initializer, Requirement, scaled_scheme
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec, changed_options
from initbench.nn import BoundActivation, bind_activation
from initbench.options import OptionValue, Positive

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
    square = _mean_square(layer.hidden_activation, layer.activation_options)
    if square == 0.0:
        raise UsageError(f"autoinit needs a signal, and {layer.hidden_activation} gives none")
    return 1.0 / (layer.fan_in * square)


@functools.cache
def _mean_square(activation: str, options: tuple[tuple[str, OptionValue], ...]) -> float:
    """Return the mean square of the activation of a standard normal preactivation."""
    bound = bind_activation(activation, **dict(options))
    from initbench.theory import normal_mean

    return float(normal_mean(bound, lambda z: bound.values(z) ** 2, np.ones(1))[0])


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


def _share_passed_on(layer: LayerSpec, **_options: float) -> float:
    return 1.0 / layer.fan_in


def _fixed_point_law(layer: LayerSpec, noise: float) -> Law:
    share, std = _share_passed_on(layer), noise / math.sqrt(layer.fan_in)
    return laws.mixture((share, laws.normal(1.0, std)), (1.0 - share, laws.normal(0.0, std)))


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
        formula="variance 1 / (fan_in · E[φ(z)²]), cut at two deviations; first layer 1 / fan_in",
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
            noise * noise / layer.fan_in + _share_passed_on(layer) * (1.0 - _share_passed_on(layer))
        ),
        mean=_share_passed_on,
        distribution="mixture",
        law=_fixed_point_law,
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
