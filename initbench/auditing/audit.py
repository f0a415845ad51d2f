"""The audit of a checkpoint: each tensor against its claim, or against every scheme without one.

Every test has a p-value, the chance that tensors drawn as claimed look at least as odd. A
checkpoint has many tensors and each tensor several tests, so p-values are corrected by Holm's
method for all tests of the audit: a true claim is doubted in at most the share `SIGNIFICANCE` of
all audits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.auditing.causes import bias_cause, consistent_schemes, likely_cause
from initbench.auditing.checkpoints import Layout, Tensor, tensors_of
from initbench.auditing.checks import (
    WHOLE,
    Check,
    check_facts,
    check_law,
    check_repeats,
    check_weights,
    trace_of,
)
from initbench.auditing.claims import Claim, ClaimsError, blocks_of, claim_for, read_claims
from initbench.auditing.layouts import KERNELS, Placed, Sample, place, read_sample
from initbench.errors import UsageError
from initbench.initializers.initialization import Initialization
from initbench.initializers.layers import LayerSpec, changed_options
from initbench.nn import BoundActivation, bind_activation
from initbench.stats.comparisons import holm

CONSISTENT: Final = "consistent"
REFUTED: Final = "not as claimed"
ODD: Final = "stands out"
UNCLAIMED: Final = "no claim"

SIGNIFICANCE: Final = 0.001
"""How often an audit may doubt a claim that is true."""

STRUCTURE_LIMIT: Final = 2**26
"""Entries above which how the weights of a matrix hang together is not tested."""


@dataclass(frozen=True)
class TensorAudit:
    """The findings in one tensor.

    Attributes
    ----------
    name : str
    shape : tuple of int
    role, layout, because : str
        As in `initbench.auditing.layouts.Placed`.
    fan_in, fan_out : int
        Both 0 for tensors that have none.
    entries : int
        That were looked at.
    mean, std : float
        Of these entries; NaN where some are not finite.
    claim : str
        The scheme; empty where no claim speaks of the tensor.
    claimed_mean, claimed_std : float
        NaN without a claim.
    checks : tuple of Check
        With corrected p-values.
    consistent_with : tuple of str
        Without a claim, the schemes that the tensor may be of.
    cause : str
        The likely cause of what does not fit the claim; empty where none was recognised.
    verdict : str
        `CONSISTENT`, `REFUTED`, `ODD` or `UNCLAIMED`.
    """

    name: str
    shape: tuple[int, ...]
    role: str
    layout: str
    because: str
    fan_in: int
    fan_out: int
    entries: int
    mean: float
    std: float
    claim: str
    claimed_mean: float
    claimed_std: float
    checks: tuple[Check, ...]
    consistent_with: tuple[str, ...]
    cause: str
    verdict: str

    @property
    def findings(self) -> tuple[Check, ...]:
        """The checks that led to the verdict, if it is `REFUTED` or `ODD`; set by the audit."""
        return tuple(check for check in self.checks if check.is_finding)


@dataclass(frozen=True)
class Audit:
    """The findings in a checkpoint.

    Attributes
    ----------
    claims : tuple of str
    significance : float
        Below which a corrected p-value is a finding.
    blocks : int
        How many blocks the names count, which `divide_by` refers to as L.
    tensors : tuple of TensorAudit
    consistent : bool
        Whether there is no finding.
    """

    claims: tuple[str, ...]
    significance: float
    blocks: int
    tensors: tuple[TensorAudit, ...]
    consistent: bool


def audit(
    checkpoint: Sequence[Tensor] | Mapping[str, FloatArray],
    claims: Initialization | str | Mapping[str, Any] | None = None,
    *,
    activation: str | BoundActivation = "relu",
    significance: float = SIGNIFICANCE,
    layout: Layout | None = None,
) -> Audit:
    """Test the tensors of a checkpoint against the schemes that are said to have drawn them.

    Parameters
    ----------
    checkpoint : sequence of Tensor, or mapping of str to ndarray
        As `read_checkpoint` returns, or arrays by name.
    claims : Initialization, str, mapping or None
        A scheme, or a mapping from patterns of names to schemes (see
        `initbench.auditing.claims`). None: each tensor is compared with every scheme.
    activation : str or BoundActivation
        Of the hidden layers, for schemes that depend on it.
    significance : float
    layout : {"out_in", "in_out"}, optional
        Of all matrices; recognised where it is not given.

    Raises
    ------
    UsageError
        There are no tensors, a claim has no law, does not draw such layers, or matches no tensor.
    """
    tensors = tensors_of(checkpoint) if isinstance(checkpoint, Mapping) else list(checkpoint)
    if not tensors:
        raise UsageError("there is no tensor of floating-point numbers")
    if not 0 < significance < 1:  # NaN is not
        raise UsageError(f"significance must be between 0 and 1, not {significance:g}")
    stated = () if claims is None else read_claims(claims)
    placed = place(tensors, layout)
    found = {each.tensor.name: claim_for(each, stated) for each in placed}
    unmatched = [claim for claim in stated if claim not in found.values()]
    if unmatched:
        known = ", ".join(tensor.name for tensor in tensors[:5])
        more = ", …" if len(tensors) > 5 else ""
        what = f"matches no tensor: the names are {known}{more}"
        raise ClaimsError(
            {each.pattern: what if each.pattern else f"{each} {what}" for each in unmatched}
        )
    names = [each.tensor.name for each in placed if each.role in KERNELS]
    order = {name: index for index, name in enumerate(names)}
    last = max(len(order), 1) - 1
    hidden = bind_activation(activation) if isinstance(activation, str) else activation
    layers = {
        each.tensor.name: LayerSpec(
            *each.fans,
            order.get(each.tensor.name, 0),
            last + 1,
            activation="linear" if order.get(each.tensor.name) == last else hidden.name,
            hidden_activation=hidden.name,
            activation_options=changed_options(hidden),
        )
        for each in placed
    }
    depth = blocks_of([tensor.name for tensor in tensors])
    audits, traces = [], []
    for each in placed:
        sample, claim = read_sample(each), found[each.tensor.name]
        layer = layers.get(each.of, layers[each.tensor.name])
        settings: Any = {"depth": depth, "significance": significance, "guess": not stated}
        audits.append(_audit_one(each, sample, layer, claim, **settings))
        # Weights of a fixed scheme may repeat; random weights should not.
        fixed = {"constant", "deterministic"}
        if claim is None or claim.scheme.distribution(layer) not in fixed:
            traces.append(trace_of(each, sample))
    for name, check in check_repeats(traces):
        index = next(place for place, one in enumerate(audits) if one.name == name)
        audits[index] = replace(audits[index], checks=(*audits[index].checks, check))

    # Correct the p-values of all tests, and give each tensor its verdict.
    tests = [check for one in audits for check in one.checks if not check.is_exact]
    corrected = iter(holm(np.array([check.p_value for check in tests])).tolist())
    for index, one in enumerate(audits):
        checks = []
        for check in one.checks:
            p_value = check.p_value if check.is_exact else next(corrected)
            checks.append(replace(check, p_value=p_value, is_finding=p_value < significance))
        found_names = {check.name for check in checks if check.is_finding}
        cause = one.cause if found_names else ""
        if found_names & {"duplicate", "stream"} and not cause:
            cause = "a generator that was seeded again before each layer, or copied weights"
        doubted, sound = (REFUTED, CONSISTENT) if one.claim else (ODD, UNCLAIMED)
        verdict = doubted if found_names else sound
        audits[index] = replace(one, checks=tuple(checks), verdict=verdict, cause=cause)
    return Audit(
        claims=tuple(f"{each.pattern}: {each}" if each.pattern else str(each) for each in stated),
        significance=significance,
        blocks=depth,
        tensors=tuple(audits),
        consistent=not any(one.findings for one in audits),
    )


def _audit_one(
    placed: Placed,
    sample: Sample,
    layer: LayerSpec,
    claim: Claim | None,
    *,
    depth: int,
    significance: float,
    guess: bool,
) -> TensorAudit:
    """Return the tests of one tensor, with p-values that are not yet corrected."""
    is_kernel = placed.role in KERNELS or placed.role == "embedding"
    law = None
    if claim is not None:  # biases that a pattern names have the scheme's own law
        of_bias = placed.role == "bias" and not claim.pattern
        law = claim.scheme.bias_law(layer) if of_bias else claim.scheme.law(layer)
    may_repeat: set[str] = set()
    if law is not None and not law.parts:
        may_repeat = {"constant", "units"}
    elif claim is not None and claim.scheme.distribution(layer) == "deterministic":
        may_repeat = {"units"}  # the matrix is compared entry by entry
    checks = [
        check for check in check_facts(sample, is_kernel=is_kernel) if check.name not in may_repeat
    ]
    is_sound = all(check.p_value > 0.0 or not check.is_exact for check in checks)
    cause = ""
    schemes: tuple[str, ...] = ()
    divisor = 1.0 if claim is None else claim.divisor(depth)
    if claim is not None and is_sound:
        scaled = replace(sample, rows=sample.rows * divisor)
        if not is_kernel:
            checks += [] if law is None else check_law(scaled, law)
        else:
            matrix, matrix_layer = None, layer
            tensor, kind = placed.tensor, claim.scheme.distribution(layer)
            if kind in WHOLE and tensor.size <= STRUCTURE_LIMIT:
                matrix = tensor.read(0, tensor.size).reshape(placed.matrix) * divisor
                matrix = matrix.T if placed.layout == "out_in" else matrix
                matrix_layer = replace(layer, fan_in=len(matrix), fan_out=matrix.shape[1])
            checks += check_weights(scaled, matrix, matrix_layer, claim.scheme)
        if any(check.p_value < significance for check in checks):
            cause = bias_cause(sample, layer)
            if placed.role != "bias":
                cause = likely_cause(sample, placed, layer, claim, depth)
    elif not is_sound:
        failed = {check.name for check in checks if check.p_value == 0.0}
        if failed & {"finite", "magnitude"}:
            cause = "memory that was never initialized, or training that diverged"
        elif "constant" in failed:
            is_zero = sample.values[0] == 0.0
            cause = "zero on purpose, or never initialized" if is_zero else "set to a constant"
    elif guess and is_kernel:
        schemes = consistent_schemes(sample, placed, layer)
    values = sample.values[np.isfinite(sample.values)]
    with np.errstate(over="ignore"):  # magnitudes near the largest number, which are a finding
        std = float(values.std()) if values.size else math.nan
    return TensorAudit(
        name=placed.tensor.name,
        shape=placed.tensor.shape,
        role=placed.role,
        layout=placed.layout if is_kernel else "",
        because=placed.because,
        fan_in=layer.fan_in if is_kernel else 0,
        fan_out=layer.fan_out if is_kernel else 0,
        entries=sample.values.size,
        mean=float(values.mean()) if values.size else math.nan,
        std=std,
        claim="" if claim is None else str(claim),
        claimed_mean=math.nan if law is None else law.mean / divisor,
        claimed_std=math.nan if law is None else math.sqrt(max(law.variance, 0.0)) / divisor,
        checks=tuple(checks),
        consistent_with=schemes,
        cause=cause,
        verdict="",
    )
