r"""Forecast of signals and gradients in every layer for given inputs, with its spread.

The maps of `initbench.theory.quadrature` are applied layer by layer. How much a network of finite
width strays from them follows from one layer's chance: of n units, the mean of :math:`\phi^2` has a
variance of :math:`\mathrm{Var}(\phi^2) / n`, which later layers pass on by the slope of the length
map. To first order in 1/n, the variance :math:`s` of the logarithm of the squared length obeys

.. math::
    s' = \kappa^2 s + \frac{\sigma_w^4 \mathrm{Var}(\phi^2)}{n\, q'^2}, \qquad
    \kappa = \frac{d \log q'}{d \log q}.

For ReLU at He's variance that is 5/n a layer: the sum of inverse widths of Hanin & Rolnick (2018).

A gradient's mean square is multiplied in a layer by the mean of :math:`\phi'^2 y^2` over its units,
with y normal. Three things move that product: the chance of the layer itself, of variance
:math:`(3 E[\phi'^4] / E[\phi'^2]^2 - 1) / n` (again 5/n for ReLU, Hanin 2018); the lengths of
earlier layers, since :math:`E[\phi'^2]` depends on the length with the exponent
:math:`\tau = d \log E[\phi'^2] / d \log q`; and both together, since units that are large are also
the flat or the steep ones. With e the chance of a layer's length, of the variance above, and h that
of its gradient factor, the logarithm of the gradient at layer l is a sum over layers from l on,

.. math::
    \log G_l = \sum_{k \geq l} (\tau_k \delta_k + h_k), \qquad
    \delta_{k + 1} = \kappa_k \delta_k + e_k, \qquad
    \mathrm{Cov}(e_k, h_k) = \frac{\sigma_w^2 \, \mathrm{Cov}(\phi^2, \phi'^2)}
    {n \, q_{k + 1} E[\phi'^2]},

whose variance is exact to first order in 1/n. ReLU has :math:`\tau = 0`. Two terms of the next
order matter in narrow networks: :math:`2.5 \mathrm{Var}(h)^2 - E[h^3]`, since the logarithm of h is
skewed; and :math:`\kappa` and :math:`\tau` taken as differences over one standard deviation of the
length to either side of its median, rather than as derivatives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.theory.quadrature import (
    Function,
    Response,
    correlation_map,
    mean_square,
    mean_square_slope,
    normal_mean,
)

_NARROW: Final = 1e-4
"""Standard deviation of the logarithm of a length below which a difference is a derivative."""


@dataclass(frozen=True)
class WideLayer:
    """A layer, as theory sees it.

    Attributes
    ----------
    fan_in, fan_out : int
    weight_variance, bias_variance : float
        Of an entry; means are zero.
    """

    fan_in: int
    fan_out: int
    weight_variance: float
    bias_variance: float

    @property
    def scaled(self) -> float:
        r"""The weight variance times the fan-in, :math:`\sigma_w^2`."""
        return self.fan_in * self.weight_variance


@dataclass(frozen=True)
class Forecast:
    """The forecast for every layer.

    Attributes
    ----------
    lengths : ndarray of shape (L, B)
        Mean square of each sample's preactivations.
    correlations : ndarray of shape (L,)
        Of the preactivations of the first two samples.
    gradients : ndarray of shape (L, B)
        Mean square of the derivative by preactivations, over that by the logits.
    length_spread, gradient_spread : ndarray of shape (L,)
        Standard deviation, over networks, of the logarithm of both mean squares of one sample.
        That of a batch is smaller, as far as its samples differ.
    """

    lengths: FloatArray
    correlations: FloatArray
    gradients: FloatArray
    length_spread: FloatArray
    gradient_spread: FloatArray


def forecast(response: Response, layers: Sequence[WideLayer], inputs: FloatArray) -> Forecast:
    """Return the forecast for networks with these layers.

    Parameters
    ----------
    response : Response
        What hidden layers apply.
    layers : sequence of WideLayer
        The last of which gives logits.
    inputs : ndarray of shape (B, D)
        At least two samples.
    """
    with np.errstate(all="ignore"):
        first = layers[0]
        length = first.scaled * np.square(inputs).mean(axis=1) + first.bias_variance
        shared = first.scaled * float((inputs[0] * inputs[1]).mean()) + first.bias_variance
        by_layer, correlations = [length], [float(shared / np.sqrt(length[0] * length[1]))]
        for layer in layers[1:]:
            variances = {"weight_variance": layer.scaled, "bias_variance": layer.bias_variance}
            ends, latest = (float(length[0]), float(length[1])), correlations[-1]
            is_finite = np.isfinite([latest, *ends]).all()
            correlations.append(
                correlation_map(response, latest, ends, **variances) if is_finite else np.nan
            )
            length = layer.scaled * mean_square(response, length) + layer.bias_variance
            by_layer.append(length)
        lengths = np.array(by_layer)
        gradients = np.ones_like(lengths)
        for index in range(len(layers) - 2, -1, -1):
            above = layers[index + 1]
            factor = above.fan_out * above.weight_variance
            slopes = mean_square_slope(response, lengths[index])
            gradients[index] = gradients[index + 1] * factor * slopes
        length_spread, gradient_spread = _spreads(response, layers, lengths.mean(axis=1))
        return Forecast(
            lengths=lengths,
            correlations=np.array(correlations),
            gradients=gradients,
            length_spread=length_spread,
            gradient_spread=gradient_spread,
        )


def _spreads(
    response: Response, layers: Sequence[WideLayer], lengths: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return `Forecast.length_spread` and `Forecast.gradient_spread` for a signal's lengths."""

    def mean(function: Function) -> FloatArray:
        return normal_mean(response, function, lengths[:-1])

    of_units = np.array([2.0 / layer.fan_out for layer in layers])
    if len(layers) == 1:
        return np.sqrt(of_units), np.zeros(1)
    # Everything about a hidden layer k has shape (L - 1,); layer k + 1 has the length `after`.
    before, after = lengths[:-1], lengths[1:]
    scaled = np.array([layer.scaled for layer in layers[1:]])
    units = np.array([layer.fan_out for layer in layers[:-1]])
    squares = mean(lambda u: response.values(u) ** 2)
    fourths = mean(lambda u: response.values(u) ** 4)
    slopes = mean(lambda u: response.slopes(u) ** 2)
    slopes4 = mean(lambda u: response.slopes(u) ** 4)
    slopes6 = mean(lambda u: response.slopes(u) ** 6)
    both = mean(lambda u: np.square(response.values(u) * response.slopes(u)))
    of_length = scaled**2 * (fourths - squares**2) / (units * after**2)
    fourth, sixth = 3.0 * slopes4 / slopes**2, 15.0 * slopes6 / slopes**3
    of_gradient = (fourth - 1.0) / units
    of_logarithm = 2.5 * of_gradient**2 - (sixth - 3.0 * fourth + 2.0) / units**2
    shared = scaled * (both - squares * slopes) / (units * after * slopes)

    # A layer passes a change of length on, and answers it by its slope, as over the range in which
    # lengths of networks lie; where that is narrow these are the derivatives kappa and tau.
    length_variances = [0.0]
    kappa, tau = np.empty(len(before)), np.empty(len(before))
    for k, (layer, length) in enumerate(zip(layers[1:], before, strict=True)):
        std = max(np.sqrt(length_variances[-1]), _NARROW)
        ends = length * np.exp(-(std**2) / 2 + std * np.array([-1.0, 1.0]))
        passed = np.log(layer.scaled * mean_square(response, ends) + layer.bias_variance)
        steepness = np.log(mean_square_slope(response, ends))
        kappa[k], tau[k] = np.diff(passed)[0] / (2 * std), np.diff(steepness)[0] / (2 * std)
        length_variances.append(float(kappa[k] ** 2 * length_variances[-1] + of_length[k]))
    gradient_variances = np.zeros(len(layers))
    for first in range(len(layers) - 1):
        # How much the chance of layer k's length changes the slopes of layers after k.
        effects, effect = np.zeros(len(layers) - 1), 0.0
        for k in range(len(layers) - 3, -1, -1):
            effect = (tau[k + 1] if k + 1 >= first else 0.0) + kappa[k + 1] * effect
            effects[k] = effect
        gradient_variances[first] = (effects**2 * of_length).sum() + (
            of_gradient + of_logarithm + 2.0 * effects * shared
        )[first:].sum()
    return np.sqrt(np.array(length_variances) + of_units), np.sqrt(gradient_variances)
