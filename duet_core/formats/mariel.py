"""Solo marker sets laid out as the ``mariel_*.npy`` recordings: (55, T, 3), markers first; also the 53 markers alone, or the 18-marker subset.

Metres; z is negative upwards. The frame is right-handed as it stands (checked on toes and waist), so (x, −y, −z) turns it up without swapping sides.
Two of the 55 rows are no markers and are dropped. The files name no rate: 35 frames a second, as the field assumes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..skeletons import by_name
from ..skeletons.families.markers import LABELS_55, NO_MARKERS
from ..take import ReadOptions, Take
from .placing import Z_DOWN
from .source import array_of, as_floats, npy_header

TITLE = "solo markers (55, frames, 3) in .npy"
DEFAULT_FPS = 35.0
_ROWS = {55: "mariel-53", 53: "mariel-53", 18: "mariel-18"}


def recognises(file: Path, head: bytes) -> bool:
    header = npy_header(head) if head.startswith(b"\x93NUMPY") else None
    if header is None or len(header[0]) != 3 or header[0][0] not in _ROWS or header[0][2] != 3 or header[1].kind != "f":
        return False
    columns = header[0][1]
    if columns not in (17, 18, 22, 24, 25, 26, 29, 33, 52, 53, 55):
        return True
    # (18, 24, 3) may be 18 markers or 18 frames: movement is smooth along the frames only.
    try:
        array = as_floats(array_of(file))
    except InputError:
        return False
    along_rows, along_columns = (np.nanmedian(np.abs(np.diff(array, axis=axis))) if array.shape[axis] > 1 else np.inf for axis in (0, 1))
    return bool(along_columns < along_rows)


def read(file: Path, options: ReadOptions) -> Take:
    array = array_of(file)
    if array.shape[1] == 0:
        raise InputError("there are no frames", file=file, place=f"shape {array.shape}", remedy="give at least one frame")
    skeleton = by_name(_ROWS[array.shape[0]])
    if array.shape[0] == len(LABELS_55):
        array = array[[row for row, label in enumerate(LABELS_55) if label not in NO_MARKERS]]
    positions = as_floats(array.swapaxes(0, 1)[:, None])
    unknown = ~np.isfinite(positions).all(axis=-1) | (positions == 0).all(axis=-1)  # (0, 0, 0) is how such files write "not seen"
    positions[unknown] = np.nan
    if unknown.all():
        raise InputError("no position is known", file=file, remedy="export the markers again")
    warnings = [] if options.fps else [f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)"]
    return Take(
        positions,
        options.fps or DEFAULT_FPS,
        skeleton,
        (file.name,),
        to_z_up=Z_DOWN,
        metres_per_unit=1.0,
        meta={"warnings": warnings, "steps": ["markers turned up from z negative upwards; two rows that are no markers left out"]},
    )
