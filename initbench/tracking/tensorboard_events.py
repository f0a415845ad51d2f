"""The bytes of TensorBoard's event files.

The wall time of a point is its epoch in seconds, so that the same run gives the same bytes. Scalars
have single precision in this format.
"""

import io
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from initbench.tracking.runs import TrackedRun, TrackedScheme

FILE_VERSION: Final = "brain.Event:2"

RGBA: Final = 4
"""Number of channels that is stated to TensorBoard; the PNG has its own."""

_PNG_START: Final = re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR.{8}", re.DOTALL)
"""The beginning of a PNG; its last eight bytes are width and height."""


def run_events(name: str, scheme: TrackedScheme, run: TrackedRun) -> bytes:
    """Return the event file of a run: parameters, one event per recorded step, final metrics.

    Parameters
    ----------
    name : str
        Name of the results.
    scheme : TrackedScheme
    run : TrackedRun
        A run of the scheme.
    """
    # The runs of a scheme are one trial, for which TensorBoard shows means.
    trial = f"{name}/{scheme.place}"
    session_end = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(
            status=api_pb2.STATUS_SUCCESS, end_time_secs=float(run.epochs[-1])
        )
    )
    end = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(session_end),
        tensor=metadata.NULL_TENSOR,
    )
    events = [
        Event(summary=hparams_pb(dict(scheme.parameters), trial, start_time_secs=0)),
        Event(summary=Summary(value=[end])),
    ]
    for place, (epoch, step) in enumerate(zip(run.epochs, run.steps, strict=True)):
        points = [
            Summary.Value(tag=name, simple_value=curve[place]) for name, curve in run.curves.items()
        ]
        events.append(Event(wall_time=epoch, step=step, summary=Summary(value=points)))
    finals = [
        Summary.Value(tag=f"final/{name}", simple_value=value) for name, value in run.finals.items()
    ]
    last = {"wall_time": run.epochs[-1], "step": run.steps[-1]}
    return _encode([*events, Event(**last, summary=Summary(value=finals))])


def picture_events(pictures: Mapping[str, bytes]) -> bytes:
    """Return the event file of PNG figures by name; files that are not PNG are left out."""
    events = []
    for name, data in pictures.items():
        if _PNG_START.match(data):
            width, height = struct.unpack(">2I", data[16:24])
            image = Summary.Image(
                width=width, height=height, colorspace=RGBA, encoded_image_string=data
            )
            value = Summary.Value(tag=f"plots/{name}", image=image)
            events.append(Event(summary=Summary(value=[value])))
    return _encode(events)


def _encode(events: Sequence[Event]) -> bytes:
    """Return the records of an event file, its version first."""
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in [Event(file_version=FILE_VERSION), *events]:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()
