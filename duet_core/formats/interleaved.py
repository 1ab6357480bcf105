"""Interleaved ``.npy``: rows 0, 2, 4 … are dancer 1, rows 1, 3, 5 … dancer 2; (2·T, J, 3) in a camera's frame (x right, y down, z away), metres.

What HybrIK-based pipelines export: J is 29 (HybrIK) or 24 (SMPL).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..skeletons import by_joint_count
from ..take import CAMERA, ReadOptions, Take
from .source import array_of

TITLE = "interleaved .npy of 29 or 24 joints"
DEFAULT_FPS = 30.0

NO_PLACEMENT = "the dancers have no placement in the room: both pelvises are always at one point; their distance is not in the data"


def recognises(file: Path, head: bytes) -> bool:
    return head.startswith(b"\x93NUMPY")


def read(file: Path, options: ReadOptions) -> Take:
    array = array_of(file)
    if array.ndim != 3 or array.shape[2] != 3:
        raise InputError(f"the array has shape {array.shape}", file=file, remedy="give (2 × frames, joints, 3), the dancers' rows in turn")
    rows, joints = array.shape[:2]
    skeleton = by_joint_count(joints)
    if skeleton is None:
        raise InputError(f"{joints} joints are no known skeleton", file=file, place=f"shape {array.shape}", remedy="give 29 or 24 joints")
    if rows == 0:
        raise InputError("there are no frames", file=file, place=f"shape {array.shape}", remedy="give at least one frame")
    if rows % 2:
        raise InputError(
            f"{rows} rows is an odd number, so the dancers' rows do not alternate",
            file=file,
            place=f"row {rows - 1}",
            remedy="give one row for each dancer of each frame",
        )
    positions = np.asarray(array, dtype=np.float64).reshape(rows // 2, 2, joints, 3)
    bad = ~np.isfinite(positions).all(axis=-1)
    if bad.any() and not options.keep_gaps:
        frame, dancer, joint = (int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{int(bad.sum())} positions are not numbers, the first is {skeleton.joints[joint]}",
            file=file,
            place=f"row {2 * frame + dancer} (frame {frame}, dancer {dancer + 1})",
            remedy="fill or mark them with: inspect.py FILE --clean CLEANED.duet.npz",
        )
    positions[bad] = np.nan
    if not np.isfinite(positions).any():
        raise InputError("no position is known", file=file, remedy="export the poses again")
    warnings = []
    if np.nanmax(np.abs(positions[:, :, 0]), initial=0.0) < 1e-9:
        warnings.append(NO_PLACEMENT)
    return Take(positions, options.fps or DEFAULT_FPS, skeleton, (file.name,), to_z_up=CAMERA, meta={"warnings": warnings})
