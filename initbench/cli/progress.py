"""Progress line on standard error, if that is a terminal that can rewrite a line."""

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Self

from initbench.cli.messages import Verbosity, logger
from initbench.cli.terminals import can_rewrite

if TYPE_CHECKING:
    from initbench.experiment.progress import Progress


class ProgressBar:
    """Progress callback for `api.run`, used as a context manager.

    Parameters
    ----------
    verbosity : Verbosity

    Attributes
    ----------
    began : bool
        Whether any run had to be trained.
    """

    def __init__(self, verbosity: Verbosity) -> None:
        self.began = False
        self._is_shown = verbosity is not Verbosity.QUIET and can_rewrite(sys.stderr)
        self._bar: Any = None
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def __call__(self, progress: "Progress") -> None:
        """Show the progress of an experiment."""
        self.began = True
        if self._is_shown:
            if self._bar is None:
                self._bar = self._open(progress)
            self._bar.show(progress)

    def _open(self, progress: "Progress") -> Any:
        from tqdm.contrib.logging import logging_redirect_tqdm

        from initbench.cli.bar import Bar

        self._resources.enter_context(logging_redirect_tqdm([logger]))
        return self._resources.enter_context(Bar(progress))
