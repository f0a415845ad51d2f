"""The race: each scheme finds its learning rate, and all that may be best are compared at theirs.

1. Every scheme tries every rate of one grid with one seed. Where the best rate of a scheme is at an
   end of the grid, all of them try the next one too, at most `sizes.EXTENSIONS` times.
2. Each scheme's best two rates get two more seeds, and the better of the two is its rate. A scheme
   that then is clearly behind leaves.
3. Those that are left are trained with fresh seeds, as many as the budget has left, and scored on
   the test part.

Rates are chosen by a validation part and by seeds that nothing is reported of: a scheme that looks
best at its best rate by luck must not profit from it twice. Before the last round all schemes have
as many trials as each other, so that none has more chances to be lucky.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from initbench.config.experiment import Experiment
from initbench.experiment.cells import FIRST_SEED, PlannedCell
from initbench.experiment.plan import Plan, make_plan
from initbench.recommending.sizes import EXTENSIONS, KEPT, MORE_SEEDS, RATES, Sizes
from initbench.recommending.track import KEY, Track, at_rate
from initbench.results.metrics import make_metrics
from initbench.results.outline import Outline
from initbench.results.store import Records
from initbench.training.evaluation import SCORES

STEP: Final = 10**0.5
"""Each rate of the grid by the one before."""

BELOW: Final = 3
"""Rates of the grid below the config's own; one is above."""

MARGIN: Final = 0.01
"""Scores that differ by less are as good as each other: a percentage point, or 0.01 of R²."""

CLEARLY: Final = 5
"""Margins by which the best run of a scheme has to be below the worst of the leader to leave."""

Heat = Mapping[str, Sequence[float]]
"""By label, the rates at which a scheme is trained."""


@dataclass
class Trials:
    """What the trials of one scheme came to: by rate, a validation score and loss for each seed."""

    scores: dict[float, list[float]] = field(default_factory=dict)
    losses: dict[float, list[float]] = field(default_factory=dict)

    @property
    def rates(self) -> list[float]:
        """All that were tried, in order."""
        return sorted(self.scores)

    def score(self, rate: float) -> float:
        """Return the mean score at a rate."""
        return float(np.mean(self.scores[rate]))

    def best(self, count: int = 1) -> list[float]:
        """Return the rates of the highest mean score, of equals that of the lower loss, first."""
        most = max(map(len, self.scores.values()))
        tried = [rate for rate in self.rates if len(self.scores[rate]) == most]
        return sorted(tried, key=lambda rate: (-self.score(rate), np.mean(self.losses[rate])))[
            :count
        ]

    def edge_of(self, rate: float) -> int:
        """Return -1 or 1 if a rate below or above all that were tried may be better than this one.

        One that is no better than its neighbour by a margin gives no reason to go on.
        """
        rates = self.rates
        for end, neighbour, side in ((0, 1, -1), (-1, -2, 1)):
            if rate == rates[end] and len(rates) > 1:
                gain = self.scores[rate][0] - self.scores[rates[neighbour]][0]
                return side if gain > MARGIN else 0
        return 0


@dataclass(frozen=True)
class Outcome:
    """What came of a race.

    Attributes
    ----------
    trials : mapping of label to Trials
        Of all that were in it.
    rates : mapping of label to float
        The rate of each.
    dropped : mapping of label to float
        Mean validation scores of those that left before the last round.
    outline : Outline
        Of the last round.
    cell : mapping
        What `results.metrics` says of it.
    runs : int
        That were trained, in all rounds.
    """

    trials: Mapping[str, Trials]
    rates: Mapping[str, float]
    dropped: Mapping[str, float]
    outline: Outline
    cell: Mapping[str, Any]
    runs: int


def race(experiment: Experiment, sizes: Sizes, track: Track) -> Outcome:
    """Race the schemes of an experiment, which has a validation part and the epochs of `sizes`."""
    labels = [init.label for init in experiment.inits]
    trials = {label: Trials() for label in labels}
    runs = _run(first_plan(experiment), trials, track)
    for _ in range(EXTENSIONS):
        rate = next_rate(trials)
        if rate is None:
            break
        heat = {label: [rate] for label in labels}
        runs += _run(_plan(experiment, heat, [FIRST_SEED]), trials, track)
    more = range(FIRST_SEED + 1, FIRST_SEED + 1 + MORE_SEEDS)
    kept = {label: own.best(KEPT) for label, own in trials.items()}
    runs += _run(_plan(experiment, kept, more), trials, track)
    rates = {label: own.best()[0] for label, own in trials.items()}
    dropped = clearly_behind(trials)
    final = {label: rates[label] for label in labels if label not in dropped}
    seeds = sizes.seeds_left(runs, len(final))
    outline, records = _last(experiment, final, seeds, track)
    [cell] = make_metrics(outline, records)["cells"]
    return Outcome(trials, rates, dropped, outline, cell, runs + seeds * len(final))


def first_plan(experiment: Experiment) -> Plan:
    """Return the plan of the first round: every scheme at every rate, with one seed."""
    heat = dict.fromkeys([init.label for init in experiment.inits], grid_of(experiment))
    return _plan(experiment, heat, [FIRST_SEED])


def grid_of(experiment: Experiment) -> list[float]:
    """Return the rates of the first round, around the experiment's own."""
    return rate_grid(float(experiment.training.optimizer.options["learning_rate"]))


def rate_grid(centre: float) -> list[float]:
    """Return the learning rates that are tried first.

    >>> rate_grid(0.1)
    [0.0032, 0.01, 0.032, 0.1, 0.32]
    """
    return [_rounded(centre * STEP ** (place - BELOW)) for place in range(RATES)]


def next_rate(trials: Mapping[str, Trials]) -> float | None:
    """Return the rate that all schemes shall try too: on the side that more of them ask for."""
    edges = [own.edge_of(own.best()[0]) for own in trials.values()]
    lower, higher = edges.count(-1), edges.count(1)
    rates = next(iter(trials.values())).rates
    if not lower and not higher:
        return None
    return _rounded(rates[0] / STEP if lower >= higher else rates[-1] * STEP)


def clearly_behind(trials: Mapping[str, Trials]) -> dict[str, float]:
    """Return the mean scores of the schemes whose every run is far below the leader's every run."""
    scores = {label: own.scores[own.best()[0]] for label, own in trials.items()}
    leader = max(scores.values(), key=lambda each: float(np.mean(each)))
    limit = min(leader) - CLEARLY * MARGIN
    return {label: float(np.mean(each)) for label, each in scores.items() if max(each) < limit}


def _plan(experiment: Experiment, heat: Heat, seeds: Sequence[int]) -> Plan:
    """Return the plan of schemes at rates with seeds."""
    experiment = experiment.model_copy(update={"seeds": tuple(seeds)})
    cells = []
    for rate in sorted({rate for rates in heat.values() for rate in rates}):
        labels = tuple(label for label, rates in heat.items() if rate in rates)
        own = at_rate(experiment, rate, labels)
        cells.append(PlannedCell({KEY: rate}, dict.fromkeys(labels, own), role="trial"))
    return make_plan(experiment, cells)


def _run(plan: Plan, trials: Mapping[str, Trials], track: Track) -> int:
    """Train a plan, add what comes of it to the trials, and return how many runs that is."""
    records = track.run(plan)
    for cell in plan.outline.cells:
        rate = float(cell.settings[KEY])
        for label, runs in cell.runs.items():
            ends = [_ends(records.get(run.key)) for run in runs]
            trials[label].scores.setdefault(rate, []).extend(score for score, _ in ends)
            trials[label].losses.setdefault(rate, []).extend(loss for _, loss in ends)
    return len(plan.outline.keys)


def _last(
    experiment: Experiment, rates: Mapping[str, float], seeds: int, track: Track
) -> tuple[Outline, Mapping[str, Records]]:
    """Train each scheme at its own rate with fresh seeds."""
    own = at_rate(experiment, next(iter(rates.values())), tuple(rates))
    own = own.model_copy(update={"seeds": tuple(range(seeds))})
    experiments = {label: at_rate(own, rate, tuple(rates)) for label, rate in rates.items()}
    plan = make_plan(own, [PlannedCell({}, experiments, chosen=dict(rates))])
    return plan.outline, track.run(plan)


def _ends(record: Records | None) -> tuple[float, float]:
    """Return the last validation score and loss of a run.

    The worst score is 0: of a run that diverged or crashed, and of one whose R² is below that of a
    constant answer.
    """
    if record is None:
        return 0.0, np.inf
    [curve] = [name for score in SCORES.values() if (name := f"validation_{score}") in record]
    score, loss = float(record[curve][-1]), float(record["validation_loss"][-1])
    return (max(score, 0.0), loss) if np.isfinite([score, loss]).all() else (0.0, np.inf)


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")
