"""A folder's takes, each by a process of the same command, side by side.

A take's results appear in ``OUT/NAME`` when they are complete; until then they grow in ``OUT/.NAME.part``. ``done.json`` beside them says of which files,
with which settings and by which program they were made: a take for which that still holds is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..connections import DISPLAY_THRESHOLD
from ..cores import environment
from ..errors import Cancelled, InputError
from ..files import digest, written
from ..inference.models import fingerprint
from ..launch import DONE as STATUS_DONE
from ..processes import Ended, SideBySide, command_line, is_ours
from ..version import version
from . import summary
from .summary import FAILED, KEPT, Row
from .takes import BatchTake

MARK = "done.json"
PICTURES = "frames"
_NOT_SETTINGS = ("poses", "out", "quiet", "jobs", "again", "connections")


@dataclass(frozen=True)
class Order:
    """What is to be done with each take.

    Attributes:
        command: ``infer`` or ``render``.
        out: where the results go.
        settings: the arguments as they were understood; they decide whether a take must be done again.
        passed_on: the same as they were written, without what is said for each take.
        again: do all anew.
        jobs: processes at a time. share: cores for each.
        keeps_pictures: pictures that a render makes on its way belong to the results.
    """

    command: str
    out: Path
    settings: argparse.Namespace
    passed_on: tuple[str, ...]
    again: bool
    jobs: int
    share: int
    keeps_pictures: bool = False


def run(order: Order, takes: Sequence[BatchTake], tell: Callable[[Row, int, int], None]) -> list[Row]:
    """Do *order* for all *takes*, and return what became of each, in their order.

    Args:
        tell: called with each row as soon as it is known, how many takes are through, and how many there are.

    Raises:
        Cancelled: interrupted; says how much is done.
    """
    rows: dict[str, Row] = {}
    waiting = list(takes)
    work: dict[str, _Take] = {}

    def note(name: str, row: Row) -> None:
        rows[name] = row
        tell(row, len(rows), len(takes))

    try:
        with SideBySide(order.jobs, environment(order.share)) as processes:
            while waiting or processes.busy:
                while waiting and processes.room:
                    one = _Take(order, waiting.pop(0))
                    kept = None if order.again else one.kept()
                    if kept:
                        note(one.take.name, kept)
                        continue
                    try:
                        processes.start(one.take.name, one.prepared())
                    except InputError as error:
                        note(one.take.name, Row(one.take.name, FAILED, problem=str(error)))
                        continue
                    work[one.take.name] = one
                for name, ended in processes.ended():
                    note(name, work.pop(name).finished(ended))
    except KeyboardInterrupt:
        count = sum(row.status != FAILED for row in rows.values())
        raise Cancelled(f"{count} of {len(takes)} takes are done; the same command goes on") from None
    return sorted(rows.values(), key=lambda row: row.take)


class _Take:
    """A take at work."""

    def __init__(self, order: Order, take: BatchTake) -> None:
        self.order, self.take = order, take
        self.target = order.out / take.name
        self.part = self.target.with_name(f".{self.target.name}.part")
        self.log = self.target.with_name(f"{self.target.name}.failure.txt")
        self.connections = self._given()

    def kept(self) -> Row | None:
        """The row of what an earlier run made of the very same; None where there is none, or not all of it."""
        try:
            mark = json.loads((self.target / MARK).read_text("utf-8"))
            same = mark["made_by"] == self._identity()
            there = all((self.target / name).stat().st_size == size for name, size in mark["files"].items())
            return replace(Row(**mark["row"]), status=KEPT) if same and there else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
            return None

    def prepared(self) -> list[str]:
        """Make room for the results, and say what starts the work. What an interrupted render drew of the very same film is gone on with."""
        identity = self._identity()
        mark = self.part / MARK
        goes_on = self.order.command == "render" and not self.order.again
        try:
            if not (goes_on and json.loads(mark.read_text("utf-8")) == identity):
                raise ValueError
        except (OSError, ValueError):
            shutil.rmtree(self.part, ignore_errors=True)
            self.part.mkdir(parents=True)
            mark.write_text(json.dumps(identity), "utf-8")
        pictures = ["--pictures"] if self.order.command == "render" else []
        given = ["--connections", str(self.connections)] if self.connections else []
        out = ["--out", str(self.part), "--quiet"]
        return command_line(self.order.command, [*self.order.passed_on, *given, *pictures, *out, "--", *map(str, self.take.files)])

    def finished(self, ended: Ended) -> Row:
        """Give the results their place; the row."""
        if ended.status != STATUS_DONE:
            return self._failed(ended)
        if not self.order.keeps_pictures:
            shutil.rmtree(self.part / PICTURES, ignore_errors=True)
        threshold = getattr(self.order.settings, "threshold", DISPLAY_THRESHOLD)
        row = summary.row_of(self.take.name, self.part / "connections.npz", threshold, ended.seconds)
        self.target.mkdir(parents=True, exist_ok=True)
        (self.target / MARK).unlink(missing_ok=True)
        (self.part / MARK).unlink(missing_ok=True)
        made = sorted(self.part.iterdir())
        for path in made:
            if path.is_dir():
                shutil.rmtree(self.target / path.name, ignore_errors=True)
            os.replace(path, self.target / path.name)
        files = {path.name: (self.target / path.name).stat().st_size for path in made if (self.target / path.name).is_file()}
        with written(self.target / MARK) as path:
            path.write_text(json.dumps({"made_by": self._identity(), "files": files, "row": asdict(row)}, indent=1) + "\n", "utf-8")
        shutil.rmtree(self.part, ignore_errors=True)
        self.log.unlink(missing_ok=True)
        return row

    def _failed(self, ended: Ended) -> Row:
        problem = ended.problem(self.order.command, self.log)
        if not (is_ours(problem) and self.order.command == "render"):  # the pictures that are there need not be made again
            shutil.rmtree(self.part, ignore_errors=True)
        return Row(self.take.name, FAILED, work_seconds=round(ended.seconds, 1), problem=problem)

    def _given(self) -> Path | None:
        """The connections that this take is to be drawn with: one file of each take in a folder of an earlier batch."""
        folder = getattr(self.order.settings, "connections", None)
        return None if folder is None else Path(folder) / self.take.name / "connections.npz"

    def _identity(self) -> dict[str, Any]:
        """What decides the results. Raises InputError where files cannot be read."""
        settings = {key: value for key, value in vars(self.order.settings).items() if key not in _NOT_SETTINGS}
        named_files = {key: digest(Path(str(value))) for key, value in settings.items() if key == "skeleton" and Path(str(value)).is_file()}
        try:
            given = digest(self.connections) if self.connections else None
        except OSError:
            raise InputError(
                "there are no connections of this take",
                file=self.connections,
                remedy="infer the same folder of takes into the folder that --connections names",
            ) from None
        return {
            "command": self.order.command,
            "program": version(),
            "poses": digest(*self.take.files),
            "connections": given,
            "model": None if given else fingerprint(self.order.settings.model),
            "settings": {key: str(value) for key, value in sorted(settings.items())} | named_files,
        }
