"""A difference in words: what has changed between two results, best read from the top."""

from collections.abc import Mapping, Sequence
from typing import Final

from initbench.formatting import compact, metric_name, printable, shortened
from initbench.report.lines import Line, Piece, Role, plain, wrapped
from initbench.results.difference import Difference, Figure, Settings

LABEL_WIDTH: Final = 20
SETTINGS_ALONE: Final = "all"
"""What a cell without settings is called."""


def difference_text(difference: Difference, width: int = 80) -> str:
    """Return what has changed as text; parameters are those of `difference_lines`."""
    return plain(difference_lines(difference, width))


def difference_lines(difference: Difference, width: int = 80) -> list[Line]:
    """Return what has changed, as lines of at most `width` characters where names allow.

    Parameters
    ----------
    difference : Difference
    width : int
    """
    notes = [
        *_one_sided(difference.only_old, difference.old),
        *_one_sided(difference.only_new, difference.new),
        *_sameness(difference),
    ]
    role = Role.UNSURE if difference.changed else Role.GOOD
    return [
        *_wrapped(_verdict(difference), width, role),
        *(_table(difference.changed) if difference.changed else []),
        *(line for note in notes for line in _wrapped(note, width)),
    ]


def _wrapped(text: str, width: int, role: Role = Role.PLAIN) -> list[Line]:
    return wrapped(text, width, role, break_on_hyphens=False)


def _verdict(difference: Difference) -> str:
    total, changed = len(difference.figures), len(difference.changed)
    untested = sum(figure.p_holm is None for figure in difference.figures)
    what = "Nothing has changed" if not changed else f"{changed} of {total} figures have changed"
    checked = "" if changed else f", in {total} figures,"
    unknown = f" {untested} rest on too few runs to tell." if untested else ""
    source = printable(difference.old)
    return f"{what}{checked} beyond what chance explains since {source}.{unknown}"


def _table(figures: Sequence[Figure]) -> list[Line]:
    """Lay out the figures, a line each, under the settings of their cell."""
    labels = shortened([printable(figure.init) for figure in figures], LABEL_WIDTH)
    rows = [_row(label, figure) for label, figure in zip(labels, figures, strict=True)]
    head = ("scheme", "metric", "old", "new", "change", "95 % interval")
    sizes = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines: list[Line] = [(Piece(_line(head, sizes), Role.HEADING),)]
    before: Settings = {}
    for figure, row in zip(figures, rows, strict=True):
        if figure.settings != before:
            lines.append((Piece(_settings(figure.settings)),))
            before = figure.settings
        lines.append((Piece(_line(row, sizes)),))
    return lines


def _row(label: str, figure: Figure) -> tuple[str, ...]:
    low, high = figure.difference["ci95"]
    mean = figure.difference["mean"]
    like = max(abs(mean), abs(low), abs(high))
    return (
        label,
        metric_name(figure.metric),
        compact(figure.old),
        compact(figure.new),
        f"{'+' if mean > 0 else ''}{compact(mean, like)}",
        f"{compact(low, like)} to {compact(high, like)}{'' if figure.is_paired else ' (unpaired)'}",
    )


def _line(row: Sequence[str], sizes: Sequence[int]) -> str:
    label, metric, *numbers = row
    right = [text.rjust(size) for text, size in zip(numbers, sizes[2:], strict=True)]
    return "  ".join([label.ljust(sizes[0]), metric.ljust(sizes[1]), *right]).rstrip()


def _settings(settings: Mapping[str, object]) -> str:
    text = ", ".join(f"{path} = {value}" for path, value in settings.items())
    return printable(text) or SETTINGS_ALONE


def _one_sided(found: Sequence[tuple[Settings, str | None]], source: str) -> list[str]:
    return [
        f"Only {printable(source)} has "
        + (f"{printable(label)} at " if label is not None and settings else "")
        + (_settings(settings) if settings or label is None else printable(label))
        + "."
        for settings, label in found
    ]


def _sameness(difference: Difference) -> list[str]:
    if not difference.same_runs:
        return []
    runs = f"{difference.same_runs} runs have the same key on both sides"
    return [f"{runs}: another result of such a run is the machine's doing, or the program's."]
