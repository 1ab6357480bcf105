"""Skeletons: valid ones only, left and right found, landmarks found across tools' naming."""

from __future__ import annotations

import pytest

from duet_core.errors import InputError
from duet_core.skeletons import KNOWN, LANDMARKS, Skeleton, landmark_of


@pytest.mark.parametrize("skeleton", KNOWN.values(), ids=list(KNOWN))
def test_known_skeletons_pair_left_with_right_and_place_every_joint(skeleton: Skeleton) -> None:
    for joint, other in enumerate(skeleton.mirrored):
        assert skeleton.mirrored[other] == joint
        name, mirror = skeleton.joints[joint], skeleton.joints[other]
        if skeleton.name.startswith("mariel"):  # markers keep the names of the laboratory: LKNE, RKNE
            assert name[1:] == mirror[1:]
            continue
        assert mirror == name.replace("left_", "R").replace("right_", "left_").replace("R", "right_") if name != mirror else "_" not in name
    assert all(skeleton.parts)
    assert all(landmark == joint for joint, landmark in zip(skeleton.joints, skeleton.landmarks, strict=True) if joint in LANDMARKS)


@pytest.mark.parametrize(
    ("name", "landmark"),
    [
        ("rForeArm", "right_elbow"), ("rHand", "right_wrist"), ("rShin", "right_knee"), ("rFoot", "right_ankle"), ("lShldr", "left_shoulder"),
        ("mixamorig:LeftUpLeg", "left_hip"), ("mixamorig:RightArm", "right_shoulder"), ("LeftToeBase", "left_foot"), ("hand.L", "left_wrist"),
        ("upper_arm.R", "right_shoulder"), ("Hips", "pelvis"), ("lThighBend", "left_hip"), ("rForearmBend", "right_elbow"), ("abdomenLower", "spine1"),
        ("lfemur", "left_hip"), ("rwrist", "right_wrist"), ("lowerback", "spine1"), ("LANK", "left_ankle"), ("RBigToe", "right_big_toe"),
        ("left_wrist", "left_wrist"), ("legs", ""), ("lPinky2", ""), ("rear", ""),
    ],
)  # fmt: skip
def test_joint_names_of_many_tools_map_to_landmarks(name: str, landmark: str) -> None:
    assert landmark_of(name) == landmark


def test_json_round_trip_is_exact() -> None:
    skeleton = Skeleton("s", ("a", "ü", "c"), (-1, 2, 0))
    assert Skeleton.from_json(skeleton.to_json()) == skeleton
    assert skeleton.order == (0, 2, 1)


@pytest.mark.parametrize(
    ("joints", "parents", "says"),
    [
        ((), (), "no joints"),
        (("a", "a"), (-1, 0), "distinct"),
        (("a", "b"), (1, 0), "cycle"),
        (("a",), (3,), "outside"),
        (("a",), (), "parents"),
    ],
)
def test_impossible_skeletons_are_refused_with_the_reason(joints: tuple[str, ...], parents: tuple[int, ...], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Skeleton("bad", joints, parents)


def test_a_shoulder_is_the_collar_only_where_an_arm_hangs_below_it() -> None:
    mixamo = Skeleton("m", ("Spine", "LeftShoulder", "LeftArm", "LeftForeArm"), (-1, 0, 1, 2))
    assert mixamo.landmarks == ("spine1", "left_collar", "left_shoulder", "left_elbow")
    openpose = Skeleton("o", ("Neck", "LShoulder", "LElbow"), (-1, 0, 1))
    assert openpose.landmarks == ("neck", "left_shoulder", "left_elbow")
