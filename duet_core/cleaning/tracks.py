"""Arithmetic on motion tracks that the cleaning steps share: what is known, runs of frames, the torso's own frame.

Arrays are (T, …) with time first; a *track* is one joint of one dancer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton

TORSO = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "spine2",
    "spine3",
    "neck",
    "left_shoulder",
    "right_shoulder",
    "left_collar",
    "right_collar",
)

CHUNK = 8192
"""Frames that a step works on at a time where whole takes would need several copies of themselves."""


def known(positions: NDArray) -> NDArray[np.bool_]:
    """(…) where a position (…, 3) is known."""
    return ~np.isnan(positions).any(axis=-1)


def chunks(frames: int, size: int = CHUNK) -> Iterator[slice]:
    for start in range(0, frames, size):
        yield slice(start, min(start + size, frames))


def runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N, 3) int64 rows (track, first frame, end frame excluded) of every run of True in *mask* (T, C), track by track."""
    frames, tracks = mask.shape
    padded = np.zeros((tracks, frames + 2), np.int8)
    padded[:, 1:-1] = mask.T
    edges = np.diff(padded, axis=1)
    track, start = np.nonzero(edges == 1)
    return np.stack([track, start, np.nonzero(edges == -1)[1]], axis=1).astype(np.int64)


def frame_runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first frame, end frame excluded) of every run of True in *mask* (T,)."""
    return [(int(a), int(b)) for _, a, b in runs(mask[:, None])]


def dilated(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """*mask* (T,) with *by* more frames on both sides of every run."""
    if by <= 0 or not mask.any():
        return mask.copy()
    total = np.concatenate([[0], np.cumsum(mask)])
    index = np.arange(len(mask))
    return total[np.minimum(index + by + 1, len(mask))] > total[np.maximum(index - by, 0)]


def previous(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(T, …) the last frame up to and including each where *mask* (T, …) holds; −1 where there is none."""
    index = np.arange(len(mask), dtype=np.int32).reshape(-1, *[1] * (mask.ndim - 1))
    return np.maximum.accumulate(np.where(mask, index, np.int32(-1)), axis=0)


def following(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(T, …) the first frame from each onwards where *mask* holds; T where there is none."""
    frames = np.int32(len(mask))
    index = np.arange(frames, dtype=np.int32).reshape(-1, *[1] * (mask.ndim - 1))
    return np.minimum.accumulate(np.where(mask, index, frames)[::-1], axis=0)[::-1]


def torso_joints(skeleton: Skeleton) -> list[int]:
    """Joints that move with the body as a whole; every joint where the skeleton names none of them."""
    found = [j for j, name in enumerate(skeleton.landmarks) if name in TORSO]
    return found if len(found) >= 3 else list(range(len(skeleton)))


def mean_known(values: NDArray, axis: int) -> NDArray:
    """The mean over what is no NaN; NaN where nothing is known."""
    there = ~np.isnan(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def median_known(values: NDArray, axis: int) -> NDArray:
    """The median over what is no NaN; NaN where nothing is known."""
    ordered = np.moveaxis(np.sort(values, axis=axis), axis, -1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=-1)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    high = np.minimum(high, ordered.shape[-1] - 1)
    pick = [np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (low, high)]
    return np.where(count > 0, (pick[0] + pick[1]) / 2, np.nan)


def body_path(positions: NDArray, skeleton: Skeleton) -> NDArray[np.float32]:
    """(T, D, 3) how the body as a whole travels, from an arbitrary start: the sum of its torso joints' median steps.

    Unlike the joints' mean it does not leap when one of them is lost or errs. NaN where no torso joint is known; over such frames it stands still.
    """
    torso = torso_joints(skeleton)
    frames = len(positions)
    steps = np.zeros((frames, *positions.shape[1:2], 3))
    for part in chunks(frames - 1):
        few = positions[part.start : part.stop + 1][:, :, torso]
        steps[part.start + 1 : part.stop + 1] = median_known(np.diff(few, axis=0), axis=2)
    path = np.cumsum(np.nan_to_num(steps, nan=0.0), axis=0)
    path[~known(positions[:, :, torso]).any(axis=2)] = np.nan
    return path.astype(np.float32)


def torso_frame(positions: NDArray, skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The torso's own axes for every frame, so that a limb's path can be told apart from the body's turning.

    Args:
        positions: (T, D, J, 3).

    Returns:
        origin (T, D, 3) between the hips; axes (T, D, 3, 3) whose rows are right, forward, up. NaN where a hip or both shoulders are unknown. None
        for a skeleton without hips and shoulders.
    """
    places = [skeleton.index(name) for name in ("left_hip", "right_hip", "left_shoulder", "right_shoulder")]
    if any(joint is None for joint in places):
        return None
    left_hip, right_hip, left_shoulder, right_shoulder = (positions[:, :, j].astype(np.float64) for j in places if j is not None)
    origin = (left_hip + right_hip) / 2
    up = _unit((left_shoulder + right_shoulder) / 2 - origin)
    across = (right_hip - left_hip) + (right_shoulder - left_shoulder)
    right = _unit(across - (across * up).sum(-1, keepdims=True) * up)
    return origin, np.stack([right, np.cross(up, right), up], axis=-2)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), np.nan)
