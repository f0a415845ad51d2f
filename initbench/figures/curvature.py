"""Figures of the curvature of untrained networks: predicted learning rates, and spectra."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import rank_axis, size_axis
from initbench.figures.describing import median_line
from initbench.figures.records import Axis, Figure, Line, Panel, Series, Strip
from initbench.results.curvature import SchemeCurvature
from initbench.results.probes import SchemeProbe


def stable_rates(
    probes: Mapping[str, SchemeProbe], series: Sequence[Series], title: str, caption: str = ""
) -> Figure:
    """Build the figure of the largest stable learning rate of each scheme, 2 / λ for every seed."""
    limits = {label: one.limit() for label, one in _curvatures(probes).items()}
    strips, shown = [], []
    for row, (label, limit) in enumerate(limits.items()):
        values = limit.values[np.isfinite(limit.values)]
        interval = (limit.low, limit.high) if limit.defined > 1 else None
        strips.append(Strip(label, row, values, limit.rate if limit.defined else None, interval))
        shown += [values, np.array(interval or ())]
    names = tuple(
        (float(row), label if limit.defined else f"{label} (no limit)")
        for row, (label, limit) in enumerate(limits.items())
    )
    return Figure(
        name="stable_rates",
        title=title,
        panels=(
            Panel(
                size_axis("Largest stable learning rate of SGD, 2 / λ", shown),
                Axis("", "category", ticks=names, is_reversed=True),
                tuple(strips),
            ),
        ),
        note="Point: one seed. Diamond and line: geometric mean and its 95 % interval.",
        caption=caption,
        series=tuple(series),
    )


def spectra(
    probes: Mapping[str, SchemeProbe], series: Sequence[Series], title: str, caption: str = ""
) -> Figure:
    """Build the figure of the leading eigenvalues of the Hessian, and of the tangent kernel."""
    panels = []
    for name, label, subject in (
        ("hessian_eigenvalues", "Eigenvalue of the Hessian", "Loss"),
        ("kernel_eigenvalues", "Eigenvalue of the kernel", "Neural tangent kernel"),
    ):
        lines = tuple(
            replace(
                median_line(scheme, one.arrays[name]),
                is_marked=name == "hessian_eigenvalues",
            )
            for scheme, one in _curvatures(probes).items()
        )
        length = max((len(line.x) for line in lines), default=1)
        panels.append(
            Panel(
                rank_axis("Rank of the eigenvalue", length),
                size_axis(label, [each for line in lines for each in _drawn(line)]),
                lines,
                subject,
            )
        )
    return Figure(
        name="spectra",
        title=title,
        panels=tuple(panels),
        note="Before training. Line and band: median and quartiles over the seeds; a line ends"
        " where the remaining eigenvalues are zero.",
        caption=caption,
        series=tuple(series),
        columns=2,
    )


def _curvatures(probes: Mapping[str, SchemeProbe]) -> dict[str, SchemeCurvature]:
    return {label: one.curvature for label, one in probes.items() if one.curvature is not None}


def _drawn(line: Line) -> Iterator[FloatArray]:
    yield line.y
    if line.low is not None and line.high is not None:
        yield from (line.low, line.high)
