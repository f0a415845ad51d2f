"""Probes: the untrained networks of an experiment, measured scheme by scheme.

probe = initbench.probe(["he", "torch:linear"], depth=30, width=256)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.config.experiment import Experiment
from initbench.config.loading import read_experiment
from initbench.errors import UsageError
from initbench.experiment.units import DTYPE, probe_unit, unit_of
from initbench.initializers import INITIALIZERS, Initialization, bind, specs_of
from initbench.nn import Architecture
from initbench.nn.mlp import parameter_count
from initbench.probing.born_dead import refuse_data_driven
from initbench.probing.measuring import forecast_of, layer_spectra, measure_stack, subject_of
from initbench.results.probes import SchemeProbe, scheme_probe
from initbench.training.initial_weights import adapt_network, initial_network
from initbench.training.layer_statistics import PROBED

STACK_BYTES: Final = 2**28
"""Approximate memory of a stack of networks with their signals."""


@dataclass(frozen=True)
class Probe:
    """Measurements of the untrained networks of an experiment.

    Attributes
    ----------
    architecture : Architecture
    dataset : str
    seeds : tuple of int
    guess : float
        Loss of the best prediction that ignores the features: the entropy of the class shares, or
        in a regression the loss of the mean or the median.
    schemes : mapping of str to SchemeProbe
        By label, in the order of the experiment.
    initializations : mapping of str to Initialization
    inputs : ndarray of shape (N, D)
        The training inputs, scaled as for training.
    layer_jacobians : mapping of str to list of ndarray of shape (n,) or None
        Singular values of each layer's Jacobian, activation included, for the first seed; None for
        layers whose Jacobian is not computed.
    """

    architecture: Architecture
    dataset: str
    seeds: tuple[int, ...]
    guess: float
    schemes: Mapping[str, SchemeProbe]
    initializations: Mapping[str, Initialization]
    inputs: FloatArray
    layer_jacobians: Mapping[str, Sequence[FloatArray | None]]


def probe(
    inits: Sequence[str | Mapping[str, Any]] = (),
    *,
    config: Path | str | Mapping[str, Any] | None = None,
    dataset: str | Mapping[str, Any] = "gaussian",
    depth: int = 30,
    width: int = 256,
    activation: str | Mapping[str, Any] = "relu",
    seeds: int | Sequence[int] = 10,
    overrides: Sequence[str] = (),
    born_dead: bool = False,
    curvature: bool = False,
) -> Probe:
    """Measure signals and gradients of untrained networks, with the forecasts of theory.

    Parameters
    ----------
    inits : sequence of str or mapping
        As in `compare`.
    config : path or mapping, optional
        An experiment whose schemes, data and network are probed, instead of all other parameters
        except `overrides`. Its sweep is ignored.
    dataset, activation : str or mapping
        A name, or a name with options.
    depth, width : int
        Number of hidden layers, and of units in each.
    seeds : int or sequence of int
        The number of seeds, counted from 0, or the seeds themselves.
    overrides : sequence of str
        ``"network.normalization=layer"``, as ``--set`` takes them.
    born_dead : bool
        Whether networks that are born dead will be counted too: data-driven schemes, for which
        this is not possible, are then refused before anything is measured.
    curvature : bool
        Whether to measure the curvature of the loss, too, which predicts learning rates; also done
        if the experiment has ``probe: {curvature: true}``.

    Returns
    -------
    Probe

    Raises
    ------
    ConfigError
        The experiment is not valid; the message names all mistakes.
    UsageError
        A scheme does not fit the network, or the data cannot be loaded.

    Examples
    --------
    >>> found = probe(["he"], depth=3, width=32, seeds=2)
    >>> found.schemes["he"].layers["preactivation_rms"].shape
    (2, 4)
    """
    settings = {
        "dataset": dataset,
        "network": {"depth": depth, "width": width, "activation": activation},
        "inits": inits,
        "seeds": seeds,
    }
    experiment = read_experiment(settings if config is None else config, overrides)
    if born_dead:
        for init in experiment.inits:
            refuse_data_driven(INITIALIZERS[init.name])
    return probe_experiment(experiment, curvature=curvature or experiment.probe.curvature)


def probe_experiment(experiment: Experiment, *, curvature: bool = False) -> Probe:
    """Measure the untrained networks of an experiment, for all schemes and seeds.

    Raises `UsageError` if the data cannot be loaded, or the network or a scheme does not fit them.
    """
    subject = subject_of(probe_unit(unit_of(experiment)))
    architecture, seeds = subject.architecture, experiment.seeds
    initializations: dict[str, Initialization] = {}
    problems = []
    for place, init in enumerate(experiment.inits):
        scheme = initializations[init.label] = bind(init.name, **init.options)
        try:
            scheme.check(specs_of(architecture), force=init.force)
        except UsageError as error:
            problems.append(f"inits[{place}]: {error}")
    if problems:
        raise UsageError("\n".join(problems))

    # A run holds its parameters, their gradient, and the signals and deltas of one batch.
    floats = 2 * parameter_count(architecture) + 3 * PROBED * sum(architecture.sizes)
    at_once = max(1, STACK_BYTES // (8 * floats))
    schemes: dict[str, SchemeProbe] = {}
    layer_jacobians: dict[str, list[FloatArray | None]] = {}
    for label, scheme in initializations.items():
        forecast, records = forecast_of(subject, scheme), []
        for start in range(0, len(seeds), at_once):
            few = seeds[start : start + at_once]
            stack = measure_stack(subject, [scheme], [forecast], few, curvature=curvature)
            runs = range(len(stack["loss"]))
            records += [{name: values[run] for name, values in stack.items()} for run in runs]
        schemes[label] = scheme_probe(records)
        with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
            network = initial_network(architecture, [scheme], seeds[:1], DTYPE)
            adapt_network(network, [scheme], seeds[:1], subject.task)
            spectra = layer_spectra(network, subject.task, range(len(architecture.layers)))
        layer_jacobians[label] = [None if each is None else each[0] for each in spectra]
    return Probe(
        architecture=architecture,
        dataset=experiment.dataset.name,
        seeds=seeds,
        guess=subject.guess,
        schemes=schemes,
        initializations=initializations,
        inputs=subject.task.parts["train"].inputs[:, :-1],
        layer_jacobians=layer_jacobians,
    )
