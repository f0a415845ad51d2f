"""Race: each scheme finds its learning rate, and the best schemes are compared with fresh seeds.

1. Every scheme is trained with every rate of its grid and one seed. Grids lie around the rate of
   the config or, where none is named, each around the scheme's predicted limit. If the best rate of
   a scheme is an endpoint of its grid, all schemes try the next rate too, at most
   `budget.EXTENSIONS` times.
2. The two best rates of each scheme get two more seeds, and the better of the two is its rate.
   Schemes that are then clearly behind leave the race.
3. The remaining schemes are trained with fresh seeds, as many as the budget allows, and are scored
   on the test part.

Rates are chosen on the validation part, with seeds that are not reported: otherwise a scheme whose
best rate was lucky would profit from that twice. Before the last round all schemes have the same
number of trials, so that none has more chances to be lucky.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from initbench.config.experiment import Experiment
from initbench.experiment.cells import FIRST_SEED, PlannedCell
from initbench.experiment.dispatch import execute
from initbench.experiment.execution import Execution
from initbench.experiment.plan import Plan, make_plan, remaining_units
from initbench.experiment.progress import Progress
from initbench.experiment.session import workers_for
from initbench.experiment.workers import Workers
from initbench.recommending.budget import EXTENSIONS, KEPT, MORE_SEEDS, RATES, RaceSize
from initbench.results import RunStore, files
from initbench.results.metrics import make_metrics
from initbench.results.outline import Outline
from initbench.results.store import Records
from initbench.results.tuning import HIGHEST_LIMIT
from initbench.training.evaluation import SCORES

KEY: Final = "training.optimizer.learning_rate"
"""The key of which each scheme finds its best value."""

STEP: Final = 10**0.5
"""Ratio of neighbouring rates of the grid."""

BELOW: Final = 3
"""Rates of the grid below the rate of the config; one rate is above it."""

MARGIN: Final = 0.01
"""Scores that differ by less count as equal: one percentage point, or 0.01 of R²."""

CLEARLY: Final = 5
"""A scheme leaves if its best run is this many margins below the worst run of the leader."""


@dataclass
class Trials:
    """Validation scores and losses of one scheme: by rate, one for each seed."""

    scores: dict[float, list[float]] = field(default_factory=dict)
    losses: dict[float, list[float]] = field(default_factory=dict)

    @property
    def rates(self) -> list[float]:
        """All rates that were tried, in ascending order."""
        return sorted(self.scores)

    def best(self, count: int = 1) -> list[float]:
        """Return the rates with the highest mean scores; the lower mean loss breaks ties.

        Only rates with the largest number of seeds are compared.
        """
        most = max(map(len, self.scores.values()))
        tried = [rate for rate in self.rates if len(self.scores[rate]) == most]
        means = {rate: (-np.mean(self.scores[rate]), np.mean(self.losses[rate])) for rate in tried}
        return sorted(tried, key=lambda rate: means[rate])[:count]

    def edge_of(self, rate: float) -> int:
        """Return -1 or 1 if a rate below or above all tried rates may be better, otherwise 0.

        That is so if the rate is the lowest or highest, and by `MARGIN` better than its neighbour.
        """
        rates = self.rates
        for end, neighbour, side in ((0, 1, -1), (-1, -2, 1)):
            if rate == rates[end] and len(rates) > 1:
                gain = self.scores[rate][0] - self.scores[rates[neighbour]][0]
                return side if gain > MARGIN else 0
        return 0


@dataclass(frozen=True)
class Outcome:
    """The results of a race."""

    trials: Mapping[str, Trials]  # by label: for all schemes
    rates: Mapping[str, float]  # by label: the chosen rate of each scheme
    # by label: mean validation scores of the schemes that left before the last round
    dropped: Mapping[str, float]
    outline: Outline  # of the last round
    cell: Mapping[str, Any]  # the metrics of the last round
    runs: int  # number of runs of all rounds
    # by label: by how much the mean score grew in the second half of the last round's training
    gains: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Trainer:
    """Trains the runs of a race that are not on disk, and reports its progress in epochs."""

    store: RunStore
    workers: Workers
    progress: Callable[[Progress], None]
    total: int
    done: int = 0
    runs: int = 0

    def train(self, plan: Plan) -> Mapping[str, Records]:
        """Train the missing runs of a plan, and return all its runs by key, without crashed ones.

        Raises `InitbenchError` if a unit raised it, or the disk cannot be written.
        """
        units = remaining_units(plan.groups, self.store.keys())
        execute(units, self.store, self.workers, lambda each: self.tell(self.done + each.done))
        self.done += sum(group.runs * group.recipe.epochs for group in plan.groups)
        self.runs += len(plan.outline.keys)
        self.tell(self.done)
        return self.store.read_runs(plan.outline.keys, plan.outline)

    def tell(self, done: int) -> None:
        """Report how many epochs are done."""
        self.progress(Progress(min(done, self.total), self.total))


def race(
    experiment: Experiment,
    size: RaceSize,
    folder: Path,
    jobs: int | None,
    progress: Callable[[Progress], None],
    *,
    centres: Mapping[str, float] = MappingProxyType({}),
) -> Outcome:
    """Race the schemes of an experiment, and store the runs in a results folder.

    Runs that are in the folder are not trained again, so an interrupted race is continued.

    `experiment`: has a validation part and the epochs of `size`.
    `jobs`: processes, as in `Execution`.
    `centres`: by label; as in `first_plan`.
    """
    store = RunStore(folder)
    files.prepare_folder(folder / "runs")
    store.forget_crashes()
    labels = [init.label for init in experiment.inits]
    trials = {label: Trials() for label in labels}
    first = first_plan(experiment, centres)
    units = remaining_units(first.groups, ())
    with workers_for(units, Execution(jobs=jobs)) as workers:
        trainer = Trainer(store, workers, progress, size.most_runs * size.epochs)
        add_trials(trials, first, trainer.train(first))
        for _ in range(EXTENSIONS):
            if not (further := next_rates(trials)):
                break
            rates = {label: [rate] for label, rate in further.items()}
            plan = trial_plan(experiment, rates, [FIRST_SEED])
            add_trials(trials, plan, trainer.train(plan))
        kept = {label: own.best(KEPT) for label, own in trials.items()}
        seeds = range(FIRST_SEED + 1, FIRST_SEED + 1 + MORE_SEEDS)
        plan = trial_plan(experiment, kept, seeds)
        add_trials(trials, plan, trainer.train(plan))

        chosen = {label: own.best()[0] for label, own in trials.items()}
        dropped = clearly_behind(trials)
        last = {label: rate for label, rate in chosen.items() if label not in dropped}
        seeds = range(size.seeds_left(trainer.runs, len(last)))
        experiments = {
            label: at_rate(experiment, rate, last, seeds) for label, rate in last.items()
        }
        plan = make_plan(experiments[next(iter(last))], [PlannedCell({}, experiments, chosen=last)])
        records = trainer.train(plan)
        [cell] = make_metrics(plan.outline, records)["cells"]
        trainer.tell(trainer.total)
    store.write_outline(plan.outline)
    return Outcome(
        trials,
        chosen,
        dropped,
        plan.outline,
        cell,
        trainer.runs,
        {label: late_gain(plan, label, records) for label in last},
    )


def late_gain(plan: Plan, label: str, records: Mapping[str, Records]) -> float:
    """Return by how much the mean test score of a scheme grew in the second half of training."""
    [cell] = plan.outline.cells
    gains = []
    for run in cell.runs[label]:
        record = records.get(run.key)
        if record is not None:
            curve = record[f"test_{cell.setup.score}"]
            gains.append(float(curve[-1] - curve[(len(curve) - 1) // 2]))
    finite = [gain for gain in gains if np.isfinite(gain)]
    return float(np.mean(finite)) if finite else 0.0


def first_plan(experiment: Experiment, centres: Mapping[str, float] = MappingProxyType({})) -> Plan:
    """Return the plan of the first round: every scheme with every rate of its grid, one seed.

    `centres`: by label, as in `first_rates`; a scheme without one tries rates around that of the
    config.
    """
    configured = float(experiment.training.optimizer.options["learning_rate"])
    rates = first_rates([init.label for init in experiment.inits], centres, configured)
    return trial_plan(experiment, rates, [FIRST_SEED])


def first_rates(
    labels: Iterable[str], centres: Mapping[str, float], usual: float
) -> dict[str, list[float]]:
    """Return the learning rates of the first round for each scheme, around its own centre.

    `centres`: by label; predicted limits, of which those above `HIGHEST_LIMIT` count as that.
    `usual`: the centre for schemes without one.

    Examples
    --------
    >>> first_rates(["he", "ones"], {"he": 0.02}, usual=0.1)["he"]
    [0.00063, 0.002, 0.0063, 0.02, 0.063]
    """
    highest = max(HIGHEST_LIMIT, usual)
    return {label: rate_grid(min(centres.get(label, usual), highest)) for label in labels}


def rate_grid(centre: float) -> list[float]:
    """Return the learning rates of the first round, around the rate of the config.

    >>> rate_grid(0.1)
    [0.0032, 0.01, 0.032, 0.1, 0.32]
    """
    return [_two_digits(centre * STEP ** (place - BELOW)) for place in range(RATES)]


def next_rates(trials: Mapping[str, Trials]) -> dict[str, float]:
    """Return the next rate of every scheme, at the end of the grids that more of them need.

    Empty if none needs any.
    """
    edges = [own.edge_of(own.best()[0]) for own in trials.values()]
    lower, higher = edges.count(-1), edges.count(1)
    if not lower and not higher:
        return {}
    return {
        label: _two_digits(own.rates[0] / STEP if lower >= higher else own.rates[-1] * STEP)
        for label, own in trials.items()
    }


def clearly_behind(trials: Mapping[str, Trials]) -> dict[str, float]:
    """Return the mean scores of the schemes whose every run is far below the leader's every run."""
    scores = {label: own.scores[own.best()[0]] for label, own in trials.items()}
    leader = max(scores.values(), key=lambda each: float(np.mean(each)))
    limit = min(leader) - CLEARLY * MARGIN
    return {label: float(np.mean(each)) for label, each in scores.items() if max(each) < limit}


def trial_plan(
    experiment: Experiment, rates: Mapping[str, Sequence[float]], seeds: Sequence[int]
) -> Plan:
    """Return the plan of trials: each scheme, by label, with its rates and all seeds."""
    cells = []
    for rate in sorted({rate for of_label in rates.values() for rate in of_label}):
        labels = [label for label, of_label in rates.items() if rate in of_label]
        at_cell = at_rate(experiment, rate, labels, seeds)
        cells.append(PlannedCell({KEY: rate}, dict.fromkeys(labels, at_cell), role="trial"))
    return make_plan(experiment.model_copy(update={"seeds": tuple(seeds)}), cells)


def at_rate(
    experiment: Experiment,
    rate: float,
    labels: Mapping[str, Any] | Sequence[str],
    seeds: Sequence[int],
) -> Experiment:
    """Return the experiment with some of its schemes, another learning rate and other seeds."""
    training = experiment.training
    options = {**training.optimizer.options, "learning_rate": rate}
    optimizer = training.optimizer.model_copy(update={"options": options})
    return experiment.model_copy(
        update={
            "inits": tuple(init for init in experiment.inits if init.label in labels),
            "training": training.model_copy(update={"optimizer": optimizer}),
            "seeds": tuple(seeds),
        }
    )


def add_trials(trials: Mapping[str, Trials], plan: Plan, records: Mapping[str, Records]) -> None:
    """Add the last validation score and loss of each run of a plan to the trials.

    A run that diverged or crashed, and a run whose R² is negative, has the worst score, 0.
    """
    for cell in plan.outline.cells:
        rate = float(cell.settings[KEY])
        for label, runs in cell.runs.items():
            scores = trials[label].scores.setdefault(rate, [])
            losses = trials[label].losses.setdefault(rate, [])
            for run in runs:
                score, loss = 0.0, np.inf
                if (record := records.get(run.key)) is not None:
                    names = [f"validation_{score}" for score in SCORES.values()]
                    [curve] = [record[name] for name in names if name in record]
                    ends = float(curve[-1]), float(record["validation_loss"][-1])
                    if np.isfinite(ends).all():
                        score, loss = max(ends[0], 0.0), ends[1]
                scores.append(score)
                losses.append(loss)


def _two_digits(rate: float) -> float:
    return float(f"{rate:.2g}")
