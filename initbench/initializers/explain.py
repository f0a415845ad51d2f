"""What there is to say of a scheme, and of how two differ, at given fans: records, and their text.

What can be measured is not taken from words: which fan the variance depends on is found by changing
the fans, and whether two schemes scale the same draw by drawing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.formatting import capitalized, count_of
from initbench.initializers.entry import ANY_NETWORK, SAMPLES
from initbench.initializers.initialization import Initialization
from initbench.initializers.laws import Distribution
from initbench.initializers.layers import LayerSpec
from initbench.tables import as_lines, plain, table_of

KINDS: Final[Mapping[Distribution, str]] = {
    "constant": "all weights equal",
    "deterministic": "the same matrix for every seed",
    "normal": "normal",
    "uniform": "uniform",
    "truncated_normal": "truncated normal",
    "orthogonal": "orthogonal",
    "isometry": "orthogonal, not uniformly distributed",
    "mirrored": "orthogonal, mirrored",
    "unit_norm": "weight vectors of equal length",
    "mixture": "mixture",
    "unstated": "not stated",
}

OWN: Final = "Your own"
"""The family of what is not in the catalogue."""

BINS: Final = 15
BAR: Final = 40


@dataclass(frozen=True)
class Explanation:
    """All that is known of a scheme at one layer."""

    name: str
    aliases: tuple[str, ...]
    family: str
    summary: str
    formula: str
    recommended_for: str
    reference: str
    bibtex: str  # empty where there is no paper
    requires: str  # what networks it is for; empty where for all
    adapts: str  # what it does after drawing; empty where nothing
    # whether it says what it draws. If not, mean and deviation are those of one draw
    states_law: bool
    # options, spellings: of the options to their values, and of frameworks to their initializers of
    # the same law
    options: Mapping[str, object]
    spellings: Mapping[str, str]
    fans: tuple[int, int]
    distribution: str  # in words
    # mean, std: of a weight
    mean: float
    std: float
    # least and greatest weight; None where the scheme does not state its law
    support: tuple[float, float] | None
    scales_with: str  # which fans the variance depends on, in words
    bias_formula: str
    bias_std: float
    # counts, edges: shapes (BINS,) and (BINS + 1,): histogram of one draw
    counts: FloatArray
    edges: FloatArray


@dataclass(frozen=True)
class Comparison:
    """How two schemes differ at one layer."""

    first: Explanation
    second: Explanation
    # the first scheme's variance over the second's; None where that is zero
    variance_ratio: float | None
    differences: Mapping[str, tuple[str, str]]  # from what differs to what each of both says
    same_draw: bool  # whether the weights of one seed are in proportion


_AS_STATED: Final = ("name", "aliases", "summary", "formula", "recommended_for", "reference")


def explain(initialization: Initialization, layer: LayerSpec, *, seed: int = 0) -> Explanation:
    """Return what there is to say of a scheme at one layer."""
    scheme, law = initialization.initializer, initialization.law(layer)
    [(weights, _)] = initialization.draw([layer], seed)
    mean, std = (
        (initialization.mean(layer), math.sqrt(initialization.variance(layer)))
        if initialization.states_law
        else (float(weights.mean()), float(weights.std()))
    )
    low, high = float(weights.min()), float(weights.max())
    if low < 0.0 < high:  # a range that is symmetric where the weights have both signs
        low, high = -max(-low, high), max(-low, high)
    if high - low <= 1e-12 * abs(low):  # a bin has to be wider than the rounding of its edges
        low, high = low - max(0.5, 1e-6 * abs(low)), high + max(0.5, 1e-6 * abs(low))
    counts, edges = np.histogram(weights, bins=BINS, range=(low, high))
    scales_with = "not stated"
    if initialization.states_law:  # found by doubling each fan
        scales_with = " and ".join(
            name
            for name, wider in (
                ("fan_in", replace(layer, fan_in=2 * layer.fan_in)),
                ("fan_out", replace(layer, fan_out=2 * layer.fan_out)),
            )
            if not math.isclose(
                initialization.variance(wider), initialization.variance(layer), rel_tol=1e-9
            )
        )
    activations = ", ".join(scheme.requires.activations)
    requires = f"networks of {activations}" if activations else "residual networks"
    if scheme.requires == ANY_NETWORK:
        requires = ""
    adapts = ""
    if scheme.adapt is not None:
        samples = initialization.options[SAMPLES]
        adapts = f"changes what it drew, looking at {samples} training samples; shown is the draw"
    return Explanation(
        **{name: getattr(scheme, name) for name in _AS_STATED},
        family=scheme.family or OWN,
        bibtex=scheme.citation.bibtex if scheme.citation else "",
        requires=requires,
        adapts=adapts,
        states_law=initialization.states_law,
        options={**initialization.options, **initialization.options_for(layer)},
        spellings=dict(initialization.for_activation(layer.bound_activation).spellings),
        fans=layer.shape,
        distribution=KINDS[initialization.distribution(layer)],
        mean=mean,
        std=std,
        support=law.support if law else None,
        scales_with=scales_with or "no fan",
        bias_formula=initialization.bias.formula if initialization.bias else "0",
        bias_std=math.sqrt(max(initialization.bias_law(layer).variance, 0.0)),
        counts=counts.astype(float),
        edges=edges,
    )


def compare(
    first: Initialization, second: Initialization, layer: LayerSpec, *, seed: int = 0
) -> Comparison:
    """Return how two schemes differ at one layer.

    Raises
    ------
    UsageError
        One of them does not draw such a layer.
    """
    one, other = explain(first, layer, seed=seed), explain(second, layer, seed=seed)
    aspects = zip(_aspects(one), _aspects(other), strict=True)
    weights, others = (scheme.draw([layer], seed)[0][0] for scheme in (first, second))
    size = float(np.linalg.norm(weights) * np.linalg.norm(others))
    return Comparison(
        first=one,
        second=other,
        variance_ratio=(one.std / other.std) ** 2 if other.std > 0.0 else None,
        differences={name: (here, there) for (name, here), (_, there) in aspects if here != there},
        same_draw=size > 0.0 and math.isclose(float(np.vdot(weights, others)), size, rel_tol=1e-9),
    )


def explanation_text(explanation: Explanation) -> str:
    """Return an explanation as text."""
    aliases = f" ({', '.join(explanation.aliases)})" if explanation.aliases else ""
    facts = {
        "law": _law(explanation),
        **dict(_aspects(explanation)),
        "then": explanation.adapts,
        "options": ", ".join(f"{name} = {value}" for name, value in explanation.options.items()),
        "good for": explanation.recommended_for,
        "made for": explanation.requires,
        "source": explanation.reference,
        **explanation.spellings,
    }
    middles = (explanation.edges[1:] + explanation.edges[:-1]) / 2.0
    middles[np.abs(middles) < 1e-9 * np.ptp(explanation.edges)] = 0.0
    total, most = explanation.counts.sum(), explanation.counts.max()
    bars = [
        f"  {middle:>10.3g} {'█' * round(BAR * count / most):{BAR}} {count / total:6.1%}"
        for middle, count in zip(middles, explanation.counts, strict=True)
    ]
    inputs, units = explanation.fans
    fans = f"{count_of(inputs, 'input')}, {count_of(units, 'unit')}"
    return "\n".join(
        [
            f"{explanation.name}{aliases}",
            f"{capitalized(explanation.summary).removesuffix('.')}.",
            "",
            *_indented(("", ""), [fact for fact in facts.items() if fact[1]])[1:],
            "",
            f"One draw ({fans}):",
            *bars,
        ]
    )


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as text."""
    first, second, ratio = comparison.first.name, comparison.second.name, comparison.variance_ratio
    rows = [("law", _law(comparison.first), _law(comparison.second))]
    rows += [(name, *values) for name, values in comparison.differences.items()]
    inputs, units = comparison.first.fans
    fans = f"{count_of(inputs, 'input')} and {count_of(units, 'unit')}"
    lines = [*_indented(("", first, second), rows), ""]
    if ratio is not None and math.isclose(ratio, 1.0, rel_tol=1e-4):
        lines.append(f"At {fans}, {first} and {second} have the same variance.")
    elif ratio is not None:
        lines.append(f"At {fans}, {first} has {ratio:.4g} times the variance of {second}.")
    if comparison.same_draw:
        lines.append("With one seed, the weights of both are in proportion.")
    if not comparison.differences:
        lines.append("At this layer, nothing that is stated of them differs.")
    return "\n".join(lines)


def _indented(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table of text as lines, the headings first."""
    lines, _ = as_lines(table_of(names, rows, left=range(len(names))))
    return [f"  {line}".rstrip() for line in plain(lines).split("\n")]


def _law(explanation: Explanation) -> str:
    return explanation.formula or ("as stated below" if explanation.states_law else "not stated")


def _aspects(explanation: Explanation) -> list[tuple[str, str]]:
    """Return what a comparison looks at, named and in words."""
    low, high = explanation.support or (math.nan, math.nan)
    spread = f", std {explanation.bias_std:.4g}" if explanation.bias_std > 0.0 else ""
    measured = "" if explanation.states_law else " in one draw"
    bounds = f"from {low:.4g} to {high:.4g}" if math.isfinite(low) else "no bounds"
    return [
        ("weights", explanation.distribution),
        ("std", f"{explanation.std:.4g}{measured}"),
        ("mean", f"{explanation.mean:.4g}{measured}"),
        ("range", "" if explanation.support is None else bounds),
        ("depends on", explanation.scales_with),
        ("biases", f"{explanation.bias_formula}{spread}"),
    ]
