"""Cells: an experiment is expanded once into the settings of its sweep.

An experiment without a sweep has one cell. With `tune`, each setting of the sweep has a cell for
every value that is tried (role ``trial``) and a cell for the config's own value (role ``fixed``).
After the trials, `add_tuned_cells` adds a cell with each scheme at its own best value (``tuned``).

All schemes try the same values, with the same seeds, which no reported run uses. Trials are scored
on a validation part, which is taken from the training part. Reported results come from the
experiment's own seeds and from the test part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

from pydantic import ValidationError

from initbench.config.axes import Axis, as_settings, axes_of, combinations
from initbench.config.experiment import Experiment, TuneConfig, section_keys
from initbench.config.loading import replace_at
from initbench.config.validation import KeyPath, explain, path_of, show_path
from initbench.errors import ConfigError, Problem, UsageError
from initbench.formatting import show_settings
from initbench.options import OptionValue
from initbench.results import Outline, RunStore
from initbench.results.tuning import tunings

MOST_CELLS: Final = 100_000
"""Settings of a sweep; each is validated before anything is trained."""

MOST_RUNS: Final = 1_000_000

VALIDATION_FRACTION: Final = 0.2
"""Share of the training part on which trials are scored, unless the config has its own share."""

FIRST_SEED: Final = 1_000_000
"""Trials use the seeds from this one on."""

BestTrials = Mapping[str, Sequence[int]]
"""By label, the index of the best trial at each setting of the sweep."""


@dataclass(frozen=True)
class PlannedCell:
    """One setting of a sweep, to be planned."""

    # the swept keys with their values; a value that is a list or a mapping is written as YAML
    settings: Mapping[str, OptionValue]
    # by label, the experiment at this setting. In a ``tuned`` cell each label has its own;
    # elsewhere all labels share one.
    experiments: Mapping[str, Experiment]
    # role, chosen, limits: as in `initbench.results.Cell`
    role: str = "point"
    chosen: Mapping[str, OptionValue] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)


def expand_cells(experiment: Experiment, *, force: bool = False) -> list[PlannedCell]:
    """Return the cells of an experiment, the last key of the sweep moving first.

    `force`: whether to allow more than `MOST_RUNS` runs.

    Raises `ConfigError` if the experiment is invalid at some setting of the sweep; all problems are
    listed. Raises `UsageError` if there are too many runs, or the experiment's seeds are those of
    the trials.
    """
    axes, tune = axes_of(experiment.sweep), experiment.tune
    trials: list[dict[str, Any]] = []
    limits: Sequence[Mapping[str, float]] = ()
    if tune is not None:
        if max(experiment.seeds) >= FIRST_SEED:
            raise UsageError(
                f"seeds: with tune, the seeds from {FIRST_SEED} on are used by the trials, and"
                " results must come from other seeds: use smaller ones"
            )
        values = tune.values
        if values is None:
            from initbench.experiment.rates import predicted_limits, rates_around

            base = _base_of(experiment, axes)
            at_settings = [_experiment_at(base, each) for each in combinations(axes)]
            limits = [
                predicted_limits(each) if isinstance(each, Experiment) else {}
                for each in at_settings
            ]
            if not any(limits):
                raise UsageError(
                    "tune.values: no scheme has a curvature from which a rate could be predicted:"
                    " list the values to try"
                )
            values = rates_around(limit for each in limits for limit in each.values())
        trials = list(combinations(axes_of({tune.key: values})))
    count = prod(len(axis.values) for axis in axes)
    seeds = len(experiment.seeds)  # of a scheme at one setting; with tune, in two cells and trials
    if tune is not None:
        seeds = 2 * seeds + len(trials) * tune.seeds
    runs = count * len(experiment.inits) * seeds
    if runs > MOST_RUNS and not force:
        raise UsageError(
            f"{experiment.name} has {runs:,} runs, more than {MOST_RUNS:,}: make it smaller."
            " --force runs it anyway"
        )
    if count > MOST_CELLS:
        problem = f"has {count:,} settings, more than the {MOST_CELLS:,} allowed in one experiment"
        raise ConfigError(experiment.name, [Problem(0, 0, "sweep", problem)])

    single, base = alone(experiment), _base_of(experiment, axes)
    trial_seeds = [] if tune is None else [FIRST_SEED + index for index in range(tune.seeds)]
    cells: list[PlannedCell] = []
    problems: dict[tuple[str, str], list[dict[str, OptionValue]]] = {}
    for place, settings in enumerate(combinations(axes)):
        planned = [({**base, "seeds": trial_seeds}, settings | trial, "trial") for trial in trials]
        planned.append((base, settings, "point" if tune is None else "fixed"))
        for values, own_settings, role in planned:
            found = _experiment_at(values, own_settings) if own_settings else single
            if not isinstance(found, Experiment):
                for each in found:
                    problems.setdefault(each, []).append(as_settings(own_settings))
                continue
            at_cell = found if tune is None else with_validation(found)
            labels = [init.label for init in at_cell.inits]
            chosen = {} if tune is None or role == "trial" else _configured(found, tune)
            experiments = dict.fromkeys(labels, at_cell)
            predicted = limits[place] if limits and role == "trial" else {}
            settings_of_cell = as_settings(own_settings)
            cells.append(PlannedCell(settings_of_cell, experiments, role, chosen, predicted))
    if problems:
        total = count * (len(trials) + 1)
        raise ConfigError(
            experiment.name,
            [_sweep_problem(*each, where, total) for each, where in problems.items()],
        )
    return cells


def best_trials(outline: Outline, store: RunStore) -> BestTrials | None:
    """Return the index of each scheme's best trial, or None while trials are missing."""
    trials = [cell for cell in outline.cells if cell.role == "trial"]
    keys = {run.key for cell in trials for runs in cell.runs.values() for run in runs}
    found = tunings(outline, store.read_runs(keys, outline))
    settings = sum(cell.role == "fixed" for cell in outline.cells)
    if any(len(of_label) < settings for of_label in found.values()):
        return None
    return {label: [tuning.best for tuning in of_label] for label, of_label in found.items()}


def add_tuned_cells(cells: Sequence[PlannedCell], best: BestTrials, key: str) -> list[PlannedCell]:
    """Return the cells with, after each fixed cell, one of every scheme at its own best value.

    `cells`: from `expand_cells`, with trials.
    `best`: from `best_trials`.
    `key`: the tuned key.
    """
    found: list[PlannedCell] = []
    trials: list[PlannedCell] = []
    setting = 0
    for cell in cells:
        found.append(cell)
        if cell.role == "trial":
            trials.append(cell)
            continue
        chosen = {label: trials[places[setting]] for label, places in best.items()}
        experiments = {
            label: trial.experiments[label].model_copy(
                update={"seeds": cell.experiments[label].seeds}
            )
            for label, trial in chosen.items()
        }
        values = {label: trial.settings[key] for label, trial in chosen.items()}
        found.append(PlannedCell(cell.settings, experiments, "tuned", values))
        trials, setting = [], setting + 1
    return found


def with_validation(experiment: Experiment) -> Experiment:
    """Return the experiment with a validation part: its own, or `VALIDATION_FRACTION`."""
    dataset = experiment.dataset
    if dataset.validation_fraction:
        return experiment
    update: dict[str, Any] = {"validation_fraction": VALIDATION_FRACTION}
    return experiment.model_copy(update={"dataset": dataset.model_copy(update=update)})


def alone(experiment: Experiment) -> Experiment:
    """Return the experiment without sweep, tuned key and claims."""
    return experiment.model_copy(update={"sweep": {}, "tune": None, "expect": ()})


def _base_of(experiment: Experiment, axes: Sequence[Axis]) -> dict[str, Any]:
    """Return the plain values in which the settings of a sweep are replaced."""
    base = alone(experiment).model_dump(mode="json", exclude_none=True)
    if {"network.depth", "network.width"} & {key for axis in axes for key in axis.keys}:
        base["network"].pop("hidden", None)  # depth and width replace it
    return base


def _configured(experiment: Experiment, tune: TuneConfig) -> dict[str, OptionValue]:
    """Return by label the config's own value of the tuned key, if it is a plain value."""
    value: Any = experiment.model_dump()
    words = tune.key.split(".")
    for word in words:
        if isinstance(value, Mapping):
            value = value.get(word)
        elif isinstance(value, tuple | list):
            value = next((each for each in value if each.get("label") == word), None)
    if not isinstance(value, int | float | str):
        return {}
    labels = [words[1]] if words[0] == "inits" else [init.label for init in experiment.inits]
    return dict.fromkeys(labels, value)


def _experiment_at(
    base: Mapping[str, Any], settings: Mapping[str, Any]
) -> Experiment | list[tuple[str, str]]:
    """Return the experiment with settings replaced, or the path and message of each problem."""
    at_cell: Any = base
    for key, value in settings.items():
        path: KeyPath = tuple(key.split("."))
        if path[0] == "inits":  # a scheme's label, which may hold dots, stands for its index
            label, _, option = key.removeprefix("inits.").rpartition(".")
            labels = [init["label"] for init in base["inits"]]
            if label not in labels:
                problem = f"no scheme is labelled {label!r}: labels are {', '.join(labels)}"
                return [(f"sweep.{key}", problem)]
            path = ("inits", labels.index(label), option)
        try:
            at_cell = replace_at(at_cell, path, value)
        except ValueError as error:
            return [(f"sweep.{key}", str(error))]
    try:
        return Experiment.model_validate(at_cell)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [(show_path(path_of(each)), explain(each, section_keys())) for each in details]


def _sweep_problem(
    path: str, message: str, places: Sequence[Mapping[str, OptionValue]], total: int
) -> Problem:
    """Return one problem for all settings of the sweep that have it.

    `places`: values of the swept keys in each cell that has the problem.
    `total`: number of cells, trials included.
    """
    if path.startswith("sweep."):
        return Problem(0, 0, path, message)
    first, *others = places
    shared = {
        key: value for key, value in first.items() if all(o.get(key) == value for o in others)
    }
    if len(places) == total > 1 or not shared:
        where = "sweep" if len(places) == total else f"sweep, at {len(places)} of {total} settings"
    else:
        where = f"sweep at {show_settings(shared)}"
    return Problem(0, 0, f"{where}: {path}", message)
