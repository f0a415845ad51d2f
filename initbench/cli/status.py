"""Status line of a running experiment, fitted to the width of the terminal.

Each part of the line has several forms, the longest first. While the line is too wide, the next
part of `SHRINKING` takes its next shorter form or is dropped. The unit in training, the speed, the
remaining time and the lowest loss are kept longest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tqdm import tqdm
from tqdm.utils import disp_len, disp_trim

from initbench.formatting import compact, printable, shortened

if TYPE_CHECKING:
    from initbench.experiment.progress import Progress

SHRINKING: Final = (
    *("losses", "unit", "count", "losses", "losses", "losses"),
    *("bar", "share", "gap", "unit", "rate", "losses", "losses"),
)
"""Order in which parts take their next shorter form."""

LOSSES: Final = (
    ("lowest test loss: ", 6, 24),
    ("test loss: ", 3, 16),
    ("", 3, 12),
    ("", 2, 12),
    ("", 1, 12),
    ("", 1, 6),
    ("", 0, 0),
)
"""Forms of the losses: prefix, number of schemes, and characters per label."""

PART_WIDTH: Final = 24
"""Greatest number of characters for the settings and schemes of a unit."""

LEAST_BAR, MOST_BAR = 6, 30
"""Least and greatest width of the bar in characters."""


@dataclass(frozen=True)
class Pace:
    """Training speed and remaining time.

    Attributes
    ----------
    runs_a_second, seconds_left : float or None
        None while unknown.
    """

    runs_a_second: float | None = None
    seconds_left: float | None = None


def status_line(
    progress: "Progress", pace: Pace, width: int, draw: Callable[[int], str] = "#".__mul__
) -> str:
    """Return a line of at most `width` columns.

    Parameters
    ----------
    progress : Progress
    pace : Pace
    width : int
    draw : callable
        Returns a bar of the given width.
    """
    ways = _ways(progress, pace)
    chosen = dict.fromkeys(ways, 0)
    for name in (*SHRINKING, ""):
        parts = {part: ways[part][place] for part, place in chosen.items()}
        before, after = _around_the_bar(parts)
        spare = width - disp_len(before + after)
        if parts["bar"] and spare >= LEAST_BAR:
            return before + draw(min(spare, MOST_BAR)) + after
        if not parts["bar"] and spare >= 0:
            return before + after
        if name:
            chosen[name] += 1
    return disp_trim(before + after, width)


def _ways(progress: "Progress", pace: Pace) -> Mapping[str, tuple[str, ...]]:
    """Return the forms of each part of the line, the longest first."""
    done = str(int(progress.runs_done)).rjust(len(str(progress.runs)))
    trains = progress.stage == "training"
    rate = _rate(pace.runs_a_second)
    return {
        "unit": _unit(progress) if trains and progress.units else (progress.stage,) * 3,
        "share": (f"{100 * progress.done / max(1, progress.total):3.0f} %", ""),
        "bar": ("|", ""),
        "count": (f"{done} of {progress.runs} runs" if progress.runs else "", ""),
        "rate": (f"{rate:>3} runs/s", f"{rate}/s") if trains and progress.runs else ("", ""),
        "left": (f"{_clock(pace.seconds_left)} left",) if trains else ("",),
        "losses": tuple(_losses(progress.best, *most) for most in LOSSES),
        "gap": (" · ", "  "),
    }


def _around_the_bar(parts: Mapping[str, str]) -> tuple[str, str]:
    """Return the text before and after the bar."""
    gap, comma = parts["gap"], ", " if parts["gap"].strip() else "  "
    before = gap.join(filter(None, [parts["unit"], parts["share"]]))
    pace = comma.join(filter(None, [parts["count"], parts["rate"], parts["left"]]))
    after = gap.join(filter(None, [pace, parts["losses"]]))
    if parts["bar"]:
        return f"{before} |", f"| {after}"
    return gap.join(filter(None, [before, after])), ""


def _unit(progress: "Progress") -> tuple[str, str, str]:
    number, count = str(progress.unit).rjust(len(str(progress.units))), progress.units
    settings = [f"{path.rpartition('.')[2]} {value}" for path, value in progress.settings.items()]
    texts = [printable(text) for text in (*settings, *progress.labels)]
    [named] = shortened([", ".join(texts)], PART_WIDTH)
    text = f"unit {number} of {count}"
    return (f"{text} ({named})" if named else text, text, f"{number}/{count}")


def _losses(best: Mapping[str, float], words: str, most: int, label_width: int) -> str:
    """Return the lowest losses, and the number of other schemes that have one."""
    ranked = sorted(best, key=lambda label: best[label])[:most]
    labels = shortened([printable(label) for label in ranked], label_width)
    named = [f"{label} {compact(best[key])}" for label, key in zip(labels, ranked, strict=True)]
    more = f" +{len(best) - most}" if len(best) > most else ""
    return f"{words}{', '.join(named)}{more}" if named else ""


def _rate(runs_a_second: float | None) -> str:
    if runs_a_second is None:
        return "?"
    return f"{runs_a_second:.0f}" if runs_a_second >= 9.95 else f"{runs_a_second:.2g}"


def _clock(seconds: float | None) -> str:
    """Return a duration as 0:05 or 1:02:03."""
    return "?" if seconds is None else tqdm.format_interval(seconds).removeprefix("0")
