"""Events: what a file of TensorBoard's holds, in the words of its protocol.

The wall time of a point is its epoch in seconds, so that the same run makes the same bytes. A
scalar has single precision there.
"""

import io
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from initbench.tracking.runs import TrackedRun, TrackedScheme

FILE_VERSION: Final = "brain.Event:2"

RGBA: Final = 4
"""How many channels a picture has, as far as TensorBoard is told; the PNG knows."""

_PNG_START: Final = re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR.{8}", re.DOTALL)
"""How a PNG begins; the last eight bytes of this are its width and height."""


def run_events(name: str, scheme: TrackedScheme, run: TrackedRun) -> bytes:
    """Return a run's file: parameters, then a point a step, then what was measured at the end.

    Parameters
    ----------
    name : str
        What the results are called.
    scheme : TrackedScheme
    run : TrackedRun
        One of the scheme's.
    """
    return _encode([*_session(f"{name}/{scheme.place}", scheme, run), *_points(run), _finals(run)])


def picture_events(pictures: Mapping[str, bytes]) -> bytes:
    """Return a file of pictures, by name; what is no PNG is left out."""
    shown = {name: data for name, data in pictures.items() if _PNG_START.match(data)}
    values = [_picture(name, data) for name, data in shown.items()]
    return _encode([Event(summary=Summary(value=[value])) for value in values])


def _session(trial: str, scheme: TrackedScheme, run: TrackedRun) -> Iterator[Event]:
    """Yield the events that tell the parameters; of the runs of a trial, means are shown."""
    yield Event(summary=hparams_pb(dict(scheme.parameters), trial, start_time_secs=0))
    content = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(
            status=api_pb2.STATUS_SUCCESS, end_time_secs=float(run.epochs[-1])
        )
    )
    value = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(content),
        tensor=metadata.NULL_TENSOR,
    )
    yield Event(summary=Summary(value=[value]))


def _points(run: TrackedRun) -> Iterator[Event]:
    for place, (epoch, step) in enumerate(zip(run.epochs, run.steps, strict=True)):
        values = [
            Summary.Value(tag=name, simple_value=curve[place]) for name, curve in run.curves.items()
        ]
        yield Event(wall_time=epoch, step=step, summary=Summary(value=values))


def _finals(run: TrackedRun) -> Event:
    values = [
        Summary.Value(tag=f"final/{name}", simple_value=value) for name, value in run.finals.items()
    ]
    return Event(wall_time=run.epochs[-1], step=run.steps[-1], summary=Summary(value=values))


def _picture(name: str, data: bytes) -> Summary.Value:
    width, height = struct.unpack(">2I", data[16:24])
    image = Summary.Image(width=width, height=height, colorspace=RGBA, encoded_image_string=data)
    return Summary.Value(tag=f"plots/{name}", image=image)


def _encode(events: Sequence[Event]) -> bytes:
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in [Event(file_version=FILE_VERSION), *events]:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()
