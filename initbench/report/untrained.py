"""Untrained networks: their signals and gradients, in sentences and a table.

Settings of a sweep that differ in training alone share their untrained networks, which are reported
once.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.untrained import probed_groups, probes_of, shared_settings
from initbench.formatting import NONE, compact, escape
from initbench.results import Results
from initbench.results.curvature import (
    Limit,
    SchemeCurvature,
    curvature_sentence,
)
from initbench.results.probes import curvatures_of
from initbench.stats.summaries import number_or_none
from initbench.tables import Table, as_markdown, table_of

READING: Final = """\
One batch passed forward and backward through every network before training. Signal and gradient are
root mean squares of the preactivations and of the derivative of the loss with respect to them, as
medians over seeds. Theory is the mean-field prediction for wide layers, with the range that holds
95 % of networks of this width. A constant prediction ignores the features."""

CURVATURE_READING: Final = """\
Sharpness is the largest eigenvalue of the loss's Hessian. Gradient descent on the whole batch is
predicted to be stable up to 2 / sharpness, with momentum 0.9 up to 1.9 times that, as if the loss
were quadratic. The time to fit is 1 / (rate × eigenvalue) along the eigenvectors of the tangent
kernel, as if the network were linear in its parameters. Both are geometric means over seeds with
their 95 % intervals. Rank and alignment with the targets are those of the neural tangent kernel.
Other numbers are medians."""

COLUMNS: Final = (
    "scheme",
    "loss",
    "times constant prediction",
    "signal, last hidden layer",
    "theory",
    "gradient, first layer",
    "theory",
)


def untrained_markdown(results: Results) -> list[str]:
    """Return heading, sentences and tables as paragraphs of Markdown; none without a probe."""
    groups = probed_groups(results)
    if not groups:
        return []
    paragraphs = ["## Before training", READING]
    for cells in groups:
        settings = shared_settings(results, cells)
        inits = results.metrics["cells"][cells[0]]["inits"]
        probes = probes_of(results, cells[0])
        sentences = [
            f"- **{escape(label)}**: {inits[label]['probe']['verdict']}." for label in probes
        ]
        paragraphs += [f"### {escape(settings)}"] if settings and len(groups) > 1 else []
        paragraphs += ["\n".join(sentences), as_markdown(untrained_table(results, cells[0]))]
        if curvatures := curvatures_of(probes):
            limits = [
                f"- **{escape(label)}**: {curvature_sentence(one)}."
                for label, one in curvatures.items()
            ]
            table = as_markdown(curvature_table(curvatures))
            paragraphs += [CURVATURE_READING, "\n".join(limits), table]
    return paragraphs


def untrained_table(results: Results, cell: int) -> Table:
    """Return the table of a cell's untrained networks, schemes in the order of the config."""
    rows = []
    for label, probe in probes_of(results, cell).items():
        expected, last = probe.expected, max(probe.layers["delta_rms"].shape[1] - 2, 0)
        signal = gradient = NONE
        if expected is not None:
            signal = _with_band(
                expected.preactivation_rms[last], expected.preactivation_band[:, last]
            )
            gradient = _with_band(expected.delta_rms[0], expected.delta_band[:, 0])
        loss = _median(probe.loss)
        times = number_or_none(loss / probe.guess) if loss and probe.guess else None
        rows.append(
            (
                label,
                compact(loss),
                NONE if times is None else f"×{times:.2g}",
                compact(_median(probe.layers["preactivation_rms"][:, last])),
                signal,
                compact(_median(probe.layers["delta_rms"][:, 0])),
                gradient,
            )
        )
    return table_of(COLUMNS, rows)


def curvature_table(curvatures: Mapping[str, SchemeCurvature]) -> Table:
    """Return the table of curvature and predicted learning rates: geometric means, and medians."""
    names = (
        "scheme",
        "sharpness",
        "SGD up to",
        "kernel rank",
        "alignment",
        "noise scale",
    )
    rows = [
        (
            label,
            compact(_median(one.sharpness)),
            _limit(one.limit()),
            compact(_median(one.effective_rank)),
            compact(_median(one.arrays["kernel_alignment"])),
            compact(_median(one.arrays["noise_scale"])),
        )
        for label, one in curvatures.items()
    ]
    return table_of(names, rows)


def _limit(limit: Limit) -> str:
    if not limit.defined:
        return NONE
    ends = f" ({limit.low:.2g} to {limit.high:.2g})" if limit.defined > 1 else ""
    return f"{limit.rate:.2g}{ends}"


def _with_band(middle: float, band: FloatArray) -> str:
    if not np.isfinite([middle, *band]).all():
        return NONE
    low, high = map(compact, map(float, band))
    return f"{compact(float(middle))} ({low} to {high})"


def _median(values: FloatArray) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        return number_or_none(np.median(values))
