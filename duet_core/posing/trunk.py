"""Joints in the trunk for skeletons that have none, so that a body has something to turn with.

COCO's and MediaPipe's keypoints hang the hips on the shoulders. A bone there would have to turn with the trunk and with the arm at once, and the skin
between would be torn. A pelvis between the hips and a neck between the shoulders carry both instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton

SIDES = ("left", "right")
PELVIS, NECK = "pelvis", "neck"


def with_trunk(positions: NDArray, skeleton: Skeleton) -> tuple[NDArray, Skeleton]:
    """*positions* (T, D, J, 3) and *skeleton* with a pelvis and a neck behind the J joints, where hips hang on shoulders; else as they are."""
    hips = [joint for side in SIDES if (joint := skeleton.index(f"{side}_hip")) is not None]
    shoulders = [joint for side in SIDES if (joint := skeleton.index(f"{side}_shoulder")) is not None]
    all_known = len(hips) == len(shoulders) == len(SIDES)
    if (
        not all_known
        or {PELVIS, NECK} & {*skeleton.joints, *skeleton.landmarks}
        or not any(_hangs(hip, shoulders, skeleton) for hip in hips)
    ):
        return positions, skeleton
    pelvis, neck = len(skeleton), len(skeleton) + 1
    parents = [neck if parent < 0 else parent for parent in skeleton.parents]
    for joint in hips:
        parents[joint] = pelvis
    for joint in shoulders:
        parents[joint] = neck
    middles = [positions[:, :, pair].mean(axis=2, keepdims=True) for pair in (hips, shoulders)]
    whole = np.concatenate([positions, *middles], axis=2)
    return whole, Skeleton(skeleton.name, (*skeleton.joints, PELVIS, NECK), (*parents, -1, pelvis))


def _hangs(joint: int, shoulders: list[int], skeleton: Skeleton) -> bool:
    """Whether *joint* has one of *shoulders* among its ancestors."""
    while joint >= 0:
        joint = skeleton.parents[joint]
        if joint in shoulders:
            return True
    return False
