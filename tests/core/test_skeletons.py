"""Skeletons: valid ones only, left and right found, landmarks found across tools' naming."""

from __future__ import annotations

import pytest

from duet_core.errors import InputError
from duet_core.skeletons import KNOWN, Skeleton, landmark_of


@pytest.mark.parametrize("skeleton", KNOWN.values(), ids=list(KNOWN))
def test_known_skeletons_pair_left_with_right_and_place_every_joint(skeleton: Skeleton) -> None:
    for joint, other in enumerate(skeleton.mirrored):
        assert skeleton.mirrored[other] == joint
        name, mirror = skeleton.joints[joint], skeleton.joints[other]
        assert mirror == name.replace("left_", "R").replace("right_", "left_").replace("R", "right_") if name != mirror else "_" not in name
    assert all(skeleton.parts)
    assert skeleton.landmarks == tuple(j if j in skeleton.landmarks else "" for j in skeleton.joints)


@pytest.mark.parametrize(
    ("name", "landmark"),
    [
        ("rForeArm", "right_elbow"), ("rHand", "right_wrist"), ("rShin", "right_knee"), ("rFoot", "right_ankle"), ("lShldr", "left_shoulder"),
        ("mixamorig:LeftUpLeg", "left_hip"), ("mixamorig:RightArm", "right_shoulder"), ("LeftToeBase", "left_foot"), ("hand.L", "left_wrist"),
        ("upper_arm.R", "right_shoulder"), ("Hips", "pelvis"), ("left_wrist", "left_wrist"), ("legs", ""), ("lPinky2", ""), ("rear", ""),
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
