"""The table of a probe, as a terminal shows it: a scheme after the other, some of its layers."""

import textwrap
from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.probing.probing import Probe
from initbench.results.probes import SchemeProbe
from initbench.results.verdict import verdict

NONE: Final = "–"

_WIDTH: Final = 80
_ROWS: Final = 7
"""Layers that are shown of a deep network."""

_HEADINGS: Final = ("layer", "signal", "theory", "gradient", "theory", "cosine", "dead", "rank")


def probe_text(probe: Probe) -> str:
    """Return what a terminal shows of a probe.

    Signal and gradient are root mean squares, means over seeds, of preactivations and of the loss's
    derivative by them.
    """
    network = f"{shape(probe.architecture.sizes)} {probe.architecture.activation.name}"
    head = (
        f"{network} on {probe.dataset}, {len(probe.seeds)} seeds, untrained;"
        f" a guess has loss {probe.guess:.3g}"
    )
    blocks = [_block(label, one) for label, one in probe.schemes.items()]
    return "\n\n".join([head, *blocks])


def shape(sizes: Sequence[int]) -> str:
    """Write the sizes of a network, those of many hidden layers in brackets.

    >>> shape([2, 8, 8, 1]), shape([64, *[256] * 30, 10])
    ('2-8-8-1', '64-(256×30)-10')
    """
    first, *hidden, last = sizes
    if len(hidden) <= 4:
        return "-".join(map(str, sizes))
    least, most = min(hidden), max(hidden)
    return f"{first}-({least if least == most else f'{least}…{most}'}×{len(hidden)})-{last}"


def _block(label: str, scheme: SchemeProbe) -> str:
    rows = [_HEADINGS, *(_row(scheme, layer) for layer in _shown(scheme))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
    table = "\n".join(
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    sentence = textwrap.fill(f"{verdict(scheme)}.", _WIDTH)
    return f"{label}\n{table}\n{sentence}"


def _shown(scheme: SchemeProbe) -> list[int]:
    count = scheme.layers["cosine"].shape[1]
    if count <= _ROWS:
        return list(range(count))
    return sorted({*np.linspace(0, count - 2, _ROWS - 1).round().astype(int).tolist(), count - 1})


def _row(scheme: SchemeProbe, layer: int) -> tuple[str, ...]:
    count = scheme.layers["cosine"].shape[1]
    expected = scheme.expected
    return (
        "out" if layer == count - 1 else str(layer + 1),
        _mean(scheme.layers["preactivation_rms"], layer),
        _number(None if expected is None else expected.preactivation_rms[layer]),
        _mean(scheme.layers["delta_rms"], layer),
        _number(None if expected is None else expected.delta_rms[layer]),
        _mean(scheme.layers["cosine"], layer, ".2f"),
        _mean(scheme.layers["dead_fraction"], layer, ".0%"),
        _mean(scheme.layers["effective_rank"], layer, ".1f"),
    )


def _mean(values: FloatArray, layer: int, form: str = "") -> str:
    """Write the mean over the seeds whose value is finite."""
    finite = values[np.isfinite(values[:, layer]), layer]
    mean = float(finite.mean()) if finite.size else None
    return f"{mean:{form}}" if form and mean is not None else _number(mean)


def _number(value: float | None) -> str:
    if value is None or not np.isfinite(value):
        return NONE
    return f"{value:.3f}" if 0.0095 < abs(value) < 999.5 or value == 0.0 else f"{value:.1e}"
