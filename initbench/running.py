"""Running a validated experiment: plan, train what is missing, and write the report.

`run_experiment` is the only function that connects all stages. A folder in which nothing is left to
do is recognized by `results.derived`, before anything that plans, trains or reports is imported.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from initbench.config.axes import axes_of
from initbench.config.experiment import Experiment
from initbench.config.loading import dump_experiment
from initbench.data.files import FILE
from initbench.errors import CrashedRunsError
from initbench.experiment.execution import Execution
from initbench.experiment.folders import results_folder
from initbench.experiment.progress import Progress
from initbench.figures.pictures import DEFAULT, Pictures
from initbench.initializers import INITIALIZERS
from initbench.initializers.weightfiles import FROM_A_FILE
from initbench.results import Results, RunStore, load_results
from initbench.results.derived import read_finished, record_finished
from initbench.results.locking import locked

if TYPE_CHECKING:
    from initbench.experiment.estimate import Estimate

logger: logging.Logger = logging.getLogger("initbench")


def run_experiment(
    experiment: Experiment,
    results: Path | str | None,
    how: Execution,
    *,
    plots: bool | Pictures,
    progress: Callable[[Progress], None],
    request: str = "",
) -> Results:
    """Train the missing runs of a validated experiment and write its report.

    This is what `run`, `compare` and `verify` do once their experiment is read; parameters and
    errors are those of `run`. The folder is locked from the first run to the last file. A `request`
    is recorded in a folder that is finished, as `read_finished` takes it.
    """
    folder = results_folder(experiment, results)
    pictures = DEFAULT if plots is True else plots
    config = dump_experiment(experiment).encode()
    is_self_contained = _is_self_contained(experiment)
    if not how.fresh and is_self_contained:
        found = read_finished(folder, pictures, config=config)
        if found is not None:
            return found

    from initbench.experiment.session import plan_session
    from initbench.report.rebuilding import report_is_current, write_report

    last = Progress(0, 0)

    def tell(each: Progress) -> None:
        nonlocal last
        last = each
        progress(each)

    session = plan_session(experiment, folder, how)
    _log_notices(experiment)
    if not how.force and how.scheduler is None:
        session.refuse_too_much()
    with locked(folder):
        trained = session.train(tell)
        if trained.probes:
            from initbench.probing import record_probes

            if last.total:
                progress(replace(last, stage="probing"))
            record_probes(trained.probes, RunStore(folder), curvature=experiment.probe.curvature)
        found = load_results(folder)
        if trained.is_new or not report_is_current(found, plots=plots):
            if plots and last.total:
                progress(replace(last, stage="drawing"))
            write_report(found, plots=plots)
        record_finished(found, pictures, request if is_self_contained else "")
    if trained.crashed:
        raise CrashedRunsError(
            f"{trained.crashed} of {trained.planned} runs crashed; the others are in {folder}. Run"
            " it again to try the crashed runs once more."
        )
    return found


def estimate_experiment(
    experiment: Experiment, results: Path | str | None, how: Execution
) -> "Estimate":
    """Return the estimate for the missing runs of a validated experiment."""
    from initbench.experiment.session import plan_session

    return plan_session(experiment, results_folder(experiment, results), how).estimate()


def _is_self_contained(experiment: Experiment) -> bool:
    """Whether the config alone says what is trained: no file of data, weights or own code."""
    swept = {key for axis in axes_of(experiment.sweep) for key in axis.keys}
    return (
        experiment.dataset.name != FILE.name
        and not any(key.partition(".")[0] == "dataset" for key in swept)
        and not any(
            init.name in FROM_A_FILE or INITIALIZERS.origin(init.name) is not None
            for init in experiment.inits
        )
    )


def _log_notices(experiment: Experiment) -> None:
    """Log what reading a data file has noticed."""
    if experiment.dataset.name == FILE.name:
        from initbench.experiment.units import dataset_settings
        from initbench.training.samples import load_split

        split = load_split(dataset_settings(experiment.dataset), experiment.training.dtype)
        for notice in split.notices:
            logger.warning("%s: %s", experiment.dataset.options["path"], notice)
