r"""Measurements of stacks of untrained networks, and the forecasts of mean-field theory.

One batch passes forward and backward through all networks of a stack. Networks are computed in
float64, whatever the training uses, so that a vanishing signal can be followed through all layers.
The numbers of a network do not depend on the other networks of its stack.

The effective rank is the participation ratio of a layer's activations,
:math:`(\sum_i \lambda_i)^2 / \sum_i \lambda_i^2` over the eigenvalues of their matrix of second
moments: 1 if all samples lie on one line through the origin, and at most the number of samples or
of units. It falls to 1 as the representations of the inputs become alike.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.curvature.measuring import measure_curvature
from initbench.errors import InitbenchError, SchemeError
from initbench.experiment.units import DTYPE, probe_prefix
from initbench.initializers import Initialization, specs_of
from initbench.initializers.initialization import wide_layers
from initbench.nn import Architecture, StackedMLP
from initbench.results import RunStore
from initbench.results.probes import BINS, DECADES, GRADIENT_COSINE, HIGHEST, THEORY
from initbench.theory import Forecast, MeanField, WideLayer, forecast, mean_field
from initbench.training.evaluation import Part, Task, constant_loss
from initbench.training.initial_weights import adapt_network, initial_network
from initbench.training.layer_statistics import (
    PROBED,
    delta_rms,
    gradient_rms,
    signal_statistics,
    slopes_of,
)
from initbench.training.samples import load_split, task_of
from initbench.training.unit import Unit, Variant

HISTOGRAM_VALUES: Final = 8_000
"""Preactivations of a layer that its histogram counts."""

LARGEST_JACOBIAN: Final = 512
"""A layer has the singular values of its Jacobian computed if one of its sides is at most this."""

FORECASTS: Final = (
    "expected_preactivation_rms",
    "preactivation_spread",
    "expected_delta_rms",
    "delta_spread",
    "expected_cosine",
)
"""Names under which the forecasts of each layer are stored."""


@dataclass(frozen=True)
class Subject:
    """A network and the data that are passed through it."""

    architecture: Architecture
    task: Task
    guess: float  # loss of the best prediction that ignores the features


def subject_of(unit: Unit) -> Subject:
    """Return the network of a unit with its data; variants and seeds do not matter."""
    split = load_split(unit.dataset, DTYPE)
    task = task_of(split, unit.recipe.loss, DTYPE)
    return Subject(unit.architecture, task, constant_loss(task))


def forecast_of(subject: Subject, scheme: Initialization) -> Forecast | None:
    """Return the forecast of theory for a scheme's networks, or None where theory has none."""
    layers = _wide_layers(subject.architecture, scheme)
    if layers is None:
        return None
    activation = subject.architecture.activation
    return forecast(activation, layers, _batch(subject.task).inputs[:, :-1])


def theory_of(subject: Subject, scheme: Initialization) -> dict[str, float]:
    """Return what theory says of wide layers like the middle layer of a scheme's network.

    Returns
    -------
    dict
        The names of `results.probes.THEORY`; NaN where theory has nothing to say.
    """
    layers = _wide_layers(subject.architecture, scheme)
    if layers is None:
        return dict.fromkeys(THEORY, np.nan)
    middle = layers[(len(layers) - 1) // 2]
    found: MeanField = mean_field(
        subject.architecture.activation,
        weight_variance=middle.scaled,
        bias_variance=middle.bias_variance,
    )
    return {name: float(getattr(found, name)) for name in THEORY}


def measure_stack(
    subject: Subject,
    schemes: Sequence[Initialization],
    forecasts: Sequence[Forecast | None],
    seeds: Sequence[int],
    *,
    curvature: bool = False,
) -> dict[str, Array]:
    """Measure the networks of all schemes and seeds, and scale their forecasts to the loss.

    `forecasts`: of each scheme.
    `curvature`: whether to measure the curvature of the loss, too.

    Returns
    -------
    dict
        The arrays that `results.probes.scheme_probe` reads, each with a first axis of runs: all
        schemes of the first seed, then all schemes of the second.
    """
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(subject.architecture, schemes, seeds, DTYPE)
        adapt_network(network, schemes, seeds, subject.task)
        middle = (len(network.architecture.layers) - 1) // 2
        spectra = {
            "jacobian": jacobian_spectrum(network, subject.task),
            "layer_jacobian": layer_spectra(network, subject.task, [middle])[0],
            GRADIENT_COSINE: gradient_cosines(network, subject.task),
        }
        found = {name: values for name, values in spectra.items() if values is not None}
        if curvature:
            part = subject.task.parts["train"]
            found |= measure_curvature(network, part.inputs, part.targets, subject.task.loss)
        found |= measure(network, subject.task)
        backpropagated = found.pop("backpropagated")
        unknown: list[FloatArray | float] = [np.nan] * len(FORECASTS)
        expected = [
            scaled_forecast(each, backpropagated[place :: len(schemes)]) if each else unknown
            for place, each in enumerate(forecasts)
        ]
    shape = (len(seeds), len(subject.architecture.layers))
    for name, by_scheme in zip(FORECASTS, zip(*expected, strict=True), strict=True):
        stacked = np.stack([np.broadcast_to(values, shape) for values in by_scheme], axis=1)
        found[name] = stacked.reshape(network.runs, -1)
    return {**found, "guess": np.full(network.runs, subject.guess)}


def scaled_forecast(expected: Forecast, squares: FloatArray) -> list[FloatArray]:
    """Return a forecast in the order of `FORECASTS`, with gradients in the units of the loss.

    `expected`: of L layers and B samples.
    `squares`: shape (..., B); mean square of the derivative of a sample's loss by its logits.
    """
    gradients = (expected.gradients * squares[..., np.newaxis, :]).mean(axis=-1)
    return [
        np.sqrt(expected.lengths.mean(axis=1)),
        expected.length_spread,
        np.sqrt(gradients),
        expected.gradient_spread,
        expected.correlations,
    ]


def measure(network: StackedMLP, task: Task) -> dict[str, FloatArray]:
    """Return statistics of signals and gradients in every layer of every run.

    `network`: its gradients are overwritten.

    Returns
    -------
    dict
        The names of `results.probes.BY_LAYER` ``(R, L)``; ``loss`` (R,); ``magnitudes`` (R, L, n),
        histograms of preactivations; ``backpropagated`` (R, B), the mean square of the derivative
        of a sample's loss by its logits.
    """
    part = _batch(task)
    inputs, targets = part.inputs[np.newaxis], part.targets.T
    by_layer: list[dict[str, Array]] = []
    # As in training: batch normalization uses the moments of the batch.
    for given, made in network.signals(inputs, training=True):
        gram = np.matmul(made.mT, made)
        first, second = given[:, :, 0], given[:, :, 1]
        rms = np.sqrt(np.square(given).mean((1, 2)))
        with np.errstate(all="ignore"):
            rank = np.trace(gram, axis1=1, axis2=2) ** 2 / np.square(gram).sum((1, 2))
            norms = np.sqrt(np.square(first).sum(1) * np.square(second).sum(1))
            cosine = (first * second).sum(1) / norms
        by_layer.append(
            {
                **signal_statistics(network.architecture.activation, given, made),
                "preactivation_rms": rms,
                "activation_rms": np.sqrt(np.square(made).mean((1, 2))),
                "effective_rank": rank,
                "cosine": cosine,
                "magnitudes": magnitudes(given.reshape(network.runs, -1), rms),
            }
        )
        logits = made[np.newaxis]
    by_layer[-1] |= dict.fromkeys(("dead_fraction", "saturated_fraction"), np.zeros(network.runs))
    found = {name: np.stack([one[name] for one in by_layer], axis=1) for name in by_layer[0]}
    found["loss"] = task.loss.values(logits, targets).mean(axis=-1).ravel()
    task.loss.gradient(logits, targets, deltas := network.deltas_for(logits))
    found["backpropagated"] = np.square(deltas.shape[-1] * deltas[0]).mean(axis=1)
    back = [delta_rms(delta) for delta in network.backward_signals(deltas)]
    return {
        **found,
        "delta_rms": np.stack(back[::-1], axis=1),
        "gradient_rms": gradient_rms(network),
    }


def magnitudes(values: FloatArray, rms: FloatArray) -> Array:
    """Return histograms of magnitudes relative to their root mean square, on a log scale.

    The highest bin is scaled to `HIGHEST`. Values outside `DECADES` and NaN are not counted.

    `values`: shape (R, n).
    `rms`: shape (R,).

    Returns
    -------
    ndarray of shape (R, BINS)
    """
    kept = np.linspace(0, values.shape[1] - 1, HISTOGRAM_VALUES).astype(np.int64)
    with np.errstate(all="ignore"):
        decades = np.log10(np.abs(values[:, kept]) / rms[:, np.newaxis])
        places = (decades - DECADES[0]) * (BINS / (DECADES[1] - DECADES[0]))
    runs, which = np.nonzero((places >= 0) & (places < BINS))
    cells = BINS * runs + places[runs, which].astype(np.int64)
    counts = np.bincount(cells, minlength=len(values) * BINS).reshape(-1, BINS)
    highest = np.maximum(counts.max(axis=1, keepdims=True), 1)
    heights: Array = np.rint(HIGHEST * counts / highest).astype(np.uint8)
    return heights


def jacobian_spectrum(network: StackedMLP, task: Task) -> FloatArray | None:
    """Return the singular values of the logits' derivative by the first input, ``(R, min(D, K))``.

    None with batch normalization, where an output depends on the other samples too.
    """
    if network.architecture.normalization == "batch":
        return None
    features, outputs = network.architecture.sizes[0], network.architecture.sizes[-1]
    inputs = np.repeat(task.parts["train"].inputs[np.newaxis, :1], outputs, axis=1)
    deltas = network.deltas_for(network.forward(inputs, training=True))
    deltas[:] = np.eye(outputs)
    *_, first = network.backward_signals(deltas)
    return _singular_values(np.matmul(network.layers[0][:, :features], first))


def gradient_cosines(network: StackedMLP, task: Task) -> FloatArray | None:
    """Return the cosine between the gradients of two inputs in each layer, ``(R, L)``.

    The gradient of an input is the matrix of derivatives of the logits by what a layer receives, so
    in the first layer by the input itself. The inputs are the first two of the training part. None
    with batch normalization, where an output depends on the other samples too.
    """
    if network.architecture.normalization == "batch":
        return None
    outputs = network.architecture.sizes[-1]
    inputs = np.repeat(task.parts["train"].inputs[np.newaxis, :2], outputs, axis=1)
    deltas = network.deltas_for(network.forward(inputs, training=True))
    deltas[:] = np.tile(np.eye(outputs), 2)
    cosines = []
    for layer, delta in zip(network.layers[::-1], network.backward_signals(deltas), strict=True):
        gradients = np.matmul(layer[:, :-1], delta)
        first, second = gradients[..., :outputs], gradients[..., outputs:]
        squares = np.square(first).sum((1, 2)) * np.square(second).sum((1, 2))
        cosines.append((first * second).sum((1, 2)) / np.sqrt(squares))
    return np.stack(cosines[::-1], axis=1)


def layer_spectra(
    network: StackedMLP, task: Task, layers: Collection[int]
) -> list[FloatArray | None]:
    """Return the singular values of some layers' Jacobians at the first input, each ``(R, n)``.

    A layer is its matrix product followed by its activation. The entry is None if the layer is too
    large, or normalized between the two.
    """
    architecture = network.architecture
    inputs = task.parts["train"].inputs[np.newaxis, :1]
    found: list[FloatArray | None] = []
    for index, (given, made) in enumerate(network.signals(inputs)):
        if index not in layers:
            continue
        fan_in, fan_out = architecture.layers[index]
        if min(fan_in, fan_out) > LARGEST_JACOBIAN or architecture.normalization != "none":
            found.append(None)
            continue
        is_last = index == len(architecture.layers) - 1
        slopes = np.ones_like(given) if is_last else slopes_of(architecture.activation, given, made)
        found.append(_singular_values(network.layers[index][:, :fan_in] * slopes.mT))
    return found


def _wide_layers(architecture: Architecture, scheme: Initialization) -> list[WideLayer] | None:
    """Return the layers of a plain network for theory, or None where theory has nothing to say."""
    layers = wide_layers(scheme, specs_of(architecture))
    if layers is None or architecture.residual is not None or architecture.normalization != "none":
        return None
    if architecture.bias:
        return layers
    return [replace(layer, bias_variance=0.0) for layer in layers]


def _batch(task: Task) -> Part:
    """Return the training samples that are passed through."""
    part = task.parts["train"]
    return Part(part.inputs[:PROBED], part.y[:PROBED], part.targets[:PROBED])


def _singular_values(matrices: FloatArray) -> FloatArray:
    """Return the singular values in descending order; NaN for a matrix that is not finite."""
    finite = np.asarray(np.isfinite(matrices).all(axis=(1, 2), keepdims=True))
    sound: FloatArray = np.where(finite, matrices, 0.0).astype(np.float64)
    return np.where(finite[:, 0], np.linalg.svd(sound, compute_uv=False), np.nan)


# --- Recording: measurements stored beside the runs of an experiment ------------------------------
# A network is measured once. If a scheme raises an error, only its own networks have no record, and
# they are measured again with the next run.


logger: logging.Logger = logging.getLogger(__name__)


def record_probes(units: Sequence[Unit], store: RunStore, *, curvature: bool = False) -> None:
    """Measure the networks of all units, and store each unit before the next one begins.

    `units`: from `experiment.units.probe_unit`.
    `curvature`: whether to measure the curvature of the loss, too.

    Raises `InitbenchError` if the data cannot be loaded, or the disk cannot be written.
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
    forecasts, theories = zip(*(_theory(shape, each) for each in unit.variants), strict=True)
    found = measure_stack(_subject(shape), schemes, forecasts, unit.seeds, curvature=curvature)
    for name in THEORY:
        of_schemes = [theory[name] for theory in theories]
        found[f"theory_{name}"] = np.tile(of_schemes, len(unit.seeds))
    return found


_subject = lru_cache(maxsize=1)(subject_of)


@lru_cache(maxsize=256)
def _theory(shape: Unit, variant: Variant) -> tuple[Forecast | None, dict[str, float]]:
    """Return `forecast_of` and `theory_of` a variant, slower than measuring many networks."""
    subject, scheme = _subject(shape), variant.initialization
    return forecast_of(subject, scheme), theory_of(subject, scheme)
