"""``REPORT.md``: the experiment, its results, and how to reproduce them, as plain Markdown.

It holds no date and no duration, so the same runs make the same bytes; names that a user chose are
escaped, so they are text wherever the file is shown.
"""

from collections import Counter
from collections.abc import Sequence
from textwrap import fill

from initbench.figures.describing import setup_of, tuned_name
from initbench.formatting import NONE, escape
from initbench.report.claims import READING as CLAIMS
from initbench.report.claims import claims_markdown
from initbench.report.findings import conclusions
from initbench.report.table import (
    DASH,
    LEGEND,
    UNFINISHED,
    cross_dataset_markdown,
    grid_note,
    markdown_table,
    settings_line,
    starting_costs,
    table_notes,
    tests_in_words,
    trial_table,
    tuned_grid,
)
from initbench.report.untrained import untrained_markdown
from initbench.results import Results, Scheme
from initbench.results.metrics import leading_cells, reported_cells
from initbench.tables import as_markdown, table_of

REPRODUCE = """\
## How to reproduce

`config.yaml` is the experiment, `runs/` holds the raw numbers of every run, and everything else is
derived from those. In this folder,

```
initbench run config.yaml --results .    # trains the runs that are not in runs/ yet
initbench report .                       # rebuilds tables and figures
```"""

FAIRNESS = """\
All runs of a seed see the same data in the same order; only the initial weights differ."""

READING = f"""\
Numbers are {LEGEND}, over runs that did not diverge; a mean without ±
has no interval, because it has one run, most runs have the same value, or the runs form two
groups. Epochs to the target are the median over all
runs of the first epoch from which the test score stays at or above the target to the end.
{DASH} Schemes are compared seed by seed, and a
diverged run gets the worst score. Schemes with the same letter do not differ significantly after
Holm's correction for all pairs, by {{test}}. Two schemes are equivalent if the 95 % interval of
their difference lies within ±{{margin:g}}. A scheme has learned if its mean test score is at least
5 % of the way from the baseline, a constant prediction, to a perfect score."""


def report_markdown(results: Results, figures: Sequence[str]) -> str:
    """Return the text of ``REPORT.md``.

    `figures`: names, relative to the results folder, of the figures that are there.
    """
    outline = results.outline
    is_shared = len({cell.setup for cell in outline.cells}) == 1
    margin = results.metrics["cells"][0]["equivalence_margin"]  # one for all cells
    claims = results.metrics["claims"]
    paragraphs = [
        f"# {escape(outline.name)}",
        *([escape(outline.description)] if outline.description.strip() else []),
        *([setup_of(outline.cells[0].setup, escape)] if is_shared else []),
        FAIRNESS,
        "## Results",
        *_tuned(results),
        *cross_dataset_markdown(results),
        *(
            paragraph
            for cell in leading_cells(results.outline)
            for paragraph in _cell(results, cell, is_shared=is_shared)
        ),
        fill(READING.format(test=tests_in_words(results), margin=margin), 100),
        *untrained_markdown(results),
        *(["## Claims", claims_markdown(claims), CLAIMS] if claims else []),
        *_crashes(results),
        *(_link(name) for name in figures if name.endswith((".png", ".gif"))),
        *_trials(results),
        "## Schemes",
        _schemes(outline.schemes),
        REPRODUCE,
    ]
    return "\n\n".join(paragraphs) + "\n"


def call_of(scheme: Scheme) -> str:
    """Write a scheme with its options: ``random, std = 10.0``."""
    options = (f"{name} = {value}" for name, value in sorted(scheme.options.items()))
    return ", ".join([scheme.name, *options])


def _cell(results: Results, cell: int, *, is_shared: bool) -> list[str]:
    """Return the paragraphs of a cell, with its setup where cells do not share one."""
    settings = settings_line(results, cell)
    sentences = conclusions(results.metrics["cells"][cell], lambda label: f"**{escape(label)}**")
    sentences += [escape(note).replace("\\`", "`") for note in table_notes(results, cell)]
    return [
        *([f"### {escape(settings)}"] if settings else []),
        *([] if is_shared else [setup_of(results.outline.cells[cell].setup, escape)]),
        "\n".join(f"- {sentence}" for sentence in sentences),
        markdown_table(results, cell),
        *([f"{escape(costs)}."] if (costs := starting_costs(results, cell)) else []),
    ]


def _tuned(results: Results) -> list[str]:
    """Return one table of a tuned sweep, each scheme at its own best value in every setting."""
    grid = tuned_grid(results)
    if results.outline.tuned_key and not reported_cells(results.outline):
        return [UNFINISHED]
    if not grid:
        return []
    return [
        f"### Test score at each scheme's own best {escape(tuned_name(results))}",
        as_markdown(grid),
        *([grid_note(results)] if grid_note(results) else []),
    ]


def _trials(results: Results) -> list[str]:
    """Return the appendix on how the tuned values were chosen."""
    table = trial_table(results)
    if not table:
        return []
    return [
        "## Appendix: trials",
        (
            f"Mean validation score of each value of `{results.outline.tuned_key}`, over seeds that"
            " no other result uses. The working band is the range around the best value in which"
            " scores go at least 95 % of the way from the baseline to the best score."
        ),
        as_markdown(table),
    ]


def _crashes(results: Results) -> list[str]:
    """Return a table of the runs that crashed, with the error of each."""
    rows = []
    for label in results.outline.labels:
        ids = (run for cell in results.outline.cells for run in cell.runs[label])
        errors = []
        for trace in (results.crashes[run.key] for run in ids if run.key in results.crashes):
            # What follows the last indented line of a traceback: the error and its notes.
            lines = trace.rstrip().splitlines()
            indented = [place for place, line in enumerate(lines) if line.startswith(" ")]
            errors.append("; ".join(lines[max(indented, default=-1) + 1 :]))
        rows += [(label, str(count), error) for error, count in Counter(errors).items()]
    columns = ("scheme", "runs", "why")
    return ["## Crashed runs", as_markdown(table_of(columns, rows, left=range(3)))] if rows else []


def _link(name: str) -> str:
    stem = name.rpartition("/")[2].rpartition(".")[0]
    return f"![{stem.replace('_', ' ').replace('-', ', ').capitalize()}]({name})"


def _schemes(schemes: Sequence[Scheme]) -> str:
    names = ("scheme", "initializer", "law of a weight", "in short", "source")
    rows = [
        (
            scheme.label,
            call_of(scheme),
            scheme.formula or NONE,
            scheme.summary,
            scheme.reference or NONE,
        )
        for scheme in schemes
    ]
    return as_markdown(table_of(names, rows, left=range(len(names))))
