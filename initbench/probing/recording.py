"""Recording: what is measured of an experiment's untrained networks is stored beside its runs.

A network is measured once. What a scheme of one's own does wrong costs nobody else anything: its
networks have no record, and are tried again with the next run.
"""

import logging
from collections.abc import Sequence

from initbench.arrays import Array
from initbench.errors import InitbenchError, SchemeError
from initbench.experiment.planning.probes import PREFIX
from initbench.experiment.planning.units import Unit
from initbench.probing.stacks import measure_stack, subject_of
from initbench.results import RunStore

logger = logging.getLogger(__name__)


def record_probes(units: Sequence[Unit], store: RunStore) -> None:
    """Measure all networks of some units, and store each unit before the next begins.

    Parameters
    ----------
    units : sequence of Unit
        Those of `planning.probes`.
    store : RunStore

    Raises
    ------
    InitbenchError
        The data cannot be had, or the disk refuses.
    """
    for unit in units:
        found = _attempt(unit)
        if found is not None:
            store.write_unit([PREFIX + key for key in unit.keys], found, {})


def _attempt(unit: Unit) -> dict[str, Array] | None:
    """Return the records of a unit's networks, or say why there are none."""
    try:
        schemes = [variant.initialization for variant in unit.variants]
        return measure_stack(subject_of(unit), schemes, unit.seeds)
    except SchemeError as error:
        reason = str(error)
    except InitbenchError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a scheme raises, the other units go on
        reason = f"{type(error).__name__}: {error}"
    names = ", ".join(variant.scheme.name for variant in unit.variants)
    logger.error("%d networks of %s could not be probed: %s", unit.runs, names, reason)
    return None
