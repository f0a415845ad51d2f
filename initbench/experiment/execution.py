"""How an experiment is trained: the settings that change no number."""

from dataclasses import dataclass

from initbench.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How an experiment is trained; none of this changes the numbers of a run.

    Attributes
    ----------
    jobs : int or None
        Training processes. None stands for this process alone if there is little to train, and for
        one process per core otherwise.
    scheduler : str or None
        Address of a Dask scheduler, whose workers train in place of local processes.
    fresh : bool
        Whether to set the runs on disk aside and train all runs again.
    fail_fast : bool
        Whether to stop at the first crashed run.
    force : bool
        Whether to run even if the estimated time or memory exceeds the limit.
    """

    jobs: int | None = None
    scheduler: str | None = None
    fresh: bool = False
    fail_fast: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        if self.jobs is not None and (type(self.jobs) is not int or self.jobs < 1):
            raise UsageError(f"jobs must be an integer of at least 1, not {self.jobs!r}")
