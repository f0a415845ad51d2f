"""What can be known before training, from Python: probe, mean_field, born_dead.

probe = initbench.probe(["he", "torch:linear"], depth=30, width=256)
theory = initbench.mean_field("tanh", bias_variance=0.05)
chance = initbench.born_dead("he", width=3, depth=10)
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, Initializer, bind
from initbench.jobs import read_experiment
from initbench.nn import BoundActivation, bind_activation
from initbench.probing import BornDead, Probe, probe_experiment
from initbench.probing import born_dead as count_born_dead
from initbench.probing.born_dead import refuse_data_driven
from initbench.stats.summaries import number_or_none
from initbench.theory import MeanField, critical_weight_variance, gradient_factors
from initbench.theory import mean_field as fixed_points_of

__all__ = ["born_dead", "mean_field", "phase_picture", "probe", "probe_pictures", "theory_document"]

_PHASE_POINTS: Final = (96, 48)
"""Of a phase diagram, across and up."""


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
) -> Probe:
    """Measure what untrained networks do to a signal and its gradient, beside what theory expects.

    Parameters
    ----------
    inits : sequence of str or mapping
        As in `compare`.
    config : path or mapping, optional
        An experiment whose schemes, data and network are probed, in the place of all other
        parameters but `overrides`. Its sweep is left aside.
    dataset, activation : str or mapping
        A name, or a name with options.
    depth, width : int
        Hidden layers, and units of each.
    seeds : int or sequence of int
        How many, counted from 0, or which.
    overrides : sequence of str
        ``"network.normalization=layer"``, as ``--set`` takes them.
    born_dead : bool
        Whether dead starts will be counted too: schemes of which they cannot be are refused before
        anything is measured.

    Raises
    ------
    ConfigError
        The experiment is not valid; all that is wrong is named.
    UsageError
        A scheme does not fit the network, or the data cannot be had.

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
    return probe_experiment(experiment)


def mean_field(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float = 0.0,
    weight_variance: float | None = None,
) -> MeanField:
    """Return what mean-field theory says of wide layers of an activation.

    Parameters
    ----------
    activation : str or mapping
        A name, or a name with options.
    bias_variance : float
        Of a bias.
    weight_variance : float, optional
        Of a weight, times the fan-in; critical if not given.

    Raises
    ------
    UsageError
        There is no such activation, a variance is negative, or none was given and there is no
        critical one.

    Examples
    --------
    >>> round(mean_field("tanh", bias_variance=0.05).weight_variance, 4)
    1.761
    """
    response = _activation(activation)
    for name, variance in {"bias": bias_variance, "weight": weight_variance}.items():
        if variance is not None and not 0.0 <= variance < math.inf:
            raise UsageError(f"{name}_variance must be a number of at least 0, not {variance!r}")
    if weight_variance is None:
        weight_variance = critical_weight_variance(response, bias_variance)
    return fixed_points_of(response, weight_variance=weight_variance, bias_variance=bias_variance)


def born_dead(
    initialization: str | Initializer,
    *,
    width: int,
    depth: int,
    features: int = 1,
    bias: bool = True,
    **options: Any,
) -> BornDead:
    """Return how likely a ReLU network is to start with a layer that no input passes.

    Parameters
    ----------
    initialization : str or Initializer
    width, depth : int
        Units of a hidden layer, and how many of these there are.
    features : int
        Inputs, each between -1 and 1.
    bias : bool
        Whether layers have biases.
    **options
        The scheme's.

    Examples
    --------
    >>> he, rai = (born_dead(name, width=2, depth=10) for name in ("he", "rai"))
    >>> he.interval[0] > 0.8, rai.interval[1] < 0.4
    (True, True)
    """
    if depth < 1:
        raise UsageError(f"depth must be at least 1, not {depth!r}: only hidden layers can be dead")
    scheme = bind(initialization, **options)
    return count_born_dead(scheme, [width] * depth, features=features, bias=bias)


def theory_document(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float = 0.0,
    weight_variance: float | None = None,
) -> dict[str, Any]:
    """Return what `mean_field` returns as plain values, None where a number is not finite.

    To it are added ``critical_weight_var``, ``phase`` and ``trainable_depth``, six times ``xi_c``
    (Schoenholz et al. 2017).
    """
    found = mean_field(activation, bias_variance=bias_variance, weight_variance=weight_variance)
    response = _activation(activation)
    numbers = {
        "weight_var": found.weight_variance,
        "bias_var": found.bias_variance,
        "critical_weight_var": _critical(response, bias_variance),
        "q_star": found.q_star,
        "c_star": found.c_star,
        "chi_1": found.chi_1,
        "xi_q": found.xi_q,
        "xi_c": found.xi_c,
        "trainable_depth": 6.0 * found.xi_c,
    }
    return {
        "activation": response.name,
        "phase": found.phase,
        **{name: number_or_none(value) for name, value in numbers.items()},
    }


def probe_pictures(probe: Probe) -> Iterator[tuple[str, bytes]]:
    """Draw a probe, and yield the name of each picture, ``signals.png``, and its bytes."""
    from initbench.figures.drawing import draw, render
    from initbench.figures.palette import scheme_looks
    from initbench.figures.records import Series
    from initbench.figures.untrained import TITLES, UNTRAINED

    subject = f"{probe.architecture.activation.name} network on {probe.dataset}"
    looks = scheme_looks({label: label for label in probe.schemes})
    series = tuple(Series(label, place) for label, place in looks.items())
    for name, (build, _) in UNTRAINED.items():
        page = draw(build(probe.schemes, series, f"{TITLES[name]}: {subject}"))
        for form in ("png", "svg"):
            yield f"{name}.{form}", render(page, form)


def phase_picture(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float = 0.0,
    weight_variance: float | None = None,
    form: str = "png",
) -> bytes:
    """Draw the phase diagram of an activation, with a point where `mean_field` is asked about.

    Raises
    ------
    UsageError
        As `mean_field`, or there is no such format.
    """
    from initbench.figures.drawing import draw, render
    from initbench.figures.phase_diagram import phase_diagram

    found = mean_field(activation, bias_variance=bias_variance, weight_variance=weight_variance)
    response = _activation(activation)
    biases = np.linspace(0.0, max(0.3, 2.0 * bias_variance), _PHASE_POINTS[1])
    # Both phases are seen: the critical point is in the middle, or further left.
    critical = _critical(response, bias_variance)
    widest = max(found.weight_variance, 1.0, critical if math.isfinite(critical) else 0.0)
    weights = np.linspace(0.0, 2.0 * widest, _PHASE_POINTS[0] + 1)[1:]
    figure = phase_diagram(
        weights,
        biases,
        gradient_factors(response, weights, biases),
        point=(found.weight_variance, found.bias_variance),
        point_label=f"σw² = {found.weight_variance:.3g}, σb² = {found.bias_variance:.3g}:"
        f" {found.phase}, χ₁ = {found.chi_1:.3g}",
        title=f"Order and chaos: wide {response.name} networks",
    )
    return render(draw(figure), form)


def _critical(response: BoundActivation, bias_variance: float) -> float:
    try:
        return critical_weight_variance(response, bias_variance)
    except UsageError:
        return math.nan


def _activation(activation: Any) -> BoundActivation:
    if isinstance(activation, str):
        return bind_activation(activation)
    if not isinstance(activation, Mapping) or not isinstance(activation.get("name"), str):
        raise UsageError(f"activation must be a name, or a mapping with a name, not {activation!r}")
    options = {str(key): value for key, value in activation.items() if key != "name"}
    return bind_activation(activation["name"], **options)
