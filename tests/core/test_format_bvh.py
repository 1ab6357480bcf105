"""BVH across tools: the joints of CMU, Daz and Mixamo skeletons map to landmarks and body parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from duet_core.formats import read
from tests.core.sound_files import bvh_text

CMU = (
    ("Hips", ""), ("LHipJoint", "Hips"), ("LeftUpLeg", "LHipJoint"), ("LeftLeg", "LeftUpLeg"), ("LeftFoot", "LeftLeg"), ("LeftToeBase", "LeftFoot"),
    ("RHipJoint", "Hips"), ("RightUpLeg", "RHipJoint"), ("RightLeg", "RightUpLeg"), ("RightFoot", "RightLeg"), ("RightToeBase", "RightFoot"),
    ("LowerBack", "Hips"), ("Spine", "LowerBack"), ("Spine1", "Spine"), ("Neck", "Spine1"), ("Neck1", "Neck"), ("Head", "Neck1"),
    ("LeftShoulder", "Spine1"), ("LeftArm", "LeftShoulder"), ("LeftForeArm", "LeftArm"), ("LeftHand", "LeftForeArm"),
    ("LeftFingerBase", "LeftHand"), ("LThumb", "LeftHand"), ("RightShoulder", "Spine1"), ("RightArm", "RightShoulder"),
    ("RightForeArm", "RightArm"), ("RightHand", "RightForeArm"), ("RightFingerBase", "RightHand"), ("RThumb", "RightHand"),
)  # fmt: skip
MIXAMO = (
    ("mixamorig:Hips", ""), ("mixamorig:Spine", "Hips"), ("mixamorig:Spine1", "Spine"), ("mixamorig:Spine2", "Spine1"),
    ("mixamorig:Neck", "Spine2"), ("mixamorig:Head", "Neck"), ("mixamorig:LeftShoulder", "Spine2"), ("mixamorig:LeftArm", "LeftShoulder"),
    ("mixamorig:LeftForeArm", "LeftArm"), ("mixamorig:LeftHand", "LeftForeArm"), ("mixamorig:LeftHandThumb1", "LeftHand"),
    ("mixamorig:RightShoulder", "Spine2"), ("mixamorig:RightArm", "RightShoulder"), ("mixamorig:RightForeArm", "RightArm"),
    ("mixamorig:RightHand", "RightForeArm"), ("mixamorig:LeftUpLeg", "Hips"), ("mixamorig:LeftLeg", "LeftUpLeg"),
    ("mixamorig:LeftFoot", "LeftLeg"), ("mixamorig:LeftToeBase", "LeftFoot"), ("mixamorig:RightUpLeg", "Hips"),
    ("mixamorig:RightLeg", "RightUpLeg"), ("mixamorig:RightFoot", "RightLeg"), ("mixamorig:RightToeBase", "RightFoot"),
)  # fmt: skip
DAZ = (
    ("hip", ""), ("pelvis", "hip"), ("lThighBend", "pelvis"), ("lThighTwist", "lThighBend"), ("lShin", "lThighTwist"), ("lFoot", "lShin"),
    ("lToe", "lFoot"), ("rThighBend", "pelvis"), ("rThighTwist", "rThighBend"), ("rShin", "rThighTwist"), ("rFoot", "rShin"), ("rToe", "rFoot"),
    ("abdomenLower", "hip"), ("abdomenUpper", "abdomenLower"), ("chestLower", "abdomenUpper"), ("chestUpper", "chestLower"),
    ("lCollar", "chestUpper"), ("lShldrBend", "lCollar"), ("lForearmBend", "lShldrBend"), ("lHand", "lForearmBend"), ("lThumb1", "lHand"),
    ("rCollar", "chestUpper"), ("rShldrBend", "rCollar"), ("rForearmBend", "rShldrBend"), ("rHand", "rForearmBend"),
    ("neckLower", "chestUpper"), ("neckUpper", "neckLower"), ("head", "neckUpper"),
)  # fmt: skip
DAZ_OLD = (
    ("hip", ""), ("abdomen", "hip"), ("chest", "abdomen"), ("neck", "chest"), ("head", "neck"), ("lCollar", "chest"), ("lShldr", "lCollar"),
    ("lForeArm", "lShldr"), ("lHand", "lForeArm"), ("rCollar", "chest"), ("rShldr", "rCollar"), ("rForeArm", "rShldr"), ("rHand", "rForeArm"),
    ("lThigh", "hip"), ("lShin", "lThigh"), ("lFoot", "lShin"), ("lToe", "lFoot"), ("rThigh", "hip"), ("rShin", "rThigh"), ("rFoot", "rShin"),
    ("rToe", "rFoot"),
)  # fmt: skip
SKELETONS = {"CMU": CMU, "Mixamo": MIXAMO, "Daz Genesis": DAZ, "Daz": DAZ_OLD}
BODY = ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")


@pytest.mark.parametrize("tool", SKELETONS)
def test_the_joints_of_a_tool_map_to_landmarks_and_parts(tmp_path: Path, tool: str) -> None:
    bare = [name.rsplit(":", 1)[-1] for name, _ in SKELETONS[tool]]
    joints = [(name, bare.index(parent) if parent else -1, (1.0, 2.0, 0.0)) for name, parent in SKELETONS[tool]]
    (tmp_path / "a.bvh").write_text(bvh_text(joints, [[0.0] * (6 + 3 * (len(joints) - 1))] * 2))
    skeleton = read(tmp_path / "a.bvh").skeleton
    for side in ("left", "right"):
        for place in BODY:
            assert skeleton.index(f"{side}_{place}") is not None, (tool, side, place)
        part = {name: skeleton.parts[skeleton.index(f"{side}_{name}")] for name in BODY}
        assert part["knee"] == f"{side}_leg" and part["elbow"] == f"{side}_arm" and part["wrist"] == f"{side}_hand"
        left, right = skeleton.index("left_elbow"), skeleton.index("right_elbow")
        assert skeleton.mirrored[left] == right and skeleton.mirrored[right] == left
    for place in ("pelvis", "neck", "head"):
        assert skeleton.index(place) is not None, (tool, place)
    assert len({skeleton.joints[j].rsplit(":", 1)[-1] for j in range(len(skeleton))}) == len(bare)


def test_every_real_salsa_take_loads_as_a_duet(real_data: Path) -> None:
    folder = real_data / "cmu_salsa"
    for leader in sorted(folder.glob("60_*.bvh.gz"))[::4]:
        clip = read([leader, folder / leader.name.replace("60_", "61_")], fps=60)
        assert clip.dancers == 2
        assert clip.skeleton.index("left_knee") is not None
