"""From joint positions to what an armature needs: a rest pose, and for every bone and frame a rotation that means something.

Positions alone do not say how a bone is turned about itself. That is read from the body: hips and shoulders turn pelvis and chest, the bending of
elbows and knees turns upper arms and thighs, thumbs turn hands, and what a hand turns is shared with its forearm.
"""

from .gaps import filled
from .keys import BoneKeys, bone_keys
from .layout import bone_layout
from .pose import Pose, pose
from .trunk import with_trunk

__all__ = ["BoneKeys", "Pose", "bone_keys", "bone_layout", "filled", "pose", "with_trunk"]
