r"""A forecast: what given inputs become in every layer, and how much one network differs from it.

The maps of `initbench.theory.maps` are applied layer by layer. How much a network of finite width
strays from them follows from one layer's chance: of n units, the mean of :math:`\phi^2` has a
variance of :math:`\mathrm{Var}(\phi^2) / n`, which later layers pass on by the slope of the length
map. To first order in 1/n, the variance :math:`s` of the logarithm of the squared length obeys

.. math::
    s' = \kappa^2 s + \frac{\sigma_w^4 \mathrm{Var}(\phi^2)}{n\, q'^2}, \qquad
    \kappa = \frac{d \log q'}{d \log q}.

For ReLU at He's variance that is 5/n a layer: the sum of inverse widths of Hanin & Rolnick (2018).
Likewise a gradient gains :math:`(3 E[\phi'^4] / E[\phi'^2]^2 - 1) / n` a layer, again 5/n for ReLU
(Hanin 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from initbench.arrays import FloatArray
from initbench.theory.maps import correlation_map, length_slope, mean_square, mean_square_slope
from initbench.theory.quadrature import Response, normal_mean


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
    """What is expected of every layer; where a gradient is concerned, from the logits back.

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
        That of a batch is less, as far as its samples differ.
    """

    lengths: FloatArray
    correlations: FloatArray
    gradients: FloatArray
    length_spread: FloatArray
    gradient_spread: FloatArray


def forecast(response: Response, layers: Sequence[WideLayer], inputs: FloatArray) -> Forecast:
    """Return what is expected of networks with these layers.

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
        lengths, correlations = _forward(response, layers, inputs)
        gradients = np.ones_like(lengths)
        for index in range(len(layers) - 2, -1, -1):
            above = layers[index + 1]
            factor = above.fan_out * above.weight_variance
            slopes = mean_square_slope(response, lengths[index])
            gradients[index] = gradients[index + 1] * factor * slopes
        return Forecast(
            lengths=lengths,
            correlations=correlations,
            gradients=gradients,
            length_spread=_length_spread(response, layers, lengths.mean(axis=1)),
            gradient_spread=_gradient_spread(response, layers, lengths.mean(axis=1)),
        )


def _forward(
    response: Response, layers: Sequence[WideLayer], inputs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the mean squares of all samples and the correlation of two, layer by layer."""
    first = layers[0]
    length = first.scaled * np.square(inputs).mean(axis=1) + first.bias_variance
    shared = first.scaled * float((inputs[0] * inputs[1]).mean()) + first.bias_variance
    lengths, correlations = [length], [float(shared / np.sqrt(length[0] * length[1]))]
    for layer in layers[1:]:
        correlations.append(
            correlation_map(
                response,
                correlations[-1],
                (float(length[0]), float(length[1])),
                weight_variance=layer.scaled,
                bias_variance=layer.bias_variance,
            )
            if np.isfinite([correlations[-1], *length[:2]]).all()
            else np.nan
        )
        length = layer.scaled * mean_square(response, length) + layer.bias_variance
        lengths.append(length)
    return np.array(lengths), np.array(correlations)


def _length_spread(
    response: Response, layers: Sequence[WideLayer], lengths: FloatArray
) -> FloatArray:
    variance, variances = 0.0, [0.0]
    for layer, before, after in zip(layers[1:], lengths[:-1], lengths[1:], strict=True):
        squares = mean_square(response, before)
        fourths = normal_mean(response, lambda u: response.values(u) ** 4, before)
        passed_on = layer.scaled * length_slope(response, float(before)) * before / after
        chance = layer.scaled**2 * (fourths - squares**2) / (layer.fan_in * after**2)
        variance = float(passed_on**2 * variance + chance)
        variances.append(variance)
    of_units = np.array([2.0 / layer.fan_out for layer in layers])
    return np.asarray(np.sqrt(np.array(variances) + of_units))


def _gradient_spread(
    response: Response, layers: Sequence[WideLayer], lengths: FloatArray
) -> FloatArray:
    variances = np.zeros(len(layers))
    for index in range(len(layers) - 2, -1, -1):
        squares = mean_square_slope(response, lengths[index])
        fourths = normal_mean(response, lambda u: response.slopes(u) ** 4, lengths[index])
        chance = (3.0 * fourths / squares**2 - 1.0) / layers[index].fan_out
        variances[index] = variances[index + 1] + chance
    return np.sqrt(variances)
