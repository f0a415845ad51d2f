"""Compare two results: which metrics differ significantly, scheme by scheme.

A results folder or a ``metrics.json`` is read as the values of each run. A file may come from
anywhere and from any version, so it is validated where it is read.

Where both have runs of a seed, they are compared seed by seed, as schemes are. Where they share too
few seeds, all runs of the one are held against all of the other (Welch). All figures together are
corrected after Holm, so that of two results between which nothing changed at most one pair in
twenty shows any change; and what differs by less than `NEGLIGIBLE` of itself is rounding, however
sure it is, for no two machines compute the same digits.

References
----------
Welch, "The generalization of 'Student's' problem when several different population variances are
involved", Biometrika 34 (1947).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.metric import metric_of
from initbench.options import OptionValue
from initbench.results import files
from initbench.results.decoding import decode
from initbench.results.metrics import (
    EQUIVALENCE_MARGIN,
    METRICS_FORMAT_VERSION,
    Verdict,
    verdict_of,
)
from initbench.results.results import load_results
from initbench.stats.comparisons import (
    ALPHA,
    FEWEST,
    holm,
    p_values,
    paired_difference,
    paired_differences,
    step_of,
)
from initbench.stats.summaries import number_or_none

DIVERGED: Final = "diverged"
"""Name under which divergence is compared like a metric: 1 for a run that diverged, else 0."""

NEGLIGIBLE: Final = 1e-4
"""Share of a figure's size below which a change is of rounding."""

SHARE_OF_SPREAD: Final = 0.1
"""Standard deviations of a loss that make no practical difference."""

Values = Mapping[int, float | None]
Settings = Mapping[str, OptionValue]


@dataclass(frozen=True)
class BaselineEntry:
    """The runs of a scheme in one cell."""

    keys: Mapping[int, str]  # by seed; empty where they were not kept
    metrics: Mapping[str, Values]  # None where a run diverged


@dataclass(frozen=True)
class BaselineCell:
    """One sweep setting with its schemes; ``role`` is that of `outline.Cell`."""

    settings: Mapping[str, OptionValue]
    role: str
    score: str
    inits: Mapping[str, BaselineEntry]


@dataclass(frozen=True)
class Baseline:
    """The results of an experiment, for a comparison with others."""

    source: str
    cells: tuple[BaselineCell, ...]


def read_baseline(path: Path) -> Baseline:
    """Read a results folder, from its raw runs, or a ``metrics.json``.

    Raises `UsageError` if it is neither. Raises `StorageError` if it cannot be read, or a newer
    initbench wrote it.
    """
    if path.is_dir():
        return as_baseline(load_results(path).metrics, str(path))
    data = files.read(path)
    if data is None:
        raise UsageError(f"{path} does not exist: name a results folder or a metrics.json")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no metrics.json ({error})") from error
    return as_baseline(document, str(path))


def as_baseline(document: Any, source: str) -> Baseline:
    """Return the values of each run in a document; raises what `read_baseline` raises."""
    try:
        decoded: _Document = decode(_Document, document, "the document")
        files.refuse_newer(source, decoded.format_version, METRICS_FORMAT_VERSION)
        cells = tuple(map(_cell, decoded.cells, document["cells"]))
    except ValueError as error:
        raise UsageError(f"{source} is no metrics.json ({error})") from error
    return Baseline(source, cells)


@dataclass(frozen=True)
class _Cell:
    settings: Mapping[str, OptionValue]
    score: str


@dataclass(frozen=True)
class _Document:
    format_version: int
    cells: tuple[_Cell, ...]


def _cell(cell: _Cell, document: Mapping[str, Any]) -> BaselineCell:
    inits = document.get("inits")
    if not isinstance(inits, dict) or not all(isinstance(each, dict) for each in inits.values()):
        raise ValueError("inits must be an object of objects")
    entries = {label: _entry(entry, label, cell.score) for label, entry in inits.items()}
    return BaselineCell(cell.settings, str(document.get("role", "point")), cell.score, entries)


def _entry(entry: Mapping[str, Any], label: str, score: str) -> BaselineEntry:
    seeds = decode(tuple[int, ...], entry.get("seeds"), f"{label}.seeds")
    keys = decode(tuple[str, ...], entry.get("keys", []), f"{label}.keys")
    names = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", score)]
    values = {
        name: _values(entry[name], len(seeds), f"{label}.{name}")
        for name in (*names, f"test_{score}_area")
        if name in entry
    }
    diverged_at = decode(tuple[float | None, ...], entry.get("diverged_at"), f"{label}.diverged_at")
    values[DIVERGED] = tuple(float(epoch is not None) for epoch in diverged_at)
    return BaselineEntry(
        dict(zip(seeds, keys, strict=bool(keys))),
        {name: dict(zip(seeds, each, strict=True)) for name, each in values.items()},
    )


def _values(metric: Any, count: int, path: str) -> tuple[float | None, ...]:
    listed = metric.get("values") if isinstance(metric, dict) else None
    values: tuple[float | None, ...] = decode(tuple[float | None, ...], listed, f"{path}.values")
    if len(values) != count:
        raise ValueError(f"{path}.values must be {count}, not {len(values)}")
    return values


@dataclass(frozen=True)
class Figure:
    """One metric of one scheme in one cell, in both results."""

    settings: Settings
    init: str
    metric: str
    # old, new: means; a diverged run counts as the worst score, and has no loss
    old: float | None
    new: float | None
    # ``mean`` of new less old, ``ci95`` and ``n``, the number of pairs or of runs on the smaller
    # side
    difference: Mapping[str, Any]
    is_paired: bool
    p_holm: float | None  # None where there are too few runs for a test
    has_changed: bool
    # one of "better", "worse", "equivalent", "undecided": of new against old, as `verdict_of`
    # returns it
    verdict: Verdict


@dataclass(frozen=True)
class Difference:
    """The comparison of two results."""

    # old, new: where they are from
    old: str
    new: str
    figures: tuple[Figure, ...]
    # runs whose key is the same on both sides, and that were therefore to give the same numbers
    same_runs: int
    # only_old, only_new: schemes that one side alone has; without a label, a whole cell
    only_old: tuple[tuple[Settings, str | None], ...]
    only_new: tuple[tuple[Settings, str | None], ...]
    # by path: what differs in the configs, as far as both are known
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[Figure, ...]:
        """The metrics that differ significantly."""
        return tuple(figure for figure in self.figures if figure.has_changed)

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        return {**asdict(self), "changed": len(self.changed)}


@dataclass(frozen=True)
class _Pair:
    """The values of one metric of one scheme in both results, before the test."""

    settings: Settings
    init: str
    metric: str
    old: Values
    new: Values
    floor: float | None


@np.errstate(over="ignore", invalid="ignore")  # what overflows is not finite, and stored as null
def differences_between(
    old: Baseline, new: Baseline, settings: Mapping[str, tuple[str, str]] = MappingProxyType({})
) -> Difference:
    """Compare two results, of which `settings` holds what differs in their configs."""
    cells = _by_settings(old), _by_settings(new)
    pairs: list[_Pair] = []
    same_runs = 0
    for cell, other in ((cells[0][key], cells[1][key]) for key in cells[0] if key in cells[1]):
        for label in (one for one in cell.inits if one in other.inits):
            a, b = cell.inits[label], other.inits[label]
            same_runs += len(a.keys.items() & b.keys.items())
            for metric in (name for name in a.metrics if name in b.metrics):
                values = a.metrics[metric], b.metrics[metric]
                known = [x for side in values for x in side.values() if x is not None]
                floor = min([0.0, *known]) if metric_of(metric).better == "higher" else None
                pairs.append(_Pair(cell.settings, label, metric, *values, floor))
    return Difference(
        old=old.source,
        new=new.source,
        figures=tuple(_judge(pairs)),
        same_runs=same_runs,
        only_old=tuple(_only(cells[0], cells[1])),
        only_new=tuple(_only(cells[1], cells[0])),
        settings=dict(settings),
    )


def welch(old: FloatArray, new: FloatArray) -> tuple[dict[str, Any], float]:
    """Return the mean difference of two unpaired samples with its interval, and Welch's p."""
    from scipy.special import stdtr, stdtrit

    variances = [values.var(ddof=1) / len(values) for values in (old, new)]
    mean, error = new.mean() - old.mean(), np.sqrt(sum(variances))
    described: dict[str, Any] = {"mean": number_or_none(mean), "n": min(len(old), len(new))}
    described["ci95"] = [float(mean)] * 2 if np.isfinite(mean) else None
    if not np.isfinite(error):
        return described | {"ci95": None}, np.nan
    if not error:
        return described, float(mean == 0)
    freedom = sum(variances) ** 2 / sum(
        variance**2 / (len(values) - 1)
        for variance, values in zip(variances, (old, new), strict=True)
    )
    half_width = stdtrit(freedom, 0.975) * error
    described["ci95"] = [float(mean - half_width), float(mean + half_width)]
    return described, float(2 * stdtr(freedom, -abs(mean) / error))


def _by_settings(baseline: Baseline) -> dict[str, BaselineCell]:
    return {
        json.dumps([cell.role, dict(cell.settings)], sort_keys=True): cell
        for cell in baseline.cells
    }


def _only(
    cells: Mapping[str, BaselineCell], others: Mapping[str, BaselineCell]
) -> Iterator[tuple[Settings, str | None]]:
    for key, cell in cells.items():
        if key not in others:
            yield cell.settings, None
        else:
            yield from ((cell.settings, one) for one in cell.inits if one not in others[key].inits)


def _judge(pairs: list[_Pair]) -> Iterator[Figure]:
    """Yield the figure of each pair, tested and corrected for all pairs together."""
    differences = [paired_differences(pair.new, pair.old, pair.floor) for pair in pairs]
    steps = [step_of(_known(pair.old, pair.floor, pair.new)) for pair in pairs]
    p, _ = p_values(differences, np.array(steps))
    described: list[Mapping[str, Any]] = []
    for place, pair in enumerate(pairs):
        old, new = _known(pair.old, pair.floor), _known(pair.new, pair.floor)
        if len(differences[place]) < FEWEST <= min(len(old), len(new)):
            summary, p[place] = welch(old, new)
        else:
            summary = paired_difference(pair.new, pair.old, floor=pair.floor)
        described.append(summary)
    for pair, difference, paired, adjusted in zip(
        pairs, described, differences, holm(p), strict=True
    ):
        old_mean, new_mean = (
            number_or_none(known.mean()) if len(known) else None
            for known in (_known(values, pair.floor) for values in (pair.old, pair.new))
        )
        mean = difference["mean"]
        size = NEGLIGIBLE * max(abs(old_mean or 0.0), abs(new_mean or 0.0))
        has_changed = bool(adjusted <= ALPHA and mean is not None and abs(mean) > size)
        turned = None if mean is None else metric_of(pair.metric).sign * mean
        yield Figure(
            settings=dict(pair.settings),
            init=pair.init,
            metric=pair.metric,
            old=old_mean,
            new=new_mean,
            difference={name: difference[name] for name in ("mean", "ci95", "n")},
            is_paired=len(paired) >= FEWEST,
            p_holm=number_or_none(adjusted),
            has_changed=has_changed,
            verdict=verdict_of(
                {**difference, "mean": turned}, _margin(pair), is_distinct=has_changed
            ),
        )


def _margin(pair: _Pair) -> float:
    """Return the largest difference that makes no practical difference.

    One point of a score or a share; of a loss, a tenth of its standard deviation over runs.
    """
    metric = metric_of(pair.metric)
    if metric.better == "higher" or metric.is_share:
        return EQUIVALENCE_MARGIN
    sides = [_known(values, pair.floor) for values in (pair.old, pair.new)]
    variances = [values.var(ddof=1) for values in sides if len(values) > 1]
    spread = float(np.sqrt(np.mean(variances))) if variances else 0.0
    return SHARE_OF_SPREAD * spread if np.isfinite(spread) else 0.0


def _known(values: Values, floor: float | None, more: Values | None = None) -> FloatArray:
    listed = [*values.values(), *(more or {}).values()]
    filled = [floor if value is None else value for value in listed]
    return np.array([value for value in filled if value is not None], np.float64)
