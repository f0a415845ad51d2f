"""Recording: measurements of an experiment's untrained networks, stored beside its runs.

A network is measured once. If a scheme raises an error, only its own networks have no record, and
they are measured again with the next run.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from initbench.arrays import Array
from initbench.errors import InitbenchError, SchemeError
from initbench.experiment.units import probe_prefix
from initbench.probing.measuring import forecast_of, measure_stack, subject_of, theory_of
from initbench.results import RunStore
from initbench.results.probes import THEORY
from initbench.theory import Forecast
from initbench.training.unit import Unit, Variant

logger: logging.Logger = logging.getLogger(__name__)


def record_probes(units: Sequence[Unit], store: RunStore, *, curvature: bool = False) -> None:
    """Measure the networks of all units, and store each unit before the next one begins.

    Parameters
    ----------
    units : sequence of Unit
        Units made by `experiment.probes.probe_unit`.
    store : RunStore
    curvature : bool
        Whether to measure the curvature of the loss, too.

    Raises
    ------
    InitbenchError
        The data cannot be loaded, or the disk cannot be written.
    """
    prefix = probe_prefix(curvature=curvature)
    for unit in units:
        for part, found in _measured(unit, curvature=curvature):
            store.write_unit([prefix + key for key in part.keys], found, {})


def _measured(unit: Unit, *, curvature: bool) -> Iterator[tuple[Unit, dict[str, Array]]]:
    """Yield the records of a unit's networks, scheme by scheme if one scheme raises an error."""
    try:
        found = _measure(unit, curvature=curvature)
    except SchemeError as error:
        reason = str(error)
    except InitbenchError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a scheme raises, the others are measured
        reason = f"{type(error).__name__}: {error}"
    else:
        yield unit, found
        return
    if len(unit.variants) > 1:
        for variant in unit.variants:
            yield from _measured(replace(unit, variants=(variant,)), curvature=curvature)
    else:
        name = unit.variants[0].scheme.name
        logger.error("%d networks of %s could not be probed: %s", unit.runs, name, reason)


def _measure(unit: Unit, *, curvature: bool) -> dict[str, Array]:
    shape = replace(unit, variants=(), seeds=())
    schemes = [variant.initialization for variant in unit.variants]
    forecasts = [_forecast(shape, variant) for variant in unit.variants]
    found = measure_stack(_subject(shape), schemes, forecasts, unit.seeds, curvature=curvature)
    theories = [_theory(shape, variant) for variant in unit.variants]
    for name in THEORY:
        of_schemes = [theory[name] for theory in theories]
        found[f"theory_{name}"] = np.tile(of_schemes, len(unit.seeds))
    return found


_subject = lru_cache(maxsize=1)(subject_of)


@lru_cache(maxsize=256)
def _forecast(shape: Unit, variant: Variant) -> Forecast | None:
    """Return the forecast of a variant, which takes longer than measuring many networks."""
    return forecast_of(_subject(shape), variant.initialization)


@lru_cache(maxsize=256)
def _theory(shape: Unit, variant: Variant) -> dict[str, float]:
    """Return what theory says of a variant, which takes longer than measuring a small network."""
    return theory_of(_subject(shape), variant.initialization)
