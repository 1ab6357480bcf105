"""A training run as a child process, followed by the files that it writes. No ``bpy`` here: `Run.pump` is called by a timer, or by a test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ..duet_core.errors import InputError
from ..duet_core.launch import DONE, INTERRUPTED
from .interpreters import environment, hidden

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "train.py"
PRESETS = ROOT / "presets"

LOG, TAKES = "log.txt", "takes"
"""In a run's folder: what the process said, and the scene's duets."""

SETTINGS, METRICS, MODEL = "settings.json", "metrics.jsonl", "model"
"""In a run's folder, written by the process."""

PREPARING = ("Preparing to train", "Looking for torch")
"""Titles of the jobs that come before a run."""

RUNNING, STOPPING, FINISHED, STOPPED, FAILED = "running", "stopping", "finished", "stopped", "failed"


class Run:
    """One run: `start` it, `pump` until that says True, and `stop` it at any time.

    Attributes:
        folder: the run's.
        state: `RUNNING`, `STOPPING`, `FINISHED`, `STOPPED` (saved, and can go on) or `FAILED`.
        epochs: of the whole run; 0 until it is known.
        rows: what ``metrics.jsonl`` says of each epoch so far.
        error: one line, where it failed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = RUNNING
        self.epochs = 0
        self.rows: list[dict[str, Any]] = []
        self.error = ""
        self.seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._read = 0
        self._began = 0.0
        self._first = 0

    def start(self, python: str, config: Path, changes: Sequence[str], *, resume: bool = False) -> None:
        """Begin, or go on with what was stopped. Raises InputError where the process cannot be started."""
        where = ["--resume", str(self.folder)] if resume else ["--out", str(self.folder)]
        command = [python, str(SCRIPT), *([] if resume else [str(config)]), *where]
        if changes and not resume:
            command += ["--set", *changes]
        self._read_metrics()
        self._first = len(self.rows)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._log = (self.folder / LOG).open("wb")
            # A session of its own: Ctrl-C in Blender's terminal is not meant for it.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, env=environment(), cwd=self.folder,
                start_new_session=True, creationflags=hidden(),
            )  # fmt: skip
        except OSError as error:
            self._close()
            raise InputError(
                f"training cannot be started ({error.strerror})", file=error.filename or python, remedy="press Check in the preferences"
            ) from None
        self._began = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.state in (RUNNING, STOPPING)

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    @property
    def share(self) -> float:
        return min(self.epoch / self.epochs, 1.0) if self.epochs else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the end, by the epochs so far; None while unknown."""
        done = len(self.rows) - self._first
        return self.seconds / done * (self.epochs - self.epoch) if done and self.epochs else None

    @property
    def model(self) -> Path | None:
        """The folder of the model that was made, if one was."""
        folder = self.folder / MODEL
        return folder if (folder / "config.json").is_file() else None

    def pump(self) -> bool:
        """Read what is new, and say whether the run has ended."""
        if not self.alive:
            return True
        ended = self._process is None or self._process.poll() is not None
        self.seconds = time.monotonic() - self._began
        self._read_metrics()
        if not self.epochs:
            self._read_settings()
        if ended:
            self._end()
        return ended

    def stop(self) -> None:
        """Ask the process to save and leave; asked a second time, it leaves at once."""
        if self._process is None or self._process.poll() is not None:
            return
        if self.state == STOPPING:
            self._process.kill()
            return
        self.state = STOPPING
        if sys.platform == "win32":
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self._process.send_signal(signal.SIGINT)

    def leave(self, seconds: float = 10.0) -> None:
        """Stop, wait for it so long, and end it where it has not: for when the add-on goes."""
        if self._process is not None and self.alive:
            self.stop()
            try:
                self._process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self.pump()

    def _end(self) -> None:
        assert self._process is not None
        self._close()
        status = self._process.returncode
        if status == DONE:
            self.state = FINISHED
        elif self.state == STOPPING or status == INTERRUPTED:
            self.state = STOPPED
        else:
            self.state = FAILED
            self.error = self._last_line() or f"training ended with status {status} and said nothing"

    def _close(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _last_line(self) -> str:
        """What the process said last: a command of ours ends with one line for the user."""
        try:
            said = (self.folder / LOG).read_text("utf-8", "replace").replace("\r", "\n").splitlines()
        except OSError:
            return ""
        said = [line.strip() for line in said if line.strip()]
        return said[-1].removeprefix("train: ")[:400] if said else ""

    def _read_metrics(self) -> None:
        """The whole lines that were added."""
        file = self.folder / METRICS
        try:
            size = file.stat().st_size
            if size == self._read:
                return
            if size < self._read:  # written anew, as when a run goes on
                self._read, self.rows = 0, []
            with file.open("rb") as stream:
                stream.seek(self._read)
                new = stream.read()
        except OSError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and "epoch" in row:
                self.rows.append(row)

    def _read_settings(self) -> None:
        try:
            self.epochs = int(json.loads((self.folder / SETTINGS).read_text("utf-8"))["run"]["epochs"])
        except (OSError, ValueError, KeyError, TypeError):
            self.epochs = 0


def free_folder(parent: Path, name: str) -> Path:
    """A folder called *name* in *parent* that is not there yet, with a number where it is."""
    number, folder = 1, parent / name
    while folder.exists():
        number += 1
        folder = parent / f"{name}-{number}"
    return folder


def with_takes(config: Path, takes: Path) -> str:
    """The ``--set`` argument that adds the files in *takes* to the takes of the settings in *config*.

    Raises:
        InputError: *config* cannot be read.
    """
    try:
        table = tomllib.loads(config.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "no text"
        raise InputError(f"the settings cannot be read ({said})", file=config, remedy="choose a TOML file of settings") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is not TOML: {error}", file=config, remedy="correct it there") from None
    data = table.get("data", {})
    own = data.get("takes", []) if isinstance(data, dict) else []
    own = [own] if isinstance(own, str) else own
    if not isinstance(own, list):
        raise InputError("this is no list", file=config, place="data.takes", remedy='write takes = ["FILE"], or leave them away')
    return "data.takes=" + _toml([*own, {"files": str(takes), "use": "training"}])


def _toml(value: Any) -> str:
    """*value*, of tables, lists, text, numbers and truths, in TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)  # as TOML writes them


_run: Run | None = None


def current() -> Run | None:
    """The newest run of this session, alive or not."""
    return _run


def follow(run: Run | None) -> None:
    """Make *run* the current one."""
    global _run
    _run = run


def leave() -> None:
    """End the run, saved, for when the add-on goes."""
    global _run
    if _run is not None:
        _run.leave()
    _run = None
