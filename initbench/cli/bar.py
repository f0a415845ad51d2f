"""Progress bar: a tqdm bar whose text is the status line."""

from typing import TYPE_CHECKING, Any, Final

from tqdm import tqdm

from initbench.cli.status import Pace, status_line

if TYPE_CHECKING:
    from initbench.experiment.progress import Progress


SMOOTHING: Final = 0.05
"""Weight of the latest speed in its average: at ten updates a second, an average over about 2 s."""


class Bar(tqdm):  # type: ignore[type-arg]  # it iterates over nothing
    """Progress line of an experiment.

    Parameters
    ----------
    progress : Progress
    """

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        super().__init__(total=progress.total, leave=False, dynamic_ncols=True, smoothing=SMOOTHING)

    def show(self, progress: "Progress") -> None:
        """Update the line, at most as often as tqdm redraws."""
        before, self._progress = self._progress, progress
        if progress.total != before.total or progress.done < before.done:
            self.reset(progress.total)
        elif progress.stage != before.stage:
            self.refresh()
        self.update(progress.done - self.n)

    def __str__(self) -> str:
        """Return the line; characters outside the terminal's encoding become question marks."""
        meter = self.format_dict
        width = meter["ncols"] or 80
        line = status_line(self._progress, self._pace(meter), width, self._drawn)
        encoding = getattr(self.fp, "encoding", None) or "utf-8"
        return line.encode(encoding, "replace").decode(encoding)

    def _pace(self, meter: Any) -> Pace:
        rate = meter["rate"] or (self.n / meter["elapsed"] if meter["elapsed"] else 0.0)
        if not rate:
            return Pace()
        runs = self._progress.runs / self._progress.total
        return Pace(rate * runs, (self._progress.total - self.n) / rate)

    def _drawn(self, size: int) -> str:
        meter = {**self.format_dict, "ncols": size, "bar_format": "{bar}"}
        return str(self.format_meter(**meter))
