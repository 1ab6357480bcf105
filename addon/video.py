"""A video of a saved copy of the file, from profile to finished file: no ``bpy`` data is touched, so that a `jobs.Job` may do it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..duet_core.errors import Cancelled
from ..duet_core.files import make_folder
from . import rendering

PICTURES, STILL = "PNG", "STILL"
"""The kinds that are no video: a folder of pictures, and one picture."""

ENDINGS = {"MP4": ".mp4", "WEBM": ".webm", "PRORES": ".mov", PICTURES: "", STILL: ".png"}
"""Of each kind of output; a folder has none."""

_PREPARED, _DRAWN = 0.04, 0.94
"""Shares of the work after which the copy is ready, and all pictures are."""


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Attributes:
        blend: a copy of the file, which will be changed.
        scene: name of the scene in it.
        profile: of `scene.profiles.PROFILES`.
        engine: ``auto``, one of `rendering.ENGINES` or `scene.profiles.KEPT`.
        words: whether title, time, legend and sentence are in the picture.
        cut: whether bodies cut threads in an overlay.
        transparent: whether the pictures are.
        frames: scene frames.
        kind: of `ENDINGS`.
        beside: footage that stands beside the picture (`scene.footage.footage_beside`), or none.
        target: file or, for pictures, folder; replaced at the very end.
    """

    blend: Path
    scene: str
    profile: str
    engine: str
    words: bool
    cut: bool
    transparent: bool
    frames: range
    kind: str
    target: Path
    beside: dict[str, Any] | None = None


def make_video(order: Order, progress: Callable[..., None], cancelled: Callable[[], bool]) -> Path:
    """Render what *order* says and return where it lies.

    Raises:
        InputError: no room or no right to write.
        RuntimeError: a process failed.
        Cancelled: *cancelled* said so; nothing is left behind.
    """

    def go_on() -> None:
        if cancelled():
            raise Cancelled

    def drawing(share: float, detail: str) -> None:
        go_on()
        progress(_PREPARED + (_DRAWN - _PREPARED) * share, detail)

    folder = make_folder(order.target.parent)
    work = Path(tempfile.mkdtemp(prefix=".duet-", dir=folder))
    try:
        progress(0.0, "preparing")
        engine = rendering.pick_engine(order.engine)
        go_on()
        made = rendering.prepare(order.blend, order.scene, order.profile, engine, go_on, words=order.words, cut=order.cut)
        rendering.free_space(work, len(order.frames), (made["resolution"][0], made["resolution"][1]))
        pictures = work / "pictures"
        rendering.render_frames(
            order.blend, order.frames, pictures, drawing, engine=engine, scene=order.scene, transparent=order.transparent
        )
        progress(_DRAWN, "writing")
        if order.kind == PICTURES:
            _publish(pictures, order.target)
        elif order.kind == STILL and order.beside is None:
            os.replace(next(pictures.glob("[0-9]*.png")), order.target)
        else:
            video = work / f"video{ENDINGS[order.kind]}"
            rate = made["fps"], made["fps_base"]
            rendering.encode(
                pictures, video, made["resolution"], rate, go_on, kind=order.kind, transparent=order.transparent, beside=order.beside
            )
            os.replace(video, order.target)
        progress(1.0, "")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return order.target


def _publish(pictures: Path, target: Path) -> None:
    """Move the pictures into the folder *target*, in place of those of an earlier time."""
    target.mkdir(exist_ok=True)
    for old in target.glob(f"{target.name}_*.png"):
        old.unlink()
    for picture in sorted(pictures.glob("[0-9]*.png")):
        os.replace(picture, target / f"{target.name}_{picture.name}")
