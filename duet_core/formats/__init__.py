"""Files of pose data in, one `Clip` out. The content decides which reader takes a file, never its name alone.

One module per format. To add one, write ``formats/NAME.py`` with

* ``TITLE``: what to call the format in messages;
* ``recognises(file, head)``: whether the first bytes of the (unzipped) file are this format's;
* ``read(file, options) -> Take``: one file as it stands, in its own axes and units (`duet_core.take.Take`),

and list it in ``READERS``. Joining two solo files into a duet, turning z up, metres and floor are done here, once for all (`room.settle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from ..clip import Clip
from ..errors import InputError
from ..room import settle
from ..take import ReadOptions, Take, joined
from . import bvh, duet_npz, interleaved
from .source import head_of

READERS = (duet_npz, interleaved, bvh)

__all__ = ["READERS", "ReadOptions", "Take", "read"]


def read(
    paths: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    fps: float | None = None,
    frames: tuple[int | None, int | None] | None = None,
    keep_gaps: bool = False,
) -> Clip:
    """Read one file with a duet (or a solo), or two files with one dancer each, as a clip in metres, z up, on the floor.

    Args:
        paths: one or two files.
        fps: overrides the files' own frame rate.
        frames: (start, end), end excluded; None for the clip's own.
        keep_gaps: also accept unknown positions in formats whose exports have none when they are sound; they stay NaN.

    Raises:
        InputError: a file is missing, unreadable, damaged or of no known format, or two files do not fit together.
    """
    files = [Path(paths)] if isinstance(paths, (str, PathLike)) else [Path(p) for p in paths]
    if not 1 <= len(files) <= 2:
        raise InputError(f"{len(files)} pose files", remedy="give one file with both dancers, or one for each")
    options = ReadOptions(fps=fps, keep_gaps=keep_gaps)
    takes = [_read_one(file, options) for file in files]
    take = takes[0] if len(takes) == 1 else joined(takes[0], takes[1])
    clip = settle(take)
    if frames is not None:
        start, end = frames
        try:
            clip = clip.sliced(start or 0, clip.frames if end is None else end)
        except InputError as error:
            raise InputError(error.problem, file=", ".join(take.source), remedy=error.remedy) from None
    return clip


def _read_one(file: Path, options: ReadOptions) -> Take:
    head = head_of(file)
    for reader in READERS:
        if reader.recognises(file, head):
            return reader.read(file, options)
    known = ", ".join(reader.TITLE for reader in READERS)
    raise InputError("this is no known format of poses", file=file, remedy=f"give one of: {known}")
