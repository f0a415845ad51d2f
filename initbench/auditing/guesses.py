"""Guesses: which schemes of the catalogue a tensor that nobody made a claim about may be of."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from initbench.auditing.causes import KINDS, fits, tolerance
from initbench.auditing.checks import WHOLE, check_weights
from initbench.auditing.layouts import Placed
from initbench.auditing.samples import Sample
from initbench.errors import UsageError
from initbench.initializers.catalogue import INITIALIZERS
from initbench.initializers.initialization import Initialization, bind
from initbench.initializers.laws import Law, standard_law
from initbench.initializers.layers import LayerSpec
from initbench.options import OptionError

_SHOWN: Final = 4
_DRAWN: Final = frozenset({*KINDS, "orthogonal", "isometry", "unit_norm"})


def consistent_schemes(sample: Sample, placed: Placed, layer: LayerSpec) -> tuple[str, ...]:
    """Return the schemes, at their default options, that a sample agrees with.

    Where there is none, the distribution is named with its standard deviation.
    """
    found = []
    variance = float(sample.dithered.var())
    for scheme, law in _laws(layer, variance, tolerance(sample)):
        if not fits(sample, law):
            continue
        if scheme.distribution(layer) in WHOLE and not _hangs_together(
            sample, placed, scheme, layer
        ):
            continue
        found.append(scheme.initializer.name)
    if found:
        return (*found[:_SHOWN], "…") if len(found) > _SHOWN else tuple(found)
    values = sample.dithered
    mean, std = float(values.mean()), float(values.std())
    for kind, name in KINDS.items():
        guess = standard_law(kind, mean, std**2, layer.shape)
        if guess is not None and guess.parts and fits(sample, guess):
            return (f"{name}, standard deviation {std:.4g}",)
    return ()


def _hangs_together(
    sample: Sample, placed: Placed, scheme: Initialization, layer: LayerSpec
) -> bool:
    """Tell whether a matrix has the structure that a scheme states, as orthogonal ones have."""
    if not sample.is_whole:
        return False
    matrix = sample.rows.T if placed.layout == "out_in" else sample.rows
    layer = replace(layer, fan_in=matrix.shape[0], fan_out=matrix.shape[1])
    checks = check_weights(sample, matrix, layer, scheme)
    return all(check.p_value > 0.0 for check in checks if check.is_exact)


def _laws(
    layer: LayerSpec, variance: float, tolerance: float
) -> Iterator[tuple[Initialization, Law]]:
    """Yield the schemes that draw such a layer with about this variance, with their laws."""
    for scheme in _schemes():
        try:
            if scheme.distribution(layer) not in _DRAWN:  # mixtures may take the whole matrix
                continue
            stated = scheme.variance(layer)
            if stated <= 0.0 or abs(variance / stated - 1.0) > tolerance:
                continue
            law = scheme.law(layer)
        except UsageError:
            continue
        if law is not None and law.parts:
            yield scheme, law


@cache
def _schemes() -> tuple[Initialization, ...]:
    schemes = []
    for entry in INITIALIZERS.values():
        if entry.adapt is not None or entry.variance is None:
            continue
        try:
            schemes.append(bind(entry.name))
        except (OptionError, UsageError):  # an option without a default
            continue
    return tuple(schemes)
