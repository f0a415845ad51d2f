"""Execution: units are trained one after another, and each is on disk before the next begins.

A unit that raises is recorded with its traceback, and the others finish: what it would have taught
is lost, what they teach is not.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from initbench.errors import InitbenchError, SchemeError
from initbench.experiment.units import Unit, train_unit
from initbench.results import RunStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far an experiment is, in epochs of single runs."""

    done: int
    total: int


def execute(
    units: Sequence[Unit], store: RunStore, report: Callable[[Progress], None] = lambda _: None
) -> int:
    """Train the units and store what they leave.

    Parameters
    ----------
    units : sequence of Unit
    store : RunStore
    report : callable
        Told of the progress before the first unit and after every epoch.

    Returns
    -------
    int
        How many runs crashed: a scheme of one's own failed, or something was raised that is no
        error of initbench's own.
    """
    done, crashed = 0, 0
    total = sum(_run_epochs(unit) for unit in units)
    if units:
        report(Progress(done, total))
    for unit in units:
        runs = len(unit.keys)
        before = done

        def on_epoch(runs: int = runs) -> None:
            nonlocal done
            done += runs
            report(Progress(done, total))

        try:
            records = train_unit(unit, on_epoch)
        except SchemeError as error:
            logger.error("%d runs crashed and have no result: %s", runs, error)  # noqa: TRY400  # it says where
            crashed += runs
            done = before + _run_epochs(unit)
        except InitbenchError:
            raise
        except Exception:
            logger.exception("%d runs crashed and have no result", runs)
            crashed += runs
            done = before + _run_epochs(unit)
        else:
            store.write_unit(unit.keys, records.per_run, records.shared)
    return crashed


def _run_epochs(unit: Unit) -> int:
    return len(unit.keys) * unit.recipe.epochs
