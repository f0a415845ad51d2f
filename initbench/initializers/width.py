r"""Schemes that state learning rates per layer, whose best rate is the same at each width.

In the standard parametrization the best learning rate falls as a network widens. With smaller
output weights, and with rates that depend on the fans of a layer, it stays constant and can be
found on a narrow network. Both schemes state the factors as a function of the layer and of the
optimizer.
"""

from initbench.errors import UsageError
from initbench.initializers.citations import YANG_2022, YANG_2023
from initbench.initializers.entry import OptimizerFamily, Parameters, scaled_scheme
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
)
