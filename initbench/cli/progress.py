"""Progress line on standard error, if that is a terminal that can rewrite a line.

tqdm draws the line and cuts its end to the width of the terminal, so what matters most comes first.
"""

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Self

from initbench.cli.output import Verbosity, can_rewrite, logger
from initbench.formatting import compact, printable, shortened

if TYPE_CHECKING:
    from initbench.experiment.progress import Progress

LINE: Final = "{desc} {percentage:3.0f} % |{bar:10}| {remaining} left, {rate_noinv_fmt}{postfix}"
WITHOUT_RUNS: Final = "{desc} {percentage:3.0f} % |{bar:10}| {remaining} left"

SMOOTHING: Final = 0.05
"""Weight of the latest speed in its average: at ten updates a second, an average over about 2 s."""

NAMED: Final = 3
"""Number of schemes whose loss is shown."""

LABEL_WIDTH: Final = 16
"""Longest label in characters."""


class ProgressBar:
    """Progress callback for `api.run`, used as a context manager.

    Attributes
    ----------
    began : bool
        Whether any run had to be trained.
    """

    def __init__(self, verbosity: Verbosity) -> None:
        self.began: bool = False
        self._is_shown = verbosity is not Verbosity.QUIET and can_rewrite(sys.stderr)
        self._bar: Any = None
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def __call__(self, progress: "Progress") -> None:
        """Show the progress of an experiment, at most as often as tqdm redraws."""
        self.began = True
        if not self._is_shown:
            return
        # Runs in training count in part.
        done = progress.runs_done if progress.runs else progress.done
        total = progress.runs or progress.total
        if self._bar is None:
            self._bar = self._open(total)
        bar = self._bar
        if total != bar.total or done < bar.n:  # tuned runs follow the trials
            bar.reset(total)
        is_trained = progress.stage != "training"
        if is_trained or time.time() - bar.last_print_t >= bar.mininterval:  # tqdm redraws the line
            description, postfix = status(progress)
            bar.set_description_str(description, refresh=False)
            bar.set_postfix_str(postfix, refresh=False)
        line = LINE if progress.runs else WITHOUT_RUNS
        bar.bar_format = "{desc}" if is_trained else line
        if is_trained:
            bar.refresh()
        else:
            bar.update(done - bar.n)

    def _open(self, total: float) -> Any:
        from tqdm import tqdm
        from tqdm.contrib.logging import logging_redirect_tqdm

        self._resources.enter_context(logging_redirect_tqdm([logger]))
        return self._resources.enter_context(
            tqdm(
                total=total,
                unit=" runs",
                leave=False,
                dynamic_ncols=True,
                smoothing=SMOOTHING,
                miniters=0,  # by time alone: counts are fractions of runs
                bar_format="{desc}",
            )
        )


def status(progress: "Progress") -> tuple[str, str]:
    """Return the text before the bar, and the text at the end of the line.

    Examples
    --------
    >>> from initbench.experiment.progress import Progress
    >>> best = {"zeros": 0.693, "he": 0.092}
    >>> status(Progress(45, 100, runs=9, runs_done=4.2, unit=3, units=12, best=best))
    ('unit  3 of 12', 'test loss: he 0.092, zeros 0.693, 4 of 9 runs')
    """
    if progress.stage != "training":
        return f"{progress.stage} …", ""
    unit = str(progress.unit).rjust(len(str(progress.units)))
    ranked = sorted(progress.best, key=lambda label: progress.best[label])[:NAMED]
    labels = shortened([printable(label) for label in ranked], LABEL_WIDTH)
    losses = [
        f"{label} {compact(progress.best[key])}" for label, key in zip(labels, ranked, strict=True)
    ]
    more = f" +{len(progress.best) - NAMED}" if len(progress.best) > NAMED else ""
    settings = [f"{path.rpartition('.')[2]} {value}" for path, value in progress.settings.items()]
    trained = [printable(text) for text in (*settings, *progress.labels)]
    parts = [
        f"test loss: {', '.join(losses)}{more}" if losses else "",
        f"{int(progress.runs_done)} of {progress.runs} runs" if progress.runs else "",
        f"training {', '.join(shortened(trained, LABEL_WIDTH))}" if trained else "",
    ]
    description = f"unit {unit} of {progress.units}" if progress.units else "training"
    return description, ", ".join(filter(None, parts))
