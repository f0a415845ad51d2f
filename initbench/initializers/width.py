r"""Schemes that state learning rates per layer, whose best rate is the same at each size.

In the standard parametrization the best learning rate falls as a network widens. With smaller
output weights, and with rates that depend on the fans of a layer, it stays constant and can be
found on a narrow network; factors on residual branches do the same for depth, with one factor on
the rate of layers within branches. The schemes state the factors as a function of the layer and of
the optimizer.
"""

import functools

from initbench.errors import UsageError
from initbench.initializers.citations import DEY_2025, YANG_2022, YANG_2023, YANG_2024
from initbench.initializers.entry import (
    OptimizerFamily,
    Parameters,
    Requirement,
    scaled_scheme,
)
from initbench.initializers.layers import LayerSpec
from initbench.options import PositiveInt


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
        summary="with its learning rates, the best rate does not move with the width",
        learning_rate_factor=_mup_rate,
        recommended_for="finding hyperparameters on a narrow network for a wide one",
        citation=YANG_2022,
        aliases=("maximal_update",),
    ),
    scaled_scheme(
        "spectral",
        "normal",
        spectral,
        formula="N(0, min(1, fan_out / fan_in) / fan_in)",
        reference="Yang, Simon & Bernstein (2023), parametrization 1",
        summary="every layer, and with its rates every step, of the spectral norm that it needs",
        learning_rate_factor=_spectral_rate,
        recommended_for="networks of unequal widths, trained by gradient descent",
        citation=YANG_2023,
    ),
    scaled_scheme(
        "depth_mup",
        "normal",
        mup,
        formula="N(0, 1 / fan_in); last layer N(0, base_width / fan_in²); branches / sqrt(L)",
        reference="Yang, Yu, Zhu & Hayou (2024); EleutherAI, nanoGPT-mup, branch completep",
        summary="mup with a rate that does not move with the number of residual branches L either",
        learning_rate_factor=functools.partial(_depth_rate, power=-0.5),
        requires=Requirement(
            residual=True, branch_power=-0.5, why="the factors keep the sum of the branches"
        ),
        recommended_for="finding hyperparameters on a shallow residual network, one layer a branch",
        citation=YANG_2024,
    ),
    scaled_scheme(
        "completep",
        "normal",
        mup,
        formula="N(0, 1 / fan_in); last layer N(0, base_width / fan_in²); branches / L",
        reference="Dey et al. (2025), table 1; EleutherAI, nanoGPT-mup, branch completep",
        summary="mup whose branches are divided by their number, with one rate at every depth",
        learning_rate_factor=_depth_rate,
        requires=Requirement(
            residual=True, branch_power=-1.0, why="each layer is to learn features at every depth"
        ),
        recommended_for="deep residual networks with hyperparameters of a shallow one",
        citation=DEY_2025,
    ),
)
