"""Rigs of every naming: which bones stand for which places of the body."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.rigs import SCHEMES, Mapping, Place, as_skeleton, common, propose
from duet_core.rigs.schemes import BY_WORDS, CORE
from duet_core.skeletons import LANDMARKS


def sided(names: str, left: str, right: str) -> list[str]:
    """Words of *names*, those with ``{}`` once for each side."""
    return [name.replace("{}", side) for name in names.split() for side in ((left, right) if "{}" in name else ("",))]


RIGS = {
    "Rigify, deforming bones": sided(
        "DEF-spine DEF-spine.001 DEF-spine.002 DEF-spine.003 DEF-spine.004 DEF-spine.005 DEF-spine.006 DEF-shoulder{} DEF-upper_arm{} DEF-upper_arm{}.001 "
        "DEF-forearm{} DEF-hand{} DEF-thumb.01{} DEF-f_middle.01{} DEF-thigh{} DEF-shin{} DEF-foot{} DEF-toe{} DEF-pelvis{} "
        "DEF-ear{} DEF-jaw eye{} jaw nose heel.02.L master_eye{} ORG-eye{} "
        "ORG-spine ORG-thigh{} ORG-shin{} ORG-foot{} MCH-spine torso chest hips head neck thigh_ik{} foot_ik{} upper_arm_fk{} forearm_fk{} hand_fk{}",
        ".L",
        ".R",
    ),
    "Blender": sided(
        "spine spine.001 spine.002 spine.003 spine.004 spine.006 shoulder{} upper_arm{} forearm{} hand{} thigh{} shin{} foot{} toe{}",
        ".L",
        ".R",
    ),
    "Mixamo": [
        f"mixamorig:{name}"
        for name in sided(
            "Hips Spine Spine1 Spine2 Neck Head HeadTop_End {}Shoulder {}Arm {}ForeArm {}Hand {}HandThumb1 {}HandMiddle1 {}UpLeg {}Leg {}Foot {}ToeBase "
            "{}Toe_End",
            "Left",
            "Right",
        )
    ],
    "CMU": sided(
        "Hips LHipJoint RHipJoint LowerBack Spine Spine1 Neck Neck1 Head {}Shoulder {}Arm {}ForeArm {}Hand {}FingerBase {}HandIndex1 {}UpLeg {}Leg {}Foot {}ToeBase",
        "Left",
        "Right",
    ),
    "CMU, Daz names": sided(
        "hip abdomen chest neck head {}Collar {}Shldr {}ForeArm {}Hand {}Thumb1 {}Mid1 {}Buttock {}Thigh {}Shin {}Foot", "l", "r"
    ),
    "Auto-Rig Pro": sided(
        "root.x spine_01.x spine_02.x neck.x head.x shoulder{} arm_twist{} arm_stretch{} forearm_stretch{} forearm_twist{} hand{} c_thumb1{} c_middle1{} "
        "thigh_twist{} thigh_stretch{} leg_stretch{} leg_twist{} foot{} toes_01{}",
        ".l",
        ".r",
    ),
    "SMPL-X": sided(
        "pelvis spine1 spine2 spine3 neck head jaw {}_eye_smplhf {}_collar {}_shoulder {}_elbow {}_wrist {}_index1 {}_middle1 {}_thumb1 {}_hip {}_knee {}_ankle {}_foot",
        "left",
        "right",
    ),
    "Unreal": sided(
        "root pelvis spine_01 spine_02 spine_03 neck_01 head clavicle_{} upperarm_{} lowerarm_{} hand_{} thumb_01_{} middle_01_{} thigh_{} calf_{} foot_{} ball_{}",
        "l",
        "r",
    ),
}


@pytest.mark.parametrize("scheme", RIGS)
def test_each_tools_naming_is_recognised_and_the_whole_body_found(scheme: str) -> None:
    found = propose(RIGS[scheme])
    assert found.name == scheme
    mapped = found.places
    assert set(mapped) >= CORE
    assert len({(place.bone, place.end) for place in mapped.values()}) == len(mapped)
    for landmark, place in mapped.items():
        if landmark.startswith("left_"):
            other = mapped[landmark.replace("left_", "right_")]
            assert (place.bone != other.bone, place.end == other.end) == (True, True)


def test_the_upper_half_of_a_limb_in_two_bones_is_where_it_begins() -> None:
    mapped = propose(RIGS["Auto-Rig Pro"]).places
    assert (mapped["left_shoulder"].bone, mapped["left_elbow"].bone) == ("arm_twist.l", "forearm_stretch.l")
    assert (mapped["right_hip"].bone, mapped["right_knee"].bone) == ("thigh_twist.r", "leg_stretch.r")


def test_controls_serve_where_nothing_deforms() -> None:
    arp = sided(
        "c_root_master.x c_spine_01.x c_spine_02.x c_neck.x c_head.x c_shoulder{} c_arm_fk{} c_forearm_fk{} c_hand_fk{} c_thigh_fk{} c_leg_fk{} c_foot_fk{}",
        ".l",
        ".r",
    )
    assert propose(arp).name == "Auto-Rig Pro" and set(propose(arp).places) >= CORE
    rigify = sided("torso chest hips neck head upper_arm_fk{} forearm_fk{} hand_fk{} thigh_fk{} shin_fk{} foot_fk{}", ".L", ".R")
    assert propose(rigify).name == "Rigify, controls" and set(propose(rigify).places) >= CORE


@pytest.mark.parametrize(
    "bones",
    [
        ["Bip001 Pelvis", "Bip001 Spine", "Bip001 Neck", "Bip001 Head"]
        + [f"Bip001 {s} {name}" for s in "LR" for name in ("Thigh", "Calf", "Foot", "UpperArm", "Forearm", "Hand", "Clavicle")],
        ["J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Neck", "J_Bip_C_Head"]
        + [f"J_Bip_{s}_{name}" for s in "LR" for name in ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")],
        ["m_avg_Pelvis", "m_avg_Neck", "m_avg_Head"]
        + [f"m_avg_{s}_{name}" for s in "LR" for name in ("Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist")],
    ],
    ids=["biped", "vrm", "smpl"],
)
def test_other_namings_are_understood_by_their_words(bones: list[str]) -> None:
    found = propose(bones)
    assert found.name == BY_WORDS
    assert set(found.places) >= CORE - {"left_shoulder", "right_shoulder"}


def test_names_that_mean_nothing_map_to_nothing() -> None:
    found = propose([f"Bone.{n:03}" for n in range(40)])
    assert len(found) == 0


def test_the_score_prefers_the_scheme_with_more_of_the_body() -> None:
    both = RIGS["Mixamo"] + ["spine", "hand.L"]
    assert propose(both).name == "Mixamo"
    assert len({scheme.name for scheme in SCHEMES}) == len(SCHEMES)


def test_a_mapping_survives_its_file_and_anything_else_is_refused() -> None:
    mapping = Mapping({"head": Place("Kopf"), "left_hand": Place("Hand «links»", "tail"), "pelvis": Place("Becken")}, "Meine Figur")
    again = Mapping.from_json(mapping.to_json())
    assert again == mapping
    assert list(again.places) == [landmark for landmark in LANDMARKS if landmark in mapping.places]
    whole = json.loads(mapping.to_json())
    for wrong in ("", "[]", "{}", json.dumps({**whole, "format": "x"}), json.dumps({**whole, "joints": {"elbow": {"bone": "b", "end": "head"}}}),
                  json.dumps({**whole, "joints": {"head": {"bone": "b", "end": "middle"}}}), json.dumps({**whole, "joints": {"head": "b"}})):  # fmt: skip
        with pytest.raises(InputError):
            Mapping.from_json(wrong, "file.json")


def test_two_rigs_share_what_both_have_and_too_little_is_refused() -> None:
    first, second = propose(RIGS["SMPL-X"]), propose(RIGS["Mixamo"])
    shared = common(first, second)
    assert set(shared) >= CORE
    assert "jaw" not in shared
    with pytest.raises(InputError, match="in common"):
        common(first, Mapping({"head": Place("h")}))
    assert len(first.within({"pelvis", "head"})) == 2


def test_shared_landmarks_make_a_body_that_hangs_together_from_the_pelvis() -> None:
    shared = common(propose(RIGS["SMPL-X"]), propose(RIGS["Mixamo"]))
    body = as_skeleton(shared, np.random.default_rng(0).normal(size=(10, 2, len(shared), 3)))
    assert body.parents.count(-1) == 1
    assert body.joints[body.order[0]] == "pelvis"
    chain = ["left_wrist", "left_elbow", "left_shoulder"]
    for child, parent in pairwise(chain):
        assert body.parents[body.index(child)] == body.index(parent)
