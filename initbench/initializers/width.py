r"""Schemes for wide and deep networks: rates per layer, and residual branches that add little.

In the standard parametrization the best learning rate falls as a network widens. With smaller
output weights, and with rates that depend on the fans of a layer, it stays constant and can be
found on a narrow network; factors on residual branches do the same for depth, with one factor on
the rate of layers within branches. The schemes state the factors as a function of the layer and of
the optimizer.

In a residual network each branch adds variance, which grows exponentially with their number.
Without normalization, either the branches start so small that together they add the variance of one
layer, or a learned factor on each branch starts at zero.
"""

import functools
import math

from initbench.errors import UsageError
from initbench.initializers.citations import Citation
from initbench.initializers.entry import OptimizerFamily, Parameters, Requirement, scaled_scheme
from initbench.initializers.layers import LayerSpec, activation_moments
from initbench.options import Positive, PositiveInt


def mup(layer: LayerSpec, *, base_width: PositiveInt = 1) -> float:
    r"""Return the variance :math:`1 / n_\text{in}`, in the last layer divided by its width again.

    Widths are in units of `base_width`: a network of that width has the usual weights and rates.
    With 1, the factors are those of the table.

    References
    ----------
    Yang, Hu, et al., "Tensor programs V: tuning large neural networks via zero-shot hyperparameter
    transfer", arXiv:2203.03466, table 3, where all biases go with the input weights: their rate
    grows as their layer's width under gradient descent. Table 8, which the authors' package
    implements, is equivalent, but needs multipliers that this network does not have.
    """
    usual = 1.0 / layer.fan_in
    return usual * base_width / layer.fan_in if _is_output(layer) else usual


def spectral(layer: LayerSpec) -> float:
    r"""Return the variance :math:`\min(1, n_\text{out} / n_\text{in}) / n_\text{in}`.

    The spectral norm of a layer is then about :math:`\sqrt{n_\text{out} / n_\text{in}}`, and with a
    rate proportional to its square, so is the spectral norm of an update.

    References
    ----------
    Yang, Simon, Bernstein, "A spectral condition for feature learning", 2023, parametrization 1.
    """
    return min(1.0, layer.fan_out / layer.fan_in) / layer.fan_in


def u_mup(layer: LayerSpec) -> float:
    r"""Return the variance :math:`s^2 / n_\text{in}`, in the last layer divided by its width again.

    s is the inverse standard deviation of the activation of a standard normal preactivation, and 1
    in the first layer. In u-μP, weights are standard normal, and products and activations are
    multiplied by such factors; under Adam, a network whose weights and rates have taken up the
    factors is the same, and that is what is stated here. Weight decay is left out. Activations with
    a mean, as ReLU, make the mean square of preactivations grow with depth, which u-μP leaves to
    normalization.

    Raises
    ------
    UsageError
        The network has residual branches, for which u-μP has factors of its own; or its activation
        is constant.

    References
    ----------
    Blake, Eichenberg, Dean, et al., "u-μP: the unit-scaled maximal update parametrization",
    arXiv:2407.17465; ``linear``, ``linear_readout`` and ``lr_scale_func_adam`` in the authors'
    ``unit_scaling``, which fits gelu's and silu's s to 4 %.
    """
    if layer.branches:
        raise UsageError("u_mup is for networks without residual branches")
    usual = (1.0 if layer.is_first else _unit_scale(layer) ** 2) / layer.fan_in
    return usual / layer.fan_in if _is_output(layer) else usual


def _unit_scale(layer: LayerSpec) -> float:
    """Return 1 over the standard deviation of the activation of a standard normal number."""
    mean, square = activation_moments(layer.hidden_activation, layer.activation_options)
    if square <= mean * mean:
        raise UsageError(f"u_mup needs a signal, and {layer.hidden_activation} gives none")
    return 1.0 / math.sqrt(square - mean * mean)


def _is_output(layer: LayerSpec) -> bool:
    """Return whether this is the last of several layers, which maps a width to the outputs."""
    return layer.is_last and not layer.is_first


def _mup_rate(
    layer: LayerSpec, optimizer: OptimizerFamily, part: Parameters, *, base_width: int
) -> float:
    inputs, units = layer.fan_in / base_width, layer.fan_out / base_width
    if part == "biases" or layer.is_first:
        return 1.0 if optimizer == "adam" or layer.is_last else units
    if optimizer == "adam" or layer.is_last:
        return 1.0 / inputs
    return 1.0


def _spectral_rate(layer: LayerSpec, optimizer: OptimizerFamily, part: Parameters) -> float:
    if optimizer != "sgd":
        raise UsageError("spectral states learning rates for gradient descent alone, not for Adam")
    return layer.fan_out / layer.fan_in if part == "weights" else float(layer.fan_out)


def _u_mup_rate(layer: LayerSpec, optimizer: OptimizerFamily, part: Parameters) -> float:
    if optimizer != "adam":
        raise UsageError("u_mup states learning rates for Adam alone")
    if part == "biases":
        return 1.0 / layer.fan_in if _is_output(layer) else 1.0 / math.sqrt(layer.fan_in)
    return (1.0 if layer.is_first else _unit_scale(layer)) / layer.fan_in


def _depth_rate(
    layer: LayerSpec,
    optimizer: OptimizerFamily,
    part: Parameters,
    *,
    base_width: int,
    power: float = 0.0,
) -> float:
    """Return the factor of `mup` times a power of the number of branches, within branches."""
    if optimizer != "adam":
        raise UsageError("depth_mup and completep state learning rates for Adam alone")
    depth = float(layer.branches) ** power if layer.branch_layers else 1.0
    return depth * _mup_rate(layer, optimizer, part, base_width=base_width)


WIDTH = (
    scaled_scheme(
        "mup",
        "normal",
        mup,
        formula="N(0, 1 / fan_in); last layer N(0, base_width / fan_in²)",
        reference="Yang, Hu et al. (2022), table 3",
        summary="maximal update: the best learning rate does not depend on the width",
        learning_rate_factor=_mup_rate,
        recommended_for="finding hyperparameters on a narrow network for a wide one",
        citation=Citation(
            "Greg Yang and Edward J. Hu and Igor Babuschkin and Szymon Sidor and Xiaodong Liu"
            " and David Farhi and Nick Ryder and Jakub Pachocki and Weizhu Chen and Jianfeng Gao",
            "Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer",
            "arXiv:2203.03466",
            2022,
        ),
        aliases=("maximal_update",),
    ),
    scaled_scheme(
        "u_mup",
        "normal",
        u_mup,
        formula="N(0, s² / fan_in), s = 1 / std(φ(z)); first layer s = 1; last N(0, s² / fan_in²)",
        reference="Blake et al. (2024); graphcore-research/unit-scaling",
        summary="mup in unit scale: activations of std 1, and Adam's best rate is near 1",
        learning_rate_factor=_u_mup_rate,
        recommended_for="finding hyperparameters of Adam on a narrow network for a wide one",
        citation=Citation(
            "Charlie Blake and Constantin Eichenberg and Josef Dean and Lukas Balles and Luke Y."
            " Prince and Björn Deiseroth and Andres Felipe Cruz-Salinas and Carlo Luschi and"
            " Samuel Weinbach and Douglas Orr",
            "u-μP: the unit-scaled maximal update parametrization",
            "arXiv:2407.17465",
            2024,
        ),
    ),
    scaled_scheme(
        "spectral",
        "normal",
        spectral,
        formula="N(0, min(1, fan_out / fan_in) / fan_in)",
        reference="Yang, Simon & Bernstein (2023), parametrization 1",
        summary="weights and updates with the spectral norm that feature learning needs",
        learning_rate_factor=_spectral_rate,
        recommended_for="networks of unequal widths, trained by gradient descent",
        citation=Citation(
            "Greg Yang and James B. Simon and Jeremy Bernstein",
            "A spectral condition for feature learning",
            "arXiv:2310.17813",
            2023,
        ),
    ),
    scaled_scheme(
        "depth_mup",
        "normal",
        mup,
        formula="N(0, 1 / fan_in); last layer N(0, base_width / fan_in²); branches / sqrt(L)",
        reference="Yang, Yu, Zhu & Hayou (2024); EleutherAI, nanoGPT-mup, branch completep",
        summary="mup whose best rate does not depend on the number of residual branches",
        learning_rate_factor=functools.partial(_depth_rate, power=-0.5),
        requires=Requirement(
            residual=True, branch_power=-0.5, why="the factors keep the sum of the branches"
        ),
        recommended_for="finding hyperparameters on a shallow residual network, one layer a branch",
        citation=Citation(
            "Greg Yang and Dingli Yu and Chen Zhu and Soufiane Hayou",
            "Tensor programs VI: feature learning in infinite-depth neural networks",
            "ICLR",
            2024,
        ),
    ),
    scaled_scheme(
        "completep",
        "normal",
        mup,
        formula="N(0, 1 / fan_in); last layer N(0, base_width / fan_in²); branches / L",
        reference="Dey et al. (2025), table 1; EleutherAI, nanoGPT-mup, branch completep",
        summary="mup with branches divided by their number L: one best rate at every depth",
        learning_rate_factor=_depth_rate,
        requires=Requirement(
            residual=True, branch_power=-1.0, why="each layer is to learn features at every depth"
        ),
        recommended_for="deep residual networks with hyperparameters of a shallow one",
        citation=Citation(
            "Nolan Dey and Bin Claire Zhang and Lorenzo Noci and Mufan Li and Blake Bordelon"
            " and Shane Bergsma and Cengiz Pehlevan and Boris Hanin and Joel Hestness",
            "Don't be lazy: CompleteP enables compute-efficient deep transformers",
            "NeurIPS",
            2025,
        ),
    ),
)


# --- Residual networks without normalization ------------------------------------------------------


def fixup(layer: LayerSpec) -> float:
    r"""Return He's variance times :math:`L^{-1/(k-1)}` in a branch of k layers, L branches in all.

    The last layer of each branch and the last layer of the network are zero; layers outside of
    branches have He's weights. The paper also adds scalar biases, at zero, and a multiplier, at
    one, to each block.

    References
    ----------
    Zhang, Dauphin, Ma, "Fixup initialization: residual learning without normalization", ICLR 2019;
    the official ``fixup_resnet_cifar.py``, where k is 2.
    """
    if layer.ends_branch or (layer.is_last and not layer.is_first):
        return 0.0
    he = 2.0 / layer.fan_in
    if not layer.branch_layers:
        return he
    return he * math.pow(max(layer.branches, 1), -1.0 / (layer.branch_layers - 1))


def rezero(layer: LayerSpec) -> float:
    r"""Return He's variance; in addition, the learned factor of each branch starts at zero.

    References
    ----------
    Bachlechner, Majumder, Mao, Cottrell, McAuley, "ReZero is all you need: fast convergence at
    large depth", arXiv:2003.04887, eq. 1, which does not state the weights: He's are a choice made
    here. De, Smith, "Batch normalization biases residual blocks towards the identity function in
    deep networks", NeurIPS 2020 (SkipInit).
    """
    return 2.0 / layer.fan_in


def gpt2(layer: LayerSpec, *, std: Positive = 0.02) -> float:
    r"""Return the variance std², divided by the number of residual branches at a branch's end.

    A block of GPT-2 has two branches, so that :math:`N = 2L` branches end in layers of deviation
    :math:`std / \sqrt{N}`. Biases are zero.

    References
    ----------
    Radford, Wu, Child, Luan, Amodei, Sutskever, "Language models are unsupervised multitask
    learners", 2019, section 2.3, which scales by :math:`1 / \sqrt{N}`; 0.02 and 2L as in Hugging
    Face's ``modeling_gpt2.py`` and nanoGPT's ``model.py``.
    """
    return std * std / layer.branches if layer.ends_branch else std * std


RESIDUAL = (
    scaled_scheme(
        "fixup",
        "normal",
        fixup,
        formula="N(0, 2 / fan_in) · L^(-1 / (2k - 2)); 0 at the end of a branch and of the network",
        reference="Zhang, Dauphin & Ma (2019)",
        summary="residual branches scaled down so that updates do not grow with their number",
        requires=Requirement(
            residual=True, why="without them its zeros leave the network without a signal"
        ),
        recommended_for="deep residual networks without normalization",
        citation=Citation(
            "Hongyi Zhang and Yann N. Dauphin and Tengyu Ma",
            "Fixup initialization: residual learning without normalization",
            "ICLR",
            2019,
        ),
    ),
    scaled_scheme(
        "rezero",
        "normal",
        rezero,
        formula="N(0, 2 / fan_in), and x + a · f(x) with a = 0",
        reference="Bachlechner et al. (2020); De & Smith (2020)",
        summary="every residual branch is multiplied by a learned factor that starts at zero",
        requires=Requirement(
            residual=True,
            scaled_branches=True,
            why="it starts the factors of residual branches at zero",
        ),
        branch_scale=0.0,
        recommended_for="deep residual networks without normalization",
        citation=Citation(
            "Thomas Bachlechner and Bodhisattwa Prasad Majumder and Huanru Henry Mao"
            " and Garrison W. Cottrell and Julian McAuley",
            "ReZero is all you need: fast convergence at large depth",
            "arXiv:2003.04887",
            2020,
        ),
        aliases=("skipinit",),
    ),
    scaled_scheme(
        "gpt2",
        "normal",
        gpt2,
        formula="N(0, std²); N(0, std² / N) at the end of each of N residual branches",
        reference="Radford et al. (2019), section 2.3; Hugging Face, modeling_gpt2.py",
        summary="small std, divided by the square root of the number of residual branches",
        recommended_for="transformers of GPT-2's kind; residual networks with normalization",
    ),
)
