"""FreeMoCap's triangulated ``.npy``: (T, J, 3), the 33 MediaPipe body joints first, then hands (75 in all) and face (543 or 553). One dancer a file.

Millimetres, usually z up once FreeMoCap has aligned the ground; older recordings stand in the first camera's frame, so the body says which way is up.
Hands and face are left out: only the body's 33 joints are read. NaN where the cameras did not see a joint.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..skeletons import by_name
from ..take import ReadOptions, Take
from .arrays import as_take
from .source import array_of, npy_header

TITLE = "FreeMoCap or MediaPipe .npy (frames, 33 or more joints, 3)"
DEFAULT_FPS = 30.0
_COUNTS = (33, 75, 543, 553)


def recognises(file: Path, head: bytes) -> bool:
    header = npy_header(head) if head.startswith(b"\x93NUMPY") else None
    return header is not None and len(header[0]) == 3 and header[0][1] in _COUNTS and header[0][2] == 3


def read(file: Path, options: ReadOptions) -> Take:
    array = array_of(file)
    if array.shape[0] == 0:
        raise InputError("there are no frames", file=file, place=f"shape {array.shape}", remedy="give at least one frame")
    warnings = [] if options.fps else [f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)"]
    return as_take(file, array[:, None, :33], options.fps or DEFAULT_FPS, by_name("mediapipe-33"), warnings=warnings)
