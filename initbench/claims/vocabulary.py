"""Vocabulary: the names that claims of one experiment can use, and claims checked against them.

A key of the sweep may be shortened to its last word where no other key ends in the same word:
``depth=30`` is ``network.depth=30``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isclose
from typing import Final, TypeVar

import numpy as np

from initbench.arrays import FloatArray
from initbench.claims.expressions import (
    EPOCH,
    INIT,
    LAYER,
    OWN_KEYS,
    SINGULAR_VALUE,
    Along,
    Call,
    ClaimError,
    Comparison,
    Expression,
    Metric,
    Monotone,
    Quantity,
    Share,
    Statement,
    Value,
    walk,
    written,
)
from initbench.registry import advice_for


class Kind(StrEnum):
    """Which keys a metric has beside the scheme and the keys of the sweep."""

    CURVE = "curve"
    """An epoch; the last one by default."""

    LAYERS = "layers"
    """An epoch, the last one by default, and a layer, which is required."""

    RUN = "run"
    """No other key: one number for each run, or for each untrained network."""

    UNTRAINED_LAYERS = "untrained layers"
    """A layer of an untrained network."""

    SPECTRUM = "spectrum"
    """A singular value, counted from the largest."""

    @property
    def takes_epoch(self) -> bool:
        """Whether the metric was recorded at several epochs."""
        return self in {Kind.CURVE, Kind.LAYERS}

    @property
    def required(self) -> str:
        """The key that is required beside the scheme; empty if there is none."""
        layers = {Kind.LAYERS: LAYER, Kind.UNTRAINED_LAYERS: LAYER}
        return {**layers, Kind.SPECTRUM: SINGULAR_VALUE}.get(self, "")


@dataclass(frozen=True)
class Vocabulary:
    """The names that the claims of an experiment can use."""

    labels: Sequence[str]  # the schemes
    metrics: Mapping[str, Kind]
    # the values of the sweep's keys in each cell; one empty mapping without a sweep
    cells: Sequence[Mapping[str, Value]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the sweep."""
        return tuple(self.cells[0])


S = TypeVar("S", bound=Statement | Comparison)

_SWITCHES: Final = {
    "layer_": "record.layers",
    "sharpness": "record.sharpness",
    "stable_sharpness": "record.sharpness",
    "probe_": "probe",
    "theory_": "probe",
    "curvature_": "probe.curvature",
}
"""By the beginning of a metric's name, the key of the config without which there is none."""


def resolve(statement: S, words: Vocabulary) -> S:
    """Return a claim with all keys in full, after checking all of its names.

    Raises `ClaimError` if a metric, a scheme, a key or a value is unknown, or a metric selects
    several runs of one seed; the message suggests the nearest name.
    """
    if isinstance(statement, Comparison):
        sides = tuple(_resolved(side, words, ()) for side in statement.sides)
        return replace(statement, sides=sides)
    if isinstance(statement, Quantity):
        return replace(statement, of=_resolved(statement.of, words, ()))
    if isinstance(statement, Monotone):
        key, of = _along(statement, words, ())
        _check_order(key, words, statement.at)
        return replace(statement, key=key, of=of)
    key, of = _along(statement.of, words, ())
    value = _value(key, statement.value, words, statement.of.at)
    return replace(statement, of=replace(statement.of, key=key, of=of), value=value)


def metrics_of(statement: Statement, words: Vocabulary) -> Iterator[tuple[Metric, int]]:
    """Yield each metric of a resolved claim with the index of each cell that it selects."""
    for node in walk(statement):
        if isinstance(node, Metric):
            yield from ((node, cell) for cell in matching(dict(node.where), words.cells))


def is_same(value: Value, other: Value) -> bool:
    """Tell whether two values of a key are equal, numbers up to a relative error of 1e-9."""
    if isinstance(value, str | bool) or isinstance(other, str | bool):
        return type(value) is type(other) and value == other
    return isclose(value, other, rel_tol=1e-9)


def matching(where: Mapping[str, Value], cells: Sequence[Mapping[str, Value]]) -> list[int]:
    """Return the indices of the cells that have these settings."""
    wanted = {key: value for key, value in where.items() if key not in OWN_KEYS}
    return [
        place
        for place, settings in enumerate(cells)
        if all(is_same(settings[key], value) for key, value in wanted.items())
    ]


def values_of(key: str, cells: Sequence[Mapping[str, Value]]) -> list[Value]:
    """Return the values of a key of the sweep, in its order."""
    return list(dict.fromkeys(settings[key] for settings in cells))


def point_of(metric: Metric, epochs: FloatArray) -> int:
    """Return the index of the metric's epoch among the recorded ones.

    `epochs`: shape (T,).

    Raises `ClaimError` if nothing is recorded at this epoch; the message names the nearest one.
    """
    epoch = float(dict(metric.where).get(EPOCH, epochs[-1]))
    distance = np.abs(epochs - epoch)
    nearest = int(distance.argmin())
    if not np.isclose(epochs[nearest], epoch, rtol=1e-6, atol=1e-9):
        raise ClaimError(
            f"{metric.name} is not recorded at epoch {epoch:g}; the nearest is"
            f" {epochs[nearest]:.6g}",
            metric.at,
        )
    return nearest


def layer_of(metric: Metric, layers: int) -> int:
    """Return the index of the metric's layer among `layers` ones.

    Raises `ClaimError` if the network has no such layer.
    """
    return _place_of(LAYER, metric, layers)


def singular_value_of(metric: Metric, values: int) -> int:
    """Return the index of the metric's singular value among `values` ones.

    Raises `ClaimError` if the Jacobian has fewer.
    """
    return _place_of(SINGULAR_VALUE, metric, values)


def _place_of(key: str, metric: Metric, count: int) -> int:
    number = int(dict(metric.where)[key])
    if number > count:
        words = key.replace("_", " ")
        message = f"{metric.name} has {count} {words}{'s' * (count != 1)}, and no {words} {number}"
        raise ClaimError(message, metric.at)
    return number - 1


def _resolved(node: Expression, words: Vocabulary, filled: tuple[str, ...]) -> Expression:
    """Return an expression with its names checked; functions around it set the keys `filled`."""
    if isinstance(node, Metric):
        return _metric(node, words, filled)
    if isinstance(node, Along):
        key, of = _along(node, words, filled)
        if node.name == "argbest":
            _check_order(key, words, node.at)
        return replace(node, key=key, of=of)
    if isinstance(node, Call):
        arguments = tuple(_resolved(each, words, filled) for each in node.arguments)
        return replace(node, arguments=arguments)
    return Share(resolve(node.of, words)) if isinstance(node, Share) else node


def _along(
    node: Along | Monotone, words: Vocabulary, filled: tuple[str, ...]
) -> tuple[str, Expression]:
    """Return the key that runs through its values, and the expression that depends on the key."""
    key = _key(node.key, words, node.at)
    of = _resolved(node.of, words, (*filled, key))
    metrics = [each for each in walk(of) if isinstance(each, Metric)]
    if all(key in dict(each.where) for each in metrics):
        raise ClaimError(f"{key} runs through its values, but no metric leaves it open", node.at)
    return key, of


def _metric(metric: Metric, words: Vocabulary, filled: Collection[str]) -> Metric:
    """Return a metric with its keys in full, if it selects one run of each seed."""
    name, at, kind = metric.name, metric.at, words.metrics.get(metric.name)
    if kind is None:
        raise ClaimError(f"no metric is called {name}{_unknown_metric(name, words)}", at)
    where: dict[str, Value] = {}
    for key, value in metric.where:
        full = _key(key, words, at)
        if full in where:
            raise ClaimError(f"{full} is given twice", at)
        where[full] = _value(full, value, words, at)
    open_keys = [key for key in filled if key not in where]
    given = {*where, *open_keys}
    if INIT not in given:
        raise ClaimError(f"{name} of which scheme? Schemes: {', '.join(words.labels)}", at)
    for key in (LAYER, SINGULAR_VALUE):
        if key in given and kind.required != key:
            raise ClaimError(f"{name} has no {key}: leave out {key}", at)
        if key not in given and kind.required == key:
            raise ClaimError(f"{name} at which {key}? Give {key}=1, or the like", at)
    if EPOCH in given and not kind.takes_epoch:
        raise ClaimError(f"{name} is measured once: leave out epoch", at)
    cells = matching(where, words.cells)
    if not cells:
        raise ClaimError(f"no cell of the sweep is that of {metric}", at)
    swept = [key for key in open_keys if key not in OWN_KEYS]
    if len({tuple(words.cells[cell][key] for key in swept) for cell in cells}) < len(cells):
        missing = [key for key in words.keys if key not in given]
        raise ClaimError(f"{metric} at which {' and '.join(missing)}?", at)
    return replace(metric, where=tuple(where.items()))


def _key(key: str, words: Vocabulary, at: int) -> str:
    """Return a key in full."""
    if key in OWN_KEYS or key in words.keys:
        return key
    ending = [known for known in words.keys if known.endswith(f".{key}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ClaimError(f"{key} may be {' or '.join(ending)}: write it in full", at)
    short = [known.rpartition(".")[2] for known in words.keys]
    raise ClaimError(f"{key} is no key. {advice_for(key, (*OWN_KEYS, *words.keys, *short))}", at)


def _value(key: str, value: Value, words: Vocabulary, at: int) -> Value:
    """Return the value of a key that a claim means."""
    if key in OWN_KEYS and key != INIT:
        if isinstance(value, str | bool) or value < 0:
            raise ClaimError(f"{key} is a number, not {written(value)}", at)
        if key == EPOCH:
            return value
        if value < 1 or value != int(value):
            raise ClaimError(f"{key}s are counted from 1, and there is no {key} {value:g}", at)
        return int(value)
    known = words.labels if key == INIT else values_of(key, words.cells)
    same = [each for each in known if is_same(each, value)]
    if same:
        return same[0]
    if key == INIT:
        raise ClaimError(
            f"no scheme is labelled {value}. {advice_for(str(value), words.labels)}", at
        )
    listed = ", ".join(map(written, known))
    raise ClaimError(f"{key} is never {written(value)}: its values are {listed}", at)


def _check_order(key: str, words: Vocabulary, at: int) -> None:
    """Raise unless the values of a key are numbers."""
    own = words.labels if key == INIT else []
    values = own if key in OWN_KEYS else values_of(key, words.cells)
    if any(isinstance(value, str | bool) for value in values):
        raise ClaimError(f"the values of {key} are no numbers, and have no order", at)


def _unknown_metric(name: str, words: Vocabulary) -> str:
    for prefix, switch in _SWITCHES.items():
        if name.startswith(prefix) and not any(each.startswith(prefix) for each in words.metrics):
            return f": metrics that begin with {prefix} need {switch}: true in the config"
    return f". {advice_for(name, words.metrics)}"
