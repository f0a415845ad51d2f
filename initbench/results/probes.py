"""Probes: signals and gradients in untrained networks, as measured and as theory predicts.

It is measured once for every network and stored beside the runs. A record is one network's, so what
is said of a scheme is put together whenever a folder is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.formatting import capitalized
from initbench.results.curvature import (
    SchemeCurvature,
    describe_curvature,
    scheme_curvature,
)
from initbench.results.outline import Cell
from initbench.stats.intervals import NORMAL_QUANTILE
from initbench.stats.summaries import number_or_none, summarise

BY_LAYER: Final = (
    "preactivation_mean",
    "preactivation_std",
    "preactivation_rms",
    "activation_mean",
    "activation_std",
    "activation_rms",
    "dead_fraction",
    "saturated_fraction",
    "effective_rank",
    "cosine",
    "delta_rms",
    "gradient_rms",
)
"""What is measured of every layer."""

PREDICTED: Final = ("preactivation_rms", "delta_rms", "cosine")
"""What theory predicts of every layer, stored with the prefix ``expected_``."""

GRADIENT_COSINE: Final = "gradient_cosine"
"""Cosine of the derivatives of the logits by what a layer receives, of two inputs."""

SPECTRA: Final = ("jacobian", "layer_jacobian")
"""Singular values, in descending order."""

THEORY: Final = (
    "weight_variance",
    "bias_variance",
    "q_star",
    "c_star",
    "chi_1",
    "chi_parallel",
    "xi_q",
    "xi_c",
)
"""What theory says of the middle layer of a network, stored with the prefix ``theory_``."""

DECADES: Final = (-4.0, 1.0)
"""Ends of histograms of magnitudes, in decades from the layer's root mean square."""

BINS: Final = 60
"""Of a histogram of magnitudes, evenly spaced on a log scale."""

HIGHEST: Final = 255
"""What the highest bin of a histogram counts as."""

KEEPS: Final = 2.0
"""A change by less than this factor from end to end is called small."""

FAINT: Final = 1e-4
HUGE: Final = 1e4
"""Sizes beyond which a signal or a gradient is said to be lost."""

_STEADY: Final = 1.5
"""A trend is so much a layer if its halves differ by less than this factor."""

MANY_SATURATED: Final = 0.75
_MANY_DEAD: Final = 0.1
_ALIKE: Final = 1.1
"""Effective rank below which all samples are nearly one direction."""

_FAR: Final = 1.2
"""Times the loss of a constant prediction beyond which an initial loss is mentioned."""


@dataclass(frozen=True)
class Expected:
    """The prediction of mean-field theory for a scheme, in the units of the measurements."""

    # preactivation_rms, delta_rms: shape (L,): NaN where theory has no finite answer
    preactivation_rms: FloatArray
    # preactivation_band, delta_band: shape (2, L): what 95 % of networks of this width lie between
    preactivation_band: FloatArray
    delta_rms: FloatArray
    delta_band: FloatArray
    cosine: FloatArray  # shape (L,)


@dataclass(frozen=True)
class SchemeProbe:
    """The measurements of a scheme's S untrained networks, with the prediction of theory.

    Attributes
    ----------
    layers : mapping of str to ndarray of shape (S, L)
        Every name of `BY_LAYER`.
    loss : ndarray of shape (S,)
    guess : float
        Loss of an answer that knows nothing: ln K, or the variance of what is to be met.
    jacobian : ndarray of shape (S, n) or None
        Singular values of the logits' derivative by the first input.
    layer_jacobian : ndarray of shape (S, n) or None
        Likewise of the middle layer with its activation; None where that is not known.
    magnitudes : ndarray of shape (L, BINS) or None
        Histograms of the magnitudes of the first network's preactivations, between the
        `magnitude_edges` times the layer's root mean square, `HIGHEST` the highest bin; None where
        an older initbench measured.
    expected : Expected or None
        None where theory has nothing to say of the scheme or the network.
    curvature : SchemeCurvature or None
        None where it was not measured.
    """

    layers: Mapping[str, FloatArray]
    loss: FloatArray
    guess: float
    jacobian: FloatArray | None
    layer_jacobian: FloatArray | None
    magnitudes: Array | None
    expected: Expected | None
    curvature: SchemeCurvature | None = None

    @property
    def gradient_ratio(self) -> FloatArray:
        """The backpropagated signal at the first layer over that at the last hidden one, (S,)."""
        first, last = self._ends("delta_rms")
        with np.errstate(all="ignore"):
            return first / last

    @property
    def signal_factor(self) -> FloatArray:
        """The factor by which a hidden layer changes the signal, as a geometric mean, (S,).

        NaN with fewer than two hidden layers.
        """
        first, last = self._ends("preactivation_rms")
        steps = self.layers["preactivation_rms"].shape[1] - 2
        if steps < 1:
            return np.full(len(first), np.nan)
        with np.errstate(all="ignore"):
            return np.asarray((last / first) ** (1 / steps))

    def _ends(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return a size at the first and at the last hidden layer."""
        sizes = self.layers[name]
        return sizes[:, 0], sizes[:, max(sizes.shape[1] - 2, 0)]


def magnitude_edges() -> FloatArray:
    """Return the edges of the histograms of magnitudes, (BINS + 1,), in units of the layer's."""
    return np.logspace(*DECADES, BINS + 1)


@np.errstate(over="ignore", invalid="ignore")  # the mean of what is not finite is not finite
def scheme_probe(records: Sequence[Mapping[str, Array]]) -> SchemeProbe:
    """Return the measurements of a scheme from the records of its networks, at least one.

    `records`: for each network the names of `BY_LAYER` (L,), ``loss`` and ``guess`` ();
    ``expected_preactivation_rms``, ``expected_delta_rms``, ``expected_cosine``,
    ``preactivation_spread`` and ``delta_spread`` (L,), NaN where there is no forecast; and perhaps
    ``magnitudes`` (L, BINS), ``jacobian`` and ``layer_jacobian`` (n,). Others are ignored.
    """
    names = [name for name in records[0] if all(name in record for record in records)]
    found = {name: np.stack([record[name] for record in records]) for name in names}
    return SchemeProbe(
        layers={name: found[name] for name in BY_LAYER},
        loss=found["loss"],
        guess=float(found["guess"].mean()),
        jacobian=found.get("jacobian"),
        layer_jacobian=found.get("layer_jacobian"),
        magnitudes=found["magnitudes"][0] if "magnitudes" in found else None,
        expected=_expected(found),
        curvature=scheme_curvature(records),
    )


def probe_of(
    cell: Cell, label: str, probes: Mapping[str, Mapping[str, Array]]
) -> SchemeProbe | None:
    """Return the measurements of a scheme in a cell; None if it was not measured.

    `probes`: by key; the records that are on disk.
    """
    records = [probes[key] for key in cell.probes.get(label, ()) if key in probes]
    return scheme_probe(records) if records else None


def curvatures_of(probes: Mapping[str, SchemeProbe]) -> dict[str, SchemeCurvature]:
    """Return the curvature of the schemes of which it was measured, by label."""
    return {label: one.curvature for label, one in probes.items() if one.curvature is not None}


@np.errstate(all="ignore")  # what overflows is not finite, and stored as null
def describe_probe(scheme: SchemeProbe) -> dict[str, Any]:
    """Return the summary of a scheme's untrained networks for ``metrics.json``.

    Returns
    -------
    dict
        The `verdict`; ``initial_loss`` and, to compare it with, the ``guess``, the loss of a
        constant prediction; ``gradient_ratio``
        and ``signal_factor`` as `SchemeProbe` has them; each number a network as `summarise`
        describes it; and, where it was measured, the ``curvature`` as `describe_curvature` has it.
    """
    curvature = scheme.curvature
    return {
        "verdict": verdict(scheme),
        "guess": number_or_none(scheme.guess),
        "initial_loss": summarise(scheme.loss),
        "gradient_ratio": summarise(scheme.gradient_ratio),
        "signal_factor": summarise(scheme.signal_factor),
        **({} if curvature is None else {"curvature": describe_curvature(curvature)}),
    }


def verdict(scheme: SchemeProbe) -> str:
    """Return a sentence on the signal, the gradients, the units and the loss of a scheme."""
    hidden = {name: values[:, :-1] for name, values in scheme.layers.items()}
    parts = [_loss(scheme.loss, scheme.guess)]
    if hidden["preactivation_rms"].shape[1]:
        parts = [
            _trend(_SIGNAL, hidden["preactivation_rms"]),
            _trend(_GRADIENTS, hidden["delta_rms"][:, ::-1]),
            _units(hidden["dead_fraction"], hidden["saturated_fraction"]),
            _collapse(hidden["effective_rank"]),
            *parts,
        ]
    return capitalized("; ".join(filter(None, parts))) or "Nothing stands out"


def _expected(found: Mapping[str, FloatArray]) -> Expected | None:
    if np.isnan(found["expected_preactivation_rms"]).all():
        return None
    with np.errstate(all="ignore"):
        signals, gradients = (
            np.square(found[f"expected_{kind}_rms"]).mean(axis=0)
            for kind in ("preactivation", "delta")
        )
        return Expected(
            preactivation_rms=np.sqrt(signals),
            preactivation_band=_band(signals, found["preactivation_spread"].mean(axis=0)),
            delta_rms=np.sqrt(gradients),
            delta_band=_band(gradients, found["delta_spread"].mean(axis=0)),
            cosine=found["expected_cosine"].mean(axis=0),
        )


def _band(squares: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the 95 % band of the square root of a log-normal with this mean and spread."""
    middle, tail = -np.square(spread) / 2, NORMAL_QUANTILE
    signs = np.array([[-1.0], [1.0]])
    return np.asarray(np.sqrt(squares * np.exp(middle + tail * signs * spread)))


@dataclass(frozen=True)
class _Subject:
    """A quantity that changes over layers, with its words; `back` counts from the last layer."""

    name: str
    be: str
    keep: str
    fall: str
    grow: str
    back: bool = False

    def layer(self, place: int, count: int) -> int:
        """Return the layer, from 1, that is met at a place on the way, from 0."""
        return count - place if self.back else place + 1


_SIGNAL: Final = _Subject(
    "the signal", "is", "changes by less than a factor of 2", "falls", "grows"
)
_GRADIENTS: Final = _Subject(
    "gradients", "are", "change by less than a factor of 2", "shrink", "grow", back=True
)


def _trend(subject: _Subject, values: FloatArray) -> str:
    """Say how a size (S, H) changes along its way."""
    seeds, count = values.shape
    what = f"{subject.name} {subject.be}"
    broken = ~np.isfinite(values).all(axis=1)
    if broken.any():
        return f"{what} not finite in {broken.sum()} of {seeds} seeds"
    gone = (values == 0.0).any(axis=1)
    if gone.any():
        place = int(np.flatnonzero((values[gone] == 0.0).any(axis=0))[0])
        others = _change(subject, values[~gone]) if count > 1 and not gone.all() else ""
        rest = f"; in the others {others}" if others else ""
        layer = subject.layer(place, count)
        return f"{what} zero at layer {layer} in {gone.sum()} of {seeds} seeds{rest}"
    return _change(subject, values) if count > 1 else ""


def _change(subject: _Subject, values: FloatArray) -> str:
    """Say by how much a size that is positive and finite changes from end to end."""
    changes = np.log(values[:, -1]) - np.log(values[:, 0])  # their ratio may overflow
    middle = float(np.median(changes))
    whole = f"({_range(np.exp(changes), 'from end to end')})"
    if np.abs(changes).max() < np.log(KEEPS):
        return f"{subject.name} {subject.keep} {whole}"
    if changes.min() < 0.0 < changes.max():
        return f"seeds differ on {subject.name} {whole}"
    verb = subject.fall if middle < 0 else subject.grow
    way = " on the way back" if subject.back else ""
    end = _beyond(subject, np.median(values, axis=0))
    if _is_steady(values):
        rates = np.exp(changes / (values.shape[1] - 1))
        return f"{subject.name} {verb} by {_range(rates, f'a layer{way}')}{end}"
    return f"{subject.name} {verb} by {_range(np.exp(changes), f'in all{way}')}, unevenly{end}"


def _range(factors: FloatArray, over: str) -> str:
    """Write the median of factors, and their range over seeds."""
    text = f"×{_factor(float(np.median(factors)))} {over}"
    low, high = _factor(float(factors.min())), _factor(float(factors.max()))
    if low == high:
        return text
    return f"{text}, {low} to {high} over {len(factors)} seeds"


def _factor(value: float) -> str:
    """Write a factor, with a digit more where it is nearly one.

    >>> _factor(0.123), _factor(1.04)
    ('0.12', '1.04')
    """
    return f"{value:.3g}" if 0.9 < value < 1.1 else f"{value:.2g}"


def _is_steady(values: FloatArray) -> bool:
    steps = np.diff(np.median(np.log(values), axis=0))
    if len(steps) < 2:
        return True
    halves = [float(half.mean()) for half in np.array_split(steps, 2)]
    low, high = sorted(map(abs, halves))
    return halves[0] * halves[1] > 0 and high < _STEADY * low


def _beyond(subject: _Subject, sizes: FloatArray) -> str:
    """Name the layer from which a size is faint or huge up to the end."""
    for is_beyond, limit in ((sizes < FAINT, "below 1e-4"), (sizes > HUGE, "above 1e4")):
        if is_beyond[-1]:
            layer = subject.layer(_start_of_last_run(is_beyond), len(sizes))
            return f", {limit} from layer {layer} on"
    return ""


def _start_of_last_run(is_so: BoolArray) -> int:
    """Return from which place on something is so up to the end, where it is."""
    return 0 if is_so.all() else len(is_so) - int(np.argmin(is_so[::-1]))


def _units(dead: FloatArray, saturated: FloatArray) -> str:
    silent = (dead == 1.0).any(axis=1)
    if silent.any():
        return (
            f"a whole layer is dead in {silent.sum()} of {len(dead)} seeds, so the output is the"
            " same for all inputs"
        )
    for values, least, what in (
        (dead, _MANY_DEAD, "units are dead"),
        (saturated, MANY_SATURATED, "activations are saturated"),
    ):
        mean = values.mean(axis=0)
        if mean.max() > least:
            return f"{mean.max():.0%} of the {what} in layer {int(mean.argmax()) + 1}"
    return ""


def _collapse(rank: FloatArray) -> str:
    alike = np.median(rank, axis=0) < _ALIKE
    if not alike[-1]:
        return ""
    return f"all inputs look alike from layer {_start_of_last_run(alike) + 1} on"


def _loss(loss: FloatArray, guess: float) -> str:
    middle = float(np.median(loss))
    if not np.isfinite(middle):
        return "the loss is not finite"
    if not guess > 0.0 or middle < _FAR * guess:  # NaN: that of a constant prediction is unknown
        return ""
    return f"the initial loss is {middle:.3g}, ×{middle / guess:.2g} that of a constant prediction"
