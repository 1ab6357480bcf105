"""A dancer's body: proportions for the 29 joints of ``hybrik-29``, from height and a few habits of build.

Frames of reference have x forward, y to the left, z up; right-handed: up × right = forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..skeletons import by_name
from .curves import Array

SKELETON = by_name("hybrik-29")
JOINT = {name: index for index, name in enumerate(SKELETON.joints)}
SIDES = ("left", "right")
OUTWARD = (1.0, -1.0)
"""The sign of y that points away from the body, left and right."""


@dataclass(frozen=True)
class Body:
    """Lengths in metres.

    Attributes:
        offsets: joint name → (3,) place in its parent's frame, for the torso, the hips and the shoulders (left side; the right is mirrored).
        thigh, shank, upper_arm, forearm: the two-bone limbs.
        foot, toe: (3,) from the ankle to the ball of the foot and to the big toe, foot flat (left side).
        thumb: from the wrist: along the hand, and towards the thumb. finger: the same for the tip of the middle finger.
        ankle_height: of the ankle above the floor, foot flat.
    """

    height: float
    offsets: dict[str, Array]
    thigh: float
    shank: float
    upper_arm: float
    forearm: float
    foot: Array
    toe: Array
    thumb: tuple[float, float]
    finger: tuple[float, float]
    ankle_height: float

    @property
    def leg(self) -> float:
        return self.thigh + self.shank

    @property
    def arm(self) -> float:
        return self.upper_arm + self.forearm

    @property
    def standing(self) -> float:
        """The pelvis joint's height with straight legs."""
        return self.leg + self.ankle_height - float(self.offsets["hip"][2])


def body(height: float, shoulders: float = 1.0, hips: float = 1.0, legs: float = 1.0) -> Body:
    """A body of *height* metres; *shoulders*, *hips* and *legs* scale breadth and leg length against the average adult.

    Segment lengths as shares of the height after Drillis and Contini (1966), the split of the spine as in SMPL's template. The head's joint
    lies just under the crown.
    """
    h = height
    thigh, shank, ankle = 0.232 * h * legs, 0.232 * h * legs, 0.044 * h
    drop = 0.052 * h
    pelvis = thigh + shank + ankle + drop
    torso = (0.985 * h - pelvis) / (0.985 * h - 0.560 * h)  # what longer legs take, the torso gives

    def up(x: float, y: float, z: float) -> Array:
        return np.array([x * h, y * h, z * h * torso])

    offsets = {
        "hip": np.array([0.0, 0.050 * h * hips, -drop]),
        "spine1": up(-0.008, 0.0, 0.062),
        "spine2": up(0.004, 0.0, 0.074),
        "spine3": up(0.004, 0.0, 0.034),
        "neck": up(-0.006, 0.0, 0.118),
        "collar": np.array([0.002 * h, 0.042 * h * shoulders, 0.066 * h * torso]),
        "shoulder": np.array([-0.006 * h, 0.064 * h * shoulders, 0.018 * h]),
        "jaw": up(0.012, 0.0, 0.052),
        "head": up(0.012, 0.0, 0.085),
    }
    return Body(
        height=h,
        offsets=offsets,
        thigh=thigh,
        shank=shank,
        upper_arm=0.164 * h,
        forearm=0.143 * h,
        foot=np.array([0.068 * h, 0.004 * h, -ankle + 0.014 * h]),
        toe=np.array([0.100 * h, -0.008 * h, -ankle + 0.010 * h]),
        thumb=(0.041 * h, 0.011 * h),
        finger=(0.092 * h, 0.0),
        ankle_height=ankle,
    )
