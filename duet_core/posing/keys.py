"""A pose as what Blender keys: for each bone a rotation and a location relative to its rest and its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from . import quaternions as q
from .pose import Pose

STILL_LOCATION = 5e-5
"""Metres within which a coordinate of a bone's location counts as constant and needs no curve. Errors do not add up along a chain: see `bone_keys`."""

STILL_ROTATION = 1e-6


@dataclass(frozen=True)
class BoneKeys:
    """Keys of one bone.

    Attributes:
        rotation: (4, T) float64 quaternion w, x, y, z, continuous; (4, 1) where it never changes.
        location: (3, T) metres in the bone's own axes, a row of one value where only other coordinates change; (3, 1) where none does.
    """

    rotation: NDArray[np.float64]
    location: NDArray[np.float64]


def bone_keys(pose: Pose, dancer: int, skeleton: Skeleton, heads: NDArray, axes: NDArray) -> Iterator[tuple[int, BoneKeys]]:
    """Keys that put every bone's head exactly at its joint, for one *dancer*: each joint's number with its keys, parents before their children.

    A coordinate that is held constant leaves its joint off by up to `STILL_LOCATION`; the bones after it start from where it really is. Of a bone that
    goes on as its parent does, only the coordinate along it changes with the parent's length.

    Args:
        heads: (J, 3) where the bones' heads are at rest, as the armature has them.
        axes: (J, 3, 3) the bones' axes at rest (columns), as the armature has them.
    """
    reached = np.empty((len(skeleton), 3, pose.positions.shape[-1]))
    for joint in skeleton.order:
        parent = skeleton.parents[joint]
        inverse = axes[joint].T
        turn, target = pose.turns[joint][:, dancer], pose.positions[joint, :, dancer]
        if parent < 0:
            relative, local = turn, target - heads[joint][:, None]
        else:
            above = pose.turns[parent][:, dancer]
            relative = q.multiply(q.conjugate(above), turn)
            offset = (heads[joint] - heads[parent])[:, None]
            local = q.rotate_back(above, target - reached[parent]) - offset
        rotation = np.concatenate([relative[:1], inverse @ relative[1:]])
        location = inverse @ local
        low, high = location.min(axis=1), location.max(axis=1)
        still = (high - low) / 2 < STILL_LOCATION
        if still.all():
            location = ((low + high) / 2)[:, None]
        else:
            location[still] = ((low + high) / 2)[still, None]
        if still.any():
            moved = axes[joint] @ location
            reached[joint] = (
                moved + heads[joint][:, None]
                if parent < 0
                else reached[parent] + q.rotate(above, np.broadcast_to(offset + moved, target.shape))
            )
        else:
            reached[joint] = target
        if np.ptp(np.abs(rotation), axis=1).max() < STILL_ROTATION and np.abs(rotation[0]).min() > 0.5:
            rotation = rotation[:, :1] * np.sign(rotation[0, 0])
        else:
            rotation = q.continuous(rotation)
        yield joint, BoneKeys(rotation, location)
