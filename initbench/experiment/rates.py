"""Learning rates to tune where a config names none: around the limits that curvature predicts."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.config.experiment import Experiment
from initbench.curvature.measuring import sharpness_of
from initbench.curvature.stability import stability_factor
from initbench.errors import SchemeError, UsageError
from initbench.experiment.units import DTYPE, probe_unit, unit_of
from initbench.initializers import bind, specs_of
from initbench.results.curvature import limit_of
from initbench.results.tuning import HIGHEST_LIMIT
from initbench.training.initial_weights import (
    adapt_network,
    initial_network,
    rate_factors,
)
from initbench.training.samples import load_split, task_of

SEEDS: Final = (0, 1, 2)
"""Seeds of the networks whose curvature is measured."""

BELOW: Final = 10.0
ABOVE: Final = 3.2
"""How far the rates reach below the lowest limit, and above the highest."""


def rates_around(limits: Iterable[float]) -> list[float]:
    """Return the rates 1 and 3 times powers of ten around predicted limits, at least one.

    >>> rates_around([0.05, 0.2])
    [0.01, 0.03, 0.1, 0.3]
    """
    known = list(limits)
    low, high = min(known) / BELOW, min(max(known), HIGHEST_LIMIT) * ABOVE
    first, last = (int(np.floor(np.log10(end))) for end in (low, high))
    rates = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in (1, 3)]
    return [rate for rate in rates if low <= rate <= high]


def predicted_limits(experiment: Experiment) -> dict[str, float]:
    """Return the largest stable learning rate of each scheme that has one, by label.

    A scheme that does not fit the network has none; planning reports it.

    Raises `UsageError` if the optimizer has no prediction.
    """
    optimizer = experiment.training.optimizer
    factor = stability_factor(optimizer.name, optimizer.options)
    if factor is None:
        raise UsageError(
            "tune.values: rates are predicted for sgd, momentum and nesterov, not for"
            f" {optimizer.name}: list the values to try"
        )
    unit = probe_unit(unit_of(experiment))
    architecture = unit.architecture
    task = task_of(load_split(unit.dataset, DTYPE), unit.recipe.loss, DTYPE)
    part = task.parts["train"]
    found = {}
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        for init in experiment.inits:
            scheme = bind(init.name, **init.options)
            try:
                scheme.check(specs_of(architecture), force=init.force)
                network = initial_network(architecture, [scheme], SEEDS, DTYPE)
                adapt_network(network, [scheme], SEEDS, task)
                factors = rate_factors(network, [scheme], optimizer.name)
            except (SchemeError, UsageError):
                continue
            sharpness = sharpness_of(network, part.inputs, part.targets, task.loss, factors)
            limit = limit_of(factor, sharpness)
            if limit.defined:
                found[init.label] = limit.rate
    return found
