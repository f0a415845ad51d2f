"""Progress: a bar on standard error, where that is a terminal that can show one."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, Self

from initbench.cli.messages import Verbosity, logger

if TYPE_CHECKING:
    from initbench.experiment.execution.dispatch import Progress

FORMAT: Final = (
    "{desc}: {percentage:3.0f}% |{bar}| {n_fmt} of {total_fmt}{unit}, {rate_fmt}, {remaining} left"
)


class ProgressBar:
    """What `api.run` is given to tell its progress to; used within a ``with``.

    Parameters
    ----------
    verbosity : Verbosity

    Attributes
    ----------
    began : bool
        Whether anything had to be trained.
    """

    def __init__(self, verbosity: Verbosity) -> None:
        self.began = False
        self._is_shown = verbosity is not Verbosity.QUIET and _has_terminal()
        self._bar: Any = None
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def __call__(self, progress: "Progress") -> None:
        """Show how far an experiment is."""
        self.began = True
        if self._is_shown:
            if self._bar is None:
                self._bar = self._open(progress.total)
            if progress.stage != "training":
                self._bar.set_description_str(progress.stage)
            self._bar.update(progress.done - self._bar.n)

    def _open(self, total: int) -> Any:
        from tqdm import tqdm
        from tqdm.contrib.logging import logging_redirect_tqdm

        self._resources.enter_context(logging_redirect_tqdm([logger]))
        bar = tqdm(
            total=total,
            desc="training",
            bar_format=FORMAT,
            leave=False,
            dynamic_ncols=True,
            unit=" epochs",
        )
        return self._resources.enter_context(bar)


def _has_terminal() -> bool:
    """Tell whether a line can be rewritten on standard error."""
    return (
        sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    )
