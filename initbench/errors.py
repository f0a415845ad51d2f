"""One family of errors, each of which knows its exit code.

Whatever a user can cause is raised as one of these, with a message that says where, what and what
to do; the command line turns it into that message and `exit_code`. Anything else that escapes is a
bug, and shows a traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class InitbenchError(Exception):
    """Base of all errors that initbench raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(InitbenchError, ValueError):
    """An argument, an option or a name is not one that initbench can use."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that stands in no registry; the message offers the nearest that does."""


class SchemeError(UsageError):
    """A user-defined scheme fails, or draws values that cannot be weights."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a config.

    Attributes
    ----------
    line, column : int
        Position in the source, from 1; both are 0 where there is none (a value set by a flag).
    path : str
        Where in the experiment, as ``inits[2].std``; empty for the document as a whole.
    message : str
        What is wrong and, where known, what would be right.
    """

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        position = f"line {self.line}, column {self.column}: " if self.line else ""
        place = f"{self.path}: " if self.path else ""
        return f"{position}{place}{self.message}"


class ConfigError(UsageError):
    """An experiment that cannot be run as written, with everything wrong with it at once.

    Parameters
    ----------
    source : str
        The file, or what stands for one (``--set``).
    problems : sequence of Problem
        At least one; they are shown in the order of their positions.
    kind : str
        What it should be.
    """

    def __init__(self, source: str, problems: Sequence[Problem], kind: str = "experiment") -> None:
        self.source = source
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{source} is not a valid {kind}\n{lines}")
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again, in another process."""
        return type(self), (self.source, self.problems, self.kind)


class CrashedRunsError(InitbenchError):
    """Some runs raised; the others are finished and on disk."""

    exit_code = 3


class StorageError(InitbenchError):
    """The machine refuses: disk full, folder locked, read-only, or not a results folder."""

    exit_code = 4


class ClusterError(InitbenchError):
    """The cluster's scheduler cannot be reached, is lost, or has nodes with other versions."""

    exit_code = 4
