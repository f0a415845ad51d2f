"""Probing: from an experiment to what its untrained networks do, scheme by scheme.

Networks are computed in float64, whatever the experiment trains in, so that a signal that vanishes
can be followed down. They come in stacks as large as memory allows; a run's numbers do not depend
on its stack.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.experiment.config.experiment import Experiment, InitConfig
from initbench.experiment.planning.settings import dataset_settings, named, network_settings
from initbench.experiment.planning.units import architecture_of, load_split, parts_of
from initbench.experiment.training.evaluation import Task, make_task
from initbench.experiment.training.layer_statistics import PROBED
from initbench.experiment.training.starting import adapt_network, initial_network, specs_of
from initbench.initializers import Initialization, bind
from initbench.initializers.wide_limit import wide_layers
from initbench.nn import Architecture
from initbench.nn.losses import loss_for, outputs_for
from initbench.nn.mlp import parameter_count
from initbench.probing.measuring import (
    BY_LAYER,
    batch_of,
    jacobian_spectrum,
    layer_spectra,
    measure,
)
from initbench.theory import Forecast, forecast

_STACK_BYTES: Final = 2**28
"""Memory that a stack of networks and its signals may take, about."""

_NORMAL_95: Final = 1.96


@dataclass(frozen=True)
class Expected:
    """A forecast of a scheme, in the units of what is measured; each ``(L,)``.

    Attributes
    ----------
    preactivation_rms, delta_rms : ndarray of shape (L,)
        NaN where theory has no finite answer.
    preactivation_band, delta_band : ndarray of shape (2, L)
        What 95 % of networks of this width lie between.
    cosine : ndarray of shape (L,)
    """

    preactivation_rms: FloatArray
    preactivation_band: FloatArray
    delta_rms: FloatArray
    delta_band: FloatArray
    cosine: FloatArray


@dataclass(frozen=True)
class SchemeProbe:
    """What was measured of a scheme, and what theory expected.

    Attributes
    ----------
    scheme : Initialization
    layers : mapping of str to ndarray of shape (S, L)
        Every name of `measuring.BY_LAYER`.
    loss : ndarray of shape (S,)
    jacobian : ndarray of shape (S, n) or None
        Singular values of the logits' derivative by the first input.
    layer_jacobians : list of ndarray of shape (n,) or None
        Of each layer's, its activation included, for the first seed; None where they are not known.
    preactivations : ndarray of shape (L, n)
        A sample of each layer's, for the first seed.
    expected : Expected or None
        None where theory has nothing to say of the scheme or the network.
    """

    scheme: Initialization
    layers: Mapping[str, FloatArray]
    loss: FloatArray
    jacobian: FloatArray | None
    layer_jacobians: Sequence[FloatArray | None]
    preactivations: FloatArray
    expected: Expected | None

    @property
    def gradient_ratio(self) -> FloatArray:
        """The backpropagated signal at the first layer over that at the last hidden one, (S,)."""
        backpropagated = self.layers["delta_rms"]
        last = max(backpropagated.shape[1] - 2, 0)
        with np.errstate(all="ignore"):
            return np.asarray(backpropagated[:, 0] / backpropagated[:, last])


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
    """

    architecture: Architecture
    dataset: str
    seeds: tuple[int, ...]
    guess: float
    schemes: Mapping[str, SchemeProbe]


def probe_experiment(experiment: Experiment) -> Probe:
    """Measure the untrained networks of an experiment, all schemes and seeds.

    Raises
    ------
    UsageError
        The data cannot be had, or the network or a scheme does not fit them.
    """
    dataset = dataset_settings(experiment.dataset)
    network = network_settings(experiment.network, experiment.training)
    split = load_split(dataset, "float64")
    architecture = architecture_of(
        network, split.X_train.shape[1], outputs_for(split.classes, split.y_train)
    )
    asked = experiment.training.loss
    name, options = ("auto", {}) if asked is None else (asked.name, dict(asked.options))
    loss = loss_for(split.classes, name, **options)
    task = make_task(parts_of(split), split.classes, loss, np.float64)
    if len(batch_of(task).inputs) < 2:
        raise UsageError("a probe needs at least two samples to train on")
    schemes = _bound_schemes(experiment.inits, architecture)
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        measured = _probe_all(task, architecture, schemes, experiment.seeds)
    return Probe(
        architecture=architecture,
        dataset=experiment.dataset.name,
        seeds=experiment.seeds,
        guess=_guess(task, split.classes),
        schemes={init.label: one for init, one in zip(experiment.inits, measured, strict=True)},
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


def _guess(task: Task, classes: int | None) -> float:
    if classes is not None:
        return math.log(classes)
    targets = task.parts["train"].targets.T
    means = np.broadcast_to(targets.mean(axis=1, keepdims=True), targets.shape)
    return float(task.loss.values(means, targets).mean())


def _probe_all(
    task: Task, architecture: Architecture, schemes: Sequence[Initialization], seeds: Sequence[int]
) -> list[SchemeProbe]:
    """Measure every scheme, as many of them at once as memory allows."""
    at_once = max(1, _STACK_BYTES // _bytes_of_a_run(architecture))
    step = max(1, at_once // len(seeds))
    return [
        one
        for start in range(0, len(schemes), step)
        for one in _probe_some(task, architecture, schemes[start : start + step], seeds, at_once)
    ]


def _bytes_of_a_run(architecture: Architecture) -> int:
    """Return about how much memory a network, its gradient and its signals take."""
    signals = 3 * PROBED * sum(architecture.sizes)
    return 8 * (2 * parameter_count(architecture) + signals)


def _probe_some(
    task: Task,
    architecture: Architecture,
    schemes: Sequence[Initialization],
    seeds: Sequence[int],
    at_once: int,
) -> list[SchemeProbe]:
    pieces: list[dict[str, FloatArray]] = []
    spectra: list[FloatArray | None] = []
    for start in range(0, len(seeds), at_once):
        some = seeds[start : start + at_once]
        network = initial_network(architecture, schemes, some, np.float64)
        adapt_network(network, schemes, some, task)
        if not start:
            spectra = layer_spectra(network.take(np.arange(len(schemes))), task)
        jacobian = jacobian_spectrum(network, task)
        piece = measure(network, task) | ({} if jacobian is None else {"jacobian": jacobian})
        pieces.append(piece)
    whole = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    return [
        _scheme_probe(
            scheme,
            {name: values[place :: len(schemes)] for name, values in whole.items()},
            [None if layer is None else layer[place] for layer in spectra],
            _expect(task, architecture, scheme, whole["backpropagated"][place :: len(schemes)]),
        )
        for place, scheme in enumerate(schemes)
    ]


def _scheme_probe(
    scheme: Initialization,
    found: Mapping[str, FloatArray],
    spectra: Sequence[FloatArray | None],
    expected: Expected | None,
) -> SchemeProbe:
    return SchemeProbe(
        scheme=scheme,
        layers={name: found[name] for name in BY_LAYER},
        loss=found["loss"],
        jacobian=found.get("jacobian"),
        layer_jacobians=spectra,
        preactivations=found["preactivations"][0],
        expected=expected,
    )


def _expect(
    task: Task, architecture: Architecture, scheme: Initialization, backpropagated: FloatArray
) -> Expected | None:
    """Return what theory expects, given the derivatives by the logits (S, B) that were measured."""
    layers = wide_layers(scheme, specs_of(architecture))
    if layers is None or architecture.residual is not None or architecture.normalization != "none":
        return None
    if not architecture.bias:
        layers = [replace(layer, bias_variance=0.0) for layer in layers]
    found = forecast(architecture.activation, layers, batch_of(task).inputs[:, :-1])
    return _in_units_of_the_measured(found, backpropagated.mean(axis=0))


def _in_units_of_the_measured(found: Forecast, backpropagated: FloatArray) -> Expected:
    lengths = found.lengths.mean(axis=1)
    gradients = (found.gradients * backpropagated).mean(axis=1)
    return Expected(
        preactivation_rms=np.sqrt(lengths),
        preactivation_band=_band(lengths, found.length_spread),
        delta_rms=np.sqrt(gradients),
        delta_band=_band(gradients, found.gradient_spread),
        cosine=found.correlations,
    )


def _band(squares: FloatArray, spread: FloatArray) -> FloatArray:
    """Return what 95 % lie between of roots of log-normal squares with this mean and spread."""
    middle = -np.square(spread) / 2
    signs = np.array([[-1.0], [1.0]])
    return np.asarray(np.sqrt(squares * np.exp(middle + _NORMAL_95 * signs * spread)))
