"""The track: where the runs of a race are trained and stored, heat after heat.

A run that the folder holds is not trained again, so that a race that was stopped goes on where it
was, and what is finished is on disk before the next begins.
"""

from collections.abc import Callable, Mapping
from typing import Self

from initbench.config.experiment import Experiment
from initbench.experiment.cutting import remaining_units
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import Plan
from initbench.experiment.progress import Progress
from initbench.experiment.workers import Workers
from initbench.results import RunStore
from initbench.results.store import Records

KEY = "training.optimizer.learning_rate"
"""What each scheme finds its best value of."""


class Track:
    """Trains plans.

    Parameters
    ----------
    store : RunStore
    workers : Workers
    progress : callable
    total : int
        Epochs of single runs that there may be at most.
    """

    def __init__(
        self,
        store: RunStore,
        workers: Workers,
        progress: Callable[[Progress], None],
        total: int,
    ) -> None:
        self.store = store
        self._workers, self._progress, self._total = workers, progress, total
        self._done = 0

    def __enter__(self) -> Self:
        self._workers.__enter__()
        return self

    def __exit__(self, *given: object) -> None:
        self._workers.__exit__(*given)

    def run(self, plan: Plan) -> Mapping[str, Records]:
        """Train what is missing of a plan, and return its runs by key; one that crashed has none.

        Raises
        ------
        InitbenchError
            A unit raised it, or the disk refuses.
        """
        units = remaining_units(plan.groups, self.store.keys())
        execute(units, self.store, self._workers, self._tell)
        self._done += sum(group.runs * group.recipe.epochs for group in plan.groups)
        self._progress(Progress(min(self._done, self._total), self._total))
        return self.store.read_runs(plan.outline.keys)

    def finish(self) -> None:
        """Tell that there is nothing left to do."""
        self._progress(Progress(self._total, self._total))

    def _tell(self, progress: Progress) -> None:
        done = min(self._done + progress.done, self._total)
        self._progress(Progress(done, self._total))


def at_rate(experiment: Experiment, rate: float, labels: tuple[str, ...]) -> Experiment:
    """Return an experiment of these schemes alone, at another learning rate."""
    training = experiment.training
    optimizer = training.optimizer
    options = {**optimizer.options, "learning_rate": rate}
    optimizer = optimizer.model_copy(update={"options": options})
    inits = tuple(init for init in experiment.inits if init.label in labels)
    training = training.model_copy(update={"optimizer": optimizer})
    return experiment.model_copy(update={"inits": inits, "training": training})
