"""Commands of ours in processes of their own, several at a time: how they are started, awaited and stopped."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .files import written
from .launch import UNUSABLE

ROOT = Path(__file__).resolve().parents[1]
_OURS = "a failure of Duet Connections"
_POLL = 0.05
_PATIENCE = 15.0
"""Seconds that a process has to put things in order once it is asked to stop."""


def command_line(command: str, arguments: Sequence[str]) -> list[str]:
    """What starts ``scripts/COMMAND.py`` with *arguments* the way this process was started: by a Python, or by Blender."""
    script = str(ROOT / "scripts" / f"{command}.py")
    blender = getattr(getattr(sys.modules.get("bpy"), "app", None), "binary_path", "")
    if not blender:
        return [sys.executable, script, *arguments]
    system = ["--python-use-system-env"] if "--python-use-system-env" in sys.argv else []
    return [blender, "--background", "--factory-startup", *system, "--python-exit-code", "1", "--python", script, "--", *arguments]


@dataclass(frozen=True)
class Ended:
    """How a process ended: its *status* (negative for a signal), what it *said* on stderr, and after how many *seconds*."""

    status: int
    said: str
    seconds: float

    def problem(self, command: str, log: Path) -> str:
        """Why *command* failed: the line that it said of unusable input; of a failure of ours (`is_ours`) that all is told in *log*, which is written."""
        lines = [line for line in self.said.splitlines() if line.strip()] or [f"it ended with status {self.status}"]
        if self.status == UNUSABLE:
            return lines[-1].removeprefix(f"{command}: ")
        with written(log) as path:
            path.write_text(self.said or lines[0], "utf-8")
        return f"{_OURS} (status {self.status}); see {log}"


def is_ours(problem: str) -> bool:
    """Whether `Ended.problem` says that the failure is ours."""
    return problem.startswith(_OURS)


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    started: float = field(default_factory=time.monotonic)


class SideBySide:
    """Processes, *most* at a time. `start` one while there is `room`; `ended` gives those that are done; whatever ends the block, none is left."""

    def __init__(self, most: int, environment: Mapping[str, str]) -> None:
        self.most, self.environment = most, dict(environment)
        self._running: dict[Any, _Running] = {}

    def __enter__(self) -> SideBySide:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def room(self) -> bool:
        return len(self._running) < self.most

    @property
    def busy(self) -> bool:
        return bool(self._running)

    def start(self, key: Any, argv: Sequence[str]) -> None:
        log: IO[bytes] = tempfile.TemporaryFile(prefix="duet-")  # noqa: SIM115  # closed when the process has ended
        # Ctrl-C in the terminal must reach this process alone; it stops the others.
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True, env=self.environment
        )
        self._running[key] = _Running(process, log)

    def ask_to_stop(self, key: Any) -> None:
        """Ask the process started as *key* to end, as Ctrl-C does; it may take its time."""
        with suppress(OSError):
            self._running[key].process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)

    def ended(self, most: float = math.inf) -> Iterator[tuple[Any, Ended]]:
        """Wait until a process ends, *most* seconds at most, and give each that has."""
        deadline = time.monotonic() + most
        while self._running:
            done = [key for key, one in self._running.items() if one.process.poll() is not None]
            for key in done:
                one = self._running.pop(key)
                yield key, Ended(one.process.returncode, _said(one.log), time.monotonic() - one.started)
            if done or time.monotonic() > deadline:
                return
            time.sleep(_POLL)

    def stop(self) -> None:
        """Ask all to end, and end those that do not."""
        for key in self._running:
            self.ask_to_stop(key)
        deadline = time.monotonic() + _PATIENCE
        for one in self._running.values():
            try:
                one.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
            one.log.close()
        self._running.clear()


def _said(log: IO[bytes]) -> str:
    log.seek(0)
    text = log.read().decode("utf-8", "replace")
    log.close()
    return text
