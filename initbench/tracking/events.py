"""Events: what a file of TensorBoard's holds, in the words of its protocol.

The wall time of a point is its epoch in seconds, so that the same run makes the same bytes. A
scalar has single precision there.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from initbench.results import files
from initbench.tracking.runs import TrackedRun, TrackedScheme

FILE_VERSION: Final = "brain.Event:2"

RGBA: Final = 4
"""How many channels a picture has, as far as TensorBoard is told; the PNG knows."""

_PNG_SIZE: Final = struct.Struct(">16x2I")
"""Where a PNG states its width and height."""


def run_events(scheme: TrackedScheme, run: TrackedRun) -> bytes:
    """Return a run's file: parameters, then a point a step, then what was measured at the end."""
    return _encode([*_session(scheme, run), *_points(run), _finals(run)])


def picture_events(paths: Sequence[Path]) -> bytes:
    """Return a file of pictures, which are PNGs."""
    return _encode([Event(summary=Summary(value=[_picture(path)])) for path in paths])


def _session(scheme: TrackedScheme, run: TrackedRun) -> Iterator[Event]:
    """Yield the events that tell the parameters; runs of one scheme are one group, a mean each."""
    yield Event(summary=hparams_pb(dict(scheme.parameters), scheme.place, start_time_secs=0))
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
        Summary.Value(tag=f"final/{name}", simple_value=value)
        for name, value in run.finals.items()
    ]
    return Event(wall_time=run.epochs[-1], step=run.steps[-1], summary=Summary(value=values))


def _picture(path: Path) -> Summary.Value:
    data = files.read(path) or b""
    width, height = _PNG_SIZE.unpack_from(data)
    image = Summary.Image(
        width=width, height=height, colorspace=RGBA, encoded_image_string=data
    )
    return Summary.Value(tag=path.stem, image=image)


def _encode(events: Sequence[Event]) -> bytes:
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in [Event(file_version=FILE_VERSION), *events]:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()
