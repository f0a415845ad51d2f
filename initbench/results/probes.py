"""Probes: signals and gradients in untrained networks, as measured and as theory predicts.

It is measured once for every network and stored beside the runs. A record is one network's, so what
is said of a scheme is put together whenever a folder is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from initbench.arrays import Array, FloatArray
from initbench.results.outline import Cell
from initbench.stats.intervals import LEVEL

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

_TAIL: Final = float(ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Expected:
    """The prediction of mean-field theory for a scheme, in the units of the measurements.

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
    """

    layers: Mapping[str, FloatArray]
    loss: FloatArray
    guess: float
    jacobian: FloatArray | None
    layer_jacobian: FloatArray | None
    magnitudes: Array | None
    expected: Expected | None

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


def scheme_probe(records: Sequence[Mapping[str, Array]]) -> SchemeProbe:
    """Return the measurements of a scheme from the records of its networks, at least one.

    Parameters
    ----------
    records : sequence of mapping of str to ndarray
        For each network the names of `BY_LAYER` (L,), ``loss`` and ``guess`` ();
        ``expected_preactivation_rms``, ``expected_delta_rms``, ``expected_cosine``,
        ``preactivation_spread`` and ``delta_spread`` (L,), NaN where there is no forecast; and
        perhaps ``magnitudes`` (L, BINS), ``jacobian`` and ``layer_jacobian`` (n,). Others are
        ignored.
    """
    found = {name: np.stack([record[name] for record in records]) for name in records[0]}
    return SchemeProbe(
        layers={name: found[name] for name in BY_LAYER},
        loss=found["loss"],
        guess=float(found["guess"].mean()),
        jacobian=found.get("jacobian"),
        layer_jacobian=found.get("layer_jacobian"),
        magnitudes=found["magnitudes"][0] if "magnitudes" in found else None,
        expected=_expected(found),
    )


def probe_of(
    cell: Cell, label: str, probes: Mapping[str, Mapping[str, Array]]
) -> SchemeProbe | None:
    """Return the measurements of a scheme in a cell; None if it was not measured.

    Parameters
    ----------
    cell : Cell
    label : str
    probes : mapping of key to mapping of str to ndarray
        The records that are on disk.
    """
    records = [probes[key] for key in cell.probes.get(label, ()) if key in probes]
    return scheme_probe(records) if records else None


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
    middle = -np.square(spread) / 2
    signs = np.array([[-1.0], [1.0]])
    return np.asarray(np.sqrt(squares * np.exp(middle + _TAIL * signs * spread)))
