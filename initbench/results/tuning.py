"""Tuning: the best value of a key for each scheme, by validation scores of its trials.

Every scheme tries the same values with the same seeds, which are not those that the results are
reported for. A run that diverged counts as the worst: a value must not gain by losing its bad runs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.formatting import listing
from initbench.options import OptionValue
from initbench.results.outline import Cell, Outline
from initbench.results.store import Records
from initbench.stats.summaries import floor_of, number_or_none, with_floor

BAND: Final = 0.95
"""Share of the way from the baseline to a scheme's best score that its working band still goes."""

LEAST: Final = 0.05
"""Share of the way from the baseline to a perfect score from which on a scheme is said to learn."""


HIGHEST_LIMIT: Final = 1.0
"""Highest predicted limit that counts: where the signal vanishes, curvature is that of the last
biases, and grows as soon as the network learns."""

ABOVE_LIMIT: Final = 1.1
"""How many times the predicted limit a rate is above it from; grids round rates to two digits."""

FAR_BELOW_LIMIT: Final = 0.1
"""Share of the predicted limit that a rate is far below it from."""

MOST_NAMED: Final = 6
"""Schemes that a sentence names, at most."""


@dataclass(frozen=True)
class Tuning:
    """The trials of one scheme at one sweep setting."""

    settings: Mapping[str, OptionValue]  # the setting of the sweep
    values: tuple[OptionValue, ...]  # what was tried, in order
    scores: tuple[float, ...]  # mean validation score of each
    best: int  # the place of the highest score, of equals the first
    # whether the best is clearly above chance; if not, no value is better than another
    learns: bool
    # low, high: places of the lowest and the highest value around the best without a gap whose
    # scores are within the working band; both the best, where the scheme does not learn
    low: int
    high: int
    # the largest stable learning rate that curvature predicts; None where it was not predicted
    limit: float | None = None

    @property
    def value(self) -> OptionValue:
        """The best value."""
        return self.values[self.best]

    @property
    def at_edge(self) -> bool:
        """Whether the best value is an endpoint of the grid, so that a better may lie beyond."""
        return self.learns and self.best in {0, len(self.values) - 1}

    @property
    def outside_range(self) -> str:
        """Whether the best rate is ``above`` or ``far below`` the predicted limit; else empty."""
        if self.limit is None or isinstance(self.value, str) or not self.learns:
            return ""
        return outside_range(self.value, self.limit)

    @property
    def band_factor(self) -> float | None:
        """The highest value of the working band over the lowest, where both are above zero."""
        low, high = self.values[self.low], self.values[self.high]
        if not self.learns or isinstance(low, str) or isinstance(high, str) or low <= 0:
            return None
        return high / low


def learns(mean: float | None, baseline: float) -> bool:
    """Return whether a mean score is clearly above the baseline.

    It is if it goes at least `LEAST` of the way from the baseline to a perfect score.

    >>> learns(0.904, baseline=0.9), learns(0.906, baseline=0.9), learns(None, baseline=0.5)
    (False, True, False)
    """
    return mean is not None and mean > baseline + LEAST * (1.0 - baseline)


def outside_range(rate: float, limit: float) -> str:
    """Return whether a learning rate is ``above`` or ``far below`` a predicted limit; else nothing.

    >>> [outside_range(rate, limit=0.1) for rate in (0.3, 0.1, 0.009)]
    ['above', '', 'far below']
    """
    if rate > ABOVE_LIMIT * limit:
        return "above"
    return "far below" if rate < FAR_BELOW_LIMIT * min(limit, HIGHEST_LIMIT) else ""


def limit_note(rates: Mapping[str, float], limits: Mapping[str, float]) -> str:
    """Return a sentence on schemes whose best rate is not near the predicted limit, or nothing.

    `rates`, `limits`: by the name with which the sentence calls a scheme.
    """
    named: dict[str, list[str]] = {"above": [], "far below": []}
    for name, limit in limits.items():
        if where := outside_range(rates.get(name, math.nan), limit):
            named[where].append(f"{name} ({rates[name]:g} {where.split()[-1]} {limit:.2g})")
    above, below = (listing(each, MOST_NAMED) for each in named.values())
    found = []
    if above:
        found.append(
            f"{above}: best at a learning rate above the limit that curvature before"
            " training predicts, where the loss may rise before it falls, or diverge"
        )
    if below:
        of_limit = "that limit" if above else "the limit that curvature before training predicts"
        found.append(f"{below}: best at a learning rate below a tenth of {of_limit}")
    return "; ".join(found)


def tunings(outline: Outline, runs: Mapping[str, Records]) -> dict[str, list[Tuning]]:
    """Return the tunings of each scheme by label, one for each sweep setting.

    A scheme whose trials are not all there has none.
    """
    groups: dict[tuple[tuple[str, OptionValue], ...], list[Cell]] = {}
    for cell in outline.cells:
        if cell.role == "trial":
            point = {key: cell.settings[key] for key in cell.settings if key != outline.tuned_key}
            groups.setdefault(tuple(point.items()), []).append(cell)
    return {
        label: [
            _tuning(dict(point), cells, outline.tuned_key, label, runs)
            for point, cells in groups.items()
            if all(run.key in runs for cell in cells for run in cell.runs[label])
        ]
        for label in outline.labels
    }


def describe_tuning(tuning: Tuning) -> dict[str, Any]:
    """Return a tuning as plain values, for ``metrics.json``."""
    return {
        "settings": dict(tuning.settings),
        "values": list(tuning.values),
        "scores": [number_or_none(score) for score in tuning.scores],
        "best": tuning.value,
        "learns": tuning.learns,
        "at_edge": tuning.at_edge,
        "band": [tuning.values[tuning.low], tuning.values[tuning.high]],
        "band_factor": tuning.band_factor,
        "limit": tuning.limit,
        "outside_range": tuning.outside_range,
    }


def _tuning(
    point: Mapping[str, OptionValue],
    cells: Sequence[Cell],
    key: str,
    label: str,
    runs: Mapping[str, Records],
) -> Tuning:
    metric = f"validation_{cells[0].setup.score}"
    finals = np.array(
        [[runs[run.key][metric][-1] for run in cell.runs[label]] for cell in cells], np.float64
    )
    with np.errstate(over="ignore"):  # the sum of hugely negative R²
        scores: list[float] = with_floor(finals, floor_of(finals)).mean(axis=1).tolist()
    best = low = high = int(np.argmax(scores))
    baseline = cells[0].setup.baseline("validation")
    does_learn = learns(scores[best], baseline)
    if does_learn:
        least = baseline + BAND * (scores[best] - baseline)
        while low > 0 and scores[low - 1] >= least:
            low -= 1
        while high < len(scores) - 1 and scores[high + 1] >= least:
            high += 1
    values = tuple(cell.settings[key] for cell in cells)
    limit = cells[0].limits.get(label)
    return Tuning(point, values, tuple(scores), best, does_learn, low, high, limit)
