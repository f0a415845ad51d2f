"""Likely causes of weights that are not as claimed, and schemes that fit unclaimed weights.

Each hypothesis is a mistake, with the law of the weights that it would make. Hypotheses are tried
from the mistake that changes least to the least specific, and the first that the sample fits is the
likely cause. A sample fits a law if its range, mean, variance and distribution all agree with it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from initbench.auditing.checks import SLACK, WHOLE, check_mean, check_variance, check_weights
from initbench.auditing.claims import DIVISORS, Claim, divisor_of
from initbench.auditing.layouts import Placed, Sample
from initbench.errors import UsageError
from initbench.initializers.catalogue import INITIALIZERS
from initbench.initializers.initialization import Initialization, bind
from initbench.initializers.laws import TRUNCATED_STD, Distribution, Law, standard_law
from initbench.initializers.laws import truncated_normal as truncated_at
from initbench.initializers.layers import LayerSpec
from initbench.options import OptionError

FITS: Final = 0.005
"""The p-value from which on a hypothesis fits."""

KINDS: Final[dict[Distribution, str]] = {
    "normal": "normal",
    "uniform": "uniform",
    "truncated_normal": "truncated normal",
}
"""The distributions that weights are drawn from by mistake."""

GAINS: Final = (
    (1.0, "1 (linear, sigmoid)"),
    (2.0, "√2 (ReLU)"),
    (25.0 / 9.0, "5/3 (tanh)"),
    (9.0 / 16.0, "3/4 (SELU in PyTorch)"),
    (2.0 / 1.04, "√(2 / 1.04) (leaky ReLU of slope 0.2)"),
    (1.0 / 3.0, "1/√3 (kaiming_uniform_ with a = √5)"),
    (4.0, "2 (√2 applied twice)"),
    (math.sqrt(2.0), "√√2 (the square root of √2)"),
    (3.0, "√3"),
    (6.0, "√6"),
    (16.0, "4 (sigmoid, Glorot)"),
)
"""Squares of gains that frameworks and papers have, and what they are for."""

STDS: Final = (1.0, 0.1, 0.05, 0.02, 0.01, 0.001)
"""Standard deviations that do not depend on the fans."""

_SHOWN: Final = 4
_DRAWN: Final = frozenset({*KINDS, "orthogonal", "isometry", "unit_norm"})


@dataclass(frozen=True)
class Hypothesis:
    """A mistake, and the law of the weights that it would make."""

    cause: str
    kind: Distribution
    variance: float
    mean: float = 0.0


def likely_cause(sample: Sample, placed: Placed, layer: LayerSpec, claim: Claim, depth: int) -> str:
    """Return the likely cause of weights that are not as claimed, or an empty text.

    Parameters
    ----------
    depth : int
        Number of blocks, for claims that divide by it.
    """
    values = sample.dithered
    if np.all(values == values[0]):
        return "zero on purpose, or never initialized" if values[0] == 0.0 else "set to a constant"
    law, kind = claim.scheme.law(layer), claim.scheme.distribution(layer)
    if law is None or not law.parts or kind not in KINDS:
        return _first_fit(sample, [*_defaults(layer), *_fixed(), *_any_gain(layer)])
    divisor = claim.divisor(depth)
    variance, mean = law.variance / divisor**2, law.mean / divisor
    if shifted := _shift(sample, kind, variance, mean):
        return shifted
    hypotheses = [
        *_depth_scaling(kind, law.variance, claim, depth),
        *_slips(kind, variance, layer, claim, divisor),
        *_defaults(layer),
        *_other_fans(kind, variance, placed, layer, claim),
        *_fixed(),
    ]
    found = float(values.var())
    times = math.sqrt(found / variance)
    unnamed = Hypothesis(
        f"wrong gain: the standard deviation is {times:.3g} times the claimed one", kind, found
    )
    as_claimed = f"where {KINDS[kind]} is claimed"
    others: list[Distribution] = [each for each in KINDS if each != kind]
    same_variance = [Hypothesis(f"{KINDS[each]} {as_claimed}", each, variance) for each in others]
    both = [
        replace(each, kind=other, cause=f"{each.cause}; and {KINDS[other]} {as_claimed}")
        for each in hypotheses
        for other in others
        if each.kind == kind
    ]
    truncated = _truncation(sample, law, kind, variance)
    return truncated or _first_fit(sample, [*hypotheses, *same_variance, *both, unnamed])


def bias_cause(sample: Sample, layer: LayerSpec) -> str:
    """Return the likely cause of biases that are not as claimed, or an empty text."""
    values = sample.values
    if np.all(values == values[0]):
        return f"every bias is {values[0]:g}"
    return _first_fit(sample, [*_defaults(layer), *_fixed()])


def consistent_schemes(sample: Sample, placed: Placed, layer: LayerSpec) -> tuple[str, ...]:
    """Return the schemes, at their default options, that a sample agrees with.

    Where there is none, the distribution is named with its standard deviation.
    """
    found = []
    variance = float(sample.dithered.var())
    for scheme, law in _laws(layer, variance, tolerance(sample)):
        if not fits(sample, law):
            continue
        if scheme.distribution(layer) in WHOLE:  # the matrix has the structure that is stated
            if not sample.is_whole:
                continue
            matrix = sample.rows.T if placed.layout == "out_in" else sample.rows
            whole = replace(layer, fan_in=matrix.shape[0], fan_out=matrix.shape[1])
            checks = check_weights(sample, matrix, whole, scheme)
            if any(check.is_exact and check.p_value == 0.0 for check in checks):
                continue
        found.append(scheme.initializer.name)
    if found:
        return (*found[:_SHOWN], "…") if len(found) > _SHOWN else tuple(found)
    values = sample.dithered
    mean, std = float(values.mean()), float(values.std())
    for kind, name in KINDS.items():
        guess = standard_law(kind, mean, std**2, layer.shape)
        if guess is not None and guess.parts and fits(sample, guess):
            return (f"{name}, standard deviation {std:.4g}",)
    return ()


def _first_fit(sample: Sample, hypotheses: Sequence[Hypothesis]) -> str:
    found, reach = float(sample.dithered.var()), tolerance(sample)
    for each in hypotheses:
        if abs(found / each.variance - 1.0) > reach:
            continue
        law = standard_law(each.kind, each.mean, each.variance, (1, 1))
        if law is not None and law.parts and fits(sample, law):
            return each.cause
    return ""


def tolerance(sample: Sample) -> float:
    """Return by how much the found variance may exceed a law's, relatively, and the law still fit.

    These are twelve standard errors, beyond which the tests of `fits` are not worth their time.
    """
    return 12.0 * math.sqrt(2.0 / sample.values.size)


def fits(sample: Sample, law: Law) -> bool:
    """Tell whether a sample agrees with a law in mean, variance, range and distribution."""
    from scipy import stats

    values = sample.dithered
    if values.size < 2 or check_variance(values, law).p_value < FITS:
        return False
    low, high = law.support
    slack = max(SLACK, 2.0 * sample.rounding) * max(abs(low), abs(high))
    if math.isfinite(slack) and (values.min() < low - slack or values.max() > high + slack):
        return False
    if check_mean(values, law).p_value < FITS:
        return False
    return float(stats.kstest(values, law.cdf).pvalue) >= FITS  # type: ignore[arg-type]


def _shift(sample: Sample, kind: Distribution, variance: float, mean: float) -> str:
    """See whether only the mean is wrong, or only its sign was forgotten."""
    values = sample.dithered
    found = float(values.mean())
    law = standard_law(kind, found, variance, (1, 1))
    error = math.sqrt(variance / values.size)
    if law is not None and abs(found - mean) > 4.0 * error and fits(sample, law):
        return f"the mean is {found:.4g}, not {mean:.4g}"
    bound = math.sqrt(3.0 * variance)
    deviation = "[0, 1) times the standard deviation"
    for high, width in ((bound, "[0, bound)"), (math.sqrt(variance), deviation)):
        one_sided = standard_law("uniform", high / 2.0, high**2 / 12.0, (1, 1))
        if one_sided is not None and fits(sample, one_sided):
            return f"the mean is {found:.4g}: drawn from {width}, as rand gives, and not centred"
    return ""


def _truncation(sample: Sample, law: Law, kind: Distribution, variance: float) -> str:
    """See whether a draw was truncated elsewhere than claimed, or not at all, or needlessly."""
    values = sample.dithered
    if kind not in {"normal", "truncated_normal"}:
        return ""
    before = [math.sqrt(variance)]
    if kind == "truncated_normal":
        before.append(math.sqrt(variance) / TRUNCATED_STD)
    for parent in before:  # the standard deviation before truncation
        for cut in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0):
            expected = values.size * math.erfc(cut / math.sqrt(2.0))
            if expected < 7.0:  # a cut that far out does not show
                break
            other = truncated_at(law.mean, parent, -cut, cut)
            if np.abs(values - law.mean).max() <= cut * parent * (1.0 + 1e-2) and fits(
                sample, other
            ):
                if kind == "normal":
                    return (
                        f"truncated at {cut:g} standard deviations where no truncation is claimed"
                    )
                if cut == 2.0 and other.variance < variance:
                    return (
                        "truncated without dividing the standard deviation by 0.8796, which"
                        " truncation costs"
                    )
                where = "too far out" if cut > 2.0 else "too close"
                return f"truncated at {cut:g} standard deviations, {where}"
        whole = standard_law("normal", law.mean, parent**2, (1, 1))
        if kind == "truncated_normal" and whole is not None and fits(sample, whole):
            return "the truncation is missing, or so far out that it cuts nothing"
    return ""


def _depth_scaling(
    kind: Distribution, variance: float, claim: Claim, depth: int
) -> Iterator[Hypothesis]:
    """Yield divisors other than the claimed one; `variance` is the one before the division."""
    right = claim.divisor(depth)
    if right != 1.0:
        yield Hypothesis(f"the division by {claim.divide_by} is missing", kind, variance)
        yield Hypothesis(f"divided by {claim.divide_by} twice", kind, variance / right**4)
    for text in DIVISORS if depth > 1 else ():
        value = divisor_of(text, depth)
        if not math.isclose(value, right):
            instead = f"divided by {text}, not by {claim.divide_by}"
            extra = f"divided by {text}, which is not claimed"
            yield Hypothesis(extra if right == 1.0 else instead, kind, variance / value**2)


def _slips(
    kind: Distribution, variance: float, layer: LayerSpec, claim: Claim, divisor: float
) -> Iterator[Hypothesis]:
    """Yield slips in the formula itself."""
    try:
        swapped = replace(layer, fan_in=layer.fan_out, fan_out=layer.fan_in)
        other = claim.scheme.variance(swapped) / divisor**2
    except UsageError:
        other = variance
    if not math.isclose(other, variance):
        yield Hypothesis("swapped fans: fan_in and fan_out are exchanged", kind, other)
    if kind == "uniform":
        slips = {
            "missing square root: the square of the bound was used": 3.0 * variance**2,
            "the standard deviation was used as the bound": variance / 3.0,
        }
    else:
        slips = {
            "missing square root: the variance was used as the standard deviation": variance**2,
            "the bound of the uniform draw was used as the standard deviation": 3.0 * variance,
        }
    slips["the square root was taken twice"] = math.sqrt(variance)
    yield from (Hypothesis(cause, kind, other) for cause, other in slips.items())
    for name, fan in _fans(layer).items():
        if _depends_on(claim, layer) == name:
            yield Hypothesis(f"{name}² in place of {name}", kind, variance / fan)
            yield Hypothesis(f"never divided by {name}", kind, variance * fan)


def _defaults(layer: LayerSpec) -> Iterator[Hypothesis]:
    """Yield the default initializations of frameworks."""
    never = "the claimed scheme was never applied"
    total = layer.fan_in + layer.fan_out
    torch, lecun = f"PyTorch's default, U(±1/√fan_in): {never}", 1.0 / layer.fan_in
    flax = f"Flax' default, truncated lecun_normal: {never}"
    yield Hypothesis(torch, "uniform", 1.0 / (3.0 * layer.fan_in))
    yield Hypothesis(f"Keras' default, glorot_uniform: {never}", "uniform", 2.0 / total)
    yield Hypothesis(flax, "truncated_normal", lecun)
    yield Hypothesis("standard normal, never scaled", "normal", 1.0)
    yield Hypothesis("uniform from 0 to 1, never centred or scaled", "uniform", 1.0 / 12.0, 0.5)
    yield Hypothesis("uniform from -1 to 1, never scaled", "uniform", 1.0 / 3.0)


def _other_fans(
    kind: Distribution, variance: float, placed: Placed, layer: LayerSpec, claim: Claim
) -> Iterator[Hypothesis]:
    """Yield other gains and other fans."""
    name = _depends_on(claim, layer)
    if name is None:
        return
    right = _fans(layer)[name]
    gain = variance * right
    others = [fan for fan in _fans(layer).items() if fan[0] != name]
    wrong = {f"{other} in place of {name}": fan for other, fan in others}
    instead = "their mean" if name == "fan_avg" else name
    wrong[f"fan_in + fan_out in place of {instead}"] = layer.fan_in + layer.fan_out
    if placed.positions > 1:
        wrong["the fans leave out the size of the kernel"] = right / placed.positions
    if placed.role == "attention":
        thirds = replace(layer, fan_out=max(1, layer.fan_out // 3))
        if layer.fan_out == 3 * layer.fan_in and name != "fan_in":
            wrong["the fans are those of query, key and value apart"] = _fans(thirds)[name]
        if len(placed.tensor.shape) == 3:
            first, *_, last = placed.tensor.shape
            middle = placed.tensor.size / (first * last)
            as_convolution = LayerSpec(int(first * middle), int(first * last))
            wrong["the fans are those of a convolution of this shape"] = _fans(as_convolution)[name]
    for square, text in GAINS:
        if not math.isclose(square, gain):
            yield Hypothesis(f"wrong gain: {text}", kind, square / right)
    yield from (Hypothesis(f"wrong fan: {text}", kind, gain / fan) for text, fan in wrong.items())


def _any_gain(layer: LayerSpec) -> Iterator[Hypothesis]:
    """Yield independent draws scaled by a fan, for claims without such a draw."""
    for kind, name in KINDS.items():
        for fan_name, fan in _fans(layer).items():
            for square, text in GAINS[:3]:
                cause = f"an independent {name} draw of gain {text}, scaled by {fan_name}"
                yield Hypothesis(cause, kind, square / fan)


def _fixed() -> Iterator[Hypothesis]:
    for std in STDS:
        yield Hypothesis(f"normal, standard deviation {std:g} whatever the fans", "normal", std**2)
        cut = f"truncated normal, {std:g} before truncation"
        yield Hypothesis(cut, "truncated_normal", (std * TRUNCATED_STD) ** 2)
        yield Hypothesis(f"uniform from {-std:g} to {std:g}", "uniform", std**2 / 3.0)


def _fans(layer: LayerSpec) -> dict[str, float]:
    return {
        "fan_in": layer.fan_in,
        "fan_out": layer.fan_out,
        "fan_avg": (layer.fan_in + layer.fan_out) / 2.0,
    }


def _depends_on(claim: Claim, layer: LayerSpec) -> str | None:
    """Return the fan that the claimed variance is inversely proportional to, found by doubling."""
    variance = claim.scheme.variance
    doubled = replace(layer, fan_in=2 * layer.fan_in), replace(layer, fan_out=2 * layer.fan_out)
    try:
        ratios = [variance(layer) / variance(wider) for wider in doubled]
    except (UsageError, ZeroDivisionError):
        return None
    for name, fan in _fans(layer).items():
        if all(
            math.isclose(ratio, _fans(wider)[name] / fan)
            for ratio, wider in zip(ratios, doubled, strict=True)
        ):
            return name
    return None


def _laws(
    layer: LayerSpec, variance: float, tolerance: float
) -> Iterator[tuple[Initialization, Law]]:
    """Yield the schemes that draw such a layer with about this variance, with their laws."""
    for scheme in _schemes():
        try:
            if scheme.distribution(layer) not in _DRAWN:  # mixtures may take the whole matrix
                continue
            stated = scheme.variance(layer)
            if stated <= 0.0 or abs(variance / stated - 1.0) > tolerance:
                continue
            law = scheme.law(layer)
        except UsageError:
            continue
        if law is not None and law.parts:
            yield scheme, law


@cache
def _schemes() -> tuple[Initialization, ...]:
    schemes = []
    for entry in INITIALIZERS.values():
        if entry.adapt is not None or entry.variance is None:
            continue
        try:
            schemes.append(bind(entry.name))
        except (OptionError, UsageError):  # an option without a default
            continue
    return tuple(schemes)
