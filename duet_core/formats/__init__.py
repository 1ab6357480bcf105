"""Files of pose data in, one `Clip` out. The content decides which reader takes a file, never its name alone.

One module per format. To add one, write ``formats/NAME.py`` with

* ``TITLE``: what to call the format in messages;
* ``recognises(file, head)``: whether the first bytes of the (unzipped) file are this format's;
* ``read(file, options) -> Take``: one file as it stands, in its own axes and units (`duet_core.take.Take`),

and list it in ``READERS``. Joining two solo files into a duet, turning z up, metres and floor are done here, once for all (`room.settle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from ..clip import Clip
from ..errors import InputError
from ..room import settle
from ..skeletons import KNOWN, Skeleton
from ..take import ReadOptions, Take, joined
from . import alphapose, amass, arrays, bvh, c3d, duet_npz, freemocap, interleaved, mariel, mediapipe, openpose, table, trc
from .placing import NO_PLACEMENT
from .source import head_of, text_of

READERS = (duet_npz, amass, mariel, interleaved, freemocap, arrays, bvh, trc, table, mediapipe, alphapose, openpose, c3d)
"""In the order in which they are asked; the broadest of those that share a beginning stand last."""

_TAKE_SKELETONS = (interleaved, arrays)
UNNAMED = "unnamed"
FARTHEST = 1e7
"""No position is farther from the origin than that, in any unit: a larger number is damage."""

__all__ = ["READERS", "ReadOptions", "Take", "read"]


def read(
    paths: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    fps: float | None = None,
    frames: tuple[int | None, int | None] | None = None,
    keep_gaps: bool = False,
    skeleton: Skeleton | str | PathLike[str] | None = None,
    apart: float | None = None,
) -> Clip:
    """Read one file with a duet (or a solo), or two files with one dancer each, as a clip in metres, z up, on the floor.

    Args:
        paths: one or two files (or folders, for formats of one file a frame).
        fps: overrides the files' own frame rate.
        frames: (start, end), end excluded; None for the clip's own.
        keep_gaps: also accept unknown positions in formats whose exports have none when they are sound; they stay NaN.
        skeleton: the joints of an array that does not name its own: a skeleton, a known one's name, a JSON file of one (as in `Skeleton.to_json`),
            or ``"unnamed"``.
        apart: metres between the dancers, side by side, in a take that has no placement.

    Raises:
        InputError: a file is missing, unreadable, damaged or of no known format, or two files do not fit together.
    """
    files = [Path(paths)] if isinstance(paths, (str, PathLike)) else [Path(p) for p in paths]
    if not 1 <= len(files) <= 2:
        raise InputError(f"{len(files)} pose files", remedy="give one file with both dancers, or one for each")
    options = ReadOptions(fps=fps, keep_gaps=keep_gaps, alone=len(files) == 1, unnamed=skeleton == UNNAMED)
    if not options.unnamed and skeleton is not None:
        options = replace(options, skeleton=skeleton if isinstance(skeleton, Skeleton) else _skeleton(skeleton))
    takes = [_read_one(file, options) for file in files]
    take = takes[0] if len(takes) == 1 else joined(takes[0], takes[1])
    try:
        clip = settle(take)
    except InputError as error:
        if error.file:
            raise
        raise InputError(error.problem, file=", ".join(take.source), place=error.place, remedy=error.remedy) from None
    if apart is not None:
        clip = _set_apart(clip, apart)
    if frames is not None:
        start, end = frames
        try:
            clip = clip.sliced(start or 0, clip.frames if end is None else end)
        except InputError as error:
            raise InputError(error.problem, file=", ".join(take.source), remedy=error.remedy) from None
    return clip


def _read_one(file: Path, options: ReadOptions) -> Take:
    head = b"" if file.is_dir() else head_of(file)
    for reader in READERS:
        if reader.recognises(file, head):
            if (options.skeleton or options.unnamed) and reader not in _TAKE_SKELETONS:
                raise InputError("this format names its own joints", file=file, remedy="leave --skeleton away")
            take = reader.read(file, options)
            _refuse_absurd(file, take)
            return take
    known = ", ".join(reader.TITLE for reader in READERS)
    if file.is_dir():
        raise InputError(
            "this folder has no poses that we know", file=file, remedy=f"give a folder of {openpose.TITLE}, or the file itself"
        )
    raise InputError("this is no known format of poses", file=file, remedy=f"give one of: {known}")


def _set_apart(clip: Clip, metres: float) -> Clip:
    """The two dancers of a take without placement, *metres* apart along x, the first on the left of the picture."""
    file = ", ".join(clip.meta["source"])
    if NO_PLACEMENT not in clip.meta["warnings"] or clip.dancers != 2:
        raise InputError("the dancers have places of their own", file=file, remedy="leave --apart away")
    shift = np.array([[-metres / 2, 0, 0], [metres / 2, 0, 0]])[:, None]
    moved = clip.changed(positions=clip.positions + shift, step=f"dancers set {metres:g} m apart, as the user said")
    return moved.changed(warning="the distance between the dancers is the user's, not the data's")


def _refuse_absurd(file: Path, take: Take) -> None:
    """Refuse positions no room has, which a damaged exponent makes, before they overflow later."""
    with np.errstate(invalid="ignore"):
        absurd = np.abs(take.positions) > FARTHEST
    if absurd.any():
        frame, dancer, joint = (int(i) for i in np.argwhere(absurd)[0][:3])
        raise InputError(
            f"a position is farther than {FARTHEST:.0e} units away",
            file=file,
            place=f"frame {frame}, dancer {dancer + 1}, joint {take.skeleton.joints[joint]}",
            remedy="the file is damaged: export it again",
        )


def _skeleton(name: str | PathLike[str]) -> Skeleton:
    """The known skeleton called *name*, or the one in the JSON file of that name."""
    if str(name) in KNOWN:
        return KNOWN[str(name)]
    file = Path(name)
    if not file.is_file():
        raise InputError(f"{str(name)!r} is no known skeleton and no file", remedy=f"give {', '.join(KNOWN)}, {UNNAMED}, or a JSON file")
    try:
        return Skeleton.from_json(text_of(file).lstrip("\ufeff"))
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None
