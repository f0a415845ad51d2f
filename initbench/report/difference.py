"""A difference in words: what differs in the configs, then what has changed in the results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from initbench.formatting import compact, count_of, printable, shortened, show_settings
from initbench.metric import metric_of
from initbench.report.findings import amount
from initbench.results.difference import Difference, Figure, Settings
from initbench.tables import Column, Line, Piece, Role, as_lines, wrapped

LABEL_WIDTH: Final = 20
SETTINGS_ALONE: Final = "all"
"""What a cell without settings is called."""

MOST_SETTINGS: Final = 20
"""Settings of the configs that are listed; more are counted."""


def difference_lines(difference: Difference, width: int = 80) -> list[Line]:
    """Return the changes as lines of at most `width` characters, where names allow."""
    notes = [
        *_one_sided(difference.only_old, difference.old),
        *_one_sided(difference.only_new, difference.new),
    ]
    if difference.same_runs:
        have = "has" if difference.same_runs == 1 else "have"
        runs = f"{count_of(difference.same_runs, 'run')} {have} the same key on both sides"
        notes.append(f"{runs}: if their numbers differ, the machine or the program does.")
    role = Role.UNSURE if difference.changed else Role.GOOD
    return [
        *_configs(difference, width),
        *_wrapped(_verdict(difference), width, role),
        *(_table(difference.changed) if difference.changed else []),
        *(line for note in notes for line in _wrapped(note, width)),
    ]


def _wrapped(text: str, width: int, role: Role = Role.PLAIN) -> list[Line]:
    return wrapped(text, width, role, break_on_hyphens=False)


def _configs(difference: Difference, width: int) -> Iterator[Line]:
    """Yield each setting that the configs do not share."""
    changed = difference.settings
    if not changed:
        return
    yield from _wrapped(f"The configs differ in {count_of(len(changed), 'setting')}:", width)
    for path, (old, new) in list(changed.items())[:MOST_SETTINGS]:
        yield from _wrapped(f"  {printable(path)}: {printable(old)} -> {printable(new)}", width)
    if len(changed) > MOST_SETTINGS:
        yield (Piece(f"  and {len(changed) - MOST_SETTINGS} more"),)


def _verdict(difference: Difference) -> str:
    total, changed = len(difference.figures), len(difference.changed)
    untested = sum(figure.p_holm is None for figure in difference.figures)
    source = printable(difference.old)
    what = (
        f"{changed} of {total} metrics differ significantly from {source}."
        if changed
        else f"No significant difference from {source} in {count_of(total, 'metric')}."
    )
    return f"{what} {untested} have too few runs for a test." if untested else what


def _table(figures: Sequence[Figure]) -> list[Line]:
    """Lay out the metrics, a line each, under the settings of their cell."""
    labels = shortened([printable(figure.init) for figure in figures], LABEL_WIDTH)
    changes = [
        f"{'+' if (figure.difference['mean'] or 0) > 0 else ''}{amount(figure.difference)}"
        f"{'' if figure.is_paired else ' unpaired'}"
        for figure in figures
    ]
    (head, *rows), _ = as_lines(
        [
            Column("scheme", labels, align="left"),
            Column("metric", [metric_of(figure.metric).label for figure in figures], align="left"),
            Column("old", [compact(figure.old) for figure in figures]),
            Column("new", [compact(figure.new) for figure in figures]),
            Column("change", changes),
            Column("verdict", [figure.verdict for figure in figures], align="left"),
        ]
    )
    lines: list[Line] = [head]
    before: Settings = {}
    for figure, row in zip(figures, rows, strict=True):
        if figure.settings != before:
            lines.append((Piece(_settings(figure.settings)),))
            before = figure.settings
        lines.append(row)
    return lines


def _settings(settings: Mapping[str, object]) -> str:
    return printable(show_settings(settings)) or SETTINGS_ALONE


def _one_sided(found: Sequence[tuple[Settings, str | None]], source: str) -> list[str]:
    return [
        f"Only {printable(source)} has "
        + (f"{printable(label)} at " if label is not None and settings else "")
        + (_settings(settings) if settings or label is None else printable(label))
        + "."
        for settings, label in found
    ]
