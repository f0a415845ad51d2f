"""Results folders: an experiment never replaces the report of another experiment unasked.

A folder belongs to an experiment if the ``config.yaml`` in it differs at most in schemes, seeds,
claims, texts or added values of the sweep: then runs on disk are used again and the report grows.
Otherwise the results go to the next free folder, ``moons-2``.
"""

import logging
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

from initbench.config.axes import axes_of
from initbench.config.changes import differences
from initbench.config.experiment import DatasetConfig, Experiment
from initbench.config.loading import checked_path, dump_experiment, make_experiment
from initbench.config.yaml_text import read_yaml
from initbench.data import dataset_digest
from initbench.errors import ConfigError, UsageError
from initbench.results import files

logger: logging.Logger = logging.getLogger(__name__)

RESULTS: Final = Path("results")
"""Where results folders are made, below the working directory."""

FREE: Final = {
    "description",
    "equivalence_margin",
    "expect",
    "inits",
    "probe",
    "seeds",
    "sweep",
    "target",
}
"""Keys that may change without making another experiment; a sweep may only grow."""


def results_folder(experiment: Experiment, results: Path | str | None) -> Path:
    """Return the results folder that the user names, or else the experiment's own below `RESULTS`.

    Raises `UsageError` if `results` is not a path. Raises `StorageError` if a ``config.yaml``
    cannot be read.
    """
    if results is None:
        first = RESULTS / experiment.name
        differing = _differing_keys(first, experiment)
        if not differing:
            return first
        numbered = (RESULTS / f"{experiment.name}-{number}" for number in count(2))
        folder = next(path for path in numbered if not _differing_keys(path, experiment))
        keys = ", ".join(differing[:3]) + (", …" if len(differing) > 3 else "")
        logger.warning(
            "%s holds another experiment (different %s): the results go to %s. Use --results to"
            " choose a folder",
            first,
            keys,
            folder,
        )
        return folder
    return checked_path(results, "results must be a path")


def _differing_keys(folder: Path, experiment: Experiment) -> list[str]:
    """Return the keys by which a folder's experiment is another one; none for an empty folder."""
    data = files.read(folder / "config.yaml")
    if data is None or data == dump_experiment(experiment).encode():
        return []
    wanted = experiment.model_dump(mode="json", exclude_none=True)
    try:
        stored = read_yaml(data, str(folder)).value
        # Schemes and claims do not count; a stored scheme may not even exist any more.
        settings = {**stored, "inits": wanted["inits"], "expect": []}
        there = make_experiment(settings, str(folder))
    except ConfigError:
        return []  # not a config that this program wrote
    found = there.model_dump(mode="json", exclude_none=True)
    differing = [path for path in differences(found, wanted) if path.partition(".")[0] not in FREE]
    if "dataset.path" in differing and _is_moved(there.dataset, experiment.dataset):
        differing.remove("dataset.path")
    return differing if _only_grows(there.sweep, experiment.sweep) else [*differing, "sweep"]


def _is_moved(old: DatasetConfig, new: DatasetConfig) -> bool:
    """Return whether a data file is no longer in its place, or has a copy in the new one."""
    try:
        before = dataset_digest(old.name, **old.options)
    except UsageError:
        return True
    return before == dataset_digest(new.name, **new.options)


def _only_grows(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a sweep has the keys of an older one, and all of its values."""
    old_axes, new_axes = axes_of(old), axes_of(new)
    return [axis.keys for axis in old_axes] == [axis.keys for axis in new_axes] and all(
        value in after.values
        for before, after in zip(old_axes, new_axes, strict=True)
        for value in before.values
    )
