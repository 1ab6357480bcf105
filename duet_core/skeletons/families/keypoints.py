"""Keypoints of video estimators: COCO (17), OpenPose (COCO-18, BODY_25, BODY_25B), Halpe (26), Human3.6M (17), MediaPipe (33).

Such sets have no pelvis or neck of their own in places where a body has one, so that a bone may be missing: then the head or the shoulders are roots
of their own or hang where the tool draws them.
"""

from __future__ import annotations

from ..skeleton import Skeleton


def _skeleton(name: str, joints: str, bones: dict[str, str]) -> Skeleton:
    """*joints* in the tool's order; *bones* names each joint's parent, without side where both sides have it alike."""
    names = tuple(joints.split())

    def parent(joint: str) -> int:
        side, _, place = joint.partition("_")
        above = bones.get(joint)
        if above is None and side in ("left", "right"):
            above = bones.get(place, "")
            above = f"{side}_{above}" if f"{side}_{above}" in names else above
        return names.index(above) if above else -1

    return Skeleton(name, names, tuple(parent(joint) for joint in names))


_LIMBS = {"knee": "hip", "ankle": "knee", "elbow": "shoulder", "wrist": "elbow"}
_FEET = {"big_toe": "ankle", "small_toe": "big_toe", "heel": "ankle"}
_FACE = {"eye": "nose", "ear": "eye"}

SKELETONS = (
    _skeleton(
        "coco-17",
        "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
        "left_hip right_hip left_knee right_knee left_ankle right_ankle",
        {**_LIMBS, **_FACE, "left_hip": "left_shoulder", "right_hip": "right_shoulder", "right_shoulder": "left_shoulder"}
        | {"left_shoulder": "nose"},
    ),
    _skeleton(
        "coco-18",
        "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee right_ankle "
        "left_hip left_knee left_ankle right_eye left_eye right_ear left_ear",
        {**_LIMBS, **_FACE, "nose": "neck", "shoulder": "neck", "hip": "neck"},
    ),
    _skeleton(
        "body-25",
        "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist pelvis right_hip right_knee right_ankle "
        "left_hip left_knee left_ankle right_eye left_eye right_ear left_ear left_big_toe left_small_toe left_heel right_big_toe "
        "right_small_toe right_heel",
        {**_LIMBS, **_FEET, **_FACE, "nose": "neck", "shoulder": "neck", "hip": "pelvis", "neck": "pelvis"},
    ),
    _skeleton(
        "body-25b",
        "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
        "left_hip right_hip left_knee right_knee left_ankle right_ankle neck head left_big_toe left_small_toe left_heel "
        "right_big_toe right_small_toe right_heel",
        {**_LIMBS, **_FEET, **_FACE, "nose": "neck", "head": "neck", "shoulder": "neck", "hip": "shoulder"},
    ),
    _skeleton(
        "halpe-26",
        "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
        "left_hip right_hip left_knee right_knee left_ankle right_ankle head neck pelvis left_big_toe right_big_toe "
        "left_small_toe right_small_toe left_heel right_heel",
        {**_LIMBS, **_FEET, **_FACE, "nose": "neck", "head": "neck", "shoulder": "neck", "hip": "pelvis", "neck": "pelvis"},
    ),
    _skeleton(
        "h36m-17",
        "pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine1 neck nose head left_shoulder left_elbow "
        "left_wrist right_shoulder right_elbow right_wrist",
        {**_LIMBS, "hip": "pelvis", "spine1": "pelvis", "neck": "spine1", "nose": "neck", "head": "nose", "shoulder": "neck"},
    ),
    _skeleton(
        "mediapipe-33",
        "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear left_mouth "
        "right_mouth left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky right_pinky left_index "
        "right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle right_ankle left_heel right_heel "
        "left_foot right_foot",
        {**_LIMBS, "eye_inner": "nose", "eye": "eye_inner", "eye_outer": "eye", "ear": "eye_outer", "mouth": "nose", "pinky": "wrist"}
        | {"index": "wrist", "thumb": "wrist", "heel": "ankle", "foot": "heel", "left_hip": "left_shoulder", "right_hip": "right_shoulder"}
        | {"right_shoulder": "left_shoulder", "left_shoulder": "nose"},
    ),
)
