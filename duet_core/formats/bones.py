"""Bones for joints that nobody joined: markers, and arrays without a skeleton. Joints on one limb keep their distance; bones follow such pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FRAMES, _MOST = 120, 400


def guessed_bones(positions: NDArray) -> tuple[int, ...]:
    """Parents (−1 for the root) of a spanning tree over the joints of *positions* (T, D, J, 3).

    Its edges are short and keep their length over time: the cost of a pair is the spread of its distance plus a tenth of its median. The root is the
    joint nearest the middle of the body. Joints that are never seen with another one, and sets of more than 400 joints, stay without bones.
    """
    joints = positions.shape[2]
    if joints > _MOST or joints < 2:
        return (-1,) * joints
    step = max(1, len(positions) // _FRAMES)
    frames = np.asarray(positions[::step][:_FRAMES], dtype=np.float64).reshape(-1, joints, 3)
    cost = np.full((joints, joints), np.inf)
    for joint in range(joints):
        between = np.linalg.norm(frames - frames[:, joint : joint + 1], axis=-1)
        seen = np.isfinite(between)
        count = seen.sum(axis=0)
        between = np.sort(np.where(seen, between, np.inf), axis=0)
        low, middle, high = (
            between[(share * np.maximum(count - 1, 0)).round().astype(int), np.arange(joints)] for share in (0.05, 0.5, 0.95)
        )
        enough = count >= max(1, 0.05 * len(frames))
        cost[joint, enough] = (high - low + 0.1 * middle)[enough]
    np.fill_diagonal(cost, np.inf)
    with_others = np.isfinite(cost).any(axis=1)
    if not with_others.any():
        return (-1,) * joints
    return _spanning_tree(cost, _most_central(frames, with_others))


def _most_central(frames: NDArray, candidates: NDArray) -> int:
    known = np.where(np.isfinite(frames), frames, np.nan)
    place = np.full(frames.shape[1:], np.inf)
    visible = np.isfinite(known).all(axis=-1).any(axis=0)
    place[visible] = np.nanmedian(known[:, visible], axis=0)
    middle = np.median(place[visible & candidates], axis=0)
    away = np.where(candidates & visible, np.abs(place - middle).sum(axis=-1), np.inf)
    return int(np.argmin(away))


def _spanning_tree(cost: NDArray, root: int) -> tuple[int, ...]:
    """Prim's minimum spanning tree from *root*; joints that it cannot reach are roots of their own."""
    joints = len(cost)
    parents = np.full(joints, -1)
    best, source = cost[root].copy(), np.full(joints, root)
    done = np.zeros(joints, dtype=bool)
    done[root] = True
    for _ in range(joints - 1):
        best[done] = np.inf
        joint = int(np.argmin(best))
        if not np.isfinite(best[joint]):
            break
        parents[joint], done[joint] = source[joint], True
        nearer = cost[joint] < best
        best[nearer], source[nearer] = cost[joint][nearer], joint
    return tuple(int(p) for p in parents)
