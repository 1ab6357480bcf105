"""SMPL and its kin: SMPL (24, or 22 without hands), SMPL-H (52), SMPL-X (55), and HybrIK's 29 joints. Order: Loper et al. 2015 and its successors' releases."""

from __future__ import annotations

from ..skeleton import Skeleton

_BODY = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3",
    "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
_BODY_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)


def _hand(side: str, wrist: int, first: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Fifteen finger joints that hang on joint *wrist*, the first of them joint *first*."""
    names = tuple(f"{side}_{finger}{i}" for finger in ("index", "middle", "pinky", "ring", "thumb") for i in (1, 2, 3))
    parents = tuple(wrist if i % 3 == 0 else first + i - 1 for i in range(15))
    return names, parents


def _with_hands(name: str, joints: tuple[str, ...], parents: tuple[int, ...]) -> Skeleton:
    for side, wrist in (("left", 20), ("right", 21)):
        names, above = _hand(side, wrist, len(joints))
        joints, parents = joints + names, parents + above
    return Skeleton(name, joints, parents)


_HYBRIK_29 = Skeleton(
    "hybrik-29",
    (
        *_BODY[:15], "jaw", *_BODY[16:], "left_thumb", "right_thumb", "head", "left_middle_finger", "right_middle_finger",
        "left_big_toe", "right_big_toe",
    ),
    (*_BODY_PARENTS, 20, 21, 15, 22, 23, 7, 8),
)  # fmt: skip

SKELETONS = (
    _HYBRIK_29,
    Skeleton("smpl-24", (*_BODY, "left_hand", "right_hand"), (*_BODY_PARENTS, 20, 21)),
    Skeleton("smpl-22", _BODY, _BODY_PARENTS),
    _with_hands("smplh-52", _BODY, _BODY_PARENTS),
    _with_hands("smplx-55", (*_BODY, "jaw", "left_eye", "right_eye"), (*_BODY_PARENTS, 15, 15, 15)),
)
