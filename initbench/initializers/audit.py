"""Whether given weights were drawn as someone says: each layer tested against a scheme's law.

Every test has a p-value, the chance that weights drawn as claimed look at least as odd. A network
has many layers and each layer several tests, so p-values are corrected by Holm's method: below
the significance, a true claim is then doubted in at most that share of all audits.
What cannot be by chance at all (a weight outside of the law's range, two equal layers) is a p-value
of zero.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.evidence import Check, check_biases, check_layers, check_weights
from initbench.initializers.initialization import Initialization
from initbench.initializers.layers import LayerSpec, layers_of
from initbench.initializers.weightfiles import read_layers

CONSISTENT: Final = "consistent"
REFUTED: Final = "not as claimed"

SIGNIFICANCE: Final = 0.01
"""How often an audit may doubt a claim that is true."""


@dataclass(frozen=True)
class LayerAudit:
    """What was found in one layer.

    Attributes
    ----------
    name : str
        Its key, ``W1``.
    shape : tuple of int
    claimed_std, found_std : float
        Both around the claimed mean.
    checks : tuple of Check
        With p-values that are corrected for the number of tests of the audit.
    verdict : str
        `CONSISTENT` or `REFUTED`.
    """

    name: str
    shape: tuple[int, int]
    claimed_std: float
    found_std: float
    checks: tuple[Check, ...]
    verdict: str


@dataclass(frozen=True)
class Audit:
    """What was found in a network.

    Attributes
    ----------
    claim : str
        The scheme's name.
    significance : float
        Below which a p-value speaks against it.
    layers : tuple of LayerAudit
    consistent : bool
        Whether nothing speaks against the claim.
    """

    claim: str
    significance: float
    layers: tuple[LayerAudit, ...]
    consistent: bool


def audit(
    arrays: Mapping[str, FloatArray],
    claim: Initialization,
    *,
    activation: str = "relu",
    significance: float = SIGNIFICANCE,
) -> Audit:
    """Test the weights of a network against the law of a scheme.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        ``W1``, ``W2``, … of shape (fan_in, fan_out) and, where there are any, ``b1``, ``b2``, … of
        shape (fan_out,).
    claim : Initialization
    activation : str
        Of the hidden layers, for schemes that depend on it.
    significance : float

    Raises
    ------
    UsageError
        The arrays are not those of a network, or the scheme does not draw such layers, states no
        law, or changes what it has drawn.
    """
    _refuse_unlawful(claim)
    weights, biases = read_layers(arrays)
    sizes = [len(weights[0]), *(matrix.shape[1] for matrix in weights)]
    layers = layers_of(sizes, activation)
    found = [
        list(check_weights(matrix, layer, claim))
        + ([] if bias is None else list(check_biases(bias, layer, claim)))
        for matrix, bias, layer in zip(weights, biases, layers, strict=True)
    ]
    for index, check in check_layers(weights, layers, claim):
        found[index].append(check)
    corrected = iter(holm([check.p_value for checks in found for check in checks]))
    audits = []
    for matrix, layer, checks in zip(weights, layers, found, strict=True):
        tested = tuple(replace(check, p_value=next(corrected)) for check in checks)
        audits.append(_conclude(matrix, layer, claim, tested, significance))
    return Audit(
        claim=claim.initializer.name,
        significance=significance,
        layers=tuple(audits),
        consistent=all(each.verdict == CONSISTENT for each in audits),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down method.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(factors * np.take(p_values, order)), 1.0)
    return [float(each) for each in corrected]


def _refuse_unlawful(claim: Initialization) -> None:
    """Refuse a scheme that has no law to hold weights to."""
    name = claim.initializer.name
    if not claim.states_law:
        raise UsageError(
            f"initializer {name!r} states no law, so there is nothing to hold weights to: give it"
            " a variance and a distribution"
        )
    if claim.initializer.adapt is not None:
        raise UsageError(
            f"initializer {name!r} changes what it draws by looking at data, so there is no law to"
            " hold weights to"
        )


def _conclude(
    weights: FloatArray,
    layer: LayerSpec,
    claim: Initialization,
    checks: tuple[Check, ...],
    significance: float,
) -> LayerAudit:
    refuted = any(check.p_value < significance for check in checks)
    return LayerAudit(
        name=f"W{layer.index + 1}",
        shape=layer.shape,
        claimed_std=math.sqrt(claim.variance(layer)),
        found_std=float(np.sqrt(np.mean((weights - claim.mean(layer)) ** 2))),
        checks=checks,
        verdict=REFUTED if refuted else CONSISTENT,
    )
