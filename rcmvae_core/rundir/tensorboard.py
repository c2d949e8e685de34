"""Writes the metrics of a seed as TensorBoard events.

`tensorboardX.SummaryWriter` is not used: it writes in a thread of its own, and on a full disk that thread ends with a
traceback and nobody empties its queue any more. With `max_queue=1` the next `add_scalar` then waits forever; with longer
queues and `flush()` after each row the main thread does raise `OSError`, but the thread and an exit handler, which cannot
be removed, print tracebacks besides. Here the records are written by the caller's thread, so that a full disk raises
`OSError` where it is reported. `RecordWriter` is public; the events are the protobuf messages that tensorboardX ships.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore[reportAttributeAccessIssue] - generated
from tensorboardX.summary import scalar


class TensorBoardWriter:
    """An event file of one seed; every method raises `OSError` for what the disk refuses.

    Args:
        folder: of the seed's event files; made if it is absent.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads the files of a folder by name: nanoseconds keep a resumed run behind the one before it.
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}"
        (folder / name).touch(exist_ok=False)  # RecordWriter would follow a symbolic link
        self._records = RecordWriter(str(folder / name))
        self._write(file_version="brain.Event:2")

    def purge_from(self, step: int) -> None:
        """Let TensorBoard drop what it read of this run from a step on; needed where a run is resumed."""
        self._write(step=step, session_log=SessionLog(status=SessionLog.START))

    def add_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write values by tag, and put them on the disk."""
        for tag, value in values.items():
            self._write(step=step, summary=scalar(tag, value))
        self._records.flush()

    def _write(self, **fields: Any) -> None:
        self._records.write(Event(wall_time=time.time(), **fields).SerializeToString())

    def close(self) -> None:
        """Close the file."""
        self._records.close()
