"""Reports of the atlas: recommendations and summaries, as text and as plain values."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from initbench.atlas.answers import (
    MARGIN,
    compare_everywhere,
    default_rate_loss,
    judge,
    learned,
    sufficient_set,
    summarise_schemes,
    theory_hits,
)
from initbench.atlas.recommendation import Advice, Hits, held_out_hits, left_out_hits
from initbench.atlas.table import FAILURES, AtlasCell
from initbench.formatting import NONE, count_of, listing
from initbench.stats.intervals import mean_intervals
from initbench.tables import as_lines, plain, table_of

WIDTH: Final = 80
MOST: Final = 8
"""Schemes of a recommendation that are shown."""

NAMES: Final = {"torch": "PyTorch", "keras": "Keras", "jax": "JAX"}


def advice_document(found: Advice, lines: Mapping[str, str]) -> dict[str, Any]:
    """Return a recommendation as plain values."""
    return {"source": "atlas", "pick": found.pick, **asdict(found), "lines": dict(lines)}


def advice_text(found: Advice, lines: Mapping[str, str]) -> str:
    """Return the text of a recommendation: answer, table, nearest cells and code to paste."""
    of = found.factors
    network = f"{of['depth']} {of['structure']} {of['activation']} layers of {of['width']} units"
    answer = (
        f"Start from {found.pick}: {network} on {of['dataset']}, by {of['optimizer']}. This is the"
        f" atlas's answer, from {count_of(found.cells, 'measured network')}; nothing was trained."
    )
    rows = [
        (each.scheme, f"{each.regret:.3f}", _rate(each.learning_rate))
        for each in found.ranking[:MOST]
    ]
    table, _ = as_lines(table_of(("scheme", "expected loss", "rate"), rows, left=(0,)))
    near = "\n".join(
        _bullet(
            f"{each.cell}: "
            + (f"differs in {listing(each.differs)}" if each.differs else "this network")
            + f"; {each.leader} leads"
            + ("" if each.regret is None else f", {found.pick} is {each.regret:.3f} behind")
        )
        for each in found.nearest
    )
    sure = (
        f"How sure: {_share(found.left_out)} of cells that were left out, and"
        f" {_share(found.held_out)} of cells that were held out, had the recommended scheme within"
        f" {MARGIN:g} of the best. With --race, short training runs on this network decide."
    )
    blocks = [
        textwrap.fill(answer, WIDTH),
        textwrap.indent(plain(table), "  "),
        "Nearest measured networks:\n" + near,
        *(f"{NAMES[name]}, {found.pick}:\n\n{code}" for name, code in lines.items()),
        textwrap.fill(sure, WIDTH),
    ]
    return "\n\n".join(blocks)


def atlas_document(cells: Sequence[AtlasCell]) -> dict[str, Any]:
    """Return what the atlas says, as plain values: across cells, and of each cell."""
    design = [cell for cell in cells if not cell.first.held_out]
    everywhere = compare_everywhere(design)
    usual = [scheme for scheme in ("glorot_uniform", "he_normal") if design]
    loss = default_rate_loss(design, usual)
    return {
        "margin": MARGIN,
        "cells": len(cells),
        "design_cells": len(design),
        "learned": len(learned(design)),
        "schemes": summarise_schemes(design),
        "everywhere": everywhere,
        "sufficient": list(sufficient_set(design)),
        "theory": theory_hits(design),
        "default_rate": {
            "schemes": usual,
            "rows": len(loss),
            "mean_loss": float(loss.mean()) if len(loss) else None,
            "ci95": mean_intervals(loss[None], (-1.0, 1.0))[0].tolist() if len(loss) > 1 else None,
        },
        "hits": {
            f"{margin:g}": {
                "left_out": asdict(left_out_hits(tuple(cells), margin)),
                "held_out": asdict(held_out_hits(tuple(cells), margin)),
            }
            for margin in (0.01, MARGIN, 0.05)
        },
        "by_cell": [cell_document(cell) for cell in cells],
    }


def cell_document(cell: AtlasCell) -> dict[str, Any]:
    """Return the answers of one cell as plain values."""
    first = cell.first
    standings = judge(cell)
    return {
        "cell": first.cell,
        "held_out": first.held_out,
        **{
            name: getattr(first, name)
            for name in (
                "activation",
                "depth",
                "width",
                "structure",
                "optimizer",
                "dataset",
                "score",
                "baseline",
                "rates",
            )
        },
        "schemes": [
            {
                **asdict(standing),
                "mean": row.mean,
                "scores": row.scores,
                "rate": row.rate,
                "band": [row.low, row.high],
                "validation": row.validation,
                "default_mean": sum(row.default_scores) / len(row.default_scores),
                "diverged": row.diverged,
                "failure": FAILURES[row.failure] if row.failure else "",
            }
            for standing in standings
            for row in [cell.by_scheme[standing.scheme]]
        ],
    }


def atlas_text(document: Mapping[str, Any]) -> str:
    """Return the summary across cells as text."""
    ranks = (document["everywhere"] or {"schemes": {}})["schemes"]
    rows = [
        (
            scheme,
            str(each["cells"]),
            _with_interval(each["regret"], each["ci95"]),
            f"{each['worst']:.3f}",
            f"{each['within']} of {each['cells']}",
            str(each["fails"]),
            f"{ranks[scheme]['mean_rank']:.1f}" if scheme in ranks else NONE,
        )
        for scheme, each in document["schemes"].items()
    ]
    names = ("scheme", "cells", "mean regret", "worst", "within", "fails", "mean rank")
    table, _ = as_lines(table_of(names, rows, left=(0,)))
    theory, default = document["theory"], document["default_rate"]
    difference = (document["everywhere"] or {}).get("critical_difference")
    held_out = document["cells"] - document["design_cells"]
    first = (
        f"Measured: {document['design_cells']} cells of the design and {held_out} held-out cells."
        f" In {document['learned']} of the design some scheme learns."
    )
    sentences = [first]
    if difference is not None:
        sentences.append(
            f"Mean ranks that differ by less than {difference:.1f} do not differ significantly."
        )
    if document["sufficient"]:
        sentences.append(
            f"Smallest set with a scheme within {document['margin']:g} of the best in every cell:"
            f" {listing(document['sufficient'])}."
        )
    if theory["pairs"]:
        sentences.append(
            f"Mean-field theory is right in {theory['hits']} of {theory['pairs']} pairs of plain"
            f" cell and scheme{_interval(theory['ci95'])}: {theory['false_alarms']} learn beyond"
            f" six depth scales, {theory['misses']} within six do not."
        )
    if default["rows"]:
        sentences.append(
            f"At the default rate, {listing(default['schemes'])} lose {default['mean_loss']:.3f}"
            f" on average{_interval(default['ci95'])}."
        )
    sentences += [
        f"Recommendations within {margin} of the best: {_share(Hits(**each['left_out']))} of cells"
        f" left out, {_share(Hits(**each['held_out']))} of cells held out."
        for margin, each in document["hits"].items()
    ]
    return "\n\n".join([plain(table), *(textwrap.fill(text, WIDTH) for text in sentences)])


def cell_text(document: Mapping[str, Any]) -> str:
    """Return the answers of one cell as text."""
    rows = [
        (
            each["scheme"],
            f"{each['mean']:.3f}",
            _with_interval(each["regret"], each["interval"]),
            each["verdict"],
            f"{each['rate']:g}",
            NONE if each["failure"] else "{:g} to {:g}".format(*each["band"]),
            each["failure"],
        )
        for each in document["schemes"]
    ]
    names = ("scheme", document["score"], "behind by", "verdict", "rate", "band", "")
    table, _ = as_lines(table_of(names, rows, left=(0, 3, 6)))
    return f"{document['cell']}\n\n{plain(table)}"


def _rate(rate: float) -> str:
    return NONE if math.isnan(rate) else f"{rate:g}"


def _share(hits: Hits) -> str:
    return f"{hits.hits} of {hits.cells}{_interval(hits.ci95)}"


def _interval(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f" (95 % interval {ends[0]:.2f} to {ends[1]:.2f})"


def _with_interval(value: float, ends: Sequence[float] | None) -> str:
    return f"{value:.3f}" if ends is None else f"{value:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]"


def _bullet(text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
