"""A take's pictures in a folder that several processes and machines may fill, each some frames of the whole: what is there, and whether it belongs.

``DIR/frames/000001.png`` is the clip's frame 0 (`scene.timing`). A picture appears whole or not at all, so whatever is there need not be drawn again.
``DIR/frames/job.json`` says what the pictures are of; parts of two different films never meet in one folder.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..duet_core.errors import InputError
from ..duet_core.files import digest, written

FOLDER, JOB = "frames", "job.json"
_SIGNATURE, _END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_FORGOTTEN = 3600.0
"""Seconds after which a picture that was begun is nobody's any more."""


def name_of(frame: int) -> str:
    """The file of the scene frame *frame*."""
    return f"{frame:06d}.png"


class Pictures:
    """The pictures of one film in ``DIR/frames``, of *size* (width, height) pixels."""

    def __init__(self, out: Path, size: tuple[int, int]) -> None:
        self.out, self.size = out, size
        self.folder = out / FOLDER

    def missing(self, frames: Iterable[int]) -> list[int]:
        """Those of the scene *frames* that have no sound picture yet."""
        return [frame for frame in frames if not is_whole(self.folder / name_of(frame), self.size)]

    def joined(self, work: Path, frames: Iterable[int]) -> Path:
        """A folder in *work* with the pictures of *frames* and no others, for the encoder."""
        folder = work / FOLDER
        folder.mkdir()
        for frame in frames:
            try:
                os.link(self.folder / name_of(frame), folder / name_of(frame))
            except OSError:  # a disk without hard links
                shutil.copyfile(self.folder / name_of(frame), folder / name_of(frame))
        return folder

    def claim(self, job: Mapping[str, Any], blend: Path) -> None:
        """Say that the pictures are those of *job*, drawn from the scene *blend*. Raises InputError where they are those of another (`check`)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.check(job)
        if not (self.folder / JOB).exists():
            with written(self.folder / JOB) as path:
                path.write_text(json.dumps({**job, "blend_sha256": digest(blend)}, indent=1) + "\n", "utf-8")
            self.check(job)  # somebody may have been quicker

    def check(self, job: Mapping[str, Any]) -> None:
        """Raise InputError where there are pictures already, and not of *job*."""
        found = self.job()
        if found is None:
            if any(path.stem.isdigit() for path in self.folder.glob("*.png")):
                raise InputError(
                    "there are pictures of something else", file=self.folder, remedy="choose another --out, or start over with --again"
                )
            return
        if other := _difference(found, job):
            raise InputError(
                f"the pictures there were made with another {other}",
                file=self.folder,
                remedy="give the same arguments, choose another --out, or start over with --again",
            )

    def job(self) -> dict[str, Any] | None:
        """What the pictures that are there are of; None where nothing says so."""
        try:
            found = json.loads((self.folder / JOB).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def drawn_from(self, blend: Path) -> bool:
        """Whether *blend* is the very scene that the pictures were claimed for."""
        found = self.job()
        return found is not None and blend.is_file() and found.get("blend_sha256") == digest(blend)

    def forget(self) -> None:
        """Remove all pictures, and what is said of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Remove what killed processes began long ago."""
        for part in self.folder.glob("part-*.png"):
            try:
                if time.time() - part.stat().st_mtime > _FORGOTTEN:
                    part.unlink()
            except OSError:
                continue  # gone meanwhile


def is_whole(file: Path, size: tuple[int, int]) -> bool:
    """Whether *file* is a PNG of *size* from its first byte to its last."""
    try:
        with file.open("rb") as stream:
            head = stream.read(24)
            stream.seek(-len(_END), os.SEEK_END)
            return head.startswith(_SIGNATURE) and struct.unpack(">II", head[16:24]) == size and stream.read() == _END
    except (OSError, struct.error):
        return False


def _difference(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first thing in which two jobs differ, in words; empty where there is none."""
    hashes = {"poses": "take", "connections": "set of connections"}
    for key, words in hashes.items():
        if there.get(key) != wanted.get(key):
            return words
    return next((f"{key} ({there.get(key)}, not {value})" for key, value in wanted.items() if there.get(key) != value), "")
