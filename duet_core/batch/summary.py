"""What became of each take: a row, the table as CSV and in the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from ..connections import KINDS, Connections, candidates
from ..files import written
from ..moments import joint_words

SUMMARY = "summary.csv"
DONE, KEPT, FAILED = "done", "kept", "failed"


@dataclass(frozen=True)
class Row:
    """A take in the table.

    Attributes:
        take: its name, the folder of its results.
        status: `DONE`, `KEPT` (done by an earlier run) or `FAILED`.
        dance_seconds: as far as windows reach. windows, connections: how many, and how many connections are ever shown.
        in_a_window: connections shown in a window, mean.
        strongest: the surest connection.
        work_seconds: how long it took.
        problem: why it failed.
    """

    take: str
    status: str
    dance_seconds: float | None = None
    windows: int | None = None
    connections: int | None = None
    in_a_window: float | None = None
    strongest: str = ""
    work_seconds: float | None = None
    problem: str = ""


def row_of(take: str, file: Path, threshold: float, seconds: float) -> Row:
    """The row of a take whose connections are in *file*."""
    found = Connections.load(file)
    shown = found.shown(threshold)
    end = int(found.window_end.max()) if found.windows else 0
    return Row(
        take,
        DONE,
        round(end / found.fps, 1),
        found.windows,
        int(shown.any(axis=0).sum()),
        round(float(shown.sum(axis=1).mean()), 1) if found.windows else 0.0,
        _strongest(found),
        round(seconds, 1),
    )


def _strongest(found: Connections) -> str:
    if not found.windows:
        return ""
    window, edge = np.unravel_index(int(np.argmax(found.confidence)), found.confidence.shape)
    from_dancer, from_joint, _, to_joint = (int(values[edge]) for values in candidates(len(found.joints)))
    names = [joint_words(found.joints[joint]) for joint in (from_joint, to_joint)]
    kind = KINDS[found.kind[window, edge]]
    return f"{'AB'[from_dancer]} {names[0]} → {'BA'[from_dancer]} {names[1]}, {kind}, {found.confidence[window, edge]:.2f}"


def save(file: Path, rows: Sequence[Row]) -> None:
    """Write *rows* as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [one.name for one in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows([asdict(row) for row in rows])
    with written(file) as path:
        path.write_text(text.getvalue(), "utf-8")


def table(rows: Sequence[Row]) -> list[str]:
    """*rows* for the terminal: those that failed have their reasons told elsewhere."""
    head = ("take", "status", "dance", "windows", "connections", "a window", "strongest")
    cells = [
        (
            row.take, row.status, "" if row.dance_seconds is None else f"{row.dance_seconds:.1f} s", _text(row.windows), _text(row.connections),
            _text(row.in_a_window), row.strongest,
        )
        for row in rows
    ]  # fmt: skip
    wide = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    left = (0, 1, 6)
    return [
        "  ".join(
            text.ljust(width) if column in left else text.rjust(width) for column, (text, width) in enumerate(zip(line, wide, strict=True))
        ).rstrip()
        for line in (head, *cells)
    ]


def _text(value: float | None) -> str:
    return "" if value is None else str(value)
