"""Landmarks: one vocabulary of body places that joints of every skeleton map to by their names.

Different tools call one place ``rForeArm``, ``mixamorig:RightForeArm`` or ``right_elbow``. Whatever asks for "the left wrist" asks for a
landmark, so that it works on every skeleton. A joint that is no landmark (a finger's middle joint, say) maps to ``""``.
"""

from __future__ import annotations

import re

_SIDED = (
    "hip", "knee", "ankle", "heel", "foot", "big_toe", "collar", "shoulder", "elbow", "wrist", "hand", "thumb", "middle_finger",
    "eye", "ear",
)  # fmt: skip
_CENTRAL = ("pelvis", "spine1", "spine2", "spine3", "neck", "jaw", "nose", "head")

LANDMARKS: tuple[str, ...] = _CENTRAL + tuple(f"{side}_{name}" for side in ("left", "right") for name in _SIDED)

PARTS: tuple[str, ...] = ("torso", "head", "left_arm", "right_arm", "left_leg", "right_leg", "left_hand", "right_hand")

_ARM = {"collar", "shoulder", "elbow"}
_HAND = {"wrist", "hand", "thumb", "middle_finger"}
_LEG = {"hip", "knee", "ankle", "heel", "foot", "big_toe"}

# Other tools' words for a place, without the side. Where a tool names a bone, its joint is the bone's near end:
# a "forearm" starts at the elbow, a "shin" at the knee, a "hand" at the wrist, a "foot" at the ankle.
_BONE_WORDS = {
    "hips": "pelvis", "hip": "pelvis", "root": "pelvis", "pelvis": "pelvis", "midhip": "pelvis",
    "abdomen": "spine1", "spine": "spine1", "lowerback": "spine1", "spine1": "spine2", "chest": "spine2", "spine2": "spine3",
    "upperchest": "spine3", "neck": "neck", "neck1": "neck", "head": "head", "jaw": "jaw", "nose": "nose",
    "abdomenlower": "spine1", "abdomenupper": "spine2", "abdomen2": "spine2", "chestlower": "spine2", "chestupper": "spine3",
    "necklower": "neck", "upperback": "spine2", "thorax": "spine3", "lowerneck": "neck",
    # Markers: the one that sits nearest to the place.
    "ariel": "head", "headtop": "head", "c7": "neck", "t10": "spine2", "strn": "spine3", "mbwt": "pelvis", "sacr": "pelvis",
}  # fmt: skip
_SIDED_BONE_WORDS = {
    "thigh": "hip", "upleg": "hip", "upperleg": "hip", "hip": "hip",
    "shin": "knee", "leg": "knee", "lowerleg": "knee", "calf": "knee", "knee": "knee",
    "foot": "ankle", "ankle": "ankle", "heel": "heel", "toebase": "foot", "toe": "foot", "ball": "foot", "bigtoe": "big_toe",
    "collar": "collar", "clavicle": "collar", "shoulder": "collar", "shldr": "shoulder", "arm": "shoulder", "upperarm": "shoulder",
    "forearm": "elbow", "lowerarm": "elbow", "elbow": "elbow", "hand": "wrist", "wrist": "wrist",
    "thumb": "thumb", "thumb1": "thumb", "handthumb1": "thumb", "middlefinger": "middle_finger", "mid1": "middle_finger",
    "handmiddle1": "middle_finger", "eye": "eye", "ear": "ear",
    "thighbend": "hip", "shldrbend": "shoulder", "forearmbend": "elbow", "femur": "hip", "tibia": "knee", "toes": "foot",
    "humerus": "shoulder", "radius": "elbow",
    # Markers: the one that sits nearest to the place.
    "fwt": "hip", "asi": "hip", "asis": "hip", "kne": "knee", "ank": "ankle", "hel": "heel", "hee": "heel", "mt1": "big_toe",
    "fsh": "shoulder", "sho": "shoulder", "elb": "elbow", "iwr": "wrist", "wra": "wrist", "ihand": "hand", "fin": "hand",
}  # fmt: skip

_ACCLAIM = ("femur", "tibia", "foot", "toes", "clavicle", "humerus", "radius", "wrist", "hand", "fingers", "thumb", "hipjoint")
"""Words before which Acclaim's skeletons (CMU) write a lower-case side letter: ``lfemur``."""

_SIDE = re.compile(
    r"^(?P<first>left|right|l|r)[_\-. ]?(?=[A-Z_]|[a-z]{3})(?P<rest>.+)$|^(?P<body>.+?)[_\-. ](?P<last>left|right|l|r)$", re.IGNORECASE
)


def split_side(name: str) -> tuple[str, str]:
    """``("left" | "right" | "", rest)`` of a joint's name; the side is a prefix or suffix as tools write it (``lHand``, ``hand.L``)."""
    match = _SIDE.match(name)
    if not match:
        return "", name
    word = match["first"] or match["last"]
    rest = match["rest"] or match["body"]
    # One letter is a side only where the case or a separator sets it apart: "lHand", "hand.L", not "legs" or "rear".
    if match["first"] and len(word) == 1 and not (rest[0].isupper() or name[1] in "_-. " or rest in _ACCLAIM):
        return "", name
    return ("left" if word[0] in "lL" else "right"), rest.lstrip("_-. ")


def landmark_of(name: str) -> str:
    """The landmark that a joint called *name* stands for, or ``""``."""
    if name in LANDMARKS:
        return name
    bare = name.rsplit(":", 1)[-1]
    side, rest = split_side(bare)
    word = re.sub(r"[^a-z0-9]", "", rest.lower())
    if side:
        found = _SIDED_BONE_WORDS.get(word)
        return f"{side}_{found}" if found else ""
    return _BONE_WORDS.get(word, "")


def part_of(landmark: str) -> str:
    """The body part (one of `PARTS`) of a landmark, or ``""`` for none."""
    side, _, name = landmark.partition("_")
    if side in ("left", "right"):
        for group, part in ((_HAND, "hand"), (_ARM, "arm"), (_LEG, "leg")):
            if name in group:
                return f"{side}_{part}"
        return "head"
    if landmark in ("jaw", "nose", "head", "neck"):
        return "head"
    return "torso" if landmark else ""
