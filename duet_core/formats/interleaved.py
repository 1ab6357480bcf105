"""Interleaved ``.npy``: rows 0, 2, 4 … are dancer 1, rows 1, 3, 5 … dancer 2; (2·T, J, 3) in a camera's frame (x right, y down, z away), metres.

What HybrIK-based pipelines export: J is 29 (HybrIK) or 24 (SMPL). Such an array given alone is a duet; two such files given together have one dancer
each, (T, J, 3), since nothing in an array tells the two layouts apart.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..skeletons import by_joint_count
from ..take import CAMERA, ReadOptions, Take
from .placing import NO_PLACEMENT, pelvises_at_one_point
from .source import array_of, as_floats, npy_header

TITLE = "interleaved .npy of 29 or 24 joints"
DEFAULT_FPS = 30.0
JOINT_COUNTS = (29, 24)

__all__ = ["DEFAULT_FPS", "NO_PLACEMENT", "TITLE", "read", "recognises"]


def recognises(file: Path, head: bytes) -> bool:
    header = npy_header(head) if head.startswith(b"\x93NUMPY") else None
    return header is not None and len(header[0]) == 3 and header[0][1] in JOINT_COUNTS and header[0][2] == 3


def read(file: Path, options: ReadOptions) -> Take:
    array = array_of(file)
    rows, joints = array.shape[:2]
    skeleton = options.skeleton or by_joint_count(joints)
    if skeleton is None or len(skeleton) != joints:
        raise InputError(
            f"{joints} joints do not fit the skeleton", file=file, place=f"shape {array.shape}", remedy="name another --skeleton"
        )
    if rows == 0:
        raise InputError("there are no frames", file=file, place=f"shape {array.shape}", remedy="give at least one frame")
    if rows % 2 and options.alone:
        raise InputError(
            f"{rows} rows is an odd number, so the dancers' rows do not alternate",
            file=file,
            place=f"row {rows - 1}",
            remedy="give one row for each dancer of each frame",
        )
    dancers = 2 if options.alone else 1
    positions = as_floats(array).reshape(rows // dancers, dancers, joints, 3)
    bad = ~np.isfinite(positions).all(axis=-1)
    if bad.any() and not options.keep_gaps:
        frame, dancer, joint = (int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{int(bad.sum())} positions are not numbers, the first is {skeleton.joints[joint]}",
            file=file,
            place=f"row {dancers * frame + dancer} (frame {frame}, dancer {dancer + 1})",
            remedy="fill or mark them with: inspect.py FILE --clean CLEANED.duet.npz",
        )
    positions[bad] = np.nan
    if not np.isfinite(positions).any():
        raise InputError("no position is known", file=file, remedy="export the poses again")
    warnings = [] if options.fps else [f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)"]
    if pelvises_at_one_point(positions, skeleton):
        warnings.append(NO_PLACEMENT)
    return Take(positions, options.fps or DEFAULT_FPS, skeleton, (file.name,), to_z_up=CAMERA, meta={"warnings": warnings})
