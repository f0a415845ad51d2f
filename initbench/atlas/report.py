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
from initbench.atlas.recommendation import (
    SHORTLIST,
    Advice,
    Hits,
    held_out_hits,
    left_out_hits,
)
from initbench.atlas.table import FAILURES, AtlasCell
from initbench.formatting import NONE, count_of, listing
from initbench.stats.intervals import mean_intervals
from initbench.tables import Table, as_lines, plain, table_of

WIDTH: Final = 80
MOST: Final = 8
"""Schemes of a recommendation that are shown."""

STRUCTURES: Final = {
    "plain": "",
    "layer": " with layer normalization",
    "residual": " in residual blocks",
}

REGRET: Final = (
    "Regret is the leader's mean less the scheme's; within counts the cells in which that is at"
    " most the margin. Schemes that are measured in less than half of the cells come last, since"
    " they were compared on those alone."
)

NAMES: Final = {"torch": "PyTorch", "keras": "Keras", "jax": "JAX"}


def advice_document(found: Advice, lines: Mapping[str, str]) -> dict[str, Any]:
    """Return a recommendation as plain values."""
    return {"source": "atlas", "pick": found.pick, **asdict(found), "lines": dict(lines)}


def advice_text(found: Advice, lines: Mapping[str, str]) -> str:
    """Return the text of a recommendation: answer, table, nearest cells and code to paste.

    For a network that is not measured itself, the answer is a shortlist without code.
    """
    network = network_text(found.factors)
    first = found.nearest[0]
    if found.is_measured:
        shown = found.ranking[:MOST]
        answer = (
            f"Start from {found.pick}: {network}. This is the atlas's answer, from"
            f" {count_of(found.cells, 'measured network')}; nothing was trained."
        )
        sure = [
            f"it was measured itself; for all schemes: initbench atlas --cell {first.cell}",
            "with --race, short training runs on this network decide",
        ]
    else:
        shown = found.ranking[:SHORTLIST]
        answer = (
            f"Try {listing([each.scheme for each in shown]).replace(' and ', ' or ')}: {network}."
            " These are least behind the best scheme in near networks of the atlas, which has"
            f" {count_of(found.cells, 'measured network')}, but not this one; nothing was trained."
        )
        any_of_first = _tests(found.shortlist_left_out, found.shortlist_held_out)
        sure = [
            f"one of the first {SHORTLIST} was within {MARGIN:g} of the best in {any_of_first}",
            f"the first alone was so in {_tests(found.left_out, found.held_out)}",
            "with --race, short training runs on this network decide, and print code to paste",
        ]
    rows = [(each.scheme, f"{each.regret:.3f}", _rate(each.learning_rate)) for each in shown]
    table, _ = as_lines(table_of(("scheme", "behind by", "rate"), rows, left=(0,)))
    near = "\n".join(
        _bullet(
            f"{each.cell}: "
            + (f"differs in {listing(each.differs)}" if each.differs else "this network")
            + f"; {each.leader} leads"
            + (f", {found.pick} is {each.regret:.3f} behind" if each.regret else "")
        )
        for each in found.nearest
    )
    blocks = [
        textwrap.fill(answer, WIDTH),
        textwrap.indent(plain(table), "  "),
        "Nearest measured networks:\n" + near,
        *(f"{NAMES[name]}, {found.pick}:\n\n{code}" for name, code in lines.items()),
        "How sure:\n" + "\n".join(map(_bullet, sure)),
    ]
    return "\n\n".join(blocks)


def network_text(factors: Mapping[str, Any]) -> str:
    """Return a network, its data and its optimizer in words.

    >>> network_text({"depth": 5, "width": 16, "activation": "relu", "structure": "layer",
    ...               "dataset": "digits", "optimizer": "sgd"})
    '5 hidden layers of 16 relu units with layer normalization, on digits, by sgd'
    """
    layers = f"{count_of(factors['depth'], 'hidden layer')} of {factors['width']}"
    return (
        f"{layers} {factors['activation']} units{STRUCTURES[factors['structure']]}, on"
        f" {factors['dataset']}, by {factors['optimizer']}"
    )


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
        "shortlist": {
            "schemes": SHORTLIST,
            "left_out": asdict(left_out_hits(tuple(cells), first=SHORTLIST)),
            "held_out": asdict(held_out_hits(tuple(cells), first=SHORTLIST)),
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
        "network": network_text(asdict(first)),
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


def findings(document: Mapping[str, Any]) -> list[str]:
    """Return what was found across cells, in sentences with intervals; none without a cell."""
    if not document["learned"]:
        return []
    schemes, margin = document["schemes"], document["margin"]
    first, everywhere = next(iter(schemes.items())), document["everywhere"]
    common = list(everywhere["schemes"]) if everywhere else []
    found = []
    if common:
        best = min(common, key=lambda name: schemes[name]["regret"])
        first = best, schemes[best]
    name, each = first
    found.append(
        f"Always using `{name}` loses least among schemes that apply to every measured network:"
        f" {_with_interval(each['regret'], each['ci95'])} on average, {each['worst']:.3f} at worst."
    )
    for name in ("he_normal", "random"):
        if name in schemes:
            each = schemes[name]
            found.append(
                f"`{name}` ends within {margin:g} of the best scheme in {each['within']} of"
                f" {each['cells']} networks{_interval(each['within_ci95'])}."
            )
    default, theory = document["default_rate"], document["theory"]
    if default["rows"]:
        found.append(
            f"At the optimizer's default learning rate, {_names(default['schemes'])} lose"
            f" {_with_interval(default['mean_loss'], default['ci95'])} on average, compared with"
            " their own best rates."
        )
    if theory["pairs"]:
        found.append(
            f"Mean-field theory rightly says whether a scheme trains a plain network in"
            f" {theory['hits']} of {theory['pairs']} cases{_interval(theory['ci95'])}:"
            f" {theory['false_alarms']} train beyond six depth scales, and {theory['misses']} fail"
            " within six."
        )
    return found


def coverage(document: Mapping[str, Any]) -> list[str]:
    """Return sentences on what is measured, on ranks, on the sufficient set and on hit rates."""
    held_out = document["cells"] - document["design_cells"]
    measured = (
        f"Measured: {count_of(document['design_cells'], 'cell')} of the design and"
        f" {count_of(held_out, 'held-out cell')}. In {document['learned']} of the design some"
        " scheme learns."
    )
    found = [measured]
    if document["everywhere"]:
        everywhere = document["everywhere"]
        found.append(
            f"Mean ranks that differ by less than {everywhere['critical_difference']:.1f} do not"
            f" differ significantly; Friedman's p is {everywhere['friedman_p']:.2g}."
        )
    if document["sufficient"]:
        found.append(
            f"Smallest set with a scheme within {document['margin']:g} of the best in every cell:"
            f" {_names(document['sufficient'])}."
        )
    found += [
        f"Recommendations are within {margin} of the best scheme in"
        f" {_tests(Hits(**each['left_out']), Hits(**each['held_out']))}."
        for margin, each in document["hits"].items()
        if each["left_out"]["cells"]
    ]
    short = document["shortlist"]
    if short["left_out"]["cells"]:
        found.append(
            f"The first {short['schemes']} recommendations, with which a race begins, include one"
            f" within {document['margin']:g} in"
            f" {_tests(Hits(**short['left_out']), Hits(**short['held_out']))}."
        )
    if document["everywhere"]:
        schemes = document["schemes"]
        name = max(document["everywhere"]["schemes"], key=lambda name: schemes[name]["within"])
        found.append(
            f"For comparison: always using `{name}` is within {document['margin']:g} in"
            f" {schemes[name]['within']} of {schemes[name]['cells']} cells of the design."
        )
    return found


def summary_table(document: Mapping[str, Any]) -> Table:
    """Return the table of schemes across cells."""
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
    return table_of(names, rows, left=(0,))


def atlas_text(document: Mapping[str, Any]) -> str:
    """Return the summary across cells as text."""
    table, _ = as_lines(summary_table(document))
    sentences = [
        text.replace("`", "") for text in (REGRET, *coverage(document), *findings(document))
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
    return f"{document['cell']}: {document['network']}\n\n{plain(table)}"


def _names(names: Sequence[str]) -> str:
    return listing([f"`{name}`" for name in names])


def _rate(rate: float) -> str:
    return NONE if math.isnan(rate) else f"{rate:g}"


def _tests(left_out: Hits, held_out: Hits) -> str:
    """Return how many recommendations were hits, for cells left out and for held-out cells."""
    text = f"{left_out.hits} of {left_out.cells} networks left out one by one"
    text += _interval(left_out.ci95)
    if not held_out.cells:
        return f"{text}; no held-out network is measured"
    held = f"{held_out.hits} of {held_out.cells} held-out networks"
    return f"{text} and {held}{_interval(held_out.ci95)}"


def _interval(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f" (95 % interval {ends[0]:.2f} to {ends[1]:.2f})"


def _with_interval(value: float, ends: Sequence[float] | None) -> str:
    return f"{value:.3f}" if ends is None else f"{value:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]"


def _bullet(text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
