"""Screening: leave out the schemes that cannot train the network, before anything is trained.

A scheme is left out only if training is impossible, so that no scheme is lost to a rule of thumb:
for every seed the signal exceeds the range of the data type of the network, or for no seed and
weight is the gradient large enough for that type. Biases may still change then, but they affect all
inputs alike. A weak signal is left to the race. Normalization is part of the network that is
measured, so a signal that it repairs is no reason to leave a scheme out.

The measurements are those of `initbench probe`, without forecasts and Jacobians, which would take
longer than a short race.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.config.experiment import Experiment
from initbench.curvature.measuring import sharpness_of
from initbench.curvature.stability import stability_factor
from initbench.errors import SchemeError, UsageError
from initbench.experiment.units import recipe
from initbench.initializers import Initialization
from initbench.probing.measuring import measure
from initbench.recommending.candidates import Question, applicable
from initbench.results.curvature import limit_of
from initbench.training.initial_weights import adapt_network, initial_network, rate_factors
from initbench.training.samples import task_of

SEEDS: Final = (0, 1, 2)
"""Seeds with which each scheme is measured."""

MEASURED: Final = ("preactivation_rms", "delta_rms", "gradient_rms")

Signals = Mapping[str, FloatArray]
"""Measurements of a scheme's untrained networks, each of `MEASURED` ``(S, L)``."""


@dataclass(frozen=True)
class Screening:
    """The schemes that enter the race, and those that do not."""

    experiment: Experiment  # the experiment of the question, with the schemes that enter the race
    schemes: Mapping[str, Initialization]  # by label
    signals: Mapping[str, Signals]  # by label: of all schemes that apply to the network
    left_out: Mapping[str, str]  # by label: the reason for each scheme that does not enter
    # by label: the predicted largest stable learning rate of each scheme that enters; none where
    # the optimizer has no prediction, or the curvature is zero or not finite
    limits: Mapping[str, float]


def screen(question: Question) -> Screening:
    """Measure the untrained networks of all schemes that apply, and leave out the impossible ones.

    Raises `UsageError` if no scheme can train this network.
    """
    experiment = question.experiment
    schemes, left_out = applicable(experiment, question.architecture)
    task = task_of(question.split, recipe(experiment.training, experiment.record).loss, np.float64)
    signals: dict[str, Signals] = {}
    limits: dict[str, float] = {}
    optimizer = experiment.training.optimizer
    factor = stability_factor(optimizer.name, optimizer.options)
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        for label, scheme in schemes.items():
            try:
                network = initial_network(question.architecture, [scheme], SEEDS, np.float64)
                adapt_network(network, [scheme], SEEDS, task)
            except SchemeError as error:
                left_out[label] = str(error)
                continue
            arrays = measure(network, task)
            signals[label] = {name: arrays[name] for name in MEASURED}
            if factor is not None:
                factors = rate_factors(network, [scheme], optimizer.name)
                part = task.parts["train"]
                steepest = sharpness_of(network, part.inputs, part.targets, task.loss, factors)
                limits[label] = limit_of(factor, steepest).rate
    for label, found in signals.items():
        if why := objection(found, experiment.training.dtype):
            left_out[label] = why
    entering = {label: each for label, each in schemes.items() if label not in left_out}
    if not entering:
        reasons = "".join(f"\n  {label}: {why}" for label, why in left_out.items())
        raise UsageError(f"none of the schemes can train this network:{reasons}")
    inits = tuple(init for init in experiment.inits if init.label in entering)
    known = {label: rate for label, rate in limits.items() if label in entering and rate > 0.0}
    entered = experiment.model_copy(update={"inits": inits})
    return Screening(entered, entering, signals, left_out, known)


def objection(signals: Signals, dtype: str) -> str:
    """Return why networks cannot be trained in this data type; empty if they can."""
    numbers = np.finfo(dtype)
    is_beyond = ~(signals["preactivation_rms"] < float(numbers.max))
    if is_beyond.any(axis=1).all():
        first = min(int(np.argmax(row)) + 1 for row in is_beyond)
        return f"its signal is beyond what {dtype} can hold, from layer {first} on"
    if not (signals["gradient_rms"] >= float(numbers.smallest_normal)).any():
        return (
            f"no weight has a gradient that {dtype} can hold: only biases would move, and they say"
            " the same to all inputs"
        )
    return ""
