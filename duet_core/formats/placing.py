"""What several readers need to know of a body: which way is up, and the sentences that say what a source lacks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from ..take import CAMERA, Y_UP, Z_UP

NO_PLACEMENT = "the dancers have no placement in the room: both pelvises are always at one point; their distance is not in the data (set one with --apart METRES)"
PLANAR = "the poses are planar (2D): depth is not in the data; every joint is drawn in one upright plane"

Z_DOWN = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
"""(x, y, z) with z negative upwards, right-handed, becomes (x, −y, −z)."""

X_UP = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
X_DOWN = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])

STRAY = 0.01
"""Of the median distance of joints from the pelvis: so far it may be from the origin. Nobody who dances stands so still."""

_TURNS = {"x": X_UP, "-x": X_DOWN, "y": Y_UP, "-y": CAMERA, "z": Z_UP, "-z": Z_DOWN}
AXIS_WORDS = {"x": "x up", "-x": "x down", "y": "y up", "-y": "y down", "z": "z up", "-z": "z negative upwards"}

_HIGH = ("head", "neck", "nose", "left_shoulder", "right_shoulder")
_LOW = ("left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot", "right_foot")


def upward(positions: NDArray, skeleton: Skeleton) -> str | None:
    """The axis ("x", "-y" …) along which heads are usually farthest over feet in *positions* (T, D, J, 3).

    None where the joints do not say, or where bodies lean so much that the answer is not clear.
    """
    high = [j for name in _HIGH if (j := skeleton.index(name)) is not None]
    low = [j for name in _LOW if (j := skeleton.index(name)) is not None]
    if not low:
        low = [j for name in ("left_hip", "right_hip", "pelvis") if (j := skeleton.index(name)) is not None]
    if not high or not low:
        return None
    step = max(1, len(positions) // 500)
    sample = np.asarray(positions[::step], dtype=np.float64)
    up = _mean(sample[:, :, high]) - _mean(sample[:, :, low])
    up = up[np.isfinite(up).all(axis=-1)]
    if not len(up):
        return None
    up = np.median(up, axis=0)
    axis = int(np.argmax(np.abs(up)))
    if np.abs(up[axis]) < 0.8 * np.linalg.norm(up) or up[axis] == 0:
        return None
    return ("" if up[axis] > 0 else "-") + "xyz"[axis]


def turn_to_z_up(axis: str) -> NDArray:
    """(3, 3) rotation (determinant +1) that turns *axis* ("x", "-y" …) up."""
    return _TURNS[axis]


def pelvises_at_one_point(positions: NDArray, skeleton: Skeleton) -> bool:
    """Whether every dancer's pelvis stays at the origin of *positions* (T, D, J, 3): poses without a place. MediaPipe lets it stray by a millimetre."""
    pelvis = skeleton.index("pelvis")
    points = positions[:, :, pelvis] if pelvis is not None else _mid_hip(positions, skeleton)
    if points is None:
        return False
    known = points[np.isfinite(points).all(axis=-1)]
    if not len(known):
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # damaged numbers may be near the largest; a median of infinity is none of a body's
        size = float(np.nanmedian(np.linalg.norm(positions.astype(np.float64) - points[:, :, None], axis=-1)))
    return float(np.abs(known).max()) < (max(STRAY * size, 1e-6) if np.isfinite(size) else 1e-6)


def _mid_hip(positions: NDArray, skeleton: Skeleton) -> NDArray | None:
    left, right = skeleton.index("left_hip"), skeleton.index("right_hip")
    return None if left is None or right is None else (positions[:, :, left] + positions[:, :, right]) / 2


def _mean(values: NDArray) -> NDArray:
    """(T, D, 3) mean of (T, D, K, 3) over the known joints, NaN where none is known."""
    known = np.isfinite(values).all(axis=-1, keepdims=True)
    count = known.sum(axis=2)
    total = np.where(known, values, 0.0).sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
