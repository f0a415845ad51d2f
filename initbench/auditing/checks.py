"""Tests of one tensor: facts that hold of any initialization, and a sample against a claimed law.

A check's p-value is the chance that a tensor drawn as claimed looks at least as odd. A check of
something that chance has no part in (a weight outside of the law's range, NaN) is *exact*: its
p-value is 1 where it holds and 0 where it does not, and it is not counted when p-values are
corrected for their number.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.auditing.layouts import Placed, Sample
from initbench.initializers.initialization import Initialization
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec

SLACK: Final = 1e-5
"""Relative error that weights may have, as those computed in single precision do."""

REACH: Final = 2.5
"""Standard deviations from which on an entry lies far out: beyond those of a truncated normal."""

HUGE: Final = 1e6
"""No initialization draws a weight above this; memory that was never written holds such numbers."""

TINY: Final = 1e-30
"""Nor a weight below this that is not zero."""

MANY: Final = 100
"""Entries from which on a mean square is close to the chi-square law that has its moments."""

_STRUCTURED: Final = frozenset({"orthogonal", "isometry", "mirrored"})
WHOLE: Final = frozenset({*_STRUCTURED, "unit_norm", "constant", "deterministic"})
"""The distributions that say how the weights of a matrix hang together."""

_UNITS_TESTED: Final = 256


@dataclass(frozen=True)
class Check:
    """One test of one tensor.

    Attributes
    ----------
    name : str
        ``finite``, ``magnitude``, ``constant``, ``units``, ``duplicate``, ``stream``, ``mean``,
        ``variance``, ``distribution``, ``tails``, ``range``, ``zeros``, ``values``, ``isometry``,
        ``lengths`` or ``mirror``.
    finding : str
        What was found, and what was claimed, in words.
    is_exact : bool
        Whether chance has no part in it.
    is_finding : bool
        Whether the p-value, corrected for the number of tests, is below the significance.
    """

    name: str
    p_value: float
    finding: str
    is_exact: bool = False
    is_finding: bool = False


def check_facts(sample: Sample, *, is_kernel: bool) -> Iterator[Check]:
    """Yield the tests that need no claim; after one that fails, the others mean nothing.

    Parameters
    ----------
    is_kernel : bool
        Whether the tensor has units whose weights should differ: biases may all be equal.
    """
    values = sample.values
    bad = int(np.sum(~np.isfinite(values)))
    yield _fact(
        "finite",
        bad == 0,
        "all entries are finite",
        f"{bad} of {values.size} entries are NaN or infinite",
    )
    if bad:
        return
    sizes = np.abs(values)
    odd = int(np.sum((sizes > HUGE) | ((sizes < TINY) & (values != 0.0))))
    least, most = float(sizes[sizes > 0.0].min(initial=math.inf)), float(sizes.max())
    yield _fact(
        "magnitude",
        odd == 0,
        "no entry is absurd",
        f"{odd} of {values.size} entries are absurd: magnitudes from {least:.3g} to {most:.3g}",
    )
    if odd or not is_kernel or values.size < 2:
        return
    is_constant = bool(np.all(values == values[0]))
    yield _fact("constant", not is_constant, "entries differ", f"every entry is {values[0]:g}")
    if not is_constant:
        yield check_units(sample)


def check_units(sample: Sample) -> Check:
    """Test that no two units have the same weights, unless these are all zero.

    Two entries agree by chance in one of 2^bits cases at most, which matters for units with one
    input or two.
    """
    units = sample.units[np.any(sample.units != 0.0, axis=1)]
    copies = len(units) - len(np.unique(units, axis=0))
    pairs = len(units) * (len(units) - 1) / 2.0
    log_chance = math.log(max(pairs, 1.0)) - sample.bits * units.shape[1] * math.log(2.0)
    p_value = math.exp(min(log_chance, 0.0)) if copies else 1.0
    found = f"{copies} units repeat the weights of another" if copies else "all units differ"
    return Check("units", p_value, found)


def check_weights(
    sample: Sample, matrix: FloatArray | None, layer: LayerSpec, claim: Initialization
) -> Iterator[Check]:
    """Yield the tests of weights against a claimed scheme.

    Parameters
    ----------
    matrix : ndarray of shape (fan_in, fan_out), or None
        All weights, for claims that say how they hang together; None where the tensor is too large
        or of more axes, and such claims are tested by their entries alone.
    """
    kind, law = claim.distribution(layer), claim.law(layer)
    slack = max(SLACK, 4.0 * sample.rounding)
    if kind in {"constant", "deterministic"}:
        if matrix is not None:
            [(expected, _)] = claim.draw([layer], seed=0)
            close = np.abs(matrix - expected).max() <= slack * np.abs(expected).max()
            yield _fact("values", bool(close), "the claimed matrix", "another matrix")
        return
    if matrix is not None:
        block = matrix
        if kind == "mirrored":
            rows, columns = 2 - layer.is_first, 2 - layer.is_last
            block = matrix[: layer.fan_in // rows, : layer.fan_out // columns]
            mirrored = np.kron(np.outer([1.0, -1.0][:rows], [1.0, -1.0][:columns]), block)
            copies = np.abs(matrix - mirrored).max() <= slack * np.abs(matrix).max()
            yield _fact("mirror", bool(copies), "copies of one block", "no copies of one block")
            sample = replace(sample, rows=block, has_units_as_rows=False)
        yield from _check_structure(matrix, block, layer, claim, slack)
    if law is not None:
        moments = kind not in _STRUCTURED  # isometry has tested theirs
        yield from check_law(sample, law, moments=moments)


def check_law(sample: Sample, law: Law, *, moments: bool = True) -> Iterator[Check]:
    """Yield tests of mean, variance, range, single values, tails and distribution."""
    values = sample.dithered
    if moments and law.parts:
        yield check_mean(values, law)
        if values.size > 1:
            yield check_variance(values, law)
    yield from check_shape(sample, law)


def check_mean(values: FloatArray, law: Law) -> Check:
    """Test the mean by its standard error, the claimed and the found one: the larger p-value."""
    from scipy import stats

    found, claimed = float(values.mean()), law.mean
    distance, root = abs(found - claimed), math.sqrt(values.size)
    p_value = 2.0 * float(stats.norm.sf(root * distance / math.sqrt(law.variance)))
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    if spread > 0.0:
        p_value = max(p_value, 2.0 * float(stats.t.sf(root * distance / spread, values.size - 1)))
    return Check("mean", p_value, f"{found:.4g}, {claimed:.4g} claimed")


def check_variance(values: FloatArray, law: Law) -> Check:
    """Test the variance by the chi-square law whose first two moments it has.

    References
    ----------
    Box, "Non-normality and tests on variances", Biometrika 40 (1953).
    """
    from scipy import stats

    claimed, found, count = law.variance, float(values.var(ddof=1)), values.size
    kurtosis = law.central_moment(4) / claimed**2
    freedom = 2.0 / ((kurtosis - (count - 3.0) / (count - 1.0)) / count)
    if count < MANY:
        freedom = min(freedom, count - 1.0)
    ratio = freedom * found / claimed
    tails = stats.chi2.cdf(ratio, freedom), stats.chi2.sf(ratio, freedom)
    finding = f"{found:.4g}, {claimed:.4g} claimed"
    return Check("variance", float(min(1.0, 2.0 * min(tails))), finding)


def check_shape(sample: Sample, law: Law) -> Iterator[Check]:
    """Yield tests of range, single values, tails and distribution."""
    from scipy import stats

    values, (low, high) = sample.values, law.support
    slack = max(SLACK, 2.0 * sample.rounding) * max(abs(low), abs(high))
    if math.isfinite(slack):
        outside = int(np.sum((values < low - slack) | (values > high + slack)))
        found = f"{outside} of {values.size} outside of {low:.4g} to {high:.4g}"
        yield _fact("range", outside == 0, f"none outside of {low:.4g} to {high:.4g}", found)
    rest = sample.dithered
    for share, value in law.atoms if law.parts else ():
        met = np.abs(values - value) <= slack if math.isfinite(slack) and value else values == value
        p_value = float(stats.binomtest(int(met.sum()), values.size, share).pvalue)
        yield Check("zeros", p_value, f"{met.mean():.1%} are {value:g}, {share:.1%} claimed")
        values, rest = values[~met], rest[~met]
    if law.parts and rest.size:
        cdf: Any = law.cdf
        mean, reach = law.mean, REACH * math.sqrt(law.variance)
        beyond = int(np.sum(np.abs(rest - mean) > reach))  # where truncation shows
        low, high = cdf(np.array([mean - reach, mean + reach]))
        share = float(np.clip(low + 1.0 - high, 0.0, 1.0))
        tails = float(stats.binomtest(beyond, rest.size, share).pvalue)
        found = f"{beyond / rest.size:.2%} beyond {REACH} standard deviations, {share:.2%} claimed"
        yield Check("tails", tails, found)
        test = stats.kstest(rest, cdf)
        yield Check("distribution", float(test.pvalue), f"largest gap {float(test.statistic):.3g}")


def _check_structure(
    matrix: FloatArray, block: FloatArray, layer: LayerSpec, claim: Initialization, slack: float
) -> Iterator[Check]:
    """Yield exact tests of singular values, of a block that is mirrored, or of lengths."""
    kind, variance = claim.distribution(layer), claim.variance(layer)
    if kind in _STRUCTURED:
        vectors = block if block.shape[0] <= block.shape[1] else block.T
        found = np.linalg.svd(vectors[:_UNITS_TESTED], compute_uv=False)
        name, what, claimed = "isometry", "singular values", math.sqrt(variance * max(block.shape))
        slack = max(100 * SLACK, 4 * slack)
    elif kind == "unit_norm":
        found = np.linalg.norm(matrix, axis=0)
        name, what, claimed = "lengths", "lengths", math.sqrt(variance * len(matrix))
    else:
        return
    text = f"{what} from {found.min():.4g} to {found.max():.4g}, {claimed:.4g} claimed"
    yield _fact(name, bool(np.all(np.abs(found - claimed) < slack * claimed)), text, text)


def _fact(name: str, holds: bool, good: str, bad: str) -> Check:  # noqa: FBT001 - a fact, not a flag
    return Check(name, 1.0 if holds else 0.0, good if holds else bad, is_exact=True)


# --- Repeats: equal tensors, and streams that were seeded again -----------------------------------


LENGTHS: Final = (16, 32, 64, 128, 256, 512, 1024)
"""First entries that are compared; of two tensors, as many as both have."""

PROPORTIONAL: Final = 0.9999
"""Correlation of first entries from which on they are in proportion, whatever the precision."""


@dataclass(frozen=True)
class Trace:
    """The digest and first entries of a tensor, for comparison with later tensors.

    Attributes
    ----------
    digest : bytes
        Of shape and sampled entries; empty for tensors whose equality means nothing.
    starts : tuple of ndarray
        First entries in storage order and, where all entries are known, in the other.
    """

    name: str
    role: str
    size: int
    digest: bytes
    starts: tuple[FloatArray, ...]


def trace_of(placed: Placed, sample: Sample) -> Trace:
    """Return the digest and first entries of a tensor, for comparison with later tensors."""
    values = sample.values
    orders = (values, sample.rows.T.reshape(-1)) if sample.is_whole else (values,)
    starts = tuple(order[: LENGTHS[-1]].copy() for order in orders)
    varied = np.isfinite(values).all() and len(np.unique(values[:1024])) > 1
    digest = hashlib.sha256(repr(placed.tensor.shape).encode() + values.tobytes()).digest()
    is_matrix = placed.matrix[0] > 1 and varied and values.size * sample.bits > 64
    return Trace(placed.tensor.name, placed.role, values.size, digest if is_matrix else b"", starts)


def check_repeats(traces: Sequence[Trace]) -> Iterator[tuple[str, Check]]:
    """Yield name and failed check of every tensor that repeats an earlier one.

    An output layer that equals an embedding is tied to it on purpose, and is no finding.
    """
    first: dict[bytes, Trace] = {}
    repeated = set()
    for trace in traces:
        if not trace.digest:
            continue
        earlier = first.setdefault(trace.digest, trace)
        if earlier is not trace:
            repeated.add(trace.name)
            if "embedding" not in {earlier.role, trace.role}:
                yield (
                    trace.name,
                    Check("duplicate", 0.0, f"has the entries of {earlier.name}", is_exact=True),
                )
    for name, source, correlation in _streams(traces):
        if name not in repeated:
            repeated.add(name)
            found = f"starts with the entries of {source}, scaled (correlation {correlation:.6f})"
            yield name, Check("stream", 0.0, found, is_exact=True)


def _streams(traces: Sequence[Trace]) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs of tensors whose first entries are in proportion."""
    for order in (0, 1):
        starts = [
            (trace.name, trace.starts[order])
            for trace in traces
            if trace.digest and len(trace.starts) > order
        ]
        for length, longer in zip(LENGTHS, (*LENGTHS[1:], np.inf), strict=True):
            known = []
            for name, start in starts:  # patterns and sparse rows are in proportion by design
                head = start[:length]
                if len(head) < length or not np.isfinite(head).all():
                    continue
                if len(np.unique(head)) > length / 4 and 0.0 < np.ptp(head) < 1e30:
                    known.append((name, start))
            if len(known) < 2:
                break
            table = np.array([start[:length] for _, start in known])
            table -= table.mean(axis=1, keepdims=True)
            table /= np.linalg.norm(table, axis=1, keepdims=True)
            is_short = np.array([len(start) < longer for _, start in known])
            correlations = np.abs(table @ table.T)
            close = (correlations > PROPORTIONAL) & (is_short[:, None] | is_short[None, :])
            for later, earlier in np.argwhere(np.tril(close, -1)).tolist():
                yield known[later][0], known[earlier][0], float(correlations[later, earlier])
