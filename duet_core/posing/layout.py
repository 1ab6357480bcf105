"""Where each bone of an armature starts, ends and faces at rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .pose import FOOT_SHARE, Pose

SHORTEST = 0.01
"""Metres a bone has at least: Blender drops bones without length."""

TIP = 0.025
"""Metres that a bone reaches beyond the body's own end: a crown, a fingertip, a toe."""

_TIPS = ("middle_finger", "thumb", "big_toe", "heel")


def bone_layout(pose: Pose, dancer: int, skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Heads, tails and z axes (J, 3 each) of the bones at rest: heads at the joints, tails at the main child's joint.

    A bone without children goes on as its parent does, a little way where its joint is the body's end; a foot points forwards, a head up. The z axes
    face front, up for bones that point front.
    """
    heads = pose.rest[dancer]
    tails = np.array(heads)
    for joint in skeleton.order:
        child, parent = pose.main_child[joint], skeleton.parents[joint]
        if child >= 0:
            tails[joint] = heads[child]
        else:
            place = skeleton.landmarks[joint].removeprefix("left_").removeprefix("right_")
            before = heads[joint] - heads[parent] if parent >= 0 else np.array([0.0, 0.0, 0.2])
            size = float(np.linalg.norm(before))
            if place == "ankle":
                tails[joint] = heads[joint] + np.array([0.0, -0.94, -0.34]) * size * FOOT_SHARE
            elif place == "head" and skeleton.landmarks[parent] == "jaw":  # the crown
                tails[joint] = heads[joint] + np.array([0.0, 0.0, TIP])
            elif place == "head":
                tails[joint] = heads[joint] + np.array([0.0, 0.0, max(0.08, min(size, 0.18))])
            elif place in ("eye", "ear", "nose"):
                tails[joint] = heads[joint] + np.array([0.0, -0.03, 0.0])
            else:
                most = TIP if place in _TIPS else 0.08
                tails[joint] = heads[joint] + before * (min(max(0.5 * size, 0.02), most) / max(size, 1e-9))
        along = tails[joint] - heads[joint]
        size = float(np.linalg.norm(along))
        if size < SHORTEST:
            tails[joint] = heads[joint] + (along / size if size > 1e-9 else np.array([0.0, 0.0, 1.0])) * SHORTEST
    along = tails - heads
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    z = np.where((np.abs(along[:, 1]) > 0.8)[:, None], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0])
    return heads, tails, z
