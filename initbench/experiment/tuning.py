"""Tuning: the trials that a key's values are given, and each scheme at the best of its own.

All schemes try the same values with the same seeds, which nobody else uses, and are judged by a
validation part that is kept from the training part. What is reported comes from the experiment's
own seeds and from the test part, for the config's value as for the best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from initbench.config.experiment import Experiment, TuneConfig
from initbench.errors import UsageError
from initbench.experiment.sweep import Point, points_of
from initbench.options import OptionValue
from initbench.results import Outline, RunStore
from initbench.results.tuning import Tuning, tunings

VALIDATION_FRACTION: Final = 0.2
"""Of the training part, where the config says nothing."""

FIRST_SEED: Final = 1_000_000
"""Trials have the seeds from here on."""

Choices = Mapping[str, Sequence[Tuning]]
"""By label, what the trials at each point of the sweep came to."""


def tuned_points(experiment: Experiment, choices: Choices | None = None) -> list[Point]:
    """Return the points of an experiment, those of its trials and of what they chose among them.

    Parameters
    ----------
    experiment : Experiment
    choices : mapping, optional
        From `choose`; before the trials there are none.

    Raises
    ------
    ConfigError
        The experiment is not valid at some point.
    UsageError
        Its seeds are those of the trials.
    """
    if experiment.tune is None:
        return points_of(experiment)
    _check_seeds(experiment)
    points: list[Point] = []
    for index, point in enumerate(points_of(with_validation(experiment))):
        base = next(iter(point.experiments.values()))
        trials = _trials(base, experiment, point)
        points += [*trials, replace(point, role="fixed", chosen=_configured(base, experiment.tune))]
        if choices is not None:
            own = {label: found[index] for label, found in choices.items()}
            points.append(_tuned(base, experiment, point, own))
    return points


def choose(outline: Outline, store: RunStore) -> Choices | None:
    """Return what the trials that are on disk chose, or None where some are not."""
    trials = [cell for cell in outline.cells if cell.role == "trial"]
    keys = {run.key for cell in trials for runs in cell.runs.values() for run in runs}
    found = tunings(outline, store.read_runs(keys))
    points = sum(cell.role == "fixed" for cell in outline.cells)
    complete = all(len(of_label) == points for of_label in found.values())
    return found if complete else None


def with_validation(experiment: Experiment) -> Experiment:
    """Return the experiment with a validation part: its own, or the usual share."""
    dataset = experiment.dataset
    if dataset.validation_fraction:
        return experiment
    update: dict[str, Any] = {"validation_fraction": VALIDATION_FRACTION}
    return experiment.model_copy(update={"dataset": dataset.model_copy(update=update)})


def _trials(base: Experiment, experiment: Experiment, point: Point) -> list[Point]:
    """Return a point for each value."""
    if experiment.tune is None:
        return []
    sweep = {experiment.tune.key: experiment.tune.values}
    seeds = range(FIRST_SEED, FIRST_SEED + experiment.tune.seeds)
    each = points_of(base.model_copy(update={"sweep": sweep, "seeds": tuple(seeds)}))
    return [
        replace(trial, settings={**point.settings, **trial.settings}, role="trial")
        for trial in each
    ]


def _tuned(
    base: Experiment, experiment: Experiment, point: Point, own: Mapping[str, Tuning]
) -> Point:
    """Return the point at which each scheme has its own best value."""
    trials = _trials(base, experiment, point)
    experiments = {
        label: trials[tuning.best].experiments[label].model_copy(update={"seeds": experiment.seeds})
        for label, tuning in own.items()
    }
    chosen = {label: tuning.value for label, tuning in own.items()}
    return Point(point.settings, experiments, role="tuned", chosen=chosen)


def _configured(base: Experiment, tune: TuneConfig) -> dict[str, OptionValue]:
    """Return by label the config's own value of the tuned key, where it is a plain value."""
    value: Any = base.model_dump()
    words = tune.key.split(".")
    for word in words:
        if isinstance(value, Mapping):
            value = value.get(word)
        elif isinstance(value, tuple | list):
            value = next((each for each in value if each.get("label") == word), None)
    if not isinstance(value, int | float | str):
        return {}
    labels = [words[1]] if words[0] == "inits" else [init.label for init in base.inits]
    return dict.fromkeys(labels, value)


def _check_seeds(experiment: Experiment) -> None:
    if max(experiment.seeds) >= FIRST_SEED:
        raise UsageError(
            f"seeds: with tune, seeds from {FIRST_SEED} on are those of the trials, and the results"
            " are to come from others: use smaller ones"
        )
