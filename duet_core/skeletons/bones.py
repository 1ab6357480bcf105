"""Bones for joints that nobody joined: markers, and arrays without a skeleton. Names that mean body places are joined as a body joins them; the rest
by movement: joints on one limb keep their distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .skeleton import Skeleton

_FRAMES, _MOST = 120, 400


_ABOVE = {
    "knee": ("hip",), "ankle": ("knee",), "heel": ("ankle",), "foot": ("ankle", "heel"), "big_toe": ("foot", "ankle"),
    "elbow": ("shoulder",), "wrist": ("elbow",), "hand": ("wrist",), "thumb": ("wrist",), "middle_finger": ("hand", "wrist"),
    "shoulder": ("collar", "neck", "spine3"), "collar": ("neck", "spine3"), "hip": ("pelvis",), "eye": ("nose", "head"), "ear": ("eye", "head"),
    "head": ("neck",), "nose": ("head", "neck"), "jaw": ("head", "neck"), "neck": ("spine3", "spine2", "spine1", "pelvis"),
    "spine3": ("spine2", "spine1", "pelvis"), "spine2": ("spine1", "pelvis"), "spine1": ("pelvis",),
}  # fmt: skip
"""What each body place hangs on, in order of preference, without sides."""


def guessed_bones(positions: NDArray, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    """Parents (−1 for the root) of a spanning tree over the joints of *positions* (T, D, J, 3), which may have *names*.

    Names that mean body places are joined first (knee to hip). The other edges are short and keep their length over time: the cost of a pair is the
    spread of its distance plus a tenth of its median. The root is the pelvis, or the joint nearest the middle of the body. Joints that are never seen
    with another one, and sets of more than 400 joints, stay without bones. Raises InputError for names that repeat or are empty.
    """
    joints = positions.shape[2]
    landmarks = Skeleton("names", names, (-1,) * joints).landmarks if names else ()
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
        cost[joint, enough] = high[enough] - low[enough] + 0.1 * middle[enough]
    np.fill_diagonal(cost, np.inf)
    with_others = np.isfinite(cost).any(axis=1)
    if not with_others.any():
        return (-1,) * joints
    for joint, above in _by_name(landmarks):
        cost[joint, above] = cost[above, joint] = -1.0
    root = landmarks.index("pelvis") if "pelvis" in landmarks else -1
    return _spanning_tree(cost, root if root >= 0 and with_others[root] else _most_central(frames, with_others))


def _by_name(landmarks: tuple[str, ...]) -> list[tuple[int, int]]:
    """(joint, the joint it hangs on) wherever the names say."""
    pairs = []
    for joint, landmark in enumerate(landmarks):
        side, _, place = landmark.partition("_")
        sided = side in ("left", "right")
        for above in _ABOVE.get(place if sided else landmark, ()):
            name = f"{side}_{above}" if sided and f"{side}_{above}" in landmarks else above
            if name in landmarks:
                pairs.append((joint, landmarks.index(name)))
                break
    return pairs


def _most_central(frames: NDArray, candidates: NDArray) -> int:
    """The candidate that is nearest to the middle of its body on average, frame by frame: over a whole dance places are anywhere."""
    known = np.isfinite(frames).all(axis=-1)
    count = known.sum(axis=1, keepdims=True)
    middle = np.where(known[..., None], frames, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)[..., None]
    away = np.where(known, np.linalg.norm(np.nan_to_num(frames - middle), axis=-1), 0).sum(axis=0)
    seen = known.sum(axis=0)
    return int(np.argmin(np.where(candidates & (seen > 0), away / np.maximum(seen, 1), np.inf)))


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
