"""Loading: a validated experiment from a file, a mapping and overrides, or all their mistakes.

Each mistake is reported with its position: the line and column of the key or the value, or the
override that it comes from.
"""

import hashlib
import math
import os
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from initbench.config.experiment import (
    DatasetConfig,
    Experiment,
    name_file,
    section_keys,
)
from initbench.config.sections import NamedSection, Section
from initbench.config.validation import (
    KeyPath,
    explain,
    is_about_key,
    path_of,
    shorten,
    show_path,
    show_value,
)
from initbench.config.yaml_text import (
    MAX_BYTES,
    MAX_DIGITS,
    Document,
    read_value,
    read_whole,
    read_yaml,
    write_yaml,
)
from initbench.data import DATASETS
from initbench.errors import ConfigError, Problem, UsageError
from initbench.registry import did_you_mean

Kind = TypeVar("Kind", bound=Section)
Chosen = TypeVar("Chosen", bound=NamedSection)

MAX_MESSAGE: Final = 300
MAX_PROBLEMS: Final = 50
"""Number of problems in one message. More than these are mostly one mistake made many times."""


_PATH: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\.[0-9]{1,6}|\[[0-9]{1,6}\])*"
)

_SWEPT: Final = re.compile(r"sweep\.(?:(zip)(?:[.\[]([0-9]{1,6})\]?)?\.)?([^.\[\]].*)")
"""A key of the sweep, alone, under ``zip``, or in one of several groups under ``zip``."""

_NAMED: Final[Collection[KeyPath]] = {
    ("dataset",),
    ("network", "activation"),
    ("training", "optimizer"),
    ("training", "schedule"),
    ("training", "loss"),
}
"""Sections that may be written as a name alone; each of ``inits`` may be, too."""

_NO_TEXT: Final = Document(None, {}, {})
"""Positions of settings that come from no file."""


def read_experiment(
    config: Path | str | Mapping[str, Any],
    overrides: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
) -> Experiment:
    """Return the experiment of a YAML file or of a mapping with the same keys.

    Parameters and errors are those of `load_experiment` and `make_experiment`.
    """
    overrides = checked_overrides(overrides)
    if isinstance(config, Mapping):
        return make_experiment(with_data(config, data), "this", overrides)
    path = checked_path(config, "config must be a path or a mapping")
    return load_experiment(path, overrides, data)


def read_claims(
    config: Path | str | Mapping[str, Any], overrides: Sequence[str] = ()
) -> Experiment:
    """Return an experiment that makes claims, or raise a `UsageError` if it makes none."""
    experiment = read_experiment(config, overrides)
    if not experiment.expect:
        raise UsageError(
            f"{experiment.name} has no claims: list them under expect, such as"
            " `expect: [test_accuracy(he) > 0.9]`"
        )
    return experiment


def read_comparison(
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
) -> Experiment:
    """Return the experiment of a comparison, named after the hash of its settings."""
    settings = with_data({**settings, "name": "compare"}, data)
    experiment = make_experiment(settings, "the comparison", checked_overrides(overrides))
    update = {}
    if experiment.name == "compare":
        digest = hashlib.sha256(dump_experiment(experiment).encode()).hexdigest()
        update["name"] = f"compare-{digest[:8]}"
    if not experiment.description:
        labels = ", ".join(init.label for init in experiment.inits)
        shortened = textwrap.shorten(labels, 200, placeholder=" …")
        update["description"] = f"{shortened} on {experiment.dataset.name}"
    return experiment.model_copy(update=update)


def checked_path(path: object, demand: str) -> Path:
    """Return a path that is given as text or as a path, or raise a `UsageError` with `demand`."""
    if not isinstance(path, str | os.PathLike) or path == "":
        raise UsageError(f"{demand}, not {path!r}")
    return Path(path)


def checked_overrides(overrides: Sequence[str]) -> list[str]:
    """Return overrides as a list; a single text, a sequence of letters, is refused."""
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise UsageError(f"overrides must be a list of KEY=VALUE texts, not {overrides!r}")
    return list(overrides)


def load_experiment(
    path: Path, overrides: Sequence[str] = (), data: Mapping[str, object] | None = None
) -> Experiment:
    """Load the experiment of a YAML file.

    Paths in the file are relative to the file; one that is not found there is looked for in the
    working directory.

    `path`: its stem is the experiment's name, unless the file gives one.
    `overrides`: ``"training.epochs=50"`` or ``"inits.1.std=10"``; of two for one key, the last
    counts. Paths in them are relative to the working directory.
    `data`: the data set ``file`` with its options, in place of the data set that the file names.

    Raises `UsageError` if the file cannot be read. Raises `ConfigError` if the file is not a valid
    experiment; the message names all mistakes.
    """
    source = str(path)
    document = read_yaml(_read(path), source)
    settings = with_data(_beside({"name": path.stem, **document.value}, path.parent), data)
    return validated(Experiment, settings, source, overrides, document=document)


def make_experiment(
    settings: Mapping[str, object], source: str, overrides: Sequence[str] = ()
) -> Experiment:
    """Make an experiment from settings that a file could contain.

    `settings`: sequences may be tuples or arrays, and numbers NumPy's.
    `source`: the name of the settings in messages.
    `overrides`: as `load_experiment`.

    Raises `ConfigError` if they are not a valid experiment; the message names all mistakes.
    """
    return validated(Experiment, settings, source, overrides)


def validated(
    kind: type[Kind],
    settings: Any,
    source: str,
    overrides: Sequence[str] = (),
    *,
    document: Document = _NO_TEXT,
    noun: str = "experiment",
) -> Kind:
    """Return settings with overrides applied, validated as a section of this kind.

    `kind`: `Experiment`, `Learner`, `StartConfig`, …
    `settings`: plain values, arrays or NumPy scalars.
    `source`: the name of the settings in messages.
    `overrides`: as `load_experiment`.
    `document`: the positions of the settings in a text, if they come from one.
    `noun`: what the settings should be, for messages.

    Raises `ConfigError` if they are not valid; the message names all mistakes.
    """
    settings = _plain(settings)
    read, problems = read_overrides(overrides)
    problems += document.problems
    applied: list[Override] = []
    for override in read:
        try:
            settings = replace_at(settings, override.path, override.value)
        except ValueError as error:
            problems.append(override.problem(str(error)))
        else:
            applied.append(override)
    try:
        made = kind.model_validate(settings)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [_problem(each, document, applied) for each in details]
    else:
        if not problems:
            return made
    shown, rest = sorted(problems)[:MAX_PROBLEMS], len(problems) - MAX_PROBLEMS
    if rest > 0:
        shown[-1] = replace(shown[-1], message=f"{shown[-1].message} (and {rest} more like these)")
    raise ConfigError(source, shown, noun)


def make_section(
    kind: type[Chosen], choice: object, noun: str, source: str | None = None
) -> Chosen:
    """Make a section that names a registry's entry from its text or mapping in a config.

    `kind`: `InitConfig`, `ActivationConfig`, `DatasetConfig`, …
    `choice`: a name, a mapping, or the text of one: ``"{name: torch:kaiming_uniform, a: 2.236}"``.
    `noun`: what it should be, for messages: ``data set``.
    `source`: the name of the text in messages; the text itself by default.

    Raises `ConfigError` if it is not valid; the message names all mistakes.
    """
    value = choice
    if isinstance(choice, str):
        shown = shorten(choice if choice and choice.isprintable() else repr(choice), 120)
        source = source or shown
        value = read_whole(choice, source, noun).value
    return validated(kind, value, source or "this", noun=noun)


def make_dataset(choice: str | Mapping[str, object]) -> DatasetConfig:
    """Make the section of a data set; parameters and errors are those of `make_section`."""
    return make_section(DatasetConfig, choice, "data set")


@dataclass(frozen=True)
class Override:
    """One setting, with the text that it was read from."""

    text: str
    path: KeyPath
    value: Any

    def covers(self, path: KeyPath) -> bool:
        """Return whether the value at `path` comes from this override."""
        return path[: len(self.path)] == self.path

    def problem(self, message: str, path: KeyPath = ()) -> Problem:
        """Return a problem of this override, or of a path below its own."""
        place = "" if path in {(), self.path} else f": {show_path(path)}"
        return Problem(0, 0, f"{show_flag(self.text)}{place}", message)


def read_overrides(texts: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Return the overrides of ``KEY=VALUE`` texts, and a problem for each unreadable one."""
    overrides: list[Override] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            overrides.append(_read_override(text))
        except ConfigError as error:
            problems += [Problem(0, 0, show_flag(text), each.message) for each in error.problems]
        except ValueError as error:
            problems.append(Problem(0, 0, show_flag(text), str(error)))
    return overrides, problems


def replace_at(root: Any, path: KeyPath, value: object, depth: int = 0) -> Any:
    """Return a copy of settings with another value at a path.

    Missing sections are added, and a name that stands for a section becomes one:
    ``optimizer: adam`` becomes ``optimizer: {name: adam, …}``.

    `root`: the node at ``path[:depth]``: the settings themselves at first.

    Raises `ValueError` if the path leads through a value that has no such part.
    """
    if depth == len(path):
        return value
    key, place = path[depth], path[:depth]
    is_scheme = len(place) == 2 and place[0] == "inits"
    if isinstance(root, str) and isinstance(key, str) and (place in _NAMED or is_scheme):
        root = {"name": root}
    if isinstance(key, str) and isinstance(root, Mapping | None):
        section = root or {}
        return {**section, key: replace_at(section.get(key), path, value, depth + 1)}
    if isinstance(key, int) and isinstance(root, list) and key < len(root):
        return [*root[:key], replace_at(root[key], path, value, depth + 1), *root[key + 1 :]]
    if isinstance(root, list):
        problem = f"is a list: name one of its {len(root)} items by its number, from 0"
    elif isinstance(root, Mapping):
        problem = "is a mapping: name one of its keys"
    elif root is None:
        problem = "is not set, so it has no items: set all of it"
    else:
        problem = f"is {show_value(root)}, which has no parts"
    raise ValueError(f"{show_path(place)} {problem}")


def show_flag(text: str) -> str:
    """Return an override as messages name it."""
    return f"--set {shorten(text if text.isprintable() else repr(text), 120)}"


def _read_override(text: str) -> Override:
    place, equals, value = text.partition("=")
    if not equals:
        raise ValueError("must be KEY=VALUE, as training.epochs=50")
    path: KeyPath
    if swept := _SWEPT.fullmatch(place):
        group, index, key = swept.groups()
        among = () if group is None else (group,) if index is None else (group, int(index))
        path = ("sweep", *among, key)
    elif _PATH.fullmatch(place):
        parts = re.findall(r"\w+", place)
        path = tuple(int(part) if part.isdigit() else part for part in parts)
    else:
        raise ValueError("the key must be names and numbers with dots, as inits.1.std")
    document = read_value(value, "--set")
    if document.problems:
        raise ConfigError("--set", document.problems)
    return Override(text, path, document.value)


def with_options(choice: object, **options: object) -> object:
    """Return a name or a mapping with further options added, except options that are None."""
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return choice
    if isinstance(choice, str):
        return {"name": choice, **given}
    return {**choice, **given} if isinstance(choice, Mapping) else choice


def with_data(settings: Mapping[str, Any], data: Mapping[str, object] | None) -> Mapping[str, Any]:
    """Return settings with other data, which are split and scaled as before.

    Options of the data set that is replaced are left out, as ``noise`` of ``moons``.
    """
    if data is None:
        return settings
    named = name_file(settings.get("dataset"))
    kept = dict(named) if isinstance(named, Mapping) else {}
    name = kept.pop("name", named)
    if name != data["name"] and isinstance(name, str) and name in DATASETS:
        kept = {key: value for key, value in kept.items() if key not in DATASETS[name].options}
    return {**settings, "dataset": {**data, **kept, "path": data["path"], "name": data["name"]}}


def _beside(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return settings in which relative paths of data and weights start from a folder."""

    def moved(section: Any) -> Any:
        if not isinstance(section, Mapping) or not isinstance(section.get("path"), str):
            return section
        try:
            path = Path(section["path"]).expanduser()
            is_elsewhere = not (folder / path).exists() and path.exists()
        except (OSError, RuntimeError, ValueError):  # no such path can be: reading it will say so
            return section
        return {**section, "path": str(path if is_elsewhere else (folder / path).absolute())}

    found = {**settings}
    if "dataset" in found:
        found["dataset"] = moved(name_file(found["dataset"]))
    if isinstance(found.get("inits"), list):
        found["inits"] = [moved(each) for each in found["inits"]]
    return found


def dump_experiment(experiment: Experiment) -> str:
    """Return the YAML of an experiment with all defaults written out.

    Loading it gives an equal experiment.
    """
    settings = experiment.model_dump(exclude_none=True)
    count = len(experiment.seeds)
    if experiment.seeds == tuple(range(count)):
        settings["seeds"] = count
    return write_yaml(settings)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = did_you_mean(str(path), map(str, path.parent.glob("*.y*ml")))
        advice = near or f"To write an example config: initbench new {path.stem}"
        raise UsageError(f"there is no config {path}. {advice}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder, not a config file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{str(path)!r} cannot be read: {reason}") from None


def _problem(error: ErrorDetails, document: Document, overrides: Sequence[Override]) -> Problem:
    """Return a problem with its place: the last override that set the value, or the text."""
    path, message = path_of(error), shorten(explain(error, section_keys()), MAX_MESSAGE)
    place = path[:-1] or path if error["type"] == "missing" else path
    is_in_text = place in document.values
    for override in reversed(overrides):
        if override.covers(path) or (not is_in_text and override.path[: len(place)] == place):
            return override.problem(message, path)
    position = document.position(path, of_key=is_about_key(error))
    return Problem(*position, show_path(path), message)


def _plain(value: Any) -> Any:
    """Return a Python value as YAML would be read; integers too long for YAML are infinite."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(each) for each in value]
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return math.inf if value > 0 else -math.inf
    return value
