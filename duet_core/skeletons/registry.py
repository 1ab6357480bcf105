"""The skeletons known by name. A format with a fixed set of joints names its skeleton here; BVH and C3D bring their own."""

from __future__ import annotations

from .skeleton import Skeleton

_HYBRIK_29 = Skeleton(
    "hybrik-29",
    (
        "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3",
        "left_foot", "right_foot", "neck", "left_collar", "right_collar", "jaw", "left_shoulder", "right_shoulder", "left_elbow",
        "right_elbow", "left_wrist", "right_wrist", "left_thumb", "right_thumb", "head", "left_middle_finger", "right_middle_finger",
        "left_big_toe", "right_big_toe",
    ),
    (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21, 15, 22, 23, 7, 8),
)  # fmt: skip

_SMPL_24 = Skeleton(
    "smpl-24",
    (
        "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3",
        "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow",
        "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand",
    ),
    (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21),
)  # fmt: skip

KNOWN: dict[str, Skeleton] = {skeleton.name: skeleton for skeleton in (_HYBRIK_29, _SMPL_24)}


def by_name(name: str) -> Skeleton:
    """The known skeleton called *name*. Raises KeyError."""
    return KNOWN[name]


def by_joint_count(joints: int) -> Skeleton | None:
    """The known skeleton with that many joints, or None."""
    return next((s for s in KNOWN.values() if len(s) == joints), None)
