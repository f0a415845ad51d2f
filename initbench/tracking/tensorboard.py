"""Event files for TensorBoard: a folder a run, which the same results always fill with one file.

An event file's name tells the time and the machine elsewhere. Here it is always the same, so that
a file is replaced where it would be doubled, and that our files are told from those of others.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from initbench.errors import UsageError
from initbench.optional import require
from initbench.results import Results, files
from initbench.tracking.runs import (
    TrackedScheme,
    artifacts,
    folder_name,
    tracked_name,
    tracked_schemes,
)

EVENTS: Final = "events.out.tfevents.0000000000.initbench"
"""What every event file of ours is called; TensorBoard looks for ``tfevents`` in it."""


def export_to_tensorboard(results: Results, folder: Path, *, name: str = "") -> tuple[Path, int]:
    """Write each run as a folder of TensorBoard's: ``FOLDER/moons/he/seed-3``.

    Files of ours of an earlier export of that name are replaced, and removed where there is no
    such run any more. The same results make the same bytes.

    Parameters
    ----------
    results : Results
    folder : Path
        What TensorBoard is then given as ``--logdir``.
    name : str
        What the results are called there; by default as their folder.

    Returns
    -------
    Path
        The folder below `folder` that holds the runs.
    int
        How many there are.

    Raises
    ------
    UsageError
        TensorBoard is not installed, or a folder of a run holds event files of others.
    StorageError
        The disk refuses.
    """
    require("tensorboard", "tensorboard")
    top = folder / (folder_name(name or tracked_name(results)) or "results")
    schemes = list(tracked_schemes(results))
    places = [top, *(top / run.place for scheme in schemes for run in scheme.runs)]
    _refuse_events_of_others(places)
    for place, data in zip(places, _event_files(top.name, results, schemes), strict=True):
        files.make_folder(place)
        files.write_atomically(place / EVENTS, data)
    for path in files.matching(top, f"**/{EVENTS}"):
        if path.parent not in places:
            files.remove(path)
    return top, len(places) - 1


def _event_files(name: str, results: Results, schemes: Sequence[TrackedScheme]) -> Iterator[bytes]:
    """Yield the pictures' file, and then each run's."""
    from initbench.tracking import events

    pictures = artifacts(results)["plots"]
    yield events.picture_events({path.stem: files.read(path) or b"" for path in pictures})
    for scheme in schemes:
        for run in scheme.runs:
            yield events.run_events(name, scheme, run)


def _refuse_events_of_others(places: list[Path]) -> None:
    """Raise if TensorBoard would take anything else for a part of a run."""
    for place in places:
        others = [path for path in files.matching(place, "*tfevents*") if path.name != EVENTS]
        if others:
            raise UsageError(
                f"{place} holds {others[0].name}, which initbench did not write: TensorBoard would"
                " show it as a part of this run. Choose another folder or --name."
            )
