"""Events for TensorBoard: numbers and pictures by step, in the file that it reads. Written at once and by nobody else's thread, so that a full disk is told
where it is met. Needs the tensorboard package.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Events:
    """A new file of events in *folder*; where a run goes on after *step*, what an earlier file says of later steps is forgotten.

    Raises:
        ImportError: there is no tensorboard package.
    """

    def __init__(self, folder: Path, step: int) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._event, self._log, self._summary = event_pb2.Event, event_pb2.SessionLog, summary_pb2.Summary
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads the files of a folder in order of name.
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        self._file = (folder / name).open("xb")
        self._records = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")
        if step:
            self._write(step=step + 1, session_log=self._log(status=self._log.START))
        self._file.flush()

    def add(self, step: int, numbers: Mapping[str, float], pictures: Mapping[str, bytes] | None = None) -> None:
        """*numbers* and *pictures* (PNG) by name, as they were after *step*."""
        kinds = self._summary
        values = [kinds.Value(tag=name, simple_value=value) for name, value in numbers.items()]
        for name, png in (pictures or {}).items():
            width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))  # of the header, which every PNG begins with
            values.append(kinds.Value(tag=name, image=kinds.Image(width=width, height=height, colorspace=3, encoded_image_string=png)))
        self._write(step=step, summary=kinds(value=values))
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _write(self, **what: Any) -> None:
        self._records.write(self._event(wall_time=time.time(), **what).SerializeToString())
