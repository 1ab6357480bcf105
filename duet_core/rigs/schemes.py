"""How tools name the bones of a body, and which of those namings a rig's names fit best.

A bone's head is the joint that it turns about: a forearm begins at the elbow. Where several bones could stand for a place the first that the rig has is
taken. Namespaces (``mixamorig:``) are ignored. Fingers end the arm: without them the hand's tail does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..skeletons import landmark_of
from .mapping import Mapping, Place

CORE = frozenset(f"{side}_{place}" for side in ("left", "right") for place in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")) | {
    "pelvis", "neck", "head",
}  # fmt: skip
"""What any body has; a scheme is chosen by these first."""
_MINOR = 0.1
"""What a place counts that is not in `CORE`."""

_PREFIX = re.compile(r"^(?:(?:DEF|ORG|MCH)-|Bip0*\d*[ _]|CC_Base_|J_Bip_(?:C_)?|[mf]_avg_|b_)")


@dataclass(frozen=True)
class Scheme:
    """One tool's names.

    Attributes:
        name: for a person.
        sides: what stands for ``{}`` on the left and on the right.
        places: landmark (sided ones without their side) → names, the first that is there is taken; a name that begins with ``>`` means its tail.
    """

    name: str
    sides: tuple[str, str]
    places: dict[str, tuple[str, ...]]

    def fit(self, bones: Iterable[str]) -> Mapping:
        """The mapping by this scheme of a rig with *bones*."""
        by_name = {bone.rsplit(":", 1)[-1]: bone for bone in bones}
        found: dict[str, Place] = {}
        for landmark, names in self.places.items():
            sided = any("{}" in name for name in names)
            for side, word in zip(("left_", "right_"), self.sides, strict=True) if sided else (("", ""),):
                for name in names:
                    bone = by_name.get(name.lstrip(">").replace("{}", word))
                    if bone is not None:
                        found[side + landmark] = Place(bone, "tail" if name.startswith(">") else "head")
                        break
        return Mapping(_with_ends(found), self.name)


def _with_ends(found: dict[str, Place]) -> dict[str, Place]:
    """The tails of the last bones: a hand without fingers and a toe still end somewhere."""
    result = dict(found)
    for side in ("left_", "right_"):
        if side + "middle_finger" not in found and side + "wrist" in found and found[side + "wrist"].end == "head":
            result.setdefault(side + "hand", Place(found[side + "wrist"].bone, "tail"))
        if side + "foot" in found and found[side + "foot"].end == "head":
            result.setdefault(side + "big_toe", Place(found[side + "foot"].bone, "tail"))
    return result


def _blender(prefix: str) -> dict[str, tuple[str, ...]]:
    """The names of Blender's own human meta-rig, and of Rigify's bones made from it."""
    names = {
        "pelvis": ("spine", "hips"), "spine1": ("spine.001",), "spine2": ("spine.002", "chest"), "spine3": ("spine.003",), "neck": ("spine.004", "neck"),
        "head": ("spine.006", "head"), "jaw": ("jaw_master", "jaw"), "collar": ("shoulder{}",), "shoulder": ("upper_arm{}",), "elbow": ("forearm{}",),
        "wrist": ("hand{}",), "thumb": ("thumb.01{}",), "middle_finger": ("f_middle.01{}",), "hip": ("thigh{}",), "knee": ("shin{}",),
        "ankle": ("foot{}",), "foot": ("toe{}",),
    }  # fmt: skip
    return {landmark: tuple(prefix + name for name in given) for landmark, given in names.items()}


SCHEMES: tuple[Scheme, ...] = (
    Scheme("Rigify, deforming bones", (".L", ".R"), _blender("DEF-")),
    Scheme("Rigify, original bones", (".L", ".R"), _blender("ORG-")),
    Scheme(
        "Rigify, controls",
        (".L", ".R"),
        {
            "pelvis": ("hips", "torso"), "spine2": ("chest",), "neck": ("neck",), "head": ("head",), "collar": ("shoulder{}",),
            "shoulder": ("upper_arm_fk{}",), "elbow": ("forearm_fk{}",), "wrist": ("hand_fk{}",), "hip": ("thigh_fk{}",), "knee": ("shin_fk{}",),
            "ankle": ("foot_fk{}",), "foot": ("toe_fk{}", "toe{}"),
        },
    ),
    Scheme("Blender", (".L", ".R"), _blender("")),
    Scheme(
        "Mixamo",
        ("Left", "Right"),
        {
            "pelvis": ("Hips",), "spine1": ("Spine",), "spine2": ("Spine1",), "spine3": ("Spine2",), "neck": ("Neck",), "head": ("Head",),
            "collar": ("{}Shoulder",), "shoulder": ("{}Arm",), "elbow": ("{}ForeArm",), "wrist": ("{}Hand",), "thumb": ("{}HandThumb1",),
            "middle_finger": ("{}HandMiddle1",), "hip": ("{}UpLeg",), "knee": ("{}Leg",), "ankle": ("{}Foot",), "foot": ("{}ToeBase",),
            "big_toe": ("{}Toe_End", "{}ToeEnd", ">{}ToeBase"), "eye": ("{}Eye",),
        },
    ),
    Scheme(
        "CMU",
        ("Left", "Right"),
        {
            "pelvis": ("Hips",), "spine1": ("LowerBack",), "spine2": ("Spine",), "spine3": ("Spine1",), "neck": ("Neck",), "head": ("Head",),
            "collar": ("{}Shoulder",), "shoulder": ("{}Arm",), "elbow": ("{}ForeArm",), "wrist": ("{}Hand",), "middle_finger": ("{}FingerBase",),
            "hip": ("{}UpLeg",), "knee": ("{}Leg",), "ankle": ("{}Foot",), "foot": ("{}ToeBase",),
        },
    ),
    Scheme(
        "CMU, Daz names",
        ("l", "r"),
        {
            "pelvis": ("hip",), "spine1": ("abdomen",), "spine2": ("chest",), "neck": ("neck",), "head": ("head",), "collar": ("{}Collar",),
            "shoulder": ("{}Shldr", "{}ShldrBend"), "elbow": ("{}ForeArm", "{}ForearmBend"), "wrist": ("{}Hand",), "thumb": ("{}Thumb1",),
            "middle_finger": ("{}Mid1",), "hip": ("{}Thigh", "{}ThighBend"), "knee": ("{}Shin",), "ankle": ("{}Foot",), "foot": ("{}Toe",),
        },
    ),
    # Its limbs are two bones each, of which the twisting one is the upper half of thigh and upper arm; the plain ones are there in a full rig.
    Scheme(
        "Auto-Rig Pro",
        (".l", ".r"),
        {
            "pelvis": ("root.x", "c_root.x", "c_root_master.x"), "spine1": ("spine_01.x", "c_spine_01.x"), "spine2": ("spine_02.x", "c_spine_02.x"),
            "spine3": ("spine_03.x", "c_spine_03.x"), "neck": ("neck.x", "c_neck.x"), "head": ("head.x", "c_head.x"), "jaw": ("jawbone.x", "c_jawbone.x"),
            "collar": ("shoulder{}", "c_shoulder{}"), "shoulder": ("arm{}", "arm_twist{}", "c_arm_fk{}", "arm_stretch{}"),
            "elbow": ("forearm{}", "forearm_stretch{}", "c_forearm_fk{}"), "wrist": ("hand{}", "c_hand_fk{}"), "thumb": ("thumb1{}", "c_thumb1{}"),
            "middle_finger": ("middle1{}", "c_middle1{}"), "hip": ("thigh{}", "thigh_twist{}", "c_thigh_fk{}", "thigh_stretch{}"),
            "knee": ("leg{}", "leg_stretch{}", "c_leg_fk{}"), "ankle": ("foot{}", "c_foot_fk{}"), "foot": ("toes_01{}", "c_toes_fk{}"),
        },
    ),
    Scheme(
        "SMPL-X",
        ("left", "right"),
        {
            "pelvis": ("pelvis",), "spine1": ("spine1",), "spine2": ("spine2",), "spine3": ("spine3",), "neck": ("neck",), "head": ("head",),
            "jaw": ("jaw",), "eye": ("{}_eye_smplhf", "{}_eye"), "collar": ("{}_collar",), "shoulder": ("{}_shoulder",), "elbow": ("{}_elbow",),
            "wrist": ("{}_wrist",), "thumb": ("{}_thumb1",), "middle_finger": ("{}_middle1",), "hip": ("{}_hip",), "knee": ("{}_knee",),
            "ankle": ("{}_ankle",), "foot": ("{}_foot",),
        },
    ),
    Scheme(
        "Unreal",
        ("l", "r"),
        {
            "pelvis": ("pelvis",), "spine1": ("spine_01",), "spine2": ("spine_02", "spine_03"), "spine3": ("spine_03", "spine_05"), "neck": ("neck_01",),
            "head": ("head",), "collar": ("clavicle_{}",), "shoulder": ("upperarm_{}",), "elbow": ("lowerarm_{}",), "wrist": ("hand_{}",),
            "thumb": ("thumb_01_{}",), "middle_finger": ("middle_01_{}",), "hip": ("thigh_{}",), "knee": ("calf_{}",), "ankle": ("foot_{}",),
            "foot": ("ball_{}",),
        },
    ),
)  # fmt: skip
BY_WORDS = "By their names"
"""What a mapping is called that no scheme made: each bone was understood by its own name."""


def propose(bones: Iterable[str]) -> Mapping:
    """The mapping that fits *bones* best: the scheme with most of the body's core, then with most places; words only where they tell more of the core,
    for in a big rig they mix what deforms with what controls."""
    names = list(bones)
    best = max((scheme.fit(names) for scheme in SCHEMES), key=_score)  # the first of equals: what deforms is what one sees
    words = by_words(names)
    return words if _core(words) > _core(best) else best


def by_words(bones: Iterable[str]) -> Mapping:
    """Each bone understood by the words in its name (`skeletons.landmark_of`); the first that means a place stands for it."""
    found: dict[str, Place] = {}
    for bone in bones:
        bare = _PREFIX.sub("", bone.rsplit(":", 1)[-1])
        landmark = landmark_of(bare)
        if landmark:
            found.setdefault(landmark, Place(bone))
    return Mapping(_with_ends(found), BY_WORDS)


def _score(mapping: Mapping) -> float:
    return _core(mapping) + _MINOR * (len(mapping) - _core(mapping))


def _core(mapping: Mapping) -> int:
    return len(CORE & set(mapping.places))
