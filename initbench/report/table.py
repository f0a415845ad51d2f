"""The results tables: a row a scheme, best first, for every cell that answers the question.

Where a key is tuned, those are the cells in which each scheme has its own best value, then those at
the config's value. Trials are no results; they have a table of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from initbench.figures.describing import role_of, tuned_name
from initbench.formatting import (
    NONE,
    capitalized,
    compact,
    listing,
    mean_with_interval,
    printable,
    show_p,
    show_settings,
)
from initbench.metric import BASELINES, METRICS, metric_of
from initbench.report.findings import (
    caution_sentences,
    distinct_units,
    outcome_sentences,
    state_sentences,
)
from initbench.results import Results
from initbench.results.metrics import leading_cells, reported_cells
from initbench.results.outline import PARTS
from initbench.results.tuning import limit_note
from initbench.stats.comparisons import ALPHA
from initbench.tables import (
    ALWAYS,
    BLANK,
    Column,
    Line,
    Piece,
    Role,
    Table,
    as_lines,
    as_markdown,
    wrapped,
)

LEGEND: Final = "mean ± half the width of the 95 % interval over seeds"
DASH: Final = (
    "A dash means that there is no such value; for epochs to the target, that at most half of the"
    " runs reach it."
)
GROUPS: Final = "schemes with the same letter do not differ significantly after Holm's correction"

TESTS: Final[Mapping[str | None, str]] = {
    "permutation": "a permutation test of the differences' signs",
    "student": "Student's paired test, since the seeds are too few for a permutation test",
    None: "no test: it takes three seeds, so all letters are the same",
}
"""Which test of paired differences it was, by the `test` of a cell."""

UNFINISHED: Final = (
    "The trials of the tuned key are not complete, so no scheme has its best value yet: run the"
    " experiment again."
)

ENDPOINT: Final = "(endpoint)"
ENDPOINTS: Final = (
    "A value marked (endpoint) is the lowest or the highest that was tried, so a better one may lie"
    " beyond it: extend tune.values."
)


def settings_line(results: Results, cell: int) -> str:
    """Return the settings of a cell as text: ``training.epochs = 50``; empty for a single cell.

    Where a key is tuned, it says first which value each scheme has.
    """
    document = results.metrics["cells"][cell]
    values = set(document["chosen"].values())
    is_one = document["role"] == "fixed" and len(values) == 1
    value = f", {_written(values.pop())}" if is_one else ""
    lead = capitalized(role_of(results, cell))
    return "; ".join(filter(None, [f"{lead}{value}", show_settings(document["settings"])]))


def columns(results: Results, cell: int = 0) -> list[Column]:
    """Return the columns of a cell's table, the labels first, schemes in the order of ranking."""
    document, outline = results.metrics["cells"][cell], results.outline
    labels = document["ranking"]
    entries = [document["inits"][label] for label in labels]
    score, baseline = document["score"], document["baseline"]
    stalled = [
        bool((share := entry["shares"]["stalled"]) and share["count"] == share["of"])
        for entry in entries
    ]
    in_first_group = ["a" in entry["group"] for entry in entries]
    has_letters = any(entry["group"] for entry in entries)
    faint = [Role.FAINT if is_so else Role.PLAIN for is_so in stalled]
    named = [
        Role.GOOD if is_first and not all(in_first_group) and entry["learns"] else role
        for is_first, entry, role in zip(in_first_group, entries, faint, strict=True)
    ]
    diverged = [str(entry["diverged"]) for entry in entries]
    has_none = set(diverged) == {"0"}
    marked = [
        Role.BAD if entry["diverged"] else role for entry, role in zip(entries, faint, strict=True)
    ]
    priorities = {f"test_{score}": ALWAYS, "test_loss": 4, f"train_{score}": 3}
    curves = [name for name in outline.cells[cell].setup.curves if metric_of(name).part in PARTS]
    # Metrics that are measured once are shown where there is room; balanced accuracy tells more
    # than accuracy only where the classes differ in size.
    is_balanced = score != "accuracy" or baseline < 1.05 / (outline.cells[cell].setup.classes or 1)
    finals = [
        name
        for name, metric in METRICS.items()
        if metric.part == "test"
        and metric.when == "final"
        and metric.quantity not in {"loss", score}
        and not (is_balanced and metric.quantity == "balanced_accuracy")
        and any(name in entry for entry in entries)
    ]

    def metric_column(name: str, priority: int, *, is_silent: bool = False) -> Column:
        metric = metric_of(name)
        cells = [
            mean_with_interval(entry[name], metric.written_like) if name in entry else NONE
            for entry in entries
        ]
        return Column(metric.label, cells, name, priority, is_silent=is_silent, roles=faint)

    return [
        Column("scheme", labels, "scheme", roles=named, align="left"),
        *_rates(results, cell, labels, faint),
        Column("runs", [str(entry["runs"]) for entry in entries], "runs", 6, roles=faint),
        Column("diverged", diverged, "diverged", 0 if has_none else 7, has_none, marked),
        *(metric_column(name, priorities.get(name, 2)) for name in curves),
        Column(
            "group",
            [entry["group"] or NONE for entry in entries],
            "group",
            8 if has_letters else 0,
            is_silent=not has_letters,
            roles=named,
        ),
        Column(
            f"epochs to {outline.target:g}",
            [_epochs(entry) for entry in entries],
            "epochs_to_target",
            5,
            roles=faint,
        ),
        *(metric_column(name, 1, is_silent=True) for name in finals),
    ]


def starting_costs(results: Results, cell: int) -> str:
    """Return the cost of data-dependent initialization, or an empty text."""
    inits = results.metrics["cells"][cell]["inits"]
    costs = {label: inits[label]["initialization_epochs"]["mean"] for label in inits}
    named = [f"{printable(label)} {cost:.3g}" for label, cost in costs.items() if cost]
    return f"Cost of initialization, in epochs of training: {', '.join(named)}" if named else ""


def table_notes(results: Results, cell: int) -> list[str]:
    """Return the notes on a cell's table: endpoints, schemes that do not learn, a low target."""
    document, outline = results.metrics["cells"][cell], results.outline
    notes = []
    if document["role"] == "tuned":
        tunings = _tunings(results, cell)
        if any(one["at_edge"] for one in tunings.values()):
            notes.append(ENDPOINTS)
        lost = [_code(label) for label, one in tunings.items() if not one["learns"]]
        if lost:
            verb = "learns" if len(lost) == 1 else "learn"
            notes.append(f"{listing(lost)} {verb} at no {tuned_name(results)} that was tried.")
        if note := _predicted_note({_code(label): one for label, one in tunings.items()}):
            notes.append(note)
    if outline.target <= document["baseline"]:
        notes.append(
            f"The target {outline.target:g} is not above the {BASELINES[document['score']]},"
            f" {document['baseline']:.3g}; a run reaches it only above that. Set a higher target."
        )
    return [*notes, *outline.cells[cell].activation_notes]


def table_lines(results: Results, width: int = 100) -> list[Line]:
    """Return the tables of all reported cells for a terminal.

    Labels of the first group are `Role.GOOD`, unless all schemes are in it; a scheme of which all
    runs stalled is `Role.FAINT`.

    `width`: columns of the terminal, in which the tables fit.
    """
    lines: list[Line] = []
    for cell in leading_cells(results.outline):
        lines += [*_lines_of_cell(results, cell, width), BLANK]
    if grid := tuned_grid(results, intervals=False):
        shown, hidden = as_lines(grid, width)
        title = f"Test score at each scheme's own best {tuned_name(results)}"
        notes = wrapped(grid_note(results), width) if grid_note(results) else []
        lines = [(Piece(title),), *shown, *notes, *_hidden(hidden, width), BLANK, *lines]
    if results.outline.tuned_key and not reported_cells(results.outline):
        lines = [*wrapped(UNFINISHED, width), BLANK, *lines]
    has_letters = len(results.outline.labels) > 1 and any(
        entry["group"]
        for cell in leading_cells(results.outline)
        for entry in results.metrics["cells"][cell]["inits"].values()
    )
    legend = f"{LEGEND}; {GROUPS}, by {tests_in_words(results)}" if has_letters else LEGEND
    return lines + wrapped(legend, width)


def tests_in_words(results: Results) -> str:
    """Return which test compares the schemes; several where cells differ in their seeds."""
    cells = [results.metrics["cells"][cell] for cell in leading_cells(results.outline)]
    tests = dict.fromkeys(TESTS[cell["test"]] for cell in cells)
    return " or, in other cells, ".join(tests) or TESTS[None]


def markdown_table(results: Results, cell: int = 0) -> str:
    """Return the table of one cell as Markdown, with a column of units where layers collapsed."""
    document = results.metrics["cells"][cell]
    shown = columns(results, cell)
    units = [distinct_units(document["inits"][label]) for label in document["ranking"]]
    if any(units):
        shown.append(Column("distinct units", [each or NONE for each in units]))
    return as_markdown(shown)


def tuned_grid(results: Results, *, intervals: bool = True) -> Table:
    """Return one table of a tuned sweep: a row a scheme, a column a setting; empty without one.

    Each cell is the mean test score and the value that the scheme had there; no value where the
    scheme learns at none. Schemes have the order of their mean ranks.

    `intervals`: whether scores have their intervals.
    """
    cells = reported_cells(results.outline)
    if not results.outline.tuned_key or len(cells) < 2:
        return []
    documents = [results.metrics["cells"][cell] for cell in cells]
    places = {
        label: sum(document["ranking"].index(label) for document in documents)
        for label in results.outline.labels
    }
    labels = sorted(places, key=places.__getitem__)

    def written(label: str, cell: int) -> str:
        document, tuning = results.metrics["cells"][cell], _tunings(results, cell).get(label)
        metric = metric_of(f"test_{document['score']}")
        summary = document["inits"][label][metric.name]
        score = (
            mean_with_interval(summary, metric.written_like)
            if intervals
            else compact(summary["mean"], metric.written_like)
        )
        if tuning is not None and not tuning["learns"]:
            return score
        return f"{score} at {_rate(document['chosen'].get(label), tuning)}"

    return [
        Column("scheme", labels, align="left"),
        *(
            Column(
                show_settings(document["settings"], in_short=True),
                [written(label, cell) for label in labels],
                priority=max(ALWAYS - 1 - place, 0),
            )
            for place, (cell, document) in enumerate(zip(cells, documents, strict=True))
        ),
    ]


def grid_note(results: Results) -> str:
    """Return a note on endpoints and on schemes that do not learn, or an empty text."""
    found = [endpoint_note(results)]
    if not all(each["learns"] for each in _all_tunings(results)):
        found.append(f"A score without a {tuned_name(results)}: the scheme learns at no value.")
    return " ".join(filter(None, found))


def endpoint_note(results: Results) -> str:
    """Return the meaning of marked values; empty where no best value is an endpoint of the grid."""
    return ENDPOINTS if any(each["at_edge"] for each in _all_tunings(results)) else ""


def trials_note(results: Results) -> str:
    """Return the notes on all trials: on endpoints, and on rates outside the predicted range."""
    by_name = {
        ", ".join(filter(None, [printable(label), show_settings(one["settings"])])): one
        for label, found in results.metrics["tuning"].items()
        for one in found
    }
    return " ".join(filter(None, [endpoint_note(results), _predicted_note(by_name)]))


def trial_table(results: Results) -> Table:
    """Return the mean validation scores of all trials, a row for each scheme and setting."""
    rows = [
        (label, tuning) for label, found in results.metrics["tuning"].items() for tuning in found
    ]
    if not rows:
        return []
    values = list(dict.fromkeys(value for _, tuning in rows for value in tuning["values"]))
    scores = [dict(zip(tuning["values"], tuning["scores"], strict=True)) for _, tuning in rows]
    settings = [show_settings(tuning["settings"]) for _, tuning in rows]
    return [
        Column("scheme", [label for label, _ in rows], align="left"),
        *([Column("setting", settings, align="left")] if any(settings) else []),
        *(
            Column(_written(value), [compact(each.get(value), 1.0) for each in scores])
            for value in values
        ),
        Column("best", [_rate(tuning["best"], tuning) for _, tuning in rows]),
        Column(
            "working band",
            [
                " to ".join(dict.fromkeys(map(_written, tuning["band"])))
                if tuning["learns"]
                else NONE
                for _, tuning in rows
            ],
        ),
    ]


def cross_dataset_table(results: Results) -> Table:
    """Return the table over all cells, the best mean rank first; empty for one cell.

    The normalised score is the interquartile mean over all runs, 0 for the baseline and 1 for
    no error.
    """
    across = results.metrics["across"]
    if across is None:
        return []
    inits = across["inits"]
    labels = sorted(inits, key=lambda label: inits[label]["mean_rank"])
    entries = [inits[label] for label in labels]
    intervals = [
        NONE if one["ci95"] is None else f"{compact(one['ci95'][0])} to {compact(one['ci95'][1])}"
        for one in entries
    ]
    return [
        Column("scheme", labels, align="left"),
        Column("mean rank", [f"{entry['mean_rank']:.2f}" for entry in entries]),
        Column("normalised score", [compact(entry["iqm"]) for entry in entries]),
        Column("interval (95 %)", intervals),
    ]


def cross_dataset_sentence(results: Results) -> str:
    """Say whether the ranks over all cells differ significantly, and by how much they must."""
    across = results.metrics["across"]
    p = across["friedman_p"]
    if p is None or p > ALPHA:
        return (
            "The schemes' ranks over all cells do not differ significantly (Friedman's test"
            f"{'' if p is None else f', {show_p(p)}'})."
        )
    return (
        f"Mean ranks less than {across['critical_difference']:.2f} apart do not differ"
        " significantly (Nemenyi's test), which is a rule of thumb where cells are settings of one"
        " sweep, since those are not independent."
    )


def cross_dataset_lines(results: Results, width: int) -> list[Line]:
    """Return the table for a terminal; none for one cell."""
    table = cross_dataset_table(results)
    if not table:
        return []
    lines, _ = as_lines(table, width)
    return [
        (Piece(f"All {results.metrics['across']['cells']} cells together"),),
        *lines,
        *wrapped(cross_dataset_sentence(results), width),
    ]


def cross_dataset_markdown(results: Results) -> list[str]:
    """Return heading, table and sentence as paragraphs of Markdown; none for one cell."""
    table = cross_dataset_table(results)
    if not table:
        return []
    return [
        f"### All {results.metrics['across']['cells']} cells together",
        as_markdown(table),
        cross_dataset_sentence(results),
    ]


def _all_tunings(results: Results) -> list[Mapping[str, Any]]:
    return [each for found in results.metrics["tuning"].values() for each in found]


def _tunings(results: Results, cell: int) -> dict[str, Mapping[str, Any]]:
    """Return the tuning of each scheme at the setting of a cell, by label."""
    settings = results.metrics["cells"][cell]["settings"]
    return {
        label: one
        for label, found in results.metrics["tuning"].items()
        for one in found
        if one["settings"] == settings
    }


def _predicted_note(tunings: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a sentence on best rates outside the predicted stable range, or an empty text."""
    outside = {name: one for name, one in tunings.items() if one["outside_range"]}
    note = limit_note(
        {name: one["best"] for name, one in outside.items()},
        {name: one["limit"] for name, one in outside.items()},
    )
    return f"{note}." if note else ""


def _rates(
    results: Results, cell: int, labels: Sequence[str], roles: Sequence[Role]
) -> list[Column]:
    """Return the column of chosen values in a cell where each scheme has its own."""
    document = results.metrics["cells"][cell]
    if document["role"] != "tuned":
        return []
    tunings = _tunings(results, cell)
    rates = [_rate(document["chosen"].get(label), tunings.get(label)) for label in labels]
    key = results.outline.tuned_key.rpartition(".")[2]
    shown = [
        Role.UNSURE if ENDPOINT in rate else role for rate, role in zip(rates, roles, strict=True)
    ]
    return [Column(tuned_name(results), rates, key, roles=shown)]


def _rate(value: Any, tuning: Mapping[str, Any] | None) -> str:
    text = NONE if value is None else _written(value)
    return f"{text} {ENDPOINT}" if tuning is not None and tuning["at_edge"] else text


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _epochs(entry: Mapping[str, Any]) -> str:
    """Write the median epoch at the target, and how many runs stay there where not all do."""
    to_target, runs = entry["epochs_to_target"], entry["runs"]
    median = NONE if to_target["median"] is None else f"{to_target['median']:g}"
    return (
        median if to_target["reached"] in {0, runs} else f"{median} ({to_target['reached']}/{runs})"
    )


def _lines_of_cell(results: Results, cell: int, width: int) -> list[Line]:
    document = results.metrics["cells"][cell]
    title = printable(settings_line(results, cell))
    table, hidden = as_lines(columns(results, cell), width)
    units = {
        label: text
        for label in document["ranking"]
        if (text := distinct_units(document["inits"][label]))
    }
    notes = [
        *outcome_sentences(document, _code),
        *state_sentences(document, _code),
        *caution_sentences(document, _code),
        *(f"Distinct hidden units of {_code(label)}: {text}." for label, text in units.items()),
        *([f"{costs}."] if (costs := starting_costs(results, cell)) else []),
        *table_notes(results, cell),
    ]
    return [
        *wrapped(title, width),
        *table,
        *(line for note in notes for line in wrapped(note, width)),
        *_hidden(hidden, width),
    ]


def _hidden(names: Sequence[str], width: int) -> list[Line]:
    if not names:
        return []
    return wrapped(f"Hidden columns: {listing(names)} (use a wider terminal or --json).", width)


def _code(label: str) -> str:
    return f"`{printable(label)}`"
