"""The report page of one results folder, or of two side by side, and all that it shows.

A page has one side for each results folder. What it shows are plain values that JSON can hold;
schemes are referred to by their place in the config.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures import palette
from initbench.figures.describing import setup_of, tuned_name
from initbench.figures.untrained import constant_loss, probed_groups, probes_of, why
from initbench.formatting import capitalized, compact, listing, printable
from initbench.report.claims import measured, published, remarks, stated
from initbench.report.findings import conclusions, distinct_units, headline
from initbench.report.html.document import html_document
from initbench.report.html.figures import Pool, cell_sections, page_figure, summary_sections
from initbench.report.markdown import call_of
from initbench.report.table import (
    DASH,
    LEGEND,
    columns,
    grid_note,
    settings_line,
    tests_in_words,
    trial_table,
    trials_note,
    tuned_grid,
)
from initbench.report.untrained import (
    CURVATURE_READING,
    READING,
    curvature_table,
    untrained_table,
)
from initbench.results import Results
from initbench.results.curvature import curvature_sentence
from initbench.results.metrics import leading_cells
from initbench.results.probes import curvatures_of
from initbench.tables import Table, rows_of

PACKAGE: Final = "initbench.report.html"

SCRIPTS: Final = ("dom", "unpack", "scales", "marks", "figure", "tables", "texts", "main")
"""Files of ``assets/`` in the order in which they are joined to one module."""

_FEW_SEEDS: Final = 20


def html_report(results: Results, config: str = "") -> bytes:
    """Return the page of one results folder.

    `config`: the text of ``config.yaml``.
    """
    name = printable(results.outline.name)
    return _page(name, payload({name: (results, config)}))


def html_comparison(
    first: tuple[Results, str], second: tuple[Results, str], difference: str
) -> bytes:
    """Return the page of two results folders, side by side.

    `first`, `second`: each with the text of its ``config.yaml``.
    `difference`: how the second differs from the first, in words.
    """
    names = distinct_names(first[0].folder, second[0].folder)
    return _page(
        f"{printable(names[0])} and {printable(names[1])}",
        payload(dict(zip(names, (first, second), strict=True)), difference),
    )


def distinct_names(first: Path, second: Path) -> tuple[str, str]:
    """Return the shortest ends of two paths that differ.

    >>> distinct_names(Path("a/moons"), Path("b/moons")), distinct_names(Path("a"), Path("b"))
    (('a/moons', 'b/moons'), ('a', 'b'))
    """
    one, other = first.resolve().parts, second.resolve().parts
    count = 1
    while one[-count:] == other[-count:] and count < max(len(one), len(other)):
        count += 1
    names = "/".join(one[-count:]), "/".join(other[-count:])
    return names if names[0] != names[1] else (names[0], f"{names[1]} (second)")


@np.errstate(all="ignore")  # what is not finite has no place in a figure
def payload(sides: Mapping[str, tuple[Results, str]], difference: str = "") -> dict[str, Any]:
    """Return what the page shows.

    `sides`: by the name that a reader sees: a results folder, and the text of its ``config.yaml``.
    `difference`: how the second differs from the first, in words.
    """
    return {
        "palette": palette.to_json(),
        "legend": LEGEND,
        "dash": DASH,
        "sides": [
            {"title": printable(name), **_side(results, config)}
            for name, (results, config) in sides.items()
        ],
        "difference": difference,
    }


def explain_cell(results: Results, cell: int) -> list[dict[str, Any]]:
    """Return for each scheme, best first, the measurements and the figure that explain its result.

    Returns
    -------
    list of dict
        ``scheme``, its place; ``facts``, pairs of a measurement's name and what it was; ``figure``.
    """
    document, labels = results.metrics["cells"][cell], results.outline.labels
    return [
        {
            "scheme": labels.index(label),
            "facts": _facts(results, label, cell, document["inits"][label]),
            "figure": page_figure(why(results, label, cell), 0.1),
        }
        for label in document["ranking"]
        if document["inits"][label]["runs"] or results.probe(label, cell)
    ]


def _page(title: str, data: dict[str, Any]) -> bytes:
    return html_document(
        title,
        template=(PACKAGE, "report.html"),
        styles=[(PACKAGE, "report.css")],
        scripts=[(PACKAGE, f"{name}.js") for name in SCRIPTS],
        data=data,
    )


def _side(results: Results, config: str) -> dict[str, Any]:
    outline = results.outline
    seeds = sorted(
        {run.seed for cell in outline.cells for ids in cell.runs.values() for run in ids}
    )
    cells = leading_cells(results.outline)
    places = {cell: place for place, cell in enumerate(cells)}
    pool = Pool(len(cells))
    looks = palette.scheme_looks({scheme.label: scheme.name for scheme in outline.schemes})
    return {
        "name": printable(outline.name),
        "description": printable(outline.description),
        "schemes": [
            {
                "label": printable(scheme.label),
                "look": looks[scheme.label],
                "call": printable(call_of(scheme)),
                "formula": scheme.formula or "not given",
                "summary": scheme.summary,
                "reference": scheme.reference,
                "bibtex": scheme.bibtex,
            }
            for scheme in outline.schemes
        ],
        "summaries": summary_sections(results, pool, places),
        "settings": _settings_in_words(results),
        "cells": [_cell(results, cell, pool) for cell in cells],
        "untrained": [
            {
                "cells": [places[cell] for cell in group if cell in places],
                "name": name,
                "reading": reading,
                **_plain_table(table),
            }
            for group in probed_groups(results)
            for name, reading, table in _untrained_tables(results, group[0])
        ],
        "figures": pool.figures,
        "tuned": _tuning_table(results, tuned_grid(results), grid_note(results)),
        "trials": _tuning_table(results, trial_table(results), trials_note(results)),
        "test": tests_in_words(results),
        "claims": [
            {
                "verdict": claim["verdict"],
                "claim": stated(claim),
                "measured": measured(claim),
                "published": published(claim),
                "notes": "; ".join(filter(None, [claim["source"], remarks(claim)])),
            }
            for claim in results.metrics.get("claims", [])
        ],
        "runs": len(results.runs),
        "asked": len(outline.keys),
        "seeds": listing([str(seed) for seed in seeds])
        if len(seeds) <= _FEW_SEEDS
        else f"{len(seeds)} seeds from {seeds[0]} to {seeds[-1]}",
        "config": config,
    }


def _settings_in_words(results: Results) -> str:
    """Say what the cells of the page are: settings of a sweep, and tuned and fixed values."""
    roles = Counter(cell.role for cell in results.outline.cells)
    count = roles["point"] + roles["fixed"]
    swept = f"{count} settings of a sweep" if count > 1 else ""
    name = printable(tuned_name(results))
    tuned = f"with each scheme's own best {name} and with the config's" if roles["tuned"] else ""
    return ", ".join(filter(None, [swept, tuned]))


def _cell(results: Results, cell: int, pool: Pool) -> dict[str, Any]:
    outline, metrics = results.outline, results.metrics["cells"][cell]
    setup, labels = outline.cells[cell].setup, outline.labels
    heading = f"test_{setup.score}"  # on a phone, the first number of a row is seen
    scheme, *others = columns(results, cell)
    table = [scheme, *sorted(others, key=lambda column: column.key != heading)]
    findings = conclusions(metrics, printable)
    opening = headline(metrics, setup.epochs, printable)
    return {
        "title": printable(settings_line(results, cell)),
        "setup": setup_of(setup, printable),
        "headline": opening or findings[0],
        "findings": findings if opening else findings[1:],
        **_plain_table(table),
        "ranking": [labels.index(label) for label in metrics["ranking"]],
        "hasGroups": any(entry["group"] for entry in metrics["inits"].values()),
        "sections": cell_sections(results, cell, pool),
        "why": explain_cell(results, cell),
    }


def _tuning_table(results: Results, table: Table, note: str) -> dict[str, Any] | None:
    """Return a table about the tuned key; None for an empty one."""
    if not table:
        return None
    return {
        "key": printable(results.outline.tuned_key),
        **_plain_table(table),
        "note": note,
    }


def _untrained_tables(results: Results, cell: int) -> Iterator[tuple[str, str, Table]]:
    """Yield the name, the reading and the table of what was measured of untrained networks."""
    yield "Table of untrained networks", READING, untrained_table(results, cell)
    if curvatures := curvatures_of(probes_of(results, cell)):
        yield "Table of curvature", CURVATURE_READING, curvature_table(curvatures)


def _plain_table(table: Table) -> dict[str, Any]:
    """Return a table as the page's script takes it."""
    return {
        "headings": [column.name for column in table],
        "rows": [[printable(text) for text in row] for row in rows_of(table)],
    }


def _facts(results: Results, label: str, cell: int, entry: Mapping[str, Any]) -> list[list[str]]:
    """Return what was measured of a scheme, each with its name."""
    probe = results.probe(label, cell)
    facts = []
    if entry["runs"]:
        units = distinct_units(entry)
        facts.append(
            ["Identical hidden units", f"{units} distinct after training" if units else "none"]
        )
    for name, words in (("born_dead", "Layer dead before training"), ("stalled", "At chance")):
        share = entry["shares"][name]
        if share:
            facts.append([words, f"{share['count']} of {share['of']} runs"])
    if probe is not None:
        factor, ratio = _median(probe.signal_factor), _median(probe.gradient_ratio)
        if factor is not None:
            facts.append(["Signal from one layer to the next", f"×{factor:.3g}"])
        if ratio is not None:
            facts.append(["Gradient, first layer over last", f"×{ratio:.3g}"])
        verdict = capitalized(str(entry["probe"]["verdict"]))
        facts.append(["Before training", f"{verdict.rstrip('.')}."])
        if probe.curvature is not None:
            facts.append(["Predicted limit", f"{curvature_sentence(probe.curvature)}."])
    if entry["runs"]:
        initial = _median(results.curves(label, "train_loss", cell)[:, 0])
        constant = constant_loss(results, cell, probe)
        loss = "not finite" if initial is None else compact(initial)
        beside = "" if constant is None else f"; a constant prediction has {compact(constant)}"
        facts.append(["Initial training loss", f"{loss}{beside}"])
        facts.append(["Diverged", f"{entry['diverged']} of {entry['runs']} runs"])
    return facts


def _median(values: FloatArray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None
