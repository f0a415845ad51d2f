"""``REPORT.md``: the experiment, what came of it, and how to do it again, as plain Markdown.

It holds no date and no duration, so the same runs make the same bytes; names that a user chose are
escaped, so they are text wherever the file is shown.
"""

from collections import Counter
from collections.abc import Sequence

from initbench.figures.describing import setup_of
from initbench.formatting import escape
from initbench.report.across import across_markdown
from initbench.report.claims import READING as CLAIMS
from initbench.report.claims import claims_markdown
from initbench.report.findings import conclusions
from initbench.report.starts import starts_markdown
from initbench.report.table import (
    LEGEND,
    as_markdown,
    markdown_table,
    settings_line,
    starting_costs,
)
from initbench.results import Results, Scheme

REPRODUCE = """\
## Doing it again

`config.yaml` is the experiment, `runs/` holds the raw numbers of every run, and all else is made
from those. In this folder,

```
initbench run config.yaml --results .    # trains what is not in runs/ yet
initbench report .                       # makes tables and pictures anew
```"""

FAIRNESS = """\
All runs of a seed see the same data in the same order: nothing but the initial weights tells them
apart."""

READING = f"""\
Numbers are {LEGEND};
a run that diverged has none. Epochs to the target are the median over all runs, those that never
reach it among them, and there is none unless more than half of them do. Schemes are compared seed
by seed, and a diverged run loses against every other. Those that share a letter are not told apart
once all pairs are corrected for (Holm), by {{test}}."""

TESTS = {
    "permutation": "a permutation test of the differences' signs",
    "student": "Student's paired test, since the seeds are too few for a permutation test",
    None: "any test: that takes three seeds",
}


def report_markdown(results: Results, pictures: Sequence[str]) -> str:
    """Return the report.

    Parameters
    ----------
    results : Results
    pictures : sequence of str
        Names, relative to the results folder, of the pictures that are there.
    """
    outline = results.outline
    cells = range(len(outline.cells))
    paragraphs = [
        f"# {escape(outline.name)}",
        *([escape(outline.description)] if outline.description.strip() else []),
        *_setups(results),
        "## What came of it",
        *across_markdown(results),
        *(paragraph for cell in cells for paragraph in _cell(results, cell)),
        READING.format(test=_test(results)),
        *starts_markdown(results),
        *_claims(results),
        *_crashes(results),
        *(_link(name) for name in pictures if name.endswith((".png", ".gif"))),
        "## Schemes",
        _schemes(outline.schemes),
        REPRODUCE,
    ]
    return "\n\n".join(paragraphs) + "\n"


def call_of(scheme: Scheme) -> str:
    """Write a scheme with its options: ``random, std = 10.0``."""
    options = (f"{name} = {value}" for name, value in sorted(scheme.options.items()))
    return ", ".join([scheme.name, *options])


def _setups(results: Results) -> list[str]:
    """Describe what all cells share; where a sweep changes it, each cell says its own."""
    setups = {cell.setup for cell in results.outline.cells}
    shared = [setup_of(setups.pop(), escape)] if len(setups) == 1 else []
    return [*shared, FAIRNESS]


def _cell(results: Results, cell: int) -> list[str]:
    settings = settings_line(results, cell)
    is_shared = len({cell.setup for cell in results.outline.cells}) == 1
    sentences = conclusions(results.metrics["cells"][cell], lambda label: f"**{escape(label)}**")
    return [
        *([f"### {escape(settings)}"] if settings else []),
        *([] if is_shared else [setup_of(results.outline.cells[cell].setup, escape)]),
        "\n".join(f"- {sentence}" for sentence in sentences),
        markdown_table(results, cell),
        *([f"{escape(costs)}."] if (costs := starting_costs(results, cell)) else []),
    ]


def _crashes(results: Results) -> list[str]:
    """Say of each scheme how many of its runs crashed, and why."""
    rows = []
    for label in results.outline.labels:
        ids = (run for cell in results.outline.cells for run in cell.runs[label])
        reasons = [results.crashes[run.key] for run in ids if run.key in results.crashes]
        for reason, count in Counter(map(_last_words, reasons)).items():
            rows.append((label, str(count), reason))
    columns = ("scheme", "runs", "why")
    return ["## What crashed", as_markdown(columns, rows, ["---"] * 3)] if rows else []


def _last_words(reason: str) -> str:
    """Return the end of a traceback: the error and what is noted of it."""
    lines = reason.rstrip().splitlines()
    first = max((place + 1 for place, line in enumerate(lines) if line.startswith(" ")), default=0)
    return "; ".join(lines[first:])


def _claims(results: Results) -> list[str]:
    claims = results.metrics["claims"]
    return ["## Claims", claims_markdown(claims), CLAIMS] if claims else []


def _test(results: Results) -> str:
    tests = {cell["test"]: TESTS[cell["test"]] for cell in results.metrics["cells"]}
    return " or, in other cells, ".join(tests.values())


def _link(name: str) -> str:
    stem = name.rpartition("/")[2].rpartition(".")[0]
    return f"![{stem.replace('_', ' ').capitalize()}]({name})"


def _schemes(schemes: Sequence[Scheme]) -> str:
    names = ("scheme", "initializer", "law of a weight", "in short", "source")
    rows = [
        (scheme.label, call_of(scheme), scheme.formula, scheme.summary, scheme.reference)
        for scheme in schemes
    ]
    return as_markdown(names, rows, ["---"] * len(names))
