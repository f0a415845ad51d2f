"""Schemes for residual networks without normalization, whose branches add little or nothing.

Each branch adds variance, which grows exponentially with the number of branches. Either the
branches start so small that together they add the variance of one layer, or a learned factor on
each branch starts at zero.
"""

import math

from initbench.initializers.citations import Citation
from initbench.initializers.entry import Requirement, scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.options import Positive


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
        recommended_for="transformers such as GPT-2; residual networks with normalization",
    ),
)
