"""Learning rates to tune where a config names none: around the limits that curvature predicts."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.config.experiment import Experiment
from initbench.curvature.measuring import sharpness_of
from initbench.curvature.stability import stability_factor
from initbench.errors import SchemeError, UsageError
from initbench.experiment.units import DTYPE, named, probe_unit, unit_of
from initbench.initializers import bind, specs_of
from initbench.results.curvature import limit_of
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

HIGHEST_LIMIT: Final = 1.0
"""Highest limit that counts: where the signal vanishes, curvature is that of the last biases, and
grows as soon as the network learns."""


def predicted_rates(experiments: Sequence[Experiment]) -> list[float]:
    """Return the rates 1 and 3 times powers of ten around the limits of all schemes.

    `experiments`: one for each setting of a sweep; all have the same rates.

    Raises `UsageError` if the optimizer has no prediction, or no scheme has a limit.
    """
    limits: list[float] = []
    for experiment in experiments:
        optimizer = experiment.training.optimizer
        factor = stability_factor(optimizer.name, optimizer.options)
        if factor is None:
            raise UsageError(
                "tune.values: rates are predicted for sgd, momentum and nesterov, not for"
                f" {optimizer.name}: list the values to try"
            )
        limits += _limits(experiment, factor)
    if not limits:
        raise UsageError(
            "tune.values: no scheme has a curvature from which a rate could be predicted: list the"
            " values to try"
        )
    low, high = min(limits) / BELOW, min(max(limits), HIGHEST_LIMIT) * ABOVE
    first, last = (int(np.floor(np.log10(end))) for end in (low, high))
    rates = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in (1, 3)]
    return [rate for rate in rates if low <= rate <= high]


def _limits(experiment: Experiment, factor: float) -> list[float]:
    """Return the limits of the schemes that fit a network; planning reports the others."""
    unit = probe_unit(unit_of(experiment))
    architecture = unit.architecture
    task = task_of(load_split(unit.dataset, DTYPE), unit.recipe.loss, DTYPE)
    part = task.parts["train"]
    found = []
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        for init in experiment.inits:
            choice = named(init)
            scheme = bind(choice.name, **dict(choice.options))
            try:
                scheme.check(specs_of(architecture), force=init.force)
                network = initial_network(architecture, [scheme], SEEDS, DTYPE)
                adapt_network(network, [scheme], SEEDS, task)
                factors = rate_factors(network, [scheme], experiment.training.optimizer.name)
            except (SchemeError, UsageError):
                continue
            sharpness = sharpness_of(network, part.inputs, part.targets, task.loss, factors)
            limit = limit_of(factor, sharpness)
            found += [limit.rate] if limit.defined else []
    return found
