"""Event files for TensorBoard: one folder per run, one file per folder.

Elsewhere the name of an event file contains time and machine. Here it is always the same, so that a
second export replaces the file, and files that initbench wrote can be recognized. The wall time of
a point is its epoch in seconds, so the same run gives the same bytes. Scalars have single precision
in this format.
"""

import io
import re
import struct
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from initbench.errors import UsageError
from initbench.optional import require
from initbench.results import Results, files
from initbench.tracking.runs import (
    TrackedRun,
    artifacts,
    folder_name,
    tracked_name,
    tracked_runs,
)

EVENTS: Final = "events.out.tfevents.0000000000.initbench"
"""Name of each event file; TensorBoard looks for ``tfevents`` in it."""

FILE_VERSION: Final = "brain.Event:2"

_PNG_START: Final = re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR.{8}", re.DOTALL)
"""The beginning of a PNG; its last eight bytes are width and height."""


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
    top = folder / (folder_name(name or tracked_name(results)) or "results")
    runs = list(tracked_runs(results))
    places = [top, *(top / run.place for run in runs)]
    for place in places:
        others = [path for path in files.matching(place, "*tfevents*") if path.name != EVENTS]
        if others:
            raise UsageError(
                f"{place} holds {others[0].name}, which initbench did not write: TensorBoard would"
                " show it as a part of this run. Choose another folder or --name."
            )
    figures = {path.stem: files.read(path) or b"" for path in artifacts(results)["plots"]}
    contents = chain([_figure_events(figures)], (_run_events(top.name, run) for run in runs))
    for place, data in zip(places, contents, strict=True):
        files.make_folder(place)
        files.write_atomically(place / EVENTS, data)
    for path in files.matching(top, f"**/{EVENTS}"):
        if path.parent not in places:
            files.remove(path)
    return top, len(runs)


def _run_events(name: str, run: TrackedRun) -> bytes:
    """Return the event file of a run: parameters, one event per recorded point, final metrics."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    # The runs of a scheme are one trial, for which TensorBoard shows means over the seeds.
    trial = f"{name}/{run.place.rpartition('/')[0]}"
    shared = {key: value for key, value in run.parameters.items() if key != "seed"}
    events = [Event(summary=hparams_pb(shared, trial, start_time_secs=0))]
    for index, (epoch, step) in enumerate(zip(run.epochs, run.steps, strict=True)):
        values = {tag: curve[index] for tag, curve in run.curves.items()}
        if step == run.steps[-1]:
            values |= {f"final/{tag}": value for tag, value in run.finals.items()}
        points = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        events.append(Event(wall_time=epoch, step=step, summary=Summary(value=points)))
    return _encode(events)


def _figure_events(figures: Mapping[str, bytes]) -> bytes:
    """Return the event file of figures by name; files that are not PNG are left out."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    events = []
    for name, data in figures.items():
        if _PNG_START.match(data):
            width, height = struct.unpack(">2I", data[16:24])
            image = Summary.Image(width=width, height=height, encoded_image_string=data)
            value = Summary.Value(tag=f"plots/{name}", image=image)
            events.append(Event(summary=Summary(value=[value])))
    return _encode(events)


def _encode(events: Sequence[Any]) -> bytes:
    """Return the records of an event file, its version first."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in [Event(file_version=FILE_VERSION), *events]:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()
