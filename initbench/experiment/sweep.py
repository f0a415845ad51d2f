"""Sweeps: from an experiment to the points at which it is run, each an experiment of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

from pydantic import ValidationError

from initbench.config.axes import as_setting, axes_of, combinations
from initbench.config.experiment import KEYS, Experiment
from initbench.config.overrides import replace_at
from initbench.config.validation import KeyPath, explain, path_of, show_path
from initbench.errors import ConfigError, Problem
from initbench.options import OptionValue

MAX_POINTS: Final = 100_000


@dataclass(frozen=True)
class Point:
    """One combination of a sweep's values.

    Attributes
    ----------
    settings : mapping of str to value
        What the sweep sets here; a value that is no plain one is written as YAML.
    experiments : mapping of str to Experiment
        By label, the whole experiment at this point, without a sweep; one and the same for all
        labels, unless each scheme has a value of its own.
    role : str
        As in `initbench.results.Cell`, like the following.
    chosen : mapping of str to value
    """

    settings: Mapping[str, OptionValue]
    experiments: Mapping[str, Experiment]
    role: str = "point"
    chosen: Mapping[str, OptionValue] = field(default_factory=dict)


def points_of(experiment: Experiment) -> list[Point]:
    """Return the points of an experiment's sweep, the last axis first; one without a sweep.

    Raises
    ------
    ConfigError
        The experiment is not valid at some point; all that is wrong is named.
    """
    axes = axes_of(experiment.sweep)
    if not axes:
        alone = experiment.model_copy(update={"sweep": {}, "tune": None, "expect": ()})
        return [Point({}, {init.label: alone for init in alone.inits})]
    count = prod(len(axis.values) for axis in axes)
    if count > MAX_POINTS:
        problem = f"has {count} points, more than the {MAX_POINTS} that one experiment may have"
        raise ConfigError(experiment.name, [Problem(0, 0, "sweep", problem)])
    base = experiment.model_dump(
        mode="json", exclude_none=True, exclude={"sweep", "tune", "expect"}
    )
    if {"network.depth", "network.width"} & {key for axis in axes for key in axis.keys}:
        base["network"].pop("hidden", None)  # they stand in its place
    points: list[Point] = []
    problems: list[Problem] = []
    for settings in combinations(axes):
        found = list(_problems(base, settings, points))
        problems += found
    if problems:
        raise ConfigError(experiment.name, list(dict.fromkeys(problems)))
    return points


def _problems(
    base: Mapping[str, Any], settings: Mapping[str, Any], points: list[Point]
) -> Iterator[Problem]:
    """Add the point of these settings to `points`, or yield what is wrong with it."""
    at_point: Any = base
    for key, value in settings.items():
        try:
            at_point = replace_at(at_point, _path(key, base), value)
        except ValueError as error:
            yield Problem(0, 0, f"sweep.{key}", str(error))
            return
    try:
        experiment = Experiment.model_validate(at_point)
    except ValidationError as error:
        where = ", ".join(f"{key} = {as_setting(value)}" for key, value in settings.items())
        for each in error.errors(include_url=False):
            yield Problem(
                0, 0, f"sweep at {where}: {show_path(path_of(each))}", explain(each, KEYS)
            )
    else:
        shown = {key: as_setting(value) for key, value in settings.items()}
        points.append(Point(shown, {init.label: experiment for init in experiment.inits}))


def _path(key: str, base: Mapping[str, Any]) -> KeyPath:
    """Return the path of a key, in which a scheme's label stands for its place in the list."""
    first, *rest = key.split(".")
    if first != "inits":
        return (first, *rest)
    label, option = ".".join(rest[:-1]), rest[-1]
    labels = [init["label"] for init in base["inits"]]
    if label not in labels:
        raise ValueError(f"no scheme is labelled {label!r}: labels are {', '.join(labels)}")
    return ("inits", labels.index(label), option)
