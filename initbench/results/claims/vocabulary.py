"""Vocabulary: the names that claims of one experiment can use, and a claim with its names checked.

A key of the sweep may be shortened to its last word where no other key ends in it: ``depth=30`` is
``network.depth=30``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isclose
from typing import TypeVar

from initbench.registry import did_you_mean
from initbench.results.claims.syntax import (
    EPOCH,
    INIT,
    LAYER,
    OWN_KEYS,
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


class Kind(StrEnum):
    """What keys a metric has beside the scheme's and the sweep's."""

    CURVE = "curve"
    """An epoch, the last one if none is given."""

    LAYERS = "layers"
    """An epoch, the last one if none is given, and a layer."""

    RUN = "run"
    """None: a run has one of it."""


@dataclass(frozen=True)
class Vocabulary:
    """What the claims of an experiment can name.

    Attributes
    ----------
    labels : sequence of str
    metrics : mapping of name to Kind
    cells : sequence of mapping
        What the sweep sets at each of its points; one that is empty without a sweep.
    """

    labels: Sequence[str]
    metrics: Mapping[str, Kind]
    cells: Sequence[Mapping[str, Value]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the sweep."""
        return tuple(self.cells[0])


S = TypeVar("S", bound=Statement | Comparison)


def resolve(statement: S, words: Vocabulary) -> S:
    """Return a claim with all keys in full, after checking all of its names.

    Raises
    ------
    ClaimError
        A metric, a scheme, a key or a value is not one of the experiment's, or a metric could be
        that of several runs of one seed.
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
    """Yield each metric that a claim speaks of with each cell in which it does."""
    for node in walk(statement):
        if isinstance(node, Metric):
            yield from ((node, cell) for cell in matching(dict(node.where), words.cells))


def is_same(value: Value, other: Value) -> bool:
    """Tell whether two values of a key are one, as near as a claim writes numbers."""
    if isinstance(value, str | bool) or isinstance(other, str | bool):
        return type(value) is type(other) and value == other
    return isclose(value, other, rel_tol=1e-9)


def matching(where: Mapping[str, Value], cells: Sequence[Mapping[str, Value]]) -> list[int]:
    """Return the cells that have these settings, by their place."""
    wanted = {key: value for key, value in where.items() if key not in OWN_KEYS}
    return [
        place
        for place, settings in enumerate(cells)
        if all(is_same(settings[key], value) for key, value in wanted.items())
    ]


def values_of(key: str, cells: Sequence[Mapping[str, Value]]) -> list[Value]:
    """Return the values that a key of the sweep has, in its order."""
    return list(dict.fromkeys(settings[key] for settings in cells))


def _resolved(node: Expression, words: Vocabulary, filled: tuple[str, ...]) -> Expression:
    """Return an expression with its names checked; keys in `filled` are given from without."""
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
    """Return the key that runs through its values, and what is a function of it."""
    key = _key(node.key, words, node.at)
    of = _resolved(node.of, words, (*filled, key))
    metrics = [each for each in walk(of) if isinstance(each, Metric)]
    if all(key in dict(each.where) for each in metrics):
        raise ClaimError(f"{key} runs through its values, but no metric leaves it open", node.at)
    return key, of


def _metric(metric: Metric, words: Vocabulary, filled: Collection[str]) -> Metric:
    if metric.name not in words.metrics:
        raise ClaimError(f"no metric is called {metric.name}{_hint(metric, words)}", metric.at)
    where: dict[str, Value] = {}
    for key, value in metric.where:
        full = _key(key, words, metric.at)
        if full in where:
            raise ClaimError(f"{full} is given twice", metric.at)
        where[full] = _value(full, value, words, metric.at)
    open_keys = [key for key in filled if key not in where]
    _check_own_keys(metric, where, open_keys, words)
    _check_point(metric, where, open_keys, words)
    return replace(metric, where=tuple(where.items()))


def _check_own_keys(
    metric: Metric, where: Mapping[str, Value], open_keys: Collection[str], words: Vocabulary
) -> None:
    """Raise if the scheme or the layer is missing, or a key that this metric has not is there."""
    kind, given = words.metrics[metric.name], {*where, *open_keys}
    if INIT not in given:
        listed = ", ".join(words.labels)
        raise ClaimError(f"{metric.name} of which scheme? Schemes: {listed}", metric.at)
    if LAYER in given and kind is not Kind.LAYERS:
        raise ClaimError(f"{metric.name} is no layer's: leave out layer", metric.at)
    if LAYER not in given and kind is Kind.LAYERS:
        raise ClaimError(f"{metric.name} of which layer? Give layer=1, or the like", metric.at)
    if EPOCH in given and kind is Kind.RUN:
        raise ClaimError(f"{metric.name} is measured once: leave out epoch", metric.at)


def _check_point(
    metric: Metric, where: Mapping[str, Value], open_keys: Collection[str], words: Vocabulary
) -> None:
    """Raise unless there is one point of the sweep for the metric, whatever fills its open keys."""
    cells = matching(where, words.cells)
    swept = [key for key in open_keys if key not in OWN_KEYS]
    if not cells:
        raise ClaimError(f"no point of the sweep is that of {metric}", metric.at)
    if len({tuple(words.cells[cell][key] for key in swept) for cell in cells}) < len(cells):
        missing = [key for key in words.keys if key not in {*where, *open_keys}]
        raise ClaimError(f"{metric} at which {' and '.join(missing)}?", metric.at)


def _key(key: str, words: Vocabulary, at: int) -> str:
    if key in OWN_KEYS or key in words.keys:
        return key
    ending = [known for known in words.keys if known.endswith(f".{key}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ClaimError(f"{key} may be {' or '.join(ending)}: write it in full", at)
    short = [known.rpartition(".")[2] for known in words.keys]
    raise ClaimError(f"{key} is no key. {_advice(key, (*OWN_KEYS, *words.keys, *short))}", at)


def _value(key: str, value: Value, words: Vocabulary, at: int) -> Value:
    """Return a key's own value that is meant."""
    if key in {EPOCH, LAYER}:
        return _counted(key, value, at)
    known = words.labels if key == INIT else values_of(key, words.cells)
    same = [each for each in known if is_same(each, value)]
    if same:
        return same[0]
    if key == INIT:
        raise ClaimError(f"no scheme is labelled {value}. {_advice(str(value), words.labels)}", at)
    listed = ", ".join(map(written, known))
    raise ClaimError(f"{key} is never {written(value)}: its values are {listed}", at)


def _counted(key: str, value: Value, at: int) -> Value:
    if isinstance(value, str | bool) or value < 0:
        raise ClaimError(f"{key} is a number, not {written(value)}", at)
    if key == LAYER and (value < 1 or value != int(value)):
        raise ClaimError(f"layers are counted from 1, and there is no layer {value:g}", at)
    return int(value) if key == LAYER else value


def _check_order(key: str, words: Vocabulary, at: int) -> None:
    """Raise if the values of a key are no numbers."""
    own = words.labels if key == INIT else []
    values = own if key in OWN_KEYS else values_of(key, words.cells)
    if any(isinstance(value, str | bool) for value in values):
        raise ClaimError(f"the values of {key} are no numbers, and have no order", at)


def _hint(metric: Metric, words: Vocabulary) -> str:
    is_of_layers = any(name.startswith("layer_") for name in words.metrics)
    if metric.name.startswith("layer_") and not is_of_layers:
        return ": statistics of layers are there where record.layers is true"
    return f". {_advice(metric.name, words.metrics)}"


def _advice(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known) or f"Known: {', '.join(known)}."
