"""Write what the atlas found: ``python docs/build_atlas.py [RESULTS...]``.

RESULTS, the folders of configs in ``configs/atlas`` that were run, are first added to the table
that comes with the package. Then the page ``docs/atlas-page.html``, the picture ``docs/atlas.png``
and the last section of ``docs/atlas.md`` are made from the table alone.
"""  # noqa: INP001  # a script, not a package

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from initbench.atlas import AtlasCell
from initbench.atlas.adding import SOURCES, add_results
from initbench.atlas.answers import MARGIN
from initbench.atlas.figure import regret_map
from initbench.atlas.page import write_page
from initbench.atlas.report import REGRET, atlas_document, coverage, findings, summary_table
from initbench.atlas.table import FAILURES, read_table
from initbench.config.loading import load_experiment
from initbench.errors import InitbenchError
from initbench.figures.drawing import draw, render
from initbench.tables import as_markdown

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = ROOT / "initbench" / "atlas"
CONFIGS: Final = ROOT / "configs" / "atlas"
PAGE: Final = Path(__file__).with_name("atlas.md")

HEADING: Final = "## What was found\n"

OPENING: Final = """
`python docs/build_atlas.py` writes this section from the committed table
[`atlas.csv`](../initbench/atlas/atlas.csv), and `initbench atlas` prints the same numbers.
Intervals are at 95 %, over the measured cells of the design.
"""

FAILING: Final = {
    "diverged": "diverge",
    "dead": "dead",
    "vanished": "vanish",
    "exploded": "explode",
    "other": "do not learn",
}
MOST_NAMES: Final = 3

CELLS: Final = """
A scheme [fails](#decisions-fixed-in-advance) if most of its runs *diverge*, a hidden layer is
*dead* before training, signal or gradient *vanish* or *explode* in the untrained network, or its
runs *do not learn* although that looks sound. `initbench atlas --cell NAME` names them all.
"""


@click.command()
@click.argument("results", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(results: tuple[Path, ...]) -> None:
    """Add RESULTS to the table, if there are any, and write page, picture and section."""
    if results:
        try:
            add_results(results, TABLE)
        except InitbenchError as error:
            raise click.ClickException(str(error)) from None
    cells = read_table(TABLE)
    write_page(PAGE.with_name("atlas-page.html"), cells)
    PAGE.with_suffix(".png").write_bytes(render(draw(regret_map(cells), "slide"), "png"))
    before = PAGE.read_text("utf-8").partition(HEADING)[0]
    sources = json.loads((TABLE / SOURCES).read_text("utf-8"))
    PAGE.write_text(before + HEADING + section(cells, sources), "utf-8")


def section(cells: Sequence[AtlasCell], sources: Mapping[str, Any]) -> str:
    """Return the section in Markdown, without its heading."""
    document = atlas_document(cells)
    measured = {cell.first.cell for cell in cells}
    missing = [path.stem for path in sorted(CONFIGS.glob("*.yaml")) if path.stem not in measured]
    parts = [part for of_cell in sources.values() for part in of_cell.values()]
    runs, diverged = (sum(part[name] for part in parts) for name in ("runs", "diverged"))
    schemes = {row.scheme for cell in cells for row in cell.rows}
    lacking = {cell.first.cell: _lacking(cell) for cell in cells}
    whole = sum(not schemes for schemes in lacking.values())
    counts = (
        f"{len(cells)} of {len(measured) + len(missing)} cells, {whole} of them with every scheme"
        f" that applies; {len(schemes)} schemes; {runs:,} runs, of which {diverged:,} diverged."
        " The leader is the best of the schemes that are measured in a cell."
    )
    lines = [
        *(
            f"{place}. {sentence} (`initbench atlas`)"
            for place, sentence in enumerate(findings(document), 1)
        ),
        "",
        "![What is lost by always using one initialization, by depth and structure](atlas.png)",
        "",
        "[The page](atlas-page.html) shows map, ranking and measurements of each kind of network.",
        "",
        "### Across cells",
        "",
        *(f"- {sentence}" for sentence in coverage(document)),
        "",
        as_markdown(summary_table(document)).strip(),
        "",
        REGRET,
        "",
        "### Measured cells",
        "",
        counts,
        CELLS,
        "| cell | leader | score | within the margin | significantly worse | fails |",
        "|---|---|--:|--:|--:|---|",
        *map(_cell_row, document["by_cell"]),
        "",
        *_missing(missing, lacking),
    ]
    return OPENING + "\n" + "\n".join(lines).rstrip() + "\n"


def _cell_row(cell: Mapping[str, Any]) -> str:
    schemes = cell["schemes"]
    first = schemes[0]
    within = sum(s["regret"] <= MARGIN and s["verdict"] != "fails" for s in schemes)
    leader = f"`{first['scheme']}`" if first["verdict"] == "leader" else "none learns"
    name = cell["cell"]
    return (
        f"| [{name.removeprefix('atlas-')}](../configs/atlas/{name}.yaml) | {leader} |"
        f" {first['mean']:.3f} | {within} of {len(schemes)} |"
        f" {sum(s['verdict'] == 'worse' for s in schemes)} | {_failing(schemes)} |"
    )


def _failing(schemes: Sequence[Mapping[str, Any]]) -> str:
    """Return the schemes that fail by reason: their names, or how many they are."""
    parts = []
    for reason, words in FAILING.items():
        names = [f"`{each['scheme']}`" for each in schemes if each["failure"] == FAILURES[reason]]
        if names:
            named = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} schemes"
            parts.append(f"{words}: {named}")
    return "; ".join(parts) or "–"


def _missing(missing: Sequence[str], lacking: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines on what the design has and the table has not."""
    lines = []
    if missing:
        names = ", ".join(f"`{name.removeprefix('atlas-')}`" for name in missing)
        lines += [f"| {len(missing)} cells that are not measured |", "|---|", f"| {names} |", ""]
    counts = Counter(scheme for schemes in lacking.values() for scheme in schemes)
    if counts:
        names = ", ".join(f"`{name}` ({count})" for name, count in sorted(counts.items()))
        lines += ["| schemes that are missing in measured cells (in how many) |", "|---|"]
        lines += [f"| {names} |", ""]
    if not lines:
        return []
    return ["### Missing", "", *lines, "[The command](#run-it) trains only what is missing."]


def _lacking(cell: AtlasCell) -> list[str]:
    """Return the schemes of a cell's config that the table lacks."""
    inits = load_experiment(CONFIGS / f"{cell.first.cell}.yaml").inits
    return [init.label for init in inits if init.label not in cell.by_scheme]


if __name__ == "__main__":
    main()
