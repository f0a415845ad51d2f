"""Stacks: what is measured of some schemes' networks at once, and what theory expects of each.

Networks are computed in float64, whatever is trained in, so that a signal that vanishes can be
followed down. A run's numbers do not depend on its stack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.experiment.probes import DTYPE
from initbench.initializers import Initialization
from initbench.initializers.wide_limit import wide_layers
from initbench.nn import Architecture
from initbench.probing.measuring import batch_of, measure, spectra
from initbench.theory import Forecast, forecast
from initbench.training.evaluation import Task, constant_loss
from initbench.training.samples import load_split, task_of
from initbench.training.starting import adapt_network, initial_network, specs_of
from initbench.training.unit import Unit

_FORECAST: Final = (
    "expected_preactivation_rms",
    "preactivation_spread",
    "expected_delta_rms",
    "delta_spread",
    "expected_cosine",
)
"""What is expected of every layer, by the name under which it is stored."""


@dataclass(frozen=True)
class Subject:
    """What is passed through which network.

    Attributes
    ----------
    architecture : Architecture
    task : Task
    guess : float
        Loss of an answer that knows nothing.
    """

    architecture: Architecture
    task: Task
    guess: float


def subject_of(unit: Unit) -> Subject:
    """Return what is passed through which network, whatever a unit's variants and seeds.

    Raises
    ------
    UsageError
        The data cannot be had, or the network or the loss does not fit them.
    """
    split = load_split(unit.dataset, DTYPE)
    task = task_of(split, unit.recipe.loss, DTYPE)
    return Subject(unit.architecture, task, constant_loss(task))


def forecast_of(subject: Subject, scheme: Initialization) -> Forecast | None:
    """Return what theory expects of a scheme's networks, None where it has nothing to say."""
    architecture = subject.architecture
    layers = wide_layers(scheme, specs_of(architecture))
    if layers is None or architecture.residual is not None or architecture.normalization != "none":
        return None
    if not architecture.bias:
        layers = [replace(layer, bias_variance=0.0) for layer in layers]
    return forecast(architecture.activation, layers, batch_of(subject.task).inputs[:, :-1])


def measure_stack(
    subject: Subject,
    schemes: Sequence[Initialization],
    forecasts: Sequence[Forecast | None],
    seeds: Sequence[int],
) -> dict[str, Array]:
    """Measure every scheme, of each of which there is a forecast or none, with every seed.

    Returns
    -------
    dict
        What `results.probes.scheme_probe` reads, with a first axis that counts runs, seed by seed.
    """
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(subject.architecture, schemes, seeds, DTYPE)
        adapt_network(network, schemes, seeds, subject.task)
        found = spectra(network, subject.task) | measure(network, subject.task)
        backpropagated = found.pop("backpropagated")
        expected = [
            _in_units_of_the_measured(each, subject, backpropagated[place :: len(schemes)])
            for place, each in enumerate(forecasts)
        ]
    for name in expected[0]:
        stacked = np.stack([each[name] for each in expected], axis=1)
        found[name] = stacked.reshape(network.runs, -1)
    return {**found, "guess": np.full(network.runs, subject.guess)}


def _in_units_of_the_measured(
    found: Forecast | None, subject: Subject, backpropagated: FloatArray
) -> dict[str, FloatArray]:
    """Return what is expected of every layer, each ``(S, L)``; NaN where there is no forecast.

    Parameters
    ----------
    found : Forecast or None
    subject : Subject
    backpropagated : ndarray of shape (S, B)
        The mean squares of the derivatives by the logits that were measured.
    """
    shape = (len(backpropagated), len(subject.architecture.layers))
    if found is None:
        return dict.fromkeys(_FORECAST, np.full(shape, np.nan))
    gradients = (found.gradients * backpropagated[:, np.newaxis]).mean(axis=2)
    each = (
        np.sqrt(found.lengths.mean(axis=1)),
        found.length_spread,
        np.sqrt(gradients),
        found.gradient_spread,
        found.correlations,
    )
    return {
        name: np.broadcast_to(values, shape) for name, values in zip(_FORECAST, each, strict=True)
    }
