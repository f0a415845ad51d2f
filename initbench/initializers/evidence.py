"""Tests of one sample against one law: what an audit of weights is made of.

A check's p-value is the chance that a sample drawn as claimed looks at least as odd. What chance
cannot do at all has a p-value of zero.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.initialization import Initialization
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec

SLACK: Final = 1e-5
"""Relative error that weights may have, as those stored in single precision do."""

REACH: Final = 2.5
"""Deviations from which on an entry lies far out: beyond what a cut at two leaves, once widened."""

_FITS: Final = 0.01
"""From which p-value on a second guess is worth telling."""


@dataclass(frozen=True)
class Check:
    """One test of one layer.

    Attributes
    ----------
    name : str
        What was looked at: ``variance``, ``distribution``, ``tails``, ``range``, ``zeros``,
        ``values``, ``isometry``, ``lengths``, ``mirror``, ``units`` or ``layers``; ``biases`` first
        where it is about those.
    p_value : float
    finding : str
        What was found, and what was claimed, in words.
    """

    name: str
    p_value: float
    finding: str


def check_weights(weights: FloatArray, layer: LayerSpec, claim: Initialization) -> Iterator[Check]:
    """Yield the tests of one layer's weights, ``(fan_in, fan_out)``."""
    kind, law = claim.distribution(layer), claim.law(layer)
    if kind in {"constant", "deterministic"}:
        [(expected, _)] = claim.draw([layer], seed=0)
        yield _certain("values", _close(weights, expected), "the claimed matrix", "another matrix")
        return
    yield from _check_units(weights)
    if kind == "mirrored":
        block = _block(weights, layer)
        copies = _close(weights, _mirrored(block, layer))
        yield _certain("mirror", copies, "copies of one block", "no copies of one block")
        weights = block
    if kind in {"orthogonal", "isometry", "mirrored"}:
        yield _check_isometry(weights, claim.variance(layer))
    if kind == "unit_norm":
        yield _check_lengths(weights, claim.variance(layer))
    if law is None:
        return
    if law.parts and kind not in {"orthogonal", "mirrored"}:  # isometry has tested theirs
        yield _check_variance(weights, law, _hint(weights, layer, claim))
    yield from check_shape(weights, law)


def check_biases(biases: FloatArray, layer: LayerSpec, claim: Initialization) -> Iterator[Check]:
    """Yield the tests of one layer's biases, ``(fan_out,)``."""
    law = claim.bias_law(layer)
    checks = list(check_shape(biases, law))
    if law.parts:
        checks.insert(0, _check_variance(biases, law, ""))
    yield from (replace(check, name=f"biases: {check.name}") for check in checks)


def check_shape(sample: FloatArray, law: Law) -> Iterator[Check]:
    """Yield tests of range, single values, tails and distribution."""
    from scipy import stats

    low, high = law.support
    slack = SLACK * max(abs(low), abs(high))
    if math.isfinite(slack):
        outside = int(np.sum((sample < low - slack) | (sample > high + slack)))
        found = f"{outside} of {sample.size} outside of {low:.4g} to {high:.4g}"
        yield _certain("range", outside == 0, f"none outside of {low:.4g} to {high:.4g}", found)
    rest = sample.ravel()
    for share, value in law.atoms if law.parts else ():
        met = rest == value
        p_value = float(stats.binomtest(int(met.sum()), sample.size, share).pvalue)
        yield Check("zeros", p_value, f"{met.mean():.1%} are {value:g}, {share:.1%} claimed")
        rest = rest[~met]
    if law.parts and rest.size:
        yield _check_tails(rest, law)
        cdf: Any = law.cdf
        test = stats.kstest(rest, cdf)
        yield Check("distribution", float(test.pvalue), f"largest gap {float(test.statistic):.3g}")


def check_layers(
    weights: list[FloatArray], layers: tuple[LayerSpec, ...], claim: Initialization
) -> Iterator[tuple[int, Check]]:
    """Yield, for each random layer, whether it repeats an earlier one."""
    for index, layer in enumerate(layers):
        if claim.distribution(layer) in {"constant", "deterministic"}:
            continue
        twins = [
            f"W{earlier + 1}"
            for earlier in range(index)
            if weights[earlier].shape == layer.shape and _parallel(weights[earlier], weights[index])
        ]
        repeats = f"repeats {', '.join(twins)}"
        yield index, _certain("layers", not twins, "repeats no earlier layer", repeats)


def _check_variance(sample: FloatArray, law: Law, hint: str) -> Check:
    """Test the mean square around the claimed mean: by chi-square where the law is normal."""
    from scipy import stats

    claimed, found = law.variance, float(np.mean((sample - law.mean) ** 2))
    if law.is_normal:
        ratio = sample.size * found / claimed
        tails = stats.chi2.cdf(ratio, sample.size), stats.chi2.sf(ratio, sample.size)
        p_value = min(1.0, 2.0 * min(tails))
    else:
        error = math.sqrt((law.central_moment(4) - claimed**2) / sample.size)
        p_value = 2.0 * float(stats.norm.sf(abs(found - claimed) / error))
    return Check("variance", p_value, f"{found:.4g}, {claimed:.4g} claimed{hint}")


def _hint(weights: FloatArray, layer: LayerSpec, claim: Initialization) -> str:
    """Say so where the variance is not the claimed one, and would be with swapped fans."""
    swapped = replace(layer, fan_in=layer.fan_out, fan_out=layer.fan_in)
    try:
        law, other = claim.law(layer), claim.law(swapped)
    except UsageError:
        return ""
    if law is None or other is None or math.isclose(law.variance, other.variance):
        return ""
    fits = [_check_variance(weights, each, "").p_value > _FITS for each in (law, other)]
    return "; it is that of swapped fans" if fits == [False, True] else ""


def _check_tails(sample: FloatArray, law: Law) -> Check:
    """Test how many entries lie far out, where truncation shows."""
    from scipy import stats

    mean, reach = law.mean, REACH * math.sqrt(law.variance)
    beyond = int(np.sum(np.abs(sample - mean) > reach))
    low, high = law.cdf(np.array([mean - reach, mean + reach]))
    share = float(np.clip(low + 1.0 - high, 0.0, 1.0))
    test = stats.binomtest(beyond, sample.size, share)
    found = f"{beyond / sample.size:.2%} beyond {REACH} deviations, {share:.2%} claimed"
    return Check("tails", float(test.pvalue), found)


def _check_isometry(weights: FloatArray, variance: float) -> Check:
    """See that all singular values are the claimed one."""
    claimed = math.sqrt(variance * max(weights.shape))
    values = np.linalg.svd(weights, compute_uv=False)
    found = f"singular values from {values.min():.4g} to {values.max():.4g}, {claimed:.4g} claimed"
    is_isometry = bool(np.all(np.abs(values - claimed) < 100 * SLACK * claimed))
    return _certain("isometry", is_isometry, found, found)


def _check_lengths(weights: FloatArray, variance: float) -> Check:
    """See that the weights of every unit have the claimed length."""
    claimed, lengths = math.sqrt(variance * len(weights)), np.linalg.norm(weights, axis=0)
    found = f"lengths from {lengths.min():.4g} to {lengths.max():.4g}, {claimed:.4g} claimed"
    return _certain(
        "lengths", bool(np.all(np.abs(lengths - claimed) < SLACK * claimed)), found, found
    )


def _check_units(weights: FloatArray) -> Iterator[Check]:
    """See that no two units have the same weights, unless they have none."""
    units = weights.T[np.any(weights != 0.0, axis=0)]
    copies = len(units) - len(np.unique(units, axis=0))
    yield _certain("units", copies == 0, "all units differ", f"{copies} units repeat another")


def _block(weights: FloatArray, layer: LayerSpec) -> FloatArray:
    rows, columns = 2 - layer.is_first, 2 - layer.is_last
    return weights[: layer.fan_in // rows, : layer.fan_out // columns]


def _mirrored(block: FloatArray, layer: LayerSpec) -> FloatArray:
    rows, columns = 2 - layer.is_first, 2 - layer.is_last
    return np.kron(np.outer([1.0, -1.0][:rows], [1.0, -1.0][:columns]), block)


def _parallel(first: FloatArray, second: FloatArray) -> bool:
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    return size > 0.0 and first.size > 1 and abs(float(np.vdot(first, second))) > (1 - SLACK) * size


def _close(found: FloatArray, claimed: FloatArray) -> bool:
    return bool(np.abs(found - claimed).max() <= SLACK * np.abs(claimed).max())


def _certain(name: str, holds: bool, good: str, bad: str) -> Check:  # noqa: FBT001 - a fact, not a flag
    """Return the check of something that chance has no part in."""
    return Check(name, 1.0 if holds else 0.0, good if holds else bad)
