"""What a run leaves to look at: ``metrics.jsonl``, ``times.jsonl``, events for TensorBoard, and lines on the terminal.

``metrics.jsonl`` holds what seed and settings decide, and nothing else: two equal runs write the same bytes. What the clock says is in ``times.jsonl``.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from ..files import written
from ..plain import plain
from ..progress import clock
from .events import Events
from .names import EVENTS, METRICS, MODEL, STILLS, TIMES

_HALF = re.compile(r"\.(settings|metrics|times|curves|probe|epoch-\d+|config|README|model)-[0-9a-f]{8}(\.\w+)?")
"""The names under which `files.written` and `files.make_folder` work."""


class Record:
    """The files of the run in *folder*, one row for each epoch; rows after *step* (of a run that went on from there) are dropped."""

    def __init__(self, folder: Path, step: int, *, tensorboard: bool, note: Callable[[str], None] = print) -> None:
        self.folder = folder
        _sweep(folder)
        self.rows = _kept(folder / METRICS, step)
        _kept(folder / TIMES, step)
        self._events: Events | None = None
        if tensorboard:
            try:
                self._events = Events(folder / EVENTS, step)
            except ImportError:
                note(f"no events for TensorBoard: this Python has no tensorboard package; {METRICS} says the same")

    def add(self, row: Mapping[str, Any], times: Mapping[str, Any]) -> None:
        """A row of figures (``train/…``, ``validation/…``) and one of times, both with ``epoch`` and ``step``."""
        figures = plain(row)
        self.rows.append(figures)
        for name, values in ((METRICS, figures), (TIMES, dict(times))):
            with (self.folder / name).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(values, allow_nan=False) + "\n")
        if self._events:
            every = {**figures, **{f"times/{key}": value for key, value in times.items()}}
            self._events.add(row["step"], {key: value for key, value in every.items() if isinstance(value, float)})

    def add_still(self, epoch: int, step: int, png: bytes) -> None:
        """A picture of what is found after *epoch*."""
        with written(self.folder / STILLS / f"epoch-{epoch:05d}.png") as path:
            path.write_bytes(png)
        if self._events:
            self._events.add(step, {}, {"connections": png})

    def close(self) -> None:
        if self._events:
            self._events.close()


class Console:
    """A progress line with the time left, and a line for each epoch; nothing when *quiet*."""

    def __init__(self, total: int, done: int, *, quiet: bool, stream: TextIO | None = None) -> None:
        self.total, self.first, self.quiet = total, done, quiet
        self.stream = stream or sys.stderr
        self.redraws = self.stream.isatty()
        self.started = self.last = time.monotonic()

    def left(self, step: int) -> str:
        """What is left, by the mean time of a step since the start."""
        if step <= self.first:
            return ""
        spent = time.monotonic() - self.started
        return f"{clock(spent / (step - self.first) * (self.total - step))} left"

    def step(self, step: int, epoch: int, epochs: int) -> None:
        """Redraw the progress line, on a terminal and ten times a second at most."""
        now = time.monotonic()
        if self.quiet or not self.redraws or now - self.last < 0.1:
            return
        self.last = now
        share = step / self.total
        bar = "█" * round(28 * share) + "·" * (28 - round(28 * share))
        self._write(f"\r\x1b[Kepoch {epoch}/{epochs} {bar} {share:4.0%}  {self.left(step)}")

    def line(self, text: str) -> None:
        """A line that stays."""
        if not self.quiet:
            self._write(("\r\x1b[K" if self.redraws else "") + text + "\n")

    def _write(self, text: str) -> None:
        try:
            try:
                self.stream.write(text)
            except UnicodeEncodeError:
                self.stream.write(text.encode("ascii", "replace").decode())
            self.stream.flush()
        except OSError:
            self.quiet = True  # a terminal that was closed, a full disk under a log: training goes on


def epoch_line(row: Mapping[str, Any], times: Mapping[str, Any], epochs: int, left: str, *, best: bool) -> str:
    """An epoch in one line: what matters most first, what was not measured left out."""
    wanted = (
        ("loss", "train/loss", "{:.3f}"),
        ("auprc", "validation/auprc", "{:.3f}"),
        ("auroc", "validation/auroc", "{:.3f}"),
        ("kind", "validation/kind_accuracy", "{:.2f}"),
        ("predicts", "validation/error_10", "{:.3f} m"),
        ("kl", "validation/kl", "{:.4f} nats"),
        ("loss", "validation/loss", "{:.3f} on validation"),
    )
    parts = [f"{name} {form.format(row[key])}" for name, key, form in wanted if isinstance(row.get(key), float)]
    speed = f"{times['windows_per_second']:.0f} windows/s"
    return f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}  {'  '.join([*parts, speed, left])}".rstrip() + ("  ← best" if best else "")


def validated_at(step: int, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of validation in the row of *step*, by name; none where it was not validated then."""
    of_step = [row for row in rows if row["step"] == step]
    return {key.removeprefix("validation/"): value for row in of_step for key, value in row.items() if key.startswith("validation/")}


def _sweep(folder: Path) -> None:
    """Remove what a killed process left half-written beside the run's files."""
    for place in (folder, folder / MODEL, folder / STILLS):
        for path in place.glob(".*"):
            if _HALF.fullmatch(path.name) and path.is_file():
                path.unlink(missing_ok=True)


def _kept(file: Path, step: int) -> list[dict[str, Any]]:
    """The rows of *file* up to *step*; later ones, and a last one cut short, are removed from it."""
    if not file.exists():
        return []
    rows = []
    for line in file.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        if row["step"] > step:
            break
        rows.append(row)
    with written(file) as path:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return rows
