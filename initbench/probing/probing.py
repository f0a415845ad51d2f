"""Probing: from an experiment to what its untrained networks do, scheme by scheme.

Networks come in stacks as large as memory allows; a run's numbers do not depend on its stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.config.experiment import Experiment, InitConfig
from initbench.errors import UsageError
from initbench.experiment.probes import DTYPE, probe_unit
from initbench.experiment.settings import named, unit_of
from initbench.initializers import Initialization, bind
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count
from initbench.probing.measuring import layer_spectra
from initbench.probing.stacks import Subject, forecast_of, measure_stack, subject_of
from initbench.results.probes import SchemeProbe, scheme_probe
from initbench.training.layer_statistics import PROBED
from initbench.training.starting import adapt_network, initial_network, specs_of

_STACK_BYTES: Final = 2**28
"""Memory that a stack of networks and its signals may take, about."""


@dataclass(frozen=True)
class Probe:
    """What the untrained networks of an experiment do.

    Attributes
    ----------
    architecture : Architecture
    dataset : str
    seeds : tuple of int
    guess : float
        Loss of an answer that knows nothing: ln K, or the variance of what is to be met.
    schemes : mapping of str to SchemeProbe
        By label, in the order of the experiment.
    initializations : mapping of str to Initialization
    inputs : ndarray of shape (N, D)
        The training inputs, scaled as they are trained on.
    layer_jacobians : mapping of str to list of ndarray of shape (n,) or None
        Singular values of each layer's Jacobian, its activation included, for the first seed; None
        where they are not known.
    """

    architecture: Architecture
    dataset: str
    seeds: tuple[int, ...]
    guess: float
    schemes: Mapping[str, SchemeProbe]
    initializations: Mapping[str, Initialization]
    inputs: FloatArray
    layer_jacobians: Mapping[str, Sequence[FloatArray | None]]


def probe_experiment(experiment: Experiment) -> Probe:
    """Measure the untrained networks of an experiment, all schemes and seeds.

    Raises
    ------
    UsageError
        The data cannot be had, or the network or a scheme does not fit them.
    """
    subject = subject_of(probe_unit(unit_of(experiment)))
    schemes = _bound_schemes(experiment.inits, subject.architecture)
    labels, seeds = [init.label for init in experiment.inits], experiment.seeds
    return Probe(
        architecture=subject.architecture,
        dataset=experiment.dataset.name,
        seeds=seeds,
        guess=subject.guess,
        schemes=dict(zip(labels, _probe_all(subject, schemes, seeds), strict=True)),
        initializations=dict(zip(labels, schemes, strict=True)),
        inputs=subject.task.parts["train"].inputs[:, :-1],
        layer_jacobians={
            label: _layer_jacobians(subject, scheme, seeds[0])
            for label, scheme in zip(labels, schemes, strict=True)
        },
    )


def _bound_schemes(inits: Sequence[InitConfig], architecture: Architecture) -> list[Initialization]:
    """Return the schemes, or raise a `UsageError` that names all that do not fit the network."""
    schemes, problems = [], []
    for place, init in enumerate(inits):
        choice = named(init)
        scheme = bind(choice.name, **dict(choice.options))
        schemes.append(scheme)
        try:
            scheme.check(specs_of(architecture), force=init.force)
        except UsageError as error:
            problems.append(f"inits[{place}]: {error}")
    if problems:
        raise UsageError("\n".join(problems))
    return schemes


def _probe_all(
    subject: Subject, schemes: Sequence[Initialization], seeds: Sequence[int]
) -> list[SchemeProbe]:
    """Measure every scheme, as many of them at once as memory allows."""
    at_once = max(1, _STACK_BYTES // _bytes_of_a_run(subject.architecture))
    step = max(1, at_once // len(seeds))
    return [
        scheme_probe(records)
        for start in range(0, len(schemes), step)
        for records in _records(subject, schemes[start : start + step], seeds, at_once)
    ]


def _bytes_of_a_run(architecture: Architecture) -> int:
    """Return about how much memory a network, its gradient and its signals take."""
    signals = 3 * PROBED * sum(architecture.sizes)
    return 8 * (2 * parameter_count(architecture) + signals)


def _records(
    subject: Subject, schemes: Sequence[Initialization], seeds: Sequence[int], at_once: int
) -> list[list[dict[str, Array]]]:
    """Return the records of each scheme's networks, one a seed."""
    records, forecasts = [], [forecast_of(subject, scheme) for scheme in schemes]
    for start in range(0, len(seeds), at_once):
        found = measure_stack(subject, schemes, forecasts, seeds[start : start + at_once])
        runs = len(found["loss"])
        records += [{name: each[run] for name, each in found.items()} for run in range(runs)]
    return [records[place :: len(schemes)] for place in range(len(schemes))]


def _layer_jacobians(
    subject: Subject, scheme: Initialization, seed: int
) -> list[FloatArray | None]:
    layers = range(len(subject.architecture.layers))
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(subject.architecture, [scheme], [seed], DTYPE)
        adapt_network(network, [scheme], [seed], subject.task)
        found = layer_spectra(network, subject.task, layers)
    return [None if values is None else values[0] for values in found]
