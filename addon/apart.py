"""Finding connections and making phrases in a Python process of its own, so that the window never waits for Python: a thread of Blender's would take
turns with it.

The process is Blender's own Python with NumPy, without Blender. It is started at the first asking and kept, with what models said of windows; it stands behind
the window where both want the processor. Nothing here touches ``bpy``; `find` is what a `jobs.Job` does in its thread.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..duet_core.clip import Clip
from ..duet_core.connections import Connections
from ..duet_core.errors import Cancelled, InputError
from ..duet_core.formats import duet_npz, read
from .interpreters import environment, hidden

if TYPE_CHECKING:  # what makes phrases is read when the first one is asked for
    from ..duet_core.evaluation.tries import Try
    from ..duet_core.figures import Figures
    from ..duet_core.generation.making import Order
    from ..duet_core.generation.requests import Request

WORKER = Path(__file__).with_name("apart_worker.py")

START_SECONDS = 60.0
"""Until a process that does not say that it is ready is given up: the first import of NumPy from a slow disk takes long."""

_POLL = 0.05


class CannotStart(Exception):
    """No other process can be had here."""


@dataclass(frozen=True)
class Found:
    """Connections, the text that a file keeps of them (`scene.memory.packed_connections`), and how many windows a model was *asked* about and *known* of."""

    connections: Connections
    packed: str
    asked: int
    known: int


def find(
    clip: Clip, method: str, window: int | None, stride: int | None, progress: Callable[..., None], cancelled: Callable[[], bool]
) -> Found:
    """What `models.infer` finds in *clip*, from the process of its own.

    Raises:
        CannotStart: there is none.
        InputError: as `models.infer`; or the process was ended.
        Cancelled: *cancelled* said so. The process hears of it and stops by itself.
    """
    worker = _worker()
    with tempfile.TemporaryDirectory(prefix="duet-") as name:
        folder = Path(name)
        take, found, rounded = (folder / file for file in ("clip.duet.npz", "found.npz", "rounded.npz"))
        duet_npz.write(clip, take)
        said = worker.ask(
            {
                "clip": str(take),
                "meta": dict(clip.meta),
                "found": str(found),
                "rounded": str(rounded),
                "method": method,
                "window": window,
                "stride": stride,
            },
            progress,
            cancelled,
        )
        return Found(Connections.load(found), base64.b64encode(rounded.read_bytes()).decode("ascii"), said["asked"], said["known"])


@dataclass(frozen=True)
class Made:
    """A try, the text that a file keeps of its connections (empty where none were found), and what its dancers look like."""

    made: Try
    packed: str
    shaped: Figures


def make(
    order: Order,
    clip: Clip | None,
    requests: Sequence[Request],
    progress: Callable[..., None],
    cancelled: Callable[[], bool],
    *,
    other: Clip | None = None,
    **about: Any,
) -> Made:
    """What `tries.attempt` makes, from the process of its own; *about* are its model, method and fps. Raises what `find` raises."""
    from ..duet_core.evaluation.asked import Answer
    from ..duet_core.evaluation.tries import Try
    from ..duet_core.figures import Figures
    from ..duet_core.generation.requests import Request

    worker = _worker()
    with tempfile.TemporaryDirectory(prefix="duet-") as name:
        folder = Path(name)
        names = ("clip.duet.npz", "other.duet.npz", "made.duet.npz", "found.npz", "rounded.npz", "figures.npz")
        take, second, made, found, rounded, shaped = (folder / file for file in names)
        for given, file in ((clip, take), (other, second)):
            if given is not None:
                duet_npz.write(given, file)
        said = worker.ask(
            {
                "order": asdict(order),
                "requests": [request.to_dict() for request in requests],
                "clip": str(take) if clip is not None else None,
                "meta": dict(clip.meta) if clip is not None else {},
                "other": str(second) if other is not None else None,
                "about": about,
                "made": str(made),
                "found": str(found),
                "rounded": str(rounded),
                "figures": str(shaped),
            },
            progress,
            cancelled,
        )
        danced = replace(read(made), meta=said["meta"])
        connections = Connections.load(found) if found.exists() else None
        packed = base64.b64encode(rounded.read_bytes()).decode("ascii") if connections else ""
        asked = tuple(Request(**row) for row in said["asked"])
        one = Try(danced, connections, asked, tuple(Answer(*row) for row in said["answers"]), tuple(said["notes"]))
        return Made(one, packed, Figures.load(shaped))


class _Worker:
    """The process. Raises CannotStart."""

    def __init__(self) -> None:
        python = Path(sys.executable or "")
        if not python.name.lower().startswith("python") or not python.is_file():
            raise CannotStart(f"{python} is no Python")
        # Our threads share the cores; the libraries' own would stand in their way (`inference.side_by_side`).
        own = environment() | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
        behind = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        try:
            # -I: nothing of the current folder or of the user's own settings.
            self._process = subprocess.Popen(
                [str(python), "-I", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=own,
                start_new_session=True, creationflags=hidden() | behind,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(str(error)) from None
        if os.name == "posix":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)
        self._number = 0
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, name="Duet worker", daemon=True).start()
        try:
            first = self._said.get(timeout=START_SECONDS)
        except queue.Empty:
            first = {}
        if "ready" not in first:
            self.end()
            raise CannotStart(f"{python} does not run {WORKER.name}")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, order: dict[str, Any], progress: Callable[..., None], cancelled: Callable[[], bool]) -> dict[str, Any]:
        """Have *order* done and return the last answer; see `find`."""
        self._number += 1
        number = self._number
        self._tell({**order, "number": number})
        while True:
            if cancelled():
                self._tell({"cancel": number})
                raise Cancelled
            try:
                said = self._said.get(timeout=_POLL)
            except queue.Empty:
                continue
            if "ended" in said:
                raise self._ended()
            if said.get("number") != number:  # of an order that was cancelled
                continue
            if "share" in said:
                progress(said["share"])
            elif "wrong" in said:
                raise InputError(said["wrong"].pop("problem"), **said["wrong"])
            elif "failed" in said:
                raise RuntimeError(said["failed"])
            else:
                return said

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order, default=str).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None

    def _ended(self) -> InputError:
        # What is dying may still seem alive, and would be given the next order.
        self.end()
        return InputError(
            f"the process that works apart was ended (status {self._process.returncode})",
            remedy="try again; where memory is short, close other programs",
        )

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._said.put(json.loads(line))
        self._said.put({"ended": True})


_kept: list[_Worker] = []
_starting = threading.Lock()


def _worker() -> _Worker:
    """The process that runs, or a new one."""
    with _starting:
        if _kept and not _kept[0].alive:
            _kept.pop().end()
        if not _kept:
            _kept.append(_Worker())
        return _kept[0]


def leave() -> None:
    """End the process: for when the add-on goes."""
    while _kept:
        _kept.pop().end()
