"""Joints and body parts as one says them, for a joint or for many."""

from __future__ import annotations

from collections.abc import Sequence

from ..moments import joint_words
from ..saying import listed
from ..skeletons import Skeleton
from ..skeletons.landmarks import split_side

_FINGERS = ("finger", "thumb", "index", "mid", "ring", "pinky", "pinkie", "little", "palm")
_ORDER = (
    "whole body",
    "head",
    "torso",
    "arms",
    "left arm",
    "right arm",
    "hands",
    "left hand",
    "right hand",
    "legs",
    "left leg",
    "right leg",
)
_WHOLE = {"head", "torso", "arms", "legs"}


def parts_of(joints: Sequence[str], skeleton: Skeleton | None = None) -> tuple[str, ...]:
    """For each joint its body part (`skeletons.landmarks.PARTS`), by the *skeleton*'s bones, or by the names alone where there is none."""
    if skeleton is not None and skeleton.joints == tuple(joints):
        return skeleton.parts
    alone = Skeleton("joints", tuple(joints), (-1,) * len(joints))
    return tuple(_by_name(name, part, landmark) for name, part, landmark in zip(joints, alone.parts, alone.landmarks, strict=True))


def body_words(joints: Sequence[int], names: Sequence[str], parts: Sequence[str]) -> str:
    """Some joints of one body: "left wrist", "left hand" (several of its joints), "arms and legs", "whole body"."""
    if len(joints) == 1:
        return joint_words(names[joints[0]])
    said = {joint_words(names[j]) for j in joints}
    if len(said) == 1:
        return said.pop()
    return listed(part_words([parts[j] for j in joints]))


def part_words(parts: Sequence[str]) -> list[str]:
    """Body parts as few words: both arms are "arms", an arm and its hand an "arm", everything the "whole body"; from head to foot."""
    found = {part.replace("_", " ") for part in parts}
    for side in ("left", "right"):
        if f"{side} arm" in found:
            found.discard(f"{side} hand")
    for limb in ("arm", "leg", "hand"):
        pair = {f"left {limb}", f"right {limb}"}
        if pair <= found:
            found = (found - pair) | {f"{limb}s"}
    if found >= _WHOLE:
        found = {"whole body"}
    return sorted(found, key=lambda part: _ORDER.index(part) if part in _ORDER else len(_ORDER))


def _by_name(name: str, part: str, landmark: str) -> str:
    side, rest = split_side(name.rsplit(":", 1)[-1])
    word = rest.lower().lstrip("_-. ")
    return f"{side}_hand" if not landmark and side and word.startswith(_FINGERS) else part
