"""Event files for TensorBoard: one folder per run, one file per folder.

Elsewhere the name of an event file contains time and machine. Here it is always the same, so that a
second export replaces the file, and files that initbench wrote can be recognized.
"""

from itertools import chain
from pathlib import Path
from typing import Final

from initbench.errors import UsageError
from initbench.optional import require
from initbench.results import Results, files
from initbench.tracking.runs import artifacts, folder_name, tracked_name, tracked_schemes

EVENTS: Final = "events.out.tfevents.0000000000.initbench"
"""Name of each event file; TensorBoard looks for ``tfevents`` in it."""


def export_to_tensorboard(results: Results, folder: Path, *, name: str = "") -> tuple[Path, int]:
    """Write each run as a TensorBoard folder: ``FOLDER/moons/he/seed-3``.

    Files of an earlier export of that name are replaced, or removed if the results no longer have
    the run. The same results give the same bytes.

    Parameters
    ----------
    results : Results
    folder : Path
        The folder to pass to TensorBoard as ``--logdir``.
    name : str
        Name of the results in TensorBoard; by default that of their folder.

    Returns
    -------
    Path
        The folder below `folder` that holds the runs.
    int
        Number of runs.

    Raises
    ------
    UsageError
        TensorBoard is not installed, or a folder of a run holds other event files.
    StorageError
        A file cannot be written.
    """
    require("tensorboard", "tensorboard")
    from initbench.tracking import tensorboard_events as events

    top = folder / (folder_name(name or tracked_name(results)) or "results")
    runs = [(scheme, run) for scheme in tracked_schemes(results) for run in scheme.runs]
    places = [top, *(top / run.place for _, run in runs)]
    for place in places:
        others = [path for path in files.matching(place, "*tfevents*") if path.name != EVENTS]
        if others:
            raise UsageError(
                f"{place} holds {others[0].name}, which initbench did not write: TensorBoard would"
                " show it as a part of this run. Choose another folder or --name."
            )
    pictures = {path.stem: files.read(path) or b"" for path in artifacts(results)["plots"]}
    contents = chain(
        [events.picture_events(pictures)],
        (events.run_events(top.name, scheme, run) for scheme, run in runs),
    )
    for place, data in zip(places, contents, strict=True):
        files.make_folder(place)
        files.write_atomically(place / EVENTS, data)
    for path in files.matching(top, f"**/{EVENTS}"):
        if path.parent not in places:
            files.remove(path)
    return top, len(places) - 1
